"""Runs of stacks and pipelines of CDK, and of what they synthesize."""

from __future__ import annotations

import aws_cdk as cdk
import pytest

from cdk_sagemaker_pipelines import DefinitionError
from cdk_sagemaker_pipelines.testing import run
from stacks.breast_cancer import BreastCancerStack
from stacks.diabetes import DiabetesStack


@pytest.fixture(scope="module")
def app() -> cdk.App:
    app = cdk.App()
    DiabetesStack(app, "Diabetes")
    BreastCancerStack(app, "BreastCancer")
    return app


def test_a_stack(app: cdk.App) -> None:
    result = run(app.node.find_child("Diabetes"), {"Evaluate": {"report": {"mse": 9000.0}}})
    assert result.states["TooInaccurate"] == "Failed"
    assert "9000.0" in result.failure_reason
    assert result.not_run == ("Register", "CreateModel", "Predict")
    good = run(app.node.find_child("Diabetes"), {"Evaluate": {"report": {"mse": 1.0}}})
    assert good.status == "Succeeded"
    assert good.order == ("Prepare", "Train", "Evaluate", "CheckMse", "Register", "CreateModel", "Predict")
    model = good.arguments("CreateModel")["PrimaryContainer"]
    assert model["ModelDataUrl"] == good.steps["Train"].properties["ModelArtifacts"]["S3ModelArtifacts"]


def test_one_of_several(app: cdk.App) -> None:
    with pytest.raises(DefinitionError, match=r"holds .*; choose one with pipeline="):
        run(app)
    for name in ("Diabetes", "Diabetes/Pipeline"):
        assert "CheckMse" in run(app, {"Evaluate": {"report": {"mse": 1.0}}}, pipeline=name).order
    with pytest.raises(DefinitionError, match="holds no pipeline 'Diabets'"):
        run(app, pipeline="Diabets")
    with pytest.raises(DefinitionError, match="holds no pipeline"):
        run(cdk.Stack(cdk.App(), "Empty"))


def test_a_pipeline(app: cdk.App) -> None:
    found = app.node.find_child("Diabetes").node.find_child("Pipeline")
    assert run(found, {"Evaluate": {"report": {"mse": 1.0}}}).status == "Succeeded"


def test_an_assembly(app: cdk.App) -> None:
    directory = app.synth().directory
    result = run(directory, {"Evaluate": {"report": {"mse": 9000.0}}}, pipeline="Diabetes")
    assert result.states["TooInaccurate"] == "Failed"
