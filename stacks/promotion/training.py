"""The account that trains: a pipeline registers versions of the model, which another account may use once approved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_sagemaker_pipelines import (
    Channel,
    ConditionStep,
    Environment,
    FailStep,
    Image,
    JobDefaults,
    ModelPackageGroup,
    Parameter,
    Pipeline,
    ProcessingStep,
    RegisterModelStep,
    Script,
    TrainingStep,
)

from . import acknowledged
from .registry import Registry

JOBS = Path(__file__).parent / "jobs"


class TrainingStack(Stack):
    """Trains a model and registers it if its error is small enough.

    ``consumer``: the account that may use the versions. ``approvals``: the ARN of its bus, which hears of approvals.
    """

    def __init__(self, scope: Construct, construct_id: str, *, consumer: str, approvals: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        environment = Environment.of(self)
        registry = Registry(environment)

        private: dict[str, Any] = {"block_public_access": s3.BlockPublicAccess.BLOCK_ALL, "enforce_ssl": True}
        logs = s3.Bucket(self, "AccessLogs", encryption=s3.BucketEncryption.S3_MANAGED, **private)
        # a key of ours: no other account can use AWS's own
        key = kms.Key(self, "Key", alias=registry.key, enable_key_rotation=True, removal_policy=RemovalPolicy.RETAIN)
        models = s3.Bucket(
            self, "Models", bucket_name=registry.bucket, encryption_key=key, server_access_logs_bucket=logs, **private
        )
        group = ModelPackageGroup(self, "Group", model_package_group_name=registry.group, consumers=[consumer])
        group.forward_approvals(approvals)

        pipeline = Pipeline(
            self,
            "Pipeline",
            pipeline_name="LineTraining",
            description="Trains a line and registers it when it is good enough",
            artifacts=models,
            job_defaults=JobDefaults(key=key),
        )
        instance_type = environment.instance_types["train"]
        xgboost = Image.xgboost("1.7-1")
        prepare = ProcessingStep(
            pipeline,
            "Prepare",
            image=Image.sklearn("1.2-1"),
            script=Script(JOBS / "prepare.py"),
            instance_type=instance_type,
            outputs=["train", "validation"],
        )
        train = TrainingStep(
            pipeline,
            "Train",
            image=xgboost,
            instance_type=instance_type,
            inputs={name: Channel(prepare.output(name), content_type="text/csv") for name in ("train", "validation")},
            hyperparameters={"objective": "reg:squarederror", "num_round": 20},
        )
        rmse = train.properties.final_metric_data_list["validation:rmse"].value
        max_rmse = Parameter.float("MaxRmse", default=1.0)
        check = ConditionStep(pipeline, "CheckRmse", condition=rmse <= max_rmse)
        RegisterModelStep(
            check.if_steps,
            "Register",
            image=xgboost,
            model_data=train.model_artifacts,
            model_package_group=group,
            content_types=["text/csv"],
            response_types=["text/csv"],
        )
        FailStep(check.else_steps, "TooInaccurate", message=f"the error {rmse} is above {max_rmse}")

        pipeline.defaults(environment.parameters)
        acknowledged.dead_letters(group)
        pipeline.acknowledge_wildcards()
