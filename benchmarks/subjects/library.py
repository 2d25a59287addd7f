"""Synthesizes processing steps, each reading the output of the one before it, with this library.

Arguments: the number of steps; ``shared`` for one job role, ``own`` for one per step; the folder of the assembly; and
optionally a file in which to save the definition for the floor.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import memory
from aws_cdk import App, Environment, Stack
from aws_cdk import aws_iam as iam

from cdk_sagemaker_pipelines import Expression, Image, Pipeline, ProcessingStep, S3Location

MOST_IN_TEMPLATE = 100
"""Steps of a definition that stands in its template; a longer one is put into a bucket, which must be a construct."""

count, roles, outdir, *dump = sys.argv[1:]

app = App(outdir=outdir)
stack = Stack(app, "Benchmark", env=Environment(account="111122223333", region="us-east-1"))
job_role = None
if roles == "shared":
    job_role = iam.Role(stack, "Job", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
if int(count) <= MOST_IN_TEMPLATE:
    artifacts = S3Location.from_uri("s3://my-bucket")
else:
    from aws_cdk import aws_s3 as s3  # of the others, which name the bucket by its URI, nobody needs the module

    artifacts = S3Location(s3.Bucket.from_bucket_name(stack, "Artifacts", "my-bucket"))
pipeline = Pipeline(stack, "Pipeline", pipeline_name="benchmark", artifacts=artifacts, default_job_role=job_role)
image = Image.sklearn("1.2-1")
data: S3Location | Expression[str] = artifacts.below("raw/")
for number in range(int(count)):
    step = ProcessingStep(
        pipeline,
        f"Step{number}",
        image=image,
        instance_type="ml.m5.large",
        container_entrypoint=["python3", "/opt/ml/code/run.py"],
        inputs={"data": data},
        outputs=["out"],
    )
    data = step.output("out")
app.synth()

if dump:
    definition = pipeline.definition.json
    for step in definition["Steps"]:
        step["Arguments"]["RoleArn"] = "ROLE_ARN"
    Path(dump[0]).write_text(json.dumps(definition))
memory.tell()
