"""Modules that take long to load and few pipelines need, and functions of such: loaded with their first use."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any


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
