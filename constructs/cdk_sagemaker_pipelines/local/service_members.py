"""What the service adds to the description of a job: defaults, times, and the history of its status.

Clients read these without asking whether they are there: the SageMaker SDK's ``attach``, its logs and its waiters.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from .endings import JOB_ENDED

_DAY = {"MaxRuntimeInSeconds": 86400}
_CHANNEL = {"CompressionType": "None", "RecordWrapperType": "None"}
_MESSAGES = {
    "Starting": "Starting the training job", "Training": "Training in-progress",
    "Stopping": "Stopping the training job", "Stopped": "Training job stopped",
    "Completed": "Training job completed", "Failed": "Training job failed",
}  # fmt: skip


def service_members(kind: str, description: Mapping[str, Any]) -> dict[str, Any]:
    """The members that the service fills in, for a job such as ``TrainingJob`` in the state that it is described in."""
    more = _FILLED.get(kind)
    return {} if more is None else more(description)


def _training(job: Mapping[str, Any]) -> dict[str, Any]:
    output = {"KmsKeyId": "", "CompressionType": "GZIP", **job.get("OutputDataConfig", {})}
    status = _secondary(job)
    transitions = _transitions(job, status)
    switches = ("EnableNetworkIsolation", "EnableInterContainerTrafficEncryption", "EnableManagedSpotTraining")
    members = {
        **{name: job.get(name, False) for name in switches},
        "OutputDataConfig": output,
        "StoppingCondition": job.get("StoppingCondition", _DAY),
        "SecondaryStatus": status,
        "SecondaryStatusTransitions": transitions,
    }
    if "S3OutputPath" in output and "ModelArtifacts" not in job:
        place = f"{output['S3OutputPath'].rstrip('/')}/{job['TrainingJobName']}/output/model.tar.gz"
        members["ModelArtifacts"] = {"S3ModelArtifacts": place}
    preferences = (job.get("ResourceConfig") or {}).get("InstancePreferences")
    if preferences:  # here the first is available
        resources, first = job["ResourceConfig"], preferences[0]
        count = first.get("InstanceCount", resources.get("InstanceCount"))
        chosen = {"SelectedInstanceType": first["InstanceType"], "SelectedInstanceCount": count}
        members["ResourceConfig"] = {**resources, **chosen}
    if "InputDataConfig" in job:
        members["InputDataConfig"] = [_channel(channel) for channel in job["InputDataConfig"]]
    start, end = job.get("TrainingStartTime"), job.get("TrainingEndTime")
    if start is not None and end is not None:
        seconds = max(1, round((end - start).total_seconds()))
        members.update(TrainingTimeInSeconds=seconds, BillableTimeInSeconds=seconds)
    return members


def _channel(channel: Mapping[str, Any]) -> dict[str, Any]:
    source = channel["DataSource"]
    if "S3DataSource" in source:
        s3 = {"S3DataDistributionType": "FullyReplicated", **source["S3DataSource"]}
        source = {**source, "S3DataSource": s3}
    return {**_CHANNEL, **channel, "DataSource": source}


def _secondary(job: Mapping[str, Any]) -> str:
    status = str(job["TrainingJobStatus"])
    if status != "InProgress":
        return status
    return "Training" if "TrainingStartTime" in job else "Starting"


def _transitions(job: Mapping[str, Any], status: str) -> list[dict[str, Any]]:
    """The history of the secondary status, with the present one at its end."""
    known: list[dict[str, Any]] = [dict(one) for one in job.get("SecondaryStatusTransitions", [])]
    moment: datetime = job["LastModifiedTime"]
    if known and known[-1]["Status"] == status:
        return known
    if known:
        known[-1].setdefault("EndTime", moment)
    present: dict[str, Any] = {"Status": status, "StartTime": moment, "StatusMessage": _MESSAGES[status]}
    return [*known, {**present, "EndTime": moment} if status in JOB_ENDED else present]


def _processing(job: Mapping[str, Any]) -> dict[str, Any]:
    return {"StoppingCondition": job.get("StoppingCondition", _DAY)}


def _transform(job: Mapping[str, Any]) -> dict[str, Any]:
    filters = {"InputFilter": "$", "OutputFilter": "$", "JoinSource": "None"}
    return {
        "TransformInput": {"CompressionType": "None", "SplitType": "None", **job.get("TransformInput", {})},
        "TransformOutput": {"AssembleWith": "None", "KmsKeyId": "", **job.get("TransformOutput", {})},
        "DataProcessing": {**filters, **job.get("DataProcessing", {})},
    }


def _auto_ml(job: Mapping[str, Any]) -> dict[str, Any]:
    status = str(job["AutoMLJobStatus"])
    return {"AutoMLJobSecondaryStatus": "Starting" if status == "InProgress" else status}


def _service_job(job: Mapping[str, Any]) -> dict[str, Any]:
    status = "Starting" if job["JobStatus"] == "InProgress" else str(job["JobStatus"])
    transition = {"Status": status, "StartTime": job["LastModifiedTime"]}
    return {"SecondaryStatus": status, "JobSecondaryStatus": status, "SecondaryStatusTransitions": [transition]}


_FILLED = {
    "AutoMLJob": _auto_ml,
    "Job": _service_job,
    "ProcessingJob": _processing,
    "TrainingJob": _training,
    "TransformJob": _transform,
}
