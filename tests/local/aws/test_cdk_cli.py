"""The real, unmodified CDK CLI against the local AWS."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import boto3
import pytest

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from tests.bootstrapping import bootstrap
from tests.executions import Served
from tests.local.embedding import Embedded, end, steps_of

from .conftest import ACCOUNT, REGION
from .serving import Server

APP = Path(__file__).parent / "app"
CLI = Path(__file__).parents[3] / "node_modules" / ".bin" / "cdk"

pytestmark = pytest.mark.deploy


class Cdk:
    """Runs ``cdk <command>`` in a small app next to this test, without a terminal; returns what it printed.

    ``context``: more for the app. A variant is of the app whose name it begins with, else of the first.
    """

    def __init__(self, cli: Path, aws: Served, home: Path, **context: str) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        self._cli, self._home, self._context = cli, home, context
        self._environment = {
            **kept,
            **aws.environment(),
            "CDK_DISABLE_CLI_TELEMETRY": "true",
            "CDK_HOME": str(home),
            "CDK_VALIDATION": "false",
            "CI": "true",  # everything goes to the standard output
            "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "1",
            "NO_COLOR": "1",
        }

    def __call__(self, *arguments: str, variant: str = "", fails: bool = False) -> str:
        answer = subprocess.run(
            [self._cli, *arguments, "--no-notices", "--app", self._synthesized(variant)],
            cwd=APP, env=self._environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, timeout=120,
        )  # fmt: skip
        assert (answer.returncode != 0) == fails, answer.stdout
        return answer.stdout

    def _synthesized(self, variant: str) -> Path:
        """The assembly of the variant, created once: the CLI would otherwise synthesize for every command."""
        directory = self._home / (variant or "first")
        if not directory.exists():
            context = {**json.loads((APP / "cdk.json").read_text())["context"], **self._context, "variant": variant}
            told = {"CDK_OUTDIR": str(directory), "CDK_CONTEXT_JSON": json.dumps(context)}
            others = ("code", "environments", "references", "regions", "registry", "worker")
            script = next((f"{name}.py" for name in others if variant.startswith(name)), "app.py")
            subprocess.run([sys.executable, script], cwd=APP, env={**self._environment, **told}, check=True)
        return directory


def command_line() -> Path:
    cli = Path(os.environ.get("CDK_CLI") or CLI)
    if not cli.exists():
        pytest.fail(f"the CDK CLI is not at {cli}: run 'make install', or name it in the variable CDK_CLI")
    return cli


@pytest.fixture
def cdk(aws: EmbeddedAws, tmp_path: Path) -> Cdk:
    return Cdk(command_line(), aws, tmp_path)


def test_bootstrap_deploy_change_diff_fail_destroy(cdk: Cdk, client: Any) -> None:
    sagemaker = client("sagemaker")
    deploy = ("deploy", "--require-approval", "never")

    assert "bootstrapped." in cdk("bootstrap")

    shown = cdk(*deploy, variant="broken", fails=True)
    assert "Unable to parse pipeline definition" in shown
    assert " ROLLBACK_COMPLETE " in shown
    assert client("s3").list_buckets()["Buckets"][1:] == []  # only the one of the bootstrap stays

    shown = cdk(*deploy)
    assert "Pipelines.PipelineName = Abalone" in shown
    assert "CREATE_COMPLETE         | AWS::SageMaker::Pipeline" in shown
    assert "FAILED" not in shown
    assert sagemaker.describe_pipeline(PipelineName="Abalone")["PipelineDescription"] == "first"
    # The definition in S3 had its marker replaced at deployment.
    large = sagemaker.describe_pipeline(PipelineName="Large")["PipelineDefinition"]
    assert "arn:aws:sagemaker:eu-central-1:111122223333:model-package-group/abalone" in large

    assert "There were no differences" in cdk("diff")
    difference = cdk("diff", variant="changed")
    assert "Could not create a change set" not in difference
    assert "[~] AWS::SageMaker::Pipeline Pipeline" in difference
    assert "[+] changed" in difference
    assert "(no changes)" in cdk(*deploy)

    shown = cdk(*deploy, variant="changed")
    assert "UPDATE_COMPLETE         | AWS::SageMaker::Pipeline" in shown
    assert sagemaker.describe_pipeline(PipelineName="Abalone")["PipelineDescription"] == "changed"

    shown = cdk(*deploy, variant="broken", fails=True)
    assert "Unable to parse pipeline definition" in shown
    assert sagemaker.describe_pipeline(PipelineName="Abalone")["PipelineDescription"] == "changed"
    assert "AWS::GroundStation::Config (not among" in cdk(*deploy, variant="unknown", fails=True)
    assert "is not a Lambda function, and nothing else is called here" in cdk(*deploy, variant="custom", fails=True)

    assert "Pipelines: destroyed" in cdk("destroy", "--force")
    assert sagemaker.list_pipelines()["PipelineSummaries"] == []
    assert "Pipelines.PipelineName = Abalone" in cdk(*deploy)

    # a weak reference between stacks
    assert "FAILED" not in cdk(*deploy, "--all", variant="references")
    (bucket,) = (one["Name"] for one in client("s3").list_buckets()["Buckets"] if one["Name"].startswith("base-data"))
    assert f"s3://{bucket}/raw/" in sagemaker.describe_pipeline(PipelineName="User")["PipelineDefinition"]


def test_functions_and_workers_that_cdk_deploys_run(tmp_path: Path) -> None:
    with EmbeddedAws(REGION, ACCOUNT) as aws:
        cdk, account = Cdk(command_line(), aws, tmp_path), Embedded(aws)
        bootstrap(account.client("cloudformation"))
        assert "FAILED" not in cdk("deploy", "--require-approval", "never", variant="worker")
        for number, status in (("4", "Succeeded"), ("-1", "Failed")):
            arn = account.client("sagemaker").start_pipeline_execution(
                PipelineName="Workers", PipelineParameters=[{"Name": "Number", "Value": number}]
            )["PipelineExecutionArn"]
            assert end(account, arn)["PipelineExecutionStatus"] == status, steps_of(account, arn)
            told = steps_of(account, arn)
            if status == "Succeeded":
                assert told["Double"]["Metadata"]["Lambda"]["OutputParameters"] == [{"Name": "doubled", "Value": "16"}]
            else:
                assert told["Ask"]["FailureReason"] == "too small"
        assert "Workers: destroyed" in cdk("destroy", "--force", variant="worker")
        assert account.client("lambda").list_functions()["Functions"] == []


@pytest.mark.long
def test_a_group_of_models_goes_with_its_stack_and_never_before(cdk: Cdk, client: Any) -> None:
    sagemaker = client("sagemaker")
    deploy = ("deploy", "--require-approval", "never")

    def register(group: str, status: str = "PendingManualApproval") -> str:
        arn = sagemaker.create_model_package(ModelPackageGroupName=group, ModelApprovalStatus=status)
        return str(arn["ModelPackageArn"])

    def versions() -> dict[str, int]:
        groups = sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"]
        names = sorted(group["ModelPackageGroupName"] for group in groups)
        return {
            name: len(sagemaker.list_model_packages(ModelPackageGroupName=name)["ModelPackageSummaryList"])
            for name in names
        }

    bootstrap(client("cloudformation"))
    assert "FAILED" not in cdk(*deploy, variant="registry")
    register("abalone")
    register("abalone")

    assert "FAILED" not in cdk(*deploy, variant="registry-changed")
    (group,) = sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"]
    tags = sagemaker.list_tags(ResourceArn=group["ModelPackageGroupArn"])["Tags"]
    assert {"Key": "state", "Value": "changed"} in tags
    assert versions() == {"abalone": 2}

    assert "FAILED" not in cdk(*deploy, variant="registry-renamed")
    register("forests")
    assert versions() == {"abalone": 2, "forests": 1}

    # another id in the app: the group is removed and another one created; what holds versions is not deleted
    cdk(*deploy, variant="registry-moved")
    assert versions() == {"abalone": 2, "forests": 1, "trees": 0}

    register("trees")
    approved = register("trees", "Approved")
    shown = cdk("destroy", "--force", variant="registry-moved", fails=True)
    assert f"the model package group trees has 1 approved version, such as {approved}; nothing was deleted" in shown
    assert versions() == {"abalone": 2, "forests": 1, "trees": 2}

    sagemaker.update_model_package(ModelPackageArn=approved, ModelApprovalStatus="Rejected")
    assert "Registry: destroyed" in cdk("destroy", "--force", variant="registry-moved")
    assert versions() == {"abalone": 2, "forests": 1}
    assert client("lambda").list_functions()["Functions"] == []


@pytest.mark.long
def test_a_killed_server_goes_on_with_what_was_deployed(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        cdk, sagemaker = Cdk(command_line(), server, tmp_path / "cdk"), server.client("sagemaker")
        cdk("bootstrap")
        assert "FAILED" not in cdk("deploy", "--require-approval", "never")
        before = sagemaker.describe_pipeline(PipelineName="Large")
        server.kill()
        server.start()
        assert "not restored" not in server.said
        assert _told(sagemaker.describe_pipeline(PipelineName="Large")) == _told(before)
        assert "There were no differences" in cdk("diff")
        assert "UPDATE_COMPLETE" in cdk("deploy", "--require-approval", "never", variant="changed")
        server.kill()
        server.start()
        assert sagemaker.describe_pipeline(PipelineName="Abalone")["PipelineDescription"] == "changed"
        assert "Pipelines: destroyed" in cdk("destroy", "--force", variant="changed")
        assert sagemaker.list_pipelines()["PipelineSummaries"] == []


@pytest.mark.long
@pytest.mark.parametrize("first", ["regions", "regions-weak"])
def test_a_reference_to_another_region_is_deployed_changed_and_destroyed(tmp_path: Path, first: str) -> None:
    with EmbeddedAws(REGION, ACCOUNT) as aws:
        cdk, here = Cdk(command_line(), aws, tmp_path), aws._world.services(ACCOUNT, REGION).client
        there = aws._world.services(ACCOUNT, "us-east-1").client
        for client in (here, there):
            bootstrap(client("cloudformation"))
        for variant, name in ((first, "raw"), *([("regions-changed", "clean")] if first == "regions" else [])):
            shown = cdk("deploy", "--all", "--require-approval", "never", variant=variant)
            assert "FAILED" not in shown
            told = here("sagemaker").describe_pipeline(PipelineName="User")["PipelineDefinition"]
            (bucket,) = (
                one["Name"] for one in there("s3").list_buckets()["Buckets"] if one["Name"].startswith(f"base-{name}")
            )
            assert f"of {bucket}" in told
            parameters = here("ssm").describe_parameters()["Parameters"]
            exported = [one["Name"] for one in parameters if one["Name"].startswith("/cdk/exports/")]
            assert [name in one.lower() for one in exported] == ([True] if first == "regions" else [])
        shown = cdk("destroy", "--all", "--force", variant=variant)
        assert "User: destroyed" in shown
        assert "Base: destroyed" in shown
        parameters = here("ssm").describe_parameters()["Parameters"]
        assert [one["Name"] for one in parameters if one["Name"].startswith("/cdk/exports/")] == []


def _told(response: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in response.items() if name != "ResponseMetadata"}


@pytest.mark.long
def test_one_command_deploys_five_environments_in_three_partitions(tmp_path: Path) -> None:
    places = {
        "Ireland": ("111122223333", "eu-west-1", "hello"),
        "Virginia": ("222233334444", "us-east-1", "hello"),
        "Sydney": ("111122223333", "ap-southeast-2", "down under"),
        "Beijing": ("333344445555", "cn-north-1", "hello"),
        "GovCloud": ("444455556666", "us-gov-west-1", "hello"),
    }
    with EmbeddedAws("eu-west-1", "111122223333") as aws:
        cdk = Cdk(command_line(), aws, tmp_path)
        accounts = {name: _session(aws, account, region) for name, (account, region, _) in places.items()}
        for session in accounts.values():
            bootstrap(session.client("cloudformation", endpoint_url=aws.url), trust="111122223333")
        shown = cdk("deploy", "**", "--require-approval", "never", variant="environments")
        assert "FAILED" not in shown
        for name, (account, region, text) in places.items():
            sagemaker, s3 = (accounts[name].client(service, endpoint_url=aws.url) for service in ("sagemaker", "s3"))
            (pipeline,) = sagemaker.list_pipelines()["PipelineSummaries"]
            partition = {"cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov"}.get(region, "aws")
            assert pipeline["PipelineArn"] == f"arn:{partition}:sagemaker:{region}:{account}:pipeline/texts"
            arn = sagemaker.start_pipeline_execution(PipelineName="Texts")["PipelineExecutionArn"]
            assert _ended(sagemaker, arn) == "Succeeded"
            (bucket,) = (one["Name"] for one in s3.list_buckets()["Buckets"] if one["Name"].startswith(name.lower()))
            (written,) = (
                one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"] if "text.txt" in one["Key"]
            )
            assert s3.get_object(Bucket=bucket, Key=written)["Body"].read().decode() == text


def _session(aws: EmbeddedAws, account: str, region: str) -> boto3.Session:
    variables = aws.environment(account, region, among={})
    return boto3.Session(variables["AWS_ACCESS_KEY_ID"], variables["AWS_SECRET_ACCESS_KEY"], region_name=region)


def _ended(sagemaker: Any, arn: str) -> str:
    deadline = time.monotonic() + 60
    while (status := sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)["PipelineExecutionStatus"]) in (
        "Executing",
        "Stopping",
    ):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return str(status)
