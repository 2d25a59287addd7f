"""The operations for the jobs of steps."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, EmptyResult

from .auto_ml import as_v2
from .errors import ValidationException
from .jobs import Job
from .pages import candidates, trials
from .request import SageMakerRequest

_BY_NAME = ("HyperParameterTuningJob", "AutoMLJob")
"""The kinds that are sorted by name unless told otherwise."""
_ASCENDING = ("ProcessingJob", "TrainingJob", "HyperParameterTuningJob")
"""The kinds that are in ascending order unless told otherwise."""


class JobOperations(SageMakerRequest):
    """Each public method is an operation."""

    def describe_processing_job(self) -> ActionResult:
        return ActionResult(self._job("ProcessingJob"))

    def describe_training_job(self) -> ActionResult:
        return ActionResult(self._job("TrainingJob"))

    def describe_transform_job(self) -> ActionResult:
        return ActionResult(self._job("TransformJob"))

    def describe_hyper_parameter_tuning_job(self) -> ActionResult:
        return ActionResult(self._job("HyperParameterTuningJob"))

    def describe_auto_ml_job(self) -> ActionResult:
        return ActionResult(self._job("AutoMLJob"))

    def describe_auto_ml_job_v2(self) -> ActionResult:
        return ActionResult(as_v2(self._job("AutoMLJob")))

    def describe_job(self) -> ActionResult:
        return ActionResult(self._job("Job"))

    def list_processing_jobs(self) -> ActionResult:
        return self._jobs("ProcessingJob")

    def list_training_jobs(self) -> ActionResult:
        plan = self._request.get("TrainingPlanArnEquals")
        if "WarmPoolStatusEquals" in self._request:
            raise ValidationException("the local AWS has no warm pools; leave WarmPoolStatusEquals out")
        found = [
            {**job, "TrainingPlanArn": job.get("ResourceConfig", {}).get("TrainingPlanArn")}
            for job in self._store.jobs.of("TrainingJob")
        ]
        return self._listed("TrainingJob", [job for job in found if plan in (None, job["TrainingPlanArn"])])

    def list_transform_jobs(self) -> ActionResult:
        return self._jobs("TransformJob")

    def list_hyper_parameter_tuning_jobs(self) -> ActionResult:
        return self._jobs("HyperParameterTuningJob")

    def list_auto_ml_jobs(self) -> ActionResult:
        return self._jobs("AutoMLJob")

    def list_jobs(self) -> ActionResult:
        category = self._request["JobCategory"]
        found = [job for job in self._store.jobs.of("Job") if job.get("JobCategory") == category]
        return self._listed("Job", found, default_size=50)

    def list_training_jobs_for_hyper_parameter_tuning_job(self) -> ActionResult:
        job = self._job("HyperParameterTuningJob")
        return self._page("TrainingJobSummaries", trials(job, self._request), descending=False)

    def list_candidates_for_auto_ml_job(self) -> ActionResult:
        job = self._job("AutoMLJob")
        return self._page("Candidates", candidates(job, self._request), descending=False)

    def stop_processing_job(self) -> ActionResult:
        return self._stop("ProcessingJob")

    def stop_training_job(self) -> ActionResult:
        return self._stop("TrainingJob")

    def stop_transform_job(self) -> ActionResult:
        return self._stop("TransformJob")

    def stop_hyper_parameter_tuning_job(self) -> ActionResult:
        return self._stop("HyperParameterTuningJob")

    def stop_auto_ml_job(self) -> ActionResult:
        return self._stop("AutoMLJob")

    def stop_job(self) -> ActionResult:
        return self._stop("Job")

    def delete_processing_job(self) -> ActionResult:
        return self._delete("ProcessingJob")

    def delete_training_job(self) -> ActionResult:
        return self._delete("TrainingJob")

    def delete_hyper_parameter_tuning_job(self) -> ActionResult:
        return self._delete("HyperParameterTuningJob")

    def delete_job(self) -> ActionResult:
        return self._delete("Job")

    def _job(self, kind: str) -> Job:
        job = self._store.jobs.find(kind, self._request[f"{kind}Name"])
        category = self._request.get("JobCategory")
        if category not in (None, job.get("JobCategory")):
            raise ValidationException(f"the job {self._request['JobName']} is of category {job.get('JobCategory')}")
        return job

    def _stop(self, kind: str) -> ActionResult:
        job = self._job(kind)
        self._store.jobs.stop(kind, job[f"{kind}Name"])
        return ActionResult({f"{kind}Arn": job[f"{kind}Arn"]}) if kind == "Job" else EmptyResult()

    def _delete(self, kind: str) -> ActionResult:
        job = self._job(kind)
        self._store.delete_job(kind, job[f"{kind}Name"])
        self._store.tags.pop(job[f"{kind}Arn"], None)
        return ActionResult({f"{kind}Arn": job[f"{kind}Arn"]}) if kind == "Job" else EmptyResult()

    def _jobs(self, kind: str) -> ActionResult:
        return self._listed(kind, self._store.jobs.of(kind))

    def _listed(self, kind: str, found: list[dict[str, Any]], *, default_size: int = 10) -> ActionResult:
        """A page of the jobs of a kind."""
        status = self._request.get("StatusEquals")
        found = [job for job in found if status in (None, job[f"{kind}Status"])]
        by = self._request.get("SortBy", "Name" if kind in _BY_NAME else "CreationTime")
        member = {"Name": f"{kind}Name", "Status": f"{kind}Status"}.get(by, "CreationTime")
        return self._page(
            f"{kind}Summaries", found, by="CreationTime", key=lambda job: job[member], contains=f"{kind}Name",
            default_size=default_size, descending=kind not in _ASCENDING,
        )  # fmt: skip
