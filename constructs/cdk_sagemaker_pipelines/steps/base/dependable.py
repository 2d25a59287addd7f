"""Who waits for whom: steps, and groups of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...language import PipelineError
from ...language.definition import COMPLETED
from ...language.no_value import NoValue
from ...whole import remembering
from .given import shown

if TYPE_CHECKING:
    from .step import PipelineHost, Step, StepScope

_TO = {COMPLETED: "succeed", "Failed": "fail", "Stopped": "be stopped", "Any": "end"}


class Dependable(NoValue):
    """What waits for others and is waited for: a step, or a group of steps."""

    _instead = "write a property of it, such as step.properties.creation_time, or its name, step.name"

    _full_name: str
    host: PipelineHost
    outer: StepScope | None

    @property
    def name(self) -> str:
        """The name in the pipeline."""
        return self._full_name

    def waits(self) -> list[tuple[Dependable, str]]:
        """What it waits for, each with its trigger, in the order of writing."""
        waits: list[tuple[Dependable, str]] = self.__dict__.setdefault("_waits", [])
        return waits

    def _last_steps(self) -> list[Step]:
        """The steps that are meant when something waits for this."""
        raise NotImplementedError

    def holds(self, other: Dependable) -> bool:
        """Whether the other one stands inside of this one."""
        scope: Any = other.outer
        while scope is not None and scope is not self:
            scope = scope.outer
        return scope is not None

    def owner(self) -> str:
        """Who it is, for messages."""
        raise NotImplementedError

    def naming(self) -> Naming:
        """A context in which a ``PipelineError`` is told with the type and the path."""
        return Naming(self)

    def add_dependency(self, *others: Dependable) -> None:
        """Waits for the success of these steps, and of all steps of these groups, too."""
        with self.naming():
            self.host.refuse_when_sealed("it cannot get a dependency")
            for other in others:
                self._check_wait(other)
        remembering(self)
        self.waits().extend((other, COMPLETED) for other in others)

    def wait_for(self, other: Dependable, trigger: str) -> None:
        """Waits for an end of the other one."""
        with self.naming():
            self.host.refuse_when_sealed("it cannot get a dependency")
            self._check_wait(other, trigger)
        remembering(self)
        self.waits().append((other, trigger))

    def _check_wait(self, other: Any, trigger: str = COMPLETED) -> None:
        """Raises ``PipelineError`` for what cannot be waited for."""
        if not isinstance(other, Dependable):
            raise PipelineError(f"depends_on takes steps and groups of steps, not {shown(other)}")
        if other is self:
            raise PipelineError("it cannot depend on itself")
        if other.host is not self.host:
            raise PipelineError(f"it cannot depend on '{other.name}' of another pipeline")
        if other.holds(self):
            raise PipelineError(f"it cannot depend on '{other.name}', in which it stands")
        if self.holds(other):
            raise PipelineError(f"it cannot depend on '{other.name}', which stands in it")
        if getattr(other, "type", None) == "Fail":
            raise PipelineError(f"it cannot depend on '{other.name}', the execution ends at a FailStep")
        for known, before in self.waits():
            if known is other and before != trigger:
                raise PipelineError(
                    f"it waits for '{other.name}' to {_TO[before]} already and cannot wait for it to {_TO[trigger]}, "
                    "too; for every end write on_end"
                )


class Naming:
    """Tells a ``PipelineError`` with who it is about."""

    def __init__(self, what: Dependable) -> None:
        self._what = what

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, PipelineError):
            raise PipelineError(f"{self._what.owner()}: {error}") from None
