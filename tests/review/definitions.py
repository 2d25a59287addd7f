"""Definitions that the review tests draw."""

from __future__ import annotations

from typing import Any

from cdk_sagemaker_pipelines.language import Definition


def get(path: str) -> dict[str, str]:
    """``{"Get": path}``."""
    return {"Get": path}


def step(name: str, type: str = "Processing", depends_on: list[Any] | None = None, **arguments: Any) -> dict[str, Any]:
    """A step; its keyword arguments are its ``Arguments``."""
    written: dict[str, Any] = {"Name": name, "Type": type, "Arguments": arguments}
    return {**written, "DependsOn": depends_on} if depends_on else written


def definition(*steps: dict[str, Any], **rest: Any) -> Definition:
    """A definition of these steps."""
    return Definition({"Version": "2020-12-01", **rest, "Steps": list(steps)})


MSE = {
    "Type": "LessThanOrEqualTo",
    "LeftValue": {"Std:JsonGet": {"PropertyFile": get("Steps.Evaluate.PropertyFiles.report"), "Path": "metrics.mse"}},
    "RightValue": get("Parameters.MaxMse"),
}

ABALONE = definition(
    step("Prepare"),
    step("Train", "Training", Input=get("Steps.Prepare.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri")),
    step(
        "Evaluate",
        Model=get("Steps.Train.ModelArtifacts.S3ModelArtifacts"),
        Test=get("Steps.Prepare.ProcessingOutputConfig.Outputs['test'].S3Output.S3Uri"),
    ),
    step(
        "CheckMse",
        "Condition",
        Conditions=[MSE],
        IfSteps=[step("Register", "RegisterModel", ModelDataUrl=get("Steps.Train.ModelArtifacts.S3ModelArtifacts"))],
        ElseSteps=[step("TooInaccurate", "Fail", ErrorMessage="too inaccurate")],
    ),
    Parameters=[{"Name": "MaxMse", "Type": "Float", "DefaultValue": 6.0}, {"Name": "Day", "Type": "String"}],
)
