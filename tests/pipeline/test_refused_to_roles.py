"""What the app's own keys, buckets and queues refuse to a role, also to one that is made elsewhere."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs

from cdk_sagemaker_pipelines import CallbackStep, S3Location, cli
from tests.pipeline.support import Bench, pipeline, processing

SAGEMAKER = iam.ServicePrincipal("sagemaker.amazonaws.com")
KNOWN = "arn:aws:iam::111122223333:role/Known"


def seen(bench: Bench, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What ``smpipe check`` says is not granted, but for all that roles need which CDK may not change."""
    cli.main(["check", bench.app.synth().directory])
    found = [line for line in capsys.readouterr().out.splitlines() if ": not-granted: " in line]
    return [line for line in found if "CDK may not change the role" not in line]


def imported(bench: Bench, how: str) -> iam.IRole:
    if how == "name":
        return iam.Role.from_role_name(bench.stack, "Known", "Known")
    return iam.Role.from_role_arn(bench.stack, "Known", KNOWN, mutable=how == "arn")


def key_for(bench: Bench, *statements: iam.PolicyStatement) -> kms.Key:
    return kms.Key(bench.stack, "Key", policy=iam.PolicyDocument(statements=list(statements)))


def statement(principal: iam.IPrincipal, effect: iam.Effect = iam.Effect.ALLOW, **more: Any) -> iam.PolicyStatement:
    given: dict[str, Any] = {"actions": ["kms:*"], "resources": ["*"], **more}
    return iam.PolicyStatement(effect=effect, principals=[principal], **given)


@pytest.mark.parametrize("how", ["name", "arn", "fixed"])
@pytest.mark.parametrize("lets_in", ["nobody", "account", "role", "refused"])
def test_the_policy_of_a_key(bench: Bench, capsys: pytest.CaptureFixture[str], how: str, lets_in: str) -> None:
    role = imported(bench, how)
    told = {
        "nobody": [statement(iam.ArnPrincipal("arn:aws:iam::111122223333:role/Admin"))],
        "account": [statement(iam.AccountRootPrincipal())],
        "role": [statement(iam.ArnPrincipal(role.role_arn))],
        "refused": [statement(iam.AccountRootPrincipal()), statement(iam.AnyPrincipal(), iam.Effect.DENY)],
    }
    processing(
        pipeline(bench, default_job_role=role), "One", outputs=["o"], output_kms_key=key_for(bench, *told[lets_in])
    )
    found = seen(bench, capsys)
    why = {
        "nobody": "the key's own policy allows it neither to the role nor to its account",
        "refused": "denied in the policy of Stack/Key",
    }
    assert len(found) == (lets_in in why)
    for line in found:
        where = ": the role arn:${AWS::Partition}:iam::111122223333:role/Known"
        assert (where if how == "name" else where.replace("${AWS::Partition}", "aws")) in line
        assert line.endswith(f"kms:Decrypt, kms:Encrypt, kms:GenerateDataKey on ${{Key.Arn}}, {why[lets_in]}")


@pytest.mark.parametrize("principal", ["everybody", "role", "other"])
def test_a_bucket_that_refuses_a_role_made_elsewhere(
    bench: Bench, capsys: pytest.CaptureFixture[str], principal: str
) -> None:
    data = s3.Bucket(bench.stack, "Data")
    whom = {
        "everybody": iam.AnyPrincipal(),
        "role": iam.ArnPrincipal(KNOWN),
        "other": iam.ArnPrincipal("arn:aws:iam::111122223333:role/Other"),
    }
    refusal = statement(whom[principal], iam.Effect.DENY, actions=["s3:GetObject"], resources=[f"{data.bucket_arn}/*"])
    data.add_to_resource_policy(refusal)
    made = pipeline(bench, default_job_role=imported(bench, "name"))
    processing(made, "One", inputs={"raw": S3Location(data, "raw/")})
    found = seen(bench, capsys)
    assert len(found) == (principal != "other")
    assert all(
        line.endswith(
            "s3:GetObject on arn:${AWS::Partition}:s3:::${Data}/raw/*, denied in the policy of Stack/Data/Policy"
        )
        for line in found
    )


def test_a_queue_that_refuses_a_role_made_elsewhere(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    queue = sqs.Queue(bench.stack, "Queue", visibility_timeout=cdk.Duration.minutes(10))
    queue.add_to_resource_policy(
        statement(iam.AnyPrincipal(), iam.Effect.DENY, actions=["sqs:SendMessage"], resources=[queue.queue_arn])
    )
    CallbackStep(pipeline(bench, role=imported(bench, "name")), "Ask", queue=queue)
    (line,) = seen(bench, capsys)
    assert line.endswith("sqs:SendMessage on ${Queue.Arn}, denied in the policy of Stack/Queue/Policy")


@pytest.mark.parametrize("key", ["aws:PrincipalAccount", "aws:ResourceAccount", "aws:SourceAccount"])
@pytest.mark.parametrize("account", ["111122223333", "444455556666"])
def test_a_refusal_on_an_account(bench: Bench, capsys: pytest.CaptureFixture[str], key: str, account: str) -> None:
    data = s3.Bucket(bench.stack, "Data")
    step = processing(pipeline(bench), "One", inputs={"raw": S3Location(data, "raw/")})
    step.job_role.add_to_principal_policy(
        iam.PolicyStatement(
            effect=iam.Effect.DENY,
            actions=["s3:GetObject"],
            resources=["*"],
            conditions={"StringNotEquals": {key: account}},
        )
    )
    # of a source no request of a role says anything, and what negates is met by that
    denied = key == "aws:SourceAccount" or account == "444455556666"
    assert len(seen(bench, capsys)) == denied
    cli.main(["explain", bench.app.synth().directory])
    assert "it depends" not in capsys.readouterr().out
    warned = cdk.assertions.Annotations.from_stack(bench.stack).find_warning(
        "*", cdk.assertions.Match.string_like_regexp(r".*\[not-granted\].*")
    )
    # whose bucket it is, 'smpipe check' reads from the templates
    assert len(warned) == (denied and key != "aws:ResourceAccount")
