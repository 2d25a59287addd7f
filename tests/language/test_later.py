"""What is made with its first use is what it would have been from the start."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pkgutil
import re
import sys
from collections.abc import Iterator
from importlib import import_module
from itertools import chain
from threading import Barrier, Thread
from typing import Any

import pytest

import cdk_sagemaker_pipelines
from cdk_sagemaker_pipelines.iam import types as permissions
from cdk_sagemaker_pipelines.language import Definition
from cdk_sagemaker_pipelines.language.later import Later, _LaterPattern, dataclass, later_function, later_pattern
from cdk_sagemaker_pipelines.language.rules import Subject
from cdk_sagemaker_pipelines.language.rules.types import TYPE_RULES
from cdk_sagemaker_pipelines.properties.service_model import Model

from .faults import Fault, valid
from .test_faults import PLAIN

NEVER_LOADED = ("local", "cli", "executions", "testing", "assets.scripts")


@dataclass(frozen=True)
class Base:
    first: int
    rest: list[int] = dataclasses.field(default_factory=list)


@dataclass(frozen=True)
class Derived(Base):
    """A docstring."""

    last: int = 3


class Own(Derived):
    def __init__(self, twice: int) -> None:
        super().__init__(twice * 2)


def test_a_dataclass_is_one_before_its_first_object() -> None:
    @dataclass
    class Asked:
        size: int = 1

    @dataclass(frozen=True, kw_only=True)
    class Shown:
        size: int

    assert "__init__" not in vars(Asked)
    assert dataclasses.is_dataclass(Asked)
    assert [field.name for field in dataclasses.fields(Asked)] == ["size"]
    assert str(inspect.signature(Shown)) == "(*, size: 'int') -> None"
    assert Shown.__doc__ == "Shown(*, size: 'int')"


def test_a_dataclass_has_all_that_pythons_has() -> None:
    one = Derived(1, [2])
    assert one == Derived(1, [2], last=3)
    assert Derived.__hash__ is not Base.__hash__ is not object.__hash__
    assert repr(dataclasses.replace(one, last=4)) == "Derived(first=1, rest=[2], last=4)"
    assert copy.deepcopy(one) == one != Base(1, [2])
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.first = 2  # type: ignore[misc]
    with pytest.raises(TypeError, match="positional argument"):
        Derived(1, [], 2, 3)  # type: ignore[call-arg]
    own = Own(2)
    assert (own.first, own.rest, own.last) == (4, [], 3)
    assert list(inspect.signature(Own).parameters) == ["twice"]
    assert list(inspect.signature(Derived).parameters) == ["first", "rest", "last"]


def test_threads_may_make_the_first_objects_at_once() -> None:
    for _ in range(20):

        @dataclass(frozen=True)
        class Contended:
            first: int
            rest: tuple[int, ...] = ()

        start, made = Barrier(4), list[Contended]()

        def make(start: Barrier = start, made: list[Contended] = made, cls: type[Contended] = Contended) -> None:
            start.wait()
            made.append(cls(1))

        threads = [Thread(target=make) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert made == [Contended(1)] * 4


def test_a_pattern_is_compiled_with_its_first_use(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    real = re.compile
    monkeypatch.setattr(re, "compile", lambda *given: made.append(given) or real(*given))  # type: ignore[func-returns-value]
    found = later_pattern(r"a+", re.IGNORECASE)
    assert (found.pattern, made) == ("a+", [])
    assert found.match("AA") is not None
    assert len(made) == 1
    assert found.sub("b", "caAt") == "cbt"
    assert found.fullmatch("ab") is None


def patterns(value: Any) -> Iterator[_LaterPattern]:
    if isinstance(value, _LaterPattern):
        yield value
    elif isinstance(value, (tuple, list)):
        yield from chain.from_iterable(map(patterns, value))
    elif isinstance(value, dict):
        yield from patterns(list(value.values()))


def test_every_pattern_of_the_library_compiles() -> None:
    root = f"{cdk_sagemaker_pipelines.__name__}."
    names = [module.name for module in pkgutil.walk_packages(cdk_sagemaker_pipelines.__path__, root)]
    modules = [import_module(name) for name in names if not name.removeprefix(root).startswith(NEVER_LOADED)]
    found = {id(one): one for module in modules for value in vars(module).values() for one in patterns(value)}
    assert len(found) > 100
    for one in found.values():
        one.search("" if isinstance(one.pattern, str) else b"")


def test_a_module_is_loaded_with_its_first_member(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    module, function = Later("colorsys"), later_function("colorsys", "rgb_to_hsv")
    assert "colorsys" not in sys.modules
    assert function(0, 0, 0) == module.rgb_to_hsv(0, 0, 0) == (0.0, 0.0, 0)


@pytest.mark.parametrize("function", [*permissions.PIPELINE.values(), *permissions.JOBS.values()])
def test_what_the_tables_of_permissions_name_exists(function: Any) -> None:
    assert callable(getattr(import_module(function.__module__), function.__name__))


def broken(fault: Fault) -> Iterator[Any]:
    """The first definition that a fault is found in, while it is broken there."""
    for _, document in valid():
        for _ in fault.breaks(document):
            yield document
            return


def test_the_rules_of_types_miss_no_step_that_they_are_over() -> None:
    found = 0
    for document in chain.from_iterable(map(broken, PLAIN)):
        subject = Subject(Definition(document), Model())
        for rule in TYPE_RULES:
            whole = getattr(import_module(rule.__module__), rule.__name__)  # looks for its steps itself
            expected = list(whole(subject))
            assert list(rule(subject)) == expected, rule.__name__
            found += len(expected)
    assert found > 100
