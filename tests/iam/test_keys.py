"""Keys follow the data: whoever reads what a step wrote with a key of its own may decrypt with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cdk_sagemaker_pipelines.iam import job_roles
from cdk_sagemaker_pipelines.iam.keys import key_arn, without_key
from cdk_sagemaker_pipelines.iam.undecided import undecided
from tests.language.support import condition, definition, get, step

from .support import PLACE, allowed, of_jobs, of_pipeline

WRITER, READER, SERVER = (f"arn:aws:iam::123456789012:role/{name}" for name in ("Writer", "Reader", "Server"))
KEYS = "arn:aws:kms:eu-west-1:123456789012:key/"
WRITTEN = KEYS + "written"
RUN = get("Execution.PipelineExecutionId")
DECRYPT = ("kms:Decrypt", WRITTEN)


def joined(*values: Any) -> dict[str, Any]:
    return {"Std:Join": {"On": "/", "Values": list(values)}}


def write(uri: Any = "s3://data/written", key: Any = WRITTEN, name: str = "Write") -> dict[str, Any]:
    output = {"OutputName": "o", "S3Output": {"S3Uri": uri}}
    arguments = {"RoleArn": WRITER, "ProcessingOutputConfig": {"Outputs": [output], "KmsKeyId": key}}
    files = [{"PropertyFileName": "Report", "OutputName": "o", "FilePath": "report.json"}]
    return step(name, "Processing", arguments, PropertyFiles=files)


def read(uri: Any, name: str = "Read") -> dict[str, Any]:
    inputs = [{"InputName": "i", "S3Input": {"S3Uri": uri}}]
    return step(name, "Processing", {"RoleArn": READER, "ProcessingInputs": inputs})


def kms(found: list[Any]) -> list[Any]:
    return [entry for entry in found if entry[0].startswith("kms:")]


OUTPUT = get("Steps.Write.ProcessingOutputConfig.Outputs['o'].S3Output.S3Uri")
TRAIN = step(
    "Train", "Training", {"RoleArn": WRITER, "OutputDataConfig": {"S3OutputPath": "s3://models/a", "KmsKeyId": WRITTEN}}
)
MODEL = get("Steps.Train.ModelArtifacts.S3ModelArtifacts")


def test_the_next_job() -> None:
    found = of_jobs(write(), read(OUTPUT))
    assert kms(found[READER]) == [DECRYPT]
    assert kms(found[WRITER]) == [("kms:Decrypt kms:Encrypt kms:GenerateDataKey", WRITTEN)]


def test_the_model_its_registration_and_its_transform() -> None:
    container = {"Image": "x", "ModelDataUrl": MODEL}
    model = step("Model", "Model", {"ExecutionRoleArn": SERVER, "PrimaryContainer": container})
    assert kms(of_jobs(TRAIN, model)[SERVER]) == [DECRYPT]
    register = step("Register", "RegisterModel", {"InferenceSpecification": {"Containers": [container]}})
    assert kms(of_pipeline(TRAIN, register)) == [DECRYPT]
    source = {"DataSource": {"S3DataSource": {"S3Uri": OUTPUT}}}
    transform = step("Apply", "Transform", {"ModelName": get("Steps.Model.ModelName"), "TransformInput": source})
    plain = step("Model", "Model", {"ExecutionRoleArn": SERVER})
    assert kms(of_jobs(write(), plain, transform)[SERVER]) == [DECRYPT]


def test_the_pipeline_reads_property_files_itself() -> None:
    file = {"PropertyFile": get("Steps.Write.PropertyFiles.Report"), "Path": "a"}
    assert of_pipeline(write(), condition("C", {"LeftValue": {"Std:JsonGet": file}}))[-2:] == [
        ("s3:GetObject", "arn:aws:s3:::data/written/report.json"),
        DECRYPT,
    ]


def test_baselines_are_read_by_both() -> None:
    uri = joined(OUTPUT, "constraints.json")
    check = step("Check", "QualityCheck", {"RoleArn": READER}, SuppliedBaselineConstraints=uri)
    assert kms(of_pipeline(write(), check)) == [DECRYPT]
    assert kms(of_jobs(write(), check)[READER]) == [DECRYPT]


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        ("AutoML", {"OutputDataConfig": {"S3OutputPath": "s3://data/written", "KmsKeyId": WRITTEN}}),
        ("Training", {"OutputDataConfig": {"S3OutputPath": "s3://data/written", "KmsKeyId": WRITTEN}}),
        ("Transform", {"TransformOutput": {"S3OutputPath": "s3://data/written", "KmsKeyId": WRITTEN}}),
        ("Transform", {"DataCaptureConfig": {"DestinationS3Uri": "s3://data/written", "KmsKeyId": WRITTEN}}),
        (
            "Tuning",
            {"TrainingJobDefinition": {"OutputDataConfig": {"S3OutputPath": "s3://data/written", "KmsKeyId": WRITTEN}}},
        ),
        (
            "EndpointConfig",
            {"AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://data/written", "KmsKeyId": WRITTEN}}},
        ),
        (
            "Job",
            {
                "JobConfigDocument": '{"OutputDataConfig": {"S3OutputPath": "s3://data/written", "KmsKeyArn": "'
                + WRITTEN
                + '"}}'
            },
        ),
        ("EMR", {"ClusterConfig": {"LogUri": "s3://data/written", "LogEncryptionKmsKeyId": WRITTEN}}),
    ],
)
def test_every_type_that_writes_with_a_key(kind: str, arguments: dict[str, Any]) -> None:
    found = of_jobs(step("Write", kind, arguments), read("s3://data/written/part"))
    assert kms(found[READER]) == [DECRYPT]


@pytest.mark.parametrize(
    ("written", "wanted", "meets"),
    [
        ("s3://data/written", "s3://data/written/", True),
        ("s3://data/written", "s3://data/written/deep/down.csv", True),
        ("s3://data/written", "s3://data/", True),
        ("s3://data/written", "s3://data/writ", True),  # a prefix, which takes in the folder
        ("s3://data/written", "s3://data/written-other/", False),
        ("s3://data/written", "s3://data/other/", False),
        ("s3://data/written", "s3://other/written/", False),
        ("s3://data", "s3://data/anywhere", True),
        (joined("s3:/", "data", RUN, "Write"), joined("s3:/", "data", RUN, "Write", "o"), True),
        (joined("s3:/", "data", RUN, "Write"), joined("s3:/", "data", RUN, "Other"), False),
        (joined("s3:/", "data", RUN, "Write"), "s3://data/2026/Write/", True),
        (joined("s3:/", "data", get("Parameters.P"), "Write"), "s3://data/a/b/Write/", False),
    ],
)
def test_where_places_meet(written: Any, wanted: Any, meets: bool) -> None:
    assert kms(of_jobs(write(written), read(wanted))[READER]) == ([DECRYPT] if meets else [])


def test_a_key_that_a_parameter_gives_is_undecided_once_a_reader() -> None:
    inputs = [{"InputName": name, "S3Input": {"S3Uri": OUTPUT}} for name in ("a", "b", "c")]
    several = step("Read", "Processing", {"RoleArn": READER, "ProcessingInputs": inputs})
    file = {"PropertyFile": get("Steps.Write.PropertyFiles.Report"), "Path": "a"}
    steps = [write(key=get("Parameters.Key")), several, condition("C", {"LeftValue": {"Std:JsonGet": file}})]
    told = [str(one) for one in undecided(definition(*steps), PLACE) if one.step != "Write"]
    assert told == [
        "step 'C': Arguments.Conditions[0].LeftValue: the key that step 'Write' encrypts with is known at run time "
        "only, so no permission for it can be derived; grant kms:Decrypt to the pipeline's role [undecided-permission]",
        "step 'Read': Arguments.ProcessingInputs[0]: the key that step 'Write' encrypts with is known at run time "
        "only, so no permission for it can be derived; grant kms:Decrypt to the role of the step's job "
        "[undecided-permission]",
    ]
    assert "kms" not in str([of_pipeline(*steps), of_jobs(*steps)])


def test_outputs_that_name_no_key_in_a_bucket_that_has_one() -> None:
    plain = {"RoleArn": WRITER, "OutputDataConfig": {"S3OutputPath": "s3://secret/a/"}}
    steps = [step("A", "Training", plain), step("B", "Training", plain), write("s3://secret/b/"), write("s3://data/c/")]
    (warning,) = without_key(definition(*steps), PLACE)
    assert (warning.code, warning.step, warning.where, warning.level) == (
        "output-key",
        "A",
        "Arguments.OutputDataConfig.S3OutputPath",
        "warning",
    )


KEYLESS = replace(PLACE, bucket_keys={}, keyless=["data", "other"])


def test_a_bucket_that_is_imported_without_its_key_is_told_of_once() -> None:
    plain = step("Plain", "Training", {"RoleArn": WRITER, "OutputDataConfig": {"S3OutputPath": "s3://data/a/"}})
    steps = [plain, read("s3://data/raw/", "One"), read("s3://data/more/", "Two"), read("s3://third/", "Third")]
    (warning,) = undecided(definition(*steps), KEYLESS)
    assert (warning.code, warning.step, warning.where) == ("bucket-key", "Plain", "Arguments.OutputDataConfig")
    assert warning.text == (
        "the key of the bucket 'data' is said nowhere in the app, so no permission for it can be derived; if it has "
        "one, say encryption_key= in Bucket.from_bucket_attributes(...) and give a step that bucket, or grant "
        "kms:Decrypt, kms:GenerateDataKey to the roles of the jobs of steps 'Plain', 'One', 'Two'"
    )
    both = [*steps, read("s3://other/")]
    assert [one.step for one in undecided(definition(*both), KEYLESS)] == ["Plain", "Read"]


def test_a_bucket_whose_key_is_said_otherwise() -> None:
    """By another import of it, or by the step that wrote what is read."""
    reader = read("s3://data/raw/")
    assert not list(undecided(definition(reader), replace(KEYLESS, bucket_keys={"data": WRITTEN})))
    written = [write(), read(OUTPUT)]
    assert not list(undecided(definition(*written), KEYLESS))
    assert len(list(undecided(definition(*written, reader), KEYLESS))) == 1


def test_the_key_of_a_bucket_by_its_alias() -> None:
    aliased = replace(PLACE, bucket_keys={"data": "arn:aws:kms:us-east-1:999988887777:alias/data"})
    (permission,) = kms(allowed(job_roles.permissions(definition(read("s3://data/raw/")), aliased)[READER]))
    alias = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/data"}}
    assert permission == ("kms:Decrypt", "arn:aws:kms:us-east-1:999988887777:key/*", alias)


@pytest.mark.parametrize(
    ("key", "arn", "alias"),
    [
        ("1a2b", KEYS + "1a2b", None),
        (WRITTEN, WRITTEN, None),
        ("alias/data", KEYS + "*", "alias/data"),
        ("alias/team/alias/data", KEYS + "*", "alias/team/alias/data"),
        # an alias of another account or region is one of the keys there
        (
            "arn:aws:kms:us-east-1:999988887777:alias/data",
            "arn:aws:kms:us-east-1:999988887777:key/*",
            "alias/data",
        ),
        ("arn:aws:kms:eu-west-1:123456789012:alias/data", KEYS + "*", "alias/data"),
        # CDK writes so of an alias whose name it does not know
        (KEYS.removesuffix("key/") + "${Token[0:Alias]}", KEYS + "*", "${Token[0:Alias]}"),
        (KEYS + "${Token[0:Key]}", KEYS + "${Token[0:Key]}", None),
    ],
)
def test_key_arns(key: str, arn: str, alias: str | None) -> None:
    only = {} if alias is None else {"ForAnyValue:StringEquals": {"kms:ResourceAliases": alias}}
    assert key_arn(key, PLACE) == (arn, only)
