"""A whole pipeline on the local AWS, through boto3 as on AWS."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local import embedding
from tests.local.embedding import Embedded, end, steps_of
from tests.local.support import processing, step
from tests.local.test_whole_pipeline import PARAMETERS, definition


def start(account: Embedded, name: str, steps: list[dict[str, Any]], **request: Any) -> str:
    return embedding.start(account, name, steps, parameters=PARAMETERS, **request)


def test_from_data_to_scores(embedded: Embedded) -> None:
    arn = start(embedded, "p", definition(embedded))
    assert end(embedded, arn)["PipelineExecutionStatus"] == "Succeeded", steps_of(embedded, arn)
    steps = steps_of(embedded, arn)
    assert set(steps) == {"Prepare", "Train", "Evaluate", "Check", "Register", "Model", "Score"}
    sagemaker = embedded.client("sagemaker")

    name = steps["Train"]["Metadata"]["TrainingJob"]["Arn"].rpartition("/")[2]
    training = sagemaker.describe_training_job(TrainingJobName=name)
    assert training["TrainingJobStatus"] == "Completed"
    assert training["FinalMetricDataList"][0]["MetricName"] == "train:r2"
    assert training["ModelArtifacts"]["S3ModelArtifacts"].endswith(f"{name}/output/model.tar.gz")
    name = steps["Prepare"]["Metadata"]["ProcessingJob"]["Arn"].rpartition("/")[2]
    assert sagemaker.describe_processing_job(ProcessingJobName=name)["ProcessingJobStatus"] == "Completed"
    name = steps["Score"]["Metadata"]["TransformJob"]["Arn"].rpartition("/")[2]
    assert sagemaker.describe_transform_job(TransformJobName=name)["TransformJobStatus"] == "Completed"
    package = steps["Register"]["Metadata"]["RegisterModel"]["Arn"]
    assert sagemaker.describe_model_package(ModelPackageName=package)["ModelPackageVersion"] == 1
    assert "process runner" in embedded.log("/aws/sagemaker/TrainingJobs")


def test_a_fail_step_and_a_start_value(embedded: Embedded) -> None:
    parameters = [{"Name": "MinR2", "Value": "0.99"}]
    arn = start(embedded, "poor", definition(embedded), PipelineParameters=parameters)
    answer = end(embedded, arn)
    assert (answer["PipelineExecutionStatus"], answer["FailureReason"]) == ("Failed", "r2 is below 0.99")


def test_a_job_reaches_the_same_account_as_its_role(embedded: Embedded) -> None:
    script = """
import boto3, os
who = boto3.client("sts").get_caller_identity()
assert who["Arn"] == "arn:aws:sts::123456789012:assumed-role/job/SageMaker", who
assert os.environ["AWS_ACCESS_KEY_ID"].startswith("ASIA") and os.environ["AWS_SESSION_TOKEN"]
boto3.client("s3").put_object(Bucket="data", Key="by/the/job", Body=b"hello")
"""
    uri = embedded.put("code/reach.py", script)
    arn = start(embedded, "reach", [step("Reach", arguments=processing(uri))])
    assert end(embedded, arn)["PipelineExecutionStatus"] == "Succeeded", steps_of(embedded, arn)
    assert embedded.read("by/the/job") == b"hello"


def test_locations_are_passed_to_code_as_uris(embedded: Embedded) -> None:
    write = "open('/opt/ml/processing/rows/all.csv', 'w').write('1,2')"
    use = """
import boto3, os, sys
s3, (bucket, _, key) = boto3.client("s3"), sys.argv[1].removeprefix("s3://").partition("/")
rows = s3.get_object(Bucket=bucket, Key=f"{key}/all.csv")["Body"].read()
bucket, _, key = os.environ["OUT"].removeprefix("s3://").partition("/")
s3.put_object(Bucket=bucket, Key=f"{key}count", Body=str(len(rows)))
"""
    outputs = {"rows": "s3://data/opt/ml/processing/rows"}  # a place that looks like one in the container
    rows = {"Get": "Steps.Write.ProcessingOutputConfig.Outputs['rows'].S3Output.S3Uri"}
    arn = start(
        embedded,
        "handed",
        [
            step("Write", arguments=processing(embedded.put("code/write.py", write), outputs=outputs)),
            step(
                "Use",
                arguments=processing(
                    embedded.put("code/use.py", use), arguments=[rows], Environment={"OUT": "s3://data/answers/"}
                ),
            ),
        ],
    )
    assert end(embedded, arn)["PipelineExecutionStatus"] == "Succeeded", steps_of(embedded, arn)
    assert embedded.read("answers/count") == b"3"


def test_stop(embedded: Embedded) -> None:
    uri = embedded.put("code/sleep.py", "import time\nprint('asleep', flush=True)\ntime.sleep(600)\n")
    arn = start(embedded, "sleepy", [step("Sleep", arguments=processing(uri))])
    embedded.client("sagemaker").stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken="t" * 32)
    assert end(embedded, arn)["PipelineExecutionStatus"] == "Stopped"
    assert {answer["StepStatus"] for answer in steps_of(embedded, arn).values()} <= {"Stopped"}


def test_invalid_start_values(embedded: Embedded) -> None:
    sagemaker = embedded.client("sagemaker")
    with pytest.raises(sagemaker.exceptions.ClientError) as error:
        start(embedded, "unfit", [step("Stop", "Fail")], PipelineParameters=[{"Name": "MinR", "Value": "x"}])
    assert "the pipeline has no parameter 'MinR'; did you mean 'MinR2'?" in str(error.value)
