"""Modules of Python that take long to load, and that few pipelines need."""

from __future__ import annotations

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
