"""Jobs of which the service has the code."""

from __future__ import annotations

from typing import Any

from aws_cdk import Stack
from constructs import Construct

from cdk_sagemaker_pipelines import (
    ExecutionVariables,
    JobStep,
    LambdaHandler,
    LambdaStep,
    Parameter,
    Pipeline,
)
from tests.gallery.reasons import acknowledge_no_access_logs

EXECUTION = ExecutionVariables.PIPELINE_EXECUTION_ID


class JobStack(Stack):
    """Lets the service transform data, as a document says."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        pipeline = Pipeline(self, "Pipeline")
        job = JobStep(
            pipeline,
            "Transform",
            category="DataTransformation",
            schema_version="1.0.0",
            document={
                "OutputDataConfig": {"S3OutputPath": f"s3://transformed/{EXECUTION}/"},
                "Language": Parameter.string("Language", default="Finnish"),
            },
        )
        LambdaStep(
            pipeline,
            "Tell",
            handler=LambdaHandler("code/tell.py"),
            inputs={"language": job.properties.job_config_document["Language"]},
            outputs={"told": "String"},
        )
        pipeline.acknowledge_wildcards()
        acknowledge_no_access_logs(self)
