"""Clarify checks: their JSON and their configuration."""

# mypy: disable-error-code="arg-type, call-arg, list-item"

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sagemaker as sagemaker
from aws_cdk.assertions import Template

from cdk_sagemaker_pipelines import (
    ClarifyCheckStep,
    ClarifyDataset,
    ClarifyFacet,
    ClarifyModel,
    ClarifyShap,
    DataBiasCheck,
    ExplainabilityCheck,
    FailStep,
    Image,
    ModelBiasCheck,
    ModelStep,
    Parameter,
    Pipeline,
    PipelineError,
    S3Location,
)
from tests.steps.bad import imported_vpc, processing
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
    keys,
    network,
    rendered,
    run_place,
)

CLARIFY = "131013547314.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-clarify-processing:1.0"
S3_INPUT = {
    "S3DataType": "S3Prefix",
    "S3InputMode": "File",
    "S3DataDistributionType": "FullyReplicated",
    "S3CompressionType": "None",
}
BIAS: dict[str, Any] = {"label_values_or_threshold": [1], "facet": [ClarifyFacet("sex")]}
REPORT = {"name": "report", "title": "Analysis Report"}


def check(scope: Any, name: str = "A", **fields: Any) -> ClarifyCheckStep:
    least: dict[str, Any] = {
        "check": DataBiasCheck(**BIAS),
        "dataset": "s3://b/x",
        "instance_type": "ml.m5.large",
        "model_package_group": "g",
    }
    return ClarifyCheckStep(scope, name, **{**least, **fields})


def config(step: ClarifyCheckStep) -> Any:
    """The configuration, from the assembly."""
    (uri,) = (
        item["S3Input"]["S3Uri"]
        for item in step.host.definition.step(step.name).arguments["ProcessingInputs"]  # type: ignore[attr-defined]
        if item["InputName"] == "analysis_config"
    )
    digest, name = uri.removeprefix(f"{ASSETS}/").split("/")
    assert name == "analysis_config.json"
    outdir = cdk.Stage.of(step).outdir  # type: ignore[union-attr]
    return json.loads(Path(outdir, f"asset.{digest}.json").read_text(encoding="utf-8"))


def test_every_field(pipeline: Pipeline, stack: cdk.Stack) -> None:
    first = processing(pipeline, "First", outputs=["data"])
    skip = Parameter.boolean("Skip", default=False)
    step = ClarifyCheckStep(
        pipeline,
        "Check",
        step_name="Check-Bias",
        check=DataBiasCheck(**BIAS),
        dataset=ClarifyDataset(first.output("data"), s3_compression_type="Gzip"),
        image=Image.from_uri(IMAGE),
        instance_type=Parameter.string("Type", default="ml.m5.large"),
        instance_count=2,
        volume_size_in_gb=50,
        environment={"A": 1},
        max_runtime=cdk.Duration.minutes(5),
        output="s3://other/reports/",
        model_package_group=sagemaker.CfnModelPackageGroup(stack, "Packages", model_package_group_name="abalone"),
        supplied_baseline_constraints=S3Location(s3.Bucket.from_bucket_name(stack, "Base", "base"), "constraints.json"),
        skip_check=skip,
        fail_on_violation=False,
        register_new_baseline=True,
        enable_network_isolation=True,
        encrypt_inter_container_traffic=True,
        overrides={"ExperimentConfig": {"TrialComponentDisplayName": "bias"}},
        **network(stack),
        **keys(stack),
    )
    found = rendered(step)
    (config_input, _) = found["Arguments"]["ProcessingInputs"]
    uri = config_input["S3Input"]["S3Uri"]
    assert uri.startswith(f"{ASSETS}/")
    assert uri.endswith("/analysis_config.json")
    assert found == {
        "Name": "Check-Bias",
        "Type": "ClarifyCheck",
        "CheckType": "DATA_BIAS",
        "ModelPackageGroupName": "abalone",
        "SkipCheck": get("Parameters.Skip"),
        "FailOnViolation": False,
        "RegisterNewBaseline": True,
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
                {
                    "InputName": "analysis_config",
                    "S3Input": {"S3Uri": uri, "LocalPath": "/opt/ml/processing/input/config", **S3_INPUT},
                },
                {
                    "InputName": "dataset",
                    "S3Input": {
                        "S3Uri": get("Steps.First.ProcessingOutputConfig.Outputs['data'].S3Output.S3Uri"),
                        "LocalPath": "/opt/ml/processing/input/data",
                        **S3_INPUT,
                        "S3CompressionType": "Gzip",
                    },
                },
            ],
            "ProcessingOutputConfig": {
                "Outputs": [
                    {
                        "OutputName": "analysis_result",
                        "S3Output": {
                            "S3Uri": "s3://other/reports/",
                            "LocalPath": "/opt/ml/processing/output",
                            "S3UploadMode": "EndOfJob",
                        },
                    }
                ],
                "KmsKeyId": KEY,
            },
            "Environment": {"A": "1"},
            "StoppingCondition": {"MaxRuntimeInSeconds": 300},
            "NetworkConfig": {
                "EnableNetworkIsolation": True,
                "EnableInterContainerTrafficEncryption": True,
                "VpcConfig": NETWORK,
            },
            "ExperimentConfig": {"TrialComponentDisplayName": "bias"},
        },
    }
    assert codes(step) == ["same-place"]


def test_required_fields_only(pipeline: Pipeline) -> None:
    step = check(pipeline)
    found = arguments(step)
    assert {**found, "ProcessingInputs": len(found["ProcessingInputs"])} == {
        "ProcessingResources": {
            "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30}
        },
        "AppSpecification": {"ImageUri": CLARIFY},
        "RoleArn": ROLE,
        "ProcessingInputs": 2,
        "ProcessingOutputConfig": {
            "Outputs": [
                {
                    "OutputName": "analysis_result",
                    "S3Output": {
                        "S3Uri": run_place("A"),
                        "LocalPath": "/opt/ml/processing/output",
                        "S3UploadMode": "EndOfJob",
                    },
                }
            ]
        },
    }
    document = pipeline.definition.step("A").json
    assert {key: value for key, value in document.items() if key != "Arguments"} == {
        "Name": "A",
        "Type": "ClarifyCheck",
        "CheckType": "DATA_BIAS",
        "ModelPackageGroupName": "g",
        "SkipCheck": False,
        "FailOnViolation": True,
        "RegisterNewBaseline": False,
        "SuppliedBaselineConstraints": None,
    }
    assert findings(step) == []
    assert config(step) == {
        "dataset_type": "text/csv",
        "label_values_or_threshold": [1],
        "facet": [{"name_or_index": "sex"}],
        "methods": {"pre_training_bias": {"methods": "all"}, "report": REPORT},
    }


def test_the_configuration_with_every_member(pipeline: Pipeline) -> None:
    step = check(
        pipeline,
        dataset=ClarifyDataset(
            "s3://b/x",
            headers=["a", "b"],
            label=1,
            features="f",
            joinsource_name_or_index="id",
            excluded_columns=["c", 3],
            predicted_label="p",
            facet_dataset_uri="s3://b/facets",
            facet_headers=["d"],
            predicted_label_dataset_uri="s3://b/predicted",
            predicted_label_headers=["p"],
            segment_config=[{"name_or_index": "a", "segments": [["[1, 4]"]]}],
        ),
        check=ModelBiasCheck(
            label_values_or_threshold=(0.5,),
            facet=[ClarifyFacet("a", ["x"]), ClarifyFacet(2, (1.5,))],
            group_variable="g",
            methods=("DPPL", "DI"),
            predictor=ClarifyModel(
                "m",
                "ml.m5.large",
                initial_instance_count=2,
                content_type="application/json",
                accept_type="application/jsonlines",
                content_template="$records",
                record_template="$features_kvp",
                label="l",
                probability="p",
                label_headers=["yes", "no"],
                probability_threshold=0.3,
                target_model="t.tar.gz",
                custom_attributes="c",
            ),
        ),
    )
    assert config(step) == {
        "dataset_type": "text/csv",
        "headers": ["a", "b"],
        "label": 1,
        "features": "f",
        "joinsource_name_or_index": "id",
        "excluded_columns": ["c", 3],
        "predicted_label": "p",
        "facet_dataset_uri": "s3://b/facets",
        "facet_headers": ["d"],
        "predicted_label_dataset_uri": "s3://b/predicted",
        "predicted_label_headers": ["p"],
        "segment_config": [{"name_or_index": "a", "segments": [["[1, 4]"]]}],
        "label_values_or_threshold": [0.5],
        "facet": [
            {"name_or_index": "a", "value_or_threshold": ["x"]},
            {"name_or_index": 2, "value_or_threshold": [1.5]},
        ],
        "group_variable": "g",
        "methods": {"post_training_bias": {"methods": ["DPPL", "DI"]}, "report": REPORT},
        "predictor": {
            "instance_type": "ml.m5.large",
            "initial_instance_count": 2,
            "content_type": "application/json",
            "accept_type": "application/jsonlines",
            "content_template": "$records",
            "record_template": "$features_kvp",
            "label": "l",
            "probability": "p",
            "label_headers": ["yes", "no"],
            "target_model": "t.tar.gz",
            "custom_attributes": "c",
        },
        "probability_threshold": 0.3,
    }
    assert pipeline.host.environment.accesses["A"][0].reads == ("s3://b/facets", "s3://b/predicted")


def test_explanations(pipeline: Pipeline) -> None:
    create = ModelStep(pipeline, "Create", image=Image.from_uri(IMAGE))
    step = check(
        pipeline,
        dataset=ClarifyDataset("s3://b/x", "application/x-image"),
        check=ExplainabilityCheck(
            ClarifyModel(create, "ml.m5.large"),
            ClarifyShap(
                num_clusters=2,
                num_samples=3,
                agg_method="median",
                use_logit=True,
                save_local_shap_values=False,
                seed=4,
                features_to_explain=["a", 1],
                text_config={"granularity": "token", "language": "en"},
                image_config={"model_type": "OBJECT_DETECTION"},
            ),
            methods={"pdp": {"grid_resolution": 10}},
        ),
    )
    assert config(step)["methods"] == {
        "shap": {
            "num_samples": 3,
            "agg_method": "median",
            "use_logit": True,
            "save_local_shap_values": False,
            "seed": 4,
            "num_clusters": 2,
            "features_to_explain": ["a", 1],
            "text_config": {"granularity": "token", "language": "en"},
            "image_config": {"model_type": "OBJECT_DETECTION"},
        },
        "pdp": {"grid_resolution": 10},
        "report": REPORT,
    }
    found = rendered(step)
    assert (found["CheckType"], found["ModelName"]) == ("MODEL_EXPLAINABILITY", get("Steps.Create.ModelName"))
    # results of images come one by one
    assert found["Arguments"]["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3UploadMode"] == "Continuous"


def test_time_series(pipeline: Pipeline) -> None:
    series = {"target_time_series": "t", "item_id": "i", "timestamp": "s", "dataset_format": "columns"}
    method = {"asymmetric_shapley_value": {"direction": "chronological", "granularity": "timewise"}}
    predictor = ClarifyModel("m", "ml.m5.large", time_series_predictor_config={"forecast": "f"})
    step = check(
        pipeline,
        dataset=ClarifyDataset("s3://b/x", "application/json", time_series_data_config=series),
        check=ExplainabilityCheck(predictor, shap=None, methods=method),
    )
    assert config(step) == {
        "dataset_type": "application/json",
        "time_series_data_config": series,
        "methods": {**method, "report": REPORT},
        "predictor": {
            "instance_type": "ml.m5.large",
            "initial_instance_count": 1,
            "time_series_predictor_config": {"forecast": "f"},
        },
    }


def test_rows_of_a_baseline_keep_what_is_missing(pipeline: Pipeline) -> None:
    shap = ClarifyShap(baseline=[[0, None, "x"]])
    step = check(pipeline, check=ExplainabilityCheck(ClarifyModel("m", "ml.m5.large"), shap))
    assert config(step)["methods"]["shap"]["baseline"] == [[0, None, "x"]]


def test_a_configuration_that_names_what_the_stack_makes_is_deployed(stack: cdk.Stack) -> None:
    bucket = s3.Bucket(stack, "Data")
    pipeline = Pipeline(stack, "P", pipeline_name="P")
    shap = ClarifyShap(baseline=S3Location(bucket, "rows.csv"))
    step = check(pipeline, check=ExplainabilityCheck(ClarifyModel("m", "ml.m5.large"), shap))
    uri = arguments(step)["ProcessingInputs"][0]["S3Input"]["S3Uri"]["Fn::Join"][1]
    template = Template.from_stack(stack)
    (deployment,) = template.find_resources("Custom::CDKBucketDeployment").values()
    assert deployment["Properties"]["DestinationBucketName"] == uri[1]
    assert deployment["Properties"]["SourceMarkers"] == [{"<<marker:0>>": stack.resolve(bucket.bucket_name)}]
    assert uri[2].startswith("/P/A/")
    assert uri[2].endswith("/analysis_config.json")
    (resource,) = template.find_resources("AWS::SageMaker::Pipeline").values()
    # the configuration is there before a schedule can start the pipeline
    assert "PAFileCustomResource" in " ".join(resource["DependsOn"])


def test_the_same_configuration_twice_is_one_asset(pipeline: Pipeline) -> None:
    places = [arguments(check(pipeline, name))["ProcessingInputs"][0]["S3Input"]["S3Uri"] for name in ("A", "B")]
    assert places[0] == places[1]


def test_references(pipeline: Pipeline) -> None:
    step = check(pipeline)
    told = FailStep(
        pipeline,
        "Tell",
        message=f"{step.calculated_baseline_constraints} {step.baseline_used_for_drift_check_constraints}",
    )
    assert [item for item in arguments(told)["ErrorMessage"]["Std:Join"]["Values"] if item != " "] == [
        get("Steps.A.CalculatedBaselineConstraints"),
        get("Steps.A.BaselineUsedForDriftCheckConstraints"),
    ]
    properties = step.properties
    assert properties.calculated_baseline_constraints.to_json() == get("Steps.A.CalculatedBaselineConstraints")
    with pytest.raises(PipelineError, match="CalculatedBaselineStatistics"):
        step.reference("CalculatedBaselineStatistics")


def test_a_role_of_its_own(stack: cdk.Stack) -> None:
    pipeline = Pipeline(stack, "P", artifacts=s3.Bucket.from_bucket_name(stack, "Artifacts", "artifacts"))
    check(pipeline)
    (role,) = [
        resource["Properties"]
        for name, resource in Template.from_stack(stack).find_resources("AWS::IAM::Role").items()
        if "JobRole" in name
    ]
    # the guide lists no narrower trust for Clarify's jobs
    condition = role["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]
    arn = condition["ArnLike"]["aws:SourceArn"]["Fn::Join"][1]
    assert (condition["StringEquals"], arn[-1]) == (
        {"aws:SourceAccount": "111122223333"},
        ":sagemaker:eu-west-1:111122223333:*",
    )


def test_a_network_is_taken(pipeline: Pipeline) -> None:
    found = arguments(check(pipeline, vpc=imported_vpc(pipeline)))
    assert set(found["NetworkConfig"]["VpcConfig"]) == {"SecurityGroupIds", "Subnets"}
