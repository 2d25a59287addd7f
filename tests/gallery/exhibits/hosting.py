"""A model behind an endpoint, and a component on one."""

from __future__ import annotations

from typing import Any

from aws_cdk import Stack
from constructs import Construct

from cdk_sagemaker_pipelines import (
    EndpointConfigStep,
    EndpointStep,
    Image,
    InferenceComponentStep,
    ModelStep,
    Parameter,
    Pipeline,
    ProductionVariant,
)
from tests.gallery.reasons import acknowledge_no_access_logs

MODEL_DATA = "s3://models/model.tar.gz"


class EndpointStack(Stack):
    """Deploys a model."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        pipeline = Pipeline(self, "Pipeline")
        model = ModelStep(pipeline, "Create", image=Image.sklearn("1.2-1"), model_data=MODEL_DATA)
        config = EndpointConfigStep(
            pipeline, "Configure", variants=[ProductionVariant(model, instance_type="ml.m5.large")]
        )
        EndpointStep(pipeline, "Deploy", endpoint_name="age", config=config)
        pipeline.acknowledge_wildcards()
        acknowledge_no_access_logs(self)


class InferenceComponentStack(Stack):
    """Puts a container onto an endpoint that others share."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        pipeline = Pipeline(self, "Pipeline")
        config = EndpointConfigStep(
            pipeline, "Configure", variants=[ProductionVariant(instance_type="ml.m5.xlarge", max_instances=2)]
        )
        shared = EndpointStep(
            pipeline, "Share", endpoint_name=Parameter.string("Endpoint", default="shared"), config=config
        )
        InferenceComponentStep(
            pipeline,
            "Place",
            inference_component_name=Parameter.string("Component", default="sex"),
            endpoint=shared,
            image=Image.sklearn("1.2-1"),
            model_data=MODEL_DATA,
            min_memory_in_mb=1024,
        )
        pipeline.acknowledge_wildcards()
        acknowledge_no_access_logs(self)
