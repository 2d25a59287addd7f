"""An endpoint that follows the approvals of a group in another account, on the local AWS."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import boto3
import pytest
from aws_cdk import cx_api

from cdk_sagemaker_pipelines import ApprovalBus, Environment, ModelEndpoint, ModelPackageGroup
from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from tests.bootstrapping import bootstrap
from tests.local.test_operations import until

pytestmark = pytest.mark.slow

DEV, PROD, REGION = "111122223333", "444455556666", "eu-west-1"
GROUP = f"arn:aws:sagemaker:{REGION}:{DEV}:model-package-group/line"


def put_assets(s3: Any, folder: Path) -> None:
    """Puts the code of the functions into the bucket of the account's assets."""
    for archive in folder.glob("asset.*"):
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as file:
            for path in archive.iterdir():
                file.write(path, path.name)
        key = f"{archive.name.removeprefix('asset.')}.zip"
        s3.put_object(Bucket=f"cdk-hnb659fds-assets-{PROD}-{REGION}", Key=key, Body=content.getvalue())


def deploy(cloudformation: Any, stack: cx_api.CloudFormationStackArtifact) -> None:
    cloudformation.create_stack(
        StackName=stack.stack_name, TemplateBody=json.dumps(stack.template), Capabilities=["CAPABILITY_IAM"]
    )
    (made,) = cloudformation.describe_stacks(StackName=stack.stack_name)["Stacks"]
    assert made["StackStatus"] == "CREATE_COMPLETE"


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Of the local AWS, in which both stacks are deployed, by account and service."""
    app = cdk.App(outdir=str(tmp_path_factory.mktemp("two") / "cdk.out"), analytics_reporting=False)
    dev, prod = (
        cdk.Stack(Environment(name=name, account=account, region=REGION).stage(app), "Line")
        for name, account in (("Dev", DEV), ("Prod", PROD))
    )
    approvals = ApprovalBus(prod, "Approvals", event_bus_name="approvals", producers=[DEV])
    ModelEndpoint(
        prod, "Endpoint", group=GROUP, endpoint_name="line", instance_type="ml.m5.large", reads=["s3://line-models/"],
        approvals=approvals,
    )  # fmt: skip
    group = ModelPackageGroup(dev, "Models", model_package_group_name="line", consumers=[PROD])
    group.forward_approvals(approvals)
    assembly = app.synth()
    with EmbeddedAws(REGION, DEV) as aws:

        def client(account: str, service: str) -> Any:
            keys = aws.environment(account, REGION, among={})
            session: Any = boto3.Session(keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"], region_name=REGION)
            return session.client(service, endpoint_url=aws.url)

        for name, account in (("Dev", DEV), ("Prod", PROD)):
            bootstrap(client(account, "cloudformation"))
            nested = assembly.get_nested_assembly(f"assembly-{name}")
            if account == PROD:
                put_assets(client(PROD, "s3"), Path(nested.directory))
                put_assets(client(PROD, "s3"), Path(assembly.directory))
            deploy(client(account, "cloudformation"), nested.stacks[0])
        yield client


def test_an_approval_in_one_account_is_served_in_the_other(clients: Any) -> None:
    registry, hosting = clients(DEV, "sagemaker"), clients(PROD, "sagemaker")
    arn = registry.create_model_package(
        ModelPackageGroupName="line", ModelApprovalStatus="PendingManualApproval"
    )["ModelPackageArn"]  # fmt: skip
    assert hosting.list_endpoints()["Endpoints"] == []
    registry.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    (endpoint,) = until(lambda: hosting.list_endpoints()["Endpoints"])
    assert (endpoint["EndpointName"], endpoint["EndpointStatus"]) == ("line", "InService")
    (model,) = hosting.list_models()["Models"]
    containers = hosting.describe_model(ModelName=model["ModelName"])["Containers"]
    assert [one["ModelPackageName"] for one in containers] == [arn]
    assert registry.list_endpoints()["Endpoints"] == []
