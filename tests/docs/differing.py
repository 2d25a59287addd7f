"""Two assemblies, before and after a change of everything that ``smpipe diff`` compares."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from cdk_sagemaker_pipelines.iam.environment_json import KEY

STAGES = {"Dev": ("111122223333", "eu-west-1"), "Prod": ("444455556666", "us-east-1")}
IMAGE = "sagemaker/line:1"
CODE = {"a" * 64: "import csv\nrows = 1\n", "b" * 64: "import csv\nrows = 2\ncolumns = 3\nprint(rows)\n"}
"""What ``prepare.py`` contains, by the hash in its file's name: before and after."""


def write(folder: Path, *, changed: bool) -> None:
    """Writes an assembly."""
    folder.mkdir(parents=True)
    artifacts = {}
    for stage, (account, region) in STAGES.items():
        inner = folder / f"assembly-{stage}"
        inner.mkdir()
        name = f"{stage}Abalone"
        stack = {
            "type": "aws:cloudformation:stack",
            "environment": f"aws://{account}/{region}",
            "displayName": f"{stage}/Abalone",
            "properties": {"templateFile": f"{name}.template.json", "stackName": f"{stage}-Abalone"},
        }
        _dump(inner / "manifest.json", {"version": "36.0.0", "artifacts": {name: stack}})
        _dump(inner / f"{name}.template.json", _template(stage, changed=changed))
        hashed = [*CODE][changed]
        (inner / f"asset.{hashed}.py").write_text(CODE[hashed])
        listed = {"displayName": "prepare.py", "source": {"path": f"asset.{hashed}.py"}}
        _dump(inner / f"{name}.assets.json", {"version": "36.0.0", "files": {hashed: listed}})
        properties = {"directoryName": inner.name}
        artifacts[inner.name] = {"type": "cdk:cloud-assembly", "properties": properties}
    _dump(folder / "manifest.json", {"version": "36.0.0", "artifacts": artifacts})


def _dump(file: Path, content: dict[str, Any]) -> None:
    file.write_text(json.dumps(content))


def _template(stage: str, *, changed: bool) -> dict[str, Any]:
    account, region = STAGES[stage]
    place = {"Partition": "aws", "Region": region, "Account": account}
    path = f"{stage}/Abalone/Pipeline"
    trust = {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}}
    granted = {"PolicyDocument": {"Statement": [{"Action": "s3:*", "Effect": "Allow", "Resource": "*"}]}}
    resources = {
        "Pipeline": {
            "Type": "AWS::SageMaker::Pipeline",
            "Properties": {
                "PipelineName": "Abalone",
                "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
                "PipelineDefinition": {"PipelineDefinitionBody": {"Fn::Sub": json.dumps(_definition(changed=changed))}},
            },
            "Metadata": {"aws:cdk:path": f"{path}/Resource", KEY: place},
        },
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {"AssumeRolePolicyDocument": {"Statement": [trust]}},
            "Metadata": {"aws:cdk:path": f"{path}/Role/Resource"},
        },
        "Nightly": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "ScheduleExpression": "rate(1 hour)" if changed else "rate(1 day)",
                "Targets": [{"Id": "0", "Arn": {"Ref": "Pipeline"}}],
            },
            "Metadata": {"aws:cdk:path": f"{stage}/Abalone/Nightly/Resource"},
        },
    }
    if changed:
        resources["Policy"] = {
            "Type": "AWS::IAM::Policy",
            "Properties": {**granted, "PolicyName": "RoleDefaultPolicy", "Roles": [{"Ref": "Role"}]},
            "Metadata": {"aws:cdk:path": f"{path}/Role/DefaultPolicy/Resource"},
        }
    return {"Resources": resources}


def _definition(*, changed: bool) -> dict[str, Any]:
    train = "Fit" if changed else "Train"
    register = {
        "Name": "Register",
        "Type": "RegisterModel",
        "Arguments": {
            "ModelPackageGroupName": "abalone",
            "InferenceSpecification": {
                "Containers": [
                    {"Image": IMAGE, "ModelDataUrl": {"Get": f"Steps.{train}.ModelArtifacts.S3ModelArtifacts"}}
                ],
                "SupportedContentTypes": ["text/csv"],
                "SupportedResponseMIMETypes": ["text/csv"],
            },
        },
    }
    notify = {
        "Name": "Notify",
        "Type": "Lambda",
        "FunctionArn": "arn:aws:lambda:eu-west-1:111122223333:function:notify",
        "Arguments": {},
    }
    metric = {"Get": f"Steps.{train}.FinalMetricDataList['mse'].Value"}
    steps = [
        _processing("Prepare", inputs=f"s3://cdk-assets/{[*CODE][changed]}.py"),
        {
            "Name": train,
            "Type": "Training",
            "Arguments": {
                "RoleArn": "${Role.Arn}",
                "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
                "OutputDataConfig": {"S3OutputPath": f"s3://artifacts/{train}/models"},
                "ResourceConfig": _cluster("ml.g5.xlarge" if changed else "ml.m5.large"),
                "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
                **({} if changed else {"Environment": {"DEBUG": "1"}}),
            },
        },
        {
            **_processing("Evaluate", inputs={"Get": f"Steps.{train}.ModelArtifacts.S3ModelArtifacts"}),
            **({"DependsOn": ["Prepare"]} if changed else {}),
        },
        {
            "Name": "CheckMse",
            "Type": "Condition",
            "Arguments": {
                "Conditions": [
                    {"Type": "LessThanOrEqualTo", "LeftValue": metric, "RightValue": {"Get": "Parameters.MaxMse"}}
                ],
                "IfSteps": [register] if changed else [],
                "ElseSteps": [notify] if changed else [],
            },
        },
        *([] if changed else [register]),
    ]
    default = 5.0 if changed else 6.0
    parameters = [{"Name": "MaxMse", "Type": "Float", "DefaultValue": default}]
    return {"Version": "2020-12-01", "Parameters": parameters, "Steps": steps}


def _cluster(instance: str) -> dict[str, Any]:
    return {"InstanceType": instance, "InstanceCount": 1, "VolumeSizeInGB": 30}


def _processing(name: str, inputs: Any) -> dict[str, Any]:
    given = {"S3Uri": inputs, "S3DataType": "S3Prefix", "S3InputMode": "File", "LocalPath": "/opt/ml/processing/input"}
    return {
        "Name": name,
        "Type": "Processing",
        "Arguments": {
            "RoleArn": "${Role.Arn}",
            "AppSpecification": {"ImageUri": IMAGE},
            "ProcessingInputs": [{"InputName": "given", "S3Input": given}],
            "ProcessingResources": {"ClusterConfig": _cluster("ml.m5.large")},
        },
    }
