"""Roles that are handed in and do not let their service in: a warning of the synthesis and of ``smpipe check``."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam

from cdk_sagemaker_pipelines import EMRServerlessStep, Image, JobStep, SparkSubmit, TrainingStep, cli
from tests.pipeline.support import Bench, pipeline, processing

SAGEMAKER, SERVERLESS = "sagemaker.amazonaws.com", "emr-serverless.amazonaws.com"


def role(bench: Bench, service: str, name: str = "Role") -> iam.Role:
    return iam.Role(bench.stack, name, assumed_by=iam.ServicePrincipal(service))


def told(bench: Bench, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The constructs that are warned, and the warnings; the command says as many."""
    directory = bench.app.synth().directory
    any_of = cdk.assertions.Match.string_like_regexp(r".*\[role-trust\].*")
    found = cdk.assertions.Annotations.from_stack(bench.stack).find_warning("*", any_of)
    cli.main(["check", directory])
    assert capsys.readouterr().out.count(": role-trust: warning: ") == len(found)
    return [f"{warning.id}: {str(warning.entry.data).partition(' [')[0]}" for warning in found]


def text(service: str) -> str:
    return f"the role Stack/Role does not let {service} take it; allow that sts:AssumeRole in its trust policy"


@pytest.mark.parametrize("fixed", [True, False])
def test_the_role_of_a_job(bench: Bench, capsys: pytest.CaptureFixture[str], fixed: bool) -> None:
    made = role(bench, "lambda.amazonaws.com")
    processing(pipeline(bench), "One", role=made.without_policy_updates() if fixed else made)
    assert told(bench, capsys) == [f"/Stack/Pipeline/One: step 'One': Arguments.RoleArn: {text(SAGEMAKER)}"]


def test_the_role_of_the_pipeline_and_of_all_jobs(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    made = role(bench, "lambda.amazonaws.com")
    processing(pipeline(bench, role=made, default_job_role=made), "One")
    assert told(bench, capsys) == [f"/Stack/Pipeline: {text(SAGEMAKER)}"]


def test_roles_that_let_sagemaker_in(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    processing(pipeline(bench, role=role(bench, SAGEMAKER), default_job_role=role(bench, SAGEMAKER, "Job")), "One")
    assert told(bench, capsys) == []


def test_roles_that_are_made_here(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    processing(pipeline(bench), "One")
    assert told(bench, capsys) == []


def test_a_role_that_exists_already(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    known = iam.Role.from_role_arn(bench.stack, "Known", "arn:aws:iam::111122223333:role/Known")
    processing(pipeline(bench, role=known), "One", role=known)
    assert told(bench, capsys) == []


@pytest.mark.parametrize("service", [SAGEMAKER, SERVERLESS])
def test_the_role_of_a_job_on_emr_serverless(bench: Bench, capsys: pytest.CaptureFixture[str], service: str) -> None:
    driver = SparkSubmit("s3://code/count.py")
    EMRServerlessStep(pipeline(bench), "One", application_id="00f1", driver=driver, role=role(bench, service))
    where = "/Stack/Pipeline/One: step 'One': Arguments.ExecutionRoleArn: "
    assert told(bench, capsys) == ([] if service == SERVERLESS else [where + text(SERVERLESS)])


@pytest.mark.parametrize("tags", [True, False], ids=["tags", "no-tags"])
def test_the_role_of_a_job_of_the_services_own(bench: Bench, capsys: pytest.CaptureFixture[str], tags: bool) -> None:
    service = iam.ServicePrincipal("job.sagemaker.amazonaws.com")
    made = iam.Role(bench.stack, "Role", assumed_by=service.with_session_tags() if tags else service)
    document = {"OutputDataConfig": {"S3OutputPath": "s3://b/out/"}}
    JobStep(
        pipeline(bench),
        "One",
        category="AgentRFT",
        schema_version="1.0.0",
        document=document,
        role=made,
    )
    where = "/Stack/Pipeline/One: step 'One': Arguments.RoleArn: the role Stack/Role does not let"
    lacking = f"{where} job.sagemaker.amazonaws.com tag its sessions; allow that sts:TagSession in its trust policy"
    assert told(bench, capsys) == ([] if tags else [lacking])


@pytest.mark.parametrize("tags", [True, False], ids=["tags", "no-tags"])
def test_a_training_that_chains_sessions(bench: Bench, capsys: pytest.CaptureFixture[str], tags: bool) -> None:
    service = iam.ServicePrincipal(SAGEMAKER)
    made = iam.Role(bench.stack, "Role", assumed_by=service.with_session_tags() if tags else service)
    TrainingStep(
        pipeline(bench),
        "One",
        image=Image.xgboost("1.7-1"),
        instance_type="ml.m5.large",
        role=made,
        overrides={"SessionChainingConfig": {"EnableSessionTagChaining": True}},
    )
    where = "/Stack/Pipeline/One: step 'One': Arguments.SessionChainingConfig: the role Stack/Role does not let"
    lacking = f"{where} {SAGEMAKER} tag its sessions; allow that sts:TagSession in its trust policy"
    assert told(bench, capsys) == ([] if tags else [lacking])
    assert "sts:TagSession there" not in str(bench.app.synth().get_stack_by_name("Stack").messages)
