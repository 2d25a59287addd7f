"""Every fault of the table is found at every place of every valid definition, every near miss is not."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk_sagemaker_pipelines.language import Definition, Finding, check
from cdk_sagemaker_pipelines.properties.service_model import Model

from . import (  # noqa: F401
    faults_of_jobs,
    faults_of_options,
    faults_of_requests,
    faults_of_steps,
    faults_of_types,
)
from .faults import FAULTS, NEAR_MISSES, Document, Fault, NearMiss, valid
from .support import STEADY

NAMES = [name for name, _ in valid()]
PLAIN = [fault for fault in FAULTS if fault.values is None]
CHOSEN = [fault for fault in FAULTS if fault.values is not None]


def found(document: Document) -> list[Finding]:
    return check(Definition(document), Model())


@cache
def found_before(name: str) -> frozenset[Finding]:
    """What is found in a valid definition: doubts at most."""
    return frozenset(found(dict(valid())[name]))


def missed(fault: Fault, name: str, document: Document, *value: object) -> tuple[int, list[str]]:
    """How many samples the fault makes of a document, and those that are not found."""
    before = found_before(name)
    samples, unseen = 0, []
    for step, where in fault.breaks(document, *value):
        samples += 1
        place = (fault.code, fault.level, step, where)
        news = [finding for finding in found(document) if finding not in before]
        if place not in [(finding.code, finding.level, finding.step, finding.where) for finding in news]:
            unseen.append(f"{place}: {[str(finding) for finding in news]}")
    return samples, unseen


@pytest.mark.parametrize("fault", PLAIN, ids=str)
def test_every_sample_of_a_fault_is_found(fault: Fault) -> None:
    counts, unseen = zip(*(missed(fault, name, document) for name, document in valid()), strict=True)
    assert sum(counts)
    assert not [text for texts in unseen for text in texts]


@pytest.mark.parametrize("fault", CHOSEN, ids=str)
def test_a_fault_is_found_with_any_value(fault: Fault) -> None:
    assert fault.values is not None
    samples = 0

    @STEADY
    @given(st.sampled_from(NAMES), fault.values)
    def holds(name: str, value: object) -> None:
        nonlocal samples
        count, unseen = missed(fault, name, dict(valid())[name], value)
        samples += count
        assert not unseen

    holds()
    assert samples


@pytest.mark.parametrize("miss", NEAR_MISSES, ids=str)
def test_a_near_miss_is_no_fault(miss: NearMiss) -> None:
    samples = 0
    for name, document in valid():
        before = {str(finding) for finding in found_before(name)}
        for _ in miss.changes(document):
            samples += 1
            assert {str(finding) for finding in found(document)} <= before, name
    assert samples


def test_the_table_has_a_near_miss_for_each_fault() -> None:
    assert {fault.code for fault in FAULTS} == {miss.code for miss in NEAR_MISSES}
