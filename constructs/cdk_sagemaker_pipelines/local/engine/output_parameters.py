"""The OutputParameters of Lambda and callback steps: declared with a type, given as JSON values or strings.

Documented: at most 50, each value at most 1024 characters; a nested value becomes a string. Our interpretation: one
that is declared but not given, or of another type, fails the step; one that is given but not declared is ignored.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from ...language import StepView, choices
from ..endings import StepFailed
from .values import to_text

MAX_VALUE_LENGTH = 1024


def typed_outputs(step: StepView, given: Mapping[str, Any], source: str) -> dict[str, Any]:
    """The declared outputs, in their types; ``source`` describes where they come from. Raises ``StepFailed``."""
    outputs = {}
    for declared in step.json.get("OutputParameters") or []:
        name, kind = declared["OutputName"], declared["OutputType"]
        if name not in given:
            found = f"; it gave {choices(given)}" if given else ", and it gave nothing"
            raise StepFailed(f"{source} did not give the output parameter {name!r}{found}")
        outputs[name] = typed_output(name, kind, given[name], source)
    return outputs


def typed_output(name: str, kind: str, given: Any, source: str) -> Any:
    """One output in its type; ``source`` describes where it comes from. Raises ``StepFailed``."""
    value = _typed(kind, given)
    if value is None:
        raise StepFailed(
            f"{source} gave {json.dumps(given, default=str)[:200]} for the output parameter {name!r}, "
            f"which is declared as {kind}"
        )
    if len(to_text(value)) > MAX_VALUE_LENGTH:
        raise StepFailed(
            f"the output parameter {name!r} has {len(to_text(value))} characters, "
            f"at most {MAX_VALUE_LENGTH} are allowed"
        )
    return value


def as_parameters(outputs: Mapping[str, Any]) -> list[dict[str, str]]:
    """The outputs as the API lists them."""
    return [{"Name": name, "Value": to_text(value)} for name, value in outputs.items()]


def _typed(kind: str, value: Any) -> Any:
    """``value`` in the declared type; None if it has another type."""
    if kind == "String":
        return None if value is None else to_text(value)
    if kind == "Boolean":
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        return value if isinstance(value, bool) else None
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    if not math.isfinite(number):
        return None
    if kind == "Integer":
        whole = number.is_integer() and (not isinstance(value, str) or value.strip("+-").isdigit())
        return int(value) if whole else None
    return number
