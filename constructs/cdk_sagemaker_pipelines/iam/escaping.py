"""Literal text on its way from a definition into a policy: what is a wildcard there is none here.

SageMaker and S3 take ``*``, ``?`` and ``${`` as they are; IAM takes them for patterns and variables. So permissions are
derived from a definition in which other characters stand for them, and get IAM's own escapes in their place. What the
derivation itself puts into a pattern cannot be taken for text then, whatever a definition says and wherever it says it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from itertools import chain
from typing import Any

from ..language import Definition
from ..language.later import later_pattern
from ..language.tokens import STRING_TOKEN
from .environment import Code, DataAccess, Environment
from .permissions import Permission, Reason

# noncharacters of Unicode, which stand in no text that is exchanged
_MARKS = {"*": "\ufdd0", "?": "\ufdd1", "$": "\ufdd2"}
_TEXTS = {mark: text for text, mark in _MARKS.items()}
_SPECIAL = later_pattern(rf"{STRING_TOKEN.pattern}|[$*?]")
_IN_JSON = later_pattern(rf"{STRING_TOKEN.pattern}|\\u([0-9a-fA-F]{{4}})|\\.", re.DOTALL)
_MARK = later_pattern(f"[{''.join(_TEXTS)}]")
# a dollar is one to IAM too, unless a brace follows: of the text behind it, or of what a token stands for
_DOLLAR = later_pattern("\ufdd2(?!\ufdd2*[{$\ufdd0\ufdd1])")
ESCAPE = later_pattern(r"\$\{[*?$]\}")
"""What IAM takes for the character in it (IAM user guide, "Variables and tags", predefined policy variables)."""


def marked(value: Any) -> Any:
    """The same value with a mark for each wildcard in its literal texts, however deep they stand; CDK's tokens stay."""
    if isinstance(value, str):
        is_plain = "$" not in value and "*" not in value and "?" not in value
        return value if is_plain else _SPECIAL.sub(lambda match: _MARKS.get(match[0], match[0]), value)
    if isinstance(value, (dict, Mapping)):
        return {marked(key): marked(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(map(marked, value))
    if isinstance(value, Code):  # whose star is no text
        start, star, end = value.keys.partition("*")
        return Code(marked(value.bucket), f"{marked(start)}{star}{marked(end)}")
    if isinstance(value, Environment):
        others = {field.name: marked(getattr(value, field.name)) for field in fields(value) if field.name != "told"}
        return replace(value, **others, told=_Telling(value.told))
    if isinstance(value, DataAccess):
        return replace(value, **{field.name: marked(getattr(value, field.name)) for field in fields(value)})
    return value


@dataclass(frozen=True)
class _Telling:
    """What a text turns out to be, marked; two of the same are equal."""

    told: Callable[[str], str]

    def __call__(self, text: str) -> str:
        told = self.told(text)
        return text if told == text else str(marked(told))  # what the derivation itself put into a text stays


def marked_json(text: str) -> str:
    """A text of JSON with marks for what its escapes stand for: ``\\u002a`` is a star when it is read.

    What turns into a token of CDK only then is none.
    """
    return _IN_JSON.sub(_marked_in_json, text)


def _marked_in_json(match: re.Match[str]) -> str:
    if match[1]:
        return _MARKS.get(chr(int(match[1], 16)), match[0])
    is_forged = match[0].startswith("$") and "\\" in match[0]
    return f"{_MARKS['$']}{match[0][1:]}" if is_forged else match[0]


def unmarked(value: Any) -> Any:
    """The value as it was."""
    if isinstance(value, str):
        return value if value.isascii() else _MARK.sub(lambda match: _TEXTS[match[0]], value)
    if isinstance(value, Mapping):
        return {unmarked(key): unmarked(item) for key, item in value.items()}
    return list(map(unmarked, value)) if isinstance(value, (list, tuple)) else value


def escaped(permission: Permission) -> Permission:
    """A permission that follows from marked texts, as IAM is to read it."""
    texts = "".join(chain(permission.resources, *permission.because))
    if texts.isascii() and not any(_has_mark(list(keys.values())) for keys in permission.conditions.values()):
        return permission
    return replace(
        permission,
        resources=tuple(map(_escaped, permission.resources)),
        conditions={
            operator: {key: _escaped(value) for key, value in keys.items()}
            for operator, keys in permission.conditions.items()
        },
        because=tuple(Reason(*map(unmarked, reason)) for reason in permission.because),
    )


def _has_mark(value: Any) -> bool:
    if isinstance(value, str):
        return not value.isascii() and _MARK.search(value) is not None
    return isinstance(value, (list, tuple)) and any(map(_has_mark, value))


def _escaped(value: Any) -> Any:
    if isinstance(value, str):
        return _MARK.sub(lambda match: f"${{{_TEXTS[match[0]]}}}", _DOLLAR.sub("$", value))
    return list(map(_escaped, value)) if isinstance(value, (list, tuple)) else value


def written(text: str) -> str:
    """A text of a policy with what its escapes stand for."""
    return ESCAPE.sub(lambda match: match[0][2], text)


Derive = Callable[[Definition, Environment], Iterator[tuple[Any, Permission]]]
"""What a definition leads to: permissions, each with the role that needs it, or with what is said of it."""


def derived(derive: Derive, definition: Definition, environment: Environment) -> Iterator[tuple[Any, Permission]]:
    """What the definition leads to, with nothing in it that its texts, or those of the environment, make a pattern.

    Rules, roles and warnings all ask for it; it is derived once for each environment.
    """
    environment = marked(environment)  # a copy: what is known of it grows until the roles are filled
    known: list[tuple[Environment, list[tuple[Any, Permission]]]] = definition._derivations.setdefault(derive, [])
    for one, found in known:
        # environments that differ only in ``told`` compare as equal
        if one == environment and one.told == environment.told:
            return iter(found)
    found = [(unmarked(whose), escaped(each)) for whose, each in derive(_marked(definition), environment)]
    known.append((environment, found))
    return iter(found)


def folded(value: Any, literal: Callable[[str], str] = str) -> Any:
    """The same value with the text that each ``Std:Join`` of nothing but texts gives, however deep it stands.

    ``literal``: what becomes of each text, before it is joined.
    """
    if isinstance(value, str):
        return literal(value)
    if isinstance(value, (dict, Mapping)):
        value = {
            literal(key): literal(item) if isinstance(item, str) else folded(item, literal)
            for key, item in value.items()
        }
        join = value.get("Std:Join") if len(value) == 1 else None
        if not isinstance(join, dict):
            return value
        on, parts = join.get("On", ""), join.get("Values")
        of_texts = (
            isinstance(on, str) and isinstance(parts, (list, tuple)) and all(isinstance(one, str) for one in parts)
        )
        return on.join(parts) if of_texts else value
    return type(value)([folded(item, literal) for item in value]) if isinstance(value, (list, tuple)) else value


def _marked(definition: Definition) -> Definition:
    """The definition with marks and without joins of texts, which is itself where it needs neither."""
    known: dict[Any, Any] = definition._derivations
    if marked not in known:
        # each text by itself: what only joined texts make up is marked; most recur from step to step
        marks = folded(definition.json, cache(marked))
        known[marked] = definition if marks == definition.json else Definition(marks)
    found: Definition = known[marked]
    return found
