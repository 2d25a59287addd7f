"""When a call of the table is asked for in a run on this machine, and which are not, each with the reason."""

from __future__ import annotations

from collections.abc import Mapping

from .table import Call

RUN_AS_THEMSELVES: Mapping[str, str] = dict.fromkeys(
    ("function", "worker", "submitter", "answerer"),
    "its function runs here with a session of this role, and is asked for what it really calls",
)
"""Kinds of roles that are not asked here."""

TRANSFERS: Mapping[str, str] = dict.fromkeys(
    ("s3:GetObject", "s3:ListBucket", "s3:PutObject", "s3:DeleteObject"),
    "the runner reads and writes with a session of the role, and is asked at S3",
)
"""Actions that are not asked here of a step whose runner makes the transfers of its job."""

TRANSFERRING = ("Cleanup", "Processing", "Training", "Transform", "Tuning")
"""The types whose runners do."""

AFTER_A_FAILURE: Mapping[str, str] = {
    "s3:AbortMultipartUpload": "it is only called when an upload has failed half-way, which no run here does",
}
"""Actions that nobody asks for here."""

_LATER: Mapping[str, str] = {
    "Endpoints": "Endpoint",
    "InferenceComponents": "InferenceComponent",
    "TransformJobs": "Transform",
}
"""The types of steps that use a model, by the logs and metrics that it then writes."""


def is_stop(call: Call) -> bool:
    """Whether the call is only made to stop what runs."""
    return call.role == "pipeline" and call.action.partition(":")[2].startswith(("Stop", "Cancel"))


def used_by(call: Call) -> str | None:
    """The type of the step that uses a model when it makes a call, as no call is made when the model is created."""
    if call.role != "model" or not call.action.startswith(("logs:", "cloudwatch:")):
        return None
    named = (call.given.get("log", ""), *(value.rpartition("/")[2] for value in call.context.values()))
    return next((_LATER[name] for name in named if name in _LATER), "Endpoint")


def is_done_without(call: Call) -> bool:
    """Whether a job runs on where the call is refused: without its log, or without its metrics.

    Of metrics that was seen: somebody's pipelines ran with roles that may not put any.
    """
    return call.action.startswith(("logs:", "cloudwatch:"))


def is_for_restricted_versions(call: Call) -> bool:
    """Whether the pages only name it for versions with restricted access, and no page says that others need it."""
    return call.action == "sagemaker:AccessModelPackage"


def is_in_lower_case(call: Call) -> bool:
    """Whether another row asks the same of the name as it is written, and no page says which of them is checked."""
    return any(name.endswith("_lower") for name in call.variables)


def is_bare_group(call: Call) -> bool:
    """Whether another row asks the same of a log group with ``:log-stream:`` behind it, as refusals name it.

    Policies in use have one form or the other, or both.
    """
    return call.action.startswith("logs:") and call.resource.endswith(("{log}", "{endpoint}", "{log_group}"))
