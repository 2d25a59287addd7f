"""Tuning: trials that really run, drawn hyperparameters, the best of them."""

from __future__ import annotations

import itertools
import json
import random
import re
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.endings import StepFailed
from cdk_sagemaker_pipelines.local.engine.clock import VIRTUAL_START, VirtualClock
from cdk_sagemaker_pipelines.local.runners import RUNNERS
from cdk_sagemaker_pipelines.local.runners.jobs.tuning_ranges import grid_draws, random_draws
from tests.local.embedding import Embedded, finished
from tests.local.support import BUCKET, Account, by_name, execution, get, run, step, tar_gz, training

SCRIPT = """
import json, os, sys, time
x = float(os.environ["SM_HP_X"])
assert "_tuning_objective_metric" not in sys.argv
print(f"loss={(x - 3) ** 2:.4f}")
time.sleep(float(os.environ.get("SM_HP_SLEEP", 0)))
if os.environ.get("SM_HP_FAIL") == "all" or (os.environ.get("SM_HP_FAIL") == "some" and x > 3):
    sys.exit("cannot fit")
open(os.path.join(os.environ["SM_MODEL_DIR"], "x.txt"), "w").write(str(x))
"""


def job(account: Account, **static: str) -> dict[str, Any]:
    uri = account.put("code/tune.tar.gz", tar_gz({"train.py": SCRIPT}))
    arguments = training({}, {})
    del arguments["HyperParameters"]
    algorithm = {**arguments["AlgorithmSpecification"], "MetricDefinitions": [{"Name": "loss", "Regex": "loss=(.*)"}]}
    script = {"sagemaker_program": '"train.py"', "sagemaker_submit_directory": json.dumps(uri)}
    return {**arguments, "AlgorithmSpecification": algorithm, "StaticHyperParameters": {**script, **static}}


def tuning(definition: Any, *, most: int | None = 4, parallel: int = 2, strategy: str = "Random",
           ranges: Any = None, **members: Any) -> dict[str, Any]:  # fmt: skip
    limits = {"MaxParallelTrainingJobs": parallel, **({} if most is None else {"MaxNumberOfTrainingJobs": most})}
    config = {
        "Strategy": strategy, "ResourceLimits": limits, "RandomSeed": 7,
        "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "loss"},
        "ParameterRanges": ranges or {"ContinuousParameterRanges": [{"Name": "x", "MinValue": "0", "MaxValue": "6"}]},
        **members.pop("config", {}),
    }  # fmt: skip
    return {"HyperParameterTuningJobConfig": config, "TrainingJobDefinition": definition, **members}


def test_the_best_trial_is_found(embedded: Embedded) -> None:
    name = get("Steps.Tune.TrainingJobSummaries[0].TrainingJobName")
    parts = ["s3:/", BUCKET, "models", name, "output/model.tar.gz"]
    fail = {"ErrorMessage": {"Std:Join": {"On": "/", "Values": parts}}}
    done = finished(embedded, "tune", [step("Tune", "Tuning", tuning(job(embedded))), step("F", "Fail", fail)])
    assert done.steps["Tune"]["StepStatus"] == "Succeeded", done.steps
    sagemaker = embedded.client("sagemaker")
    arn = done.steps["Tune"]["Metadata"]["TuningJob"]["Arn"]
    name = arn.rsplit("/", 1)[1]
    assert re.fullmatch(r"[a-z0-9]{12}-Tune-[a-z0-9]{10}", name)
    told = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    assert told["HyperParameterTuningJobStatus"] == "Completed"
    assert told["TrainingJobStatusCounters"]["Completed"] == 4
    assert told["ObjectiveStatusCounters"] == {"Succeeded": 4, "Pending": 0, "Failed": 0}
    pages = sagemaker.get_paginator("list_training_jobs_for_hyper_parameter_tuning_job").paginate(
        HyperParameterTuningJobName=name, SortBy="FinalObjectiveMetricValue", PaginationConfig={"PageSize": 3}
    )
    trials = [trial for page in pages for trial in page["TrainingJobSummaries"]]
    values = [trial["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] for trial in trials]
    assert len(values) == 4
    assert values == sorted(values)
    best = told["BestTrainingJob"]
    assert best["TrainingJobName"] == trials[0]["TrainingJobName"]
    place = done.steps["F"]["FailureReason"]
    assert place == f"s3://{BUCKET}/models/{best['TrainingJobName']}/output/model.tar.gz"
    assert embedded.read(place.split("/", 3)[3])
    described = sagemaker.describe_training_job(TrainingJobName=best["TrainingJobName"])
    assert described["TuningJobArn"] == arn
    assert described["HyperParameters"]["x"] == best["TunedHyperParameters"]["x"]
    listed = sagemaker.list_hyper_parameter_tuning_jobs()["HyperParameterTuningJobSummaries"]
    assert [summary["HyperParameterTuningJobName"] for summary in listed] == [name]
    names = sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    assert [t["TrainingJobName"][-12:-9] for t in names["TrainingJobSummaries"]] == ["001", "002", "003", "004"]


def one(account: Account, arguments: dict[str, Any]) -> dict[str, Any]:
    """A tuning step's record, its reason or its result's description."""
    done = run([step("Tune", "Tuning", arguments)], services=account, runners=RUNNERS)
    return {**by_name(done)["Tune"], "Job": account.last("HyperParameterTuningJob")}


def test_no_more_trials_at_once_than_allowed(account: Account) -> None:
    told = one(account, tuning(job(account, sleep="0.3"), most=5, parallel=3))["Job"]
    moments = sorted(
        itertools.chain.from_iterable(
            [(trial["TrainingStartTime"], 1), (trial["TrainingEndTime"], -1)] for trial in told["TrainingJobSummaries"]
        )
    )
    running = list(itertools.accumulate(change for _, change in moments))
    assert max(running) == 3
    assert len(told["TrainingJobSummaries"]) == 5


def test_the_seed_decides_the_draws(account: Account) -> None:
    first, second = (one(account, tuning(job(account), most=2, parallel=1))["Job"] for _ in range(2))
    drawn = [[t["TunedHyperParameters"] for t in told["TrainingJobSummaries"]] for told in (first, second)]
    assert drawn[0] == drawn[1]


def test_maximize_and_several_definitions(account: Account) -> None:
    objective = {"Type": "Maximize", "MetricName": "loss"}
    ranges = [{"IntegerParameterRanges": [{"Name": "x", "MinValue": str(v), "MaxValue": str(v)}]} for v in (4, 9)]
    definitions = [
        {**job(account), "DefinitionName": name, "TuningObjective": objective, "HyperParameterRanges": drawn}
        for name, drawn in zip(("near", "far"), ranges, strict=True)
    ]
    arguments = tuning(None, most=3, parallel=1)
    arguments["HyperParameterTuningJobConfig"].pop("HyperParameterTuningJobObjective")
    arguments["HyperParameterTuningJobConfig"].pop("ParameterRanges")
    arguments = {**arguments, "TrainingJobDefinitions": definitions}
    arguments.pop("TrainingJobDefinition")
    told = one(account, arguments)["Job"]
    names = [trial["TrainingJobDefinitionName"] for trial in told["TrainingJobSummaries"]]
    assert names == ["near", "far", "near"]
    assert told["BestTrainingJob"]["TunedHyperParameters"] == {"x": "9"}


def test_grid(account: Account) -> None:
    ranges = {"CategoricalParameterRanges": [{"Name": "x", "Values": ["1", "2"]}, {"Name": "y", "Values": ["a", "b"]}]}
    told = one(account, tuning(job(account), most=None, strategy="Grid", ranges=ranges))["Job"]
    drawn = [trial["TunedHyperParameters"] for trial in told["TrainingJobSummaries"]]
    assert sorted(drawn, key=str) == [{"x": x, "y": y} for x in "12" for y in "ab"]


def test_some_trials_fail(account: Account) -> None:
    told = one(account, tuning(job(account, fail="some"), most=6))
    assert told["StepStatus"] == "Succeeded"
    counters = told["Job"]["TrainingJobStatusCounters"]
    assert counters["Completed"] + counters["NonRetryableError"] == 6
    assert 0 < counters["NonRetryableError"] < 6
    assert float(told["Job"]["BestTrainingJob"]["TunedHyperParameters"]["x"]) <= 3


def test_all_trials_fail(account: Account) -> None:
    told = one(account, tuning(job(account, fail="all"), most=2))
    assert told["StepStatus"] == "Failed"
    assert told["FailureReason"].startswith("All training jobs failed.")
    assert "cannot fit" in told["FailureReason"]
    assert told["Job"]["HyperParameterTuningJobStatus"] == "Failed"


def test_no_objective(account: Account) -> None:
    definition = job(account)
    definition["AlgorithmSpecification"]["MetricDefinitions"] = [{"Name": "loss", "Regex": "nothing=(.*)"}]
    told = one(account, tuning(definition, most=2))
    assert told["FailureReason"].startswith("No objective metrics found after running 2 training jobs.")


def test_a_target_ends_it(account: Account) -> None:
    criteria = {"TuningJobCompletionCriteria": {"TargetObjectiveMetricValue": 1000}}
    told = one(account, tuning(job(account), most=10, parallel=1, config=criteria))
    assert len(told["Job"]["TrainingJobSummaries"]) == 1


def test_ignored_options_are_reported(account: Account) -> None:
    warm = {"WarmStartType": "TransferLearning", "ParentHyperParameterTuningJobs": [
        {"HyperParameterTuningJobName": "parent"}]}  # fmt: skip
    config = {"TrainingJobEarlyStoppingType": "Auto"}
    arguments = tuning(job(account), most=1, strategy="Bayesian", config=config, WarmStartConfig=warm)
    told = one(account, arguments)
    assert told["StepStatus"] == "Succeeded"
    assert told["StepDescription"] == (
        "[local tuning: Bayesian draws at random, without early stopping and warm start]"
    )


def test_stop(account: Account) -> None:
    arguments = tuning(job(account, sleep="60"), most=8)
    started = execution([step("Tune", "Tuning", arguments)], services=account, runners=RUNNERS)
    started.start()
    deadline = time.monotonic() + 20
    while not [r for r in account.records if r[0] == "TrainingJob"] and time.monotonic() < deadline:
        time.sleep(0.05)
    started.stop()
    assert started.wait(30) == "Stopped"
    told = account.last("HyperParameterTuningJob")
    assert told["HyperParameterTuningJobStatus"] == "Stopped"
    assert {trial["TrainingJobStatus"] for trial in told["TrainingJobSummaries"]} == {"Stopped"}


def test_a_request_that_the_api_refuses(account: Account) -> None:
    done = run([step("Tune", "Tuning", {"HyperParameterTuningJobConfig": {"Strategy": "Random"}})],
               services=account, runners=RUNNERS)  # fmt: skip
    assert "Failed to invoke sagemaker:CreateHyperParameterTuningJob" in by_name(done)["Tune"]["FailureReason"]


# Ranges


def draws(count: int, **item: str) -> list[str]:
    kind = item.pop("kind", "Continuous")
    ranges = {f"{kind}ParameterRanges": [{"Name": "p", **item}]}
    return [next(random_draws(ranges, random.Random(seed)))["p"] for seed in range(count)]


@pytest.mark.parametrize(
    ("scaling", "low", "high", "middle"),
    [("Linear", "0", "10", 5), ("Auto", "-2", "2", 0), ("Logarithmic", "0.0001", "1", 0.01),
     ("ReverseLogarithmic", "0", "0.9999", 0.99)],
)  # fmt: skip
def test_scaling(scaling: str, low: str, high: str, middle: float) -> None:
    values = sorted(float(value) for value in draws(401, ScalingType=scaling, MinValue=low, MaxValue=high))
    assert float(low) <= values[0]
    assert values[-1] <= float(high)
    below = sum(value < middle for value in values)
    assert 160 < below < 240


def test_whole_numbers() -> None:
    assert set(draws(300, kind="Integer", MinValue="2", MaxValue="4")) == {"2", "3", "4"}
    assert set(draws(300, kind="Integer", MinValue="1", MaxValue="1000", ScalingType="Logarithmic")) >= {"1", "2"}


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ({"MinValue": "a", "MaxValue": "1"}, "both must be strings with numbers"),
        ({"MinValue": "1.5", "MaxValue": "2", "kind": "Integer"}, "both must be strings with whole numbers"),
        ({"MinValue": "2", "MaxValue": "1"}, "goes from 2.0 down to 1.0"),
        ({"MinValue": "0", "MaxValue": "1", "ScalingType": "Logarithmic"}, "must start above 0"),
        ({"MinValue": "0", "MaxValue": "1", "ScalingType": "ReverseLogarithmic"}, "must be within"),
        ({"MinValue": "0", "MaxValue": "1", "ScalingType": "Log"}, "has ScalingType 'Log'"),
    ],
)
def test_bad_ranges(item: dict[str, str], reason: str) -> None:
    with pytest.raises(StepFailed, match=reason):
        draws(1, **item)


def test_a_grid_takes_categories_only() -> None:
    with pytest.raises(StepFailed, match="only takes categorical ranges, but 'p'"):
        list(grid_draws({"IntegerParameterRanges": [{"Name": "p", "MinValue": "1", "MaxValue": "2"}]}))


def test_the_times_of_jobs_follow_the_clock(account: Account) -> None:
    done = run(
        [step("Tune", "Tuning", tuning(job(account), most=1))],
        runners=RUNNERS, services=account, clock=VirtualClock(),
    )  # fmt: skip
    assert done.status == "Succeeded", done.steps()
    kinds = {kind for kind, _, _ in account.records}
    assert kinds == {"TrainingJob", "HyperParameterTuningJob"}
    times = set(_times([description for _, _, description in account.records]))
    assert times == {VIRTUAL_START}


def _times(value: Any) -> Iterator[datetime]:
    if isinstance(value, datetime):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _times(inner)
