"""The SageMaker state of one account and region."""

from __future__ import annotations

import threading
from typing import Any

from .executions import ExecutionFactory, Executions
from .hosting import Hosting
from .lineage import Lineage
from .pipelines import Pipelines
from .registry import Registry
from .tokens import Tokens


class SageMakerStore:
    """Pipelines and their executions, the registry, what is hosted, lineage, the jobs that ran and all their tags."""

    def __init__(self, services: Any, executions: ExecutionFactory) -> None:
        self.tokens = Tokens()
        self.pipelines = Pipelines(services)
        self.executions = Executions(services, self.pipelines, executions)
        self.registry = Registry(services.account, services.region, services.partition)
        self.hosting = Hosting(services.account, services.region, services.partition, self.registry)
        self.lineage = Lineage(services.account, services.region, services.partition)
        self.tags: dict[str, dict[str, str]] = {}
        self._jobs: dict[str, dict[str, dict[str, Any]]] = {}
        self._lock = threading.Lock()

    def record_job(self, kind: str, name: str, description: dict[str, Any]) -> None:
        """Records a job; ``kind`` is ``TrainingJob`` and so on, ``description`` its Describe response."""
        with self._lock:
            self._jobs.setdefault(kind, {})[name] = dict(description)
            arn, tags = description.get(f"{kind}Arn"), description.get("Tags") or []
            if arn is not None:
                self.tags.setdefault(arn, {tag["Key"]: tag["Value"] for tag in tags})

    def job(self, kind: str, name: str) -> dict[str, Any] | None:
        return self._jobs.get(kind, {}).get(name)

    def jobs(self, kind: str) -> list[dict[str, Any]]:
        with self._lock:
            return list(self._jobs.get(kind, {}).values())

    def stop_all(self) -> None:
        """Ends whatever is still running."""
        self.executions.stop_all()
