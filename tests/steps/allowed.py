"""What the roles of a synthesized pipeline may do, in words that fit on a line."""

from __future__ import annotations

import re
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template
from constructs import Construct

from cdk_sagemaker_pipelines import Pipeline, Step

_HASH = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_PLACES = {
    "arn:aws:sagemaker:eu-west-1:111122223333:": "sagemaker/",
    "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/sagemaker/": "logs/",
    "arn:aws:s3:::cdk-hnb659fds-assets-111122223333-eu-west-1": "assets",
    "arn:aws:s3:::": "s3://",
    "arn:aws:elasticmapreduce:eu-west-1:111122223333:": "emr/",
    "arn:aws:emr-serverless:eu-west-1:111122223333:/": "emr-serverless/",
    "arn:aws:events:eu-west-1:111122223333:": "events/",
    "arn:aws:ecr:eu-west-1:111122223333:": "ecr/",
    "arn:aws:lambda:eu-west-1:111122223333:": "lambda/",
}


def of_pipeline(pipeline: Pipeline) -> list[str]:
    """What the pipeline's own role may do."""
    return _allowed(pipeline.role, pipeline)


def of_job(step: Step) -> list[str] | None:
    """What the role of the step's job may do; None where the step makes none."""
    roles = getattr(step, "job_roles", None) or [getattr(step, "job_role", None)]
    return _allowed(roles[0], step) if roles[0] is not None else None


def _allowed(role: iam.IRole, scope: Construct) -> list[str]:
    stack = cdk.Stack.of(scope)
    name = stack.resolve(role.role_arn)["Fn::GetAtt"][0]
    resources = Template.from_stack(stack).to_json()["Resources"]
    policies = list(resources[name]["Properties"].get("Policies", []))
    for resource in resources.values():
        if {"Ref": name} in resource.get("Properties", {}).get("Roles", []):
            policies.append(resource["Properties"])
    return [_words(statement) for policy in policies for statement in policy["PolicyDocument"]["Statement"]]


def _words(statement: dict[str, Any]) -> str:
    actions, resources = _list(statement["Action"]), _list(statement["Resource"])
    service = actions[0].partition(":")[0]
    short = [action.removeprefix(f"{service}:") for action in actions]
    text = f"{service} {' '.join(short)} on {' '.join(_place(_text(resource)) for resource in resources)}"
    for operator, keys in statement.get("Condition", {}).items():
        text += "".join(f" where {key} {operator} {' '.join(map(_place, _list(value)))}" for key, value in keys.items())
    return text


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _place(arn: str) -> str:
    for start, short in _PLACES.items():
        if arn.startswith(start):
            arn = short + arn.removeprefix(start)
            break
    return _HASH.sub("<hash>", arn)


def _text(value: Any) -> str:
    """An ARN with its references as ``<the construct's id>``."""
    if isinstance(value, str):
        return value
    ((function, content),) = value.items()
    if function == "Fn::Join":
        return str(content[0]).join(_text(part) for part in content[1])
    if content == "AWS::Partition":
        return "aws"
    return f"<{re.sub('[0-9A-F]{8}$', '', content[0] if isinstance(content, list) else content)}>"
