"""Every fault of the table is found at every place of every valid definition, every near miss is not."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdk_sagemaker_pipelines.iam.evaluation import NOT_GRANTED
from cdk_sagemaker_pipelines.iam.undecided import SAYS_KEY, UNDECIDED
from cdk_sagemaker_pipelines.iam.wildcards import LITERAL, UNEXPLAINED
from cdk_sagemaker_pipelines.language import Definition, Finding, check
from cdk_sagemaker_pipelines.properties.service_model import Model
from cdk_sagemaker_pipelines.review.explain.role_trust import ROLE_TRUST

from . import (  # noqa: F401
    faults_of_branches,
    faults_of_conditions,
    faults_of_documents,
    faults_of_expressions,
    faults_of_flows,
    faults_of_jobs,
    faults_of_options,
    faults_of_requests,
    faults_of_steps,
    faults_of_texts,
    faults_of_types,
)
from .faults import FAULTS, NEAR_MISSES, Document, Fault, NearMiss, valid
from .support import STEADY, table_of_rules

NAMES = [name for name, _ in valid()]
PLAIN = [fault for fault in FAULTS if fault.values is None]
CHOSEN = [fault for fault in FAULTS if fault.values is not None]
HOW_MANY = pytest.mark.parametrize("enough", [10, pytest.param(10**6, id="all", marks=pytest.mark.long)])
"""After so many samples, which takes seconds in all, or at all places of all definitions, which takes minutes."""


def found(document: Document) -> list[Finding]:
    findings = check(Definition(document), Model())
    assert [str(finding) for finding in findings if finding.code == "rule-failed"] == []
    return findings


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


@HOW_MANY
@pytest.mark.parametrize("fault", PLAIN, ids=str)
def test_every_sample_of_a_fault_is_found(fault: Fault, enough: int) -> None:
    samples = 0
    for name, document in valid():
        count, unseen = missed(fault, name, document)
        assert not unseen, name
        samples += count
        if samples >= enough:
            break
    assert samples


@pytest.mark.parametrize("fault", CHOSEN, ids=str)
def test_a_fault_is_found_with_any_value(fault: Fault) -> None:
    assert fault.values is not None
    samples = 0

    @settings(STEADY, max_examples=20)
    @given(st.integers(0, len(NAMES) - 1), fault.values)
    def holds(first: int, value: object) -> None:
        nonlocal samples
        documents = dict(valid())
        for name in NAMES[first:] + NAMES[:first]:
            count, unseen = missed(fault, name, documents[name], value)
            assert not unseen, name
            samples += count
            if count:
                break

    holds()
    assert samples


LEFT_BEHIND = {
    *("unused-parameter", "entry-point", "framework-script", "same-place", "prefix-overlap", "distribution"),
    "hyperparameter",
}
"""What a change of something else brings about as well: it takes away where a parameter was read, or what brought the
script or launches it on these instances, gives the algorithm what
it does not have, or repeats an input or an output. Their own near misses know no such mercy."""


@HOW_MANY
@pytest.mark.parametrize("miss", NEAR_MISSES, ids=str)
def test_a_near_miss_is_not_a_fault(miss: NearMiss, enough: int) -> None:
    samples = 0
    for name, document in valid():
        before = {str(finding) for finding in found_before(name)}
        for _ in miss.changes(document):
            samples += 1
            news = {str(one) for one in found(document) if one.code not in LEFT_BEHIND - {miss.code}} - before
            assert not news, name
        if samples >= enough:
            break
    assert samples


def test_each_finding_of_the_documents_has_a_fault() -> None:
    """In each of its levels; but for keys that stand twice, which only a text has, and what other tests look at."""
    told = {(code, level) for code, levels in table_of_rules().items() for level in levels}
    others = {
        (code, "error")
        for code in ("repeated-key", "unescaped-value", LITERAL, UNEXPLAINED, "other-region", "other-account")
    }
    others |= {(code, "warning") for code in ("other-region", "other-account", "not-in-region", NOT_GRANTED)}
    others |= {(code, "warning") for code in (ROLE_TRUST, UNDECIDED, *SAYS_KEY)}
    assert told - {(fault.code, fault.level) for fault in FAULTS} == others


def test_the_table_has_a_near_miss_for_each_fault() -> None:
    assert {fault.code for fault in FAULTS} == {miss.code for miss in NEAR_MISSES}


@pytest.mark.parametrize("name", NAMES)
def test_a_valid_definition_has_no_error(name: str) -> None:
    assert [str(finding) for finding in found(dict(valid())[name]) if finding.level == "error"] == []
