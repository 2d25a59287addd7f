"""The SageMaker state of one account and region."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..events.bus import EventBus
from .events import of_job
from .executions import Executions
from .hosting import Hosting
from .jobs import Jobs
from .keeper import Forgetful, Keeper
from .lineage import Lineage
from .pipelines import Pipelines
from .registry import Registry
from .run import ExecutionFactory
from .tokens import Tokens


class SageMakerStore:
    """Pipelines and their executions, the registry, what is hosted, lineage, the jobs that ran and all their tags."""

    def __init__(
        self,
        services: Any,
        bus: EventBus,
        executions: ExecutionFactory,
        keeper: Keeper | None = None,
        elsewhere: Callable[[str, str], SageMakerStore] | None = None,
    ) -> None:
        """``bus``: where events go. ``keeper``: what keeps executions and jobs over a restart, if anything does.
        ``elsewhere``: gives the state of another account and region.
        """
        self._keeper = keeper or Forgetful()
        self.tokens = Tokens()
        self.bus = bus
        self.jobs = Jobs()
        self.pipelines = Pipelines(services, self._keeper)
        self.executions = Executions(services, self.pipelines, self.bus, self._keeper, executions)
        self.registry: Registry = Registry(
            services.account,
            services.region,
            services.partition,
            None if elsewhere is None else lambda account, region: elsewhere(account, region).registry,
        )
        self.hosting = Hosting(services.account, services.region, services.partition, self.registry)
        self.lineage = Lineage(services.account, services.region, services.partition)
        self.tags: dict[str, dict[str, str]] = {}
        for kind, name, description in self._keeper.jobs():
            self.jobs.record(kind, name, description)
            self._tag_job(kind, description)

    def record_job(self, kind: str, name: str, description: dict[str, Any]) -> None:
        """Records a job; ``kind`` is ``TrainingJob`` and so on, ``description`` its Describe response."""
        before = self.jobs.record(kind, name, description)
        if before is None or _status(kind, before) != _status(kind, description):
            self.bus.send(lambda: of_job(kind, description))
        self._keeper.job(kind, name, description)
        self._tag_job(kind, description)

    def delete_job(self, kind: str, name: str) -> dict[str, Any]:
        """Forgets a job that has ended."""
        deleted = self.jobs.delete(kind, name)
        self._keeper.job(kind, name, None)
        return deleted

    def _tag_job(self, kind: str, description: dict[str, Any]) -> None:
        arn, tags = description.get(f"{kind}Arn"), description.get("Tags") or []
        if arn is not None:
            self.tags.setdefault(arn, {tag["Key"]: tag["Value"] for tag in tags})

    def stop_all(self) -> None:
        """Ends whatever is still running."""
        self.executions.stop_all()


def _status(kind: str, job: Mapping[str, Any]) -> tuple[Any, Any]:
    return job.get(f"{kind}Status"), job.get("SecondaryStatus")
