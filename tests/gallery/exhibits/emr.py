"""Spark on a cluster of the stack, on one of the step's own, and without a cluster."""

from __future__ import annotations

from typing import Any, cast

from aws_cdk import CfnElement, RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_sagemaker_pipelines import (
    ClusterConfig,
    EmrCluster,
    EmrServerlessApplication,
    EMRServerlessStep,
    EMRStep,
    HiveQuery,
    InstanceFleet,
    InstanceGroup,
    Parameter,
    Pipeline,
    S3Prefix,
    Script,
    SparkSubmit,
)
from tests.gallery.reasons import acknowledge, acknowledge_no_access_logs

RELEASE = "emr-7.10.0"
SERVICE_POLICY = "arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonEMRServicePolicy_v2"


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
        texts, counts = S3Prefix(data, "texts/"), S3Prefix(data, "counts/")
        runtime = iam.Role(self, "Runtime", assumed_by=iam.AccountPrincipal(self.account))
        shared = EmrCluster(
            self,
            "Cluster",
            release_label=RELEASE,
            vpc=vpc,
            primary=InstanceGroup(instance_type="m5.xlarge"),
            core=InstanceGroup(instance_type="m5.xlarge", instance_count=2, volume_size_in_gb=64),
            configurations={"spark": {"maximizeResourceAllocation": "true"}},
            logs=S3Prefix(data, "logs/"),
            runtime_roles=True,
            step_concurrency=4,
        )
        own = ClusterConfig(
            release_label=RELEASE,
            vpc=vpc,
            primary=InstanceFleet(instance_types=["m5.xlarge"], on_demand=1),
            core=InstanceFleet(
                instance_types={"m5.xlarge": 1, "m5.2xlarge": 2}, spot=Parameter.integer("Units", default=4)
            ),
            configurations={"spark": {"maximizeResourceAllocation": "true"}},
            logs=S3Prefix(data, "logs/"),
        )
        pipeline = Pipeline(self, "Pipeline", artifacts=data)
        count: list[str | S3Prefix | Script] = [
            "spark-submit", "--deploy-mode", "cluster", Script("code/words.py"), texts, counts,
        ]  # fmt: skip
        first = EMRStep(
            pipeline, "Shared", cluster=shared, args=count, execution_role=runtime, reads=[texts], writes=[counts]
        )
        EMRStep(pipeline, "Told", cluster=shared, args=["echo", first.properties.id])
        EMRStep(pipeline, "Own", cluster_config=own, args=count, reads=[texts], writes=[counts])
        pipeline.acknowledge_wildcards()
        acknowledge_no_access_logs(self)
        acknowledge(
            self,
            "EMR's own policy for just this: only AWS knows what EMR calls to make a cluster, and the policy ends at "
            "what is tagged for EMR",
            f"IAM4[Policy::{SERVICE_POLICY}]",
        )
        acknowledge(
            shared,
            "the rule looks beside EncryptionConfiguration, where EMR reads nothing; the setting stands inside of it",
            "EMR4",
            "EMR5",
        )
        place = f"arn:<AWS::Partition>:s3:::<{self.get_logical_id(cast('CfnElement', data.node.default_child))}>"
        acknowledge(
            self,
            "the names of the objects below this place are known when steps run",
            *(f"IAM5[Resource::{place}/{folder}/*]" for folder in ("texts", "counts", "logs")),
        )
        acknowledge(shared, "nobody logs in: there is no key pair, and no port is open", "EMR6")


class EMRServerlessStack(Stack):
    """Counts words with Spark on an application that stays, and with Hive on one that is made for the step."""

    def __init__(self, scope: Construct, construct_id: str, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        data = s3.Bucket(self, "Data", enforce_ssl=True, removal_policy=RemovalPolicy.DESTROY)
        texts, counts = S3Prefix(data, "texts/"), S3Prefix(data, "counts/")
        application = EmrServerlessApplication(
            self, "Spark", release_label=RELEASE, maximum_cpu="64 vCPU", maximum_memory="256 GB"
        )
        pipeline = Pipeline(self, "Pipeline", artifacts=data)
        EMRServerlessStep(
            pipeline,
            "Count",
            application=application,
            driver=SparkSubmit(Script("code/words.py"), args=[texts, counts]),
            reads=[texts],
            writes=[counts],
        )
        EMRServerlessStep(
            pipeline,
            "Query",
            application_config={"releaseLabel": RELEASE, "type": "HIVE"},
            driver=HiveQuery(Script("code/words.sql")),
        )
        pipeline.acknowledge_wildcards()
        acknowledge_no_access_logs(self)
