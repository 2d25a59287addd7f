"""Invalid scripts, folders, images and S3 locations."""

# mypy: disable-error-code="arg-type, call-arg, list-item"

from __future__ import annotations

import re

import pytest
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_sagemaker_pipelines import Image, Pipeline, S3Location, Script, SourceDir
from tests.steps.bad import TEXT, Case, Write, cases, processing, refused

pytestmark = pytest.mark.usefixtures("working_directory")


def _alias(scope: Construct) -> s3.IBucket:
    point = s3.CfnAccessPoint(scope, "Point", bucket="bucket")
    return s3.Bucket.from_bucket_name(scope, "Alias", point.attr_alias)


REFUSED: list[Case] = [
    (lambda p: Script(5), "Script: a path that is known at synth is needed, not 5"),
    (lambda p: Script(None), "Script: a path that is known at synth is needed, not None"),
    (lambda p: Script(TEXT), "Script: a path that is known at synth is needed, not <Parameter 'Parameters.X'>"),
    (lambda p: Script(f"{TEXT}.py"), "Script: a path that is known at synth is needed, not '{Parameters.X}.py'"),
    (
        lambda p: Script("a.py", command="python3"),
        "Script: command must be a list of texts such as ['python3'], not 'python3'",
    ),
    (lambda p: Script("a.py", command=[]), "Script: command must not be empty; the default is ['python3']"),
    (lambda p: Script("a.py", command=[5]), "Script: command must be a list of texts such as ['python3'], not [5]"),
    (
        lambda p: SourceDir("code", entry_point=None),
        "SourceDir: entry_point must be a text such as 'train.py', not None",
    ),
    (
        lambda p: SourceDir("code", entry_point=TEXT),
        "SourceDir: entry_point must be a text such as 'train.py', not <Parameter 'Parameters.X'>",
    ),
    (
        lambda p: SourceDir("code", entry_point="train.py", exclude="*.csv"),
        "SourceDir: exclude must be a list of texts such as ['*.csv'], not '*.csv'",
    ),
    (
        lambda p: SourceDir("code", entry_point="train.py", command="python3"),
        "SourceDir: command must be a list of texts such as ['python3'], not 'python3'",
    ),
    (
        lambda p: processing(p, image=Image.sklearn("1.2")),
        (
            "ProcessingStep 'Stack/P/A': the version of sklearn is '1.2'; there are '0.20.0', '0.23-1', '1.0-1', "
            "'1.2-1', '1.4-2'; did you mean '1.2-1'?"
        ),
    ),
    (
        lambda p: processing(p, image=Image.pytorch("2.1"), instance_type=TEXT),
        (
            "ProcessingStep 'Stack/P/A': pytorch has images for 'cpu', 'gpu'; choose by processor= of the image, or by "
            "a literal instance_type"
        ),
    ),
    (
        lambda p: processing(p, image=Image.pytorch("2.1", py_version="py27")),
        "ProcessingStep 'Stack/P/A': py_version of pytorch is 'py27'; there are 'py310'",
    ),
    (
        lambda p: Image.sklearn(TEXT),
        (
            "Image: the version must be a literal text, since the image is chosen at synth, not <Parameter "
            "'Parameters.X'>"
        ),
    ),
    (
        lambda p: Image.sklearn(1.2),
        "Image: the version must be a literal text, since the image is chosen at synth, not 1.2",
    ),
    (
        lambda p: Image.sklearn(f"{TEXT}"),
        "Image: the version must be a literal text, since the image is chosen at synth, not '{Parameters.X}'",
    ),
    (
        lambda p: Image.pytorch("2.1", py_version=TEXT),
        (
            "Image: the py_version must be a literal text, since the image is chosen at synth, not <Parameter "
            "'Parameters.X'>"
        ),
    ),
    (
        lambda p: Image.pytorch("2.1", processor=5),
        "Image: the processor must be a literal text, since the image is chosen at synth, not 5",
    ),
    (
        lambda p: Image.from_ecr_repository("name"),
        (
            "Image: a repository such as ecr.Repository.from_repository_name(...) is needed, not 'name'; for a "
            "URI write Image.from_uri(...)"
        ),
    ),
    (
        lambda p: Image.from_ecr_repository(ecr.Repository.from_repository_name(p, "Repo", "x"), TEXT),
        "Image: the tag or digest must be a literal text, not <Parameter 'Parameters.X'>",
    ),
    (lambda p: Image.from_asset("nope"), "Image: there is no Dockerfile in 'nope'"),
    (lambda p: Image.from_asset(5), "Image: the path of a folder with a Dockerfile is needed, not 5"),
    (lambda p: Image.from_asset("code"), "Image: there is no Dockerfile in 'code'"),
    (lambda p: Image.from_uri(""), "Image: a URI is needed, not ''"),
    (
        lambda p: Image.from_uri("not an image"),
        "Image: 'not an image' is not the URI of an image such as "
        "'111122223333.dkr.ecr.eu-west-1.amazonaws.com/jobs:1'",
    ),
    (lambda p: Image.from_uri(5), "Image: a URI is needed, not 5"),
    (lambda p: Image.from_uri(None), "Image: a URI is needed, not None"),
    (
        lambda p: processing(p, image=Image.pytorch("2.1"), instance_type="ml.trn1.2xlarge"),
        (
            "ProcessingStep 'Stack/P/A': pytorch: instance family 'trn1' has processor 'trn', but there are "
            "only images for 'cpu', 'gpu'"
        ),
    ),
    (
        lambda p: processing(p, inputs={"a": S3Location(_alias(p))}),
        "ProcessingStep 'Stack/P/A': inputs['a']: S3Location: the bucket's name is that of an access point, which IAM "
        "does not know; use the bucket itself",
    ),
    (
        lambda p: S3Location("b"),
        "S3Location: the bucket must be a CDK bucket, not 'b'; for a URI write S3Location.from_uri(...)",
    ),
    (
        lambda p: processing(p, inputs={"a": S3Location(5)}),
        "ProcessingStep 'Stack/P/A': inputs['a']: S3Location: the bucket must be a CDK bucket, not 5",
    ),
    (
        lambda p: S3Location(s3.Bucket.from_bucket_name(p, "BB", "bucket"), "/x"),
        "S3Location: the prefix '/x' must not begin with '/'",
    ),
    (
        lambda p: S3Location(s3.Bucket.from_bucket_name(p, "BB", "bucket"), "a\nb/"),
        "S3Location: the prefix 'a\\nb/' has a line end, which no key is likely to have",
    ),
    (
        lambda p: S3Location.from_uri("s3://bucket/a\r\n"),
        "S3Location: the URI 's3://bucket/a\\r\\n' has a line end, which no key is likely to have",
    ),
    (
        lambda p: S3Location(s3.Bucket.from_bucket_name(p, "BB", "bucket"), "s3://b/x"),
        "S3Location: the prefix 's3://b/x' is a URI; write S3Location.from_uri(...)",
    ),
    (
        lambda p: S3Location(s3.Bucket.from_bucket_name(p, "BB", "bucket"), None),
        "S3Location: the prefix must be a text, not None",
    ),
    (
        lambda p: S3Location(s3.Bucket.from_bucket_name(p, "BB", "bucket"), 5),
        "S3Location: the prefix must be a text, not 5",
    ),
    (lambda p: S3Location.from_uri("b/x"), "'b/x' is not an S3 URI such as 's3://bucket/prefix/'"),
    (lambda p: S3Location.from_uri(5), "an S3Location, a step's output or an S3 URI is needed, not 5"),
]


@cases(REFUSED)
def test_bad_values_are_refused_at_once(write: Write, text: str, pipeline: Pipeline) -> None:
    refused(write, text, pipeline)


def test_an_image_is_made_by_a_method() -> None:
    with pytest.raises(TypeError, match=r"^Image is made by one of its methods: Image.sklearn\('1.2-1'\), .xgboost, "):
        Image()
    made = {name for name, value in vars(Image).items() if isinstance(value, staticmethod) and name[0] != "_"}
    with pytest.raises(TypeError) as refusal:
        Image("x")
    assert made == set(re.findall(r"\.([a-z_]+)", str(refusal.value)))
