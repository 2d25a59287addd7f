"""What a target gets of an event: all of it, a part, or a text made of parts.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
Undocumented and our choice: a path that the event does not have is an empty text within quotes, and null elsewhere in a
JSON template.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

_PART = re.compile(r"""\.([^.\[\]'"\s*?@()]+)|\[(\d+)\]|\[(?:'([^']*)'|"([^"]*)")\]""")
_PLACEHOLDER = re.compile(r"<([^<>\s]+)>")
MISSING: Any = object()


class PathError(ValueError):
    """A path into an event that is not understood."""


def told(target: Mapping[str, Any], message: Mapping[str, Any], of_rule: Mapping[str, str]) -> str:
    """The text that a target gets. ``of_rule``: the values of the placeholders that concern the rule.

    Raises ``PathError``, and ``ValueError`` for a template that makes no JSON.
    """
    if "Input" in target:
        return str(target["Input"])
    if "InputPath" in target:
        found = at(message, target["InputPath"])
        return json.dumps(None if found is MISSING else found)
    if "InputTransformer" not in target:
        return json.dumps(message)
    how = target["InputTransformer"]
    values = {name: at(message, path) for name, path in how.get("InputPathsMap", {}).items()}
    own = {**of_rule, "aws.events.event": message, "aws.events.event.json": message}
    return filled(how["InputTemplate"], {**own, **values})


def start_parameters(given: Sequence[Mapping[str, str]], message: Mapping[str, Any]) -> list[dict[str, str]]:
    """The parameters of a pipeline that is a target; values that are paths, from the event. Raises ``PathError``."""
    return [{"Name": one["Name"], "Value": _parameter(one, message)} for one in given]


def _parameter(given: Mapping[str, str], message: Mapping[str, Any]) -> str:
    value = given["Value"]
    if not value.startswith(("$.", "$[")):
        return value
    found = at(message, value)
    if found is MISSING:
        raise PathError(f"the event has nothing at {value}, for the parameter {given['Name']!r}")
    return found if isinstance(found, str) else json.dumps(found)


def at(message: Any, path: str) -> Any:
    """What is at a JSONPath such as ``$.detail.object.key``; MISSING if nothing is. Raises ``PathError``."""
    if path == "$":
        return message
    parts, end = [], 1
    while path.startswith("$") and (part := _PART.match(path, end)):
        parts.append(part)
        end = part.end()
    if not parts or end != len(path):
        raise PathError(f"the path {path!r} is not understood; write $.a.b, $.a[0] or $['a']")
    for part in parts:
        key: str | int = int(part[2]) if part[2] else next(name for name in part.group(1, 3, 4) if name is not None)
        if isinstance(key, int):
            message = message[key] if isinstance(message, list) and key < len(message) else MISSING
        else:
            message = message.get(key, MISSING) if isinstance(message, Mapping) else MISSING
    return message


def filled(template: str, values: Mapping[str, Any]) -> str:
    """The JSON that a template makes. One that is neither an object, a list nor quoted is a text, one line each."""
    shape = template.strip()
    if shape[:1] in ("{", "[", '"') or _PLACEHOLDER.fullmatch(shape):
        made = _in_json(template, values)
        try:
            lines = made.strip().splitlines() if shape.startswith('"') else [made]
            return "\n".join(json.dumps(json.loads(line)) for line in lines)
        except ValueError as error:
            raise ValueError(f"the InputTemplate makes no JSON: {error}: {made[:200]}") from error
    return json.dumps(_PLACEHOLDER.sub(_replaced(values, _text), template))


def _in_json(template: str, values: Mapping[str, Any]) -> str:
    """The template with its values as JSON, and within quotes as texts."""
    parts: list[str] = []
    for number, part in enumerate(re.split(r'("(?:[^"\\]|\\.)*")', template)):
        replace = _replaced(values, _quoted if number % 2 else _json)
        parts.append(_PLACEHOLDER.sub(replace, part))
    return "".join(parts)


def _replaced(values: Mapping[str, Any], form: Callable[[Any], str]) -> Callable[[re.Match[str]], str]:
    return lambda found: form(values[found[1]]) if found[1] in values else found[0]


def _json(value: Any) -> str:
    return json.dumps(None if value is MISSING else value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is MISSING else json.dumps(value)


def _quoted(value: Any) -> str:
    return json.dumps(_text(value))[1:-1]
