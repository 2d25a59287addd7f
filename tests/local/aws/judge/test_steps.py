"""What AWS itself asks of the roles of a pipeline, before a step runs: the order, the words, the modes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from cdk_sagemaker_pipelines.local.container.storage import fetch_object
from cdk_sagemaker_pipelines.local.endings import StepFailed
from cdk_sagemaker_pipelines.local.enforcement import Mode
from tests.executions import Account, Run

ACCOUNT, REGION = "111122223333", "eu-west-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/"
JOBS = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/*"
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/own:1"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
TRAIN: Mapping[str, Any] = {
    "Name": "Train",
    "Type": "Training",
    "Arguments": {
        "RoleArn": f"{ROLE}Job",
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "InputDataConfig": [
            {
                "ChannelName": "train",
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://data/in/"}},
            }
        ],
        "OutputDataConfig": {"S3OutputPath": "s3://data/out/", "KmsKeyId": KEY},
        "ResourceConfig": {
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeSizeInGB": 5,
            "VolumeKmsKeyId": KEY,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    },
}
PIPELINE = {
    "sagemaker:CreateTrainingJob": JOBS,
    "sagemaker:DescribeTrainingJob": JOBS,
    "sagemaker:StopTrainingJob": JOBS,
    "sagemaker:AddTags": JOBS,
    "iam:PassRole": f"{ROLE}Job",
}
JOB = {
    "s3:GetObject": "arn:aws:s3:::data/in/*",
    "s3:ListBucket": "arn:aws:s3:::data",
    "s3:PutObject": "arn:aws:s3:::data/out/*",
    "logs:*": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/sagemaker/TrainingJobs:*",
    "cloudwatch:PutMetricData": "*",
    "ecr:BatchCheckLayerAvailability": f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/own",
    "ecr:BatchGetImage": f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/own",
    "ecr:GetDownloadUrlForLayer": f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/own",
    "ecr:GetAuthorizationToken": "*",
    "kms:CreateGrant": "*",
    "kms:Decrypt": "*",
    "kms:Encrypt": "*",
    "kms:GenerateDataKey": "*",
}
SAGEMAKER = "sagemaker.amazonaws.com"
LOGS = {f"logs:{name}" for name in ("CreateLogGroup", "CreateLogStream", "DescribeLogStreams", "PutLogEvents")}


class Tried(Account):
    """A local AWS with a pipeline of one training step, which is scripted."""

    def __init__(self, aws: EmbeddedAws, outcomes: Path) -> None:
        super().__init__(aws)
        self._judge, self._outcomes = aws._world.judge, outcomes
        self.as_role = aws.services().client_as
        definition = {"Version": "2020-12-01", "Steps": [TRAIN]}
        self.sagemaker.create_pipeline(
            PipelineName="P",
            PipelineDefinition=json.dumps(definition),
            RoleArn=f"{ROLE}Pipeline",
            ClientRequestToken="t" * 32,
        )

    def no_roles(self) -> None:
        """Deletes both roles."""
        iam = self.client("iam")
        for role in iam.list_roles()["Roles"]:
            iam.delete_role_policy(RoleName=role["RoleName"], PolicyName="own")
            iam.delete_role(RoleName=role["RoleName"])

    def roles(self, *left_out: str, trusts: Mapping[str, str] | None = None) -> None:
        """Makes both roles anew, without some actions."""
        self.no_roles()
        iam = self.client("iam")
        for name, allowed in (("Pipeline", PIPELINE), ("Job", JOB)):
            service = (trusts or {}).get(name, SAGEMAKER)
            trust = [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=_document(trust))
            statements = [
                {"Effect": "Allow", "Action": action, "Resource": resource}
                for action, resource in allowed.items()
                if action not in left_out
            ]
            iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=_document(statements))

    def run(self, mode: Mode | None = None, **outcome: Any) -> Run:
        self._outcomes.write_text(json.dumps({"Train": outcome}), encoding="utf-8")
        self._judge.mode = mode
        try:
            return self.end(self.start("P"))
        finally:
            self._judge.mode = None

    def decided(self, run: Run) -> Mapping[str, str]:
        """The answers of an execution by action; where there are several, one that is not an allowance."""
        found = self._judge.used(run.arn)
        decisions = () if found is None else found.decisions
        answers = {one.action: one.answer.value for one in decisions}
        return {**answers, **{one.action: one.answer.value for one in decisions if one.answer.value != "allowed"}}

    def reason(self, mode: Mode | None = None) -> str:
        """Why the step failed; empty if it did not."""
        return str(self.run(mode).steps["Train"].get("FailureReason", ""))


def _document(statements: list[dict[str, Any]]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


@pytest.fixture(scope="module")
def enforced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tried]:
    outcomes = tmp_path_factory.mktemp("enforced") / "outcomes.json"
    with EmbeddedAws(REGION, ACCOUNT, outcomes=outcomes) as aws:
        yield Tried(aws, outcomes)


def test_with_all_permissions_it_succeeds(enforced: Tried) -> None:
    enforced.roles()
    run = enforced.run()
    assert run.status == "Succeeded"
    assert _answers(enforced.decided(run), "allowed") >= {
        "sagemaker:CreateTrainingJob",
        "s3:GetObject",
        "logs:PutLogEvents",
    }


@pytest.mark.parametrize(
    ("action", "begins"),
    [
        ("sagemaker:CreateTrainingJob", "ClientError: Failed to invoke sagemaker:CreateTrainingJob. Error Details: "),
        ("sagemaker:DescribeTrainingJob", "ClientError: Failed to invoke sagemaker:DescribeTrainingJob. Error"),
        ("sagemaker:AddTags", "ClientError: Failed to invoke sagemaker:CreateTrainingJob. Error Details: "),
        ("iam:PassRole", "ClientError: Failed to invoke sagemaker:CreateTrainingJob. Error Details: "),
        ("ecr:BatchGetImage", "ClientError: User: "),
        ("ecr:GetAuthorizationToken", "ClientError: User: "),
        ("s3:GetObject", "ClientError: User: "),
        ("s3:PutObject", "ClientError: User: "),
        ("kms:GenerateDataKey", "ClientError: User: "),
    ],
)
def test_a_missing_permission_fails_the_step(action: str, begins: str, enforced: Tried) -> None:
    enforced.roles(action)
    reason = enforced.reason()
    role = "Pipeline" if action in PIPELINE else "Job"
    assert reason.startswith(begins)
    assert f"User: arn:aws:sts::{ACCOUNT}:assumed-role/{role}/SageMaker is not authorized to perform: " in reason
    assert action in reason
    assert "because no identity-based policy allows the" in reason


def test_the_role_of_the_pipeline_comes_first(enforced: Tried) -> None:
    enforced.roles("iam:PassRole", "s3:GetObject")
    assert "iam:PassRole" in enforced.reason()


@pytest.mark.parametrize("role", ["Pipeline", "Job"])
def test_a_role_that_does_not_trust_the_service(role: str, enforced: Tried) -> None:
    enforced.roles(trusts={role: "lambda.amazonaws.com"})
    assert enforced.reason() == (
        "ClientError: Failed to invoke sagemaker:CreateTrainingJob. Error Details: Could not assume role "
        f"{ROLE}{role}. Please ensure that the role exists and allows principal '{SAGEMAKER}' to assume the role."
    )


def _answers(decided: Mapping[str, str], answer: str) -> set[str]:
    return {action for action, found in decided.items() if found == answer}


def test_modes_that_let_it_pass(enforced: Tried) -> None:
    enforced.roles("iam:PassRole", trusts={"Job": "lambda.amazonaws.com"})
    run = enforced.run(Mode.TELL)
    assert run.status == "Succeeded"
    assert _answers(enforced.decided(run), "noted") == {"iam:PassRole", "kms:DescribeKey"}
    run = enforced.run(Mode.OFF)
    assert (run.status, enforced.decided(run)) == ("Succeeded", {})


def test_what_aws_may_not_ask_for_fails_only_when_strict(enforced: Tried) -> None:
    """That the key of the volumes is described, which the policy above does not have; and the log."""
    enforced.roles("logs:*")
    run = enforced.run(Mode.ENFORCE)
    assert run.status == "Succeeded"
    assert _answers(enforced.decided(run), "doubted") == {"kms:DescribeKey", *LOGS}
    assert "AWS may refuse kms:DescribeKey on" in run.steps["Train"]["StepDescription"]
    enforced.roles()
    assert "kms:DescribeKey" in enforced.reason(Mode.STRICT)


def test_roles_that_do_not_exist(enforced: Tried) -> None:
    enforced.no_roles()
    assert enforced.run().status == "Succeeded"
    assert "sagemaker:CreateTrainingJob" in enforced.reason(Mode.ENFORCE)


@pytest.mark.parametrize("left_out", [(), ("sagemaker:StopTrainingJob",)], ids=["allowed", "refused"])
def test_stopping_is_asked_for_when_it_happens(left_out: tuple[str, ...], enforced: Tried) -> None:
    enforced.roles(*left_out)
    run = enforced.run(stop=True)
    assert run.steps["Train"]["StepStatus"] == "Stopped"
    assert enforced.decided(run)["sagemaker:StopTrainingJob"] == ("refused" if left_out else "allowed")


def test_a_refused_download_names_the_action(enforced: Tried, tmp_path: Path) -> None:
    """Although the client first sends a HEAD, whose refusal has no words."""
    enforced.roles("s3:GetObject")
    enforced.client("s3").create_bucket(Bucket="data", CreateBucketConfiguration={"LocationConstraint": REGION})
    enforced.client("s3").put_object(Bucket="data", Key="in/a.csv", Body=b"1")
    s3 = enforced.as_role(f"{ROLE}Job", "s3")
    with pytest.raises(StepFailed, match="not authorized to perform: s3:GetObject on resource: arn:aws:s3:::data/in/a"):
        fetch_object(s3, "s3://data/in/a.csv", tmp_path / "a.csv", "input 'train'")
