"""Roles that do not get what their jobs need: synth warns about them, as does ``smpipe check``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_pipelines import S3Location, cli
from tests.pipeline.support import Bench, pipeline, processing

SAGEMAKER = iam.ServicePrincipal("sagemaker.amazonaws.com")
RULE = "cdk-sagemaker-pipelines:not-granted"
KNOWN = "arn:aws:iam::111122223333:role/Known"
LOGS = "logs:CreateLogGroup, logs:CreateLogStream, logs:DescribeLogStreams, logs:PutLogEvents on "


def warned(bench: Bench) -> list[tuple[str, str]]:
    """The constructs with warnings that something is not granted, and the warnings."""
    bench.app.synth()
    found = cdk.assertions.Annotations.from_stack(bench.stack).find_warning(
        "*", cdk.assertions.Match.string_like_regexp(r".*\[not-granted\].*")
    )
    return [(warning.id, str(warning.entry.data).partition(" [")[0]) for warning in found]


def test_a_role_that_cdk_must_not_change(bench: Bench) -> None:
    fixed = iam.Role.from_role_arn(bench.stack, "Known", KNOWN, mutable=False)
    processing(pipeline(bench, default_job_role=fixed), "One")
    ((where, told),) = warned(bench)
    assert where == "/Stack/Pipeline/One"
    assert told.startswith(
        f"step 'One': CDK may not change the role {KNOWN}, so nothing is granted to it here; it needs: {LOGS}"
        "arn:${AWS::Partition}:logs:eu-west-1:111122223333:log-group:/aws/sagemaker/ProcessingJobs and "
    )
    assert "Token" not in told


def test_many_permissions_are_left_to_explain(bench: Bench) -> None:
    fixed = iam.Role.from_role_arn(bench.stack, "Known", KNOWN, mutable=False)
    made = pipeline(bench, role=fixed, default_job_role=fixed)
    data = S3Location(s3.Bucket(bench.stack, "Data"), "raw/")
    for name in ("One", "Two"):
        processing(made, name, inputs={"raw": data})
    (of_pipeline, of_jobs) = warned(bench)
    assert of_pipeline[0] == of_jobs[0] == "/Stack/Pipeline"
    assert of_jobs[1].endswith("; and 1 more; 'smpipe explain' lists them all")


def test_a_role_that_can_be_changed(bench: Bench) -> None:
    changeable = iam.Role.from_role_arn(bench.stack, "Known", KNOWN)
    processing(pipeline(bench, default_job_role=changeable), "One")
    assert warned(bench) == []


def test_a_role_of_the_app_without_policy_updates(bench: Bench) -> None:
    data = s3.Bucket(bench.stack, "Data")
    role = iam.Role(bench.stack, "Role", assumed_by=SAGEMAKER)
    data.grant_read(role)
    made = pipeline(bench, default_job_role=role.without_policy_updates())
    processing(made, "One", inputs={"raw": S3Location(data, "raw/")})
    ((where, told),) = warned(bench)
    assert where == "/Stack/Pipeline/One"
    assert told.startswith(f"step 'One': CDK may not change the role Stack/Role, which lacks: {LOGS}")
    assert "s3:" not in told  # which the bucket granted


def test_a_role_of_the_app_that_has_all_permissions(bench: Bench) -> None:
    everything = iam.PolicyDocument(statements=[iam.PolicyStatement(actions=["*"], resources=["*"])])
    role = iam.Role(bench.stack, "Role", assumed_by=SAGEMAKER, inline_policies={"All": everything})
    processing(pipeline(bench, default_job_role=role.without_policy_updates()), "One")
    assert warned(bench) == []


def fixed(bench: Bench, how: str) -> iam.IRole:
    """A role without policy updates that is granted everything or nothing, by the app or an AWS managed policy."""
    everything = [iam.PolicyStatement(actions=["*"], resources=["*"])]
    managed: list[iam.IManagedPolicy] = []
    if how == "managed by the app":
        managed.append(iam.ManagedPolicy(bench.stack, "All", statements=everything))
    if how == "managed by AWS":
        managed.append(iam.ManagedPolicy.from_aws_managed_policy_name("AdministratorAccess"))
    if how.startswith("managed, by its"):
        iam.ManagedPolicy(bench.stack, "All", managed_policy_name="All", path="/team/", statements=everything)
    if how == "managed, by its name":
        managed.append(iam.ManagedPolicy.from_managed_policy_name(bench.stack, "Found", "team/All"))
    if how == "managed, by its ARN":
        arn = "arn:aws:iam::111122223333:policy/team/All"
        managed.append(iam.ManagedPolicy.from_managed_policy_arn(bench.stack, "Found", arn))
    role = iam.Role(bench.stack, "Role", assumed_by=SAGEMAKER, managed_policies=managed)
    if how == "beside it":
        iam.Policy(bench.stack, "All", roles=[role], statements=everything)
    if how == "managed, and named there":
        iam.ManagedPolicy(bench.stack, "All", roles=[role], statements=everything)
    if how == "a policy by itself":
        document = iam.PolicyDocument(statements=everything)
        iam.CfnRolePolicy(bench.stack, "All", policy_name="All", role_name=role.role_name, policy_document=document)
    if how == "of another stack's role":  # which has the same logical id
        other = cdk.Stack(bench.app, "Other")
        twin = iam.Role(other, "Role", assumed_by=SAGEMAKER)
        iam.Policy(other, "All", roles=[twin], statements=everything)
    return role.without_policy_updates()


@pytest.mark.parametrize(
    "how",
    [
        "managed by the app",
        "managed by AWS",
        "managed, by its name",
        "managed, by its ARN",
        "beside it",
        "managed, and named there",
        "a policy by itself",
    ],
)
def test_a_role_of_the_app_that_is_granted_everything_elsewhere(bench: Bench, how: str) -> None:
    processing(pipeline(bench, default_job_role=fixed(bench, how)), "One")
    assert warned(bench) == []


@pytest.mark.parametrize("name", ["All", "Other"])
def test_a_managed_policy_by_its_name_is_read(bench: Bench, name: str) -> None:
    queues = [iam.PolicyStatement(actions=["sqs:*"], resources=["*"])]
    iam.ManagedPolicy(bench.stack, "All", managed_policy_name="All", statements=queues)
    arn = f"arn:aws:iam::111122223333:policy/{name}"
    managed = iam.ManagedPolicy.from_managed_policy_arn(bench.stack, "Found", arn)
    role = iam.Role(bench.stack, "Role", assumed_by=SAGEMAKER, managed_policies=[managed])
    processing(pipeline(bench, default_job_role=role.without_policy_updates()), "One")
    assert len(warned(bench)) == (name == "All")  # of the other nobody knows what it grants


@pytest.mark.parametrize("bucket", ["abalone-data", "other"])
@pytest.mark.parametrize("granted", ["name", "attribute"])
@pytest.mark.parametrize("used", ["name", "construct"])
def test_a_bucket_by_its_name(
    bench: Bench, capsys: pytest.CaptureFixture[str], bucket: str, granted: str, used: str
) -> None:
    data = s3.Bucket(bench.stack, "Data", bucket_name=bucket)
    arn = "arn:aws:s3:::abalone-data" if granted == "name" else data.bucket_arn
    role = iam.Role(bench.stack, "Role", assumed_by=SAGEMAKER)
    for actions, resource in ((["s3:*"], f"{arn}/*"), (["s3:*"], arn), (["logs:*", "cloudwatch:*", "ecr:*"], "*")):
        role.add_to_policy(iam.PolicyStatement(actions=actions, resources=[resource]))
    made = pipeline(bench, default_job_role=role.without_policy_updates())
    place = S3Location(data, "raw/") if used == "construct" else S3Location.from_uri("s3://abalone-data/raw/")
    processing(made, "One", inputs={"raw": place})
    meant = {"name": "abalone-data", "construct": bucket, "attribute": bucket}
    well = meant[granted] == meant[used]
    assert len(warned(bench)) == (not well)
    cli.main(["check", bench.app.synth().directory])
    assert ("not-granted" in capsys.readouterr().out) is not well


def key(bench: Bench, how: str, role: iam.IRole) -> kms.IKey:
    """A key whose policy allows the role, its account, or neither."""
    principals: dict[str, iam.IPrincipal] = {
        "role": iam.ArnPrincipal(role.role_arn),
        "account": iam.AccountRootPrincipal(),
        "neither": iam.ServicePrincipal("logs.amazonaws.com"),
    }
    statement = iam.PolicyStatement(actions=["kms:*"], resources=["*"], principals=[principals[how]])
    return kms.Key(bench.stack, "Key", policy=iam.PolicyDocument(statements=[statement]))


@pytest.mark.parametrize("how", ["role", "account", "neither"])
@pytest.mark.parametrize("allowed", [True, False])
def test_the_policy_of_a_key(bench: Bench, capsys: pytest.CaptureFixture[str], how: str, allowed: bool) -> None:
    actions = ["logs:*", "cloudwatch:*", "ecr:*", "s3:*", *(["kms:*"] if allowed else [])]
    role = iam.Role(bench.stack, "Role", assumed_by=SAGEMAKER)
    role.add_to_policy(iam.PolicyStatement(actions=actions, resources=["*"]))
    made = pipeline(bench, default_job_role=role.without_policy_updates())
    processing(made, "One", outputs=["o"], output_kms_key=key(bench, how, role))
    well = how == "role" or (how == "account" and allowed)
    assert len(warned(bench)) == (not well)
    cli.main(["check", bench.app.synth().directory])
    assert ("not-granted" in capsys.readouterr().out) is not well


def test_a_policy_of_another_role_grants_nothing(bench: Bench) -> None:
    processing(pipeline(bench, default_job_role=fixed(bench, "of another stack's role")), "One")
    assert len(warned(bench)) == 1


def test_a_deny_counts_whatever_a_managed_policy_grants(bench: Bench) -> None:
    role = fixed(bench, "managed by AWS")
    refusal = iam.PolicyStatement(effect=iam.Effect.DENY, actions=["logs:*"], resources=["*"])
    iam.Policy(bench.stack, "Refusal", statements=[refusal]).attach_to_role(bench.stack.node.find_child("Role"))  # type: ignore[arg-type]
    processing(pipeline(bench, default_job_role=role), "One")
    ((_, told),) = warned(bench)
    assert told == f"step 'One': CDK may not change the role Stack/Role, which lacks: {LOGS}" + told.partition(LOGS)[2]


def refusing(bench: Bench, resource: str | None = None, **options: Any) -> None:
    data = s3.Bucket(bench.stack, "Data")
    step = processing(pipeline(bench, **options), "One", inputs={"raw": S3Location(data, "raw/")})
    refusal = iam.PolicyStatement(
        effect=iam.Effect.DENY, actions=["s3:Get*"], resources=[resource or data.arn_for_objects("*")]
    )
    step.job_role.add_to_principal_policy(refusal)


@pytest.mark.parametrize("own", [True, False])
def test_a_deny_in_the_role(bench: Bench, own: bool) -> None:
    role = None if own else iam.Role(bench.stack, "Role", assumed_by=SAGEMAKER)
    refusing(bench, default_job_role=role)
    path = "Stack/Pipeline/One/JobRole" if own else "Stack/Role"
    objects = "arn:${AWS::Partition}:s3:::${Data}/raw/*"
    told = f"step 'One': a policy of the role {path} denies it: s3:GetObject on {objects}"
    assert warned(bench) == [("/Stack/Pipeline/One", told)]


def test_a_deny_of_something_else(bench: Bench) -> None:
    refusing(bench, "arn:aws:s3:::other/*")
    assert warned(bench) == []


def test_it_is_acknowledged_like_other_warnings(bench: Bench) -> None:
    refusing(bench)
    cdk.Validations.of(bench.stack).acknowledge(cdk.Acknowledgment(id=RULE, reason="on purpose"))
    assert warned(bench) == []


def test_a_role_without_policy_updates_gets_no_overflow_policy(bench: Bench) -> None:
    fixed = iam.Role.from_role_arn(bench.stack, "Known", KNOWN, mutable=False)
    made = pipeline(bench, default_job_role=fixed)
    for number in range(60):
        processing(made, f"Step{number}", inputs={"raw": f"s3://bucket-{number}/{'x' * 100}/"})
    assert bench.resources("AWS::IAM::ManagedPolicy") == {}
    assert len(warned(bench)) == 1


def test_the_command_reports_what_the_synthesis_reports(
    bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refusing(bench)
    assembly = bench.app.synth().directory
    assert cli.main(["check", "--strict", assembly]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert line.endswith(
        "Arguments.ProcessingInputs[0]: the role Stack/Pipeline/One/JobRole is not granted s3:GetObject on "
        "arn:${AWS::Partition}:s3:::${Data}/raw/*, denied in Stack/Pipeline/One/JobRole/DefaultPolicy"
    )
