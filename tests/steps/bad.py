"""What the tests of bad input share: builders of steps with the fewest fields, named A, and how a case is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from cdk_sagemaker_pipelines import (
    Image,
    ModelStep,
    Parameter,
    Pipeline,
    PipelineError,
    ProcessingStep,
    RegisterModelStep,
    Script,
    SourceDir,
    TrainingStep,
    TransformStep,
)
from tests.ids import short
from tests.steps.support import IMAGE, errors

TEXT = Parameter.string("X", default="x")
NO_VPC = (
    "vpc_subnets and security_groups are of a VPC; give vpc=, or both of them as known by id: "
    "vpc_subnets=ec2.SubnetSelection(subnets=[...]) and security_groups="
)
NUMBER = Parameter.integer("N", default=1)
TOOLS = Image.from_uri(IMAGE)
# of the folder that the fixture makes
SCRIPT = Script("code/train.py")
CODE = SourceDir("code", entry_point="train.py")


def processing(scope: Any, name: Any = "A", **fields: Any) -> ProcessingStep:
    return ProcessingStep(scope, name, **{"image": TOOLS, "instance_type": "ml.m5.large", **fields})


def training(scope: Any, name: str = "A", **fields: Any) -> TrainingStep:
    return TrainingStep(scope, name, **{"image": TOOLS, "instance_type": "ml.m5.large", **fields})


def model(scope: Any, name: str = "A", **fields: Any) -> ModelStep:
    return ModelStep(scope, name, **{"image": TOOLS, **fields})


def register(scope: Any, name: str = "A", **fields: Any) -> RegisterModelStep:
    return RegisterModelStep(scope, name, **{"image": TOOLS, "model_package_group": "g", **fields})


def transform(scope: Any, name: str = "A", **fields: Any) -> TransformStep:
    least = {"model": "m", "input": "s3://b/x", "instance_type": "ml.m5.large"}
    return TransformStep(scope, name, **{**least, **fields})


def imported_vpc(scope: Construct) -> ec2.IVpc:
    return ec2.Vpc.from_vpc_attributes(
        cdk.Stack.of(scope), "V", vpc_id="v", availability_zones=["a"], private_subnet_ids=["subnet-1"]
    )


Write = Callable[[Any], Any]
Case = tuple[Write, str]


def cases(listed: list[Case]) -> pytest.MarkDecorator:
    """Runs a test for each case; the text names it."""
    return pytest.mark.parametrize(("write", "text"), listed, ids=[short(text, 56) for _, text in listed])


def refused(write: Write, text: str, pipeline: Pipeline, kind: type[Exception] = PipelineError) -> None:
    """It is refused when it is written, with just this text."""
    with pytest.raises(kind) as error:
        write(pipeline)
    assert str(error.value) == text


def found(write: Write, text: str, pipeline: Pipeline) -> None:
    """It is found when it is synthesized, and nothing else is."""
    write(pipeline)
    assert errors(pipeline) == [text]
