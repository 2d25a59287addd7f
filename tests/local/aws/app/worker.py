"""A pipeline with a Lambda and a callback step, with the function and the worker that they need."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import aws_sqs as sqs

app = cdk.App()
stack = cdk.Stack(
    app, "Workers",
    env=cdk.Environment(account=app.node.get_context("account"), region=app.node.get_context("region")),
)  # fmt: skip


def function(name: str, handler: str, **environment: str) -> lambda_.Function:
    code = lambda_.Code.from_asset(str(Path(__file__).parent / "handlers"))
    return lambda_.Function(
        stack, name, code=code, handler=f"worker.{handler}", runtime=lambda_.Runtime.PYTHON_3_12,
        timeout=cdk.Duration.seconds(30), environment=environment,
    )  # fmt: skip


double = function("Double", "double", FACTOR="2")
live = lambda_.Alias(stack, "Live", alias_name="live", version=double.current_version)
queue = sqs.Queue(
    stack, "Queue",
    enforce_ssl=True,
    visibility_timeout=cdk.Duration.minutes(3),
    dead_letter_queue=sqs.DeadLetterQueue(queue=sqs.Queue(stack, "Dead", enforce_ssl=True), max_receive_count=2),
)  # fmt: skip
worker = function("Worker", "answer")
worker.add_event_source(sources.SqsEventSource(queue, batch_size=1, report_batch_item_failures=True))
answering = ["sagemaker:SendPipelineExecutionStepFailure", "sagemaker:SendPipelineExecutionStepSuccess"]
worker.add_to_role_policy(iam.PolicyStatement(actions=answering, resources=["*"]))
role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
queue.grant_send_messages(role)
live.grant_invoke(role)
outputs = [{"OutputName": "doubled", "OutputType": "Integer"}]
arguments: dict[str, Any] = {"number": {"Get": "Parameters.Number"}}
definition = {
    "Version": "2020-12-01",
    "Parameters": [{"Name": "Number", "Type": "Integer", "DefaultValue": 4}],
    "Steps": [
        {"Name": "Ask", "Type": "Callback", "Arguments": arguments, "SqsQueueUrl": queue.queue_url,
         "OutputParameters": outputs},
        {"Name": "Double", "Type": "Lambda", "Arguments": {"number": {"Get": "Steps.Ask.OutputParameters['doubled']"}},
         "FunctionArn": live.function_arn, "OutputParameters": outputs},
    ],
}  # fmt: skip
sagemaker.CfnPipeline(
    stack, "Pipeline",
    pipeline_name="Workers",
    pipeline_definition={"PipelineDefinitionBody": stack.to_json_string(definition)},
    role_arn=role.role_arn,
)  # fmt: skip
app.synth()
