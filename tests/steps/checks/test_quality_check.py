"""Quality checks and monitored transforms: their JSON, and what is refused."""

# mypy: disable-error-code="arg-type, call-arg, list-item"

from __future__ import annotations

from functools import partial
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from cdk_sagemaker_pipelines import (
    ClarifyCheckStep,
    ClarifyDataset,
    ClarifyFacet,
    DataBiasCheck,
    DataQualityCheck,
    DatasetFormat,
    FailStep,
    Image,
    ModelQualityCheck,
    MonitoredTransform,
    Parameter,
    Pipeline,
    PipelineError,
    QualityCheckStep,
    S3Location,
    Script,
    TransformInput,
    TransformStep,
)
from tests.steps.bad import NUMBER, TEXT, Case, Write, cases, processing, refused
from tests.steps.support import (
    ASSETS,
    IMAGE,
    KEY,
    NETWORK,
    OTHER_KEY,
    ROLE,
    arguments,
    codes,
    findings,
    get,
    join,
    keys,
    network,
    rendered,
    run_place,
)

MONITOR = "468650794304.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-model-monitor-analyzer"
S3_INPUT = {
    "S3DataType": "S3Prefix",
    "S3InputMode": "File",
    "S3DataDistributionType": "FullyReplicated",
    "S3CompressionType": "None",
}
IN, OUT = "/opt/ml/processing/input", "/opt/ml/processing/output"
CSV = DatasetFormat.csv()


def check(scope: Any, name: str = "A", **fields: Any) -> QualityCheckStep:
    least: dict[str, Any] = {
        "check": DataQualityCheck(),
        "dataset": "s3://b/x",
        "dataset_format": CSV,
        "instance_type": "ml.m5.large",
        "model_package_group": "g",
    }
    return QualityCheckStep(scope, name, **{**least, **fields})


def data_input(name: str, uri: Any) -> dict[str, Any]:
    return {"InputName": name, "S3Input": {"S3Uri": uri, "LocalPath": f"{IN}/{name}", **S3_INPUT}}


def output(uri: Any) -> dict[str, Any]:
    place = {"S3Uri": uri, "LocalPath": OUT, "S3UploadMode": "EndOfJob"}
    return {"Outputs": [{"OutputName": "quality_check_output", "S3Output": place}]}


@pytest.mark.usefixtures("working_directory")
def test_every_field(pipeline: Pipeline, stack: cdk.Stack) -> None:
    first = processing(pipeline, "First", outputs=["data"])
    base = S3Location(s3.Bucket.from_bucket_name(stack, "Base", "base"))
    step = QualityCheckStep(
        pipeline,
        "Check",
        step_name="Check-Data",
        check=DataQualityCheck(record_preprocessor_script=Script("code/train.py")),
        post_analytics_processor_script="s3://code/after/all.py",
        dataset=first.output("data"),
        dataset_format=DatasetFormat.csv(header=False, output_columns_position="END"),
        image=Image.from_uri(IMAGE),
        instance_type=Parameter.string("Type", default="ml.m5.large"),
        instance_count=2,
        volume_size_in_gb=50,
        environment={"A": NUMBER},
        max_runtime=300,
        output="s3://other/reports/",
        model_package_group=Parameter.string("Group", default="g"),
        supplied_baseline_constraints=base.below("constraints.json"),
        supplied_baseline_statistics=base.below("statistics.json"),
        skip_check=True,
        fail_on_violation=Parameter.boolean("Fail", default=True),
        register_new_baseline=Parameter.boolean("Register", default=True),
        enable_network_isolation=True,
        encrypt_inter_container_traffic=True,
        overrides={"Tags": [{"Key": "team", "Value": "ml"}]},
        **network(stack),
        **keys(stack),
    )
    assert rendered(step) == {
        "Name": "Check-Data",
        "Type": "QualityCheck",
        "CheckType": "DATA_QUALITY",
        "ModelPackageGroupName": get("Parameters.Group"),
        "SkipCheck": True,
        "FailOnViolation": get("Parameters.Fail"),
        "RegisterNewBaseline": get("Parameters.Register"),
        "SuppliedBaselineStatistics": "s3://base/statistics.json",
        "SuppliedBaselineConstraints": "s3://base/constraints.json",
        "Arguments": {
            "ProcessingResources": {
                "ClusterConfig": {
                    "InstanceType": get("Parameters.Type"),
                    "InstanceCount": 2,
                    "VolumeSizeInGB": 50,
                    "VolumeKmsKeyId": OTHER_KEY,
                }
            },
            "AppSpecification": {"ImageUri": IMAGE},
            "RoleArn": ROLE,
            "ProcessingInputs": [
                data_input(
                    "baseline_dataset_input",
                    get("Steps.First.ProcessingOutputConfig.Outputs['data'].S3Output.S3Uri"),
                ),
                data_input("record_preprocessor_script_input", f"{ASSETS}/<hash>.py"),
                data_input("post_analytics_processor_script_input", "s3://code/after/all.py"),
            ],
            "ProcessingOutputConfig": {**output("s3://other/reports/"), "KmsKeyId": KEY},
            "Environment": {
                "A": join(get("Parameters.N")),
                "output_path": OUT,
                "publish_cloudwatch_metrics": "Disabled",
                "dataset_format": '{"csv": {"header": false, "output_columns_position": "END"}}',
                "dataset_source": f"{IN}/baseline_dataset_input",
                "record_preprocessor_script": f"{IN}/record_preprocessor_script_input/<hash>.py",
                "post_analytics_processor_script": f"{IN}/post_analytics_processor_script_input/all.py",
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": 300},
            "NetworkConfig": {
                "EnableNetworkIsolation": True,
                "EnableInterContainerTrafficEncryption": True,
                "VpcConfig": NETWORK,
            },
            "Tags": [{"Key": "team", "Value": "ml"}],
        },
    }
    assert codes(step) == ["same-place"]


def test_required_fields_only(pipeline: Pipeline) -> None:
    step = check(pipeline)
    document = pipeline.definition.step("A").json
    assert {key: value for key, value in document.items() if key != "Arguments"} == {
        "Name": "A",
        "Type": "QualityCheck",
        "CheckType": "DATA_QUALITY",
        "ModelPackageGroupName": "g",
        "SkipCheck": False,
        "FailOnViolation": True,
        "RegisterNewBaseline": False,
        "SuppliedBaselineStatistics": None,
        "SuppliedBaselineConstraints": None,
    }
    assert arguments(step) == {
        "ProcessingResources": {
            "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30}
        },
        "AppSpecification": {"ImageUri": MONITOR},
        "RoleArn": ROLE,
        "ProcessingInputs": [data_input("baseline_dataset_input", "s3://b/x")],
        "ProcessingOutputConfig": output(run_place("A")),
        "Environment": {
            "output_path": OUT,
            "publish_cloudwatch_metrics": "Disabled",
            "dataset_format": '{"csv": {"header": true, "output_columns_position": "START"}}',
            "dataset_source": f"{IN}/baseline_dataset_input",
        },
    }
    assert findings(step) == []


@pytest.mark.parametrize(
    ("dataset_format", "text"),
    [
        (DatasetFormat.json(), '{"json": {"lines": true}}'),
        (DatasetFormat.json(lines=False), '{"json": {"lines": false}}'),
        (DatasetFormat.parquet(), '{"parquet": {}}'),
        (DatasetFormat.sagemaker_capture_json(), '{"sagemakerCaptureJson": {}}'),
    ],
)
def test_formats(dataset_format: DatasetFormat, text: str, pipeline: Pipeline) -> None:
    assert arguments(check(pipeline, dataset_format=dataset_format))["Environment"]["dataset_format"] == text


def test_the_quality_of_a_model(pipeline: Pipeline) -> None:
    step = check(
        pipeline,
        check=ModelQualityCheck(
            TEXT,
            inference_attribute=0,
            probability_attribute="p",
            ground_truth_attribute=TEXT,
            probability_threshold_attribute=NUMBER,
        ),
    )
    found = rendered(step)
    assert found["CheckType"] == "MODEL_QUALITY"
    assert list(found["Arguments"]["Environment"].items())[-6:] == [
        ("analysis_type", "MODEL_QUALITY"),
        ("problem_type", get("Parameters.X")),
        ("inference_attribute", "0"),
        ("probability_attribute", "p"),
        ("ground_truth_attribute", get("Parameters.X")),
        ("probability_threshold_attribute", join(get("Parameters.N"))),
    ]


def test_references(pipeline: Pipeline) -> None:
    step = check(pipeline)
    names = (
        "calculated_baseline_constraints",
        "calculated_baseline_statistics",
        "baseline_used_for_drift_check_constraints",
        "baseline_used_for_drift_check_statistics",
    )
    told = FailStep(pipeline, "Tell", message=" ".join(str(getattr(step, name)) for name in names))
    assert [item for item in arguments(told)["ErrorMessage"]["Std:Join"]["Values"] if item != " "] == [
        get(f"Steps.A.{''.join(word.capitalize() for word in name.split('_'))}") for name in names
    ]
    for name in names:
        assert getattr(step.properties, name).to_json() == getattr(step, name).to_json()


def test_a_role_of_its_own(stack: cdk.Stack) -> None:
    check(Pipeline(stack, "P", artifacts=s3.Bucket.from_bucket_name(stack, "Artifacts", "artifacts")))
    (role,) = [
        resource["Properties"]
        for name, resource in Template.from_stack(stack).find_resources("AWS::IAM::Role").items()
        if "JobRole" in name
    ]
    condition = role["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]
    assert condition["ArnLike"]["aws:SourceArn"]["Fn::Join"][1][-1].endswith(":processing-job/*")


OWNER = "QualityCheckStep 'Stack/P/A': "
REFUSED: list[Case] = [
    (
        lambda p: check(p, check=DataBiasCheck([1], [ClarifyFacet("sex")])),
        "check takes DataQualityCheck(...) or ModelQualityCheck(...), "
        f"not {DataBiasCheck([1], [ClarifyFacet('sex')])!r}",
    ),
    (
        lambda p: check(p, dataset_format="csv"),
        "dataset_format takes DatasetFormat.csv() or another of its formats, not 'csv'",
    ),
    (
        lambda p: check(p, dataset=ClarifyDataset("s3://b/x")),
        "dataset takes an S3Location, another step's output or an S3 URI, not " + repr(ClarifyDataset("s3://b/x")),
    ),
    (
        lambda p: check(p, supplied_baseline_constraints="s3://b/c.json"),
        "a baseline is two files: give both supplied_baseline_constraints and supplied_baseline_statistics",
    ),
    (
        lambda p: check(p, model_package_group=None),
        "there is no earlier baseline: give model_package_group or supplied_baseline_constraints, or make skip_check "
        "and register_new_baseline true for a first run",
    ),
    (
        lambda p: check(p, check=ModelQualityCheck("Regresion")),
        "check: problem_type is 'Regresion'; did you mean 'Regression'?",
    ),
    (
        lambda p: check(p, check=ModelQualityCheck("Regression", inference_attribute=True)),
        "check: inference_attribute must be a text, not True",
    ),
    (
        lambda p: check(p, post_analytics_processor_script="after.py"),
        "post_analytics_processor_script: 'after.py' is not the S3 URI of a file; for a local file write "
        "Script('after.py')",
    ),
    (
        lambda p: check(p, check=DataQualityCheck(TEXT)),
        f"record_preprocessor_script {TEXT!r} must be literal, the service substitutes no value there",
    ),
    (
        lambda p: check(p, check=DataQualityCheck(5)),
        "record_preprocessor_script takes a Script or the S3 URI of one, not 5",
    ),
    (
        lambda p: check(p, environment={"dataset_source": "x"}),
        "environment: 'dataset_source' is set by the step itself",
    ),
]


def test_where_predictions_cannot_stand() -> None:
    with pytest.raises(PipelineError) as error:
        DatasetFormat.csv(output_columns_position="MIDDLE")
    assert str(error.value) == "DatasetFormat: output_columns_position is 'MIDDLE'; allowed are 'START', 'END'"


@cases(REFUSED)
def test_refused(write: Write, text: str, pipeline: Pipeline) -> None:
    refused(write, OWNER + text, pipeline)


TRANSFORM = partial(TransformStep, model="m", input=TransformInput("s3://b/in"), instance_type="ml.m5.large")
CHECK = partial(
    QualityCheckStep,
    check=DataQualityCheck(),
    dataset_format=CSV,
    instance_type="ml.m5.large",
    model_package_group="g",
)


def dataset(step: Any) -> Any:
    (found,) = [item for item in arguments(step)["ProcessingInputs"] if "dataset" in item["InputName"]]
    return found["S3Input"]["S3Uri"]


def test_a_check_of_the_data_before_a_transform(pipeline: Pipeline) -> None:
    monitored = MonitoredTransform(pipeline, "Score", transform=TRANSFORM, check=CHECK, check_first=True)
    assert (monitored.transform.name, monitored.check.name) == ("Score-transform", "Score-monitoring")
    assert rendered(monitored.transform)["DependsOn"] == ["Score-monitoring"]
    assert "DependsOn" not in rendered(monitored.check)
    assert dataset(monitored.check) == "s3://b/in"


def test_a_check_of_the_answers_after_a_transform(pipeline: Pipeline) -> None:
    first = processing(pipeline, "First")
    monitored = MonitoredTransform(pipeline, "Score", transform=TRANSFORM, check=CHECK, depends_on=[first], prefix="s_")
    assert monitored.transform.name == "s_transform"
    assert rendered(monitored.transform)["DependsOn"] == ["First"]
    assert sorted(rendered(monitored.check)["DependsOn"]) == ["First", "s_transform"]
    assert dataset(monitored.check) == get("Steps.s_transform.TransformOutput.S3OutputPath")
    last = processing(pipeline, "Last", depends_on=[monitored])
    assert rendered(last)["DependsOn"] == ["s_transform", "s_monitoring"]


def test_a_clarify_check_with_its_own_dataset(pipeline: Pipeline) -> None:
    bias = partial(
        ClarifyCheckStep,
        check=DataBiasCheck([1], [ClarifyFacet("sex")]),
        dataset=ClarifyDataset("s3://b/other"),
        instance_type="ml.m5.large",
        model_package_group="g",
    )
    monitored = MonitoredTransform(pipeline, "Score", transform=TRANSFORM, check=bias, check_first=True)
    assert dataset(monitored.check) == "s3://b/other"


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"transform": TransformStep}, f"transform takes partial(TransformStep, model=...), not {TransformStep!r}"),
        ({"check": TRANSFORM}, f"check takes partial(QualityCheckStep, check=...), not {TRANSFORM!r}"),
        (
            {"check": partial(CHECK, check=ModelQualityCheck("Regression")), "check_first": True},
            "check_first: a ModelQualityCheck needs the answers, which come after the transform",
        ),
    ],
)
def test_a_monitored_transform_is_refused(fields: dict[str, Any], text: str, pipeline: Pipeline) -> None:
    with pytest.raises(PipelineError) as error:
        MonitoredTransform(pipeline, "Score", **{"transform": TRANSFORM, "check": CHECK, **fields})
    assert str(error.value) == f"MonitoredTransform 'Stack/P/Score': {text}"
