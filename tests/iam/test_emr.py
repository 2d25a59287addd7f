"""What steps on EMR and EMR Serverless lead to: for the pipeline's role and for that of their jobs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cdk_sagemaker_pipelines.iam.environment import DataAccess
from tests.language.support import get, step

from .support import KEY, PLACE, ROLE, of_job, of_jobs, of_pipeline

IAM = "arn:aws:iam::123456789012:role"
CLUSTER = "arn:aws:elasticmapreduce:eu-west-1:123456789012:cluster"
RULE = "arn:aws:events:eu-west-1:123456789012:rule/SageMakerPipelineExecutionEMR"
RULES = "events:DescribeRule events:PutRule events:PutTargets"
SERVERLESS = "arn:aws:emr-serverless:eu-west-1:123456789012:/"
FOLLOW = (
    "elasticmapreduce:CancelSteps elasticmapreduce:DescribeCluster elasticmapreduce:DescribeStep "
    "elasticmapreduce:ListSteps"
)
ADD = "elasticmapreduce:AddJobFlowSteps"
STEP = {"StepConfig": {"HadoopJarStep": {"Jar": "command-runner.jar"}}}


def passed(role: str, service: str) -> Any:
    return ("iam:PassRole", role, {"StringEquals": {"iam:PassedToService": f"{service}.amazonaws.com"}})


def linked(service: str, name: str) -> Any:
    arn = f"{IAM}/aws-service-role/{service}/{name}"
    return ("iam:CreateServiceLinkedRole", arn, {"StringEquals": {"iam:AWSServiceName": service}})


def on_cluster(name: str = "S", **arguments: Any) -> dict[str, Any]:
    return step(name, "EMR", {**STEP, "ClusterId": "j-1", **arguments})


def test_a_cluster_that_exists() -> None:
    assert of_pipeline(on_cluster()) == [
        (f"{ADD} {FOLLOW}", f"{CLUSTER}/j-1"),
        (RULES, f"{RULE}StepStatusUpdateRule"),
    ]


def test_a_role_of_its_own_is_the_only_one_that_may_be_taken() -> None:
    assert of_pipeline(on_cluster(ExecutionRoleArn=ROLE)) == [
        (ADD, f"{CLUSTER}/j-1", {"StringEquals": {"elasticmapreduce:ExecutionRoleArn": ROLE}}),
        (FOLLOW, f"{CLUSTER}/j-1"),
        (RULES, f"{RULE}StepStatusUpdateRule"),
    ]


def test_a_cluster_that_only_an_expression_tells() -> None:
    found = of_pipeline(on_cluster(ClusterId=get("Parameters.Cluster")))
    assert found == [(RULES, f"{RULE}StepStatusUpdateRule")]


@pytest.mark.parametrize("tags", [[], [{"Key": "team", "Value": "ml"}]])
def test_a_cluster_that_is_made_for_the_step(tags: list[Any]) -> None:
    config = {
        "Instances": {"InstanceGroups": []},
        "ServiceRole": "Emr",
        "JobFlowRole": "Nodes",
        "AutoScalingRole": f"{IAM}/path/Scaling",
        "Tags": tags,
    }
    actions = [
        ADD,
        *(["elasticmapreduce:AddTags"] if tags else []),
        *FOLLOW.split(),
        "elasticmapreduce:RunJobFlow",
        "elasticmapreduce:TerminateJobFlows",
    ]
    assert of_pipeline(step("S", "EMR", {**STEP, "ClusterConfig": config})) == [
        (" ".join(actions), f"{CLUSTER}/*"),
        (RULES, f"{RULE}ClusterStatusRule {RULE}ClusterStatusUpdateRule {RULE}StepStatusUpdateRule"),
        linked("elasticmapreduce.amazonaws.com", "AWSServiceRoleForEMRCleanup"),
        passed(f"{IAM}/Emr", "elasticmapreduce"),
        passed(f"{IAM}/Nodes", "ec2"),
        passed(f"{IAM}/path/Scaling", "application-autoscaling"),
    ]


def test_in_china_the_services_have_the_names_of_that_partition() -> None:
    china = replace(PLACE, partition="aws-cn", region="cn-north-1")
    config = {"Instances": {}, "ServiceRole": "Emr", "JobFlowRole": "Nodes", "AutoScalingRole": "Scaling"}
    found = of_pipeline(step("S", "EMR", {**STEP, "ClusterConfig": config}), environment=china)
    arn = "arn:aws-cn:iam::123456789012:role"

    def both(service: str) -> list[str]:
        return [f"{service}.amazonaws.com", f"{service}.amazonaws.com.cn"]

    names = sorted(f"{arn}/aws-service-role/{one}/AWSServiceRoleForEMRCleanup" for one in both("elasticmapreduce"))
    assert found[2:] == [
        (
            "iam:CreateServiceLinkedRole",
            " ".join(names),
            {"StringEquals": {"iam:AWSServiceName": both("elasticmapreduce")}},
        ),
        *(
            ("iam:PassRole", f"{arn}/{role}", {"StringEquals": {"iam:PassedToService": both(service)}})
            for role, service in (("Emr", "elasticmapreduce"), ("Nodes", "ec2"), ("Scaling", "application-autoscaling"))
        ),
    ]


def test_roles_of_a_cluster_that_are_not_known() -> None:
    config = {"Instances": {}, "ServiceRole": get("Parameters.Role")}
    found = of_pipeline(step("S", "EMR", {**STEP, "ClusterConfig": config}))
    assert not [entry for entry in found if entry[0] == "iam:PassRole"]


def test_what_a_runtime_role_reads_and_writes() -> None:
    access = DataAccess(ROLE, ("s3://secret/raw/",), ("s3://out/counts",))
    environment = replace(PLACE, accesses={"S": [access]})
    jar = {"StepConfig": {"HadoopJarStep": {"Jar": "s3://code/app.jar"}}}
    assert of_job("EMR", {**jar, "ClusterId": "j-1", "ExecutionRoleArn": ROLE}, environment=environment) == [
        ("s3:GetObject", "arn:aws:s3:::code/app.jar arn:aws:s3:::out/counts* arn:aws:s3:::secret/raw/*"),
        ("s3:ListBucket", "arn:aws:s3:::secret", {"StringLike": {"s3:prefix": ["raw/*"]}}),
        ("kms:Decrypt", KEY),
        ("s3:ListBucket", "arn:aws:s3:::out", {"StringLike": {"s3:prefix": ["counts*"]}}),
        ("s3:AbortMultipartUpload s3:DeleteObject s3:PutObject", "arn:aws:s3:::out/counts/*"),
    ]


def test_what_the_instances_of_a_cluster_do_by_themselves() -> None:
    config = {
        "LogUri": "s3://logs/emr/",
        "BootstrapActions": [{"Name": "a", "ScriptBootstrapAction": {"Path": "s3://code/tools.sh"}}],
    }
    environment = replace(PLACE, accesses={"S": [DataAccess(ROLE)]})
    assert of_job("EMR", {**STEP, "ClusterConfig": config}, environment=environment) == [
        ("s3:AbortMultipartUpload s3:PutObject", "arn:aws:s3:::logs/emr/*"),
        ("s3:GetObject", "arn:aws:s3:::code/tools.sh"),
    ]
    assert of_jobs(step("S", "EMR", {**STEP, "ClusterConfig": config})) == {}


def test_data_of_another_step_is_followed() -> None:
    outputs = {"Outputs": [{"OutputName": "train", "S3Output": {"S3Uri": "s3://spark/train"}}]}
    prepare = step("Prepare", "Processing", {"ProcessingOutputConfig": outputs})
    uri = get("Steps.Prepare.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri")
    environment = replace(PLACE, accesses={"S": [DataAccess(ROLE, (uri,))]})
    found = of_job("EMR", {**STEP, "ClusterId": "j-1", "ExecutionRoleArn": ROLE}, prepare, environment=environment)
    assert found[0] == ("s3:GetObject", "arn:aws:s3:::spark/train*")


START = "emr-serverless:GetApplication emr-serverless:StartApplication emr-serverless:StartJobRun"
SERVERLESS_RULE = (RULES, f"{RULE}Serverless*")


def job(**more: Any) -> dict[str, Any]:
    return {"ExecutionRoleArn": ROLE, "JobConfig": {"executionRoleArn": ROLE, **more}}


@pytest.mark.parametrize("tags", [None, {"team": "ml"}])
def test_an_application_that_exists(tags: Any) -> None:
    more = " emr-serverless:TagResource" if tags else ""
    arguments = {**job(tags=tags), "ApplicationId": "00f1"}
    assert of_pipeline(step("S", "EMRServerless", arguments)) == [
        (START, f"{SERVERLESS}applications/00f1"),
        (
            f"emr-serverless:CancelJobRun emr-serverless:GetJobRun{more}",
            f"{SERVERLESS}applications/00f1/jobruns/*",
        ),
        SERVERLESS_RULE,
        passed(ROLE, "emr-serverless"),
    ]


def test_an_application_that_is_made_for_the_step() -> None:
    network = {"subnetIds": ["subnet-1", get("Parameters.Subnet")], "securityGroupIds": ["sg-1"]}
    config = {"releaseLabel": "emr-7.1.0", "type": "SPARK", "networkConfiguration": network}
    ec2 = "arn:aws:ec2:eu-west-1:123456789012"
    assert of_pipeline(step("S", "EMRServerless", {**job(), "ApplicationConfig": config})) == [
        ("emr-serverless:CreateApplication", f"{SERVERLESS}*"),
        (
            "emr-serverless:CancelJobRun emr-serverless:DeleteApplication emr-serverless:GetApplication "
            "emr-serverless:GetJobRun emr-serverless:StartApplication emr-serverless:StartJobRun "
            "emr-serverless:StopApplication",
            f"{SERVERLESS}applications/*",
        ),
        linked("ops.emr-serverless.amazonaws.com", "AWSServiceRoleForAmazonEMRServerless"),
        (
            "ec2:CreateNetworkInterface",
            f"{ec2}:network-interface/* {ec2}:security-group/sg-1 {ec2}:subnet/subnet-1",
            {"StringEquals": {"aws:CalledViaLast": "ops.emr-serverless.amazonaws.com"}},
        ),
        SERVERLESS_RULE,
        passed(ROLE, "emr-serverless"),
    ]


def test_what_a_job_on_emr_serverless_needs() -> None:
    spark = {
        "entryPoint": "s3://code/count.py",
        "entryPointArguments": ["s3://not/derived"],
        "sparkSubmitParameters": "--jars s3://code/a.jar,s3://code/b.jar --conf spark.archives=s3://code/env.tar.gz#env",
    }
    monitoring = {"s3MonitoringConfiguration": {"logUri": "s3://secret/logs/"}}
    config = job(jobDriver={"sparkSubmit": spark}, configurationOverrides={"monitoringConfiguration": monitoring})
    assert of_job("EMRServerless", {**config, "ApplicationId": "00f1"}) == [
        (
            "s3:GetObject",
            "arn:aws:s3:::code/a.jar arn:aws:s3:::code/b.jar arn:aws:s3:::code/count.py arn:aws:s3:::code/env.tar.gz",
        ),
        ("s3:AbortMultipartUpload s3:PutObject", "arn:aws:s3:::secret/logs/*"),
        ("kms:Decrypt kms:GenerateDataKey", KEY),
    ]


@pytest.mark.parametrize("scheme", ["s3", "s3a", "s3n"])
@pytest.mark.parametrize(
    ("parameters", "files"),
    [
        ("--py-files {}code/a.zip,{}code/b.zip", "a.zip b.zip"),
        ("--files={}code/a.txt", "a.txt"),
        ("--conf spark.jars={}code/a.jar,{}code/b.jar", "a.jar b.jar"),
        ("--conf 'spark.submit.pyFiles={}code/a.zip'", "a.zip"),
        ("--conf spark.yarn.dist.archives={}code/a.tgz#env", "a.tgz"),
        ("--conf spark.eventLog.dir={}code/logs/", ""),
        ("--conf=spark.eventLog.dir={}code/logs/ --conf=spark.files={}code/a.txt", "a.txt"),
        ("--conf spark.sql.warehouse.dir={}code/warehouse --jars {}code/a.jar", "a.jar"),
        ("--conf 'spark.driver.extraJavaOptions=-Din={}code/in -Dout={}code/out'", ""),
    ],
)
def test_what_the_parameters_of_spark_name(scheme: str, parameters: str, files: str) -> None:
    spark = {"sparkSubmit": {"sparkSubmitParameters": parameters.replace("{}", f"{scheme}://")}}
    found = of_job("EMRServerless", {**job(jobDriver=spark), "ApplicationId": "00f1"})
    assert found == ([("s3:GetObject", " ".join(f"arn:aws:s3:::code/{one}" for one in files.split()))] if files else [])


@pytest.mark.parametrize("scheme", ["s3a", "s3n"])
def test_the_schemes_of_hadoop_are_places_in_s3(scheme: str) -> None:
    config = {"LogUri": f"{scheme}://logs/emr/"}
    environment = replace(PLACE, accesses={"S": [DataAccess(ROLE)]})
    jar = {"StepConfig": {"HadoopJarStep": {"Jar": f"{scheme}://code/app.jar"}}}
    assert of_job("EMR", {**jar, "ClusterConfig": config}, environment=environment) == [
        ("s3:GetObject", "arn:aws:s3:::code/app.jar"),
        ("s3:AbortMultipartUpload s3:PutObject", "arn:aws:s3:::logs/emr/*"),
    ]


def test_what_a_hive_query_needs() -> None:
    hive = {"query": "s3://code/query.sql", "initQueryFile": "s3://code/init.sql"}
    cloud_watch = {"enabled": True, "logGroupName": "/emr/hive"}
    overrides = {"monitoringConfiguration": {"cloudWatchLoggingConfiguration": cloud_watch}}
    arguments = {**job(jobDriver={"hive": hive}, configurationOverrides=overrides), "ApplicationId": "00f1"}
    logs = "arn:aws:logs:eu-west-1:123456789012"
    assert of_jobs(step("S", "EMRServerless", arguments))[ROLE] == [
        ("s3:GetObject", "arn:aws:s3:::code/init.sql arn:aws:s3:::code/query.sql"),
        (
            "logs:CreateLogGroup logs:CreateLogStream logs:DescribeLogStreams logs:PutLogEvents",
            f"{logs}:log-group:/emr/hive {logs}:log-group:/emr/hive:*",
        ),
        ("logs:DescribeLogGroups", f"{logs}:*"),
    ]
