"""What takes Python long to make, and few pipelines need: modules, their functions, patterns, methods of dataclasses.

A process that synthesizes one small pipeline spends most of its time on that, so each is made with its first use.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Callable
from functools import partial
from importlib import import_module
from threading import RLock
from typing import TYPE_CHECKING, Any, AnyStr, cast


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


class _LaterPattern:
    """Stands for a pattern, whose methods it takes over as they are asked for."""

    def __init__(self, pattern: Any, flags: int) -> None:
        self.pattern = pattern
        self._flags = flags

    def __getattr__(self, member: str) -> Any:
        value = getattr(re.compile(self.pattern, self._flags), member)
        self.__dict__[member] = value  # so that the next use costs what it does of a pattern
        return value


def later_pattern(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """A regular expression that is compiled with its first use."""
    return cast("re.Pattern[AnyStr]", _LaterPattern(pattern, flags))


def later_function(module: str, name: str) -> Callable[..., Any]:
    """A function of a module that is loaded when the function is called for the first time."""

    def call(*arguments: Any) -> Any:
        return getattr(import_module(module), name)(*arguments)

    call.__module__, call.__name__ = module, name
    return call


if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(cls: type | None = None, /, **options: Any) -> Any:
        """Python's own, which writes the methods of a class as a text and compiles it, here for its first object.

        Who asks for the fields or the signature of the class has them written as well.
        """
        return partial(_unwritten, **options) if cls is None else _unwritten(cls, **options)


_WRITING = RLock()  # the local AWS has threads


def _unwritten(cls: Any, **options: Any) -> Any:
    is_written = False

    def write() -> None:
        nonlocal is_written
        with _WRITING:
            if not is_written:
                cls.__signature__ = _Asked(_signature)
                dataclasses.dataclass(cls, **options)
                cls.__new__ = staticmethod(_new)
                is_written = True

    def new(made: type, /, *arguments: Any, **given: Any) -> Any:
        write()
        return object.__new__(made)

    def written(name: str, owner: type) -> Any:
        write()
        return getattr(owner, name)

    cls.__new__ = staticmethod(new)
    for name in ("__dataclass_fields__", "__signature__"):
        setattr(cls, name, _Asked(partial(written, name)))
    return cls


def _new(made: type, /, *arguments: Any, **given: Any) -> Any:
    return object.__new__(made)


def _signature(owner: Any) -> inspect.Signature:
    """That of the constructor, which ``__new__`` would hide."""
    found = inspect.signature(owner.__init__)
    return found.replace(parameters=list(found.parameters.values())[1:])


class _Asked:
    """An attribute of a class and of those below it, worked out when somebody asks for it."""

    def __init__(self, work_out: Callable[[type], Any]) -> None:
        self._work_out = work_out

    def __get__(self, instance: Any, owner: type) -> Any:
        return self._work_out(owner)
