"""Synthesizes a pipeline whose definition was written by hand: a CfnPipeline and one role.

Arguments: the file with the definition, in which the role's ARN is ``ROLE_ARN``; the folder of the assembly.
"""

import json
import sys
from pathlib import Path

import memory
from aws_cdk import App, Environment, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker

definition, outdir = sys.argv[1:]

app = App(outdir=outdir)
stack = Stack(app, "Benchmark", env=Environment(account="111122223333", region="us-east-1"))
role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
body = json.loads(Path(definition).read_text().replace("ROLE_ARN", role.role_arn))
sagemaker.CfnPipeline(
    stack,
    "Pipeline",
    pipeline_name="benchmark",
    role_arn=role.role_arn,
    pipeline_definition={"PipelineDefinitionBody": stack.to_json_string(body)},
)
app.synth()
memory.tell()
