"""The roles of a synthesized pipeline: whose they are, whom they trust, and that they fit IAM's limits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_pipelines import FailStep, PipelineError, S3Location
from cdk_sagemaker_pipelines.iam import nag
from tests.pipeline.support import Bench, pipeline, processing


def _roles(bench: Bench) -> dict[str, Any]:
    return {name: role["Properties"] for name, role in bench.resources("AWS::IAM::Role").items()}


def _text(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"Fn::Join"}:
        return "".join(_text(part) for part in value["Fn::Join"][1])
    if isinstance(value, dict):
        return f"<{next(iter(value.values()))}>"
    return value


def test_the_pipelines_role_trusts_its_own_executions_only(bench: Bench) -> None:
    FailStep(pipeline(bench, pipeline_name="Nightly"), "Stop")
    (role,) = _roles(bench).values()
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "sagemaker.amazonaws.com"}
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": "111122223333"}
    assert [_text(arn) for arn in statement["Condition"]["ArnLike"]["aws:SourceArn"]] == [
        "arn:<AWS::Partition>:sagemaker:eu-west-1:111122223333:pipeline/Nightly/*",
        "arn:<AWS::Partition>:sagemaker:eu-west-1:111122223333:pipeline/nightly/*",
    ]
    assert "Policies" not in role  # a Fail step needs nothing


def test_each_job_has_a_role_of_its_own_that_trusts_its_kind_of_job(bench: Bench) -> None:
    made = pipeline(bench)
    for name in ("One", "Two"):
        processing(made, name)
    roles = _roles(bench)
    assert len(roles) == 3
    (statement,) = next(role for name, role in roles.items() if "One" in name)["AssumeRolePolicyDocument"]["Statement"]
    assert _text(statement["Condition"]["ArnLike"]["aws:SourceArn"]) == (
        "arn:<AWS::Partition>:sagemaker:eu-west-1:111122223333:processing-job/*"
    )


def test_a_given_role_gets_the_permissions_besides_its_own(bench: Bench) -> None:
    shared = iam.Role(bench.stack, "Shared", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    bucket = s3.Bucket(bench.stack, "Data")
    made = pipeline(bench, default_job_role=shared)
    processing(made, "One", inputs={"raw": S3Location(bucket, "raw/")})
    (policy,) = bench.resources("AWS::IAM::Policy").values()
    actions = [statement["Action"] for statement in policy["Properties"]["PolicyDocument"]["Statement"]]
    assert "s3:GetObject" in actions
    assert policy["Properties"]["Roles"] == [{"Ref": next(name for name in _roles(bench) if "Shared" in name)}]


def test_a_role_that_cdk_must_not_change_is_left_alone(bench: Bench) -> None:
    role = iam.Role.from_role_arn(bench.stack, "Known", "arn:aws:iam::111122223333:role/Known", mutable=False)
    processing(pipeline(bench, default_job_role=role, role=role), "One")
    assert bench.resources("AWS::IAM::Policy") == {}
    assert _roles(bench) == {}


def test_many_roles_to_pass_go_into_managed_policies_too(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    made = pipeline(bench)
    for number in range(150):
        processing(made, f"Step{number}")
    policies = bench.resources("AWS::IAM::ManagedPolicy")
    pipeline_role = next(name for name in _roles(bench) if name.startswith("PipelineRole"))
    assert policies
    passed = []
    documents = [policy["Properties"]["PolicyDocument"] for policy in policies.values()]
    documents += [policy["PolicyDocument"] for policy in _roles(bench)[pipeline_role]["Policies"]]
    for document in documents:
        for statement in document["Statement"]:
            if statement["Action"] == "iam:PassRole":
                passed += statement["Resource"]
    assert len(passed) == len({str(role) for role in passed}) == 150
    for policy in policies.values():
        assert policy["Properties"]["Roles"] == [{"Ref": pipeline_role}]


def test_a_buckets_key_is_granted_with_it(bench: Bench) -> None:
    bucket = s3.Bucket(bench.stack, "Data", encryption=s3.BucketEncryption.KMS)
    made = pipeline(bench, artifacts=bucket)
    processing(made, "One", inputs={"raw": S3Location(bucket, "raw/")}, outputs=["out"])
    (role,) = [role for name, role in _roles(bench).items() if "One" in name]
    keyed = [
        statement
        for statement in role["Policies"][0]["PolicyDocument"]["Statement"]
        if "kms:Decrypt" in statement["Action"]
    ]
    (key,) = bench.resources("AWS::KMS::Key")
    assert [(s["Action"], s["Resource"]) for s in keyed] == [
        (["kms:Decrypt", "kms:GenerateDataKey"], {"Fn::GetAtt": [key, "Arn"]})
    ]


def _policies_of(bench: Bench, role: str) -> list[dict[str, Any]]:
    held = [
        policy["Properties"]
        for kind in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
        for policy in bench.resources(kind).values()
    ]
    return [policy["PolicyDocument"] for policy in held if any(role in str(name) for name in policy["Roles"])]


def _shared(bench: Bench, steps: int) -> list[dict[str, Any]]:
    bucket = s3.Bucket(bench.stack, "Data")
    shared = iam.Role(bench.stack, "Shared", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    made = pipeline(bench, artifacts=bucket, default_job_role=shared)
    source: Any = S3Location(bucket, "raw/")
    for number in range(steps):
        source = processing(made, f"Step{number}", inputs={"in": source}, outputs=["out"]).output("out")
    return _policies_of(bench, "Shared")


def test_a_shared_role_of_many_steps_stays_within_iams_limits(tmp_path: Path) -> None:
    documents = _shared(Bench(tmp_path), 60)
    assert 1 < len(documents) <= 10
    written = json.dumps(documents)
    for number in range(60):
        assert f"/Step{number}/output/out/*" in written
    for document in documents:
        assert len(json.dumps(_flat(document), separators=(",", ":"))) <= 6144


def test_a_shared_role_of_very_many_steps_gets_the_pipelines_own_outputs(tmp_path: Path) -> None:
    documents = _shared(Bench(tmp_path), 400)
    assert len(documents) <= 10
    written = json.dumps(documents)
    assert "/Stack-Pipeline/*" in written
    assert "Step399" not in written
    assert "/raw/*" in written  # what is not the pipeline's own stays as narrow as it was


def _flat(value: Any) -> Any:
    """A document as IAM will see it, with a name of typical length for each reference."""
    if isinstance(value, dict) and set(value) == {"Fn::Join"}:
        return "".join(_flat(part) for part in value["Fn::Join"][1])
    if isinstance(value, dict) and set(value) <= {"Ref", "Fn::GetAtt"}:
        return "x" * 60
    if isinstance(value, dict):
        return {key: _flat(item) for key, item in value.items()}
    return [_flat(item) for item in value] if isinstance(value, list) else value


def test_an_old_cdk_takes_no_acknowledgments(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nag, "version", lambda name: "2.268.1")
    made = pipeline(bench)
    with pytest.raises(PipelineError, match=r"needs aws-cdk-lib 2\.269 or newer; found is 2\.268\.1"):
        made.acknowledge_wildcards()
