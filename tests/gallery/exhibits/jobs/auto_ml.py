"""A search for a model by the service itself."""

from __future__ import annotations

from typing import Any

from aws_cdk import Stack
from constructs import Construct

from cdk_sagemaker_pipelines import AutoMLStep, ModelStep, Parameter, Pipeline
from tests.gallery.data import table
from tests.gallery.reasons import acknowledge_no_access_logs


class AutoMLStack(Stack):
    """Searches for a model that tells the age, and creates the best one."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        pipeline = Pipeline(self, "Pipeline")
        ages = table(self, "ages.csv")
        search = AutoMLStep(
            pipeline,
            "Search",
            training=Parameter.string("Table", default=ages),
            reads=[ages],
            target_attribute="age",
            problem_type="Regression",
            objective="MSE",
            max_candidates=5,
        )
        ModelStep(pipeline, "Create", containers=[search.best_model])
        pipeline.acknowledge_wildcards()
        acknowledge_no_access_logs(self)
