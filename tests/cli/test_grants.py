"""How an app grants what no field leads to."""

from __future__ import annotations

import pytest
from aws_cdk import (
    aws_dynamodb,
    aws_ecr,
    aws_events,
    aws_iam,
    aws_kms,
    aws_lambda,
    aws_logs,
    aws_s3,
    aws_secretsmanager,
    aws_sns,
    aws_sqs,
    aws_ssm,
)

from cdk_sagemaker_pipelines import ModelEndpoint, PipelineGrants
from cdk_sagemaker_pipelines.executions.grants import FUNCTION, JOB, PIPELINE, WAYS, granting

OF = {
    "bucket": aws_s3.Bucket, "key": aws_kms.Key, "queue": aws_sqs.Queue, "topic": aws_sns.Topic,
    "function": aws_lambda.Function, "bus": aws_events.EventBus, "secret": aws_secretsmanager.Secret,
    "parameter": aws_ssm.StringParameter, "repository": aws_ecr.Repository, "table": aws_dynamodb.Table,
    "log_group": aws_logs.LogGroup, "role": aws_iam.Role, "endpoint": ModelEndpoint,
    "pipeline.grants": PipelineGrants,
}  # fmt: skip


STATEMENT = 'iam.PolicyStatement(actions=["glue:GetTable"], resources=["arn:x"])'


@pytest.mark.parametrize("method", [way.method for way in WAYS])
def test_the_methods_exist(method: str) -> None:
    of, _, name = method.rpartition(".")
    assert callable(getattr(OF[of], name))


@pytest.mark.parametrize(
    ("action", "grantee", "written"),
    [
        ("s3:GetObject", JOB, "the field reads= of the step, or bucket.grant_read(step.job_role)"),
        ("S3:getobject", PIPELINE, "bucket.grant_read(pipeline.role)"),
        ("kms:ReEncryptTo", FUNCTION, "key.grant_encrypt(function)"),
        ("glue:GetTable", JOB, f"step.job_role.add_to_principal_policy({STATEMENT})"),
        ("glue:GetTable", FUNCTION, f"function.add_to_role_policy({STATEMENT})"),
    ],
    ids=["field", "pipeline", "function", "statement", "function-statement"],
)  # fmt: skip
def test_what_is_written(action: str, grantee: str, written: str) -> None:
    assert granting(action, "arn:x", grantee) == written
