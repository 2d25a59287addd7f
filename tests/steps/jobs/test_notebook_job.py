"""A notebook job: its JSON with the fewest fields, its files as they go up, and bad input.

With every field: tests/goldens/notebook_job.json.
"""

# mypy: disable-error-code="arg-type, call-arg"

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Match, Template

from cdk_sagemaker_pipelines import NotebookJobStep, Parameter, Pipeline, S3Location
from tests.steps.bad import Case, Write, cases, refused
from tests.steps.support import IMAGE, JOB, ROLE, arguments, errors, findings, join, rendered, run_place

CHANNEL = "sagemaker_headless_execution_pipelinestep"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "more").mkdir()
    files = {"report.ipynb": "{}\n", "start.sh": "true\n", "more/tools.py": "A = 1\n", "more/start.sh": "false\n"}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def notebook(scope: Any, name: str = "Report", **fields: Any) -> NotebookJobStep:
    return NotebookJobStep(scope, name, **{**JOB, "notebook": "report.ipynb", **fields})


def place_of(step: NotebookJobStep) -> str:
    (channel,) = arguments(step)["InputDataConfig"]
    uri: str = channel["DataSource"]["S3DataSource"]["S3Uri"]
    return uri


def test_the_fewest_fields(pipeline: Pipeline) -> None:
    step = notebook(pipeline)
    place = place_of(step)
    assert place.startswith("s3://artifacts/P/Report/")
    assert rendered(step) == {
        "Name": "Report",
        "Type": "Training",
        "Arguments": {
            "AlgorithmSpecification": {
                "TrainingImage": IMAGE,
                "TrainingInputMode": "File",
                "ContainerEntrypoint": ["amazon_sagemaker_scheduler"],
            },
            "RoleArn": ROLE,
            "InputDataConfig": [
                {
                    "ChannelName": CHANNEL,
                    "DataSource": {
                        "S3DataSource": {
                            "S3DataType": "S3Prefix",
                            "S3Uri": place,
                            "S3DataDistributionType": "FullyReplicated",
                        }
                    },
                }
            ],
            "OutputDataConfig": {"S3OutputPath": run_place("Report")},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30},
            "StoppingCondition": {"MaxRuntimeInSeconds": 172800},
            "EnableInterContainerTrafficEncryption": True,
            "RetryStrategy": {"MaximumRetryAttempts": 1},
            "Environment": {
                "AWS_DEFAULT_REGION": "eu-west-1",
                "SM_JOB_DEF_VERSION": "1.0",
                "SM_ENV_NAME": "sagemaker-default-env",
                "SM_SKIP_EFS_SIMULATION": "true",
                "SM_EXECUTION_INPUT_PATH": f"/opt/ml/input/data/{CHANNEL}",
                "SM_KERNEL_NAME": "python3",
                "SM_INPUT_NOTEBOOK_NAME": "report.ipynb",
                "SM_OUTPUT_NOTEBOOK_NAME": "Report.ipynb",
            },
            "Tags": [
                {"Key": "sagemaker:name", "Value": "Report"},
                {"Key": "sagemaker:notebook-name", "Value": "report.ipynb"},
                {"Key": "sagemaker:notebook-job-origin", "Value": "PIPELINE_STEP"},
                {"Key": "sagemaker:is-studio-archived", "Value": "false"},
            ],
        },
    }
    assert findings(step) == []


def test_parameters_are_texts(pipeline: Pipeline) -> None:
    step = notebook(pipeline, parameters={"a": 1, "b": "x", "n": Parameter.integer("N", default=1)})
    assert arguments(step)["HyperParameters"] == {"a": "1", "b": "x", "n": join({"Get": "Parameters.N"})}


def test_the_files_lie_under_a_hash_of_their_names_and_contents(pipeline: Pipeline, folder: Path) -> None:
    def hash_of(name: str, **fields: Any) -> str:
        return place_of(notebook(pipeline, name, **fields)).rstrip("/").rpartition("/")[2]

    first = hash_of("A")
    assert hash_of("B") == first
    assert hash_of("C", additional_files=["more/tools.py"]) != first
    # the same file in two roles is one file
    assert hash_of("D", additional_files=["report.ipynb"]) == first
    (folder / "report.ipynb").write_text("{ }\n", encoding="utf-8")
    assert hash_of("E") != first


def test_the_files_go_up_before_the_pipeline(stack: cdk.Stack) -> None:
    bucket = s3.Bucket(stack, "Bucket")
    pipeline = Pipeline(stack, "Q", artifacts=S3Location(bucket, "work/"))
    step = notebook(pipeline, initialization_script="start.sh", additional_files=["more/tools.py"])
    assert errors(pipeline) == []
    place = step.host.workplace
    assert place.pipeline_name == "Stack-Q"
    template = Template.from_stack(stack)
    deployments = template.find_resources("Custom::CDKBucketDeployment")
    ((name, deployment),) = deployments.items()
    prefix = deployment["Properties"]["DestinationBucketKeyPrefix"]
    assert prefix.startswith("work/Stack-Q/Report/")
    assert prefix.endswith("/")
    assert deployment["Properties"]["Prune"] is False
    ((_, resource),) = template.find_resources("AWS::SageMaker::Pipeline").items()
    assert name in resource["DependsOn"]
    # the job may read just its files
    template.has_resource_properties(
        "AWS::IAM::Role",
        {
            "Policies": [
                {
                    "PolicyDocument": Match.object_like(
                        {"Statement": Match.array_with([Match.object_like({"Action": "s3:GetObject"})])}
                    )
                }
            ]
        },
    )


A = "NotebookJobStep 'Stack/P/A': "
REFUSED: list[Case] = [
    (
        lambda p: notebook(p, "A", notebook="raport.ipynb"),
        A + "notebook: there is no file 'raport.ipynb'; did you mean 'report.ipynb'?",
    ),
    (
        lambda p: notebook(p, "A", initialization_script="more"),
        A + "initialization_script: 'more' is a folder; a file is needed",
    ),
    (
        lambda p: notebook(p, "A", additional_files="more/tools.py"),
        A + "additional_files must be a list, not 'more/tools.py'",
    ),
    (
        lambda p: notebook(p, "A", initialization_script="start.sh", additional_files=["more/start.sh"]),
        A + "additional_files: two files have the name 'start.sh', but all are in one folder",
    ),
    (
        lambda p: notebook(p, "A", environment={"SM_KERNEL_NAME": "x"}),
        A + "environment: 'SM_KERNEL_NAME' is set by the step itself",
    ),
    (
        lambda p: notebook(p, "A", notebook=5),
        A + "notebook: a path that is known at synth is needed, not 5",
    ),
]


@cases(REFUSED)
def test_bad_input_is_refused(write: Write, text: str, pipeline: Pipeline) -> None:
    refused(write, text, pipeline)


def test_artifacts_that_cdk_cannot_fill_are_refused(stack: cdk.Stack) -> None:
    pipeline = Pipeline(stack, "P", artifacts=S3Location.from_uri("s3://b/x"))
    refused(
        lambda p: notebook(p, "A"),
        A + "files are put into the pipeline's artifacts when the stack is deployed; S3Location('s3://b/x/Stack-P/A') "
        "must be a CDK bucket with a prefix that is known at synth",
        pipeline,
    )
