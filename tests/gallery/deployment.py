"""The gallery synthesized, and deployed to a local AWS through CloudFormation by boto3, which is much faster than
the CDK CLI; tests/stacks deploys the examples by that.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from tests.executions import Account, Run
from tests.gallery.place import ACCOUNT, REGION

ROOT = Path(__file__).resolve().parent.parent.parent
GALLERY = Path("tests/gallery")


def flags() -> dict[str, Any]:
    """CDK's flags as cdk.json has them."""
    context = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    return {name: value for name, value in context.items() if name.startswith("@aws-cdk")}


def synthesize(folder: Path, root: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """Synthesizes the gallery of the repository, or of a copy of its tests, into a folder, in a process of its own.

    With all flags that CDK recommends.
    """
    variables = {"PYTHONPATH": os.pathsep.join([str(ROOT / "constructs"), str(root)]), "CDK_OUTDIR": str(folder)}
    variables["CDK_CONTEXT_JSON"] = json.dumps(flags())
    return subprocess.run(
        [sys.executable, "-m", "tests.gallery.app"],
        cwd=root / GALLERY,
        env={**os.environ, **variables, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


class Gallery(Account):
    """Deploys stacks of an assembly when they are asked for."""

    def __init__(self, aws: EmbeddedAws, assembly: Path, outcomes: Path) -> None:
        super().__init__(aws)
        self.aws, self.assembly, self._outcomes = aws, assembly, outcomes
        self._pipelines: dict[str, str] = {}
        # what bootstrapping leaves for stacks to find
        self.client("ssm").put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Type="String", Value="30")
        self.client("s3").create_bucket(
            Bucket=f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}",
            CreateBucketConfiguration={"LocationConstraint": REGION},
        )

    def pipeline(self, stack: str) -> str:
        """The name of the pipeline of a stack, which is deployed when it is not yet."""
        if stack not in self._pipelines:
            self.deploy(stack)
        return self._pipelines[stack]

    def deploy(self, stack: str, assembly: Path | None = None) -> None:
        """Creates or updates a stack from the assembly."""
        source, cloudformation = assembly or self.assembly, self.client("cloudformation")
        self._upload(source, stack)
        template = (source / f"{stack}.template.json").read_text(encoding="utf-8")
        call = cloudformation.update_stack if stack in self._pipelines else cloudformation.create_stack
        call(StackName=stack, TemplateBody=template, Capabilities=["CAPABILITY_NAMED_IAM"])
        (described,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
        if described["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
            reasons = [event["ResourceStatusReason"] for event in events if "ResourceStatusReason" in event]
            raise AssertionError(f"{stack} is {described['StackStatus']}: {reasons}")
        resources = cloudformation.describe_stack_resources(StackName=stack)["StackResources"]
        (self._pipelines[stack],) = self._ids(resources, "AWS::SageMaker::Pipeline")

    def resources(self, stack: str, resource_type: str) -> list[str]:
        """The physical ids of the resources of a type."""
        self.pipeline(stack)
        found = self.client("cloudformation").describe_stack_resources(StackName=stack)["StackResources"]
        return self._ids(found, resource_type)

    def run(
        self, stack: str, parameters: Mapping[str, str] | None = None, outcomes: Mapping[str, Any] | None = None
    ) -> Run:
        """One execution of a stack's pipeline, to its end; outcomes are as in a file of SMPIPE_OUTCOMES."""
        pipeline = self.pipeline(stack)
        self._outcomes.write_text(json.dumps(outcomes or {}), encoding="utf-8")
        arn = self.start(pipeline, parameters)
        self._outcomes.write_text("{}", encoding="utf-8")
        return self.end(arn)

    def destroy(self, stack: str) -> None:
        """Deletes a stack."""
        self.client("cloudformation").delete_stack(StackName=self.stack_id(stack))
        del self._pipelines[stack]

    def stack_id(self, stack: str) -> str:
        """The ARN of a stack, which is deployed when it is not yet."""
        self.pipeline(stack)
        (described,) = self.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
        return str(described["StackId"])

    def definition(self, stack: str) -> dict[str, Any]:
        """The definition of a deployed pipeline."""
        described = self.sagemaker.describe_pipeline(PipelineName=self.pipeline(stack))
        document: dict[str, Any] = json.loads(described["PipelineDefinition"])
        return document

    def _upload(self, assembly: Path, stack: str) -> None:
        manifest = json.loads((assembly / f"{stack}.assets.json").read_text(encoding="utf-8"))
        for asset in manifest["files"].values():
            source = assembly / asset["source"]["path"]
            content = _zipped(source) if asset["source"]["packaging"] == "zip" else source.read_bytes()
            for place in asset["destinations"].values():
                bucket = place["bucketName"].replace("${AWS::AccountId}", ACCOUNT).replace("${AWS::Region}", REGION)
                self.put(f"s3://{bucket}/{place['objectKey']}", content)

    @staticmethod
    def _ids(resources: list[dict[str, Any]], resource_type: str) -> list[str]:
        return [str(one["PhysicalResourceId"]) for one in resources if one["ResourceType"] == resource_type]


def _zipped(folder: Path) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder))
    return body.getvalue()
