"""URIs of S3 and of images that a deployment fills in from the start: granted if CDK knows the text, else told of."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_ssm as ssm

from cdk_sagemaker_pipelines import Image, ModelStep
from tests.pipeline.support import ENVIRONMENT, Bench, pipeline, processing

READS, WRITES = "s3:GetObject, s3:ListBucket", "s3:AbortMultipartUpload, s3:PutObject"


@jsii.implements(cdk.IStableStringProducer)
class Raw:
    def produce(self) -> str:
        return "s3://data/raw/"


@jsii.implements(cdk.IStableStringProducer)
class RawImage:
    def produce(self) -> str:
        return "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/own:1"


def parameter(stack: cdk.Stack) -> str:
    return str(cdk.CfnParameter(stack, "Uri").value_as_string)


def warnings(bench: Bench) -> list[str]:
    like = cdk.assertions.Match.string_like_regexp("undecided-permission")
    found = cdk.assertions.Annotations.from_stack(bench.stack).find_warning("*", like)
    return [str(warning.entry.data).partition(" [")[0] for warning in found]


@pytest.mark.parametrize(
    "uri",
    [
        parameter,
        lambda stack: f"{parameter(stack)}/raw/",
        lambda stack: cdk.Fn.import_value("exported"),
        lambda stack: ssm.StringParameter.value_for_string_parameter(stack, "/uri"),
        lambda stack: cdk.Fn.join("", ["s3://", s3.Bucket(stack, "Data").bucket_name, "/raw/"]),
    ],
    ids=["parameter", "start", "import", "ssm", "resource"],
)
def test_a_uri_that_a_deployment_tells(bench: Bench, uri: Callable[[cdk.Stack], str]) -> None:
    processing(pipeline(bench), "Job", inputs={"raw": uri(bench.stack)})
    assert warnings(bench) == [
        "step 'Job': Arguments.ProcessingInputs[0]: the bucket is known at deployment only, so no permission for "
        f"it can be derived; grant {READS} to the role of the step's job"
    ]


@pytest.mark.parametrize(
    ("fields", "where", "actions"),
    [
        ("outputs", "Arguments.ProcessingOutputConfig.Outputs[0]", WRITES),
        ("reads", "reads[0]", READS),
        ("writes", "writes[0]", WRITES),
    ],
)
def test_an_unknown_bucket_is_reported_in_every_field(bench: Bench, fields: str, where: str, actions: str) -> None:
    uri = parameter(bench.stack)
    given: Any = {"it": uri} if fields == "outputs" else [uri]
    processing(pipeline(bench), "Job", **{fields: given})
    (warning,) = warnings(bench)
    assert warning.startswith(f"step 'Job': {where}: the bucket is known at deployment only")
    assert warning.endswith(f"grant {actions} to the role of the step's job")


def test_the_data_of_a_model(bench: Bench) -> None:
    ModelStep(pipeline(bench), "Model", image=Image.sklearn("1.2-1"), model_data=parameter(bench.stack))
    (warning,) = warnings(bench)
    assert warning.startswith(
        "step 'Model': Arguments.PrimaryContainer.ModelDataUrl: the bucket is known at deployment"
    )


@pytest.mark.parametrize(
    ("uri", "granted"),
    [
        (lambda stack: cdk.Lazy.string(Raw()), '":s3:::data/raw/*"'),
        (lambda stack: cdk.Fn.join("", ["s3://data/", "raw/"]), '":s3:::data/raw/*"'),
        (lambda stack: cdk.Fn.join("", ["s3://", parameter(stack), "/raw/"]), '":s3:::", {"Ref": "Uri"}, "/raw/*"'),
    ],
    ids=["lazy", "literals", "parameter"],
)
def test_a_text_that_cdk_knows_is_granted(bench: Bench, uri: Callable[[cdk.Stack], str], granted: str) -> None:
    processing(pipeline(bench), "Job", inputs={"raw": uri(bench.stack)})
    assert granted in json.dumps(bench.template())
    assert warnings(bench) == []


@pytest.mark.parametrize("environment", [ENVIRONMENT, None], ids=["known", "agnostic"])
@pytest.mark.parametrize(
    "uri",
    [
        lambda stack: ssm.StringParameter.value_for_string_parameter(stack, "/ml/image"),
        parameter,
        lambda stack: f"{cdk.Fn.import_value('uri')}:1",
    ],
    ids=["ssm", "parameter", "import"],
)
def test_an_image_that_a_deployment_tells(
    tmp_path: Path, uri: Callable[[cdk.Stack], str], environment: cdk.Environment | None
) -> None:
    bench = Bench(tmp_path, environment=environment)
    processing(pipeline(bench), "Job", image=Image.from_uri(uri(bench.stack)))
    assert warnings(bench) == [
        "step 'Job': Arguments.AppSpecification.ImageUri: the image is known at deployment only, so no permission for "
        "it can be derived; grant ecr:BatchCheckLayerAvailability, ecr:BatchGetImage, ecr:GetDownloadUrlForLayer to "
        "the role of the step's job"
    ]


@pytest.mark.parametrize("environment", [ENVIRONMENT, None], ids=["known", "agnostic"])
@pytest.mark.parametrize(
    ("image", "granted"),
    [
        (lambda stack: Image.from_uri(ecr.Repository(stack, "Own").repository_uri_for_tag("1")), True),
        (lambda stack: Image.from_uri(cdk.Lazy.string(RawImage())), True),
        (lambda stack: Image.sklearn("1.2-1"), False),
    ],
    ids=["repository", "lazy", "aws"],
)
def test_an_image_that_is_known_well_enough(
    tmp_path: Path, image: Callable[[cdk.Stack], Image], granted: bool, environment: cdk.Environment | None
) -> None:
    bench = Bench(tmp_path, environment=environment)
    processing(pipeline(bench), "Job", image=image(bench.stack))
    assert warnings(bench) == []
    assert ("ecr:BatchGetImage" in json.dumps(bench.template())) is granted
