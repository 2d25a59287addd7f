"""Rules over what a step has besides its arguments: name, type, keys, texts."""

from __future__ import annotations

from collections.abc import Iterator

from ..definition import StepView
from ..errors import an, did_you_mean, shown
from ..findings import Finding, Level
from ..later import later_pattern
from ..step_types import STEP_TYPES
from .subject import Subject

STEP_NAME = later_pattern(r"[A-Za-z0-9\-_]{1,64}")


def step_names(subject: Subject) -> Iterator[Finding]:
    """Names have up to 64 letters, digits, '-' and '_', and are unique in the whole tree."""
    seen: dict[str, StepView] = {}
    for step in subject.definition.all_steps():
        if not STEP_NAME.fullmatch(step.name):
            text = f"the name {shown(step.json.get('Name'))} must have 1 to 64 letters, digits, '-' or '_'"
            yield Finding("step-name", text, step=step.name or None, where="Name")
        elif step.name in seen:
            first, second = _place(seen[step.name]), _place(step)
            if step.json == seen[step.name].json:
                places = f"{first} and {second}" if first != second else f"{first}, twice"
                text = f"the step is in two places: {places}; leave it where it belongs, others can depend on it"
            else:
                text = (
                    f"two steps have this name: one {first}, one {second}; names must be unique in the whole pipeline"
                )
            yield Finding("duplicate-step", text, step=step.name, where="Name")
        seen.setdefault(step.name, step)


def _place(step: StepView) -> str:
    return "at the top" if step.parent is None else f"in {step.branch} of '{step.parent.name}'"


def step_types(subject: Subject) -> Iterator[Finding]:
    """The type is known (otherwise a warning: the service may be newer), and each key belongs to the type."""
    for step in subject.definition.all_steps():
        facts = STEP_TYPES.get(step.type)
        if not step.type:
            text = f"Type must be a text such as 'Training', not {shown(step.json.get('Type'))}"
            yield Finding("shape", text, step=step.name, where="Type")
            continue
        if facts is None:
            text = f"the type {shown(step.type)} is not known here{did_you_mean(step.type, STEP_TYPES)}"
            yield Finding("step-type", text, step=step.name, where="Type", level="warning")
            continue
        if "Arguments" not in step.json:
            text = "Arguments are missing; the SDK writes them for each step, as {} if there are none"
            yield Finding("no-arguments", text, step=step.name, where="Arguments", level="warning")
        elif not isinstance(step.json["Arguments"], dict):
            yield Finding("shape", "Arguments must be an object", step=step.name, where="Arguments")
        for key in step.json:
            if key not in facts.keys:
                level: Level = "warning" if key in ("CacheConfig", "RetryPolicies") and facts.disputed else "error"
                text = f"{an(step.type)} step takes no {key}{did_you_mean(key, facts.keys)}"
                yield Finding("step-key", text, step=step.name, where=key, level=level)
