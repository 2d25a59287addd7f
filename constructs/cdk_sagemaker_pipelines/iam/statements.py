"""Members of the statements of policies, by what they mean: a single value need not be in a list, no order counts."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

Conditions = Mapping[str, Mapping[str, Any]]
"""By operator and key, a value or a list of them; as in a policy."""


def listed(value: Any) -> list[Any]:
    """The elements of a member that may be one of them itself; of nothing, none."""
    return value if isinstance(value, list) else [] if value is None else [value]


def one_or_list(texts: Sequence[str]) -> str | list[str]:
    """A member as CDK writes it: without a list where there is one element."""
    return texts[0] if len(texts) == 1 else list(texts)


def values_of(values: Any) -> tuple[str, ...]:
    """The values of a condition, where a single one need not be in a list."""
    given = values if isinstance(values, (list, tuple)) else (values,)
    return tuple(str(value).lower() if isinstance(value, bool) else str(value) for value in given)


_NONE: Hashable = frozenset()


def meaning(conditions: Conditions) -> Hashable:
    """A key that is equal for conditions that mean the same: single values or lists of one, in any order."""
    if not conditions:
        return _NONE
    return frozenset(
        (operator, key, frozenset(values_of(values)))
        for operator, keys in conditions.items()
        for key, values in keys.items()
    )


def key_of_patterns(conditions: Conditions) -> str | None:
    """The key of a condition that only has patterns of one key: one of them is enough. None of any other."""
    keys = conditions.get("StringLike", {})
    return next(iter(keys)) if len(conditions) == 1 and len(keys) == 1 else None


def alternatives(conditions: Conditions) -> list[Conditions]:
    """A condition for each pattern, where one of them is enough."""
    key = key_of_patterns(conditions)
    if key is None:
        return [conditions]
    return [{"StringLike": {key: (value,)}} for value in values_of(conditions["StringLike"][key])]
