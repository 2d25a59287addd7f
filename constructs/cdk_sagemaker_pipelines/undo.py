"""Constructors that either succeed or leave nothing behind: an error undoes what they did.

A program may catch the error and go on, to probe for a feature of a version or to retry in a notebook. Then nothing
of the failed object may remain: neither constructs nor what it registered with others.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar, cast

import jsii
from constructs import IConstruct

T = TypeVar("T")


class _Journal:
    """What to undo when the outermost constructor fails, in the order in which it was done."""

    def __init__(self) -> None:
        self.depth = 0
        self.undo: list[Callable[[], object]] = []


_JOURNAL = _Journal()


@contextmanager
def whole() -> Iterator[None]:
    """Undoes, on an error, what was registered with ``undoing`` and ``removing`` inside."""
    before = len(_JOURNAL.undo)
    _JOURNAL.depth += 1
    try:
        yield
    except BaseException:
        while len(_JOURNAL.undo) > before:
            _JOURNAL.undo.pop()()
        raise
    finally:
        _JOURNAL.depth -= 1
        if not _JOURNAL.depth:
            _JOURNAL.undo.clear()


def undoing(action: Callable[[], object]) -> None:
    """Registers how to undo something if the current constructor fails; does nothing outside of one."""
    if _JOURNAL.depth:
        _JOURNAL.undo.append(action)


def removing(construct: IConstruct) -> None:
    """Removes a new construct from the tree again if the current constructor fails."""

    def remove() -> None:
        scope = construct.node.scope
        if scope is not None:
            scope.node.try_remove_child(construct.node.id)

    undoing(remove)


def removing_new(scope: IConstruct, *names: str) -> None:
    """Like ``removing``, for children that are about to be created, since CDK may fail in the middle of one."""
    node = scope.node
    new = [name for name in names if _JOURNAL.depth and node.try_find_child(name) is None]
    for name in new:
        undoing(partial(node.try_remove_child, name))


def removing_all_new(scope: IConstruct) -> None:
    """Like ``removing``, for all children that the scope gets from now on: CDK creates singletons below the stack."""
    if not _JOURNAL.depth:
        return
    before = {child.node.id for child in scope.node.children}

    def remove() -> None:
        for name in [child.node.id for child in scope.node.children]:
            if name not in before:
                scope.node.try_remove_child(name)

    undoing(remove)


def remembering(*things: object) -> None:
    """Restores the current state of the objects if the current constructor fails.

    Their state is their attributes, and the content of dicts, sets and lists among these; what is inside those must not
    change.
    """
    if not _JOURNAL.depth:
        return
    attributes = [(thing, dict(vars(thing))) for thing in things]
    # a copy of each, to be put back into the same object
    contents = [
        (value, value.copy())
        for _, known in attributes
        for value in known.values()
        if isinstance(value, (dict, list, set))
    ]

    def bring_back() -> None:
        for thing, known in attributes:
            vars(thing).clear()
            vars(thing).update(known)
        for value, content in contents:
            value.clear()
            (value.extend if isinstance(value, list) else value.update)(content)

    undoing(bring_back)


class Whole(jsii.JSIIAbstractClass):
    """The metaclass of classes whose constructors, including those of subclasses, succeed or leave nothing behind."""

    @property
    def __signature__(cls) -> inspect.Signature:
        """The signature of the constructor, which ``__call__`` would hide."""
        return inspect.Signature(list(inspect.signature(cls.__init__).parameters.values())[1:])  # type: ignore[misc]

    # typed as jsii's own, so that type checkers look at the constructor
    def __call__(cls: type[T], *args: Any, **kwargs: Any) -> T:
        with whole():
            made: T = super(Whole, cast("Whole", cls)).__call__(*args, **kwargs)
        return made
