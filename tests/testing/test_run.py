"""Runs of definitions in memory: what a test may say, and what it gets back."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines import Definition, DefinitionError
from cdk_sagemaker_pipelines.local.errors import ParameterError
from cdk_sagemaker_pipelines.testing import Assumptions, Attempt, Outcome, OutcomesError, VirtualClock, run

ROLE = "arn:aws:iam::111122223333:role/Job"
CORPUS = sorted((Path(__file__).parent.parent / "corpus").glob("*.json"))


def job(name: str, **keys: Any) -> dict[str, Any]:
    """A processing step with an output ``report``."""
    cluster = {"InstanceType": {"Get": "Parameters.Instance"}, "InstanceCount": 1, "VolumeSizeInGB": 30}
    output = {"S3Uri": f"s3://data/{name}", "LocalPath": "/opt/ml/processing/report", "S3UploadMode": "EndOfJob"}
    arguments = {
        "ProcessingResources": {"ClusterConfig": cluster},
        "AppSpecification": {"ImageUri": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/x:1"},
        "RoleArn": ROLE,
        "ProcessingOutputConfig": {"Outputs": [{"OutputName": "report", "S3Output": output}]},
        **keys.pop("arguments", {}),
    }
    return {"Name": name, "Type": "Processing", "Arguments": arguments, **keys}


def pipeline(*steps: dict[str, Any]) -> dict[str, Any]:
    return {
        "Version": "2020-12-01",
        "Parameters": [
            {"Name": "Instance", "Type": "String", "DefaultValue": "ml.m5.large"},
            {"Name": "Max", "Type": "Float", "DefaultValue": 6.0},
        ],
        "Steps": list(steps),
    }


MSE = {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.Evaluate.PropertyFiles.Metrics"}, "Path": "metrics.mse.value"}}
CHECK = {
    "Name": "Check",
    "Type": "Condition",
    "Arguments": {
        "Conditions": [{"Type": "LessThanOrEqualTo", "LeftValue": MSE, "RightValue": {"Get": "Parameters.Max"}}],
        "IfSteps": [job("Publish")],
        "ElseSteps": [
            {
                "Name": "TooInaccurate",
                "Type": "Fail",
                "Arguments": {"ErrorMessage": {"Std:Join": {"On": "", "Values": ["mse is ", MSE]}}},
            }
        ],
    },
}
FILES = [{"PropertyFileName": "Metrics", "OutputName": "report", "FilePath": "evaluation.json"}]
MAX = {"A": {"Std:Join": {"On": "", "Values": [{"Get": "Parameters.Max"}]}}}
EXAMPLE = pipeline(
    job("Prepare"),
    job("Evaluate", PropertyFiles=FILES, DependsOn=["Prepare"], arguments={"Environment": MAX}),
    CHECK,
)  # fmt: skip


@pytest.mark.parametrize(
    "told",
    [
        {"report": {"mse": 9.0}},
        {"Metrics": {"mse": 9.0}},
        {"report": {"metrics.mse.value": 9.0}},
        {"report": {"metrics": {"mse": {"value": 9.0}}}},
        {"report/evaluation.json": {"metrics": {"mse": {"value": 9.0}}}},
        {"files": {"report/evaluation.json": {"metrics": {"mse": {"value": 9.0}}}}},
        Outcome(files={"report/evaluation.json": '{"metrics": {"mse": {"value": 9.0}}}'}),
        lambda attempt: {"report": {"mse": 9.0}},
    ],
    ids=["output", "file", "path", "content", "place", "files", "outcome", "function"],
)
def test_a_metric_takes_a_branch(told: Any) -> None:
    result = run(EXAMPLE, {"Evaluate": told})
    assert result.states["TooInaccurate"] == "Failed"
    assert (result.status, result.failure_reason) == ("Failed", "mse is 9.0")
    assert result.order == ("Prepare", "Evaluate", "Check", "TooInaccurate")
    assert result.not_run == ("Publish",)


def test_the_other_branch() -> None:
    result = run(EXAMPLE, {"Evaluate": {"report": {"mse": 9.0}}}, parameters={"Max": 10})
    assert result.status == "Succeeded"
    assert result.failure_reason == ""
    assert result.not_run == ("TooInaccurate",)
    assert result.arguments("Evaluate")["Environment"] == {"A": "10.0"}
    assert result.arguments("Evaluate")["ProcessingResources"]["ClusterConfig"]["InstanceType"] == "ml.m5.large"
    assert result.arguments("Check")["Conditions"][0]["LeftValue"] == 9.0
    assert json.loads(result.objects["s3://data/Evaluate/evaluation.json"]) == {"metrics": {"mse": {"value": 9.0}}}
    assert result.steps["Check"].properties == {"Outcome": True}


def test_a_metric_that_no_step_leaves() -> None:
    result = run(EXAMPLE)
    assert result.states["Check"] == "Failed"
    assert "no step wrote s3://data/Evaluate/evaluation.json" in result.reason("Check")
    assert "Check: Failed: ClientError" in repr(result)
    assert "Publish: not run" in repr(result)


def test_objects_that_are_there_already() -> None:
    result = run(EXAMPLE, objects={"s3://data/Evaluate/evaluation.json": '{"metrics": {"mse": {"value": 1}}}'})
    assert result.states["Publish"] == "Succeeded"


def test_failures_durations_and_retries() -> None:
    policy = {"ExceptionType": ["Step.THROTTLING"], "IntervalSeconds": 60, "MaxAttempts": 3}
    document = pipeline(job("A", RetryPolicies=[policy]), job("B", DependsOn=["A"]))
    throttled = {"fail": "slow down", "exception": "Step.THROTTLING", "seconds": 10, "failures": 2}
    result = run(document, {"A": throttled, "B": {"fail": "AlgorithmError: no data"}})
    assert (result.steps["A"].attempts, result.steps["A"].seconds) == (3, 10 + 60 + 10 + 120 + 10)
    assert (result.states["B"], result.reason("B")) == ("Failed", "AlgorithmError: no data")
    assert result.failure_reason == "Step failure: One or multiple steps failed."
    assert result.seconds == 210


def test_a_function_sees_each_attempt() -> None:
    seen = []

    def ends(attempt: Attempt) -> Any:
        seen.append((attempt.name, attempt.type, attempt.number, attempt.arguments["RoleArn"]))
        return {"fail": "x", "exception": "Step.THROTTLING"} if attempt.number == 1 else None

    policy = {"ExceptionType": ["Step.THROTTLING"], "MaxAttempts": 1}
    assert run(pipeline(job("A", RetryPolicies=[policy])), {"A": ends}).status == "Succeeded"
    assert seen == [("A", "Processing", 1, ROLE), ("A", "Processing", 2, ROLE)]


def test_what_a_function_raises_reaches_the_test() -> None:
    def ends(attempt: Attempt) -> Any:
        raise AssertionError(f"{attempt.name} should not run")

    with pytest.raises(AssertionError, match="A should not run"):
        run(pipeline(job("A")), {"A": ends})
    with pytest.raises(OutcomesError, match="no member, output or property file 'repotr'"):
        run(pipeline(job("A")), {"A": lambda _: {"repotr": 1}})


def test_a_stop() -> None:
    result = run(pipeline(job("A"), job("B", DependsOn=["A"])), {"A": {"seconds": 100}}, stop_after=30)
    assert (result.status, result.states, result.not_run) == ("Stopped", {"A": "Stopped"}, ("B",))
    assert result.seconds == 30


def test_for_each_and_output_parameters() -> None:
    ask = {
        "Name": "Ask", "Type": "Lambda", "Arguments": {},
        "FunctionArn": "arn:aws:lambda:eu-west-1:111122223333:function:f",
        "OutputParameters": [{"OutputName": "sizes", "OutputType": "String"}],
    }  # fmt: skip
    each = {
        "Name": "Each", "Type": "ForEach",
        "Arguments": {
            "IterableItems": {"Get": "Steps.Ask.OutputParameters['sizes']"}, "MaxConcurrency": 2,
            "ForEachBody": [job("Fit", arguments={"Environment": {"Size": {"Get": "ForEach.CurrentItem"}}})],
        },
    }  # fmt: skip
    result = run(pipeline(ask, each), {"Ask": {"sizes": "[1, 2, 3]"}, "Fit": {"seconds": 10}, "Fit-1": {"fail": "x"}})
    assert result.arguments("Fit-0")["Environment"] == {"Size": 1}
    assert (result.states["Fit-0"], result.states["Fit-1"]) == ("Succeeded", "Failed")
    assert result.not_run == ()
    with pytest.raises(OutcomesError, match=r"given for 'Fitt'.*did you mean 'Fit'"):
        run(pipeline(ask, each), {"Fitt": {}})


def test_runs_are_equal_and_seeds_change_names() -> None:
    def name(**options: Any) -> str:
        return str(run(pipeline(job("A")), **options).steps["A"].properties["ProcessingJobName"])

    assert name() == name()
    assert name(seed=1) != name()


def test_a_clock_goes_on() -> None:
    clock = VirtualClock(datetime(2026, 11, 30, 8, tzinfo=timezone.utc))
    document = pipeline(job("A", arguments={"Environment": {"T": {"Get": "Execution.StartDateTime"}}}))
    for hour in (8, 9):
        result = run(document, {"A": {"seconds": 3600}}, clock=clock)
        assert result.arguments("A")["Environment"] == {"T": f"2026-11-30T{hour:02}:00:00.000Z"}


@pytest.mark.parametrize("assumed", [Assumptions(after_failure="finish"), ["after_failure=finish"]])
def test_assumptions(assumed: Any) -> None:
    document = pipeline(job("Bad"), job("Slow"), job("After", DependsOn=["Slow"]))
    outcomes = {"Bad": {"fail": "x"}, "Slow": {"seconds": 1}}
    assert run(document, outcomes).not_run == ()
    assert run(document, outcomes, assumptions=assumed).not_run == ("After",)


@pytest.mark.parametrize(
    ("outcomes", "reason"),
    [
        ({"Evalute": {}}, "given for 'Evalute', but the pipeline has no such step; did you mean 'Evaluate'"),
        ({"Check": {}}, "given for 'Check', but a Condition step ends by itself"),
        (
            {"Evaluate": {"reprt": 1}},
            "the outcome of 'Evaluate' has no member, output or property file 'reprt'; did you",
        ),
        ({"Prepare": {"xyz": 1}}, "allowed are 'properties', 'fail'"),
        ({"Prepare": {"seconds": "x"}}, "the outcome of 'Prepare' has seconds \"x\"; it must be a float"),
        ({"Prepare": "failed"}, "the outcome of 'Prepare' is 'failed'; give members"),
    ],
)
def test_outcomes_that_do_not_fit(outcomes: Any, reason: str) -> None:
    with pytest.raises(OutcomesError, match=reason):
        run(EXAMPLE, outcomes)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"stop_after": -1}, "stop_after is -1"),
        ({"stop_after": float("nan")}, "stop_after is nan"),
        ({"objects": {"not-a-uri": b""}}, "objects names 'not-a-uri'; write the URI of an object"),
    ],
)
def test_values_that_say_nothing(given: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        run(pipeline(job("A")), **given)


def test_items_that_a_loop_does_not_have() -> None:
    arguments = {"IterableItems": [1, 2], "MaxConcurrency": 2, "ForEachBody": [job("Fit")]}
    items = {"Name": "Each", "Type": "ForEach", "Arguments": arguments}
    assert run(pipeline(items), {"Fit-1": {"fail": "x"}}).states["Fit-1"] == "Failed"
    for told in ({"fail": "x"}, lambda attempt: None):
        with pytest.raises(OutcomesError, match="given for 'Fit-99', but 'Each' had 2 items"):
            run(pipeline(items), {"Fit-99": told})
    with pytest.raises(OutcomesError, match="given for 'Fit-01', but the pipeline has no such step"):
        run(pipeline(items), {"Fit-01": {}})


def test_steps_that_did_not_run() -> None:
    result = run(EXAMPLE, {"Evaluate": {"report": {"mse": 1}}})
    with pytest.raises(KeyError, match="the step 'TooInaccurate' did not run"):
        result.states["TooInaccurate"]
    with pytest.raises(KeyError, match="no step 'Prepar'; did you mean 'Prepare'"):
        result.arguments("Prepar")
    with pytest.raises(ParameterError, match="no parameter 'Min'"):
        run(EXAMPLE, parameters={"Min": 1})


def test_targets(tmp_path: Path) -> None:
    file = tmp_path / "pipeline.json"
    file.write_text(json.dumps(pipeline(job("A"))))
    for target in (pipeline(job("A")), Definition(pipeline(job("A"))), file.read_text(), file, str(file)):
        assert run(target).order == ("A",)
    with pytest.raises(DefinitionError, match=r"the definition is not valid: .*duplicate"):
        run(pipeline(job("A"), job("A")))
    with pytest.raises(DefinitionError, match="no-such-file"):
        run(tmp_path / "no-such-file")
    with pytest.raises(DefinitionError, match="5 has no definition; give a stack"):
        run(5)


@pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.stem)
def test_what_the_sdk_wrote_runs(file: Path) -> None:
    """Every step that starts ends; what a definition reads of jobs that nothing is said of may be missing."""
    given = {"String": "x", "Integer": 1, "Float": 1.0, "Boolean": "true"}
    definition = Definition.parse(file.read_text())
    missing = {name: given[each.type] for name, each in definition.parameters.items() if not each.has_default}
    result = run(definition, parameters=missing)
    assert result.status in ("Succeeded", "Failed", "CompletedWithFailures")
    assert set(result.states.values()) <= {"Succeeded", "Failed"}
    assert repr(run(definition, parameters=missing)) == repr(result)


def test_a_definition_needs_neither_cdk_nor_aws(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text(json.dumps(EXAMPLE))
    program = """
import sys
for name in ("aws_cdk", "constructs", "jsii", "boto3", "botocore", "moto", "flask", "yaml", "rich", "pytest"):
    sys.modules[name] = None
from cdk_sagemaker_pipelines.testing import run
print(run("p.json", {"Evaluate": {"report": {"mse": 9.0}}}).failure_reason)
"""
    command = [sys.executable, "-c", program]
    environment = {"PYTHONPATH": str(Path(__file__).parent.parent.parent / "constructs")}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("mse is 9.0\n", "")


def test_the_plugin(tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text(json.dumps(EXAMPLE))
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["cdk_sagemaker_pipelines.testing.plugin"]\n')
    (tmp_path / "test_p.py").write_text(
        "def test_it(run):\n"
        '    result = run("p.json", {"Evaluate": {"report": {"mse": 9.0}}})\n'
        '    assert result.states["TooInaccurate"] == "Failed"\n'
        '    assert "9.0" in result.failure_reason\n'
    )
    environment = {"PYTHONPATH": str(Path(__file__).parent.parent.parent / "constructs")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1].startswith("1 passed"), done.stdout


def test_outputs_have_their_declared_types() -> None:
    kinds = {"ok": "Boolean", "number": "Integer", "part": "Float", "text": "String"}
    outputs = [{"OutputName": name, "OutputType": kind} for name, kind in kinds.items()]
    asks = pipeline({"Name": "Ask", "Type": "Callback", "SqsQueueUrl": "url", "OutputParameters": outputs})
    for name, value in (("ok", "maybe"), ("ok", 1), ("number", 0.5), ("part", "much"), ("text", None)):
        for told in ({name: value}, Outcome(properties={"OutputParameters": {name: value}})):
            with pytest.raises(OutcomesError, match=f"the outcome of 'Ask' gave .* '{name}', which is declared as"):
                run(asks, {"Ask": told})
            with pytest.raises(OutcomesError, match=f"'{name}', which is declared as {kinds[name]}"):
                run(asks, {"Ask": lambda attempt, told=told: told})
    result = run(asks, {"Ask": {"ok": "TRUE", "number": "5", "part": 1, "text": "5"}})
    given = {"ok": True, "number": 5, "part": 1.0, "text": "5"}
    assert result.steps["Ask"].properties["OutputParameters"] == given


def test_a_report_without_what_is_read_is_an_error_of_the_test() -> None:
    lacks = "the outcome of 'Evaluate' has no 'metrics.mse.value' in 'report/evaluation.json', which 'Check' reads"
    whole = {"files": {"report/evaluation.json": {"metrics": {"mea": {"value": 1}}}}}
    hint = "; it has 'mea': did you mean 'mse'? (to test that, give the file as text)"
    for told in ({"report": {"mea": 1}}, whole, Outcome(files=whole["files"]), lambda attempt: whole):
        with pytest.raises(OutcomesError) as refused:
            run(EXAMPLE, {"Evaluate": told})
        assert str(refused.value) == lacks + hint
    # a text, and null, are meant
    for meant in ("{}", {"metrics": {"mse": {"value": None}}}):
        assert run(EXAMPLE, {"Evaluate": {"report": meant}}).states["Check"] == "Failed"
