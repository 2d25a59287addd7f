"""A training script in script mode, and inference code put into what it has made."""

from __future__ import annotations

from typing import Any

from aws_cdk import Duration, Stack
from aws_cdk import aws_kms as kms
from constructs import Construct

from cdk_sagemaker_pipelines import (
    ComputePolicy,
    ConditionStep,
    Image,
    InstancePreference,
    JobDefaults,
    ModelStep,
    Parameter,
    Pipeline,
    RepackModelStep,
    SourceDir,
    Torchrun,
    TrainingStep,
    WarmPool,
)
from tests.gallery.reasons import acknowledge_no_access_logs


class TrainingStack(Stack):
    """Trains a model of the depth that it is told."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        pipeline = Pipeline(self, "Pipeline")
        TrainingStep(
            pipeline,
            "Train",
            image=Image.sklearn("1.2-1"),
            source=SourceDir("code/train", entry_point="train.py"),
            instance_type="ml.m5.large",
            hyperparameters={"depth": Parameter.integer("Depth", default=3)},
            metric_definitions={"loss": "loss=([0-9.]+)"},
        )
        pipeline.acknowledge_wildcards()
        acknowledge_no_access_logs(self)


class ComputeStack(Stack):
    """Trains twice on the same warm instances, then on whichever are available, within a policy."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        ComputePolicy(
            instance_types=["ml.m5.*"],
            max_runtime=Duration.hours(1),
            keep_alive=Duration.minutes(30),
            parallelism=2,
            max_gpus=4,
        ).apply(self)
        pipeline = Pipeline(self, "Pipeline")
        job: dict[str, Any] = {
            "image": Image.sklearn("1.2-1"),
            "source": SourceDir("code/train", entry_point="train.py"),
            "hyperparameters": {"depth": Parameter.integer("Depth", default=3)},
            "metric_definitions": {"loss": "loss=([0-9.]+)"},
        }
        warm = WarmPool(pipeline, "Warm", keep_alive_period=Duration.minutes(10))
        first = TrainingStep(pipeline, "First", instance_type="ml.m5.large", warm_pool=warm, **job)
        second = TrainingStep(
            pipeline, "Second", instance_type="ml.m5.large", warm_pool=warm, depends_on=[first], **job
        )
        TrainingStep(
            pipeline,
            "Third",
            instance_preferences=[InstancePreference("ml.m5.2xlarge"), InstancePreference("ml.m5.xlarge")],
            depends_on=[second],
            **job,
        )
        pipeline.acknowledge_wildcards()
        acknowledge_no_access_logs(self)


class DistributedStack(Stack):
    """Trains on one machine, or on as many as it is told, where each GPU has a process of its own."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        pipeline = Pipeline(self, "Pipeline")
        source = SourceDir("code/train", entry_point="train.py")
        machines = Parameter.integer("Machines", default=1)
        check = ConditionStep(pipeline, "CheckMachines", condition=machines > 1)
        TrainingStep(
            check.if_steps,
            "TrainTogether",
            image=Image.pytorch("2.1", processor="gpu"),
            source=source,
            distribution=Torchrun(),
            instance_type="ml.g5.12xlarge",
            instance_count=machines,
            hyperparameters={"depth": 3},
        )
        TrainingStep(
            check.else_steps,
            "TrainAlone",
            image=Image.pytorch("2.1", processor="gpu"),
            source=source,
            instance_type="ml.g5.xlarge",
            hyperparameters={"depth": 3},
        )
        pipeline.acknowledge_wildcards()
        acknowledge_no_access_logs(self)


class RepackModelStack(Stack):
    """Trains, and puts inference code into the model's archive, under a key and without any network."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        company = JobDefaults(
            key=kms.Key(self, "Key", enable_key_rotation=True),
            isolation=True,
            encrypt_traffic=True,
            max_runtime=Duration.hours(1),
        )
        pipeline = Pipeline(self, "Pipeline", job_defaults=company)
        train = TrainingStep(
            pipeline,
            "Train",
            image=Image.sklearn("1.2-1"),
            source=SourceDir("code/train", entry_point="train.py"),
            instance_type="ml.m5.large",
            hyperparameters={"depth": 3},
        )
        repack = RepackModelStep(
            pipeline,
            "Repack",
            model_data=train.model_artifacts,
            source=SourceDir("code/inference", entry_point="inference.py"),
        )
        ModelStep(
            pipeline,
            "Create",
            image=Image.sklearn("1.2-1"),
            model_data=repack.model_artifacts,
            environment=repack.environment_of_model,
        )
        pipeline.acknowledge_wildcards()
        acknowledge_no_access_logs(self)
