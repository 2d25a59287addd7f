"""Jobs that name no role run with the pipeline's, which then has all permissions they need and trusts them."""

from __future__ import annotations

import json
from typing import Any

from aws_cdk import aws_iam as iam

from cdk_sagemaker_pipelines import Pipeline, RawStep, Trust
from tests.pipeline.support import Bench, pipeline

JOB = {
    "AppSpecification": {"ImageUri": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/own:1"},
    "ProcessingResources": {"ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30}},
    "ProcessingInputs": [
        {
            "InputName": "raw",
            "S3Input": {"S3Uri": "s3://data/raw/", "LocalPath": "/opt/ml/processing/raw", "S3DataType": "S3Prefix"},
        }
    ],
}
TRUST = Trust(buckets=["data"], accounts=["111122223333"])


def step(made: Pipeline) -> None:
    RawStep(made, "Prepare", step_type="Processing", step_arguments=JOB, trust=TRUST)


def test_the_pipelines_own_role(bench: Bench) -> None:
    step(pipeline(bench))
    assert bench.errors() == []
    ((name, resource),) = bench.resources("AWS::IAM::Role").items()
    role: Any = resource["Properties"]
    (inline,) = role["Policies"]
    actions = json.dumps(inline["PolicyDocument"])
    assert "sagemaker:CreateProcessingJob" in actions
    assert "s3:::data/raw/*" in actions
    assert "ecr:BatchGetImage" in actions
    # what a role may do with itself cannot stand in it
    (managed,) = bench.resources("AWS::IAM::ManagedPolicy").values()
    assert managed["Properties"]["PolicyDocument"]["Statement"] == [
        {
            "Action": "iam:PassRole",
            "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
            "Effect": "Allow",
            "Resource": {"Fn::GetAtt": [name, "Arn"]},
        }
    ]
    executions, jobs = role["AssumeRolePolicyDocument"]["Statement"]
    assert "pipeline/" in json.dumps(executions)
    assert jobs["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    assert jobs["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "111122223333"},
        "ArnLike": {
            "aws:SourceArn": {
                "Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":sagemaker:eu-west-1:111122223333:*"]]
            }
        },
    }


def test_a_given_role(bench: Bench) -> None:
    given = iam.Role(bench.stack, "Given", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    step(pipeline(bench, role=given))
    assert bench.errors() == []
    (policy,) = bench.resources("AWS::IAM::Policy").values()
    document = json.dumps(policy["Properties"]["PolicyDocument"])
    for action in ("sagemaker:CreateProcessingJob", "s3:GetObject", "iam:PassRole"):
        assert action in document
    (role,) = bench.resources("AWS::IAM::Role").values()
    assert len(role["Properties"]["AssumeRolePolicyDocument"]["Statement"]) == 1


def test_an_imported_definition(bench: Bench) -> None:
    document = {"Version": "2020-12-01", "Steps": [{"Name": "Prepare", "Type": "Processing", "Arguments": JOB}]}
    Pipeline.from_definition(bench.stack, "Pipeline", definition=document, trust=TRUST)
    assert bench.errors() == []
    (role,) = bench.resources("AWS::IAM::Role").values()
    assert "s3:::data/raw/*" in json.dumps(role)
