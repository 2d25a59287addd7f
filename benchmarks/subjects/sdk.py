"""Writes the definition of processing steps, each reading the output of the one before, with the SageMaker Python SDK.

Runs in an environment of its own, offline: no call reaches AWS. Argument: the number of steps.
"""

import json
import os
import sys
from datetime import datetime, timezone

os.environ |= {
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "SAGEMAKER_SUPPRESS_V2_WARNING": "1",
}

import boto3
import botocore.client
import memory
from sagemaker import image_uris
from sagemaker.processing import ProcessingInput, ProcessingOutput, Processor
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.steps import ProcessingStep

REGION = "us-east-1"
BUCKET = "my-bucket"


def answer(self, operation, request):
    """Replaces every call to AWS."""
    if operation == "ListBuckets":
        return {"Buckets": [{"Name": BUCKET, "CreationDate": datetime(2020, 1, 1, tzinfo=timezone.utc)}]}
    raise RuntimeError(f"the SDK calls {operation}, but a benchmark must not call AWS")


botocore.client.BaseClient._make_api_call = answer

session = PipelineSession(boto3.Session(region_name=REGION), default_bucket=BUCKET)
processor = Processor(
    image_uri=image_uris.retrieve("sklearn", REGION, version="1.2-1"),
    role="arn:aws:iam::111122223333:role/Job",
    entrypoint=["python3", "/opt/ml/code/run.py"],
    instance_type="ml.m5.large",
    instance_count=1,
    sagemaker_session=session,
)
steps = []
data = f"s3://{BUCKET}/raw/"
for number in range(int(sys.argv[1])):
    step = ProcessingStep(
        f"Step{number}",
        step_args=processor.run(
            inputs=[ProcessingInput(source=data, destination="/opt/ml/processing/input/data", input_name="data")],
            outputs=[ProcessingOutput(source="/opt/ml/processing/output/out", output_name="out")],
        ),
    )
    data = step.properties.ProcessingOutputConfig.Outputs["out"].S3Output.S3Uri
    steps.append(step)
definition = Pipeline("benchmark", steps=steps, sagemaker_session=session).definition()
assert len(json.loads(definition)["Steps"]) == len(steps)
memory.tell()
