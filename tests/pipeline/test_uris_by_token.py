"""URIs that CloudFormation fills in from the start, in S3 and of images: granted if CDK knows them, else reported."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_ssm as ssm

from cdk_sagemaker_pipelines import Image, ModelStep, PipelineError, cli
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
    ],
    ids=["parameter", "start", "import", "ssm"],
)
def test_a_uri_that_is_only_known_at_deployment(bench: Bench, uri: Callable[[cdk.Stack], str]) -> None:
    processing(pipeline(bench), "Job", inputs={"raw": uri(bench.stack)})
    assert warnings(bench) == [
        "step 'Job': Arguments.ProcessingInputs[0]: the bucket is only known at deployment, so no permission for "
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
def test_an_unknown_bucket_is_reported_in_every_field(
    bench: Bench, fields: str, where: str, actions: str, capsys: pytest.CaptureFixture[str]
) -> None:
    uri = parameter(bench.stack)
    given: Any = {"it": uri} if fields == "outputs" else [uri]
    processing(pipeline(bench), "Job", **{fields: given})
    (warning,) = warnings(bench)
    assert warning.startswith(f"step 'Job': {where}: the bucket is only known at deployment")
    assert warning.endswith(f"grant {actions} to the role of the step's job")
    text = warning.removeprefix("step 'Job': ")
    cli.main(["check", bench.app.synth().directory])  # which says the same
    assert f"Job: undecided-permission: warning: {text}\n" in capsys.readouterr().out


def test_the_data_of_a_model(bench: Bench) -> None:
    ModelStep(pipeline(bench), "Model", image=Image.sklearn("1.2-1"), model_data=parameter(bench.stack))
    (warning,) = warnings(bench)
    assert warning.startswith(
        "step 'Model': Arguments.PrimaryContainer.ModelDataUrl: the bucket is only known at deployment"
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


def joined(stack: cdk.Stack, **options: Any) -> str:
    return str(cdk.Fn.join("", ["s3://", s3.Bucket(stack, "Data", **options).bucket_name, "/raw/"]))


def test_a_bucket_of_the_app_in_a_joined_uri(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    key = kms.Key(bench.stack, "Key")
    processing(pipeline(bench), "Job", inputs={"raw": joined(bench.stack, encryption_key=key)})
    told = json.dumps(bench.resources("AWS::IAM::Role"))
    bucket, of_key = next(iter(bench.resources("AWS::S3::Bucket"))), next(iter(bench.resources("AWS::KMS::Key")))
    assert f'":s3:::", {{"Ref": "{bucket}"}}, "/raw/*"' in told
    assert f'{{"Action": "kms:Decrypt", "Effect": "Allow", "Resource": {{"Fn::GetAtt": ["{of_key}", "Arn"]}}}}' in told
    assert warnings(bench) == []
    cli.main(["check", bench.app.synth().directory])
    assert "not-granted" not in capsys.readouterr().out


def test_a_bucket_that_may_be_another_stacks_is_not_guessed(bench: Bench) -> None:
    other = cdk.Stack(bench.app, "Other", env=ENVIRONMENT)
    s3.Bucket(bench.stack, "Data")
    processing(pipeline(bench), "Job", inputs={"raw": joined(other)})
    assert len(warnings(bench)) == 1


def test_a_key_follows_what_is_written_to_a_uri_by_token(bench: Bench) -> None:
    key, made = kms.Key(bench.stack, "Key"), pipeline(bench)
    processing(made, "Write", outputs={"it": cdk.Lazy.string(Raw())}, output_kms_key=key)
    processing(made, "Read", inputs={"raw": "s3://data/raw/"})
    roles = [json.dumps(role) for name, role in bench.resources("AWS::IAM::Role").items() if "Read" in name]
    assert '"Action": "kms:Decrypt"' in roles[0]


@pytest.mark.parametrize("read", [False, True], ids=["silent", "read"])
def test_what_is_handed_over_by_token(bench: Bench, read: bool) -> None:
    uri = cdk.Lazy.string(Raw())
    reads = ["s3://data/raw/"] if read else []
    processing(pipeline(bench), "Job", container_arguments=["--raw", uri], reads=reads)
    bench.app.synth()
    like = cdk.assertions.Match.string_like_regexp("'s3://data/raw/' is handed over .*handed-over")
    found = cdk.assertions.Annotations.from_stack(bench.stack).find_warning("*", like)
    assert len(found) == (not read)


@pytest.mark.parametrize("attribute", ["attr_arn", "attr_alias"])
def test_an_access_point_of_the_app(bench: Bench, attribute: str, capsys: pytest.CaptureFixture[str]) -> None:
    point = s3.CfnAccessPoint(bench.stack, "Point", bucket=s3.Bucket(bench.stack, "Data").bucket_name)
    processing(pipeline(bench), "Job", inputs={"raw": f"s3://{getattr(point, attribute)}/raw/"})
    told = json.dumps(bench.resources("AWS::IAM::Role"))
    arn = '":s3:eu-west-1:111122223333:accesspoint/", {"Ref": "Point"}'
    assert f'{arn}, "/object/raw/*"' in told
    assert f"{arn}]" in told
    (warning,) = warnings(bench)
    assert "the bucket behind the access point 'arn:" in warning
    cli.main(["check", bench.app.synth().directory])
    assert "not-granted" not in capsys.readouterr().out


def test_an_access_point_by_its_name_is_refused(bench: Bench) -> None:
    point = s3.CfnAccessPoint(bench.stack, "Point", bucket=s3.Bucket(bench.stack, "Data").bucket_name)
    processing(pipeline(bench), "Job", inputs={"raw": f"s3://{point.ref}/raw/"})
    assert bench.errors() == [
        "[Stack/Pipeline] the access point Stack/Point is in an S3 URI by its name, where S3 takes it for a "
        "bucket; write its attr_alias there [permissions]"
    ]


@pytest.mark.parametrize(
    ("given", "hint"),
    [("s3a://data/raw", "; write 's3://data/raw'"), ("S3N://data/raw", "; write 's3://data/raw'"), ("data/raw", "")],
    ids=["s3a", "S3N", "none"],
)
def test_other_schemes_than_s3(bench: Bench, given: str, hint: str) -> None:
    with pytest.raises(PipelineError, match=r"reads\[0\]: ") as raised:
        processing(pipeline(bench), "Job", reads=[given])
    assert str(raised.value).endswith(f"{given!r} is not an S3 URI such as 's3://bucket/prefix/'{hint}")


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
        "step 'Job': Arguments.AppSpecification.ImageUri: the image is only known at deployment, so no permission for "
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
