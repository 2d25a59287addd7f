"""Small stacks and their explanations."""

from __future__ import annotations

import json
from typing import Any

from cdk_sagemaker_pipelines.iam.environment_json import KEY
from cdk_sagemaker_pipelines.review.explain.access import Explained, Explanation, explain, of_stacks
from cdk_sagemaker_pipelines.review.explain.reasons import Pipeline
from cdk_sagemaker_pipelines.review.explain.roles import Roles
from cdk_sagemaker_pipelines.review.reading.files import Unreadable
from cdk_sagemaker_pipelines.review.reading.stacks import Template, linked, shown
from tests.language.support import step

IN_PLACE = {"Partition": "aws", "Region": "eu-west-1", "Account": "111122223333"}
GET_RAW = {"Action": "s3:GetObject", "Effect": "Allow", "Resource": "arn:aws:s3:::data/raw*"}


def arn(logical_id: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [logical_id, "Arn"]}


def training(role: Any = "${Job.Arn}", uri: Any = "s3://data/raw") -> dict[str, Any]:
    channel = {"DataSource": {"S3DataSource": {"S3Uri": uri, "S3DataType": "S3Prefix"}}}
    given = {} if role is None else {"RoleArn": role}
    return step("Train", "Training", {**given, "InputDataConfig": [channel]})


def pipeline(*steps: dict[str, Any], role: Any = None, **metadata: Any) -> dict[str, Any]:
    body = json.dumps({"Version": "2020-12-01", "Steps": list(steps)})
    return {
        "Type": "AWS::SageMaker::Pipeline",
        "Properties": {
            "PipelineName": "Nightly",
            "RoleArn": role or arn("Own"),
            "PipelineDefinition": {"PipelineDefinitionBody": {"Fn::Sub": body}},
        },
        "Metadata": {"aws:cdk:path": "Dev/Nightly/Resource", KEY: {**IN_PLACE, **metadata}},
    }


def role(*statements: Any, path: str = "", **properties: Any) -> dict[str, Any]:
    policies = [{"PolicyName": "Given", "PolicyDocument": {"Statement": list(statements)}}] if statements else []
    resource = {"Type": "AWS::IAM::Role", "Properties": {"Policies": policies, **properties}}
    return {**resource, "Metadata": {"aws:cdk:path": f"{path}/Resource"}} if path else resource


def policy(*statements: Any, type: str = "AWS::IAM::Policy", **properties: Any) -> dict[str, Any]:
    return {"Type": type, "Properties": {"PolicyDocument": {"Statement": list(statements)}, **properties}}


def job_role(explanation: Explanation) -> Explained:
    (found,) = [each for each in explanation.roles if not each.own]
    return found


def rows(explained_role: Explained) -> list[tuple[str, str, str, list[str]]]:
    return [
        (" ".join(row.actions), shown(row.resource), row.origin, [f"{one.step}: {one.field}" for one in row.reasons])
        for row in explained_role.allowed
    ]


def small(**resources: Any) -> Explanation:
    (found,) = explained({"Resources": {"Pipeline": pipeline(training()), "Own": role(), **resources}})
    return found


def explained(*templates: dict[str, Any], files: tuple[str, ...] = ()) -> list[Explanation]:
    stacks = linked(
        [
            Template(files[number] if files else f"{number}.template.json", template)
            for number, template in enumerate(templates)
        ]
    )
    pipelines = list(of_stacks(stacks))
    assert not [each for each in pipelines if isinstance(each, Unreadable)]
    return explain([each for each in pipelines if isinstance(each, Pipeline)], Roles(stacks))
