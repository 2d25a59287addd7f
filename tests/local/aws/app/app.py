"""A small app for the CDK CLI to deploy to the local AWS; context selects the variant: ``-c variant=...``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as assets
from aws_cdk import aws_s3_deployment as deployment
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct


class PipelineStack(cdk.Stack):
    """A pipeline with its usual surroundings."""

    def __init__(self, scope: Construct, construct_id: str, *, variant: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        script = assets.Asset(self, "Script", path=str(Path(__file__).parent / "job.py"))
        bucket = s3.Bucket(
            self, "Data",
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            removal_policy=cdk.RemovalPolicy.DESTROY,
            auto_delete_objects=True,
        )  # fmt: skip
        role = iam.Role(
            self, "Role",
            assumed_by=iam.CompositePrincipal(
                iam.ServicePrincipal("sagemaker.amazonaws.com"), iam.ServicePrincipal("scheduler.amazonaws.com")
            ),
            inline_policies={
                "Describe": iam.PolicyDocument(
                    statements=[iam.PolicyStatement(actions=["sagemaker:Describe*"], resources=["*"])]
                )
            },
        )  # fmt: skip
        bucket.grant_read(role)
        script.grant_read(role)
        group = sagemaker.CfnModelPackageGroup(self, "Group", model_package_group_name="abalone")
        message = "changed" if variant == "changed" else "first"
        definition = {
            "Version": "2020-12-01",
            "Parameters": [{"Name": "Text", "Type": "String", "DefaultValue": message}],
            "Steps": [{"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": script.s3_object_url}}],
        }
        body = "this is not JSON" if variant == "broken" else self.to_json_string(definition)
        pipeline = sagemaker.CfnPipeline(
            self, "Pipeline",
            pipeline_name="Abalone",
            pipeline_description=message,
            pipeline_definition={"PipelineDefinitionBody": body},
            role_arn=role.role_arn,
            parallelism_configuration={"MaxParallelExecutionSteps": 4},
        )  # fmt: skip
        pipeline.node.add_dependency(role)
        stored = deployment.DeployTimeSubstitutedFile(
            self, "Stored",
            source=str(_written(definition)),
            destination_bucket=bucket,
            substitutions={"group": group.attr_model_package_group_arn},
        )  # fmt: skip
        large = sagemaker.CfnPipeline(
            self, "Large",
            pipeline_name="Large",
            pipeline_definition={
                "PipelineDefinitionS3Location": {"Bucket": stored.bucket.bucket_name, "Key": stored.object_key}
            },
            role_arn=role.role_arn,
        )  # fmt: skip
        large.node.add_dependency(stored)
        queue = sqs.Queue(self, "Missed", enforce_ssl=True)
        scheduler.CfnSchedule(
            self, "Nightly",
            schedule_expression="cron(0 2 * * ? *)",
            flexible_time_window={"mode": "OFF"},
            target=scheduler.CfnSchedule.TargetProperty(
                arn=f"arn:aws:sagemaker:{self.region}:{self.account}:pipeline/abalone",
                role_arn=role.role_arn,
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(arn=queue.queue_arn),
                sage_maker_pipeline_parameters={"pipelineParameterList": []},
            ),
        )  # fmt: skip
        cloudwatch.Alarm(
            self, "Failed",
            metric=cloudwatch.Metric(
                namespace="AWS/Sagemaker/ModelBuildingPipeline",
                metric_name="ExecutionFailed",
                dimensions_map={"PipelineName": "Abalone"},
            ),
            threshold=1,
            evaluation_periods=1,
        )  # fmt: skip
        if variant == "unknown":
            cdk.CfnResource(self, "Satellite", type="AWS::GroundStation::Config", properties={"Name": "x"})
        if variant == "custom":
            cdk.CfnResource(self, "Mine", type="Custom::Mine", properties={"ServiceToken": role.role_arn})
        cdk.CfnOutput(self, "PipelineName", value=pipeline.ref)


def _written(definition: dict[str, Any]) -> Path:
    """A file next to this one with a definition that reads its group's ARN at deployment."""
    path = Path(__file__).parent / "large.json"
    assert json.loads(path.read_text())["Version"] == definition["Version"]
    return path


app = cdk.App()
PipelineStack(
    app, "Pipelines",
    variant=app.node.try_get_context("variant") or "",
    env=cdk.Environment(account=app.node.get_context("account"), region=app.node.get_context("region")),
)  # fmt: skip
app.synth()
