"""What stands around a step when it is synthesized: resources, code, and what roles may."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template
from constructs import IConstruct

from cdk_sagemaker_pipelines import FailStep, Pipeline, Step
from cdk_sagemaker_pipelines.steps.jobs.pool_functions import ID as POOL_FUNCTIONS
from tests.steps.full import beside, full
from tests.steps.support import ACCOUNT, REGION

HELPERS = {
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::IAM::Policy",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::LayerVersion",
    "AWS::Lambda::Version",
    "AWS::SQS::QueuePolicy",
}
"""Resources that are a part of others."""

Allowed = set[tuple[str, str, str]]
"""The role, the action and the resource."""


@dataclass(frozen=True)
class Made:
    """``pipeline``, ``own``, ``others``: actions that the step needs of the pipeline's, its own and other roles."""

    resources: Counter[str]
    has_code: bool
    pipeline: set[str]
    own: set[str]
    others: set[str]


def around(kind: type[Step]) -> Made:
    """What a step of the class makes beyond that of what is beside it."""
    pipeline, step = _built(kind, alone=False)
    bare, _ = _built(kind, alone=True)
    assert step is not None
    parts = _parts(step)
    types = [one.cfn_resource_type for one in parts if isinstance(one, cdk.CfnResource)]
    more = _allowed(pipeline) - _allowed(bare)
    mine = {one.node.path for one in parts}
    inner = {one.node.path for below in step.inner_steps() for one in below.node.find_all()}
    of_pipeline = {entry for entry in more if entry[0] == pipeline.role.node.path}
    own = {entry for entry in more if entry[0] in mine}
    shared = f"{pipeline.node.path}/{POOL_FUNCTIONS}/"  # of all queued steps of a pipeline, with tests of their own
    others = {entry for entry in more - of_pipeline - own if entry[0] not in inner and not entry[0].startswith(shared)}
    return Made(
        Counter(one for one in types if one not in HELPERS),
        any(isinstance(one, cdk.AssetStaging) for one in parts),
        *({action for _, action, _ in entries} for entries in (of_pipeline, own, others)),
    )


def _built(kind: type[Step], *, alone: bool) -> tuple[Pipeline, Step | None]:
    app = cdk.App(analytics_reporting=False)
    stack = cdk.Stack(app, "Stack", env=cdk.Environment(account=ACCOUNT, region=REGION))
    artifacts = s3.Bucket.from_bucket_name(stack, "Artifacts", "artifacts")
    pipeline = Pipeline(stack, "P", pipeline_name="P", artifacts=artifacts)
    other = beside(kind, pipeline)
    if alone and other is None:
        FailStep(pipeline, "Nothing")
    return pipeline, None if alone else full(kind, pipeline, other)


def _parts(step: Step) -> list[IConstruct]:
    """The constructs below a step, but for those of the steps inside of it."""
    inner = {one.node.path for below in step.inner_steps() for one in below.node.find_all()}
    return [one for one in step.node.find_all() if one.node.path not in inner]


def _allowed(pipeline: Pipeline) -> Allowed:
    stack = cdk.Stack.of(pipeline)
    resources = Template.from_stack(stack).to_json()["Resources"]
    found = set()
    for role in pipeline.node.find_all():
        if isinstance(role, iam.Role):
            name = stack.resolve(role.role_arn)["Fn::GetAtt"][0]
            policies = list(resources[name]["Properties"].get("Policies", []))
            for resource in resources.values():
                properties = resource.get("Properties", {})
                if "PolicyDocument" in properties and {"Ref": name} in properties.get("Roles", []):
                    policies.append(properties)
            for policy in policies:
                for statement in policy["PolicyDocument"]["Statement"]:
                    for action in _list(statement["Action"]):
                        found |= {(role.node.path, action, json.dumps(one)) for one in _list(statement["Resource"])}
    return found


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
