"""Keeps what was decided in each execution, as long as the server runs and within bounds."""

from __future__ import annotations

import threading
from collections import OrderedDict

from ...decided import Decided, Decision

MOST_EXECUTIONS = 200
"""Executions of which decisions are kept; with a further one, those of the one that asked first are forgotten."""
MOST_DECISIONS = 5000
"""Different decisions that are kept of an execution; further ones are only counted."""


class Decisions:
    """Keeps decisions. Called from many threads."""

    def __init__(self, most_executions: int = MOST_EXECUTIONS, most_decisions: int = MOST_DECISIONS) -> None:
        self._most_executions, self._most_decisions = most_executions, most_decisions
        self._kept: OrderedDict[str, dict[Decision, int]] = OrderedDict()
        self._left_out: dict[str, int] = {}
        self._lock = threading.Lock()

    def keep(self, execution_arn: str, decision: Decision) -> None:
        """Keeps a decision, or that it was made once more."""
        with self._lock:
            if execution_arn not in self._kept:
                self._begin(execution_arn)
            counts = self._kept[execution_arn]
            if decision in counts or len(counts) < self._most_decisions:
                counts[decision] = counts.get(decision, 0) + decision.times
            else:
                self._left_out[execution_arn] += decision.times

    def of(self, execution_arn: str) -> Decided | None:
        """Those of an execution; None if none is known."""
        with self._lock:
            counts = self._kept.get(execution_arn)
            if counts is None:
                return None
            found = tuple(decision._replace(times=times) for decision, times in counts.items())
            return Decided(found, self._left_out[execution_arn])

    def _begin(self, execution_arn: str) -> None:
        if len(self._kept) >= self._most_executions:
            oldest, _ = self._kept.popitem(last=False)
            del self._left_out[oldest]
        self._kept[execution_arn], self._left_out[execution_arn] = {}, 0
