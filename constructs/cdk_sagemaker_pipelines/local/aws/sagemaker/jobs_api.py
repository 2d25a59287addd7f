"""The operations for the jobs of steps."""

from __future__ import annotations

from typing import Any, NoReturn

from moto.core.responses import ActionResult

from .errors import ResourceNotFound
from .pages import trials
from .request import SageMakerRequest


class JobOperations(SageMakerRequest):
    """Each public method is an operation."""

    def describe_processing_job(self) -> ActionResult:
        return self._job("ProcessingJob") or super().describe_processing_job()

    def describe_training_job(self) -> ActionResult:
        return self._job("TrainingJob") or super().describe_training_job()

    def describe_transform_job(self) -> ActionResult:
        return self._job("TransformJob") or super().describe_transform_job()

    def describe_hyper_parameter_tuning_job(self) -> ActionResult:
        return self._job("HyperParameterTuningJob") or super().describe_hyper_parameter_tuning_job()

    def list_training_jobs_for_hyper_parameter_tuning_job(self) -> ActionResult:
        job = self._store.job("HyperParameterTuningJob", self._request["HyperParameterTuningJobName"])
        if job is None:
            return self._no_job("HyperParameterTuningJob")
        return self._page("TrainingJobSummaries", trials(job, self._request), descending=False)

    def list_hyper_parameter_tuning_jobs(self) -> ActionResult:
        return self._jobs("HyperParameterTuningJob")

    def describe_auto_ml_job(self) -> ActionResult:
        return self._job("AutoMLJob") or self._no_job("AutoMLJob")

    def list_auto_ml_jobs(self) -> ActionResult:
        return self._jobs("AutoMLJob")

    def describe_job(self) -> ActionResult:
        return self._job("Job") or self._no_job("Job")

    def list_jobs(self) -> ActionResult:
        return self._jobs("Job", default_size=50, JobCategory=self._request["JobCategory"])

    def list_processing_jobs(self) -> ActionResult:
        return self._jobs("ProcessingJob")

    def list_training_jobs(self) -> ActionResult:
        return self._jobs("TrainingJob")

    def list_transform_jobs(self) -> ActionResult:
        return self._jobs("TransformJob")

    def _job(self, kind: str) -> ActionResult | None:
        job = self._store.job(kind, self._request[f"{kind}Name"])
        return None if job is None else ActionResult(job)

    def _no_job(self, kind: str) -> NoReturn:
        name = self._request[f"{kind}Name"]
        raise ResourceNotFound(f"Amazon SageMaker can't find a {kind} with the name {name}.")

    def _jobs(self, kind: str, *, default_size: int = 10, **members: Any) -> ActionResult:
        """The jobs of a kind with these members."""
        if "StatusEquals" in self._request:
            members[f"{kind}Status"] = self._request["StatusEquals"]
        found = [
            job for job in self._store.jobs(kind) if all(job.get(name) == value for name, value in members.items())
        ]
        member = {"Name": f"{kind}Name", "Status": f"{kind}Status"}.get(self._request.get("SortBy", ""), "CreationTime")
        return self._page(
            f"{kind}Summaries", found, by="CreationTime", key=lambda job: job[member], contains=f"{kind}Name",
            default_size=default_size,
        )  # fmt: skip
