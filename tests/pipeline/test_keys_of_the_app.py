"""Keys and groups of the app, however they are given: the roles get what IAM needs, and ``smpipe check`` sees it."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import aws_sqs as sqs

from cdk_sagemaker_pipelines import CallbackStep, Image, RegisterModelStep, S3Location, cli
from tests.pipeline.support import ENVIRONMENT, Bench, pipeline, processing

HERE = "eu-west-1:111122223333"
ADMIN = "arn:aws:iam::111122223333:role/Admin"
BY_REFERENCE = "@aws-cdk/aws-kms:aliasNameRef"


def granted(bench: Bench, service: str) -> dict[str, set[tuple[str, str]]]:
    """The resources and aliases of the statements about a service, by action."""
    found: dict[str, set[tuple[str, str]]] = {}
    for resource in bench.resources("AWS::IAM::Role").values():
        for policy in resource["Properties"].get("Policies", ()):
            for statement in policy["PolicyDocument"]["Statement"]:
                aliases = statement.get("Condition", {}).get("ForAnyValue:StringEquals", {})
                actions, resources = (
                    value if isinstance(value, list) else [value]
                    for value in (statement["Action"], statement["Resource"])
                )
                for action in actions:
                    if action.startswith(service):
                        told = {(text(one), text(aliases.get("kms:ResourceAliases", ""))) for one in resources}
                        found.setdefault(action, set()).update(told)
    return found


def text(value: Any) -> str:
    if isinstance(value, str):
        return value
    ((function, inner),) = value.items()
    if function == "Fn::Join":
        return str(inner[0]).join(map(text, inner[1]))
    return f"<{inner if function == 'Ref' else '.'.join(inner)}>"


ANY_KEY = f"arn:<AWS::Partition>:kms:{HERE}:key/*"


@pytest.fixture
def key(bench: Bench) -> kms.Key:
    return kms.Key(bench.stack, "Key")


def seen(bench: Bench, capsys: pytest.CaptureFixture[str]) -> str:
    """What ``smpipe check`` reports about the synthesized app."""
    cli.main(["check", bench.app.synth().directory])
    return capsys.readouterr().out


WAYS = ["alias", "alias_name", "import", "alias of L1", "alias with the region"]


@pytest.mark.parametrize("by_reference", [False, True], ids=["by-name", "by-reference"])
@pytest.mark.parametrize("way", WAYS)
def test_an_alias_of_the_app(bench: Bench, way: str, by_reference: bool, capsys: pytest.CaptureFixture[str]) -> None:
    bench.stack.node.set_context(BY_REFERENCE, by_reference)
    name = f"alias/eu-{cdk.Aws.REGION}" if way == "alias with the region" else "alias/foo"
    alias = kms.Key(bench.stack, "Key").add_alias(name)
    own = alias.node.default_child
    assert isinstance(own, kms.CfnAlias)
    given: dict[str, Any] = {"output_kms_key": alias, "volume_kms_key": alias}
    if way == "import":
        given = {"output_kms_key": kms.Alias.from_alias_name(bench.stack, "Imported", alias.alias_name)}
    if way in ("alias_name", "alias of L1"):
        given = {"overrides": {"ProcessingOutputConfig": {"KmsKeyId": alias.alias_name if way[-1] == "e" else own.ref}}}
    processing(pipeline(bench), "One", outputs=["o"], **given)
    told = granted(bench, "kms:")
    # of a name that is not known the alias itself tells it
    named = f"<{bench.stack.resolve(own.logical_id)}>" if by_reference and way[-1] == "n" else name
    assert told["kms:GenerateDataKey"] == {(ANY_KEY, named.replace(cdk.Aws.REGION, "<AWS::Region>"))}
    assert not any("alias" in resource for resources in told.values() for resource, _ in resources)
    assert "not-granted" not in seen(bench, capsys)


def test_a_grant_on_the_arn_of_an_alias_has_no_effect(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.stack.node.set_context(BY_REFERENCE, True)
    alias = kms.Key(bench.stack, "Key").add_alias("alias/foo")
    role = iam.Role(bench.stack, "Role", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    role.add_to_policy(iam.PolicyStatement(actions=["kms:*"], resources=[alias.key_arn]))
    made = pipeline(bench)
    processing(made, "One", outputs=["o"], output_kms_key=alias, role=role.without_policy_updates())
    assert "is not granted kms:Decrypt, kms:Encrypt, kms:GenerateDataKey on" in seen(bench, capsys).replace("\n", " ")


@pytest.mark.parametrize("strength", ["strong", "weak"])
@pytest.mark.parametrize("way", ["alias", "import"])
def test_an_alias_of_another_stack_by_reference(
    bench: Bench, way: str, strength: str, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.stack.node.set_context("@aws-cdk/core:defaultCrossStackReferences", strength)
    keys = cdk.Stack(bench.app, "Keys", env=ENVIRONMENT)
    keys.node.set_context(BY_REFERENCE, True)
    admins = iam.PolicyStatement(principals=[iam.ArnPrincipal(ADMIN)], actions=["kms:*"], resources=["*"])
    alias = kms.Key(keys, "Key", policy=iam.PolicyDocument(statements=[admins])).add_alias("alias/foo")
    given = alias if way == "alias" else kms.Alias.from_alias_name(bench.stack, "Imported", alias.alias_name)
    processing(pipeline(bench), "One", outputs=["o"], output_kms_key=given)
    assert granted(bench, "kms:")["kms:GenerateDataKey"] == {(ANY_KEY, "alias/foo")}
    # it is judged as of its key
    assert "the key's own policy allows it neither to the role nor to its account" in seen(bench, capsys)


@pytest.mark.parametrize("way", ["key_arn", "key_id", "ref"])
def test_a_key_of_the_app(bench: Bench, key: kms.Key, way: str, capsys: pytest.CaptureFixture[str]) -> None:
    own = key.node.default_child
    assert isinstance(own, kms.CfnKey)
    given = {"key_arn": key.key_arn, "key_id": key.key_id, "ref": own.ref}[way]
    processing(pipeline(bench), "One", outputs=["o"], overrides={"ProcessingOutputConfig": {"KmsKeyId": given}})
    arn = bench.stack.resolve(key.key_arn)["Fn::GetAtt"]
    assert granted(bench, "kms:")["kms:GenerateDataKey"] == {(f"<{'.'.join(arn)}>", "")}
    assert "not-granted" not in seen(bench, capsys)


@pytest.mark.parametrize("by_reference", [False, True], ids=["by-name", "by-reference"])
def test_the_keys_of_a_bucket_and_a_queue(bench: Bench, by_reference: bool, capsys: pytest.CaptureFixture[str]) -> None:
    bench.stack.node.set_context(BY_REFERENCE, by_reference)
    key = kms.Key(bench.stack, "Key")
    bucket = s3.Bucket(bench.stack, "Data", encryption_key=key.add_alias("alias/bucket"))
    queue = sqs.Queue(bench.stack, "Queue", encryption_master_key=key.add_alias("alias/queue"))
    made = pipeline(bench)
    processing(made, "One", inputs={"raw": S3Location(bucket, "raw/")})
    CallbackStep(made, "Ask", queue=queue, inputs={"a": "b"}, outputs={"x": "String"})
    assert granted(bench, "kms:")["kms:Decrypt"] == {(ANY_KEY, "alias/bucket"), (ANY_KEY, "alias/queue")}
    assert "not-granted" not in seen(bench, capsys)


@pytest.mark.parametrize("way", ["group", "ref", "arn"])
def test_a_group_of_the_app(bench: Bench, way: str, capsys: pytest.CaptureFixture[str]) -> None:
    group = sagemaker.CfnModelPackageGroup(bench.stack, "Group", model_package_group_name="Abc")
    given: Any = {"group": group, "ref": group.ref, "arn": group.attr_model_package_group_arn}[way]
    RegisterModelStep(
        pipeline(bench), "R", image=Image.xgboost("1.7-1"), model_data="s3://x/m.tar.gz", model_package_group=given
    )
    start = f"arn:<AWS::Partition>:sagemaker:{HERE}:model-package-group/"
    assert granted(bench, "sagemaker:CreateModelPackageGroup")["sagemaker:CreateModelPackageGroup"] == {
        (f"{start}{name}", "") for name in ("Abc", "abc")
    }
    assert "not-granted" not in seen(bench, capsys)
