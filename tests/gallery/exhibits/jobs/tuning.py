"""The best of several training jobs."""

from __future__ import annotations

from typing import Any

from aws_cdk import Stack
from constructs import Construct

from cdk_sagemaker_pipelines import (
    CategoricalRange,
    ContinuousRange,
    Image,
    IntegerRange,
    ModelStep,
    Objective,
    Parameter,
    Pipeline,
    SourceDir,
    TrainingDefinition,
    TuningStep,
)
from tests.gallery.reasons import acknowledge_no_access_logs


class TuningStack(Stack):
    """Tries six depths, two at a time, and makes a model of the best."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        pipeline = Pipeline(self, "Pipeline")
        tune = TuningStep(
            pipeline,
            "Tune",
            training=TrainingDefinition(
                image=Image.sklearn("1.2-1"),
                source=SourceDir("code/train", entry_point="train.py"),
                instance_type="ml.m5.large",
                hyperparameters={"kind": Parameter.string("Kind", default="plain")},
                metric_definitions={"loss": "loss=([0-9.]+)"},
                objective=Objective.minimize("loss"),
                ranges={
                    "depth": ContinuousRange(1, 6),
                    "seconds": CategoricalRange(["0.3"]),
                    "seed": IntegerRange(1, 100),
                },
            ),
            strategy="Random",
            max_jobs=6,
            max_parallel_jobs=2,
            random_seed=7,
        )
        ModelStep(pipeline, "Create", image=Image.sklearn("1.2-1"), model_data=tune.best_model())
        pipeline.acknowledge_wildcards()
        acknowledge_no_access_logs(self)
