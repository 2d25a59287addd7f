"""A processing step: its JSON with every field and with the fewest, and what others read of it."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_pipelines import (
    Image,
    Parameter,
    Pipeline,
    PipelineError,
    ProcessingInput,
    ProcessingOutput,
    ProcessingStep,
    PropertyFile,
    S3Location,
    SourceDir,
)
from tests.steps.support import (
    ASSETS,
    IMAGE,
    KEY,
    NETWORK,
    OTHER_KEY,
    ROLE,
    SKLEARN,
    arguments,
    codes,
    findings,
    get,
    join,
    keys,
    network,
    processing,
    rendered,
    run_place,
    script,
    source,
)

S3_INPUT = {
    "S3DataType": "S3Prefix",
    "S3InputMode": "File",
    "S3DataDistributionType": "FullyReplicated",
    "S3CompressionType": "None",
}


def test_every_field(pipeline: Pipeline, stack: cdk.Stack, tmp_path: Path) -> None:
    first = processing(pipeline, "First", outputs=["data"])
    bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "my-bucket")
    count = Parameter.integer("Count", default=2)
    step = ProcessingStep(
        pipeline,
        "Prepare",
        step_name="Prepare-Data",
        image=Image.sklearn("1.2-1"),
        script=script(tmp_path),
        container_arguments=["--rows", 100, "--count", count, f"--x={count}", 0.5],
        instance_type=Parameter.string("Type", default="ml.m5.large"),
        instance_count=count,
        volume_size_in_gb=50,
        environment={"A": "1", "B": count, "C": 3},
        inputs={
            "raw": S3Location(bucket, "raw/"),
            "data": first.output("data"),
            "uri": "s3://other/x",
            "special": ProcessingInput(
                S3Location(bucket, f"in/{count}"),
                local_path="/opt/ml/processing/input/here",
                s3_data_type="ManifestFile",
                s3_input_mode="Pipe",
                s3_data_distribution_type="ShardedByS3Key",
                s3_compression_type="Gzip",
            ),
        },
        outputs={
            "default": ProcessingOutput(),
            "prefix": S3Location(bucket, "out"),
            "uri": "s3://other/y",
            "special": ProcessingOutput(
                first.output("data"), local_path="/opt/ml/processing/output/here", s3_upload_mode="Continuous"
            ),
        },
        property_files=[PropertyFile("Report", "default", "a/report.json")],
        max_runtime=cdk.Duration.minutes(30),
        enable_network_isolation=False,
        encrypt_inter_container_traffic=Parameter.boolean("Encrypt", default=True),
        overrides={"ExperimentConfig": {"TrialComponentDisplayName": "t"}},
        **network(stack),
        **keys(stack),
    )
    assert rendered(step) == {
        "Name": "Prepare-Data",
        "Type": "Processing",
        "PropertyFiles": [{"PropertyFileName": "Report", "OutputName": "default", "FilePath": "a/report.json"}],
        "Arguments": {
            "ProcessingResources": {
                "ClusterConfig": {
                    "InstanceType": get("Parameters.Type"),
                    "InstanceCount": get("Parameters.Count"),
                    "VolumeSizeInGB": 50,
                    "VolumeKmsKeyId": OTHER_KEY,
                }
            },
            "AppSpecification": {
                "ImageUri": SKLEARN,
                "ContainerEntrypoint": ["python3", "/opt/ml/processing/input/code/<hash>.py"],
                "ContainerArguments": [
                    "--rows",
                    "100",
                    "--count",
                    join(get("Parameters.Count")),
                    join("--x=", get("Parameters.Count")),
                    "0.5",
                ],
            },
            "RoleArn": ROLE,
            "ProcessingInputs": [
                {
                    "InputName": "raw",
                    "S3Input": {
                        "S3Uri": "s3://my-bucket/raw/",
                        "LocalPath": "/opt/ml/processing/input/raw",
                        **S3_INPUT,
                    },
                },
                {
                    "InputName": "data",
                    "S3Input": {
                        "S3Uri": get("Steps.First.ProcessingOutputConfig.Outputs['data'].S3Output.S3Uri"),
                        "LocalPath": "/opt/ml/processing/input/data",
                        **S3_INPUT,
                    },
                },
                {
                    "InputName": "uri",
                    "S3Input": {"S3Uri": "s3://other/x", "LocalPath": "/opt/ml/processing/input/uri", **S3_INPUT},
                },
                {
                    "InputName": "special",
                    "S3Input": {
                        "S3Uri": join("s3://my-bucket/in/", get("Parameters.Count")),
                        "LocalPath": "/opt/ml/processing/input/here",
                        "S3DataType": "ManifestFile",
                        "S3InputMode": "Pipe",
                        "S3DataDistributionType": "ShardedByS3Key",
                        "S3CompressionType": "Gzip",
                    },
                },
                {
                    "InputName": "code",
                    "S3Input": {
                        "S3Uri": f"{ASSETS}/<hash>.py",
                        "LocalPath": "/opt/ml/processing/input/code",
                        **S3_INPUT,
                    },
                },
            ],
            "ProcessingOutputConfig": {
                "Outputs": [
                    {
                        "OutputName": "default",
                        "S3Output": {
                            "S3Uri": run_place("Prepare-Data/output/default"),
                            "LocalPath": "/opt/ml/processing/output/default",
                            "S3UploadMode": "EndOfJob",
                        },
                    },
                    {
                        "OutputName": "prefix",
                        "S3Output": {
                            "S3Uri": "s3://my-bucket/out",
                            "LocalPath": "/opt/ml/processing/output/prefix",
                            "S3UploadMode": "EndOfJob",
                        },
                    },
                    {
                        "OutputName": "uri",
                        "S3Output": {
                            "S3Uri": "s3://other/y",
                            "LocalPath": "/opt/ml/processing/output/uri",
                            "S3UploadMode": "EndOfJob",
                        },
                    },
                    {
                        "OutputName": "special",
                        "S3Output": {
                            "S3Uri": get("Steps.First.ProcessingOutputConfig.Outputs['data'].S3Output.S3Uri"),
                            "LocalPath": "/opt/ml/processing/output/here",
                            "S3UploadMode": "Continuous",
                        },
                    },
                ],
                "KmsKeyId": KEY,
            },
            "Environment": {"A": "1", "B": join(get("Parameters.Count")), "C": "3"},
            "StoppingCondition": {"MaxRuntimeInSeconds": 1800},
            "NetworkConfig": {
                "EnableNetworkIsolation": False,
                "EnableInterContainerTrafficEncryption": get("Parameters.Encrypt"),
                "VpcConfig": NETWORK,
            },
            "ExperimentConfig": {"TrialComponentDisplayName": "t"},
        },
    }
    assert codes(step) == ["same-place", "same-place"]


def test_the_fewest_fields(pipeline: Pipeline) -> None:
    step = ProcessingStep(pipeline, "Prepare", image=Image.from_uri(IMAGE), instance_type="ml.m5.large")
    assert rendered(step) == {
        "Name": "Prepare",
        "Type": "Processing",
        "Arguments": {
            "ProcessingResources": {
                "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30}
            },
            "AppSpecification": {"ImageUri": IMAGE},
            "RoleArn": ROLE,
        },
    }


def test_a_folder_of_code_is_unpacked_by_the_command(pipeline: Pipeline, tmp_path: Path) -> None:
    found = arguments(processing(pipeline, script=source(tmp_path, "prepare.py"), container_arguments=["--a", "b c"]))
    assert found["AppSpecification"] == {
        "ImageUri": IMAGE,
        "ContainerEntrypoint": [
            "/bin/bash",
            "-c",
            "cd /opt/ml/processing/input/code && tar xzf <hash>.gz && "
            "{ [ ! -f requirements.txt ] || python3 -m pip install -r requirements.txt; } && "
            'exec python3 prepare.py "$@"',
            "run",
        ],
        "ContainerArguments": ["--a", "b c"],
    }
    assert [item["InputName"] for item in found["ProcessingInputs"]] == ["code"]


def test_the_command_of_a_folder_is_quoted_for_the_shell(pipeline: Pipeline, tmp_path: Path) -> None:
    folder = source(tmp_path, "my file.py")
    step = processing(
        pipeline, script=SourceDir(folder.path, entry_point="my file.py", command=["python3", "-W", "a b"])
    )
    command = arguments(step)["AppSpecification"]["ContainerEntrypoint"][2]
    assert command.endswith("""exec python3 -W 'a b' 'my file.py' "$@\"""")


def test_the_command_of_a_script(pipeline: Pipeline, tmp_path: Path) -> None:
    (tmp_path / "run.sh").write_text("true\n")
    from_file = script(tmp_path, "a.py")
    step = processing(pipeline, script=type(from_file)(str(tmp_path / "a.py"), command=["python3", "-u"]))
    assert arguments(step)["AppSpecification"]["ContainerEntrypoint"] == [
        "python3",
        "-u",
        "/opt/ml/processing/input/code/<hash>.py",
    ]


def test_a_container_with_an_entry_point_of_its_own(pipeline: Pipeline) -> None:
    module = Parameter.string("Module", default="run")
    step = processing(pipeline, container_entrypoint=["python3", "-m", module, f"{module}.x"])
    assert arguments(step)["AppSpecification"]["ContainerEntrypoint"] == [
        "python3",
        "-m",
        get("Parameters.Module"),
        join(get("Parameters.Module"), ".x"),
    ]


def test_outputs_go_into_a_bucket_of_the_pipeline_when_none_is_given(stack: cdk.Stack) -> None:
    pipeline = Pipeline(stack, "Own", pipeline_name="Own")
    step = processing(pipeline, outputs=["a"])
    uri = arguments(step)["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
    bucket = stack.resolve(pipeline.node.find_child("Artifacts").bucket_name)  # type: ignore[attr-defined]
    assert uri == join(
        {"Fn::Join": ["", ["s3://", bucket, "/Own/"]]}, get("Execution.PipelineExecutionId"), "/Prepare/output/a"
    )


def test_numbers_that_are_tokens_become_texts(pipeline: Pipeline, stack: cdk.Stack) -> None:
    number = cdk.Token.as_number({"Ref": "Number"})
    step = processing(pipeline, container_arguments=[number], environment={"N": number}, instance_count=number)
    found = arguments(step)
    assert found["AppSpecification"]["ContainerArguments"] == [{"Ref": "Number"}]
    assert found["Environment"] == {"N": {"Ref": "Number"}}
    assert found["ProcessingResources"]["ClusterConfig"]["InstanceCount"] == {"Ref": "Number"}


# -- what others read --------------------------------------------------------------------------------------------------


def test_references(pipeline: Pipeline) -> None:
    step = processing(pipeline, outputs=["train"])
    output = "ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri"
    assert step.output("train").to_json() == get(f"Steps.Prepare.{output}")
    assert step.properties.processing_job_arn.to_json() == get("Steps.Prepare.ProcessingJobArn")
    typed = step.properties.processing_output_config.outputs["train"].s3_output.s3_uri
    assert typed.to_json() == step.output("train").to_json() == step.reference(output).to_json()


def test_a_reference_is_checked_against_the_service(pipeline: Pipeline) -> None:
    step = processing(pipeline)
    with pytest.raises(PipelineError) as error:
        step.reference("ProcessingJobARN")
    assert str(error.value).endswith(
        "/P/Prepare': 'ProcessingJobARN' is not a property of a Processing step; did you mean 'ProcessingJobArn'?"
    )


def test_property_files(pipeline: Pipeline) -> None:
    step = processing(
        pipeline, outputs=["report", "other"], property_files=[PropertyFile("Given", "other", "given.json")]
    )
    report = step.property_file("report", "evaluation.json")
    assert step.property_file("report", "evaluation.json").name == report.name == "report"
    assert step.property_file("other", "given.json").name == "Given"
    assert step.property_file("report", "second/file.json").name == "report-second-file-json"
    assert step.property_file("report", "third.json", name="Third").name == "Third"
    assert report.number("a.b[0]").to_json() == {
        "Std:JsonGet": {"PropertyFile": get("Steps.Prepare.PropertyFiles.report"), "Path": "a.b[0]"}
    }
    assert report.string("a").to_json() == report.boolean("a").to_json()
    assert [tuple(file.values()) for file in rendered(step)["PropertyFiles"]] == [
        ("Given", "other", "given.json"),
        ("report", "report", "evaluation.json"),
        ("report-second-file-json", "report", "second/file.json"),
        ("Third", "report", "third.json"),
    ]
    assert findings(step) == []
