"""Explanations of roles that others grant permissions to as well, that are in other stacks, or elsewhere."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_sagemaker_pipelines import Parameter, Pipeline, S3Location
from cdk_sagemaker_pipelines.review.explain import access as review
from cdk_sagemaker_pipelines.review.explain.reasons import Allowed
from cdk_sagemaker_pipelines.review.explain.reasons import Pipeline as Explainable
from cdk_sagemaker_pipelines.review.explain.roles import Roles
from cdk_sagemaker_pipelines.review.explain.text import name, text
from cdk_sagemaker_pipelines.review.reading.files import contents
from cdk_sagemaker_pipelines.review.reading.stacks import Template, linked, shown
from tests.pipeline.support import ENVIRONMENT, Bench, pipeline, processing

MINIMIZED = "@aws-cdk/aws-iam:minimizePolicies"


def explained(app: cdk.App) -> review.Explanation:
    """The explanation of the only pipeline of the app."""
    directory = Path(app.synth().directory)
    stacks = linked([content for content in contents(directory) if isinstance(content, Template)])
    pipelines = [each for each in review.of_stacks(stacks) if isinstance(each, Explainable)]
    (explanation,) = review.explain(pipelines, Roles(stacks))
    return explanation


def rows(role: review.Explained) -> list[tuple[str, str, str]]:
    """Where each action on each resource comes from."""
    return [(action, shown(row.resource), row.origin) for row in role.allowed for action in row.actions]


def missing(explanation: review.Explanation) -> list[Allowed]:
    return [row for role in explanation.roles for row in role.missing]


def grown(scope: Construct) -> iam.Role:
    return iam.Role(scope, "Shared", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))


def test_grants_in_code_are_reported_as_such(bench: Bench) -> None:
    made = pipeline(bench)
    mine = s3.Bucket(bench.stack, "Mine")
    step = processing(made, "Job", inputs={"raw": S3Location(s3.Bucket(bench.stack, "Data"), "raw/")})
    mine.grant_read(step.job_role)
    explanation = explained(bench.app)
    job = explanation.roles[1]
    foreign = [(row.actions, shown(row.resource)) for row in job.allowed if row.origin == "granted"]
    read = ("s3:GetObject*", "s3:GetBucket*", "s3:List*")
    assert foreign == [(read, "${Mine.Arn}"), (read, "${Mine.Arn}/*")]
    assert "      not derived, granted in Stack/Pipeline/Job/JobRole/DefaultPolicy" in text(explanation, width=400)
    assert missing(explanation) == []


@pytest.mark.parametrize("made", [iam.Role, iam.CfnRole])
def test_a_role_that_is_imported_again_by_its_arn(bench: Bench, made: type[iam.Role | iam.CfnRole]) -> None:
    if made is iam.Role:
        arn = grown(bench.stack).role_arn
    else:
        document = {"Statement": {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}}}
        arn = iam.CfnRole(bench.stack, "Shared", assume_role_policy_document=document).attr_arn
    processing(pipeline(bench), "Job", role=iam.Role.from_role_arn(bench.stack, "Again", arn))
    explanation = explained(bench.app)
    assert explanation.roles[1].allowed
    assert missing(explanation) == []


@pytest.mark.parametrize("minimized", [False, True])
def test_a_given_role_that_has_more(tmp_path: Path, minimized: bool) -> None:
    bench = Bench(tmp_path)
    bench.stack.node.set_context(MINIMIZED, minimized)
    shared, data = grown(bench.stack), s3.Bucket(bench.stack, "Data")
    made = pipeline(bench, default_job_role=shared)
    for number in range(3):
        processing(made, f"Job{number}", inputs={"raw": S3Location(data, f"raw{number}/")})
    shared.add_to_principal_policy(
        iam.PolicyStatement(actions=["s3:GetObject"], resources=[data.arn_for_objects("mine/*")])
    )
    explanation = explained(bench.app)
    found = rows(explanation.roles[1])
    # CDK joins the bucket's ARN where the definition has its name
    assert ("s3:GetObject", "${Data.Arn}/mine/*", "granted") in found
    assert [row for row in found if row[2] != "derived"] == [("s3:GetObject", "${Data.Arn}/mine/*", "granted")]
    for number in range(3):
        assert ("s3:GetObject", f"arn:${{AWS::Partition}}:s3:::${{Data}}/raw{number}/*", "derived") in found
    assert missing(explanation) == []


def test_data_roles_and_keys_of_other_stacks(tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path), analytics_reporting=False)
    other = cdk.Stack(app, "Other", env=ENVIRONMENT)
    key = kms.Key(other, "Key")
    data = s3.Bucket(other, "Data", encryption=s3.BucketEncryption.KMS, encryption_key=key)
    shared = grown(other)
    stack = cdk.Stack(app, "Stack", env=ENVIRONMENT)
    made = Pipeline(stack, "Pipeline", default_job_role=shared)
    processing(made, "Job", inputs={"raw": S3Location(data, "raw/")})
    explanation = explained(app)
    job = explanation.roles[1]
    assert name(job.role) == "Other/Shared"
    assert ("kms:Decrypt", "${Key.Arn}", "derived") in rows(job)
    assert [row for row in rows(job) if row[2] != "derived"] == []
    assert missing(explanation) == []


def test_a_role_of_a_nested_stack(tmp_path: Path) -> None:
    as_the_cli = {"aws:cdk:enable-asset-metadata": True, "aws:cdk:enable-path-metadata": True}
    app = cdk.App(outdir=str(tmp_path), analytics_reporting=False, context=as_the_cli)
    stack = cdk.Stack(app, "Stack", env=ENVIRONMENT)
    nested = cdk.NestedStack(stack, "Nested")
    shared = grown(stack)
    made = Pipeline(nested, "Pipeline", default_job_role=shared)
    processing(made, "Job", inputs={"raw": S3Location(s3.Bucket(nested, "Data"), "raw/")})
    explanation = explained(app)
    assert [name(role.role) for role in explanation.roles] == ["Stack/Nested/Pipeline/Role", "Stack/Shared"]
    assert {row[2] for role in explanation.roles for row in rows(role)} == {"derived"}
    assert missing(explanation) == []


def test_an_existing_role(bench: Bench) -> None:
    exists = iam.Role.from_role_arn(bench.stack, "Exists", f"arn:aws:iam::{ENVIRONMENT.account}:role/team/exists")
    processing(pipeline(bench, default_job_role=exists), "Job")
    explanation = explained(bench.app)
    job = explanation.roles[1]
    assert name(job.role) == "arn:aws:iam::111122223333:role/team/exists"
    assert {row[2] for row in rows(job)} == {"derived"}
    assert missing(explanation) == []


def test_a_role_that_cdk_must_not_change(bench: Bench) -> None:
    exists = iam.Role.from_role_arn(bench.stack, "Exists", "arn:aws:iam::111122223333:role/fixed", mutable=False)
    processing(pipeline(bench, default_job_role=exists), "Job")
    job = explained(bench.app).roles[1]
    assert job.allowed == []
    assert "logs:PutLogEvents" in [action for row in job.missing for action in row.actions]


def test_a_shared_role_of_very_many_steps_has_more_than_each_needs(bench: Bench) -> None:
    made = pipeline(bench, default_job_role=grown(bench.stack))
    for number in range(400):
        processing(made, f"Step{number}", outputs=["out"])
    explanation = explained(bench.app)
    (written,) = [row for row in explanation.roles[1].allowed if "s3:PutObject" in row.actions]
    assert written.origin == "wider"
    assert len(written.reasons) == 400
    assert missing(explanation) == []


def test_a_large_definition_in_s3(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cdk_sagemaker_pipelines.synthesis.body.INLINE_LIMIT", 100)
    made = pipeline(bench)
    data = s3.Bucket(bench.stack, "Data")
    processing(made, "Job", inputs={"raw": S3Location(data, "raw/")})
    explanation = explained(bench.app)
    job = explanation.roles[1]
    assert ("s3:GetObject", "arn:${AWS::Partition}:s3:::${Data}/raw/*", "derived") in rows(job)
    assert {row[2] for role in explanation.roles for row in rows(role)} == {"derived"}
    assert missing(explanation) == []


def test_what_is_only_known_at_run_time(bench: Bench) -> None:
    processing(pipeline(bench), "Job", inputs={"raw": Parameter.string("Raw")})
    job = explained(bench.app).roles[1]
    assert [(need.actions, need.unknown, need.reason.field, need.sources) for need in job.undecided] == [
        (("s3:GetObject", "s3:ListBucket"), "bucket", "ProcessingInputs[0]", ("Parameters.Raw",))
    ]
