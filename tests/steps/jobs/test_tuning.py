"""A tuning step: its JSON with every field, the fewest, and several definitions; and what others read of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_pipelines import (
    CategoricalRange,
    ContinuousRange,
    Image,
    IntegerRange,
    Objective,
    Parameter,
    Pipeline,
    PipelineError,
    S3Location,
    TrainingDefinition,
    TuningStep,
    WarmStart,
)
from tests.steps.support import (
    ASSETS,
    IMAGE,
    JOB,
    KEY,
    NETWORK,
    OTHER_KEY,
    ROLE,
    SKLEARN,
    arguments,
    codes,
    errors,
    findings,
    get,
    join,
    keys,
    network,
    rendered,
    source,
)

LOSS = Objective.minimize("loss")
ETA = {"Name": "eta", "MinValue": "0.1", "MaxValue": "0.5", "ScalingType": "Auto"}


def definition(**fields: Any) -> TrainingDefinition:
    """With the fewest fields and those given."""
    return TrainingDefinition(**{**JOB, "objective": LOSS, "ranges": {"eta": ContinuousRange(0.1, 0.5)}, **fields})


def tuning(pipeline: Pipeline, name: str = "Tune", **fields: Any) -> TuningStep:
    return TuningStep(pipeline, name, **{"training": definition(), "max_jobs": 4, **fields})


def test_every_field(pipeline: Pipeline, stack: cdk.Stack, tmp_path: Path) -> None:
    first = tuning(pipeline, "First")
    bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "my-bucket")
    step = TuningStep(
        pipeline,
        "Tune",
        step_name="Tune-It",
        training=TrainingDefinition(
            image=Image.sklearn("1.2-1"),
            source=source(tmp_path),
            instance_type="ml.m5.large",
            instance_count=2,
            volume_size_in_gb=Parameter.integer("Volume", default=10),
            environment={"A": 1},
            inputs={"train": "s3://my-bucket/train"},
            output=S3Location(bucket, "models"),
            hyperparameters={"depth": 5, "name": "x"},
            metric_definitions={"loss": "loss=(.*)"},
            max_runtime=cdk.Duration.hours(1),
            max_wait=7200,
            enable_network_isolation=True,
            encrypt_inter_container_traffic=True,
            objective=LOSS,
            ranges={
                "lr": ContinuousRange(Parameter.float("Low", default=0.01), 0.1, "Logarithmic"),
                "layers": IntegerRange(1, Parameter.integer("Layers", default=4), "Linear"),
                "kind": CategoricalRange(["adam", 5, Parameter.string("Kind", default="sgd")]),
            },
            **network(stack),
            **keys(stack),
        ),
        max_jobs=Parameter.integer("Jobs", default=10),
        max_parallel_jobs=3,
        max_runtime=cdk.Duration.hours(2),
        strategy="Random",
        early_stopping="Auto",
        random_seed=7,
        warm_start=WarmStart("IdenticalDataAndAlgorithm", [first, "other", Parameter.string("Old", default="old")]),
        overrides={"HyperParameterTuningJobConfig": {"TuningJobCompletionCriteria": {"TargetObjectiveMetricValue": 1}}},
    )
    assert rendered(step) == {
        "Name": "Tune-It",
        "Type": "Tuning",
        "Arguments": {
            "HyperParameterTuningJobConfig": {
                "Strategy": "Random",
                "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "loss"},
                "ResourceLimits": {
                    "MaxNumberOfTrainingJobs": get("Parameters.Jobs"),
                    "MaxParallelTrainingJobs": 3,
                    "MaxRuntimeInSeconds": 7200,
                },
                "ParameterRanges": {
                    "ContinuousParameterRanges": [
                        {
                            "Name": "lr",
                            "MinValue": join(get("Parameters.Low")),
                            "MaxValue": "0.1",
                            "ScalingType": "Logarithmic",
                        }
                    ],
                    "IntegerParameterRanges": [
                        {
                            "Name": "layers",
                            "MinValue": "1",
                            "MaxValue": join(get("Parameters.Layers")),
                            "ScalingType": "Linear",
                        }
                    ],
                    # the toolkit reads JSON
                    "CategoricalParameterRanges": [{"Name": "kind", "Values": ['"adam"', "5", get("Parameters.Kind")]}],
                },
                "TrainingJobEarlyStoppingType": "Auto",
                "RandomSeed": 7,
                "TuningJobCompletionCriteria": {"TargetObjectiveMetricValue": 1},
            },
            "TrainingJobDefinition": {
                "AlgorithmSpecification": {
                    "TrainingImage": SKLEARN,
                    "TrainingInputMode": "File",
                    "MetricDefinitions": [{"Name": "loss", "Regex": "loss=(.*)"}],
                },
                "RoleArn": ROLE,
                "InputDataConfig": [
                    channel("train", "s3://my-bucket/train"),
                    channel("code", f"{ASSETS}/<hash>.gz"),
                ],
                "OutputDataConfig": {"S3OutputPath": "s3://my-bucket/models", "KmsKeyId": KEY},
                "HyperParameterTuningResourceConfig": {
                    "InstanceType": "ml.m5.large",
                    "InstanceCount": 2,
                    "VolumeSizeInGB": get("Parameters.Volume"),
                    "VolumeKmsKeyId": OTHER_KEY,
                },
                "StoppingCondition": {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 7200},
                "StaticHyperParameters": {
                    "depth": "5",
                    "name": '"x"',
                    "sagemaker_submit_directory": '"/opt/ml/input/data/code/<hash>.gz"',
                    "sagemaker_program": '"train.py"',
                    "sagemaker_container_log_level": "20",
                    "sagemaker_region": '"eu-west-1"',
                },
                "Environment": {"A": "1"},
                "VpcConfig": NETWORK,
                "EnableNetworkIsolation": True,
                "EnableInterContainerTrafficEncryption": True,
                "EnableManagedSpotTraining": True,
            },
            "WarmStartConfig": {
                "WarmStartType": "IdenticalDataAndAlgorithm",
                "ParentHyperParameterTuningJobs": [
                    {"HyperParameterTuningJobName": get("Steps.First.HyperParameterTuningJobName")},
                    {"HyperParameterTuningJobName": "other"},
                    {"HyperParameterTuningJobName": get("Parameters.Old")},
                ],
            },
        },
    }
    assert codes(step) == ["spot-checkpoints"]


def channel(name: str, uri: Any) -> dict[str, Any]:
    return {
        "ChannelName": name,
        "DataSource": {
            "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
        },
    }


LEAST: dict[str, Any] = {
    "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
    "RoleArn": ROLE,
    # without the execution: what a reused tuning has written lies where it was written
    "OutputDataConfig": {"S3OutputPath": "s3://artifacts/P/Tune"},
    "HyperParameterTuningResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30},
    "StoppingCondition": {"MaxRuntimeInSeconds": 86400},
}


def test_the_fewest_fields(pipeline: Pipeline) -> None:
    assert rendered(tuning(pipeline)) == {
        "Name": "Tune",
        "Type": "Tuning",
        "Arguments": {
            "HyperParameterTuningJobConfig": {
                "Strategy": "Bayesian",
                "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "loss"},
                "ResourceLimits": {"MaxNumberOfTrainingJobs": 4, "MaxParallelTrainingJobs": 1},
                "ParameterRanges": {"ContinuousParameterRanges": [ETA]},
                "TrainingJobEarlyStoppingType": "Off",
            },
            "TrainingJobDefinition": LEAST,
        },
    }


def test_several_definitions_have_objective_and_ranges_of_their_own(pipeline: Pipeline) -> None:
    step = tuning(
        pipeline,
        training={
            "one": definition(),
            "two": definition(objective=Objective.maximize("auc"), ranges={"kind": CategoricalRange(["a", "b"])}),
        },
    )
    assert arguments(step) == {
        "HyperParameterTuningJobConfig": {
            "Strategy": "Bayesian",
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 4, "MaxParallelTrainingJobs": 1},
            "TrainingJobEarlyStoppingType": "Off",
        },
        "TrainingJobDefinitions": [
            {
                "DefinitionName": "one",
                "TuningObjective": {"Type": "Minimize", "MetricName": "loss"},
                "HyperParameterRanges": {"ContinuousParameterRanges": [ETA]},
                **LEAST,
            },
            {
                "DefinitionName": "two",
                "TuningObjective": {"Type": "Maximize", "MetricName": "auc"},
                "HyperParameterRanges": {"CategoricalParameterRanges": [{"Name": "kind", "Values": ["a", "b"]}]},
                **LEAST,
            },
        ],
    }
    assert findings(step) == []


def test_a_grid_needs_no_number_of_jobs(pipeline: Pipeline) -> None:
    training = definition(ranges={"kind": CategoricalRange(["a", "b"])})
    found = arguments(tuning(pipeline, training=training, strategy="Grid", max_jobs=None))
    assert found["HyperParameterTuningJobConfig"]["ResourceLimits"] == {"MaxParallelTrainingJobs": 1}


def test_references(pipeline: Pipeline) -> None:
    step = tuning(pipeline, max_jobs=50)
    assert step.best_training_job_name.to_json() == get("Steps.Tune.BestTrainingJob.TrainingJobName")
    assert step.tuning_job_name.to_json() == get("Steps.Tune.HyperParameterTuningJobName")
    third = step.training_job_summaries[2]
    assert third.final_hyper_parameter_tuning_job_objective_metric.value.to_json() == get(
        "Steps.Tune.TrainingJobSummaries[2].FinalHyperParameterTuningJobObjectiveMetric.Value"
    )
    assert third.tuned_hyper_parameters["eta"].to_json() == get(
        "Steps.Tune.TrainingJobSummaries[2].TunedHyperParameters['eta']"
    )
    for k in (0, 49):
        name = get(f"Steps.Tune.TrainingJobSummaries[{k}].TrainingJobName")
        model = step.best_model(k).to_json()
        assert model == join("s3://artifacts/P/Tune", name, "output/model.tar.gz", on="/")
    for k, shown in ((50, "50"), (-1, "-1"), (True, "True")):
        with pytest.raises(PipelineError) as error:
            step.best_model(k)
        assert str(error.value) == f"TuningStep 'Stack/P/Tune': best_model takes 0 to 49, not {shown}"


def test_the_best_of_no_more_models_than_there_are_jobs(pipeline: Pipeline) -> None:
    step = tuning(pipeline, max_jobs=2)
    step.best_model(1)
    with pytest.raises(PipelineError) as error:
        step.best_model(2)
    assert str(error.value) == "TuningStep 'Stack/P/Tune': best_model takes 0 to 1, not 2: max_jobs is 2"


def test_the_best_model_lies_where_the_definitions_say(pipeline: Pipeline) -> None:
    place = Parameter.string("Place", default="s3://b/models")
    name = get("Steps.Tune.TrainingJobSummaries[0].TrainingJobName")
    same = {"a": definition(output="s3://b/models"), "b": definition(output="s3://b/models/")}
    step = tuning(pipeline, training=same)
    assert step.best_model().to_json() == join("s3://b/models", name, "output/model.tar.gz", on="/")
    step = tuning(pipeline, "Other", training={"a": definition(output=place), "b": definition()})
    with pytest.raises(PipelineError) as error:
        step.best_model()
    assert str(error.value) == (
        "TuningStep 'Stack/P/Other': best_model: the definitions write their models to different places, so the best "
        "model's is not known; give them all the same output="
    )


def test_each_definition_has_a_role_of_its_own(stack: cdk.Stack, role: iam.IRole) -> None:
    pipeline = Pipeline(stack, "Q")
    step = tuning(pipeline, training={"own": definition(), "given": definition(role=role)})
    assert [role.node.path for role in step.job_roles] == ["Stack/Q/Tune/own/JobRole", "Stack/JobRole"]
    assert errors(pipeline) == []


def test_the_metric_may_be_a_parameter(pipeline: Pipeline, tmp_path: Path) -> None:
    metric = Parameter.string("Metric", default="loss")
    training = definition(
        source=source(tmp_path), objective=Objective.maximize(metric), metric_definitions={"loss": "loss=(.*)"}
    )
    config = arguments(tuning(pipeline, training=training))["HyperParameterTuningJobConfig"]
    objective = {"Type": "Maximize", "MetricName": get("Parameters.Metric")}
    assert config["HyperParameterTuningJobObjective"] == objective


def test_bounds_are_texts_and_tokens_too(pipeline: Pipeline) -> None:
    token: Any = cdk.Token.as_number({"Ref": "X"})
    found = arguments(tuning(pipeline, training=definition(ranges={"n": IntegerRange(token, 10**6, "Logarithmic")})))
    (range_,) = found["HyperParameterTuningJobConfig"]["ParameterRanges"]["IntegerParameterRanges"]
    assert range_ == {"Name": "n", "MinValue": {"Ref": "X"}, "MaxValue": "1000000", "ScalingType": "Logarithmic"}
