"""Roles as lines of text, one for each resource that they may touch, and back from these lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from ...language import DefinitionError
from ..reviewed.values import Permission, ReviewedRole, Trust

_TRUST, _MANAGED, _BOUNDARY = "trust: ", "managed policy: ", "boundary: "
# a text that could be taken for the words around it, or that is not one line, is written as JSON
_AMBIGUOUS = re.compile(r'^$|^"|^\s|\s$| if | all but |^(?:trust|managed policy|boundary):|[^\S ]|[\x00-\x1f\x7f-\x9f]')
_TEXT = r'(?:"(?:[^"\\]|\\.)*"|(?!").+?)'
_LINE = re.compile(
    rf"(?P<effect>Deny: )?(?P<inverted>all but )?(?P<actions>\S*)(?P<more>(?:, \S+)*) "
    rf"(?P<on>on all but|on|by all but|by) (?P<who>{_TEXT})(?P<conditions>(?: if {_TEXT})*)"
)
_CONDITION = re.compile(rf" if ({_TEXT})(?= if |$)")


def to_text(roles: Mapping[str, ReviewedRole]) -> str:
    """The roles, each with its name in a line of its own, and below it who may assume it and what it may do."""
    return "\n".join(f"{_text(name)}\n" + "".join(f"  {line}\n" for line in _lines(roles[name])) for name in roles)


def from_text(text: str) -> dict[str, ReviewedRole]:
    """The roles of such a text; raises ``DefinitionError`` if it is none."""
    found: dict[str, list[str]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        try:
            if line.startswith("  ") and found:
                found[next(reversed(found))].append(line[2:])
            elif line and not line.startswith(" "):
                found[_read(line)] = []
            elif line:
                raise DefinitionError("it is not below a role")
        except DefinitionError as error:
            raise DefinitionError(f"line {number} is not understood: {error}") from None
    return {name: _role(lines) for name, lines in found.items()}


def _lines(role: ReviewedRole) -> Iterator[str]:
    trusted = [_line([one.action], "by", one.principal, one) for one in role.trust]
    yield from (f"{_TRUST}{line}" for line in sorted(trusted))
    yield from (f"{_MANAGED}{_text(arn)}" for arn in sorted(role.managed))
    if role.boundary is not None:
        yield f"{_BOUNDARY}{_text(role.boundary)}"
    together: dict[Permission, list[str]] = {}
    for one in role.permissions:
        together.setdefault(one._replace(action=""), []).append(one.action)
    yield from sorted(_line(sorted(actions), "on", one.resource, one) for one, actions in together.items())


def _line(actions: Sequence[str], word: str, who: str, one: Permission | Trust) -> str:
    effect = "" if one.effect == "Allow" else "Deny: "
    but = "all but " if "NotAction" in one.inverted else ""
    around = " all but" if one.inverted and set(one.inverted) != {"NotAction"} else ""
    told = "".join(f" if {_text(condition)}" for condition in one.conditions)
    return f"{effect}{but}{', '.join(actions)} {word}{around} {_text(who)}{told}"


def _role(lines: Sequence[str]) -> ReviewedRole:
    permissions: dict[Permission, tuple[str, ...]] = {}
    trust, managed, boundary = [], [], None
    for line in lines:
        if line.startswith(_MANAGED):
            managed.append(_read(line.removeprefix(_MANAGED)))
        elif line.startswith(_BOUNDARY):
            boundary = _read(line.removeprefix(_BOUNDARY))
        elif line.startswith(_TRUST):
            trust += [Trust(*each) for each in _parsed(line.removeprefix(_TRUST), "by", "NotPrincipal")]
        else:
            permissions.update(dict.fromkeys((Permission(*each) for each in _parsed(line, "on", "NotResource")), ()))
    return ReviewedRole(permissions, tuple(sorted(trust)), tuple(managed), boundary)


def _parsed(line: str, word: str, around: str) -> Iterator[tuple[str, str, str, tuple[str, ...], tuple[str, ...]]]:
    match = _LINE.fullmatch(line)
    if match is None or match["on"].split(" ")[0] != word:
        raise DefinitionError(f"{line!r} is not a permission")
    effect = "Deny" if match["effect"] else "Allow"
    conditions = tuple(_read(text) for text in _CONDITION.findall(match["conditions"]))
    inverted = (*(["NotAction"] if match["inverted"] else []), *([around] if "all but" in match["on"] else []))
    for action in (match["actions"] + match["more"]).split(", "):
        yield effect, action, _read(match["who"]), conditions, inverted


def _text(text: str) -> str:
    return json.dumps(text) if _AMBIGUOUS.search(text) else text


def _read(text: str) -> str:
    if not text.startswith('"'):
        return text
    try:
        found = json.loads(text)
    except ValueError:
        raise DefinitionError(f"{text} is not a text in quotes") from None
    return str(found)
