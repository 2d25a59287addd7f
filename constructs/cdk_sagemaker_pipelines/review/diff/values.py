"""How two JSON values differ in meaning: a change for each value, named by its path."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from ...language import is_expression_json
from ...language.expressions import MISSING
from ...language.meaning import SETS, meaning, names, same, says_nothing


class Change(NamedTuple):
    """A value that differs; ``MISSING`` if one side has none."""

    path: str
    old: Any
    new: Any


def value_changes(path: str, old: Any, new: Any) -> list[Change]:
    """The differences between two values at a path."""
    return list(_compared(path, _last(path), "", old, new))


def _last(path: str) -> str:
    return path.rpartition(".")[2]


def _compared(path: str, key: str, holder: str, old: Any, new: Any) -> Iterator[Change]:
    """``key``: the member that the values are of, or their elements; ``holder``: the one that its object stands in."""
    if old is MISSING or new is MISSING:
        known = new if old is MISSING else old
        if not says_nothing(holder, key, known):
            yield Change(path, old, new)
    elif says_nothing(holder, key, old) and says_nothing(holder, key, new):
        return
    elif is_expression_json(old) or is_expression_json(new):
        if not same(old, new):
            yield Change(path, old, new)
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in dict.fromkeys([*old, *new]):
            where = f"{path}.{name}" if path else str(name)
            yield from _compared(where, str(name), key, old.get(name, MISSING), new.get(name, MISSING))
    elif isinstance(old, (list, tuple)) and isinstance(new, (list, tuple)):
        if not same(old, new, key):
            yield from _compared_lists(path, key, old, new)
    elif not same(old, new):
        yield Change(path, old, new)


def _compared_lists(path: str, key: str, old: Sequence[Any], new: Sequence[Any]) -> Iterator[Change]:
    """Compares elements by what names them, sets by what is in them, anything else as ``difflib`` aligns it."""
    before, after = names(key, old), names(key, new)
    ordered = before is None or after is None
    if ordered:
        before, after = _own_names(old, new)
    if before is not None and after is not None:
        one, other = dict(zip(before, old, strict=True)), dict(zip(after, new, strict=True))
        for name in dict.fromkeys([*one, *other]):
            yield from _compared(f"{path}['{name}']", key, "", one.get(name, MISSING), other.get(name, MISSING))
        order = [name for name in one if name in other], [name for name in other if name in one]
        if ordered and order[0] != order[1]:
            yield Change(path, *order)
    elif key in SETS:
        yield from (Change(path, item, MISSING) for item in _beyond(old, new))
        yield from (Change(path, MISSING, item) for item in _beyond(new, old))
    else:
        yield from _aligned(path, key, old, new)


def _beyond(items: Sequence[Any], others: Sequence[Any]) -> Iterator[Any]:
    """The elements that others do not have, or not as often."""
    left = Counter(map(_text, others))
    for item in items:
        left[_text(item)] -= 1
        if left[_text(item)] < 0:
            yield item


def _aligned(path: str, key: str, old: Sequence[Any], new: Sequence[Any]) -> Iterator[Change]:
    matcher = SequenceMatcher(None, [_text(item) for item in old], [_text(item) for item in new], autojunk=False)
    for kind, start, end, other, last in matcher.get_opcodes():
        if kind == "equal":
            continue
        both = min(end - start, last - other)
        for offset in range(both):
            item, into = old[start + offset], new[other + offset]
            yield from _compared(f"{path}[{start + offset}]", key, "", item, into)
        yield from (Change(f"{path}[{index}]", old[index], MISSING) for index in range(start + both, end))
        yield from (Change(f"{path}[{index}]", MISSING, new[index]) for index in range(other + both, last))


def _own_names(old: Sequence[Any], new: Sequence[Any]) -> tuple[list[str] | None, list[str] | None]:
    """What names the elements of lists that are not known: ``Key``, or a member that ends in ``Name``."""
    items = [*old, *new]
    first = items[0] if items and all(isinstance(item, Mapping) for item in items) else {}
    for key in first:
        if (key == "Key" or key.endswith("Name")) and all(isinstance(item.get(key), str) for item in items):
            found = [item[key] for item in old], [item[key] for item in new]
            if all(len(set(each)) == len(each) for each in found):
                return found
    return None, None


def _text(item: Any) -> str:
    """A text that is equal for what means the same."""
    return json.dumps(_unified(meaning(item)), sort_keys=True, default=str)


def _unified(value: Any) -> Any:
    """The value with whole numbers alike: 1.0 is 1."""
    if isinstance(value, Mapping):
        return {key: _unified(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_unified(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
