"""A model behind an endpoint, a component on one, and an endpoint that follows approvals."""

from __future__ import annotations

from typing import Any

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk.aws_iam import AccountRootPrincipal, Role
from aws_cdk.aws_s3 import Bucket
from constructs import Construct

from cdk_sagemaker_pipelines import (
    DataCapture,
    EndpointConfigStep,
    EndpointDeployment,
    EndpointStep,
    Image,
    InferenceComponentStep,
    ModelEndpoint,
    ModelPackageGroup,
    ModelStep,
    Parameter,
    Pipeline,
    ProductionVariant,
    RegisterModelStep,
    S3Location,
)
from tests.gallery.exhibits.models import trained
from tests.gallery.reasons import acknowledge, acknowledge_no_access_logs

MODEL_DATA = "s3://models/model.tar.gz"


class EndpointStack(Stack):
    """Deploys a model."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        pipeline = Pipeline(self, "Pipeline")
        model = ModelStep(pipeline, "Create", image=Image.sklearn("1.2-1"), model_data=MODEL_DATA)
        config = EndpointConfigStep(
            pipeline, "Configure", variants=[ProductionVariant(model, instance_type="ml.m5.large")]
        )
        EndpointStep(pipeline, "Deploy", endpoint_name="age", config=config)
        pipeline.acknowledge_wildcards()
        acknowledge_no_access_logs(self)


class InferenceComponentStack(Stack):
    """Puts a container onto an endpoint that others share."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        pipeline = Pipeline(self, "Pipeline")
        config = EndpointConfigStep(
            pipeline, "Configure", variants=[ProductionVariant(instance_type="ml.m5.xlarge", max_instances=2)]
        )
        shared = EndpointStep(
            pipeline, "Share", endpoint_name=Parameter.string("Endpoint", default="shared"), config=config
        )
        InferenceComponentStep(
            pipeline,
            "Place",
            inference_component_name=Parameter.string("Component", default="sex"),
            endpoint=shared,
            image=Image.sklearn("1.2-1"),
            model_data=MODEL_DATA,
            min_memory_in_mb=1024,
        )
        pipeline.acknowledge_wildcards()
        acknowledge_no_access_logs(self)


class ServedStack(Stack):
    """Registers a model, whose approved versions an endpoint serves."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        artifacts = Bucket(self, "Artifacts", enforce_ssl=True, removal_policy=RemovalPolicy.RETAIN)
        pipeline = Pipeline(self, "Pipeline", artifacts=artifacts)
        group = ModelPackageGroup(
            self,
            "Models",
            model_package_group_name="served",
            removal_policy=RemovalPolicy.DESTROY,
            delete_approved_versions=True,
        )
        RegisterModelStep(
            pipeline,
            "Register",
            image=Image.sklearn("1.2-1"),
            model_data=trained(pipeline).model_artifacts,
            model_package_group=group,
            approval_status=Parameter.string("Approval", default="PendingManualApproval"),
        )
        endpoint = ModelEndpoint(
            self,
            "Endpoint",
            group=group,
            endpoint_name="served",
            instance_type="ml.m5.large",
            capture=DataCapture(S3Location(artifacts, "captured/"), sampling_percentage=20),
            deployment=EndpointDeployment.canary(percent=10, wait=Duration.minutes(5)),
        )
        endpoint.grant_invoke(Role(self, "Caller", assumed_by=AccountRootPrincipal()))
        endpoint.acknowledge_wildcards()
        pipeline.acknowledge_wildcards()
        acknowledge(endpoint, "nothing takes from a queue of dead letters", "SQS3")
        acknowledge_no_access_logs(self)
