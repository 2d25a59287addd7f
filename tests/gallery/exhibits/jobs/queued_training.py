"""A training job that waits for its team's instances."""

from __future__ import annotations

from typing import Any

from aws_cdk import Stack, Tags
from constructs import Construct

from cdk_sagemaker_pipelines import (
    ConditionStep,
    FailStep,
    Image,
    Parameter,
    Pipeline,
    PoolDashboard,
    QueuedTrainingStep,
    SourceDir,
    TrainingPool,
)
from tests.gallery.reasons import acknowledge, acknowledge_no_access_logs


class QueuedTrainingStack(Stack):
    """Trains a model of the depth that it is told, when the team's turn has come, and looks at its loss."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        pool = TrainingPool(self, "Pool", capacity={"ml.m5.large": 2})
        pool.add_team("vision", guaranteed={"ml.m5.large": 1}, borrow=0)
        pool.add_team("nlp", guaranteed={"ml.m5.large": 1})
        dashboard = PoolDashboard(self, "Dashboard", pool=pool)
        pipeline = Pipeline(self, "Pipeline")
        train = QueuedTrainingStep(
            pipeline,
            "Train",
            pool=pool,
            team="vision",
            image=Image.sklearn("1.2-1"),
            source=SourceDir("code/train", entry_point="train.py"),
            instance_type="ml.m5.large",
            hyperparameters={"depth": Parameter.integer("Depth", default=3)},
            metric_definitions={"loss": "loss=([0-9.]+)"},
        )
        Tags.of(train).add("purpose", "gallery")
        check = ConditionStep(pipeline, "CheckLoss", condition=train.final_metric("loss") >= 1000)
        FailStep(check.if_steps, "TooLarge", message=f"the loss is {train.final_metric('loss')}")
        pipeline.acknowledge_wildcards()
        acknowledge_no_access_logs(self)
        reason = "IAM knows no resource for listing jobs, nor for putting metrics, which a condition limits"
        acknowledge(dashboard, reason, "IAM5[Resource::*]")
