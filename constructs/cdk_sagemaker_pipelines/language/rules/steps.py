"""Rules over what a step has beside its arguments: name, type, keys, texts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ..definition import Step
from ..errors import an, did_you_mean
from ..findings import Finding, Level
from ..step_types import STEP_TYPES
from ..tokens import is_token
from .subject import Subject

STEP_NAME = re.compile(r"[A-Za-z0-9\-_]{1,64}")


def step_names(subject: Subject) -> Iterator[Finding]:
    """Names have up to 64 letters, digits, '-' and '_', and are unique over the whole tree."""
    seen: dict[str, Step] = {}
    for step in subject.definition.all_steps():
        if not STEP_NAME.fullmatch(step.name):
            text = f"the name {step.json.get('Name')!r} must have 1 to 64 letters, digits, '-' or '_'"
            yield Finding("step-name", text, step=step.name or None, where="Name")
        elif step.name in seen:
            first, second = _place(seen[step.name]), _place(step)
            text = f"two steps have the name: one {first}, one {second}; names are unique in the whole pipeline"
            yield Finding("duplicate-step", text, step=step.name, where="Name")
        seen.setdefault(step.name, step)


def _place(step: Step) -> str:
    return "at the top" if step.parent is None else f"in {step.branch} of '{step.parent.name}'"


def step_types(subject: Subject) -> Iterator[Finding]:
    """The type is known (else a doubt: the service may be newer), and each key belongs to the type."""
    for step in subject.definition.all_steps():
        facts = STEP_TYPES.get(step.type)
        if not step.type:
            text = f"Type must be a text such as 'Training', not {step.json.get('Type')!r}"
            yield Finding("shape", text, step=step.name, where="Type")
            continue
        if facts is None:
            text = f"the type {step.json.get('Type')!r} is not known here{did_you_mean(step.type, STEP_TYPES)}"
            yield Finding("step-type", text, step=step.name, where="Type", level="warning")
            continue
        if not isinstance(step.json.get("Arguments", {}), Mapping):
            yield Finding("shape", "Arguments must be an object", step=step.name, where="Arguments")
        for key in step.json:
            if key not in facts.keys:
                level: Level = "warning" if key in ("CacheConfig", "RetryPolicies") and facts.disputed else "error"
                text = f"{an(step.type)} step takes no {key}{did_you_mean(key, facts.keys)}"
                yield Finding("step-key", text, step=step.name, where=key, level=level)


def literal_lengths(subject: Subject) -> Iterator[Finding]:
    """Names and descriptions for people stay within the service's lengths."""
    for step in subject.definition.all_steps():
        for key, most in (("DisplayName", 256), ("Description", 3072)):
            value = step.json.get(key)
            if isinstance(value, str) and not is_token(value) and len(value) > most:
                yield Finding("length", f"{len(value)} characters; at most {most}", step=step.name, where=key)
