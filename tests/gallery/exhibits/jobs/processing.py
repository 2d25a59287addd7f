"""A script over files."""

from __future__ import annotations

from typing import Any

from aws_cdk import Stack
from constructs import Construct

from cdk_sagemaker_pipelines import Image, Parameter, Pipeline, ProcessingStep, Script
from tests.gallery.reasons import acknowledge_no_access_logs


class ProcessingStack(Stack):
    """Writes as many rows as it is told to."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        pipeline = Pipeline(self, "Pipeline")
        ProcessingStep(
            pipeline,
            "Write",
            image=Image.sklearn("1.2-1"),
            script=Script("code/write.py"),
            instance_type="ml.m5.large",
            container_arguments=["--rows", f"{Parameter.integer('Rows', default=3)}"],
            outputs=["rows"],
        )
        pipeline.acknowledge_wildcards()
        acknowledge_no_access_logs(self)
