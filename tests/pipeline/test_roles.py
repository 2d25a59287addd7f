"""The roles of a synthesized pipeline: whose they are, whom they trust, and that they hold together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_pipelines import FailStep, S3Prefix
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


def test_a_role_that_was_given_gets_the_permissions_beside_its_own(bench: Bench) -> None:
    shared = iam.Role(bench.stack, "Shared", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    bucket = s3.Bucket(bench.stack, "Data")
    made = pipeline(bench, default_job_role=shared)
    processing(made, "One", inputs={"raw": S3Prefix(bucket, "raw/")})
    (policy,) = bench.resources("AWS::IAM::Policy").values()
    actions = [statement["Action"] for statement in policy["Properties"]["PolicyDocument"]["Statement"]]
    assert "s3:GetObject" in actions
    assert policy["Properties"]["Roles"] == [{"Ref": next(name for name in _roles(bench) if "Shared" in name)}]


def test_a_role_that_cdk_may_not_change_stays_as_it_is(bench: Bench) -> None:
    role = iam.Role.from_role_arn(bench.stack, "Known", "arn:aws:iam::111122223333:role/Known", mutable=False)
    processing(pipeline(bench, default_job_role=role, role=role), "One")
    assert bench.resources("AWS::IAM::Policy") == {}
    assert _roles(bench) == {}


def test_many_roles_to_pass_go_into_managed_policies_as_well(tmp_path: Path) -> None:
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


def test_a_buckets_key_is_granted_along(bench: Bench) -> None:
    bucket = s3.Bucket(bench.stack, "Data", encryption=s3.BucketEncryption.KMS)
    made = pipeline(bench, artifacts=bucket)
    processing(made, "One", inputs={"raw": S3Prefix(bucket, "raw/")}, outputs=["out"])
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
