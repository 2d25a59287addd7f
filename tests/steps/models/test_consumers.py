"""Other accounts that use the versions of a group: who lets them in, and what nobody can open."""

# mypy: disable-error-code="arg-type"

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_pipelines import (
    Image,
    ModelPackageGroup,
    Parameter,
    Pipeline,
    PipelineError,
    RegisterModelStep,
    S3Location,
    TrainingStep,
)
from tests.pipeline.support import ACCOUNT, REGION, Bench

PROD, AUDIT = "444455556666", "777788889999"
XGBOOST = Image.xgboost("1.7-1")


def root(account: str) -> Any:
    return {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, f":iam::{account}:root"]]}


class Registry(Bench):
    """A pipeline that trains a model, and a group with a consumer."""

    def __init__(self, folder: Path, artifacts: Any = None, key: Any = None, **group: Any) -> None:
        super().__init__(folder)
        self.group = ModelPackageGroup(
            self.stack, "Models", model_package_group_name="Abalone", **{"consumers": [PROD], **group}
        )
        self.pipeline = Pipeline(self.stack, "Pipeline", pipeline_name="P", artifacts=artifacts)
        self.train = TrainingStep(
            self.pipeline, "Train", image=XGBOOST, instance_type="ml.m5.xlarge", output_kms_key=key
        )  # fmt: skip

    def register(self, name: str = "Register", **fields: Any) -> RegisterModelStep:
        given = {"image": XGBOOST, "model_data": self.train.model_artifacts, **fields}
        return RegisterModelStep(self.pipeline, name, model_package_group=self.group, **given)

    def opened(self, resource_type: str, policy: str) -> list[Any]:
        """The statements for the consumer in the policies of a type."""
        documents = [each["Properties"].get(policy, {}) for each in self.resources(resource_type).values()]
        found = [one for document in documents for one in document.get("Statement", ())]
        return [one for one in found if PROD in json.dumps(one["Principal"])]

    def warnings(self) -> list[str]:
        messages = self.app.synth().get_stack_by_name("Stack").messages
        return [str(each.entry.data) for each in messages if "[consumers]" in str(each.entry.data)]


def test_consumers_may_see_versions_and_make_models_of_them(tmp_path: Path) -> None:
    registry = Registry(tmp_path, consumers=[PROD, AUDIT, PROD])
    registry.register()
    (policy,) = (
        each["Properties"]["ModelPackageGroupPolicy"]["Statement"]
        for each in registry.resources("AWS::SageMaker::ModelPackageGroup").values()
    )

    def arns(kind: str, end: str = "") -> list[Any]:
        place = f":sagemaker:{REGION}:{ACCOUNT}:{kind}"
        parts = (f"{place}/{name}{end}" for name in ("Abalone", "abalone"))
        return [{"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, part]]} for part in parts]

    both = {"Effect": "Allow", "Principal": {"AWS": [root(PROD), root(AUDIT)]}}
    assert policy == [
        {**both, "Action": "sagemaker:DescribeModelPackageGroup", "Resource": arns("model-package-group")},
        {
            **both,
            "Action": ["sagemaker:CreateModel", "sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"],
            "Resource": arns("model-package", "/*"),
        },
    ]


def test_the_policy_of_the_user_is_kept(tmp_path: Path) -> None:
    own = iam.PolicyStatement(
        actions=["sagemaker:UpdateModelPackage"], principals=[iam.AccountPrincipal(AUDIT)], resources=["*"]
    )
    registry = Registry(tmp_path, resource_policy=iam.PolicyDocument(statements=[own]))
    registry.register()
    (group,) = registry.resources("AWS::SageMaker::ModelPackageGroup").values()
    actions = [one["Action"] for one in group["Properties"]["ModelPackageGroupPolicy"]["Statement"]]
    assert actions[:2] == ["sagemaker:UpdateModelPackage", "sagemaker:DescribeModelPackageGroup"]


def test_the_bucket_lets_them_read_the_models_and_nothing_else(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    registry.register()
    (statement,) = registry.opened("AWS::S3::BucketPolicy", "PolicyDocument")
    assert statement["Action"] == "s3:GetObject"
    assert statement["Principal"] == {"AWS": root(PROD)}
    assert statement["Resource"]["Fn::Join"][1][-1] == "/P/*/Train/*/output/model.tar.gz"
    assert "Condition" not in statement
    assert registry.warnings() == []


def test_the_key_lets_them_decrypt_and_nothing_else(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    key = kms.Key(registry.stack, "Key")
    bucket = s3.Bucket(registry.stack, "Bucket", encryption_key=key)
    pipeline = Pipeline(registry.stack, "Other", artifacts=bucket)
    train = TrainingStep(
        pipeline, "Train", image=XGBOOST, instance_type="ml.m5.xlarge", output_kms_key=key
    )  # fmt: skip
    RegisterModelStep(
        pipeline, "Register", image=XGBOOST, model_data=train.model_artifacts, model_package_group=registry.group
    )
    registry.register()
    (statement,) = registry.opened("AWS::KMS::Key", "KeyPolicy")
    assert (statement["Action"], statement["Resource"]) == ("kms:Decrypt", "*")


def test_the_repository_lets_them_pull(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    repository = ecr.Repository(registry.stack, "Images")
    registry.register(image=Image.from_ecr_repository(repository, "v1"))
    (statement,) = registry.opened("AWS::ECR::Repository", "RepositoryPolicyText")
    assert statement["Action"] == [
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:GetDownloadUrlForLayer",
    ]
    assert registry.warnings() == []


def test_what_the_app_does_not_create_gets_the_statement_in_a_warning(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    repository = ecr.Repository.from_repository_name(registry.stack, "Images", "images")
    registry.register(image=Image.from_ecr_repository(repository, "v1"), model_data="s3://central/m/model.tar.gz")
    of_repository, of_bucket, of_key = sorted(registry.warnings())
    assert "the bucket central is not created by the app; its policy needs " in of_bucket
    statement, _ = json.JSONDecoder().raw_decode(of_bucket[of_bucket.index("{") :])
    assert statement == {
        "Action": "s3:GetObject",
        "Effect": "Allow",
        "Resource": "arn:${AWS::Partition}:s3:::central/m/model.tar.gz",
        "Principal": {"AWS": [f"arn:${{AWS::Partition}}:iam::{PROD}:root"]},
    }
    assert "ecr:BatchGetImage" in of_repository
    assert '"Resource"' not in of_repository
    assert "the key of the bucket 'central' is not given anywhere in the app, so that it cannot be opened" in of_key


def test_models_of_which_the_place_is_not_known_are_told(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    registry.register(model_data=Parameter.string("Model"))
    (warning,) = registry.warnings()
    assert "the bucket is only known at run time, so that it cannot be opened to '444455556666'" in warning


@pytest.mark.parametrize("place", ["bucket", "alias"])
def test_a_key_of_aws_is_refused(tmp_path: Path, place: str) -> None:
    registry = Registry(tmp_path)
    bucket: s3.IBucket
    if place == "bucket":
        bucket = s3.Bucket(registry.stack, "Bucket", encryption=s3.BucketEncryption.KMS_MANAGED)
    else:
        key = kms.Alias.from_alias_name(registry.stack, "Key", "alias/aws/s3")
        bucket = s3.Bucket.from_bucket_attributes(
            registry.stack, "Bucket", bucket_name="central", encryption_key=key
        )  # fmt: skip
    registry.register(model_data=S3Location(bucket, "model.tar.gz"))
    (error,) = (line for line in registry.errors() if "[consumers]" in line)
    assert "which no other account can use; encrypt the models with a key of yours" in error


def test_a_group_without_consumers_opens_nothing(tmp_path: Path) -> None:
    registry = Registry(tmp_path, consumers=[])
    registry.register(model_data="s3://central/m/model.tar.gz")
    assert registry.opened("AWS::S3::BucketPolicy", "PolicyDocument") == []
    assert registry.warnings() == []


@pytest.mark.parametrize(
    ("consumers", "told"),
    [
        (PROD, "consumers takes a list of the numbers of accounts, not '444455556666'"),
        ([1], "consumers: the number of an account has 12 digits, found 1"),
        (["4444"], "consumers: the number of an account has 12 digits, found '4444'"),
        ([ACCOUNT], f"consumers: {ACCOUNT} is the account of the group itself; its roles need no entry"),
    ],
    ids=["text", "number", "short", "own"],
)
def test_what_is_refused(tmp_path: Path, consumers: Any, told: str) -> None:
    stack = cdk.Stack(cdk.App(outdir=str(tmp_path)), "Stack", env=cdk.Environment(account=ACCOUNT, region=REGION))
    with pytest.raises(PipelineError) as error:
        ModelPackageGroup(stack, "Models", consumers=consumers)
    assert str(error.value) == f"ModelPackageGroup 'Stack/Models': {told}"
