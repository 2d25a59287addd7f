"""A model behind an endpoint, a component on one, and an endpoint that follows approvals."""

from __future__ import annotations

from typing import Any

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk.aws_events import Schedule
from aws_cdk.aws_iam import AccountRootPrincipal, Role
from aws_cdk.aws_s3 import Bucket
from constructs import Construct

from cdk_sagemaker_pipelines import (
    DataCapture,
    DataQualityMonitor,
    EndpointConfigStep,
    EndpointDeployment,
    EndpointStep,
    ExplainabilityMonitor,
    Image,
    InferenceComponentStep,
    ModelBiasMonitor,
    ModelEndpoint,
    ModelPackageGroup,
    ModelQualityMonitor,
    ModelStep,
    MonitoringSchedule,
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
    """Registers a model, whose approved versions an endpoint serves, which is monitored."""

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
        constraints = S3Location(artifacts, "baseline/constraints.json")
        statistics = S3Location(artifacts, "baseline/statistics.json")
        truth = S3Location(artifacts, "truth/")
        for name, monitored in {
            "Data": DataQualityMonitor(constraints=constraints, statistics=statistics),
            "Predictions": ModelQualityMonitor("Regression", ground_truth=truth, inference_attribute="0"),
            "Bias": ModelBiasMonitor(S3Location(artifacts, "bias/analysis_config.json"), ground_truth=truth),
            "Shap": ExplainabilityMonitor(S3Location(artifacts, "shap/analysis_config.json"), model_name="age"),
        }.items():
            others = {"endpoint": "age", "captured": S3Location(artifacts, "others/")}
            given: dict[str, Any] = others if name == "Shap" else {"endpoint": endpoint}
            MonitoringSchedule(
                self,
                name,
                monitor=monitored,
                schedule=Schedule.rate(Duration.hours(1)),
                output=S3Location(artifacts, f"reports/{name}/"),
                instance_type="ml.m5.xlarge",
                **given,
            ).acknowledge_wildcards()
        endpoint.grant_invoke(Role(self, "Caller", assumed_by=AccountRootPrincipal()))
        endpoint.acknowledge_wildcards()
        pipeline.acknowledge_wildcards()
        acknowledge(endpoint, "nothing takes from a queue of dead letters", "SQS3")
        acknowledge_no_access_logs(self)
