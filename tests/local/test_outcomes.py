"""Files of outcomes: what they may contain, and how they end steps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from cdk_sagemaker_pipelines.local.engine.outcomes import Outcome, OutcomesError, read_outcomes
from tests.local.embedding import Embedded, end, steps_of
from tests.local.support import by_name, run, step, training


def write(folder: Path, document: Any) -> Path:
    file = folder / "outcomes.json"
    file.write_text(document if isinstance(document, str) else json.dumps(document))
    return file


def test_a_file(tmp_path: Path) -> None:
    file = write(tmp_path, {"A": {"fail": "no", "failures": 1, "seconds": 0.5}, "B": {"violation": True}, "C": {}})
    assert read_outcomes(file) == {
        "A": Outcome(fail="no", failures=1, seconds=0.5), "B": Outcome(violation=True), "C": Outcome(),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("{", "are not JSON"),
        ([], "must be an object by step name"),
        ({"A": "fail"}, "the outcome of 'A' in .* must be an object"),
        ({"A": {"fails": "x"}}, "has no member 'fails'; did you mean 'fail'"),
        ({"A": {"fail": 5}}, "has fail 5; it must be a str"),
        ({"A": {"failures": True}}, "has failures true; it must be a int"),
        ({"A": {"failures": -1}}, "failures is -1; it must be at least 0"),
        ({"A": {"failures": 2}}, "failures says nothing without fail"),
        ({"A": {"exception": "Step.THROTTLING"}}, "exception says nothing without fail"),
        ({"A": {"fail": "x", "exception": "Step.THROTTLE"}}, "no exception 'Step.THROTTLE'; did you mean"),
        ({"A": {"fail": "x", "exception": "Bogus"}}, "no exception 'Bogus'; there are 'Step.SERVICE_FAULT'"),
        ({"A": {"fail": "x", "stop": True}}, "a step that fails each time does not stop"),
        ({"A": {"seconds": -5}}, "the outcome of 'A' in .*: seconds is -5; allowed is 0 to 31536000, a year"),
        ({"A": {"seconds": 1e10}}, "seconds is 10000000000.0; allowed is"),
        ({"A": {"seconds": 10**400}}, "seconds is 10000000000000000000; allowed is"),
        ('{"A": {"seconds": 1e999}}', "seconds is inf; allowed is"),
        ('{"A": {"seconds": NaN}}', "seconds is nan; allowed is"),
    ],
)
def test_bad_files(tmp_path: Path, document: Any, reason: str) -> None:
    with pytest.raises(OutcomesError, match=reason):
        read_outcomes(write(tmp_path, document))


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(OutcomesError, match="cannot be read: No such file"):
        read_outcomes(tmp_path / "none.json")


def test_a_scripted_step_says_so() -> None:
    done = run([step("A", Description="mine"), step("B")], told={"A": Outcome(), "B": Outcome(fail="no")})
    assert by_name(done)["A"]["StepDescription"] == "mine [scripted: it ended as the outcomes say, nothing ran]"
    assert by_name(done)["B"]["FailureReason"] == "no"


def test_a_file_for_an_output_that_the_step_lacks() -> None:
    outputs = [{"OutputName": "report", "S3Output": {"S3Uri": "s3://b/report"}}]
    prepare = step("A", "Processing", Arguments={"ProcessingOutputConfig": {"Outputs": outputs}})
    done = run([prepare], told={"A": Outcome(files={"reprot/e.json": {}})})
    reason = "the step 'A' has no output 'reprot'; did you mean 'report'?"
    assert by_name(done)["A"]["FailureReason"] == f"the scripted outcome writes to 'reprot/e.json', but {reason}"


def test_the_server_reads_the_file_at_every_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMPIPE_OUTCOMES", str(write(tmp_path, {"A": {"fail": "told so"}})))
    definition = json.dumps({"Version": "2020-12-01", "Steps": [step("A", "Athena")]})
    with EmbeddedAws("eu-west-1", "123456789012") as aws:
        sagemaker = aws.services().client("sagemaker")
        role = "arn:aws:iam::123456789012:role/pipeline"
        sagemaker.create_pipeline(PipelineName="p", PipelineDefinition=definition, RoleArn=role)
        arn = sagemaker.start_pipeline_execution(PipelineName="p")["PipelineExecutionArn"]
        while sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)["PipelineExecutionStatus"] == "Executing":
            pass
        (told,) = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]
        assert told["StepStatus"] == "Failed"
        write(tmp_path, "{")
        with pytest.raises(sagemaker.exceptions.ClientError, match=r"ValidationException.*are not JSON"):
            sagemaker.start_pipeline_execution(PipelineName="p")


def test_a_retry_reads_the_file_again_and_scripted_jobs_are_described(tmp_path: Path) -> None:
    file = write(tmp_path, {"Train": {"fail": "told so"}})
    arguments = training({}, {}, OutputDataConfig={"S3OutputPath": "s3://nowhere/models"})
    definition = json.dumps({"Version": "2020-12-01", "Steps": [step("Train", "Training", arguments)]})
    with EmbeddedAws("eu-west-1", "123456789012", outcomes=file) as aws:
        account = Embedded(aws)
        sagemaker = account.client("sagemaker")
        account.client("s3").create_bucket(
            Bucket="nowhere", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        role = "arn:aws:iam::123456789012:role/pipeline"
        sagemaker.create_pipeline(PipelineName="p", PipelineDefinition=definition, RoleArn=role)
        arn = sagemaker.start_pipeline_execution(PipelineName="p")["PipelineExecutionArn"]
        assert end(account, arn)["PipelineExecutionStatus"] == "Failed"
        write(tmp_path, {"Train": {"properties": {"FinalMetricDataList": [{"MetricName": "m", "Value": 1.5}]}}})
        sagemaker.retry_pipeline_execution(PipelineExecutionArn=arn)
        assert end(account, arn)["PipelineExecutionStatus"] == "Succeeded"
        job = steps_of(account, arn)["Train"]["Metadata"]["TrainingJob"]["Arn"]
        told = sagemaker.describe_training_job(TrainingJobName=job.rpartition("/")[2])
        assert (told["TrainingJobStatus"], told["SecondaryStatus"]) == ("Completed", "Completed")
        assert told["FinalMetricDataList"][0]["Value"] == 1.5
        assert told["BillableTimeInSeconds"] == 1
        tags = {tag["Key"]: tag["Value"] for tag in sagemaker.list_tags(ResourceArn=job)["Tags"]}
        assert tags == {"sagemaker:pipeline-execution-arn": arn, "sagemaker:pipeline-step-name": "Train"}
