"""No rule can be left out unseen: of each, there is a fault that it alone finds."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings

from cdk_sagemaker_pipelines.language import Definition, Finding
from cdk_sagemaker_pipelines.language.rules import RULES, Rule, Subject
from cdk_sagemaker_pipelines.language.rules.document import repeated_keys
from cdk_sagemaker_pipelines.properties.service_model import Model

from .faults import Fault, valid
from .support import STEADY
from .test_faults import CHOSEN, PLAIN

SAMPLES = 3
"""Of a fault in one definition; the rest is that of test_faults."""


def places(findings: Iterator[Finding]) -> set[tuple[str, str, str | None, str]]:
    return {(finding.code, finding.level, finding.step, finding.where) for finding in findings}


def finders(fault: Fault, *value: Any) -> Iterator[tuple[Rule, ...]]:
    """The rules that find some samples of a fault."""
    samples = 0
    for _, document in valid():
        for step, where in fault.breaks(document, *value):
            place = (fault.code, fault.level, step, where)
            subject = Subject(Definition(document), Model())
            yield tuple(rule for rule in RULES if place in places(rule(subject)))
            samples += 1
            if samples == SAMPLES:
                return


def some_values(fault: Fault) -> list[Any]:
    chosen: list[Any] = []
    assert fault.values is not None

    @settings(STEADY, max_examples=3)
    @given(fault.values)
    def choose(value: Any) -> None:
        chosen.append(value)

    choose()
    return chosen


@cache
def only_finders() -> frozenset[Rule]:
    found = [rules for fault in PLAIN for rules in finders(fault)]
    found += [rules for fault in CHOSEN for value in some_values(fault) for rules in finders(fault, value)]
    return frozenset(rules[0] for rules in found if len(rules) == 1)


# what stands twice is seen in a text alone: test_parsing
@pytest.mark.parametrize("rule", [rule for rule in RULES if rule is not repeated_keys], ids=lambda rule: rule.__name__)
def test_a_rule_that_is_left_out_is_missed(rule: Rule) -> None:
    assert rule in only_finders()
