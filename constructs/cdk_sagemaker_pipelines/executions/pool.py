"""A training pool as AWS Batch says it is now: what each team is guaranteed, uses, borrows, lends and waits for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..language import choices, did_you_mean
from ..language.queued_training import ANY_TYPE
from .answers import pages
from .lookup import NotFound

_BORROWING = "LEND_AND_BORROW"
_LENDING = ("LEND", _BORROWING)


@dataclass(frozen=True)
class Row:
    """A team's instances of one type. ``guaranteed`` and ``limit`` are None where the pool guarantees nothing.

    ``limit``: the most that it may use, None for no limit of its own. ``waiting``: its jobs that wait, of any type.
    ``lends``: whether others may use what it does not.
    """

    team: str
    type: str
    guaranteed: int | None
    limit: int | None
    used: int
    waiting: int
    lends: bool = False

    @property
    def borrowed(self) -> int:
        """What it uses beyond what is guaranteed to it."""
        return 0 if self.guaranteed is None else max(0, self.used - self.guaranteed)

    @property
    def unused(self) -> int:
        """What is guaranteed to it and not used by it: idle, or lent to others."""
        return 0 if self.guaranteed is None else max(0, self.guaranteed - self.used)


@dataclass(frozen=True)
class Pool:
    """A pool with its teams, in the order of their names. ``capacity``: the instances by type."""

    name: str
    arn: str
    capacity: Mapping[str, int]
    rows: list[Row]

    def lent(self, row: Row) -> tuple[int, int]:
        """The least and the most of what a team does not use that others can be using now.

        Instances have no names, so what is borrowed belongs to no team in particular: where several teams could lend
        it, or the pool has more than is guaranteed, the two differ.
        """
        if not row.lends or row.guaranteed is None:
            return (0, 0)
        same = [one for one in self.rows if one.type == row.type]
        borrowed = sum(one.borrowed for one in same)
        of_nobody = self.capacity.get(row.type, 0) - sum(one.guaranteed or 0 for one in same)
        of_others = sum(one.unused for one in same if one.lends and one is not row)
        least = borrowed - max(0, of_nobody) - of_others
        return (min(row.unused, max(0, least)), min(row.unused, borrowed))


def pool(batch: Any, name: str) -> Pool:
    """The pool by the name or ARN of its queue. Raises ``NotFound`` for a queue that is none of training jobs."""
    queue = _queue(batch, name)
    arn = str(queue["jobQueueArn"])
    snapshot = batch.get_job_queue_snapshot(jobQueue=arn).get("queueUtilization") or {}
    used = {team: _counts(usage) for team, usage in _used(snapshot)}
    listed = pages(batch, "list_service_jobs", "jobSummaryList", jobQueue=arn, jobStatus="RUNNABLE")
    waiting = Counter(str(job.get("quotaShareName") or job.get("shareIdentifier")) for job in listed)
    shares: dict[str, Any] = {}
    if "fairshareUtilization" not in snapshot:  # a queue has shares of one kind
        listed = pages(batch, "list_quota_shares", "quotaShares", jobQueue=arn)
        shares = {str(one["quotaShareName"]): one for one in listed}
    rows = [
        row
        for team in sorted({*shares, *used, *waiting})
        for row in _rows(team, shares.get(team), used.get(team, Counter()), waiting[team])
    ]
    return Pool(str(queue["jobQueueName"]), arn, _capacity(batch, queue), rows)


def _rows(team: str, share: Mapping[str, Any] | None, used: Counter[str], waiting: int) -> Iterator[Row]:
    if share is None:
        for unit in sorted(used) or [ANY_TYPE]:
            yield Row(team, unit, None, None, used[unit], waiting)
        return
    guaranteed = {str(one["capacityUnit"]): int(one["maxCapacity"]) for one in share.get("capacityLimits", ())}
    sharing = share.get("resourceSharingConfiguration") or {}
    for unit in sorted({*guaranteed, *used}):
        own = guaranteed.get(unit, 0)
        lends = sharing.get("strategy") in _LENDING
        yield Row(team, unit, own, _limit(own, sharing), used[unit], waiting, lends)


def _limit(own: int, sharing: Mapping[str, Any]) -> int | None:
    if sharing.get("strategy") != _BORROWING:
        return own
    per_cent = int(sharing.get("borrowLimit", -1))
    return None if per_cent < 0 else own + own * per_cent // 100


def _used(snapshot: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for member, name in (("quotaShareUtilization", "quotaShareName"), ("fairshareUtilization", "shareIdentifier")):
        for one in (snapshot.get(member) or {}).get("topCapacityUtilization", ()):
            yield str(one[name]), one.get("capacityUsage", ())


def _counts(usage: Any) -> Counter[str]:
    return Counter({str(one["capacityUnit"]): round(one["quantity"]) for one in usage})


def _capacity(batch: Any, queue: Mapping[str, Any]) -> dict[str, int]:
    named = [str(one["serviceEnvironment"]) for one in queue.get("serviceEnvironmentOrder", ())]
    found: Counter[str] = Counter()
    listed = batch.describe_service_environments(serviceEnvironments=named)["serviceEnvironments"]
    for environment in listed:
        found.update({str(one["capacityUnit"]): int(one["maxCapacity"]) for one in environment["capacityLimits"]})
    return dict(found)


def _queue(batch: Any, name: str) -> Mapping[str, Any]:
    listed = batch.describe_job_queues(jobQueues=[name])["jobQueues"]
    found = [one for one in listed if one.get("serviceEnvironmentOrder")]
    if found:
        first: Mapping[str, Any] = found[0]
        return first
    known = [
        one["jobQueueName"]
        for one in pages(batch, "describe_job_queues", "jobQueues")
        if one.get("serviceEnvironmentOrder")
    ]
    hint = did_you_mean(name, known) or (f"; there are {choices(known)}" if known else "; there is none at all")
    raise NotFound(f"there is no training pool {name!r}{hint}")
