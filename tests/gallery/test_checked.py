"""What CDK writes is read and checked again, as ``smpipe check cdk.out`` does: what AWS fills in is no mistake."""

from __future__ import annotations

from pathlib import Path

from cdk_sagemaker_pipelines import review
from cdk_sagemaker_pipelines.iam.undecided import SAYS_KEY, UNDECIDED
from cdk_sagemaker_pipelines.review.check.resources import judged
from cdk_sagemaker_pipelines.review.check.text import checked
from cdk_sagemaker_pipelines.review.explain.not_granted import ungranted
from cdk_sagemaker_pipelines.review.reading.files import contents
from cdk_sagemaker_pipelines.review.reading.stacks import Template
from tests.gallery.catalog import EXHIBITS


def test_nothing_is_wrong_in_the_gallery(assembly: Path) -> None:
    outcomes = review.read(assembly)
    found = [outcome for outcome in outcomes if isinstance(outcome, review.Found)]
    assert len(found) == len(outcomes) == len(EXHIBITS)
    assert "${Token[" in str([each.definition.json for each in found])
    assert [str(finding) for each in found for finding in checked(each).findings] == []
    told = ungranted(contents(assembly))
    assert len(told) == len(EXHIBITS)
    doubts = {UNDECIDED, *SAYS_KEY}  # of what the run, or somebody else, tells
    assert [str(one) for findings in told.values() for one in findings if one.code not in doubts] == []


def test_nothing_is_wrong_in_its_resources(assembly: Path) -> None:
    found = judged([each for each in contents(assembly) if isinstance(each, Template)])
    assert len(found) >= len(EXHIBITS)
    assert [each.lines() for each in found if each.told] == []
    assert {each.unjudged for each in found} == {None}
