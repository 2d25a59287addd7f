"""The SageMaker state of one account and region."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .bus import EventBus
from .events import of_job
from .executions import Executions
from .hosting import Hosting
from .jobs import Jobs
from .keeping import Forgetful, Keeper
from .lineage import Lineage
from .pipelines import Pipelines
from .registry import Registry
from .run import ExecutionFactory
from .tokens import Tokens


class SageMakerStore:
    """Pipelines and their executions, the registry, what is hosted, lineage, the jobs that ran and all their tags."""

    def __init__(self, services: Any, executions: ExecutionFactory, keeper: Keeper | None = None) -> None:
        """``keeper``: what keeps executions and jobs over a restart, if anything does."""
        self._keeper = keeper or Forgetful()
        self.tokens = Tokens()
        self.bus = EventBus(services, self._keeper)
        self.jobs = Jobs()
        self.pipelines = Pipelines(services, self._keeper)
        self.executions = Executions(services, self.pipelines, self.bus, self._keeper, executions)
        self.registry = Registry(services.account, services.region, services.partition)
        self.hosting = Hosting(services.account, services.region, services.partition, self.registry)
        self.lineage = Lineage(services.account, services.region, services.partition)
        self.tags: dict[str, dict[str, str]] = {}
        for kind, name, description in self._keeper.jobs():
            self.jobs.record(kind, name, description)
            self._keep_job(kind, name, description)

    def record_job(self, kind: str, name: str, description: dict[str, Any]) -> None:
        """Records a job; ``kind`` is ``TrainingJob`` and so on, ``description`` its Describe response."""
        before = self.jobs.record(kind, name, description)
        if before is None or _status(kind, before) != _status(kind, description):
            self.bus.send(lambda: of_job(kind, description))
        self._keep_job(kind, name, description)

    def delete_job(self, kind: str, name: str) -> dict[str, Any]:
        """Forgets a job that has ended."""
        deleted = self.jobs.delete(kind, name)
        self._keeper.job(kind, name, None)
        return deleted

    def _keep_job(self, kind: str, name: str, description: dict[str, Any]) -> None:
        self._keeper.job(kind, name, description)
        arn, tags = description.get(f"{kind}Arn"), description.get("Tags") or []
        if arn is not None:
            self.tags.setdefault(arn, {tag["Key"]: tag["Value"] for tag in tags})

    def stop_all(self) -> None:
        """Ends whatever is still running."""
        self.executions.stop_all()
        self.bus.close()


def _status(kind: str, job: Mapping[str, Any]) -> tuple[Any, Any]:
    return job.get(f"{kind}Status"), job.get("SecondaryStatus")
