"""The EMR pipelines of tests/goldens/services.py and newer.py, written with this library."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from cdk_sagemaker_pipelines import (
    CacheConfig,
    ClusterConfig,
    EmrInstanceFleet,
    EMRServerlessStep,
    EMRStep,
    ExceptionType,
    HiveQuery,
    Parameter,
    Pipeline,
    RetryPolicy,
    S3Location,
    SparkSubmit,
)
from tests.steps.sdk.pipelines import Place, scenario

EXISTING = "j-1ABCDEFGHIJKL"
SCRIPT = Parameter.string("Script", default="s3://my-bucket/count.py")
DAY = CacheConfig(cdk.Duration.days(1))
SHARED: dict[str, Any] = {
    "display_name": "Count",
    "description": "counts words",
    "cache": DAY,
    "retry_policies": [
        RetryPolicy(
            [ExceptionType.SERVICE_FAULT, ExceptionType.THROTTLING],
            interval_seconds=10,
            backoff_rate=2.0,
            max_attempts=3,
        )
    ],
}
SPARK = ("spark-submit", "--deploy-mode", "cluster", SCRIPT)
ROLES = {"JobFlowRole": "EMR_EC2_DefaultRole", "ServiceRole": "EMR_DefaultRole"}


def role(place: Place, name: str) -> iam.IRole:
    return iam.Role.from_role_arn(place, name, f"arn:aws:iam::111122223333:role/{name}", mutable=False)


@scenario
def emr(place: Place) -> Pipeline:
    cores = Parameter.integer("Cores", default=2)
    pipeline = place.pipeline("Emr", parameters=[SCRIPT, cores])
    existing = EMRStep(pipeline, "Existing", cluster_id=EXISTING, args=SPARK, **SHARED)
    EMRStep(
        pipeline,
        "WithRole",
        depends_on=[existing],
        cluster_id=EXISTING,
        jar="s3://my-bucket/app.jar",
        args=["--in", existing.properties.id],
        main_class="com.example.Main",
        java_properties={"speed": "fast"},
        execution_role=role(place, "EmrRuntimeRole"),
    )
    groups = {
        "ReleaseLabel": "emr-7.1.0",
        "Applications": [{"Name": "Spark"}],
        "Configurations": [{"Classification": "spark", "Properties": {"maximizeResourceAllocation": "true"}}],
        **ROLES,
        "LogUri": "s3://my-bucket/logs/",
        "SecurityConfiguration": "at-rest",
        "BootstrapActions": [{"Name": "tools", "ScriptBootstrapAction": {"Path": "s3://my-bucket/tools.sh"}}],
        "Tags": [{"Key": "team", "Value": "ml"}],
        "Instances": {
            "InstanceGroups": [
                {"Name": "main", "InstanceRole": "MASTER", "InstanceType": "m5.xlarge", "InstanceCount": 1},
                {
                    "Name": "core",
                    "InstanceRole": "CORE",
                    "InstanceType": "m5.xlarge",
                    "InstanceCount": cores,
                    "Market": "SPOT",
                },
            ],
            "Ec2SubnetId": "subnet-0123456789abcdef0",
            "EmrManagedMasterSecurityGroup": "sg-0123456789abcdef0",
        },
    }
    EMRStep(pipeline, "Groups", cluster_config=groups, args=SPARK, cache=DAY)
    fleets = ClusterConfig(
        release_label="emr-7.1.0",
        primary=EmrInstanceFleet(instance_types=["m5.xlarge"], on_demand=1),
        core=EmrInstanceFleet(instance_types={"m5.xlarge": 1, "m5.2xlarge": 2}, spot=4, spot_timeout_in_minutes=10),
        service_role="EMR_DefaultRole",
        instance_profile="EMR_EC2_DefaultRole",
        members={"Instances": {"Ec2SubnetIds": ["subnet-0123456789abcdef0", "subnet-0fedcba9876543210"]}},
    )
    EMRStep(pipeline, "Fleets", cluster_config=fleets, args=SPARK)
    return pipeline


@scenario
def emr_serverless(place: Place) -> Pipeline:
    pipeline = place.pipeline("EmrServerless", parameters=[SCRIPT])
    job_role = role(place, "EmrServerlessRole")
    spark = EMRServerlessStep(
        pipeline,
        "Spark",
        application_id="00f1abcdefghij0l",
        role=job_role,
        driver=SparkSubmit(SCRIPT, args=["--in", "s3://my-bucket/in"], parameters="--conf spark.executor.cores=2"),
        logs=S3Location(place.bucket, "logs/"),
        timeout=cdk.Duration.minutes(30),
        job_name="count",
        job_tags={"team": "ml"},
        **SHARED,
    )
    own = {
        "name": "own",
        "releaseLabel": "emr-7.1.0",
        "type": "HIVE",
        "autoStopConfiguration": {"enabled": True, "idleTimeoutMinutes": 15},
        "maximumCapacity": {"cpu": "16 vCPU", "memory": "64 GB"},
    }
    query = HiveQuery("s3://my-bucket/query.sql", parameters="--hiveconf a=b")
    EMRServerlessStep(pipeline, "Hive", depends_on=[spark], application_config=own, role=job_role, driver=query)
    return pipeline
