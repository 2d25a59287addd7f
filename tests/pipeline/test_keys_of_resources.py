"""Keys of buckets that stand on the resource alone: written there as CloudFormation has it, or by an aspect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import IConstruct

from cdk_sagemaker_pipelines import ExecutionVariables, S3Location, cli
from cdk_sagemaker_pipelines.iam.statements import listed
from tests.pipeline.support import Bench, pipeline, processing

KNOWN = "arn:aws:kms:eu-west-1:111122223333:key/known"


Encryption = s3.CfnBucket.BucketEncryptionProperty


def encryption(key: str) -> Encryption:
    by_default = s3.CfnBucket.ServerSideEncryptionByDefaultProperty(sse_algorithm="aws:kms", kms_master_key_id=key)
    rule = s3.CfnBucket.ServerSideEncryptionRuleProperty(server_side_encryption_by_default=by_default)
    return Encryption(server_side_encryption_configuration=[rule])


@jsii.implements(cdk.IAspect)
class Encrypted:
    def visit(self, node: IConstruct) -> None:
        if isinstance(node, s3.CfnBucket):
            node.bucket_encryption = encryption(KNOWN)


def on_keys(bench: Bench) -> dict[str, Any]:
    """The resources on which roles have actions of KMS."""
    return {
        action: statement["Resource"]
        for role in bench.resources("AWS::IAM::Role").values()
        for policy in role["Properties"].get("Policies", ())
        for statement in policy["PolicyDocument"]["Statement"]
        for action in listed(statement["Action"])
        if action.startswith("kms:")
    }


def warned(bench: Bench) -> list[str]:
    found = cdk.assertions.Annotations.from_stack(bench.stack).find_warning(
        "*", cdk.assertions.Match.string_like_regexp(r".*\[bucket-key\].*")
    )
    return [str(warning.entry.data) for warning in found]


@pytest.fixture
def key(bench: Bench) -> kms.Key:
    return kms.Key(bench.stack, "Key")


def test_an_aspect_gives_a_bucket_its_key(bench: Bench) -> None:
    data = s3.Bucket(bench.stack, "Data")
    out = S3Location(data, f"out/{ExecutionVariables.PIPELINE_EXECUTION_ID}/")
    processing(pipeline(bench), "Job", inputs={"raw": S3Location(data, "raw/")}, outputs={"out": out})
    cdk.Aspects.of(bench.app).add(Encrypted())
    assert on_keys(bench) == {"kms:Decrypt": KNOWN, "kms:GenerateDataKey": KNOWN}
    assert warned(bench) == []


def test_an_aspect_comes_too_late_for_what_is_declared_after_the_pipeline(bench: Bench) -> None:
    made = pipeline(bench)
    processing(made, "Job", inputs={"raw": S3Location(s3.Bucket(bench.stack, "Data"), "raw/")})
    cdk.Aspects.of(bench.app).add(Encrypted())
    (told,) = warned(bench)
    assert told.startswith("the bucket Stack/Data got its KMS key after the policies of the roles were written")


@pytest.mark.parametrize("how", ["construct", "reference", "name"])
def test_a_resource_has_its_key(bench: Bench, key: kms.Key, how: str) -> None:
    resource = s3.CfnBucket(bench.stack, "Data", bucket_name="data-of-it", bucket_encryption=encryption(key.key_id))
    places: dict[str, Callable[[], S3Location | str]] = {
        "construct": lambda: S3Location(s3.Bucket.from_bucket_name(bench.stack, "Import", resource.ref), "raw/"),
        "reference": lambda: f"s3://{resource.ref}/raw/",
        "name": lambda: "s3://data-of-it/raw/",
    }
    processing(pipeline(bench), "Job", inputs={"raw": places[how]()})
    assert on_keys(bench) == {"kms:Decrypt": {"Fn::GetAtt": ["Key961B73FD", "Arn"]}}


def test_a_bucket_without_a_key_needs_none(bench: Bench) -> None:
    data = s3.Bucket(bench.stack, "Data", encryption=s3.BucketEncryption.KMS_MANAGED)
    processing(pipeline(bench), "Job", inputs={"raw": S3Location(data, "raw/")})
    assert on_keys(bench) == {}
    assert warned(bench) == []


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_check_reports_a_key_that_only_the_template_shows(
    bench: Bench, elsewhere: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    home = cdk.Stack(bench.app, "Base", env=cdk.Environment(account="111122223333", region="eu-west-1"))
    stack = home if elsewhere else bench.stack
    data = s3.Bucket(stack, "Data")
    rule = {
        "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": kms.Key(stack, "Key").key_arn}
    }
    resource = data.node.default_child
    assert isinstance(resource, s3.CfnBucket)
    resource.add_property_override("BucketEncryption", {"ServerSideEncryptionConfiguration": [rule]})
    processing(pipeline(bench), "Job", inputs={"raw": S3Location(data, "raw/")})
    assert cli.main(["check", bench.app.synth().directory]) == 0
    (told,) = capsys.readouterr().out.splitlines()
    assert told.endswith("the role Stack/Pipeline/Job/JobRole is not granted kms:Decrypt on ${Key.Arn}")
