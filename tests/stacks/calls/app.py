"""A callback with a worker, and a function that takes what the worker answered."""

import os
from pathlib import Path

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks

from cdk_sagemaker_pipelines import CallbackStep, ConditionStep, FailStep, Handler, LambdaStep, Parameter, Pipeline

FUNCTIONS = Path(__file__).parent / "functions"

app = cdk.App(analytics_reporting=False)
stack = cdk.Stack(app, "Calls", env=cdk.Environment(account="111122223333", region="eu-west-1"))
pipeline = Pipeline(stack, "Pipeline", pipeline_name="Review-And-Count")
review = CallbackStep(
    pipeline,
    "Review",
    inputs={"who": Parameter.string("Who", default="me")},
    outputs={"score": "Float", "name": "String"},
)
review.add_worker(Handler(FUNCTIONS / "review.py", timeout=cdk.Duration.seconds(30)))
count = LambdaStep(
    pipeline,
    "Count",
    handler=Handler(FUNCTIONS / "count.py"),
    inputs={"score": review.output("score"), "name": f"x-{review.output('name')}"},
    outputs={"rows": "Integer", "version": "String"},
)
check = ConditionStep(pipeline, "Check", condition=(count.output("rows") > 4) & (review.output("score") <= 0.5))
FailStep(check.if_steps, "TooLong", message=f"{count.output('rows')} letters, said version {count.output('version')}")

if "acknowledged" in os.environ.get("NAG", ""):
    pipeline.acknowledge_wildcards()
if "NAG" in os.environ:
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
app.synth()
