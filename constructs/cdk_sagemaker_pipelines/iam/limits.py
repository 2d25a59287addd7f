"""What compute the calls of a pipeline's role may ask for, as conditions on those that create jobs.

So neither a parameter nor an override at the start of an execution gets around it. Source: service authorization
reference of Amazon SageMaker, which condition keys each action has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .statements import Conditions

TYPES, RUNTIME, KEEP_ALIVE = (
    "sagemaker:InstanceTypes", "sagemaker:MaxRuntimeInSeconds", "sagemaker:KeepAlivePeriod",
)  # fmt: skip
KEYS = {
    "sagemaker:CreateEndpointConfig": (TYPES,),
    "sagemaker:CreateHyperParameterTuningJob": (TYPES, RUNTIME),
    "sagemaker:CreateProcessingJob": (TYPES, RUNTIME),
    "sagemaker:CreateTrainingJob": (TYPES, RUNTIME, KEEP_ALIVE),
    "sagemaker:CreateTransformJob": (TYPES,),
}
"""The keys of each action that a limit is about."""
_MAY_HAVE_NO_INSTANCES = "sagemaker:CreateEndpointConfig"
"""One for serverless endpoints names none."""


@dataclass(frozen=True)
class Limits:
    """``instance_types``: patterns, of which each type must be like one. ``max_runtime``, ``keep_alive``: seconds."""

    instance_types: tuple[str, ...] | None = None
    max_runtime: int | None = None
    keep_alive: int | None = None

    def split(self, actions: Sequence[str]) -> Iterator[tuple[tuple[str, ...], Conditions]]:
        """The actions by the conditions that they get, those without any first."""
        if self == NO_LIMITS:
            yield tuple(actions), {}
            return
        limited = {action: self.conditions(action) for action in actions}
        free = tuple(action for action in actions if not limited[action])
        if free:
            yield free, {}
        yield from (((action,), conditions) for action, conditions in limited.items() if conditions)

    def conditions(self, action: str) -> Conditions:
        """The conditions on an action; none where nothing limits it."""
        keys = KEYS.get(action, ())
        found: dict[str, dict[str, Any]] = {}
        if TYPES in keys and self.instance_types is not None:
            found["ForAllValues:StringLike"] = {TYPES: list(self.instance_types)}
            if action != _MAY_HAVE_NO_INSTANCES:
                # a request without the key meets the condition above
                found["Null"] = {TYPES: "false"}
        if RUNTIME in keys and self.max_runtime is not None:
            found["NumericLessThanEquals"] = {RUNTIME: str(self.max_runtime)}
        if KEEP_ALIVE in keys and self.keep_alive is not None:
            found["NumericLessThanEqualsIfExists"] = {KEEP_ALIVE: str(self.keep_alive)}
        return found

    def to_json(self) -> dict[str, Any]:
        """The limits as they are kept in the template."""
        types = None if self.instance_types is None else list(self.instance_types)
        known = {"InstanceTypes": types, "MaxRuntime": self.max_runtime, "KeepAlive": self.keep_alive}
        return {name: value for name, value in known.items() if value is not None}

    @staticmethod
    def from_json(document: Any) -> Limits:
        """The limits in such a document; of any other one no more than can be read."""
        given = document if isinstance(document, dict) else {}
        types = given.get("InstanceTypes")
        listed = tuple(name for name in types if isinstance(name, str)) if isinstance(types, list) else None
        numbers = {name: value for name in ("MaxRuntime", "KeepAlive") if type(value := given.get(name)) is int}
        return Limits(listed, numbers.get("MaxRuntime"), numbers.get("KeepAlive"))


NO_LIMITS = Limits()
