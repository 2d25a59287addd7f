"""Whatever leaf of a definition, a role, an option or a resource changes, it is told, with the new value."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines.language import Definition
from cdk_sagemaker_pipelines.language.meaning import same
from cdk_sagemaker_pipelines.review.diff.as_json import pipeline_json
from cdk_sagemaker_pipelines.review.diff.blocks import blocks
from cdk_sagemaker_pipelines.review.diff.markdown import markdown
from cdk_sagemaker_pipelines.review.diff.pairs import differences
from cdk_sagemaker_pipelines.review.diff.text import lines
from cdk_sagemaker_pipelines.review.reading.files import Found
from cdk_sagemaker_pipelines.review.reviewed.app import of_definition, reviewed
from cdk_sagemaker_pipelines.review.reviewed.values import Reviewed
from tests.examples import STACKS

from .test_minimal import template as example
from .test_pipelines import app, template

CORPUS = sorted((Path(__file__).parent.parent / "corpus").glob("*.json"))
assert len(CORPUS) == 32

Path_ = tuple[Any, ...]


def leaves(value: Any, path: Path_ = ()) -> Iterator[Path_]:
    """The paths of all values that hold no others."""
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list) and value:
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
    else:
        yield path


def changed(value: Any, number: int) -> tuple[Any, str]:
    """Another value of the same kind, and how it is told."""
    if isinstance(value, bool):
        return not value, json.dumps(not value)
    if isinstance(value, (int, float)):
        return 700_000 + number, str(700_000 + number)
    return f"Changed{number}", f"Changed{number}"


def put(document: Any, path: Path_, value: Any) -> Any:
    """A copy of the document with another value at the path."""
    new = copy.copy(document)
    new[path[0]] = value if len(path) == 1 else put(document[path[0]], path[1:], value)
    return new


def judge(old: Reviewed, new: Reviewed, text: str, where: object) -> None:
    """The difference must be told by each view, with the text."""
    found = differences([old], [new])
    assert any(map(bool, found)), where
    told = "\n".join(lines(blocks(found)))
    assert text in told, (where, told)
    assert text in json.dumps([pipeline_json(each) for each in found]), where
    assert text in unescape(markdown(found)), where


def judge_definition(document: Any, path: Path_, number: int) -> None:
    value = document
    for key in path:
        value = value[key]
    other, text = changed(value, number)
    new = put(document, path, other)
    # how a text is joined that has one part says nothing
    if not same(document, new):
        one, two = (of_definition(Found("a.json", "a", None, Definition(each))) for each in (document, new))
        judge(one, two, text, path)


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.stem)
def test_some_leaves_of_the_corpus(file: Path) -> None:
    document = json.loads(file.read_text(encoding="utf-8"))
    found = list(leaves(document))
    for number, path in enumerate(random.Random(file.stem).sample(found, min(12, len(found)))):
        judge_definition(document, path, number)


@pytest.mark.long
@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.stem)
def test_all_leaves_of_the_corpus(file: Path) -> None:
    document = json.loads(file.read_text(encoding="utf-8"))
    for number, path in enumerate(leaves(document)):
        judge_definition(document, path, number)


def stack() -> dict[str, Any]:
    """A template with one of everything."""
    function = {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Timeout": 3,
            "Environment": {"Variables": {"A": "b"}},
            "Role": {"Fn::GetAtt": ["Other", "Arn"]},
        },
        "Metadata": {"aws:cdk:path": "Dev/Stack0/Announce/Resource"},
    }
    rule = {
        "Type": "AWS::Events::Rule",
        "Properties": {"ScheduleExpression": "rate(1 day)", "Targets": [{"Id": "a", "Arn": {"Ref": "Pipeline"}}]},
        "Metadata": {"aws:cdk:path": "Dev/Stack0/Daily/Resource"},
    }
    group = {"Type": "AWS::SageMaker::ModelPackageGroup", "Properties": {"ModelPackageGroupName": "models"}}
    found = template(Announce=function, Daily=rule, Group=group, Other=copy.deepcopy(template()["Resources"]["Job"]))
    found["Resources"]["Other"]["Metadata"]["aws:cdk:path"] = "Dev/Stack0/Other/Resource"
    condition = {"StringEquals": {"aws:SourceAccount": "111122223333"}}
    for name in ("Own", "Other"):
        properties = found["Resources"][name]["Properties"]
        properties["AssumeRolePolicyDocument"] = copy.deepcopy(properties["AssumeRolePolicyDocument"])
        properties["AssumeRolePolicyDocument"]["Statement"][0]["Condition"] = condition
        properties["PermissionsBoundary"] = "arn:aws:iam::aws:policy/boundary"
        properties["ManagedPolicyArns"] = ["arn:aws:iam::aws:policy/more"]
        properties["MaxSessionDuration"] = 3600
    properties = found["Resources"]["Pipeline"]["Properties"]
    properties["ParallelismConfiguration"] = {"MaxParallelExecutionSteps": 2}
    properties["PipelineDescription"] = "a description"
    found["Description"] = "what the stack is"
    found["Transform"] = ["AWS::Serverless-2016-10-31"]
    found["Outputs"] = {"Name": {"Value": "x"}}
    found["Parameters"] = {"Size": {"Type": "Number", "Default": 1}}
    return found


SAYS_NOTHING = ("Version", "PolicyName", "Metadata", "Type", "PipelineDefinition")
"""Names and types whose change is another resource, or none; the definition is judged above."""


def test_all_leaves_of_a_template() -> None:
    document = json.loads(json.dumps(stack()))
    (old,) = app(document)
    count = 0
    for number, path in enumerate(leaves(document)):
        if any(part in SAYS_NOTHING for part in path) or path[-1] == "Ref" or "Fn::GetAtt" in path:
            continue
        value = document
        for key in path:
            value = value[key]
        other, text = changed(value, number)
        (new,) = app(put(document, path, other))
        judge(old, new, text, path)
        count += 1
    assert count > 30


NOT_TOLD = ("Metadata", "DependsOn", "BootstrapVersion", "CheckBootstrapVersion")
"""What of a template is not compared, as docs/checks.md says."""


@pytest.mark.parametrize("stack", sorted(STACKS))
@pytest.mark.parametrize("most", [12, pytest.param(10_000, marks=pytest.mark.long)], ids=["some", "all"])
def test_leaves_of_the_examples(stack: str, most: int) -> None:
    listed = example("Dev", stack, str)
    found = [path for path in leaves(listed.document) if not {*SAYS_NOTHING, *NOT_TOLD} & {*map(str, path)}]
    # what refers to a resource is told by what it means, in the name of that
    found = [path for path in found if "Ref" not in path and "Fn::GetAtt" not in path]
    (old,) = (each for each in reviewed([listed]) if isinstance(each, Reviewed))
    for number, path in enumerate(random.Random(stack).sample(found, min(most, len(found)))):
        value: Any = listed.document
        for key in path:
            value = value[key]
        other, text = changed(value, number)
        (new,) = reviewed([replace(listed, document=put(listed.document, path, other))])
        assert isinstance(new, Reviewed)
        judge(old, new, text, path)
