"""The example in the docstring of each public class runs, in an app that synthesizes without an error."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

import cdk_sagemaker_pipelines as library
from cdk_sagemaker_pipelines import (
    Condition,
    ConditionStep,
    EmrCluster,
    EmrInstanceGroup,
    EmrServerlessApplication,
    Expression,
    Image,
    ModelPackageGroup,
    ModelStep,
    Parameter,
    Pipeline,
    ProcessingStep,
    TrainingStep,
)
from tests.steps.support import ACCOUNT, REGION

BLOCK = re.compile(r"::\n\n((?:(?: {4}.*)?\n)+)")
FILES = (
    "functions/count.py",
    "functions/notify.py",
    "functions/review.py",
    "functions/review/main.py",
    "functions/tell.py",
    "jobs/count.py",
    "jobs/inference/inference.py",
    "jobs/prepare.py",
    "jobs/train/train.py",
    "notebooks/report.ipynb",
)
WITHOUT = {
    "Branch": "it is not made but found: check.if_steps",
    "ImportedPipeline": "it is not made but found: Pipeline.from_pipeline_name(...)",
    "Step": "it is the base of the types",
    "StepScope": "it is the base of pipelines, branches, bodies and groups",
}
"""The constructs that need no example, and why."""


def examples(name: str) -> str:
    """The code in the docstring of a public class; nothing where it has none, or is no class."""
    document = vars(getattr(library, name)).get("__doc__") if inspect.isclass(getattr(library, name)) else None
    return "\n".join(inspect.cleandoc(block) for block in BLOCK.findall(f"{inspect.cleandoc(document or '')}\n"))


CODE = {name: code for name in library._HOME if (code := examples(name))}


class Around(dict[str, Any]):
    """What the examples take for granted, made when it is named."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.app = cdk.App(outdir=str(folder / "cdk.out"), analytics_reporting=False)
        self.stack = cdk.Stack(self.app, "Stack", env=cdk.Environment(account=ACCOUNT, region=REGION))
        self["stack"] = self.stack

    def __missing__(self, name: str) -> Any:
        made = inspect.getattr_static(type(self), name, None)
        if not isinstance(made, cached_property):
            raise KeyError(name)
        return getattr(self, name)

    @cached_property
    def definition(self) -> dict[str, Any]:
        role = f"arn:aws:iam::{ACCOUNT}:role/Jobs"
        output = {"S3OutputPath": "s3://sales/models/"}
        image = {"TrainingImage": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/own:1", "TrainingInputMode": "File"}
        instances = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30}
        arguments = {
            "RoleArn": role,
            "OutputDataConfig": output,
            "AlgorithmSpecification": image,
            "ResourceConfig": instances,
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        }
        return {"Version": "2020-12-01", "Steps": [{"Name": "T", "Type": "Training", "Arguments": arguments}]}

    @cached_property
    def pipeline(self) -> Pipeline:
        return Pipeline(self.stack, "Pipeline", parameters=[Parameter.string("Key", default="")])

    @cached_property
    def rule(self) -> events.Rule:
        return events.Rule(self.stack, "Rule", event_pattern=events.EventPattern(source=["aws.s3"]))

    @cached_property
    def bucket(self) -> s3.IBucket:
        return s3.Bucket(self.stack, "Bucket")

    @cached_property
    def data(self) -> s3.IBucket:
        return s3.Bucket(self.stack, "Data")

    @cached_property
    def vpc(self) -> ec2.IVpc:
        return ec2.Vpc(self.stack, "Vpc", max_azs=2)

    @cached_property
    def key(self) -> kms.IKey:
        return kms.Key(self.stack, "Key")

    @cached_property
    def function(self) -> lambda_.IFunction:
        arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:tell"
        return lambda_.Function.from_function_arn(self.stack, "Tell", arn)

    @cached_property
    def group(self) -> ModelPackageGroup:
        return ModelPackageGroup(self.stack, "Group", model_package_group_name="abalone")

    @cached_property
    def cluster(self) -> EmrCluster:
        primary = EmrInstanceGroup(instance_type="m5.xlarge")
        return EmrCluster(self.stack, "Cluster", release_label="emr-7.10.0", vpc=self.vpc, primary=primary)

    @cached_property
    def spark(self) -> EmrServerlessApplication:
        return EmrServerlessApplication(self.stack, "Spark", release_label="emr-7.10.0")

    @cached_property
    def prepare(self) -> ProcessingStep:
        image, outputs = Image.sklearn("1.2-1"), ["train", "test"]
        return ProcessingStep(self.pipeline, "Prepare", image=image, instance_type="ml.m5.large", outputs=outputs)

    @cached_property
    def train(self) -> TrainingStep:
        return TrainingStep(self.pipeline, "Train", image=Image.xgboost("1.7-1"), instance_type="ml.m5.large")

    @cached_property
    def evaluate(self) -> ProcessingStep:
        image, outputs = Image.sklearn("1.2-1"), ["report"]
        return ProcessingStep(self.pipeline, "Evaluate", image=image, instance_type="ml.m5.large", outputs=outputs)

    @cached_property
    def mse(self) -> Expression[float]:
        return self.evaluate.property_file("report", "evaluation.json").number("mse")

    @cached_property
    def check(self) -> ConditionStep:
        condition: Condition = self.mse <= 6.0
        return ConditionStep(self.pipeline, "Check", condition=condition)

    @cached_property
    def model(self) -> ModelStep:
        artifacts = self.train.model_artifacts
        return ModelStep(self.pipeline, "Create", image=Image.xgboost("1.7-1"), model_data=artifacts)


@pytest.fixture
def around(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Around:
    """In a working directory with the code that the examples name."""
    for name in FILES:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("def handler(event, context=None):\n    return {}\n\n\nreview = handler\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return Around(tmp_path)


def test_every_public_construct_has_an_example() -> None:
    public = {name: getattr(library, name) for name in library._HOME}
    constructs = {name for name, each in public.items() if inspect.isclass(each) and issubclass(each, Construct)}
    assert constructs - set(CODE) == set(WITHOUT)


@pytest.mark.parametrize("name", CODE)
def test_the_example_synthesizes(name: str, around: Around) -> None:
    names: Mapping[str, Any] = {each: getattr(library, each) for each in library._HOME}
    around["self"] = around.stack
    tools = {"Duration": cdk.Duration, "partial": functools.partial, "sfn": sfn}
    exec(compile(CODE[name], f"the example of {name}", "exec"), {**names, **tools}, around)
    assert re.search(rf"\b{name}\b", CODE[name])
    if "pipeline" in vars(around) and not around.pipeline.step_list():  # an example about the pipeline as a whole
        assert around.prepare.name
    around.app.synth()  # raises for findings of level error
