"""Words are counted on a cluster of the stack, on one of the step's own, and without a cluster."""

from pathlib import Path

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

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

JOBS = Path(__file__).parent / "jobs"
SCRIPT = Script(JOBS / "count.py")
RELEASE = "emr-7.10.0"
NODE = InstanceGroup(instance_type="m5.xlarge")

app = cdk.App(analytics_reporting=False)
stack = cdk.Stack(app, "Emr", env=cdk.Environment(account="111122223333", region="eu-west-1"))
vpc = ec2.Vpc(
    stack,
    "Vpc",
    availability_zones=["eu-west-1a", "eu-west-1b"],
    nat_gateways=1,
    restrict_default_security_group=False,
    gateway_endpoints={"S3": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.S3)},
)
data = s3.Bucket(stack, "Data", removal_policy=cdk.RemovalPolicy.DESTROY)
texts, counts = S3Prefix(data, "texts/"), S3Prefix(data, "counts/")
runtime = iam.Role(stack, "Runtime", assumed_by=iam.AccountPrincipal("111122223333"))
shared = EmrCluster(
    stack,
    "Cluster",
    release_label=RELEASE,
    vpc=vpc,
    primary=NODE,
    core=InstanceGroup(instance_type="m5.xlarge", instance_count=2, volume_size_in_gb=64),
    logs=S3Prefix(data, "logs/"),
    runtime_roles=True,
    step_concurrency=4,
)
own = ClusterConfig(
    release_label=RELEASE,
    vpc=vpc,
    primary=InstanceFleet(instance_types=["m5.xlarge"], on_demand=1),
    core=InstanceFleet(instance_types={"m5.xlarge": 1, "m5.2xlarge": 2}, spot=Parameter.integer("Units", default=4)),
    logs=S3Prefix(data, "logs/"),
)
application = EmrServerlessApplication(
    stack, "Spark", release_label=RELEASE, maximum_cpu="64 vCPU", maximum_memory="256 GB"
)

pipeline = Pipeline(stack, "Pipeline", pipeline_name="Count", artifacts=data)
count: list[str | S3Prefix | Script] = ["spark-submit", "--deploy-mode", "cluster", SCRIPT, texts, counts]
first = EMRStep(pipeline, "Shared", cluster=shared, args=count, execution_role=runtime, reads=[texts], writes=[counts])
EMRStep(pipeline, "Told", cluster=shared, args=["echo", first.properties.id])
EMRStep(pipeline, "Own", cluster_config=own, args=count, reads=[texts], writes=[counts])
spark = SparkSubmit(SCRIPT, args=[texts, counts])
EMRServerlessStep(pipeline, "Serverless", application=application, driver=spark, reads=[texts], writes=[counts])
hive = {"releaseLabel": RELEASE, "type": "HIVE"}
EMRServerlessStep(pipeline, "Query", application_config=hive, driver=HiveQuery(Script(JOBS / "count.sql")))
app.synth()
