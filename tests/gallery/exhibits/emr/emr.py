"""Spark on a cluster of the stack and on one of the step's own."""

from __future__ import annotations

from typing import Any

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_sagemaker_pipelines import (
    ClusterConfig,
    EmrCluster,
    EmrInstanceFleet,
    EmrInstanceGroup,
    EMRStep,
    Parameter,
    Pipeline,
    S3Location,
    Script,
)
from tests.gallery.reasons import (
    acknowledge_cluster,
    acknowledge_no_access_logs,
    acknowledge_objects,
    acknowledge_service_role,
)

RELEASE = "emr-7.10.0"


class EMRStack(Stack):
    """Counts words on a cluster that stays and on one that is made for the step."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        data = s3.Bucket(self, "Data", enforce_ssl=True, removal_policy=RemovalPolicy.DESTROY)
        vpc = ec2.Vpc(
            self,
            "Vpc",
            availability_zones=["eu-west-1a", "eu-west-1b"],
            nat_gateways=1,
            gateway_endpoints={"S3": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.S3)},
            flow_logs={"All": ec2.FlowLogOptions(destination=ec2.FlowLogDestination.to_s3(data, "flows/"))},
            restrict_default_security_group=False,
        )
        texts, counts = S3Location(data, "texts/"), S3Location(data, "counts/")
        runtime = iam.Role(self, "Runtime", assumed_by=iam.AccountPrincipal(self.account))
        shared = EmrCluster(
            self,
            "Cluster",
            release_label=RELEASE,
            vpc=vpc,
            primary=EmrInstanceGroup(instance_type="m5.xlarge"),
            core=EmrInstanceGroup(instance_type="m5.xlarge", instance_count=2, volume_size_in_gb=64),
            configurations={"spark": {"maximizeResourceAllocation": "true"}},
            logs=S3Location(data, "logs/"),
            runtime_roles=True,
            step_concurrency=4,
        )
        own = ClusterConfig(
            release_label=RELEASE,
            vpc=vpc,
            primary=EmrInstanceFleet(instance_types=["m5.xlarge"], on_demand=1),
            core=EmrInstanceFleet(
                instance_types={"m5.xlarge": 1, "m5.2xlarge": 2}, spot=Parameter.integer("Units", default=4)
            ),
            configurations={"spark": {"maximizeResourceAllocation": "true"}},
            logs=S3Location(data, "logs/"),
        )
        pipeline = Pipeline(self, "Pipeline", artifacts=data)
        count: list[str | S3Location | Script] = [
            "spark-submit", "--deploy-mode", "cluster", Script("code/words.py"), texts, counts,
        ]  # fmt: skip
        first = EMRStep(
            pipeline, "Shared", cluster=shared, args=count, execution_role=runtime, reads=[texts], writes=[counts]
        )
        EMRStep(pipeline, "Told", cluster=shared, args=["echo", first.properties.id])
        EMRStep(pipeline, "Own", cluster_config=own, args=count, reads=[texts], writes=[counts])
        pipeline.acknowledge_wildcards()
        acknowledge_no_access_logs(self)
        acknowledge_service_role(self)
        acknowledge_cluster(shared)
        acknowledge_objects(self, data, "texts", "counts", "logs")
