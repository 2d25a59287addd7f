"""Lists as the SageMaker API returns them: filtered by time and name, sorted, page by page."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from .errors import ValidationException

_TOKEN = re.compile(r"[0-9]{1,9}")


def page(
    items: Sequence[dict[str, Any]],
    request: Mapping[str, Any],
    *,
    by: str | None = None,
    key: Callable[[dict[str, Any]], Any] | None = None,
    contains: str | None = None,
    default_size: int = 10,
    descending: bool = True,
) -> tuple[list[dict[str, Any]], str | None]:
    """One page of ``items`` and the token of the next one.

    ``by`` names the member that holds the creation time (for ``CreatedAfter``, ``CreationTimeAfter`` and so on),
    ``contains`` the one that ``NameContains`` matches; ``key`` sorts. Without it the order is kept, reversed for
    ascending order.
    """
    found = list(items)
    if by is not None:
        found = _between(found, request, by, "Created", "CreationTime")
        found = _between(found, request, "LastModifiedTime", "LastModifiedTime")
    if contains is not None and request.get("NameContains"):
        found = [item for item in found if request["NameContains"].lower() in item[contains].lower()]
    order = request.get("SortOrder", "Descending" if descending else "Ascending")
    if key is not None:
        found.sort(key=key, reverse=order == "Descending")
    elif order == "Ascending":
        found.reverse()
    return cut(found, request, default_size)


def cut(
    items: list[dict[str, Any]], request: Mapping[str, Any], size: int = 10
) -> tuple[list[dict[str, Any]], str | None]:
    """One page of ``items`` as they are, and the token of the next one."""
    start = _start(request.get("NextToken"), len(items))
    end = start + int(request.get("MaxResults") or size)
    return items[start:end], str(end) if end < len(items) else None


def trials(job: Mapping[str, Any], request: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The training jobs of a tuning job as ListTrainingJobsForHyperParameterTuningJob filters and sorts them.

    In descending order, whatever the request says: ``page`` reverses it.
    """
    status, by = request.get("StatusEquals"), request.get("SortBy", "Name")
    found = [one for one in job.get("TrainingJobSummaries", ()) if status in (None, one.get("TrainingJobStatus"))]
    if by == "FinalObjectiveMetricValue":
        metric = "FinalHyperParameterTuningJobObjectiveMetric"
        return sorted((one for one in found if metric in one), key=lambda one: one[metric]["Value"], reverse=True)
    return _descending(found, {"Name": "TrainingJobName", "Status": "TrainingJobStatus"}.get(by, by))


def candidates(job: Mapping[str, Any], request: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The candidates of an AutoML job as ListCandidatesForAutoMLJob filters and sorts them, in descending order."""
    status, name = request.get("StatusEquals"), request.get("CandidateNameEquals")
    found = [job["BestCandidate"]] if "BestCandidate" in job else []
    found = [one for one in found if status in (None, one.get("CandidateStatus"))]
    found = [one for one in found if name in (None, one.get("CandidateName"))]
    if request.get("SortBy") == "FinalObjectiveMetricValue":
        return sorted(found, key=lambda one: one.get("FinalAutoMLJobObjectiveMetric", {}).get("Value", 0), reverse=True)
    return _descending(found, {"Status": "CandidateStatus"}.get(request.get("SortBy", ""), "CreationTime"))


def _descending(items: list[dict[str, Any]], member: str) -> list[dict[str, Any]]:
    """Sorted by a member that scripted results may lack."""
    return sorted(items, key=lambda item: (member in item, item.get(member)), reverse=True)


def _between(items: list[dict[str, Any]], request: Mapping[str, Any], member: str, *asked: str) -> list[dict[str, Any]]:
    """What has a time after ``<asked>After`` and before ``<asked>Before``, as far as the request has them."""
    for name in asked:
        after, before = request.get(f"{name}After"), request.get(f"{name}Before")
        if after is not None:
            items = [item for item in items if _told(item[member]) > _aware(after)]
        if before is not None:
            items = [item for item in items if _told(item[member]) < _aware(before)]
    return items


def _told(moment: datetime) -> datetime:
    """A time as answers tell it, in milliseconds."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _aware(moment: Any) -> datetime:
    if isinstance(moment, (int, float)):
        return datetime.fromtimestamp(moment, timezone.utc)
    assert isinstance(moment, datetime)
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def _start(token: str | None, size: int) -> int:
    if token is None:
        return 0
    if not _TOKEN.fullmatch(token) or int(token) > size:
        raise ValidationException(f"Invalid pagination token '{token}'")
    return int(token)
