"""What completion offers on the classes that are exported: a new name is a decision, to be kept for years."""

import ast
import inspect
import json
import textwrap
from functools import cache
from pathlib import Path

import pytest

import cdk_sagemaker_pipelines as library

FILE = Path(__file__).with_name("public_members.json")
CLASSES = {name: value for name in library._HOME if isinstance(value := getattr(library, name), type)}
DECIDED = json.loads(FILE.read_text(encoding="utf-8"))


@cache
def set_by(cls: type) -> frozenset[str]:
    """The attributes that the methods of a class set."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(cls)))
    return frozenset(
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
        if isinstance(node.value, ast.Name) and node.value.id == "self"
    )


def members(cls: type) -> set[str]:
    """The public names that the classes of this library give to a class; CDK's and Python's own are not counted."""
    ours = [base for base in cls.__mro__ if base.__module__.split(".")[0] == library.__name__]
    names = {name for base in ours for name in (*vars(base), *inspect.get_annotations(base), *set_by(base))}
    return {name for name in names if not name.startswith("_")}


def added(name: str) -> list[str]:
    """What a class has beside what the exported classes have that it derives from."""
    bases = [base for base in CLASSES.values() if base is not CLASSES[name] and issubclass(CLASSES[name], base)]
    return sorted(members(CLASSES[name]).difference(*map(members, bases)))


@pytest.mark.parametrize("name", CLASSES)
def test_the_public_members_are_those_decided_on(name: str) -> None:
    assert added(name) == DECIDED[name], f"enter what is meant into {FILE.name}, begin the rest with an underscore"


def test_every_class_that_was_decided_on_is_there() -> None:
    assert list(DECIDED) == sorted(CLASSES)
