"""The account that serves: an approval starts a pipeline, which deploys the newest approved version to an endpoint."""

from __future__ import annotations

from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_sagemaker_pipelines import (
    ApprovalBus,
    EndpointConfigStep,
    EndpointStep,
    Environment,
    LatestModelPackageStep,
    ModelStep,
    Pipeline,
    ProductionVariant,
    S3Location,
)

from . import acknowledged
from .registry import Registry

BUS = "line-approvals"
ENDPOINT = "line"


class ServingStack(Stack):
    """Serves the newest approved version of the registry of another account.

    The event of an approval only says when; which version is served, the registry says.
    """

    def __init__(self, scope: Construct, construct_id: str, *, registry: Registry, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        environment = Environment.of(self)
        models = s3.Bucket.from_bucket_attributes(
            self,
            "Models",
            bucket_name=registry.bucket,
            account=registry.account,
            region=registry.environment.region,
            encryption_key=kms.Key.from_key_arn(self, "Key", registry.key_arn),
        )

        pipeline = Pipeline(
            self,
            "Pipeline",
            pipeline_name="LineServing",
            description="Deploys the newest approved version of the line",
        )
        latest = LatestModelPackageStep(pipeline, "Latest", model_package_group=registry.group_arn)
        model = ModelStep(pipeline, "Create", model_package=latest, reads=[S3Location(models, "LineTraining/")])
        variant = ProductionVariant(model, instance_type=environment.instance_types["serve"])
        config = EndpointConfigStep(pipeline, "Configure", variants=[variant])
        EndpointStep(pipeline, "Deploy", endpoint_name=ENDPOINT, config=config)

        approvals = ApprovalBus(self, "Approvals", event_bus_name=BUS, producers=[registry.account])
        pipeline.start_on_event(
            "Approved",
            event_bus=approvals.event_bus,
            event_pattern=approvals.pattern(registry.group, account=registry.account),
        )
        acknowledged.model_of_another_account(model)
        acknowledged.dead_letters(pipeline)
        pipeline.acknowledge_wildcards()
        self.approvals = approvals.event_bus_arn
