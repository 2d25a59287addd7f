"""``acknowledge_wildcards`` acknowledges all that cdk-nag finds, however a bucket in another stack is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_pipelines import Image, Pipeline, ProcessingStep, S3Location
from cdk_sagemaker_pipelines.iam.nag import flat

cdk_nag = pytest.importorskip("cdk_nag")

ARN = "arn:<AWS::Partition>:s3:::"
NAMED = {
    "strong": "Base:ExportsOutputRefData666C94C774A46B8E",
    "weak": '{"Fn::GetStackOutput":{"StackName":"Base","Region":"eu-west-1","OutputName":'
    '"PublishOutputRefData666C94C7B7015AE8"}}',
}
"""The name that cdk-nag gives the bucket in the other stack, by the strength of CDK's references between stacks."""


def app_of(folder: Path, strength: str, *, told: bool) -> cdk.App:
    """A pipeline that reads from buckets in other stacks, one step each, with its own role and with a given one."""
    context = {"@aws-cdk/core:defaultCrossStackReferences": strength}
    app = cdk.App(outdir=str(folder), analytics_reporting=False, context=context)
    env = cdk.Environment(account="111122223333", region="eu-west-1")
    base, stack = cdk.Stack(app, "Base", env=env), cdk.Stack(app, "Two", env=env)
    nested = cdk.NestedStack(stack, "Nested")
    logs = s3.Bucket.from_bucket_name(base, "Logs", "logs")

    def bucket(scope: cdk.Stack) -> s3.Bucket:
        return s3.Bucket(scope, "Data", enforce_ssl=True, server_access_logs_bucket=logs)

    def of_arn(name: str, arn: str) -> s3.IBucket:
        return s3.Bucket.from_bucket_arn(stack, name, arn)

    buckets: dict[str, s3.IBucket] = {
        "Other": bucket(base),
        "Nested": bucket(nested),
        "Arn": of_arn("FromArn", cdk.Fn.import_value("DataArn")),
        "Name": s3.Bucket.from_bucket_name(stack, "FromName", cdk.Fn.import_value("DataName")),
        "Sub": s3.Bucket.from_bucket_name(stack, "FromSub", cdk.Fn.sub("data-${AWS::Region}")),
        "Weak": of_arn("FromWeak", cdk.Fn.get_stack_output("Far", "DataArn")),
    }
    given = iam.Role(stack, "Given", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    for scope, roles in ((stack, [None, given]), (nested, [None])):
        pipeline = Pipeline(scope, "Pipeline", artifacts=S3Location.from_uri("s3://artifacts/"))
        if told:
            pipeline.acknowledge_wildcards()
        for role in roles:
            for name, data in buckets.items():
                ProcessingStep(
                    pipeline, name if role is None else f"{name}Given", role=role,
                    image=Image.sklearn("1.2-1"), instance_type="ml.m5.large", inputs={"raw": S3Location(data, "raw/")},
                )  # fmt: skip
    cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app))
    return app


def violations(folder: Path) -> set[tuple[str, str]]:
    report = json.loads((folder / "validation-report.json").read_text(encoding="utf-8"))
    return {
        (one["constructPath"], violation["ruleName"])
        for plugin in report["pluginReports"]
        for violation in plugin["violations"]
        for one in violation["violatingConstructs"]
    }


@pytest.mark.parametrize("strength", NAMED)
def test_cdk_nag_has_no_findings_left(tmp_path: Path, strength: str) -> None:
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app_of(tmp_path / "silent", strength, told=False).synth()
    found = violations(tmp_path / "silent")
    of_other = f"AwsSolutions-IAM5[Resource::{ARN}{NAMED[strength]}/raw/*]"
    assert ("Two/Pipeline/Other/JobRole/Resource", of_other) in found
    assert {path.split("/")[1] for path, _ in found} == {"Pipeline", "Given", "Nested"}
    app_of(tmp_path / "told", strength, told=True).synth()


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ({"Ref": "Data"}, "<Data>"),
        ({"Fn::GetAtt": ["Data", "Arn"]}, "<Data.Arn>"),
        ({"Fn::ImportValue": "Base:Arn"}, "Base:Arn"),
        ({"Fn::ImportValue": {"Fn::Sub": "${Base}-Arn"}}, "<Base>-Arn"),
        ({"Fn::Sub": ["${A}/*", {"A": {"Ref": "Data"}}]}, '["${A}/*",{"A":{"Ref":"Data"}}]'),
        ({"Fn::Join": ["-", ["a", {"Fn::Split": ["/", "é"]}]]}, 'a-{"Fn::Split":["/","é"]}'),
        ("arn:${aws:userid}/*", "arn:<aws:userid>/*"),
    ],
)
def test_a_value_has_the_name_that_cdk_nag_gives_it(value: Any, name: str) -> None:
    assert flat(value) == name
