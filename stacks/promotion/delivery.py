"""The same app, deployed by CDK Pipelines: ``cdk --app 'python3 -m stacks.promotion.delivery' deploy``.

After that it updates itself and the accounts with each commit.
"""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import pipelines
from constructs import Construct, IConstruct

from . import acknowledged
from .app import ENVIRONMENTS, stages
from .repository import BRANCH, CONNECTION, REPOSITORY

APP = "python3 -m stacks.promotion.delivery"
SOURCE = "GitHub"


class DeliveryStack(cdk.Stack):
    """A CodePipeline that deploys to the account that trains and, once somebody approves, to the one that serves."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        private: dict[str, Any] = {"block_public_access": s3.BlockPublicAccess.BLOCK_ALL, "enforce_ssl": True}
        logs = s3.Bucket(self, "AccessLogs", encryption=s3.BucketEncryption.S3_MANAGED, **private)
        # the other accounts read what was built, so the key is ours
        key = kms.Key(self, "Key", enable_key_rotation=True)
        built = s3.Bucket(self, "Built", encryption_key=key, server_access_logs_bucket=logs, **private)

        source = pipelines.CodePipelineSource.connection(
            REPOSITORY, BRANCH, connection_arn=CONNECTION, action_name=SOURCE
        )
        synth = pipelines.ShellStep(
            "Synth",
            input=source,
            install_commands=[
                "python -m pip install --requirement requirements.txt",
                "npm ci --ignore-scripts --no-audit --no-fund",
            ],
            commands=[f"npx cdk synth --quiet --no-lookups --app '{APP}'", "smpipe check cdk.out"],
        )
        runtimes = {"phases": {"install": {"runtime-versions": {"python": "3.12", "nodejs": "22"}}}}
        delivery = pipelines.CodePipeline(
            self,
            "Delivery",
            pipeline_name="line-delivery",
            artifact_bucket=built,
            synth=synth,
            synth_code_build_defaults=pipelines.CodeBuildOptions(
                partial_build_spec=codebuild.BuildSpec.from_object(runtimes)
            ),
        )
        dev, prod = stages(self)
        delivery.add_stage(dev)
        delivery.add_stage(prod, pre=[pipelines.ManualApprovalStep("Promote", comment="Deploy to production?")])
        delivery.build_pipeline()
        self._let_use_connection(delivery.pipeline)
        acknowledged.delivery(delivery, built)

    def _let_use_connection(self, pipeline: IConstruct) -> None:
        """CDK grants it by the older prefix, but that has to be the one of the connection's ARN.

        Source: [Connections rename](https://docs.aws.amazon.com/dtconsole/latest/userguide/rename.html).
        """
        action = pipeline.node.find_child("Source").node.find_child(SOURCE)
        role: Any = action.node.find_child("CodePipelineActionRole")
        role.add_to_policy(iam.PolicyStatement(actions=["codeconnections:UseConnection"], resources=[CONNECTION]))


def build(**options: Any) -> cdk.App:
    """The app. ``options``: of CDK's ``App``."""
    app = cdk.App(**{"analytics_reporting": False, **options})
    tools = ENVIRONMENTS["Tools"]
    DeliveryStack(
        app,
        "Delivery",
        env=cdk.Environment(account=tools.account, region=tools.region),
        tags=dict(tools.tags),
        description="An example of cdk-sagemaker-pipelines: deliver to two accounts",
    )
    return app


if __name__ == "__main__":
    build().synth()
