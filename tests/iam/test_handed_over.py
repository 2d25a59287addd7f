"""Places that stand in texts for code: which of them no derived permission of the code's role covers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import pytest

from cdk_sagemaker_pipelines.iam.environment import DataAccess, Environment
from cdk_sagemaker_pipelines.iam.handed_over import uncovered
from cdk_sagemaker_pipelines.iam.undecided import undecided
from cdk_sagemaker_pipelines.language.field import in_arguments
from tests.language.support import definition, get, step

from .support import KEY, PLACE, ROLE, of_job

OTHER = "arn:aws:iam::123456789012:role/Other"
RAW = "s3://data/raw/"


def told(*steps: dict[str, Any], environment: Environment = PLACE, roles: Collection[str] = ()) -> list[str]:
    """Step, field, role's name and place of each that is not covered."""
    found = uncovered(definition(*steps), environment, lambda _: roles)
    return [
        f"{one.step} {in_arguments(one.where)} {one.role.rpartition('/')[2]} {one.at.bucket}/{one.at.key}"
        for one in found
    ]


def processing(*arguments: Any, **more: Any) -> dict[str, Any]:
    return step("S", "Processing", {"RoleArn": ROLE, "AppSpecification": {"ContainerArguments": [*arguments]}, **more})


def join(*values: Any) -> dict[str, Any]:
    return {"Std:Join": {"On": "", "Values": list(values)}}


def output(uri: Any) -> dict[str, Any]:
    return {"Outputs": [{"OutputName": "out", "S3Output": {"S3Uri": uri}}]}


def reads(*uris: Any, writes: tuple[Any, ...] = (), role: str = ROLE) -> Environment:
    return replace(PLACE, accesses={"S": [DataAccess(role, uris, writes)]})


CONTAINER = "AppSpecification.ContainerArguments[0]"
TRAINING = "TrainingJobDefinition"


def lower(properties: dict[str, str]) -> dict[str, Any]:
    return {"classification": "spark-defaults", "properties": properties}


@pytest.mark.parametrize(
    ("kind", "arguments", "where"),
    [
        (
            "Processing",
            {"AppSpecification": {"ContainerEntrypoint": ["a", RAW]}},
            "AppSpecification.ContainerEntrypoint[1]",
        ),
        ("ClarifyCheck", {"Environment": {"RAW": RAW}}, "Environment.RAW"),
        ("QualityCheck", {"AppSpecification": {"ContainerArguments": [RAW]}}, CONTAINER),
        ("Training", {"HyperParameters": {"data": '"s3://data/raw/"'}}, "HyperParameters.data"),
        ("Training", {"HyperParameters": {"data": '[1, "s3://data/raw/"]'}}, "HyperParameters.data"),
        ("Training", {"Environment": {"RAW": RAW}}, "Environment.RAW"),
        (
            "Training",
            {"AlgorithmSpecification": {"ContainerArguments": [f"--in={RAW}"]}},
            "AlgorithmSpecification.ContainerArguments[0]",
        ),
        ("Tuning", {TRAINING: {"RoleArn": ROLE, "Environment": {"RAW": RAW}}}, f"{TRAINING}.Environment.RAW"),
        (
            "Tuning",
            {f"{TRAINING}s": [{"RoleArn": OTHER}, {"RoleArn": ROLE, "StaticHyperParameters": {"raw": RAW}}]},
            f"{TRAINING}s[1].StaticHyperParameters.raw",
        ),
        ("Model", {"PrimaryContainer": {"Environment": {"RAW": RAW}}}, "PrimaryContainer.Environment.RAW"),
        ("Model", {"Containers": [{"Environment": {"RAW": "s3a://data/raw/"}}]}, "Containers[0].Environment.RAW"),
        ("EMR", {"StepConfig": {"HadoopJarStep": {"Args": ["x", RAW]}}}, "StepConfig.HadoopJarStep.Args[1]"),
        (
            "EMRServerless",
            {"JobConfig": {"jobDriver": {"sparkSubmit": {"entryPointArguments": [RAW]}}}},
            "JobConfig.jobDriver.sparkSubmit.entryPointArguments[0]",
        ),
        (
            "EMRServerless",
            {
                "JobConfig": {
                    "jobDriver": {"sparkSubmit": {"sparkSubmitParameters": f"--conf spark.eventLog.dir={RAW}"}}
                }
            },
            "JobConfig.jobDriver.sparkSubmit.sparkSubmitParameters",
        ),
        (
            "EMRServerless",
            {"JobConfig": {"jobDriver": {"hive": {"parameters": "-d INPUT=s3n://data/raw/ --hiveconf x=y"}}}},
            "JobConfig.jobDriver.hive.parameters",
        ),
        (
            "EMRServerless",
            {"JobConfig": {"configurationOverrides": {"applicationConfiguration": [lower({"spark.x": RAW})]}}},
            "JobConfig.configurationOverrides.applicationConfiguration[0].properties.spark.x",
        ),
        (
            "EMRServerless",
            {"ApplicationConfig": {"runtimeConfiguration": [{"configurations": [lower({"x": "s3a://data/raw/"})]}]}},
            "ApplicationConfig.runtimeConfiguration[0].configurations[0].properties.x",
        ),
        (
            "EMR",
            {"ClusterConfig": {"Configurations": [{"Classification": "x", "Properties": {"fs.defaultFS": RAW}}]}},
            "ClusterConfig.Configurations[0].Properties.fs.defaultFS",
        ),
        (
            "EMR",
            {"ClusterConfig": {"BootstrapActions": [{"ScriptBootstrapAction": {"Path": "x", "Args": [RAW]}}]}},
            "ClusterConfig.BootstrapActions[0].ScriptBootstrapAction.Args[0]",
        ),
    ],
)
def test_each_text_for_code(kind: str, arguments: dict[str, Any], where: str) -> None:
    name = {"EMR": "ExecutionRoleArn", "EMRServerless": "ExecutionRoleArn", "Model": "ExecutionRoleArn"}
    given = step("S", kind, {name.get(kind, "RoleArn"): ROLE, **arguments})
    assert told(given) == [f"S {where} Job data/raw/"]
    assert told(given, environment=reads(RAW)) == []
    assert told(given, environment=reads(writes=(RAW,))) == []
    assert told(given, environment=reads(RAW, role=OTHER)) == [f"S {where} Job data/raw/"]


def test_the_files_that_spark_loads_are_granted_and_not_told() -> None:
    submit = f"--jars s3://code/a.jar --conf spark.jars=s3a://code/b.jar,s3://code/c.jar --conf spark.sql.x={RAW}"
    driver = {"jobDriver": {"sparkSubmit": {"sparkSubmitParameters": submit}}}
    given = step("S", "EMRServerless", {"ExecutionRoleArn": ROLE, "JobConfig": driver})
    assert told(given) == ["S JobConfig.jobDriver.sparkSubmit.sparkSubmitParameters Job data/raw/"]


def test_of_a_function_the_role_is_told_beside_the_definition() -> None:
    given = {"Name": "S", "Type": "Lambda", "FunctionArn": "arn:f", "Arguments": {"path": RAW, "rows": 3}}
    assert told(given, roles=[ROLE]) == ["S path Job data/raw/"]
    assert told(given, roles=[ROLE], environment=reads(RAW)) == []
    assert told(given) == []


def test_of_a_transform_the_role_is_that_of_the_model() -> None:
    model = step("M", "Model", {"ExecutionRoleArn": ROLE})
    given = step("S", "Transform", {"ModelName": get("Steps.M.ModelName"), "Environment": {"RAW": RAW}})
    assert told(model, given) == ["S Environment.RAW Job data/raw/"]
    assert told(step("S", "Transform", {"ModelName": "other", "Environment": {"RAW": RAW}})) == []


def test_what_other_fields_grant_covers() -> None:
    source = {"S3Input": {"S3Uri": "s3://data/raw", "LocalPath": "/x"}}
    given = {"ProcessingInputs": [source], "ProcessingOutputConfig": output("s3://data/answers")}
    assert told(processing(RAW, "s3://data/raw/2024", "s3://data/answers", "s3://data/answers/", **given)) == []
    assert told(processing("s3://data", "s3://data/", "s3://data/ra", "s3://dat/raw/", **given)) == [
        f"S {CONTAINER} Job data/",
        "S AppSpecification.ContainerArguments[2] Job data/ra",
        "S AppSpecification.ContainerArguments[3] Job dat/raw/",
    ]


def test_what_other_fields_grant_of_a_part_does_not_cover() -> None:
    inputs = {"ProcessingInputs": [{"S3Input": {"S3Uri": "s3://data/F/boot/", "LocalPath": "/x"}}]}
    outputs = {"ProcessingOutputConfig": output(join("s3://data/F/", get("Execution.PipelineExecutionId"), "/res"))}
    for given in (inputs, outputs, inputs | outputs):
        assert told(processing("s3://data/F", **given)) == [f"S {CONTAINER} Job data/F"]
        assert told(processing("s3://data/F/", **given)) == [f"S {CONTAINER} Job data/F/"]
    day = join("s3://data/", get("Parameters.Day"))
    assert told(processing(day, **inputs)) == [f"S {CONTAINER} Job data/*"]


def test_access_to_a_part_silences_the_warning() -> None:
    given = processing("s3://data/", "s3://data/answers/")
    assert told(given, environment=reads(RAW)) == ["S AppSpecification.ContainerArguments[1] Job data/answers/"]
    assert told(given, environment=reads("s3://other/raw/")) == [
        f"S {CONTAINER} Job data/",
        "S AppSpecification.ContainerArguments[1] Job data/answers/",
    ]


def test_the_output_of_another_step() -> None:
    prepare = step("P", "Processing", {"RoleArn": OTHER, "ProcessingOutputConfig": output("s3://data/train")})
    uri = get("Steps.P.ProcessingOutputConfig.Outputs['out'].S3Output.S3Uri")
    assert told(prepare, processing(uri)) == [f"S {CONTAINER} Job data/train"]
    assert told(prepare, processing(uri), environment=reads(uri)) == []


def test_what_the_run_tells() -> None:
    parameter, run = get("Parameters.P"), get("Execution.PipelineExecutionId")
    assert told(processing(parameter, join("s3://", parameter), "no place", 3, None)) == []
    assert told(processing(join("s3://data/", run, "/x"))) == [f"S {CONTAINER} Job data/*/x"]
    given = {"ProcessingOutputConfig": output(join("s3://data/", run))}
    assert told(processing(join("s3://data/", run, "/x"), **given)) == []
    assert told(step("S", "Processing", {"RoleArn": parameter, "Environment": {"A": RAW}})) == []


def test_a_key_with_an_equals_sign() -> None:
    assert told(processing("--in=s3://data/day=1/")) == [f"S {CONTAINER} Job data/day=1/"]


def test_a_place_is_told_once_for_a_step() -> None:
    assert told(processing(RAW, RAW, f"{RAW} {RAW}"), processing(RAW) | {"Name": "T"}) == [
        f"S {CONTAINER} Job data/raw/",
        f"T {CONTAINER} Job data/raw/",
    ]


def test_a_directory_bucket() -> None:
    bucket = "s3://data--use1-az4--x-s3/raw/"
    assert len(told(processing(bucket))) == 1
    assert told(processing(bucket), environment=reads(bucket)) == []


def test_what_the_warning_says() -> None:
    (one,) = uncovered(definition(processing(RAW)), PLACE, lambda _: ())
    assert str(one.finding()) == (
        "step 'S': Arguments.AppSpecification.ContainerArguments[0]: 's3://data/raw/' is handed over to the code, "
        "whose role may neither read nor write there; name it in reads= or writes= of the step, or grant it to the "
        "role [handed-over]"
    )
    assert one.finding().level == "warning"


def test_reads_and_writes_lead_to_permissions() -> None:
    place = reads("s3://secret/raw/", writes=("s3://data/answers",))
    found = of_job("Processing", {}, environment=place)
    assert found[-4:] == [
        ("s3:GetObject", "arn:aws:s3:::secret/raw/*"),
        ("s3:ListBucket", "arn:aws:s3:::secret", {"StringLike": {"s3:prefix": ["raw/*"]}}),
        ("kms:Decrypt", KEY),
        ("s3:AbortMultipartUpload s3:PutObject", "arn:aws:s3:::data/answers/*"),
    ]
    writes = of_job("Training", {}, environment=reads(writes=("s3://secret/models/",)))
    assert ("kms:Decrypt kms:GenerateDataKey", KEY) in writes


def test_a_bucket_that_the_run_tells_is_undecided_at_the_field() -> None:
    (finding,) = undecided(definition(processing()), reads(get("Parameters.P")))
    assert str(finding) == (
        "step 'S': reads[0]: the bucket is only known at run time, so no permission for it can be derived; grant "
        "s3:GetObject, s3:ListBucket to the role of the step's job [undecided-permission]"
    )


def test_reads_grants_the_key_of_the_step_that_wrote() -> None:
    key = "arn:aws:kms:eu-west-1:123456789012:key/of-the-writer"
    config = {**output("s3://data/train"), "KmsKeyId": key}
    prepare = step("P", "Processing", {"RoleArn": OTHER, "ProcessingOutputConfig": config})
    uri = get("Steps.P.ProcessingOutputConfig.Outputs['out'].S3Output.S3Uri")
    assert ("kms:Decrypt", key) in of_job("Training", {}, prepare, environment=reads(uri))
