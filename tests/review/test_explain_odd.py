"""Templates that nobody would write: whatever is in them, they are explained or refused."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cdk_sagemaker_pipelines.review.explain.access import explain, of_stacks
from cdk_sagemaker_pipelines.review.explain.as_json import as_json
from cdk_sagemaker_pipelines.review.explain.not_granted import ungranted
from cdk_sagemaker_pipelines.review.explain.reasons import Pipeline
from cdk_sagemaker_pipelines.review.explain.roles import Roles
from cdk_sagemaker_pipelines.review.explain.text import text, unused
from cdk_sagemaker_pipelines.review.reading.stacks import Template, linked
from tests.language.support import STEADY, get, step

from .stacks import GET_RAW, arn, pipeline, policy, role, training

TRUST = {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": ["a", {"Ref": "B"}]}}
PREFIX = {"StringLike": {"s3:prefix": ["a*", "b*"]}}
TEMPLATE: dict[str, Any] = {
    "Parameters": {"P": {"Type": "String"}},
    "Resources": {
        "Pipeline": pipeline(
            training(),
            step("Wait", "Callback"),
            step("Count", "EMR", {"ClusterConfig": {"JobFlowRole": "${Profile}"}}),
            step("Score", "Transform", {"ModelName": get("Steps.M.ModelName")}),
            BucketKeys=[{"Bucket": "data", "Key": arn("Key")}],
            Queues=[{"Url": "https://q", "Queue": "arn:q"}],
            DataAccess=[{"Step": "Count", "Role": arn("Job"), "Reads": ["s3://a/b"], "Writes": []}],
        ),
        "Own": role(AssumeRolePolicyDocument={"Statement": [TRUST]}, ManagedPolicyArns=["arn:a", {"Ref": "Managed"}]),
        "Job": role({**GET_RAW, "Condition": PREFIX}, PermissionsBoundary={"Ref": "P"}, RoleName="Job"),
        "Managed": policy(GET_RAW, type="AWS::IAM::ManagedPolicy", Roles=[{"Ref": "Job"}]),
        "Profile": {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": [{"Ref": "Job"}]}},
        "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": [{**TRUST, "Resource": "*"}]}}},
        "Child": {
            "Type": "AWS::CloudFormation::Stack",
            "Properties": {"Parameters": {"P": {"Fn::Sub": ["${A}", {"A": {"Fn::ImportValue": "N"}}]}}},
            "Metadata": {"aws:asset:path": "a.template.json"},
        },
    },
    "Outputs": {"O": {"Value": {"Fn::GetAtt": "Child.Outputs.O"}, "Export": {"Name": "N"}}},
}


def positions(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of everything in a JSON value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(inner for key, item in pairs for inner in positions(item, (*path, key)))]


def all_of_it(template: Any) -> None:
    stacks = linked([Template("a.template.json", template if isinstance(template, dict) else {})])
    roles = Roles(stacks)
    for explanation in explain([each for each in of_stacks(stacks) if isinstance(each, Pipeline)], roles):
        assert all(len(line) <= 80 and line.isprintable() for line in text(explanation))
        json.dumps(as_json(explanation))
        list(unused(roles.unused(set())))
    ungranted([Template("a.template.json", template if isinstance(template, dict) else {})])


ODD = st.recursive(
    st.sampled_from([None, True, 5, 1.5, "", "x", "*", "${P}", "${", "arn:aws:iam::1:role/x"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["Ref", "Fn::Join", "Fn::Sub", "Fn::GetAtt", "Statement", "a"]), inner, max_size=2
        )
    ),
    max_leaves=4,
)
POSITIONS = positions(TEMPLATE)


def test_an_unchanged_template() -> None:
    all_of_it(TEMPLATE)
    assert len(POSITIONS) > 100


@STEADY
@given(st.lists(st.tuples(st.sampled_from(POSITIONS), ODD), min_size=1, max_size=3))
def test_anything_anywhere(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    template = {"whole": copy.deepcopy(TEMPLATE)}
    for path, odd in changes:
        holder: Any = template
        for key in ("whole", *path)[:-1]:
            try:
                holder = holder[key]
            except (KeyError, IndexError, TypeError):
                break  # an earlier change has taken it away
        last = ("whole", *path)[-1]
        in_object = isinstance(holder, dict) and isinstance(last, str)
        if in_object or (isinstance(holder, list) and isinstance(last, int) and last < len(holder)):
            holder[last] = odd
    all_of_it(template["whole"])
