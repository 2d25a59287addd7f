"""Short ways to say what one change of a step breaks, and what it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from .faults import GONE, Document, Places, added, changed, fault, near, steps

Changes = dict[str, Any]
JOBS = ("Processing", "ClarifyCheck", "QualityCheck")
CHECKS = ("ClarifyCheck", "QualityCheck")
CALLS = ("Callback", "Lambda")
INPUT = "Arguments.ProcessingInputs.*"
OTHER_PLACE = {"S3Uri": "s3://b/k", "S3DataType": "S3Prefix", "LocalPath": "/opt/ml/processing/another/place"}
LOOKED_UP = {"Std:JsonGet": {"S3Uri": "s3://b/k", "Path": "a"}}


def holders(document: Document, types: tuple[str, ...], path: str) -> Iterator[tuple[dict[str, Any], Any, str]]:
    """The step, the object at a path such as ``Arguments.A.*.B|Arguments.C`` and its path with indexes, for each."""
    for step, way in ((step, way) for step in steps(document, *types) for way in path.split("|")):
        found: list[tuple[Any, str]] = [(step, "")]
        for name in way.split(".") if way else ():
            if name == "*":
                found = [
                    (item, f"{where}[{index}]")
                    for value, where in found
                    for index, item in enumerate(value if isinstance(value, list) else [])
                ]
            else:
                found = [
                    (value[name], f"{where}.{name}" if where else name)
                    for value, where in found
                    if isinstance(value, dict) and name in value
                ]
        for value, where in found:
            if isinstance(value, (dict, list)) and not (isinstance(value, dict) and "Get" in value):
                yield step, value, where


@contextmanager
def all_changed(holder: dict[str, Any], changes: Changes) -> Iterator[None]:
    """Some members are others, or gone, for a while."""
    with ExitStack() as stack:
        for key, value in changes.items():
            if value is not GONE or key in holder:
                stack.enter_context(changed(holder, key, value))
        yield


def rule(code: str, types: str, path: str, level: str = "error") -> Rule:
    """Faults and near misses of a code, at a path of the steps of some types."""
    return Rule(code, tuple(types.split()), path, level)


class Rule:
    """Enters faults and near misses that are changes of one object."""

    def __init__(self, code: str, types: tuple[str, ...], path: str, level: str) -> None:
        self.code, self.types, self.path, self.level = code, types, path, level

    def fault(self, name: str, at: str, only: Any = lambda holder: True, **changes: Any) -> Rule:
        """A change of members, found at one of them, or at the object itself where ``at`` is empty."""

        def breaks(document: Document) -> Places:
            for step, holder, where in holders(document, self.types, self.path):
                if only(holder):
                    with all_changed(holder, changes):
                        yield step["Name"], where + ("." if where and at and at[0] != "[" else "") + at

        breaks.__name__ = name
        fault(self.code, self.level)(breaks)
        return self

    def near(self, name: str, only: Any = lambda holder: True, **changes: Any) -> Rule:
        """A change of members that no rule minds."""

        def misses(document: Document) -> Iterator[None]:
            for _, holder, _ in holders(document, self.types, self.path):
                if only(holder):
                    with all_changed(holder, changes):
                        yield

        misses.__name__ = name
        near(self.code)(misses)
        return self


def stands(code: str, name: str, step: dict[str, Any]) -> None:
    """A near miss: a further step, which nobody reads."""

    def misses(document: Document) -> Iterator[None]:
        with added(document["Steps"], {"Name": "Further", **step}):
            yield

    misses.__name__ = name
    near(code)(misses)


def has(*names: str) -> Callable[[Any], bool]:
    """Whether an object has members."""
    return lambda holder: all(name in holder for name in names)


def twice(code: str, types: str, path: str, key: str, level: str = "error", **others: Any) -> None:
    """A fault and a near miss: a list has another element with the name of its first, or with a name of its own."""

    def a_name_twice(document: Document) -> Places:
        for step, listed, where in holders(document, tuple(types.split()), path):
            if listed and isinstance(listed[0].get(key), str):
                with added(listed, _kept({**listed[0], **others})):
                    yield step["Name"], f"{where}[{len(listed) - 1}].{key}"

    def another_name(document: Document) -> Iterator[None]:
        for _, listed, _ in holders(document, tuple(types.split()), path):
            if listed and len(listed) < 10 and isinstance(listed[0].get(key), str):
                with added(listed, _kept({**listed[0], **others, key: f"{listed[0][key]}x"})):
                    yield

    name = path.rpartition(".")[2]
    a_name_twice.__name__, another_name.__name__ = f"two_{name}_of_one_name", f"{name}_of_two_names"
    fault(code, level)(a_name_twice)
    near(code)(another_name)


def _kept(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not GONE}
