"""The texts of everything public, as ``help()``, editors and the API reference show them."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

import cdk_sagemaker_pipelines as library
from cdk_sagemaker_pipelines.language.documentation import argument_lines, field_lines
from tests.public import CLASSES, FUNCTIONS, PUBLIC
from tests.test_public_members import members

LEAST = 25
"""Characters; what is shorter repeats the name."""
SOURCE = re.compile(r"(?:API|CloudFormation|Source): \[[^\]]+\]\(https://[^)\s]+\).*")
"""A line that says where to read more."""


def ours(cls: type) -> list[type]:
    """The class and its bases in this library, the base first."""
    return [base for base in reversed(cls.__mro__) if base.__module__.split(".")[0] == library.__name__]


@cache
def own_texts(cls: type) -> dict[str, str]:
    """The texts below what a class and its constructor assign, by name."""
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
    assert isinstance(definition, ast.ClassDef)
    functions = [node for node in definition.body if isinstance(node, ast.FunctionDef)]
    bodies = [definition.body, *(node.body for node in functions if node.name == "__init__")]
    found: dict[str, str] = {}
    for body in bodies:
        for assigned, below in pairwise(body):
            if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
                targets = getattr(assigned, "targets", [getattr(assigned, "target", None)])
                names = [getattr(target, "id", getattr(target, "attr", "")) for target in targets]
                found.update(dict.fromkeys(names, inspect.cleandoc(str(below.value.value))))
    return found


def document(found: Any) -> str:
    """The docstring; of a class its own, without the fields."""
    text = vars(found).get("__doc__") if inspect.isclass(found) else inspect.getdoc(found)
    return inspect.cleandoc(text or "")


def texts(cls: type) -> dict[str, str]:
    """What is said of the attributes of a class, by name: below them, or as an argument of the constructor."""
    found: dict[str, str] = {}
    for base in ours(cls):
        found |= argument_lines(document(base)) | own_texts(base)
    return found


def methods(cls: type) -> Iterator[tuple[str, Any]]:
    """The public methods and properties of a class."""
    for name in sorted(members(cls)):
        if callable(found := getattr(cls, name, None)) or hasattr(found, "__get__"):
            yield name, found


def documented(name: str) -> dict[str, str]:
    """The docstrings of a class and its methods, or of a function."""
    found = {name: document(PUBLIC[name])}
    if name in CLASSES:
        found |= {f"{name}.{method}": document(function) for method, function in methods(CLASSES[name])}
    return found


def missing(what: str, signature: inspect.Signature, said: dict[str, str]) -> list[str]:
    """The parameters of which nothing is said, or too little."""
    names = [parameter for parameter in signature.parameters if parameter not in ("self", "cls")]
    return [f"{what}({name})" for name in names if len(said.get(name, "")) < LEAST]


@pytest.mark.parametrize("name", PUBLIC)
def test_first_lines_are_sentences(name: str) -> None:
    firsts = {what: text.split("\n\n")[0] for what, text in documented(name).items()}
    if name in CLASSES:
        firsts |= {f"{name}.{field}": text for field, text in field_lines(CLASSES[name]).items()}
    wrong = {what: text for what, text in firsts.items() if len(text) < LEAST or not text.rstrip().endswith(".")}
    assert wrong == {}
    assert re.match(r"[A-Z].*\.(\n|$)", document(PUBLIC[name])), "begin with one sentence in one line"


@pytest.mark.parametrize("name", CLASSES)
def test_every_attribute_has_a_text(name: str) -> None:
    cls = CLASSES[name]
    attributes = members(cls) - {method for method, _ in methods(cls)}
    said = texts(cls)
    assert [attribute for attribute in sorted(attributes) if len(said.get(attribute, "")) < LEAST] == []


@pytest.mark.parametrize("name", CLASSES)
def test_every_parameter_of_a_class_has_a_text(name: str) -> None:
    cls, found = CLASSES[name], []
    if any("__init__" in vars(base) or hasattr(base, "_declared_fields") for base in ours(cls)):
        found += missing(name, inspect.signature(cls), texts(cls))
    for method, function in methods(cls):
        if callable(function):
            found += missing(f"{name}.{method}", inspect.signature(function), argument_lines(document(function)))
    assert found == []


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_parameter_of_a_function_has_a_text(name: str) -> None:
    function = FUNCTIONS[name]
    assert missing(name, inspect.signature(function), argument_lines(document(function))) == []


@pytest.mark.parametrize("name", PUBLIC)
def test_examples_are_fenced_and_sources_are_links(name: str) -> None:
    for what, text in documented(name).items():
        prose = re.sub(r"^```\w+\n.*?^```$", "", text, flags=re.M | re.S)
        assert "::\n\n" not in prose, f"{what}: write the example as a block ```python"
        assert "of the developer guide" not in " ".join(prose.split()), f"{what}: write a link, as others do"
        for line in re.findall(r".*\b(?:APIs?|CloudFormation|Sources?): .*", prose):
            assert SOURCE.fullmatch(line), f"{what}: {line}"


def test_help_says_what_the_fields_of_a_dataclass_are() -> None:
    text = inspect.getdoc(library.RetryPolicy) or ""
    assert "\nArgs:\n    exception_types: The kinds of failure that are retried" in text
    assert "Args:" not in document(library.RetryPolicy)
