"""Steps whose containers cannot run here: they check their input, leave placeholders, and say so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import botocore.session
import pytest
from botocore.validate import ParamValidator

from cdk_sagemaker_pipelines.language.step_types import STEP_TYPES
from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from cdk_sagemaker_pipelines.local.runners import RUNNERS
from tests.local.embedding import Embedded, finished
from tests.local.support import BUCKET, get, step
from tests.local.test_recorded import document
from tests.steps import plain


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("outcomes") / "outcomes.json"
    file.write_text("{}")
    return file


@pytest.fixture(scope="module")
def embedded(outcomes: Path) -> Iterator[Embedded]:
    with EmbeddedAws("us-east-1", "111122223333", outcomes=outcomes) as aws:
        account = Embedded(aws)
        for bucket in (BUCKET, "my-bucket"):
            account.client("s3").create_bucket(Bucket=bucket)
        yield account


def put(account: Embedded, *uris: str) -> None:
    for uri in uris:
        bucket, key = uri[5:].split("/", 1)
        account.client("s3").put_object(Bucket=bucket, Key=key, Body=b"1")


def read(account: Embedded, uri: str) -> Any:
    bucket, key = uri[5:].split("/", 1)
    return json.loads(account.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())


def quality(name: str = "Check", **keys: Any) -> dict[str, Any]:
    arguments = document("quality_checks")["Steps"][1]["Arguments"]
    arguments["ProcessingInputs"][0]["S3Input"]["S3Uri"] = "s3://my-bucket/data.csv"
    return step(name, "QualityCheck", arguments, **{"CheckType": "DATA_QUALITY", **keys})


FIRST: dict[str, Any] = {"SkipCheck": True, "RegisterNewBaseline": True}


def test_a_first_quality_check(embedded: Embedded) -> None:
    put(embedded, "s3://my-bucket/data.csv")
    message = {"Std:Join": {"On": ",", "Values": [
        get(f"Steps.Check.{which}{part}") for which in ("CalculatedBaseline", "BaselineUsedForDriftCheck")
        for part in ("Statistics", "Constraints")]}}  # fmt: skip
    done = finished(embedded, "first", [quality(**FIRST), step("F", "Fail", {"ErrorMessage": message})])
    uris = done.steps["F"]["FailureReason"].split(",")
    place = "s3://my-bucket/model-monitor/baselining/check-2025-01-01-00-00-00-000/results"
    assert uris == [f"{place}/statistics.json", f"{place}/constraints.json"] * 2
    assert read(embedded, uris[0])["simulated"] is True
    told = done.steps["Check"]
    assert told["StepDescription"].startswith("[simulated: Model Monitor only runs in its own image")
    job = told["Metadata"]["QualityCheck"]["CheckJobArn"].split("/")[1]
    described = embedded.client("sagemaker").describe_processing_job(ProcessingJobName=job)
    assert described["ProcessingJobStatus"] == "Completed"
    shape: Any = botocore.session.get_session().get_service_model("sagemaker").shape_for("PipelineExecutionStep")
    assert not ParamValidator().validate(told, shape).has_errors()


def test_a_check_needs_its_inputs(embedded: Embedded) -> None:
    check = quality(**FIRST)
    check["Arguments"]["ProcessingInputs"][0]["S3Input"]["S3Uri"] = "s3://my-bucket/nothing.csv"
    done = finished(embedded, "no-input", [check])
    assert "No S3 objects found under S3 URL" in done.steps["Check"]["FailureReason"]
    assert "'baseline_dataset_input'" in done.steps["Check"]["FailureReason"]


@pytest.mark.parametrize(("skip", "register"), [(False, False), (False, True), (True, False)])
def test_a_check_needs_a_baseline(embedded: Embedded, skip: bool, register: bool) -> None:
    put(embedded, "s3://my-bucket/data.csv")
    check = quality(SkipCheck=skip, RegisterNewBaseline=register, ModelPackageGroupName="none")
    done = finished(embedded, f"no-baseline-{skip}-{register}", [check])
    assert "there is no previous baseline for the DATA_QUALITY check" in done.steps["Check"]["FailureReason"]


def test_the_baseline_that_a_check_used(embedded: Embedded) -> None:
    supplied = {f"SuppliedBaseline{part}": f"s3://my-bucket/old/{part}.json" for part in ("Statistics", "Constraints")}
    put(embedded, "s3://my-bucket/data.csv", *supplied.values())
    for register in (False, True):
        check = quality(SkipCheck=False, RegisterNewBaseline=register, **supplied)
        done = finished(embedded, f"used-{register}", [check])
        used = done.steps["Check"]["Metadata"]["QualityCheck"]["BaselineUsedForDriftCheckStatistics"]
        assert ("/old/" in used) != register


def test_the_baseline_of_the_latest_approved_package(embedded: Embedded) -> None:
    put(embedded, "s3://my-bucket/data.csv")
    sagemaker = embedded.client("sagemaker")
    sagemaker.create_model_package_group(ModelPackageGroupName="group")
    for number, status in ((1, "Approved"), (2, "Approved"), (3, "Rejected")):
        parts = {part: {"ContentType": "application/json", "S3Uri": f"s3://my-bucket/v{number}/{part}.json"}
                 for part in ("Statistics", "Constraints")}  # fmt: skip
        sagemaker.create_model_package(
            ModelPackageGroupName="group", ModelApprovalStatus=status, DriftCheckBaselines={"ModelDataQuality": parts}
        )
    check = quality(SkipCheck=False, RegisterNewBaseline=False, ModelPackageGroupName="group")
    done = finished(embedded, "registered", [check])
    told = done.steps["Check"]["Metadata"]["QualityCheck"]
    assert told["BaselineUsedForDriftCheckConstraints"] == "s3://my-bucket/v2/Constraints.json"


@pytest.mark.parametrize("fail", [True, False])
def test_a_scripted_violation(embedded: Embedded, outcomes: Path, fail: bool) -> None:
    supplied = {f"SuppliedBaseline{part}": f"s3://my-bucket/old/{part}.json" for part in ("Statistics", "Constraints")}
    put(embedded, "s3://my-bucket/data.csv", *supplied.values())
    outcomes.write_text(json.dumps({"Check": {"violation": True}}))
    check = quality(SkipCheck=False, RegisterNewBaseline=False, FailOnViolation=fail, **supplied)
    done = finished(embedded, f"violation-{fail}", [check])
    outcomes.write_text("{}")
    report = done.steps["Check"]["Metadata"]["QualityCheck"]["ViolationReport"]
    assert read(embedded, report)["violations"]
    assert done.status == ("Failed" if fail else "Succeeded")
    if fail:
        assert done.steps["Check"]["FailureReason"] == f"ClientError: the check found violations: {report}"


def test_clarify_as_the_sdk_writes_it(embedded: Embedded) -> None:
    written = document("clarify_checks")
    configs = [f"s3://my-bucket/analysis/{kind}/analysis_config.json" for kind in ("db", "mb", "ex")]
    put(embedded, "s3://my-bucket/data.csv", "s3://my-bucket/analysis.json", *configs)
    embedded.client("sagemaker").create_model(
        ModelName="clarified", PrimaryContainer={"Image": "i"}, ExecutionRoleArn="arn:aws:iam::111122223333:role/model"
    )
    for parameter in written["Parameters"]:
        parameter["DefaultValue"] = {"Model": "clarified"}.get(parameter["Name"], parameter.get("DefaultValue"))
    written["Steps"][2].update(SkipCheck=True, RegisterNewBaseline=True)
    written["Steps"][3]["DependsOn"] = ["Explain"]
    done = finished(embedded, "clarify", written["Steps"], parameters=written["Parameters"])
    assert {name: told["StepStatus"] for name, told in done.steps.items()} == {
        "DataBias": "Succeeded", "ModelBias": "Succeeded", "Explain": "Succeeded", "F": "Failed",
    }, done.steps  # fmt: skip
    uri = done.steps["F"]["FailureReason"].split(",")[0]
    assert uri.endswith("/db/analysis.json")
    assert read(embedded, uri)["simulated"] is True


def test_clarify_without_its_model(embedded: Embedded) -> None:
    check = document("clarify_checks")["Steps"][1]
    check.update(ModelName="nobody", SkipCheck=False)
    done = finished(embedded, "clarify-2", [check])
    assert 'Could not find model "' in done.steps["ModelBias"]["FailureReason"]


def test_auto_ml_as_the_sdk_writes_it(embedded: Embedded) -> None:
    written = document("automl")
    put(embedded, "s3://my-bucket/train/a.csv")
    done = finished(embedded, "automl", written["Steps"], parameters=written["Parameters"])
    assert done.status == "Succeeded", done.steps
    name = done.steps["Auto"]["Metadata"]["AutoMLJob"]["Arn"].split("/")[1]
    told = embedded.client("sagemaker").describe_auto_ml_job(AutoMLJobName=name)
    assert told["AutoMLJobStatus"] == "Completed"
    assert told["BestCandidate"]["InferenceContainers"][0]["ModelDataUrl"].startswith("s3://my-bucket/automl/")
    assert "Autopilot only runs in the service" in done.steps["Auto"]["StepDescription"]
    second = embedded.client("sagemaker").describe_auto_ml_job_v2(AutoMLJobName=name)
    assert second["BestCandidate"] == told["BestCandidate"]
    (sent,), (shown,) = told["InputDataConfig"], second["AutoMLJobInputDataConfig"]
    assert shown["DataSource"] == sent["DataSource"]
    table = second["AutoMLProblemTypeConfig"]["TabularJobConfig"]
    assert table["TargetAttributeName"] == sent["TargetAttributeName"]
    assert table["ProblemType"] == told["ProblemType"]
    assert table["CompletionCriteria"] == told["AutoMLJobConfig"]["CompletionCriteria"]
    model = embedded.client("sagemaker").meta.service_model.operation_model("DescribeAutoMLJobV2").output_shape
    assert {*model.required_members} <= second.keys() <= {*model.members, "ResponseMetadata"}
    listed = embedded.client("sagemaker").list_auto_ml_jobs(StatusEquals="Completed")["AutoMLJobSummaries"]
    assert [job["AutoMLJobName"] for job in listed] == [name]
    again = finished(embedded, "automl-2", written["Steps"], parameters=written["Parameters"])
    assert "CacheHitResult" not in again.steps["Auto"]


def test_a_job_as_the_sdk_writes_it(embedded: Embedded) -> None:
    written = document("v3_job")
    message = {
        "Std:Join": {
            "On": " ",
            "Values": [
                get("Steps.Eval.JobArn"),
                get("Steps.Eval.JobConfigDocument.EvaluationConfig.HyperParameters.top_p"),
            ],
        }
    }
    steps = [written["Steps"][0], step("F", "Fail", {"ErrorMessage": message})]
    done = finished(embedded, "job", steps, parameters=written["Parameters"])
    arn, value = done.steps["F"]["FailureReason"].split(" ")
    assert (value, done.steps["Eval"]["Metadata"]["Job"]["Arn"]) == ("1.0", arn)
    assert ":job/AgentRFTEvaluation/pipelines-" in arn
    listed = embedded.client("sagemaker").list_jobs(JobCategory="AgentRFTEvaluation")["JobSummaries"]
    assert [job["JobArn"] for job in listed] == [arn]
    assert embedded.client("sagemaker").list_jobs(JobCategory="AgentRFT")["JobSummaries"] == []


def test_emr_as_the_sdk_writes_it(embedded: Embedded) -> None:
    written, emr = document("emr"), embedded.client("emr")
    put(embedded, "s3://my-bucket/a.py", "s3://my-bucket/spark.py")
    missing = finished(embedded, "emr-0", written["Steps"][:1], parameters=written["Parameters"])
    assert "Failed to invoke emr:DescribeCluster" in missing.steps["Existing"]["FailureReason"]
    cluster = emr.run_job_flow(
        Name="c", ReleaseLabel="emr-6.15.0",
        Instances={"MasterInstanceType": "m5.xlarge", "SlaveInstanceType": "m5.xlarge", "InstanceCount": 2,
                   "KeepJobFlowAliveWhenNoSteps": True},
    )["JobFlowId"]  # fmt: skip
    written["Steps"][4]["DependsOn"] = ["Fleet", "RoleStep"]
    for one in written["Steps"][:2]:
        one["Arguments"]["ClusterId"] = cluster
    done = finished(embedded, "emr", written["Steps"], parameters=written["Parameters"])
    assert {name: told["StepStatus"] for name, told in done.steps.items()} == {
        "Existing": "Succeeded", "RoleStep": "Succeeded", "NewCluster": "Succeeded", "Fleet": "Succeeded",
        "F": "Failed",
    }, done.steps  # fmt: skip
    told = done.steps["Existing"]["Metadata"]["EMR"]
    assert done.steps["F"]["FailureReason"] == f"{told['StepId']},COMPLETED"
    assert told["ClusterId"] == cluster
    assert {listed["Id"] for listed in emr.list_steps(ClusterId=cluster)["Steps"]} >= {told["StepId"]}
    made = done.steps["NewCluster"]["Metadata"]["EMR"]["ClusterId"]
    assert emr.describe_cluster(ClusterId=made)["Cluster"]["Status"]["State"] == "TERMINATED"
    assert emr.describe_cluster(ClusterId=cluster)["Cluster"]["Status"]["State"] in ("RUNNING", "WAITING")
    emr.terminate_job_flows(JobFlowIds=[cluster])
    late = finished(embedded, "emr-2", written["Steps"][:1], parameters=written["Parameters"])
    assert f"the cluster {cluster} is TERMINATED" in late.steps["Existing"]["FailureReason"]


def test_clusters_and_applications_are_deployed(embedded: Embedded) -> None:
    trust = {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                            "Principal": {"Service": "ec2.amazonaws.com"}}]}  # fmt: skip
    group = {"InstanceCount": 1, "InstanceType": "m5.xlarge"}
    template = {
        "Resources": {
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust}},
            "Profile": {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": [{"Ref": "Role"}]}},
            "Security": {
                "Type": "AWS::EMR::SecurityConfiguration",
                "Properties": {"Name": "s", "SecurityConfiguration": {"EncryptionConfiguration": {}}},
            },
            "Cluster": {
                "Type": "AWS::EMR::Cluster",
                "Properties": {
                    "Name": "c", "ReleaseLabel": "emr-7.0.0", "ServiceRole": {"Ref": "Role"},
                    "JobFlowRole": {"Ref": "Profile"}, "VisibleToAllUsers": True, "StepConcurrencyLevel": 2,
                    "SecurityConfiguration": {"Ref": "Security"}, "Applications": [{"Name": "Spark"}],
                    "AutoTerminationPolicy": {"IdleTimeout": 3600}, "Tags": [{"Key": "a", "Value": "b"}],
                    "LogUri": "s3://my-bucket/logs/",
                    "Instances": {
                        "KeepJobFlowAliveWhenNoSteps": True, "MasterInstanceGroup": {**group, "Name": "m"},
                        "CoreInstanceGroup": {**group, "Name": "c"},
                    },
                },
            },
            "Application": {
                "Type": "AWS::EMRServerless::Application",
                "Properties": {
                    "Name": "a", "ReleaseLabel": "emr-7.0.0", "Type": "Spark", "Tags": [{"Key": "a", "Value": "b"}],
                    "AutoStopConfiguration": {"Enabled": True, "IdleTimeoutMinutes": 15},
                    "MaximumCapacity": {"Cpu": "8 vCPU", "Memory": "32 GB"},
                },
            },
        },
        "Outputs": {"Cluster": {"Value": {"Ref": "Cluster"}}, "Application": {"Value": {"Ref": "Application"}},
                    "Arn": {"Value": {"Fn::GetAtt": ["Application", "Arn"]}}},
    }  # fmt: skip
    formation = embedded.client("cloudformation")
    formation.create_stack(StackName="emr", TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_IAM"])
    (stack,) = formation.describe_stacks(StackName="emr")["Stacks"]
    events = formation.describe_stack_events(StackName="emr")["StackEvents"]
    assert stack["StackStatus"] == "CREATE_COMPLETE", [event.get("ResourceStatusReason") for event in events]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    assert outputs["Arn"].endswith(f"/applications/{outputs['Application']}")
    jar = {"HadoopJarStep": {"Jar": "command-runner.jar", "Args": ["spark-submit"]}}
    role = "arn:aws:iam::111122223333:role/job"
    driver = {"executionRoleArn": role, "jobDriver": {"sparkSubmit": {"entryPoint": "local:///x.py"}}}
    done = finished(
        embedded,
        "on-owned",
        [
            step("Cluster", "EMR", {"ClusterId": outputs["Cluster"], "StepConfig": jar}),
            step("Serverless", "EMRServerless", {"ApplicationId": outputs["Application"], "JobConfig": driver,
                                                 "ExecutionRoleArn": role}),
        ],
    )  # fmt: skip
    assert done.status == "Succeeded", {name: told.get("FailureReason") for name, told in done.steps.items()}
    formation.delete_stack(StackName="emr")
    applications = embedded.client("emr-serverless").list_applications()["applications"]
    assert outputs["Application"] not in {a["id"] for a in applications if a["state"] != "TERMINATED"}


def test_emr_serverless_as_the_sdk_writes_it(embedded: Embedded) -> None:
    written, serverless = document("v3_emr_serverless"), embedded.client("emr-serverless")
    put(embedded, "s3://my-bucket/a.py", "s3://my-bucket/q.sql")
    application = serverless.create_application(name="a", releaseLabel="emr-6.15.0", type="SPARK")["applicationId"]
    existing = written["Steps"][0]["Arguments"]
    existing["ApplicationId"] = existing["JobConfig"]["applicationId"] = application
    done = finished(embedded, "serverless", written["Steps"], parameters=written["Parameters"])
    assert done.status == "Succeeded", done.steps
    told = done.steps["Existing"]["Metadata"]["EMRServerless"]
    run = serverless.get_job_run(applicationId=application, jobRunId=told["JobRunId"])["jobRun"]
    assert run["name"] == "run"
    assert done.steps["Existing"]["StepDescription"].startswith("d [simulated: EMR Serverless has no workers here")
    nowhere = written["Steps"][0]
    nowhere["Arguments"]["ApplicationId"] = "00none"
    done = finished(embedded, "serverless-2", [nowhere], parameters=written["Parameters"])
    assert "emr-serverless:GetApplication" in done.steps["Existing"]["FailureReason"]


def test_outcomes_of_a_simulated_step(embedded: Embedded, outcomes: Path) -> None:
    put(embedded, "s3://my-bucket/data.csv")
    outcomes.write_text(json.dumps({
        "Fails": {"fail": "ClientError: told so"},
        "Changed": {"properties": {"CalculatedBaselineStatistics": "mine"}},
    }))  # fmt: skip
    message = {"ErrorMessage": get("Steps.Changed.CalculatedBaselineStatistics")}
    done = finished(embedded, "told", [quality("Changed", **FIRST), step("F", "Fail", message)])
    assert done.steps["F"]["FailureReason"] == "mine"
    done = finished(embedded, "told-2", [quality("Fails", **FIRST)])
    outcomes.write_text("{}")
    assert done.steps["Fails"]["FailureReason"] == "ClientError: told so"


def test_a_job_that_its_row_describes_completely(embedded: Embedded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(STEP_TYPES, "Compilation", plain.ROW)
    monkeypatch.setitem(cast("dict[str, Any]", RUNNERS), "Compilation", plain.RUNNER)
    arguments = {
        "InputConfig": {"S3Uri": "s3://my-bucket/model/", "Framework": "PYTORCH"},
        "OutputConfig": {"S3OutputLocation": "s3://my-bucket/compiled/", "TargetDevice": "rasp3b"},
        "StoppingCondition": {"MaxRuntimeInSeconds": 900},
    }
    missing = finished(embedded, "compilation-1", [step("Compile", "Compilation", arguments)])
    assert "InputConfig" in missing.steps["Compile"]["FailureReason"]
    put(embedded, "s3://my-bucket/model/model.tar.gz")
    tell = step("Tell", "Fail", {"ErrorMessage": get("Steps.Compile.CompilationJobArn")})
    done = finished(embedded, "compilation-2", [step("Compile", "Compilation", arguments), tell])
    assert "models are compiled in the service only" in done.steps["Compile"]["StepDescription"]
    assert ":compilation-job/pipelines-" in done.steps["Tell"]["FailureReason"]
