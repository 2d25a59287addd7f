"""A pipeline in five environments, two of them in other partitions, for one ``cdk deploy``."""

from __future__ import annotations

import aws_cdk as cdk

from cdk_sagemaker_pipelines import Environments, Image, Parameter, Pipeline, ProcessingStep, Script

app = cdk.App()
for environment in Environments.load("environments.json").values():
    stack = cdk.Stack(environment.stage(app), "Texts")
    text = Parameter.string("Text", default="hello")
    pipeline = Pipeline(stack, "Pipeline", pipeline_name="Texts")
    ProcessingStep(
        pipeline, "Write",
        image=Image.sklearn("1.2-1"), instance_type="ml.m5.large",
        script=Script("write.py"), container_arguments=["--text", text], outputs=["text"],
    )  # fmt: skip
    pipeline.defaults(environment.parameters)
app.synth()
