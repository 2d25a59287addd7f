"""What takes long and few pipelines need, made with its first use: modules, functions of such, regular expressions."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module
from typing import Any, AnyStr, cast


class Later:
    """A module by its name, loaded when the first of its members is asked for.

    ::

        if TYPE_CHECKING:
            import tarfile
        else:
            tarfile = Later("tarfile")
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, member: str) -> Any:
        return getattr(import_module(self._name), member)


def later_function(module: str, name: str) -> Callable[..., Any]:
    """A function of a module that is loaded when the function is called for the first time."""

    def call(*arguments: Any) -> Any:
        return getattr(import_module(module), name)(*arguments)

    call.__module__, call.__name__ = module, name
    return call


def later_pattern(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """A regular expression that is compiled with its first use: there are many, and an app needs few of them."""
    return cast("re.Pattern[AnyStr]", _Pattern(pattern, flags))


class _Pattern:
    def __init__(self, pattern: Any, flags: int) -> None:
        self._given = (pattern, flags)

    def __getattr__(self, member: str) -> Any:
        found = getattr(re.compile(*self._given), member)
        self.__dict__[member] = found  # so that the next use is as fast as that of any pattern
        return found
