"""Options that are given by name and once: a wrong call is told in words, and so is a later change."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from inspect import Parameter
from typing import Any, TypeVar, cast

from .errors import PipelineError, choices, did_you_mean

F = TypeVar("F", bound=Callable[..., Any])


class GivenOnce:
    """What keeps its options as they were given: they have been read when the constructor ends."""

    def __setattr__(self, name: str, value: Any) -> None:
        given: dict[str, Any] = {}
        for call in self.__dict__.get("_given_once", ()):
            given |= _options(*call)
        if name in given and given[name] is not value:
            raise PipelineError(f"{self._who()}: '{name}' is given to the constructor and cannot be changed later")
        super().__setattr__(name, value)

    def _who(self) -> str:
        """Who it is, for messages."""
        return type(self).__name__


def by_name(function: F) -> F:
    """Has a constructor, method or function tell of a wrong call: the closest option, or what is given by name."""
    signature = inspect.signature(function)
    what = function.__qualname__.removesuffix(".__init__")
    constructs = function.__name__ == "__init__"

    @wraps(function)
    def called(*args: Any, **given: Any) -> Any:
        try:
            made = function(*args, **given)
        except TypeError:
            if _fits(signature, args, given):
                raise
            parameters = [*signature.parameters.values()]
            own = bool(parameters) and parameters[0].name == "self"
            name, parameters = what if constructs else function.__qualname__, parameters[own:]
            if constructs and hasattr(args[0], "_declared_fields"):
                name, parameters = type(args[0]).__name__, [*inspect.signature(type(args[0])).parameters.values()]
            told = wrong_call(name, parameters, args[own:], given)
            if told is None:
                raise
            raise TypeError(told) from None
        if constructs and isinstance(args[0], GivenOnce):
            args[0].__dict__.setdefault("_given_once", []).append((signature, args[1:], given))
        return made

    return cast("F", called)


def _options(signature: inspect.Signature, args: Sequence[Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a call of a constructor by their names, which take their time and are hardly ever asked for."""
    bound = signature.bind(None, *args, **given)
    bound.apply_defaults()
    return dict(list(bound.arguments.items())[1:])


def _fits(signature: inspect.Signature, args: Sequence[Any], given: Mapping[str, Any]) -> bool:
    try:
        signature.bind(*args, **given)
    except TypeError:
        return False
    return True


def wrong_call(what: str, parameters: Sequence[Parameter], args: Sequence[Any], given: Mapping[str, Any]) -> str | None:
    """What is wrong with a call that does not fit the parameters; None for one that fits."""
    kinds = {parameter.kind for parameter in parameters}
    named = [each.name for each in parameters if each.kind in (Parameter.KEYWORD_ONLY, Parameter.POSITIONAL_OR_KEYWORD)]
    if Parameter.VAR_KEYWORD not in kinds:
        for name in given:
            if name not in named:
                hint = did_you_mean(name, named) or f"; it has {choices(named, len(named))}"
                return f"{what} has no option {name!r}{hint}"
    positional = [each.name for each in parameters if each.kind is Parameter.POSITIONAL_OR_KEYWORD]
    if len(args) > len(positional) and Parameter.VAR_POSITIONAL not in kinds:
        more = len(args) - len(positional)
        free = [f"{name}=..." for name in named if name not in positional and name not in given][:more]
        first = f"takes {' and '.join(positional)} by position" if positional else "takes nothing by position"
        example = f", such as {', '.join(free)}" if free else ""
        return f"{what} {first}; give the rest by name{example}"
    twice = [name for name in positional[: len(args)] if name in given]
    if twice:
        return f"{what} gets {twice[0]!r} twice: by position and by name"
    missing = [
        each.name
        for index, each in enumerate(parameters)
        if each.default is Parameter.empty
        and each.name in named
        and each.name not in given
        and (each.name not in positional or index >= len(args))
    ]
    return f"{what} needs {', '.join(map(repr, missing))}" if missing else None
