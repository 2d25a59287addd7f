"""A pipeline that uses resources of other stacks, with each kind of reference that CDK writes between stacks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_pipelines import Image, Pipeline, ProcessingStep, S3Location
from cdk_sagemaker_pipelines.language import Definition
from cdk_sagemaker_pipelines.review.check.text import checked
from cdk_sagemaker_pipelines.review.explain.access import explain, of_stacks
from cdk_sagemaker_pipelines.review.explain.reasons import Pipeline as Explainable
from cdk_sagemaker_pipelines.review.explain.roles import Roles
from cdk_sagemaker_pipelines.review.reading.files import Found, contents, definitions
from cdk_sagemaker_pipelines.review.reading.stacks import Template, linked, shown


@dataclass
class Read:
    """What the tools read from the app: every definition, what is found in it, and what its roles may do."""

    definitions: dict[str, Definition]
    findings: list[str]
    allowed: set[tuple[str, ...]]
    """Pipeline, role, resource, whether it is derived, and the actions."""
    missing: list[Any]


@pytest.fixture(scope="module", params=["strong", "weak"])
def found(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Read:
    folder = tmp_path_factory.mktemp(request.param)
    context = {"@aws-cdk/core:defaultCrossStackReferences": request.param, "aws:cdk:enable-asset-metadata": True}
    app = cdk.App(outdir=str(folder), analytics_reporting=False, context=context)
    stage = cdk.Stage(app, "Dev", env=cdk.Environment(account="111122223333", region="eu-west-1"))
    base, user = cdk.Stack(stage, "Base"), cdk.Stack(stage, "User")
    key = kms.Key(base, "Key")
    data = s3.Bucket(base, "Data", encryption_key=key)
    role = iam.Role(base, "Job", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    for scope in (user, cdk.NestedStack(user, "Nested")):
        pipeline = Pipeline(scope, "P", artifacts=S3Location.from_uri("s3://artifacts/"), pipeline_name=scope.node.id)
        for name, given in (("Own", None), ("Given", role)):
            ProcessingStep(
                pipeline, name, role=given,
                image=Image.sklearn("1.2-1"), instance_type="ml.m5.large", inputs={"raw": S3Location(data, "raw/")},
            )  # fmt: skip
    app.synth()
    read = contents(folder)
    stacks = linked([each for each in read if isinstance(each, Template)])
    told = [each for each in definitions(read, "cdk.out") if isinstance(each, Found)]
    explanations = explain([each for each in of_stacks(stacks) if isinstance(each, Explainable)], Roles(stacks))
    of_roles = [(each.pipeline.name, role) for each in explanations for role in each.roles]
    return Read(
        {each.name: each.definition for each in told},
        [str(finding) for each in told for finding in checked(each).findings],
        {
            (name, shown(role.role.arn), shown(row.resource), row.origin, *row.actions)
            for name, role in of_roles
            for row in role.allowed
        },
        [row for _, role in of_roles for row in role.missing],
    )


def test_a_definition_names_what_is_in_the_other_stack(found: Read) -> None:
    for name in ("User", "Nested"):
        arguments = found.definitions[name].step("Given").arguments
        assert arguments["RoleArn"] == "${Token[Dev-Base:Job.Arn]}"
        assert arguments["ProcessingInputs"][0]["S3Input"]["S3Uri"] == "s3://${Token[Dev-Base:Data]}/raw/"
    assert found.findings == []


def test_each_permission_has_its_field_even_in_the_role_of_another_stack(found: Read) -> None:
    assert found.missing == []
    assert {row[3] for row in found.allowed} == {"derived"}
    for name, role in (("User", "${POwnJobRole.Arn}"), ("User", "${Job.Arn}"), ("Nested", "${Job.Arn}")):
        objects = "arn:${AWS::Partition}:s3:::${Data}/raw/*"
        assert (name, role, objects, "derived", "s3:GetObject") in found.allowed
        assert (name, role, "${Key.Arn}", "derived", "kms:Decrypt") in found.allowed
