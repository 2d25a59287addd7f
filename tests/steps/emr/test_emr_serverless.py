"""EMR Serverless steps and the application that a stack owns: their JSON, roles and data, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from cdk_sagemaker_pipelines import (
    EmrServerlessApplication,
    EMRServerlessStep,
    ExceptionType,
    FailStep,
    HiveQuery,
    Parameter,
    Pipeline,
    PipelineError,
    RetryPolicy,
    S3Location,
    Script,
    SparkSubmit,
)
from tests.steps.bad import NO_VPC
from tests.steps.support import SUBNETS, arguments, errors, findings, get, logical_id, network, rendered

APPLICATION = "00f1abcdefghij0l"
ROLE = "arn:aws:iam::111122223333:role/Spark"
SPARK = SparkSubmit("s3://code/count.py")
OWN = {"releaseLabel": "emr-7.10.0", "type": "HIVE"}
RETRY = RetryPolicy([ExceptionType.THROTTLING], max_attempts=3)


@pytest.fixture
def job_role(stack: cdk.Stack) -> iam.IRole:
    return iam.Role.from_role_arn(stack, "Spark", ROLE, mutable=False)


def test_every_field(pipeline: Pipeline, job_role: iam.IRole) -> None:
    step = EMRServerlessStep(
        pipeline,
        "Count",
        step_name="Count-It",
        application_id=APPLICATION,
        role=job_role,
        driver=SparkSubmit(
            S3Location.from_uri("s3://code/count.py"),
            args=["--rows", 12, Parameter.string("Day", default="monday"), S3Location.from_uri("s3://data/raw/")],
            parameters="--conf spark.executor.cores=2",
        ),
        reads=["s3://data/raw/"],
        writes=["s3://data/counts/"],
        logs=S3Location.from_uri("s3://logs/spark/"),
        timeout=Duration.hours(1),
        job_name="count",
        job_tags={"team": "ml"},
        configuration_overrides={"applicationConfiguration": [{"classification": "spark-defaults"}]},
        overrides={"JobConfig": {"mode": "BATCH"}},
    )
    assert rendered(step) == {
        "Name": "Count-It",
        "Type": "EMRServerless",
        "Arguments": {
            "ExecutionRoleArn": ROLE,
            "JobConfig": {
                "applicationId": APPLICATION,
                "executionRoleArn": ROLE,
                "jobDriver": {
                    "sparkSubmit": {
                        "entryPoint": "s3://code/count.py",
                        "entryPointArguments": ["--rows", "12", get("Parameters.Day"), "s3://data/raw/"],
                        "sparkSubmitParameters": "--conf spark.executor.cores=2",
                    }
                },
                "configurationOverrides": {
                    "monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": "s3://logs/spark/"}},
                    "applicationConfiguration": [{"classification": "spark-defaults"}],
                },
                "executionTimeoutMinutes": 60,
                "name": "count",
                "tags": {"team": "ml"},
                "mode": "BATCH",
            },
            "ApplicationId": APPLICATION,
        },
    }
    assert findings(step) == []


def test_the_fewest_fields(pipeline: Pipeline, job_role: iam.IRole) -> None:
    step = EMRServerlessStep(pipeline, "Count", application_id=APPLICATION, driver=SPARK, role=job_role)
    assert rendered(step) == {
        "Name": "Count",
        "Type": "EMRServerless",
        "Arguments": {
            "ExecutionRoleArn": ROLE,
            "JobConfig": {
                "applicationId": APPLICATION,
                "executionRoleArn": ROLE,
                "jobDriver": {"sparkSubmit": {"entryPoint": "s3://code/count.py"}},
            },
            "ApplicationId": APPLICATION,
        },
    }
    assert step.job_role is job_role
    assert errors(pipeline) == []


def test_an_application_that_is_made_for_the_step(pipeline: Pipeline, job_role: iam.IRole) -> None:
    query = HiveQuery("s3://code/query.sql", init_query="s3://code/init.sql", parameters="--hiveconf a=b")
    step = EMRServerlessStep(pipeline, "Ask", application_config=OWN, driver=query, role=job_role)
    assert arguments(step) == {
        "ExecutionRoleArn": ROLE,
        "JobConfig": {
            "executionRoleArn": ROLE,
            "jobDriver": {
                "hive": {
                    "query": "s3://code/query.sql",
                    "initQueryFile": "s3://code/init.sql",
                    "parameters": "--hiveconf a=b",
                }
            },
        },
        "ApplicationConfig": OWN,
    }
    cdk.Tags.of(pipeline).add("stage", "dev")
    Template.from_stack(cdk.Stack.of(pipeline))
    found = pipeline.definition.step("Ask").arguments
    assert found["JobConfig"]["tags"] == found["ApplicationConfig"]["tags"] == {"stage": "dev"}
    assert findings(step) == []


def test_an_application_that_the_app_makes(pipeline: Pipeline, stack: cdk.Stack) -> None:
    application = EmrServerlessApplication(stack, "Spark", release_label="emr-7.10.0")
    step = EMRServerlessStep(pipeline, "Count", application=application, driver=SPARK)
    found = arguments(step)
    expected = {"Fn::GetAtt": [logical_id(application), "ApplicationId"]}
    assert found["ApplicationId"] == found["JobConfig"]["applicationId"] == expected
    assert errors(pipeline) == []


def test_the_jobs_own_role(pipeline: Pipeline, stack: cdk.Stack, tmp_path: Path) -> None:
    (tmp_path / "count.py").write_text("print('here')\n", encoding="utf-8")
    bucket = s3.Bucket.from_bucket_name(stack, "Data", "data")
    step = EMRServerlessStep(
        pipeline,
        "Count",
        application_id=APPLICATION,
        driver=SparkSubmit(Script(tmp_path / "count.py"), args=[S3Location(bucket, "raw/")]),
        reads=[S3Location(bucket, "raw/")],
        writes=[S3Location(bucket, "counts/")],
    )
    entry = arguments(step)["JobConfig"]["jobDriver"]["sparkSubmit"]["entryPoint"]
    assert entry == "s3://cdk-hnb659fds-assets-111122223333-eu-west-1/<hash>.py"
    (role,) = (
        Template.from_stack(stack)
        .find_resources("AWS::IAM::Role", {"Properties": {"Policies": [{"PolicyName": "Job"}]}})
        .values()
    )
    (trust,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    # the pipeline's default role is SageMaker's to take, and not this service's
    assert trust["Principal"] == {"Service": "emr-serverless.amazonaws.com"}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": "111122223333"}}
    partition = {"Ref": "AWS::Partition"}

    def objects(key: str) -> Any:
        return {"Fn::Join": ["", ["arn:", partition, f":s3:::data{key}"]]}

    reads, listing, writes = role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    assert reads["Action"] == "s3:GetObject"
    assert objects("/raw/*") in reads["Resource"]
    assert len(reads["Resource"]) == 2
    assert listing == {
        "Action": "s3:ListBucket",
        "Condition": {"StringLike": {"s3:prefix": ["counts/*", "raw/*"]}},
        "Effect": "Allow",
        "Resource": objects(""),
    }
    assert writes == {
        "Action": ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
        "Effect": "Allow",
        "Resource": objects("/counts/*"),
    }


def test_any_path_can_be_read_since_the_model_says_nothing(pipeline: Pipeline, job_role: iam.IRole) -> None:
    step = EMRServerlessStep(pipeline, "Count", application_id=APPLICATION, driver=SPARK, role=job_role)
    fail = FailStep(pipeline, "Stop", message=step.reference("JobRunId"))
    assert arguments(fail) == {"ErrorMessage": get("Steps.Count.JobRunId")}
    assert errors(pipeline) == []


EXACTLY_ONE = "give exactly one of application_id, application and application_config"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, EXACTLY_ONE),
        ({"application_id": APPLICATION, "application_config": OWN}, EXACTLY_ONE),
        ({"application": APPLICATION}, f"application takes an EmrServerlessApplication, not '{APPLICATION}'"),
        (
            {"application_config": "emr-7.10.0"},
            "application_config takes the request of CreateApplication, not 'emr-7.10.0'",
        ),
        ({"application_config": {"type": "SPARK"}}, "application_config needs 'releaseLabel'"),
        (
            {"application_id": APPLICATION, "driver": "s3://code/count.py"},
            "driver takes SparkSubmit(...) or HiveQuery(...), not 's3://code/count.py'",
        ),
        (
            {"application_id": APPLICATION, "driver": SparkSubmit("s3://a/b.py", args="--rows 1")},
            "driver: args must be a list, not '--rows 1'",
        ),
        ({"application_id": APPLICATION, "driver": HiveQuery(None)}, "driver: query must be a text, not None"),  # type: ignore[arg-type]
        (
            {"application_id": APPLICATION, "timeout": Duration.seconds(90)},
            "timeout: 1 minute 30 seconds is not a whole number of minutes",
        ),
        ({"application_id": APPLICATION, "timeout": "1h"}, "timeout takes a Duration or whole minutes, not '1h'"),
        (
            {"application_id": APPLICATION, "role": ROLE},
            f"role takes a role such as iam.Role.from_role_arn(...), not '{ROLE}'",
        ),
        (
            {"application_id": APPLICATION, "reads": [1]},
            "reads[0]: an S3Location, a step's output or an S3 URI is needed, not 1",
        ),
    ],
)
def test_bad_fields(pipeline: Pipeline, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(PipelineError) as error:
        EMRServerlessStep(pipeline, "Count", **{"driver": SPARK, **fields})
    assert str(error.value) == f"EMRServerlessStep '{pipeline.node.path}/Count': {message}"


# -- the application


def properties(stack: cdk.Stack) -> dict[str, Any]:
    (found,) = Template.from_stack(stack).find_resources("AWS::EMRServerless::Application").values()
    document: dict[str, Any] = found["Properties"]
    return document


def test_every_field_of_an_application(stack: cdk.Stack) -> None:
    EmrServerlessApplication(
        stack,
        "Spark",
        release_label="emr-7.10.0",
        engine="HIVE",
        name="shared",
        maximum_cpu="64 vCPU",
        maximum_memory="256 GB",
        maximum_disk="1000 GB",
        idle_timeout=Duration.minutes(5),
        max_concurrent_runs=3,
        queue_timeout=Duration.hours(1),
        architecture="ARM64",
        **network(stack),
    )
    assert properties(stack) == {
        "Name": "shared",
        "ReleaseLabel": "emr-7.10.0",
        "Type": "HIVE",
        "Architecture": "ARM64",
        "AutoStartConfiguration": {"Enabled": True},
        "AutoStopConfiguration": {"Enabled": True, "IdleTimeoutMinutes": 5},
        "MaximumCapacity": {"Cpu": "64 vCPU", "Memory": "256 GB", "Disk": "1000 GB"},
        "SchedulerConfiguration": {"MaxConcurrentRuns": 3, "QueueTimeoutMinutes": 60},
        "NetworkConfiguration": {"SecurityGroupIds": ["sg-0123456789abcdef0"], "SubnetIds": SUBNETS},
    }


def test_the_fewest_fields_of_an_application(stack: cdk.Stack) -> None:
    application = EmrServerlessApplication(stack, "Spark", release_label="emr-7.10.0")
    found = properties(stack)
    assert found.pop("Name").startswith("Stack-Spark-")
    assert found == {
        "ReleaseLabel": "emr-7.10.0",
        "Type": "SPARK",
        "AutoStartConfiguration": {"Enabled": True},
        "AutoStopConfiguration": {"Enabled": True, "IdleTimeoutMinutes": 15},
    }
    assert list(stack.resolve(application.application_arn)) == ["Fn::GetAtt"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"engine": "FLINK"}, "engine is 'FLINK'; allowed are 'SPARK', 'HIVE'"),
        ({"architecture": "ARM"}, "architecture is 'ARM'; did you mean 'ARM64'?"),
        ({"maximum_cpu": "4 vCPU"}, "maximum_cpu and maximum_memory must be given together"),
        ({"maximum_disk": "20 GB"}, "maximum_disk needs maximum_cpu and maximum_memory too"),
        ({"max_concurrent_runs": 0}, "max_concurrent_runs takes 1 to 1000, not 0"),
        (
            {"queue_timeout": Duration.hours(1)},
            "queue_timeout needs max_concurrent_runs, since there is no queue without it",
        ),
        (
            {"max_concurrent_runs": 1, "queue_timeout": Duration.minutes(5)},
            "queue_timeout is 5 minutes; allowed are 15 to 720 whole minutes",
        ),
        (
            {"idle_timeout": Duration.seconds(90)},
            "idle_timeout is 1 minute 30 seconds; allowed are 1 to 10080 whole minutes",
        ),
        ({"vpc_subnets": cdk.aws_ec2.SubnetSelection()}, NO_VPC),
    ],
)
def test_bad_fields_of_an_application(stack: cdk.Stack, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(PipelineError) as error:
        EmrServerlessApplication(stack, "Spark", **{"release_label": "emr-7.10.0", **fields})
    assert str(error.value) == f"EmrServerlessApplication 'Stack/Spark': {message}"
