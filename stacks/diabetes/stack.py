"""The pipeline of the first example: prepare, train, evaluate, and then register and apply, or fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aws_cdk import CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_sagemaker_pipelines import (
    CacheConfig,
    ConditionStep,
    FailStep,
    Image,
    ModelMetrics,
    ModelPackageGroup,
    ModelStep,
    Parameter,
    Pipeline,
    ProcessingStep,
    RegisterModelStep,
    Script,
    SourceDir,
    TrainingStep,
    TransformInput,
    TransformStep,
)

JOBS = Path(__file__).parent / "jobs"


class DiabetesStack(Stack):
    """Trains a model of the progression of diabetes; registers and applies it if its error is small enough.

    ``models_removal_policy``: whether the registered versions are deleted with the stack.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        models_removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, construct_id, **kwargs)

        instance_type = Parameter.string("InstanceType", default="ml.m5.large")
        test_size = Parameter.float("TestSize", default=0.2)
        max_mse = Parameter.float("MaxMse", default=4000.0)
        sklearn = Image.sklearn("1.2-1")

        logs = s3.Bucket(self, "AccessLogs", **private())
        artifacts = s3.Bucket(self, "Artifacts", server_access_logs_bucket=logs, **private())
        group = ModelPackageGroup(
            self, "Models", model_package_group_name="diabetes", removal_policy=models_removal_policy
        )

        pipeline = Pipeline(
            self,
            "Pipeline",
            pipeline_name="Diabetes",
            description="Retrains the diabetes model and registers it when it is good enough",
            artifacts=artifacts,
            cache=CacheConfig(Duration.days(30)),
        )

        prepare = ProcessingStep(
            pipeline,
            "Prepare",
            image=sklearn,
            script=Script(JOBS / "prepare.py"),
            instance_type=instance_type,
            container_arguments=["--test-size", f"{test_size}"],
            outputs=["train", "test", "batch"],
        )
        train = TrainingStep(
            pipeline,
            "Train",
            image=sklearn,
            source=SourceDir(JOBS / "train", entry_point="train.py"),
            instance_type=instance_type,
            inputs={"train": prepare.output("train")},
            hyperparameters={"n-estimators": 120, "learning-rate": 0.05},
            metric_definitions={"train:score": "train:score=([0-9.]+)"},
        )
        evaluate = ProcessingStep(
            pipeline,
            "Evaluate",
            image=sklearn,
            script=Script(JOBS / "evaluate.py"),
            instance_type=instance_type,
            inputs={"model": train.model_artifacts, "test": prepare.output("test")},
            outputs=["report"],
        )
        mse = evaluate.property_file("report", "evaluation.json").number("regression_metrics.mse.value")

        check = ConditionStep(pipeline, "CheckMse", condition=mse <= max_mse)

        inference = SourceDir(JOBS / "inference", entry_point="inference.py")
        RegisterModelStep(
            check.if_steps,
            "Register",
            image=sklearn,
            model_data=train.model_artifacts,
            source=inference,
            model_package_group=group,
            model_metrics=ModelMetrics(model_statistics=f"{evaluate.output('report')}/evaluation.json"),
        )
        model = ModelStep(
            check.if_steps, "CreateModel", image=sklearn, model_data=train.model_artifacts, source=inference
        )
        TransformStep(
            check.if_steps,
            "Predict",
            model=model,
            input=TransformInput(prepare.output("batch"), content_type="text/csv", split_type="Line"),
            instance_type=instance_type,
            accept="text/csv",
            assemble_with="Line",
        )
        FailStep(
            check.else_steps, "TooInaccurate", message=f"the mean squared error {mse} is above the limit of {max_mse}"
        )

        pipeline.acknowledge_wildcards()

        CfnOutput(self, "PipelineName", value=pipeline.pipeline_name)
        CfnOutput(self, "ArtifactsBucket", value=artifacts.bucket_name)


def private() -> dict[str, Any]:
    """The properties of every bucket here: encrypted, private, and accessible only over TLS."""
    return {
        "block_public_access": s3.BlockPublicAccess.BLOCK_ALL,
        "encryption": s3.BucketEncryption.S3_MANAGED,
        "enforce_ssl": True,
    }
