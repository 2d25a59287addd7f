"""Roles of the app that are in no field of a step: of models outside the pipeline, of clusters, of validations."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker

from cdk_sagemaker_pipelines import Image, JobStep, Pipeline, RawStep, TrainingStep, TransformStep, Trust
from tests.pipeline.support import Bench, pipeline

SAGEMAKER = "sagemaker.amazonaws.com"
MINE = Trust.everything()


def role(bench: Bench, name: str = "Other") -> iam.Role:
    return iam.Role(bench.stack, name, assumed_by=iam.ServicePrincipal(SAGEMAKER))


def policies(bench: Bench, name: str = "Other") -> str:
    """The statements of a role's policies."""
    found = []
    for policy in bench.resources("AWS::IAM::Policy").values():
        if any(ref["Ref"].startswith(name) for ref in policy["Properties"]["Roles"]):
            found.append(policy["Properties"]["PolicyDocument"])
    return json.dumps(found)


def warned(bench: Bench) -> list[str]:
    bench.app.synth()
    found = cdk.assertions.Annotations.from_stack(bench.stack).find_warning(
        "*", cdk.assertions.Match.string_like_regexp(".*undecided-permission.*")
    )
    return [str(warning.entry.data) for warning in found]


def test_a_transform_of_a_model_of_the_app(bench: Bench) -> None:
    model = sagemaker.CfnModel(bench.stack, "Model", execution_role_arn=role(bench).role_arn)
    TransformStep(
        pipeline(bench),
        "Apply",
        model=model.attr_model_name,
        input="s3://raw/a/",
        output="s3://scores/a/",
        instance_type="ml.m5.large",
    )
    assert warned(bench) == []
    granted = policies(bench)
    assert "arn:aws:s3:::raw/a/*" in granted.replace('", {"Ref": "AWS::Partition"}, "', "aws") or "raw/a/*" in granted
    assert "scores/a/*" in granted


def test_a_transform_of_an_existing_model(bench: Bench) -> None:
    TransformStep(
        pipeline(bench), "Apply", model="known", input="s3://raw/a/", output="s3://o/a/", instance_type="ml.m5.large"
    )
    (warning,) = warned(bench)
    assert "the role of the model is described elsewhere" in warning


def training(made: Pipeline, **more: Any) -> TrainingStep:
    chaining = {"SessionChainingConfig": {"EnableSessionTagChaining": True}}
    job: dict[str, Any] = {"image": Image.xgboost("1.7-1"), "instance_type": "ml.m5.large", "output": "s3://m/"}
    return TrainingStep(made, "Train", overrides=chaining, **job, **more)


def test_our_own_roles_allow_session_tags(bench: Bench) -> None:
    training(pipeline(bench))
    assert warned(bench) == []
    roles = bench.resources("AWS::IAM::Role")
    (own,) = [one for name, one in roles.items() if "Train" in name]
    statements = own["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert [statement["Action"] for statement in statements] == ["sts:AssumeRole", "sts:TagSession"]
    assert statements[0]["Condition"] == statements[1]["Condition"]


def test_the_trust_policy_of_an_existing_role_is_reported(bench: Bench) -> None:
    known = iam.Role.from_role_arn(bench.stack, "Known", "arn:aws:iam::111122223333:role/Known")
    training(pipeline(bench), role=known)
    (warning,) = warned(bench)
    assert "allow sagemaker.amazonaws.com sts:TagSession there" in warning


def test_tags_of_a_job_that_names_no_role(bench: Bench) -> None:
    request = {
        "AlgorithmSpecification": {"TrainingInputMode": "File", "AlgorithmName": "forest"},
        "OutputDataConfig": {"S3OutputPath": "s3://m/"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        "SessionChainingConfig": {"EnableSessionTagChaining": True},
    }
    RawStep(pipeline(bench), "Train", step_type="Training", step_arguments=request, trust=Trust(buckets=["m"]))
    assert not [warning for warning in warned(bench) if "sts:TagSession" in warning]
    (own,) = bench.resources("AWS::IAM::Role").values()
    statements = own["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert [statement["Action"] for statement in statements] == ["sts:AssumeRole", "sts:AssumeRole", "sts:TagSession"]


def test_who_assumes_the_role_of_a_job_of_the_service(bench: Bench) -> None:
    JobStep(pipeline(bench), "Learn", category="AgentRFT", schema_version="1.0.0", document={})
    (own,) = [one for name, one in bench.resources("AWS::IAM::Role").items() if "Learn" in name]
    (statement,) = own["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "job.sagemaker.amazonaws.com"}
    assert statement["Action"] == ["sts:AssumeRole", "sts:TagSession"]
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": "111122223333"}


def test_a_job_of_the_service_that_names_no_role(bench: Bench) -> None:
    request = {"JobCategory": "AgentRFT", "JobConfigSchemaVersion": "1.0.0", "JobConfigDocument": "{}"}
    RawStep(pipeline(bench), "Learn", step_type="Job", step_arguments=request)
    assert bench.errors() == []
    (own,) = bench.resources("AWS::IAM::Role").values()
    statements = own["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert [statement["Principal"]["Service"] for statement in statements] == [
        SAGEMAKER,
        SAGEMAKER,
        "job.sagemaker.amazonaws.com",
    ]


@pytest.mark.parametrize("kind", ["cluster", "validation"])
def test_a_role_in_the_request_besides_the_steps_own(bench: Bench, kind: str) -> None:
    given = role(bench)
    if kind == "cluster":
        query = {
            "Database": "d",
            "QueryString": "select 1",
            "OutputFormat": "CSV",
            "ClusterId": "c",
            "DbUser": "u",
            "ClusterRoleArn": given.role_arn,
            "OutputS3Uri": "s3://written/a/",
        }
        source = {"LocalPath": "/opt/ml/processing/q", "RedshiftDatasetDefinition": query}
        inputs = [{"InputName": "q", "DatasetDefinition": source}]
        cluster = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30}
        request = {
            "ProcessingInputs": inputs,
            "ProcessingResources": {"ClusterConfig": cluster},
            "AppSpecification": {"ImageUri": "1"},
        }
        RawStep(pipeline(bench), "Query", step_type="Processing", step_arguments=request, trust=MINE)
    else:
        transform = {
            "TransformInput": {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://tries/"}}},
            "TransformOutput": {"S3OutputPath": "s3://written/a/"},
            "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        }
        profiles = [{"ProfileName": "p", "TransformJobDefinition": transform}]
        validation = {"ValidationRole": given.role_arn, "ValidationProfiles": profiles}
        request = {"ModelPackageGroupName": "g", "ValidationSpecification": validation}
        RawStep(pipeline(bench), "Register", step_type="RegisterModel", step_arguments=request, trust=MINE)
    assert bench.errors() == []
    assert "written/a/*" in policies(bench)
