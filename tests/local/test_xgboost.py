"""The built-in XGBoost algorithm without its image: channels, hyperparameters, log, metrics, model."""

from __future__ import annotations

import io
import json
import re
import tarfile
from typing import Any

import pytest

from cdk_sagemaker_pipelines.language.xgboost import UserError, checked
from cdk_sagemaker_pipelines.local.runners import RUNNERS
from cdk_sagemaker_pipelines.local.runners.jobs.xgboost import has_xgboost
from tests.local.support import Account, by_name, run, step, training

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
ROUND = re.compile(r"\[(\d+)\]#011train-(\w+):(\d+\.\d{5})(?:#011validation-(\w+):(\d+\.\d{5}))?")

SQUARES = "".join(f"{x * x},{x},{x % 3}\n" for x in range(60))
PARITY = "".join(f"{x % 2} 1:{x % 2} 3:{x}\n" for x in range(60))


def train(
    account: Account, hyperparameters: dict[str, Any], content_type: str | None = "text/csv", **channels: str
) -> dict[str, Any]:
    """The step of a training job; each channel has one file with this content."""
    given = {name: account.put(f"{name}/data", text).removesuffix("data") for name, text in channels.items()}
    arguments = training(hyperparameters, given)
    arguments["AlgorithmSpecification"]["TrainingImage"] = IMAGE
    for channel in arguments.get("InputDataConfig", ()) if content_type else ():
        channel["ContentType"] = content_type
    return by_name(run([step("Train", "Training", arguments)], runners=RUNNERS, services=account))["Train"]


def names_in_model(account: Account) -> list[str]:
    key = account.last("TrainingJob")["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://data/")
    with tarfile.open(fileobj=io.BytesIO(account.read(key))) as archive:
        return archive.getnames()


def test_csv_with_validation(account: Account) -> None:
    answer = train(
        account, {"num_round": "5", "objective": "reg:linear", "eta": "0.5"}, train=SQUARES, validation=SQUARES
    )
    assert answer["StepStatus"] == "Succeeded", answer
    assert "runs as xgboost-cpu 3.2.0 of PyPI, on the CPU" in answer["StepDescription"]
    found = ROUND.findall(account.log("/aws/sagemaker/TrainingJobs"))
    assert [(each[0], each[1], each[3]) for each in found] == [(str(number), "rmse", "rmse") for number in range(5)]
    assert float(found[-1][2]) < float(found[0][2])
    record = account.last("TrainingJob")
    final = {metric["MetricName"]: metric["Value"] for metric in record["FinalMetricDataList"]}
    assert final == {"train:rmse": pytest.approx(float(found[-1][2])), "validation:rmse": float(found[-1][4])}
    assert "validation:rmse" in [each["Name"] for each in record["AlgorithmSpecification"]["MetricDefinitions"]]
    assert names_in_model(account) == ["xgboost-model"]


def test_libsvm_is_the_default(account: Account) -> None:
    chosen = {"num_round": "3", "objective": "binary:logistic", "eval_metric": "error,accuracy,f1_binary"}
    answer = train(account, chosen, None, train=PARITY)
    assert answer["StepStatus"] == "Succeeded", answer
    final = {each["MetricName"]: each["Value"] for each in account.last("TrainingJob")["FinalMetricDataList"]}
    assert final == {"train:error": 0.0, "train:accuracy": 1.0, "train:f1_binary": 1.0}


def test_several_files_in_folders_and_weights(account: Account) -> None:
    account.put("train/deep/b", "".join(f"{x},2,{x}\n" for x in range(10)))
    answer = train(account, {"num_round": "1", "csv_weights": "1"}, train="".join(f"{x},1,{x}\n" for x in range(30)))
    assert answer["StepStatus"] == "Succeeded", answer
    assert "Train matrix has 40 rows and 1 columns" in account.log("/aws/sagemaker/TrainingJobs")


def test_early_stopping(account: Account) -> None:
    noise = "".join(f"{(x * 7919) % 97},{x}\n" for x in range(60))
    chosen = {"num_round": "200", "early_stopping_rounds": "2", "eval_metric": "rmse", "eta": "1"}
    answer = train(account, chosen, train=SQUARES.replace(",0\n", "\n").replace(",1\n", "\n").replace(",2\n", "\n"),
                   validation=noise)  # fmt: skip
    assert answer["StepStatus"] == "Succeeded", answer
    assert len(ROUND.findall(account.log("/aws/sagemaker/TrainingJobs"))) < 20


def test_checkpoints_are_resumed(account: Account) -> None:
    given = {"train": account.put("train/data", SQUARES)}
    for rounds, count in (("2", 2), ("5", 5)):
        arguments = training({"num_round": rounds}, given, CheckpointConfig={"S3Uri": "s3://data/checkpoints"})
        arguments["AlgorithmSpecification"]["TrainingImage"] = IMAGE
        arguments["InputDataConfig"][0]["ContentType"] = "csv"
        done = by_name(run([step("Train", "Training", arguments)], runners=RUNNERS, services=account))["Train"]
        assert done["StepStatus"] == "Succeeded", done
        assert account.keys("checkpoints/") == [f"checkpoints/xgboost-checkpoint.{number}" for number in range(count)]
    numbers = [number for number, *_ in ROUND.findall(account.log("/aws/sagemaker/TrainingJobs"))]
    assert sorted(numbers) == list("01234")


def test_tuning_by_a_metric_of_the_algorithm(account: Account) -> None:
    given = {"train": account.put("train/data", SQUARES), "validation": account.put("validation/data", SQUARES)}
    definition = training({}, given)
    del definition["HyperParameters"]
    definition["AlgorithmSpecification"]["TrainingImage"] = IMAGE
    for channel in definition["InputDataConfig"]:
        channel["ContentType"] = "text/csv"
    objective = {"Type": "Minimize", "MetricName": "validation:mae"}
    arguments = {
        "HyperParameterTuningJobConfig": {
            "Strategy": "Grid",
            "ResourceLimits": {"MaxParallelTrainingJobs": 1},
            "HyperParameterTuningJobObjective": objective,
            "ParameterRanges": {"CategoricalParameterRanges": [{"Name": "eta", "Values": ["0.1", "1.0"]}]},
        },
        "TrainingJobDefinition": {"StaticHyperParameters": {"num_round": "3"}, **definition},
    }
    answer = by_name(run([step("Tune", "Tuning", arguments)], runners=RUNNERS, services=account))["Tune"]
    assert answer["StepStatus"] == "Succeeded", answer
    best = account.last("HyperParameterTuningJob")["BestTrainingJob"]
    assert best["TunedHyperParameters"] == {"eta": "1.0"}


@pytest.mark.parametrize(
    ("hyperparameters", "channels", "reason"),
    [
        ({}, {"train": SQUARES}, "AlgorithmError: UserError: Missing required hyperparameter: num_round, exit code: 1"),
        ({"num_round": "1"}, {"validation": SQUARES}, "UserError: Missing required channel: train"),
        ({"num_round": "1"}, {"train": SQUARES, "test": "1"}, "UserError: Extraneous channel found: test"),
        ({"num_round": "1"}, {"train": ""}, "UserError: No data in training channel path"),
        ({"num_round": "1"}, {"train": SQUARES, "validation": ""}, "UserError: No data in validation channel path"),
        ({"num_round": "1", "objective": "binary:logistic"}, {"train": SQUARES}, "train call failed with exception:"),
        ({"num_round": "1", "_kfold": "3"}, {"train": SQUARES}, "do not take the hyperparameter _kfold '3'"),
        ({"num_round": "1", "tree_method": "gpu_hist"}, {"train": SQUARES}, "tree_method 'gpu_hist': they have no GPU"),
        ({"num_round": "1", "predictor": "gpu_predictor"}, {"train": SQUARES}, "'gpu_predictor': they have no GPU"),
        ({"num_round": "1", "save_model_on_termination": "true"}, {"train": SQUARES}, "stopped leaves no model"),
    ],
)
def test_what_fails(account: Account, hyperparameters: dict[str, str], channels: dict[str, str], reason: str) -> None:
    answer = train(account, hyperparameters, **channels)
    assert answer["StepStatus"] == "Failed"
    assert reason in answer["FailureReason"]
    assert account.keys("models/") == []


def test_content_types(account: Account) -> None:
    one = {"num_round": "1"}
    assert train(account, one, "text/csv; label_size=1", train=SQUARES)["StepStatus"] == "Succeeded"
    assert "label_size must be equal to 1" in train(account, one, "text/csv; label_size=2", train="1")["FailureReason"]
    assert "read CSV and libsvm" in train(account, one, "application/x-parquet", train="1")["FailureReason"]
    assert "text/xml is not an accepted" in train(account, one, "text/xml", train="1")["FailureReason"]
    assert "is not in the format LIBSVM" in train(account, one, "libsvm", train=SQUARES)["FailureReason"]
    account.put("train/.hidden", "1")
    assert "Hidden file found in the data path!" in train(account, one, train=SQUARES)["FailureReason"]


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"num_rounds": "1"}, "Missing required hyperparameter: num_round"),
        ({"num_round": "1", "etta": "1"}, "Extraneous hyperparameter found: etta"),
        ({"num_round": "1.5"}, "Hyperparameter num_round: could not parse value"),
        ({"num_round": "0"}, "Hyperparameter num_round: 0 is not in [1, +inf)"),
        ({"num_round": "1", "learning_rate": "1.5"}, "Hyperparameter eta: 1.5 is not in [0, 1]"),
        ({"num_round": "1", "subsample": "0"}, "Hyperparameter subsample: 0.0 is not in (0, 1]"),
        ({"num_round": "1", "tweedie_variance_power": "2"}, "tweedie_variance_power: 2.0 is not in (1, 2)"),
        ({"num_round": "1", "booster": "gbm"}, "booster: gbm is not in ['gbtree', 'gblinear', 'dart']"),
        ({"num_round": "1", "objective": "multi:softmax"}, "Require input for parameter 'num_class'"),
        ({"num_round": "1", "eval_metric": "auc", "objective": "reg:gamma"}, "Metric 'auc' can only be applied"),
        ({"num_round": "1", "eval_metric": "rmse,best"}, "eval_metric: value ['rmse', 'best'] not in range"),
        ({"num_round": "1", "eval_metric": "rmse@2"}, "Metric 'rmse@2' is not supported"),
        ({"num_round": "1", "eval_metric": "error@x"}, "Threshold value 't' in 'error@t' expects float input."),
        ({"num_round": "1", "monotone_constraints": "(1,-1)"}, "monotone_constraints can be used only when"),
        ({"num_round": "1", "monotone_constraints": "(2,)", "tree_method": "hist"}, "value (2,) not in range"),
        ({"num_round": "1", "monotone_constraints": "open('x')"}, "monotone_constraints: could not parse value"),
        ({"num_round": "1", "updater": "grow_colmaker,grow_histmaker"}, "Only one tree grow plugin"),
        ({"num_round": "1", "updater": "shotgun"}, "Tree updater should be selected"),
        (
            {"num_round": "1", "_tuning_objective_metric": "train:rmse"},
            "_tuning_objective_metric: train:rmse is not in",
        ),
    ],
)
def test_hyperparameters_that_the_container_refuses(given: dict[str, str], text: str) -> None:
    with pytest.raises(UserError) as caught:
        checked(given)
    assert text in str(caught.value)


def test_hyperparameters_in_their_types() -> None:
    given = {"num_round": "5", "reg_alpha": "0.5", "eval_metric": "error@0.7,logloss", "num_class": "3"}
    expected = {"num_round": 5, "alpha": 0.5, "eval_metric": ["error@0.7", "logloss"], "num_class": 3}
    assert checked(given) == expected
    assert json.loads(json.dumps(expected)) == expected


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (IMAGE, True),
        (IMAGE.replace(":1.7-1", "@sha256:0f"), True),
        ("811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost:1", False),
        (IMAGE.replace("sagemaker-xgboost", "my-sagemaker-xgboost"), False),
        (None, False),
    ],
    ids=["tag", "digest", "legacy", "own", "none"],
)
def test_images(image: str | None, expected: bool) -> None:
    assert has_xgboost(image) is expected
