"""What jobs read and write beside files in S3; tests/steps/test_goldens.py compares all of it with the SDK's."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_efs as efs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sagemaker as sagemaker

from cdk_sagemaker_pipelines import (
    AthenaDataset,
    Channel,
    EfsSource,
    ExecutionVariables,
    FeatureGroupOutput,
    ForEachStep,
    FsxLustreSource,
    IntegerRange,
    Objective,
    Parameter,
    Pipeline,
    PipelineError,
    ProcessingInput,
    ProcessingOutput,
    ProcessingStep,
    RedshiftDataset,
    TrainingDefinition,
    TrainingStep,
    TuningStep,
)
from tests.steps.support import JOB, KEY, OTHER_KEY, arguments, findings

QUERY: dict[str, Any] = {"query": "SELECT 1", "database": "flowers"}


def dataset(step: ProcessingStep) -> Any:
    (item,) = arguments(step)["ProcessingInputs"]
    (kind,) = [name for name in item["DatasetDefinition"] if name.endswith("DatasetDefinition")]
    return item["DatasetDefinition"][kind]


def test_a_query_writes_below_the_place_of_the_step(pipeline: Pipeline) -> None:
    step = ProcessingStep(pipeline, "A", **JOB, inputs={"petals": AthenaDataset(**QUERY)})
    place = {
        "Std:Join": {
            "On": "",
            "Values": ["s3://artifacts/P/", {"Get": "Execution.PipelineExecutionId"}, "/A/input/petals/"],
        }
    }
    assert arguments(step)["ProcessingInputs"] == [
        {
            "InputName": "petals",
            "DatasetDefinition": {
                "AthenaDatasetDefinition": {
                    "Catalog": "AwsDataCatalog",
                    "QueryString": "SELECT 1",
                    "Database": "flowers",
                    "OutputS3Uri": place,
                    "OutputFormat": "PARQUET",
                },
                "LocalPath": "/opt/ml/processing/input/petals",
            },
        }
    ]
    assert findings(step) == []


def test_each_run_of_a_body_has_its_own_result(pipeline: Pipeline) -> None:
    each = ForEachStep(pipeline, "Each", items=["a", "b"], max_concurrency=1)
    step = ProcessingStep(each.body, "A", **JOB, inputs={"petals": AthenaDataset(**QUERY)})
    place = step.arguments()["ProcessingInputs"][0]["DatasetDefinition"]["AthenaDatasetDefinition"]["OutputS3Uri"]
    execution, job = ExecutionVariables.PIPELINE_EXECUTION_ID, ExecutionVariables.PROCESSING_JOB_NAME
    assert place == f"s3://artifacts/P/{execution}/A/{job}/input/petals/"


def test_the_result_has_the_key_of_the_outputs(pipeline: Pipeline, stack: cdk.Stack) -> None:
    key, other = kms.Key.from_key_arn(stack, "K", KEY), kms.Key.from_key_arn(stack, "O", OTHER_KEY)
    inherited = ProcessingStep(pipeline, "A", **JOB, inputs={"x": AthenaDataset(**QUERY)}, output_kms_key=key)
    own = ProcessingStep(pipeline, "B", **JOB, inputs={"x": AthenaDataset(**QUERY, kms_key=other)}, output_kms_key=key)
    assert (dataset(inherited)["KmsKeyId"], dataset(own)["KmsKeyId"]) == (KEY, OTHER_KEY)


def test_a_parameter_can_be_part_of_a_query(pipeline: Pipeline) -> None:
    day = Parameter.string("Day", default="2020-12-01")
    query = AthenaDataset(query=f"SELECT * FROM petals WHERE day = '{day}'", database="flowers")
    step = ProcessingStep(pipeline, "A", **JOB, inputs={"x": query})
    values = ["SELECT * FROM petals WHERE day = '", {"Get": "Parameters.Day"}, "'"]
    assert dataset(step)["QueryString"] == {"Std:Join": {"On": "", "Values": values}}


def granted(stack: cdk.Stack, role: str) -> set[str]:
    """The actions in the policies of the roles whose logical id begins so."""
    found: set[str] = set()
    template = cdk.assertions.Template.from_stack(stack)
    policies = [
        document
        for name, resource in template.find_resources("AWS::IAM::Role").items()
        if name.startswith(role)
        for document in resource["Properties"].get("Policies", ())
    ] + [
        resource["Properties"]
        for resource in template.find_resources("AWS::IAM::Policy").values()
        if any(str(each.get("Ref")).startswith(role) for each in resource["Properties"]["Roles"])
    ]
    for policy in policies:
        for statement in policy["PolicyDocument"]["Statement"]:
            actions = statement["Action"]
            found |= {actions} if isinstance(actions, str) else set(actions)
    return found


def test_the_cluster_of_redshift_may_write_its_result(stack: cdk.Stack) -> None:
    pipeline = Pipeline(stack, "Q")
    cluster = iam.Role(stack, "Cluster", assumed_by=iam.ServicePrincipal("redshift.amazonaws.com"))
    query = RedshiftDataset(**QUERY, cluster_id="warehouse", db_user="reader", cluster_role=cluster)
    group = sagemaker.CfnFeatureGroup(
        stack,
        "Group",
        feature_group_name="flowers",
        event_time_feature_name="at",
        record_identifier_feature_name="id",
        feature_definitions=[{"featureName": "id", "featureType": "String"}],
    )
    ProcessingStep(pipeline, "A", **JOB, inputs={"x": query}, outputs={"flowers": FeatureGroupOutput(group)})
    assert "s3:PutObject" in granted(stack, "Cluster")
    job = granted(stack, "QAJobRole")
    assert {"redshift-data:ExecuteStatement", "s3:GetObject", "sagemaker:PutRecord"} <= job


def test_a_feature_group_can_stand_beside_files(pipeline: Pipeline, stack: cdk.Stack) -> None:
    step = ProcessingStep(
        pipeline, "A", **JOB, outputs={"rows": ProcessingOutput(), "flowers": FeatureGroupOutput("flowers")}
    )
    (_, written) = arguments(step)["ProcessingOutputConfig"]["Outputs"]
    store = {"FeatureGroupName": "flowers"}
    assert written == {"OutputName": "flowers", "AppManaged": True, "FeatureStoreOutput": store}
    step.output("rows")
    no_uri = "output 'flowers' is a feature group, which has no URI and no files"
    with pytest.raises(PipelineError, match=no_uri):
        step.output("flowers")
    with pytest.raises(PipelineError, match=no_uri):
        step.property_file("flowers", "report.json")


# -- file systems


def test_a_file_system_of_cdk(pipeline: Pipeline, stack: cdk.Stack) -> None:
    vpc = cdk.aws_ec2.Vpc(stack, "Vpc", max_azs=1)
    file_system = efs.FileSystem(stack, "Flowers", vpc=vpc)
    step = TrainingStep(pipeline, "A", **JOB, vpc=vpc, inputs={"train": Channel(EfsSource(file_system), "text/csv")})
    (channel,) = step.arguments()["InputDataConfig"]
    source = stack.resolve(channel["DataSource"])["FileSystemDataSource"]
    assert str(source.pop("FileSystemId")["Ref"]).startswith("Flowers")
    assert source == {"FileSystemType": "EFS", "DirectoryPath": "/", "FileSystemAccessMode": "ro"}
    assert channel["ContentType"] == "text/csv"


FS = "fs-0123456789abcdef0"


def test_without_a_network_there_is_no_file_system(pipeline: Pipeline) -> None:
    told = r"inputs\['x'\]: the job reaches a file system through its network; give vpc= too"
    with pytest.raises(PipelineError, match=told):
        TrainingStep(pipeline, "A", **JOB, inputs={"x": FsxLustreSource(FS, "/fsx")})
    training = TrainingDefinition(
        **JOB, inputs={"x": EfsSource(FS)}, objective=Objective("loss"), ranges={"x": IntegerRange(1, 2)}
    )
    with pytest.raises(PipelineError, match=told):
        TuningStep(pipeline, "B", training=training, max_jobs=1)


@pytest.mark.parametrize(
    "given",
    [EfsSource(FS), ProcessingInput(EfsSource(FS))],
    ids=["alone", "in-an-input"],  # type: ignore[arg-type]
)
def test_processing_jobs_take_no_file_systems(given: Any, pipeline: Pipeline) -> None:
    with pytest.raises(PipelineError, match=r"inputs\['x'\]: a processing job takes no file systems, only files in S3"):
        ProcessingStep(pipeline, "A", **JOB, inputs={"x": given})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (Channel(EfsSource(FS), s3_data_type="ManifestFile"), "s3_data_type is for data in S3, and this is a file"),
        (EfsSource(FS, access_mode="w"), "access_mode is 'w'; did you mean 'rw'"),  # type: ignore[arg-type]
        (EfsSource(5), "file_system takes a file system of CDK or its id, such as 'fs-0123456789abcdef0', not 5"),  # type: ignore[arg-type]
        (EfsSource(FS, directory_path=None), "directory_path must be a text, not None"),  # type: ignore[arg-type]
    ],
    ids=["type", "mode", "number", "path"],
)
def test_bad_file_systems(given: Any, message: str, pipeline: Pipeline, stack: cdk.Stack) -> None:
    vpc = cdk.aws_ec2.Vpc(stack, "Vpc", max_azs=1)
    with pytest.raises(PipelineError, match=message):
        TrainingStep(pipeline, "A", **JOB, vpc=vpc, inputs={"x": given})


# -- what is refused of queries


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (AthenaDataset(**QUERY, output_format="CSV"), "output_format is 'CSV'; allowed are"),  # type: ignore[arg-type]
        (AthenaDataset(**QUERY, output_compression="gzip"), "output_compression is 'gzip'; did you mean 'GZIP'"),  # type: ignore[arg-type]
        (AthenaDataset(query=None, database="d"), "query must be a text, not None"),  # type: ignore[arg-type]
        (AthenaDataset(**QUERY, kms_key="k"), "kms_key takes a KMS key"),  # type: ignore[arg-type]
        (AthenaDataset(**QUERY, input_mode="file"), "input_mode is 'file'; did you mean 'File'"),  # type: ignore[arg-type]
        (
            RedshiftDataset(**QUERY, cluster_id="c", db_user="u", cluster_role="r"),  # type: ignore[arg-type]
            "cluster_role takes a role such as iam.Role.from_role_arn",
        ),
    ],
    ids=["format", "compression", "query", "key", "mode", "role"],
)
def test_bad_queries(given: Any, message: str, pipeline: Pipeline) -> None:
    with pytest.raises(PipelineError, match=rf"inputs\['x'\]: {message}"):
        ProcessingStep(pipeline, "A", **JOB, inputs={"x": given})
