"""A notebook."""

from __future__ import annotations

from typing import Any

from aws_cdk import Stack
from constructs import Construct

from cdk_sagemaker_pipelines import Image, NotebookJobStep, Parameter, Pipeline
from tests.gallery.reasons import acknowledge_file_deployment, acknowledge_no_access_logs

IMAGE = "819792524951.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-distribution-prod:3.2.0-cpu"


class NotebookJobStack(Stack):
    """Reports on a place, with a module and a script beside the notebook."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        pipeline = Pipeline(self, "Pipeline")
        NotebookJobStep(
            pipeline,
            "Report",
            notebook="code/report.ipynb",
            parameters={"place": Parameter.string("Place", default="Lisbon")},
            initialization_script="code/prepare.sh",
            additional_files=["code/weather.py"],
            image=Image.from_uri(IMAGE),
            instance_type="ml.m5.large",
        )
        pipeline.acknowledge_wildcards()
        acknowledge_no_access_logs(self)
        acknowledge_file_deployment(self, pipeline)
