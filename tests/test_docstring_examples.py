"""The example in the docstring of everything public runs; where it makes a pipeline, the app synthesizes."""

from __future__ import annotations

import functools
import inspect
import re
from datetime import datetime, timezone
from functools import cached_property
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template
from constructs import Construct

from cdk_sagemaker_pipelines import (
    Condition,
    ConditionStep,
    EmrCluster,
    EmrInstanceGroup,
    EmrServerlessApplication,
    Expression,
    FailStep,
    Image,
    ModelEndpoint,
    ModelPackageGroup,
    ModelStep,
    Pipeline,
    ProcessingStep,
    TrainingPool,
    TrainingStep,
)
from tests.public import CLASSES, PUBLIC
from tests.steps.support import ACCOUNT, REGION

BLOCK = re.compile(r"^```python\n(.*?)^```$", re.M | re.S)
FILES = (
    "functions/count.py",
    "functions/notify.py",
    "functions/review.py",
    "functions/review/main.py",
    "functions/tell.py",
    "jobs/count.py",
    "jobs/inference/inference.py",
    "jobs/prepare.py",
    "jobs/prepare.sh",
    "jobs/train/train.py",
    "notebooks/report.ipynb",
)
CONSTRUCTS = [name for name, found in CLASSES.items() if issubclass(found, Construct)]
OTHERS = [name for name in PUBLIC if name not in CONSTRUCTS]
TOOLS = {
    "Duration": cdk.Duration,
    "Template": Template,
    "cdk": cdk,
    "datetime": datetime,
    "ec2": ec2,
    "iam": iam,
    "partial": functools.partial,
    "timezone": timezone,
}
"""What examples take for imported."""


def example(name: str) -> str:
    """The code in the docstring of a class or function; nothing where it has none."""
    found = PUBLIC[name]
    document = vars(found).get("__doc__") if inspect.isclass(found) else found.__doc__
    return "\n".join(BLOCK.findall(inspect.cleandoc(document or "")))


class Around(dict[str, Any]):
    """What the examples take for granted, made when it is named."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def __missing__(self, name: str) -> Any:
        made = inspect.getattr_static(type(self), name, None)
        if not isinstance(made, (cached_property, property)):
            raise KeyError(name)
        return getattr(self, name)

    @cached_property
    def app(self) -> cdk.App:
        return cdk.App(outdir=str(self._folder / "cdk.out"), analytics_reporting=False)

    @cached_property
    def stack(self) -> cdk.Stack:
        return cdk.Stack(self.app, "Stack", env=cdk.Environment(account=ACCOUNT, region=REGION))

    @property
    def self(self) -> cdk.Stack:
        return self.stack

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
        return Pipeline(self.stack, "Pipeline")

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
    def endpoint(self) -> ModelEndpoint:
        return ModelEndpoint(
            self.stack, "Served", group=self.group, instance_type="ml.m5.large", reads=["s3://models/abalone/"]
        )

    @cached_property
    def cluster(self) -> EmrCluster:
        primary = EmrInstanceGroup(instance_type="m5.xlarge")
        return EmrCluster(self.stack, "Cluster", release_label="emr-7.10.0", vpc=self.vpc, primary=primary)

    @cached_property
    def spark(self) -> EmrServerlessApplication:
        return EmrServerlessApplication(self.stack, "Spark", release_label="emr-7.10.0")

    @cached_property
    def pool(self) -> TrainingPool:
        pool = TrainingPool(self.stack, "Pool", capacity={"ml.g5.xlarge": 8})
        pool.add_team("vision", guaranteed={"ml.g5.xlarge": 5})
        return pool

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


def play(name: str, around: Around) -> None:
    """Runs an example."""
    code = example(name)
    assert re.search(rf"\b{name}\b", code), "a block ```python in its docstring shows how it is used"
    exec(compile(code, f"the example of {name}", "exec"), {**PUBLIC, **TOOLS}, around)


@pytest.mark.parametrize("name", OTHERS)
def test_the_example_runs(name: str, around: Around) -> None:
    play(name, around)


@pytest.mark.parametrize("name", [*CONSTRUCTS, *(pytest.param(name, marks=pytest.mark.long) for name in OTHERS)])
def test_the_example_synthesizes(name: str, around: Around) -> None:
    play(name, around)
    for made in around.app.node.find_all():
        if isinstance(made, Pipeline) and not made.step_list() and not made.definition.steps:
            FailStep(made, "End")  # without a step a pipeline is an error
    around.app.synth()  # raises for findings of level error
