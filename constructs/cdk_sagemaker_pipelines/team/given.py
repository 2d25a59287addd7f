"""What the rules and the policies of a team are given: checked, so that a typo does not forbid all."""

from __future__ import annotations

import re
from typing import Any

import aws_cdk as cdk

from ..language import PipelineError, did_you_mean

_FAMILY = re.compile(r"[a-z]+[a-z0-9-]*$")
_SIZE = re.compile(r"(nano|micro|small|medium|large|interactive|\d*xlarge|metal(-\d+xl)?)$")
_SIZES = ("medium", "large", "xlarge", *(f"{number}xlarge" for number in (2, 4, 8, 12, 16, 24, 32, 48)))
"""Sizes that many families have, for hints."""


def check_types(who: str, instance_types: Any) -> None:
    """Raises for anything but a list of instance types and patterns of such; None is no limit."""
    if instance_types is None:
        return
    listed = isinstance(instance_types, (list, tuple, set, frozenset)) and instance_types
    if not listed or not all(isinstance(name, str) for name in instance_types):
        raise PipelineError(f"{who}: instance_types takes a list such as ['ml.m5.*'], not {instance_types!r}")
    for name in instance_types:
        _check_type(who, name)


def check_number(
    who: str, what: str, value: Any, kinds: type[int] | tuple[type[int], type[float]], least: int = 0
) -> None:
    """Raises for anything but a number from ``least`` on; None is no limit."""
    is_number = isinstance(value, kinds) and not isinstance(value, bool)
    if value is None or (is_number and value >= least):
        return
    hours = "; its to_hours() gives one" if isinstance(value, cdk.Duration) else ""
    takes = f"a number from {least} on" if least else "a number that is not negative"
    raise PipelineError(f"{who}: {what} takes {takes}, not {shown(value)}{hours}")


def shown(value: Any) -> str:
    """A value in a message."""
    return "a Duration" if isinstance(value, cdk.Duration) else repr(value)


def _check_type(who: str, name: str) -> None:
    family, _, size = name.removeprefix("ml.").partition(".")
    if name == name.lower() and (any(sign in name for sign in "*?[") or (_FAMILY.match(family) and _SIZE.match(size))):
        return
    if name != name.lower():
        hint = f"; did you mean {name.lower()!r}?"
    elif _FAMILY.match(family) and not size:
        hint = f"; did you mean {name.rstrip('.') + '.*'!r}?"
    elif _FAMILY.match(family):
        hint = did_you_mean(name, [name.removesuffix(size) + known for known in _SIZES])
    else:
        hint = " such as 'ml.m5.xlarge', nor a pattern such as 'ml.m5.*'"
    raise PipelineError(f"{who}: instance_types: {name!r} is not an instance type{hint}")
