"""The explanations of the examples' roles: everything in their templates, each for an existing field."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines.review.explain.access import Explanation
from cdk_sagemaker_pipelines.review.explain.roles import Roles
from cdk_sagemaker_pipelines.review.explain.text import name, text, unused
from cdk_sagemaker_pipelines.review.reading.stacks import Template, linked, short, shown
from tests.examples import template as template_of

from .stacks import explained

EXAMPLES = ["diabetes.dev", "diabetes.prod", "breast_cancer.dev", "breast_cancer.prod"]


def example(of: str) -> tuple[dict[str, Any], Explanation]:
    template = json.loads(template_of(of).read_text())
    (found,) = explained(template)
    return template, found


def _plain(value: Any) -> str:
    """A text of a template with its functions as names; reimplemented here, so as not to rely on what is tested."""
    if isinstance(value, str):
        return value
    ((function, inner),) = value.items()
    if function == "Fn::Join":
        return str(inner[0]).join(_plain(part) for part in inner[1])
    parts = inner if isinstance(inner, list) else [inner]
    return "${" + ".".join(re.sub(r"[0-9A-F]{8}$", "", part) for part in parts) + "}"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


Cell = tuple[str, str, str, str]


def written(template: dict[str, Any]) -> Iterator[Cell]:
    """Role, action, resource and condition of every statement of every role of a pipeline: all but those of functions
    that answer no callback.
    """
    for logical_id, resource in template["Resources"].items():
        of_function = "lambda.amazonaws.com" in json.dumps(resource) and "Worker" not in logical_id
        if resource["Type"] != "AWS::IAM::Role" or of_function:
            continue
        documents = [policy["PolicyDocument"] for policy in resource["Properties"].get("Policies", ())]
        for other in template["Resources"].values():
            if {"Ref": logical_id} in other.get("Properties", {}).get("Roles", ()) and "Policy" in other["Type"]:
                documents.append(other["Properties"]["PolicyDocument"])
        for statement in (statement for document in documents for statement in document["Statement"]):
            assert statement["Effect"] == "Allow"
            for action in _list(statement["Action"]):
                for resource_arn in _list(statement["Resource"]):
                    for condition in conditions(statement.get("Condition", {})):
                        yield short(logical_id), action, _plain(resource_arn), condition


def conditions(condition: dict[str, Any]) -> list[str]:
    pairs = [
        [f"{operator} {key} {_plain(value)}" for value in _list(values)]
        for operator, keys in condition.items()
        for key, values in keys.items()
    ]
    return [line for pair in pairs for line in pair] or [""]


def told(explanation: Explanation) -> Iterator[Cell]:
    for role in explanation.roles:
        for row in role.allowed:
            for action in row.actions:
                for condition in conditions(json.loads(json.dumps(row.conditions))):
                    yield name(role.role), action, shown(row.resource), shown(condition)


@pytest.mark.parametrize("of", EXAMPLES)
def test_every_permission_in_the_template_is_reported_and_no_other(of: str) -> None:
    template, explanation = example(of)
    expected = list(written(template))
    assert len(expected) > 90
    assert sorted(told(explanation)) == sorted(expected)


@pytest.mark.parametrize("of", EXAMPLES)
def test_every_reason_names_an_existing_step_and_field(of: str) -> None:
    _, explanation = example(of)
    definition = explanation.pipeline.definition
    reasons = [reason for role in explanation.roles for row in role.allowed for reason in row.reasons]
    assert len(reasons) >= 50
    for reason in reasons:
        assert reason.pipeline == "Pipeline"
        step = definition.step(reason.step)
        field = reason.field.partition(",")[0]
        assert field == f"Type {step.type}" or _leads_somewhere(step.json, field), reason


def _leads_somewhere(json_of_step: Any, field: str) -> bool:
    if re.fullmatch(r"(reads|writes)\[\d+\]", field):
        return True  # fields of EMRStep, which the template keeps beside the definition
    value: Any = {**json_of_step, **json_of_step.get("Arguments", {})}
    for index, member in re.findall(r"\[(\d+)\]|([^.\[\]]+)", field):
        try:
            value = value[int(index)] if index else value[member]
        except (KeyError, IndexError, TypeError):
            return False
    return True


@pytest.mark.parametrize("of", EXAMPLES)
def test_all_permissions_of_the_examples_are_derived(of: str) -> None:
    _, explanation = example(of)
    foreign = [row for role in explanation.roles for row in role.allowed if row.origin != "derived"]
    # the role that EMR itself takes is filled by the construct of its cluster, that of a function by CDK's
    worker = "PipelineCheckAucIfReviewWorkerRoleDefaultPolicy"
    assert sorted((row.actions, row.statement.policy) for row in foreign) == (
        []
        if of.startswith("diabetes")
        else [
            (("iam:PassRole",), "PipelineCheckAucIfArchiveRolesServiceRole, inline policy Cluster"),
            (("logs:CreateLogStream", "logs:PutLogEvents"), worker),
            (("sqs:ChangeMessageVisibility", "sqs:GetQueueUrl"), worker),
        ]
    )
    assert [role.missing for role in explanation.roles] == [[]] * len(explanation.roles)
    assert [role.undecided for role in explanation.roles] == [[]] * len(explanation.roles)


@pytest.mark.parametrize("of", ["diabetes.dev", "breast_cancer.dev"])
def test_the_text(snapshot: Any, of: str) -> None:
    snapshot.snapshot_dir = Path(__file__).parent / "snapshots"
    _, explanation = example(of)
    lines = list(text(explanation, width=80))
    assert max(map(len, lines)) <= 80
    snapshot.assert_match("\n".join(lines) + "\n", f"explain.{of}.txt")


def test_the_picture_in_the_documentation() -> None:
    page = (Path(__file__).parent.parent.parent / "docs/permissions.md").read_text()
    (picture,) = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
    _, explanation = example("diabetes.dev")
    assert picture in "\n".join(text(explanation, width=80)) + "\n"


def test_roles_that_no_pipeline_uses() -> None:
    template = json.loads(template_of("breast_cancer.dev").read_text())
    stacks = linked([Template("a.json", template)])
    (explanation,) = explained(template)
    others = Roles(stacks).unused({role.role.arn for role in explanation.roles})
    assert list(unused(others)) == [
        "other roles in these stacks, which no pipeline uses:",
        "  a.json#ModelsEmptyingRole",
        "  a.json#PipelineCheckAucIfAnnounceFunctionRole",
        "  a.json#CustomVpcRestrictDefaultSGCustomResourceProviderRole",
    ]
    assert list(unused([])) == []
