"""What is kept over a restart: the store tells it, and asks for it at the next start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from ...engine.cache import StepCache
from ...engine.record import History, Observer


class Keeper(Protocol):
    """Keeps the executions and jobs of one account and region."""

    def past(self, arn: str) -> History | None:
        """What an execution did before the restart; None for one that starts now."""

    def begin(self) -> None:
        """Is told of an execution before it starts, within the request for it."""

    def went(self, history: History) -> None:
        """Is told of an execution that was there before the restart, and of how it ended if it was running."""

    def observer(self, arn: str, history: Callable[[], History], then: Observer) -> Observer:
        """Who is told of what an execution does, and tells it to ``then``; ``history`` gives all of it."""

    def cache(self, arn: str) -> StepCache:
        """What the executions of a pipeline that is being created may reuse."""

    def job(self, kind: str, name: str, description: Mapping[str, Any] | None) -> None:
        """Is told of every change of a job, and with None of its deletion."""

    def jobs(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Kind, name and description of the jobs before the restart."""


class Forgetful:
    """Keeps nothing."""

    def past(self, arn: str) -> History | None:
        return None

    def begin(self) -> None:
        return None

    def went(self, history: History) -> None:
        return None

    def observer(self, arn: str, history: Callable[[], History], then: Observer) -> Observer:
        return then

    def cache(self, arn: str) -> StepCache:
        return StepCache()

    def job(self, kind: str, name: str, description: Mapping[str, Any] | None) -> None:
        return None

    def jobs(self) -> list[tuple[str, str, dict[str, Any]]]:
        return []
