"""A pipeline that reads a bucket of another stack, by the weak reference that ``cdk init`` asks for today."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_pipelines import Image, Pipeline, ProcessingStep, S3Location

app = cdk.App(context={"@aws-cdk/core:defaultCrossStackReferences": "weak"})
env = cdk.Environment(account=app.node.get_context("account"), region=app.node.get_context("region"))
data = s3.Bucket(cdk.Stack(app, "Base", env=env), "Data")
pipeline = Pipeline(cdk.Stack(app, "User", env=env), "Pipeline", pipeline_name="User")
ProcessingStep(
    pipeline, "Prepare",
    image=Image.sklearn("1.2-1"), instance_type="ml.m5.large", inputs={"raw": S3Location(data, "raw/")},
)  # fmt: skip
app.synth()
