"""What teams may be given of a training pool: numbers, names and limits, as AWS Batch takes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...language import PipelineError, choices, did_you_mean
from ...language.tokens import has_string_token
from ..base.field_checks import entries, of_type, shown

MOST_TYPES = 5
"""The instance types of a pool, and of a team."""
MOST_TEAMS = 20
"""The quota shares of a queue."""
MOST_SHARES = 500
"""The share identifiers of a queue."""
_MOST_WEIGHT = 999.9999
_LARGEST = 2**31 - 1
_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")
_SHARE = re.compile(r"[A-Za-z0-9]{1,255}")
_INSTANCE_TYPE = re.compile(r"ml\.[a-z0-9-]+\.[a-z0-9]+")


@dataclass(frozen=True)
class Share:
    """What a team has of a pool. ``borrow``: per cent of ``guaranteed``; None for no limit."""

    guaranteed: Mapping[str, int]
    borrow: int | None
    lend: bool
    preempt_lower_priority: bool

    @property
    def can_be_preempted(self) -> bool:
        """Whether a job of the team may be stopped for another: on borrowed instances, or by a higher priority."""
        return self.borrow != 0 or self.preempt_lower_priority

    def most(self, instance_type: str) -> int | None:
        """The most instances that the team may have at once; None for no limit of its own."""
        own = self.guaranteed.get(instance_type, 0)
        return None if self.borrow is None and own else own + own * (self.borrow or 0) // 100


def name_of(given: Any, what: str) -> str:
    """A name of a team or a pool."""
    if not isinstance(given, str) or has_string_token(given) or not _NAME.fullmatch(given):
        raise PipelineError(f"{what} {shown(given)} must have 1 to 128 letters, digits, '-' or '_'")
    return given


def share(
    name: str,
    teams: Mapping[str, Share],
    capacity: Mapping[str, int],
    guaranteed: Any,
    borrow: Any,
    lend: Any,
    preempt: Any,
) -> Share:
    """What a new team gets of a pool. ``teams``: those that the pool has."""
    if name in teams:
        raise PipelineError(f"it has a team {name!r} already")
    if len(teams) == MOST_TEAMS:
        raise PipelineError(f"it has {MOST_TEAMS} teams; Batch allows no more in a queue")
    what = f"team {name!r}: "
    of_type(lend, bool, f"{what}lend", "True or False", optional=False)
    of_type(preempt, bool, f"{what}preempt_lower_priority", "True or False", optional=False)
    is_whole = isinstance(borrow, int) and not isinstance(borrow, bool) and 0 <= borrow <= _LARGEST
    if borrow is not None and not is_whole:
        raise PipelineError(f"{what}borrow takes whole per cent from 0 on, or None for no limit, not {shown(borrow)}")
    if not lend and borrow != 0:
        raise PipelineError(f"{what}lend=False needs borrow=0: Batch lets no team borrow that does not lend")
    own = _counts(guaranteed, f"{what}guaranteed")
    for kind, count in own.items():
        if kind not in capacity:
            hint = did_you_mean(kind, capacity) or f"; it has {choices(capacity)}"
            raise PipelineError(f"{what}guaranteed: the pool has no {kind!r}{hint}")
        others = {other: team.guaranteed[kind] for other, team in teams.items() if kind in team.guaranteed}
        left = capacity[kind] - sum(others.values())
        if count > left:
            told = "".join(f", {other!r} has {number}" for other, number in others.items())
            raise PipelineError(
                f"{what}guaranteed: {count} {kind}; the pool has {capacity[kind]}{told}, so {left} are left"
            )
    return Share(own, borrow, lend, preempt)


def capacity_of(given: Any, *, by_type: bool) -> Mapping[str, int] | int:
    """The instances of a pool: by type, or as a number of any type."""
    if by_type:
        if isinstance(given, int):
            raise PipelineError(
                "capacity must be a dict by instance type, such as {'ml.g5.xlarge': 8}; a number is for fair_share"
            )
        return _counts(given, "capacity")
    if isinstance(given, Mapping):
        raise PipelineError("capacity must be a number of instances with fair_share, which knows no instance types")
    return _count(given, "capacity")


def _counts(given: Any, what: str) -> dict[str, int]:
    found = dict(entries(given, what))
    if not 1 <= len(found) <= MOST_TYPES:
        raise PipelineError(f"{what} has {len(found)} instance types; Batch takes 1 to {MOST_TYPES}")
    for kind in found:
        if not _INSTANCE_TYPE.fullmatch(kind):
            raise PipelineError(f"{what}: {shown(kind)} is not an instance type such as 'ml.g5.xlarge'")
    return {kind: _count(count, f"{what}[{kind!r}]") for kind, count in found.items()}


def _count(given: Any, what: str) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= _LARGEST:
        raise PipelineError(f"{what} takes a whole number of instances from 1 on, not {shown(given)}")
    return given


def weights_of(given: Any) -> dict[str, float]:
    """The weights of the teams of a pool that guarantees nothing."""
    found = dict(entries(given, "fair_share"))
    if not 1 <= len(found) <= MOST_SHARES:
        raise PipelineError(f"fair_share has {len(found)} teams; Batch takes 1 to {MOST_SHARES}")
    for name, weight in found.items():
        if not _SHARE.fullmatch(name):
            raise PipelineError(f"fair_share: the name {shown(name)} must have 1 to 255 letters and digits")
        if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not 0 < weight < float("inf"):
            raise PipelineError(f"fair_share[{name!r}] takes a number above 0, not {shown(weight)}")
    factor = max(found.values()) / min(found.values())
    if not factor <= _MOST_WEIGHT:
        raise PipelineError(
            f"fair_share: the largest weight is {factor:g} times the smallest; Batch allows {_MOST_WEIGHT}"
        )
    return found
