"""Lists as the SageMaker API returns them: filtered by time and name, sorted, page by page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from .errors import ValidationException


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

    ``by`` names the members that hold the creation time (for ``CreatedAfter``, ``CreationTimeAfter`` and so on),
    ``contains`` the one that ``NameContains`` matches; ``key`` sorts. Without it the order is kept, reversed for
    ascending order.
    """
    found = list(items)
    if by is not None:
        after, before = (
            _first(request, "CreatedAfter", "CreationTimeAfter"),
            _first(request, "CreatedBefore", "CreationTimeBefore"),
        )
        found = [item for item in found if after is None or item[by] > _aware(after)]
        found = [item for item in found if before is None or item[by] < _aware(before)]
    if contains is not None and request.get("NameContains"):
        found = [item for item in found if request["NameContains"].lower() in item[contains].lower()]
    order = request.get("SortOrder", "Descending" if descending else "Ascending")
    if key is not None:
        found.sort(key=key, reverse=order == "Descending")
    elif order == "Ascending":
        found.reverse()
    start = _start(request.get("NextToken"), len(found))
    end = start + int(request.get("MaxResults") or default_size)
    return found[start:end], str(end) if end < len(found) else None


def trials(job: Mapping[str, Any], request: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The training jobs of a tuning job as ListTrainingJobsForHyperParameterTuningJob filters and sorts them.

    In descending order, whatever the request says: ``page`` reverses it.
    """
    status, by = request.get("StatusEquals"), request.get("SortBy", "Name")
    found = [trial for trial in job["TrainingJobSummaries"] if status in (None, trial["TrainingJobStatus"])]
    if by == "FinalObjectiveMetricValue":
        metric = "FinalHyperParameterTuningJobObjectiveMetric"
        return sorted((trial for trial in found if metric in trial), key=lambda t: t[metric]["Value"], reverse=True)
    member = {"Name": "TrainingJobName", "Status": "TrainingJobStatus"}.get(by, by)
    return sorted(found, key=lambda trial: trial[member], reverse=True)


def _first(request: Mapping[str, Any], *names: str) -> Any:
    return next((request[name] for name in names if request.get(name) is not None), None)


def _aware(moment: Any) -> datetime:
    if isinstance(moment, (int, float)):
        return datetime.fromtimestamp(moment, timezone.utc)
    assert isinstance(moment, datetime)
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def _start(token: str | None, size: int) -> int:
    if token is None:
        return 0
    if not token.isdigit() or int(token) > size:
        raise ValidationException(f"Invalid pagination token '{token}'")
    return int(token)
