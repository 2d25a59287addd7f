"""Made whole or not at all: what an error of a constructor takes back.

A program may catch the error and go on, to try what a version has or to ask again in a notebook. Then nothing may be
left of what was being made: neither a construct nor what others were told of it.
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
    """What is to be undone when the outermost of what is being made fails, in the order of doing."""

    def __init__(self) -> None:
        self.depth = 0
        self.undo: list[Callable[[], object]] = []


_JOURNAL = _Journal()


@contextmanager
def whole() -> Iterator[None]:
    """Undoes on an error what ``undoing`` and ``removing`` were told of inside."""
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
    """Undoes something that was done if what is being made fails; forgotten where nothing is."""
    if _JOURNAL.depth:
        _JOURNAL.undo.append(action)


def removing(construct: IConstruct) -> None:
    """Takes a construct that was made out of the tree again if what is being made fails."""

    def remove() -> None:
        scope = construct.node.scope
        if scope is not None:
            scope.node.try_remove_child(construct.node.id)

    undoing(remove)


def removing_new(scope: IConstruct, *names: str) -> None:
    """As ``removing``, of children that are about to be made, since CDK may fail in the middle of one."""
    node = scope.node
    new = [name for name in names if _JOURNAL.depth and node.try_find_child(name) is None]
    for name in new:
        undoing(partial(node.try_remove_child, name))


def removing_all_new(scope: IConstruct) -> None:
    """As ``removing``, of all children that the scope gets from now on: CDK's singletons are made below the stack."""
    if not _JOURNAL.depth:
        return
    before = {child.node.id for child in scope.node.children}

    def remove() -> None:
        for name in [child.node.id for child in scope.node.children]:
            if name not in before:
                scope.node.try_remove_child(name)

    undoing(remove)


def remembering(*things: object) -> None:
    """Brings the things back to what they know now if what is being made fails.

    What they know are their attributes, and what dicts and lists among these hold; what is inside of those must not
    change.
    """
    if not _JOURNAL.depth:
        return
    attributes = [(thing, dict(vars(thing))) for thing in things]
    dicts = [(value, dict(value)) for _, known in attributes for value in known.values() if isinstance(value, dict)]
    lists = [(value, list(value)) for _, known in attributes for value in known.values() if isinstance(value, list)]

    def bring_back() -> None:
        for thing, known in attributes:
            vars(thing).clear()
            vars(thing).update(known)
        for mapping, entries in dicts:
            mapping.clear()
            mapping.update(entries)
        for sequence, items in lists:
            sequence[:] = items

    undoing(bring_back)


class Whole(jsii.JSIIAbstractClass):
    """The class of classes whose objects are made whole or not at all, also by the constructors of their subclasses."""

    @property
    def __signature__(cls) -> inspect.Signature:
        """The signature of the constructor, which ``__call__`` would hide."""
        return inspect.Signature(list(inspect.signature(cls.__init__).parameters.values())[1:])  # type: ignore[misc]

    # typed as jsii's own: type checkers look at the constructor then
    def __call__(cls: type[T], *args: Any, **kwargs: Any) -> T:
        with whole():
            made: T = super(Whole, cast("Whole", cls)).__call__(*args, **kwargs)
        return made
