"""What the tests of the steps share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from constructs import Construct

from cdk_sagemaker_pipelines import Image, Pipeline, ProcessingStep, Script, SourceDir, Step
from cdk_sagemaker_pipelines.language import check
from cdk_sagemaker_pipelines.properties.service_model import Model, Shape
from cdk_sagemaker_pipelines.synthesis.synthesis import Synthesis

ACCOUNT = "111122223333"
REGION = "eu-west-1"
ROLE = "arn:aws:iam::111122223333:role/Jobs"
KEY = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
OTHER_KEY = "arn:aws:kms:eu-west-1:111122223333:key/66666666-7777-8888-9999-000000000000"
IMAGE = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/tools:2"
SKLEARN = "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
ASSETS = "s3://cdk-hnb659fds-assets-111122223333-eu-west-1"
SUBNETS = ["subnet-0123456789abcdef0", "subnet-0fedcba9876543210"]
GROUP = "sg-0123456789abcdef0"
NETWORK = {"SecurityGroupIds": [GROUP], "Subnets": SUBNETS}

JOB: dict[str, Any] = {"image": Image.from_uri(IMAGE), "instance_type": "ml.m5.large"}
"""The fewest fields of a step that runs a container."""


def rendered(step: Step) -> dict[str, Any]:
    """The step as it stands in the definition, with tokens resolved and hashes of assets as ``<hash>``."""
    definition = _host(step).current
    document = cdk.Stack.of(step).resolve(definition.step(step.name).json)
    plain: dict[str, Any] = _without_hashes(document)
    return plain


def arguments(step: Step) -> dict[str, Any]:
    found: dict[str, Any] = rendered(step)["Arguments"]
    return found


def logical_id(construct: Construct) -> str:
    """The id in the template of the resource that a construct stands for."""
    resource = construct.node.default_child
    assert isinstance(resource, cdk.CfnElement)
    return str(cdk.Stack.of(construct).get_logical_id(resource))


def findings(step: Step) -> list[str]:
    """What the rules say of the pipeline as it is now."""
    return [str(finding) for finding in check(_host(step).definition, Model())]


def codes(step: Step) -> list[str]:
    """The codes of these findings."""
    return [finding.code for finding in check(_host(step).definition, Model())]


def errors(pipeline: Pipeline) -> list[str]:
    """What a synth would say, all of it."""
    pipeline.host.seal()
    return pipeline.host.validate()


def _host(step: Step) -> Synthesis:
    assert isinstance(step.host, Synthesis)
    return step.host


def _without_hashes(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_hashes(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_hashes(item) for item in value]
    return re.sub(r"[0-9a-f]{64}(?=\.(py|gz))", "<hash>", value) if isinstance(value, str) else value


def get(path: str) -> dict[str, str]:
    return {"Get": path}


def join(*values: Any, on: str = "") -> dict[str, Any]:
    return {"Std:Join": {"On": on, "Values": list(values)}}


def run_place(rest: str) -> dict[str, Any]:
    """Where the outputs of pipeline P go by default."""
    return join("s3://artifacts/P/", get("Execution.PipelineExecutionId"), f"/{rest}")


def network(scope: Construct) -> dict[str, Any]:
    """The fields of a network that exists."""
    vpc = ec2.Vpc.from_vpc_attributes(
        scope,
        "Vpc",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=["eu-west-1a", "eu-west-1b"],
        private_subnet_ids=SUBNETS,
    )
    group = ec2.SecurityGroup.from_security_group_id(scope, "Group", GROUP, mutable=False)
    return {"vpc": vpc, "security_groups": [group]}


def keys(scope: Construct) -> dict[str, Any]:
    """The fields of keys that exist."""
    return {
        "output_kms_key": kms.Key.from_key_arn(scope, "OutputKey", KEY),
        "volume_kms_key": kms.Key.from_key_arn(scope, "VolumeKey", OTHER_KEY),
    }


def script(folder: Path, name: str = "prepare.py") -> Script:
    (folder / name).write_text("print('here')\n", encoding="utf-8")
    return Script(folder / name)


def source(folder: Path, entry_point: str = "train.py") -> SourceDir:
    (folder / "source").mkdir(exist_ok=True)
    (folder / "source" / entry_point).write_text("print('here')\n", encoding="utf-8")
    return SourceDir(folder / "source", entry_point=entry_point)


def processing(pipeline: Any, name: str = "Prepare", **fields: Any) -> ProcessingStep:
    """A processing step with the fewest fields and those given."""
    return ProcessingStep(pipeline, name, **{**JOB, **fields})


def sample(shape: Shape, path: str = "") -> Any:
    """A value that the API takes, with every member of every structure."""
    if shape.kind == "structure":
        members = list(shape.members.items())[: 1 if shape.is_union else None]
        return {name: sample(member, f"{path}.{name}") for name, member in members}
    if shape.kind == "list":
        deep = path.count(".") > 9  # the configurations of a cluster hold configurations
        return [] if deep and not shape.min else [sample(shape.member, path)] * max(1, int(shape.min or 0))
    if shape.kind == "map":
        return {_string(shape.key): sample(shape.value, path)}
    if shape.kind == "string":
        return _string(shape)
    if shape.kind == "boolean":
        return True
    return int(shape.min or 1) or 1


_TEXTS = (
    "a",
    "s3://bucket/key",
    "https://example.com/path",
    "arn:aws:iam::111122223333:role/name",
    "arn:aws:sagemaker:eu-west-1:111122223333:model-package/name/1",
    "arn:aws:sagemaker:eu-west-1:111122223333:hub-content/name/Model/name/1.0.0",
    "arn:aws:sagemaker:eu-west-1:111122223333:training-plan/name",
    "arn:aws:fsx:eu-west-1:111122223333:file-system/name",
    "fs-0123456789abcdef0",
    "sha256:" + "0" * 64,
    "0" * 12,
    "/opt/ml/path",
    "1.0",
    "$[0]",
    "text/csv",
    "4K",
    "arn:aws:sagemaker:eu-west-1:aws:hub-content/hub/DataSet/name/1.0.0",
    "arn:aws:sagemaker:eu-west-1:111122223333:mlflow-app/name",
    "arn:aws:sagemaker:eu-west-1:111122223333:model-package-group/name",
    "arn:aws:lambda:eu-west-1:111122223333:function:name",
    "1.0.0",
    "1 vCPU",
    "1 GB",
    "mig-1g.5gb",
    "STANDARD",
    "arn:aws:sso:::instance/ssoins-0123456789abcdef",
    "111122223333.dkr.ecr.eu-west-1.amazonaws.com/a:1",
    "https://aps-workspaces.eu-west-1.amazonaws.com/workspaces/a/api/v1/remote_write",
    "20 GB",
    "arn:aws:kms:eu-west-1:111122223333:key/1",
    "arn:aws:sns:eu-west-1:111122223333:topic",
    "x" * 32,
)


def _string(shape: Shape) -> str:
    if shape.enum:
        return "ENSEMBLING" if "ENSEMBLING" in shape.enum else shape.enum[0]  # the one mode that pipelines take
    for text in _TEXTS:
        fits = (shape.min or 0) <= len(text) <= (shape.max or 10**9)
        if fits and (shape.pattern is None or re.fullmatch(shape.pattern, text, re.DOTALL)):
            return text
    raise AssertionError(f"no text for {shape.name}: {shape.pattern} {shape.min} {shape.max}")
