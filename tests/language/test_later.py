"""What is made with its first use is what it would have been from the start."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from itertools import chain
from typing import Any

import pytest

from cdk_sagemaker_pipelines.iam import types as permissions
from cdk_sagemaker_pipelines.language import Definition
from cdk_sagemaker_pipelines.language.later import Later, later_function
from cdk_sagemaker_pipelines.language.rules import Subject
from cdk_sagemaker_pipelines.language.rules.types import TYPE_RULES
from cdk_sagemaker_pipelines.properties.service_model import Model

from .faults import Fault, valid
from .test_faults import PLAIN


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
