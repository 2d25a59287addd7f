"""A pipeline that waits before it runs code: a script, a folder and a function, from the folder in the context."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk

from cdk_sagemaker_pipelines import (
    CallbackStep,
    Image,
    LambdaHandler,
    LambdaStep,
    Pipeline,
    ProcessingStep,
    Script,
    SourceDir,
)

app = cdk.App()
code = Path(app.node.get_context("code"))
stack = cdk.Stack(
    app, "Code",
    env=cdk.Environment(account=app.node.get_context("account"), region=app.node.get_context("region")),
)  # fmt: skip
pipeline = Pipeline(stack, "Pipeline", pipeline_name="Code")
ask = CallbackStep(pipeline, "Ask")
job: dict[str, Any] = {
    "image": Image.sklearn("1.2-1"), "instance_type": "ml.m5.large", "outputs": ["said"], "depends_on": [ask],
}  # fmt: skip
ProcessingStep(pipeline, "File", script=Script(code / "say.py"), **job)
ProcessingStep(pipeline, "Folder", script=SourceDir(code, entry_point="say.py"), **job)
LambdaStep(pipeline, "Function", handler=LambdaHandler(code / "say.py"), outputs={"said": "String"}, depends_on=[ask])
app.synth()
