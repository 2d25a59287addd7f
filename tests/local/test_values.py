"""Expressions and conditions, against values written by hand."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cdk_sagemaker_pipelines.language import Definition
from cdk_sagemaker_pipelines.local.endings import StepFailed
from cdk_sagemaker_pipelines.local.engine.values import Values
from tests.local.support import get, step

REPORT = {"a": {"b": [10, {"c d": "x"}]}, "mse": 4.5, "nothing": None}


def values() -> Values:
    prepare = step(
        "Prepare", PropertyFiles=[{"PropertyFileName": "Report", "OutputName": "report", "FilePath": "dir/r.json"}]
    )
    outputs = [{"OutputName": name, "S3Output": {"S3Uri": f"s3://b/{name}/"}} for name in ("train", "report")]

    def read(uri: str, what: str) -> bytes:
        files = {"s3://b/report/dir/r.json": json.dumps(REPORT), "s3://b/other.json": '{"k": true}', "s3://b/bad": "{"}
        files["s3://b/deep"] = "[" * 200_000
        if uri not in files:
            raise StepFailed(f"no {uri} for {what}")
        return files[uri].encode()

    return Values(
        definition=Definition(
            {
                "Steps": [prepare],
                "PipelineExperimentConfig": {"ExperimentName": get("Execution.PipelineName"), "TrialName": "t"},
            }
        ),
        parameters={"S": "text", "I": 5, "F": 0.5, "B": True, "N": "5"},
        execution={"PipelineName": lambda: "p"},
        read_object=read,
        properties={
            "Prepare": {
                "ProcessingJobName": "job",
                "ProcessingInputs": [{"InputName": "raw", "S3Input": {"S3Uri": "s3://in"}}],
                "ProcessingOutputConfig": {"Outputs": outputs},
            },
            "Train": {"FinalMetricDataList": [{"MetricName": "rmse", "Value": 1.5}], "Tags": [{"Key": "k"}]},
        },
    )


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("literal", "literal"),
        (get("Parameters.I"), 5),
        (get("Parameters.B"), True),
        (get("Execution.PipelineName"), "p"),
        (get("PipelineExperimentConfig.ExperimentName"), "p"),
        (get("Steps.Prepare.ProcessingJobName"), "job"),
        (get("Steps.Prepare.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri"), "s3://b/train/"),
        (get("Steps.Prepare.ProcessingOutputConfig.Outputs[1].OutputName"), "report"),
        (get("Steps.Prepare.ProcessingInputs['raw'].S3Input.S3Uri"), "s3://in"),
        (get("Steps.Train.FinalMetricDataList['rmse'].Value"), 1.5),
        ({"Std:Join": {"On": "/", "Values": ["s3:/", get("Parameters.S"), 1, 0.5, True]}}, "s3://text/1/0.5/true"),
        ({"Std:Join": {"On": "", "Values": [{"Std:Join": {"On": "-", "Values": [get("Parameters.I"), "x"]}}]}}, "5-x"),
        ({"Std:JsonGet": {"PropertyFile": get("Steps.Prepare.PropertyFiles.Report"), "Path": "a.b[0]"}}, 10),
        ({"Std:JsonGet": {"PropertyFile": get("Steps.Prepare.PropertyFiles.Report"), "Path": "a.b[1]['c d']"}}, "x"),
        (
            {"Std:JsonGet": {"S3Uri": {"Std:Join": {"On": "/", "Values": ["s3:/", "b", "other.json"]}}, "Path": "k"}},
            True,
        ),
        ({"a": [get("Parameters.S"), {"b": get("Parameters.F")}], "n": None}, {"a": ["text", {"b": 0.5}], "n": None}),
    ],
)
def test_evaluates(expression: Any, expected: Any) -> None:
    assert values().evaluate(expression) == expected


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        (get("Parameters.Sx"), "Parameters.Sx is undefined: there is no parameter 'Sx'"),
        (get("Execution.PipelineNam"), "there is no execution variable 'PipelineNam'; did you mean 'PipelineName'?"),
        (get("Steps.Later.X"), "Steps.Later.X is undefined: the step 'Later' has not succeeded in this execution"),
        (get("Steps.Prepare.ProcessingJobNam"), "the step 'Prepare' has no 'ProcessingJobNam' there; did you mean"),
        (get("Steps.Prepare.ProcessingOutputConfig.Outputs['test'].S3Output"), "has no 'test' there"),
        (get("Steps.Prepare.ProcessingOutputConfig.Outputs[2]"), "has no 2 there"),
        (get("Steps.Train.Tags['k']"), "has no 'k' there"),
        (get("ForEach.CurrentItem"), "only has a meaning within a ForEach step"),
        (get("Nonsense"), "'Nonsense' is not a reference"),
        ({"Std:Upper": "x"}, "the function Std:Upper is unknown"),
        ({"Std:Join": {"On": get("Parameters.S"), "Values": []}}, "Std:Join takes On, a literal text"),
        ({"Std:Join": ["a"]}, "Std:Join takes On, a literal text"),
        ({"Std:Join": {"Values": ["x" * 3 * 2**20] * 2}}, "Std:Join makes a text of more than 4,194,304 characters"),
        ({"Std:JsonGet": "a"}, "Std:JsonGet takes a Path, and either PropertyFile or S3Uri"),
        ({"Std:JsonGet": {"S3Uri": "s3://b/other.json", "Path": get("Parameters.S")}}, "must be a literal text"),
        ({"Std:JsonGet": {"Path": "a"}}, "either PropertyFile or S3Uri"),
        (
            {"Std:JsonGet": {"S3Uri": "s3://b/other.json", "Path": "x"}},
            "finds no 'x' of the path 'x' in s3://b/other.json",
        ),
        ({"Std:JsonGet": {"S3Uri": "s3://b/bad", "Path": "x"}}, "it is not JSON"),
        ({"Std:JsonGet": {"S3Uri": "s3://b/deep", "Path": "x"}}, "it is not JSON: it is nested too deeply"),
        ({"Std:JsonGet": {"S3Uri": "s3://b/none", "Path": "x"}}, "no s3://b/none for Std:JsonGet of S3Uri"),
        (
            {"Std:JsonGet": {"PropertyFile": get("Steps.Prepare.PropertyFiles.Repor"), "Path": "x"}},
            "the step 'Prepare' has no property file 'Repor'; did you mean 'Report'?",
        ),
        (
            {"Std:JsonGet": {"PropertyFile": get("Steps.Prepare.PropertyFiles.Report"), "Path": "nothing"}},
            "finds null at 'nothing' of the path 'nothing'",
        ),
    ],
)
def test_says_what_is_undefined(expression: Any, reason: str) -> None:
    with pytest.raises(StepFailed) as error:
        values().evaluate(expression)
    assert reason in error.value.reason


def compare(kind: str, left: Any, right: Any) -> dict[str, Any]:
    return {"Type": kind, "LeftValue": left, "RightValue": right}


TRUE = compare("Equals", 1, 1)
FALSE = compare("Equals", 1, 2)


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ([], True),
        ([TRUE, TRUE], True),
        ([TRUE, FALSE], False),
        ([compare("Equals", get("Parameters.S"), "text")], True),
        ([compare("Equals", get("Parameters.I"), 5.0)], True),
        ([compare("Equals", get("Parameters.N"), get("Parameters.I"))], True),
        ([compare("Equals", "5", {"Std:Join": {"On": "", "Values": [get("Parameters.I")]}})], True),
        ([compare("Equals", "5", "5.0")], False),
        ([compare("Equals", get("Parameters.B"), True)], True),
        ([compare("Equals", get("Parameters.B"), "true")], True),
        ([compare("Equals", get("Parameters.B"), 1)], False),
        ([compare("GreaterThan", 2, 1)], True),
        ([compare("GreaterThan", 2, 2)], False),
        ([compare("GreaterThanOrEqualTo", 2, 2)], True),
        ([compare("GreaterThanOrEqualTo", 1, 2)], False),
        ([compare("LessThan", 1, 2)], True),
        ([compare("LessThan", 2, 2)], False),
        ([compare("LessThanOrEqualTo", 2, 2)], True),
        ([compare("LessThanOrEqualTo", 3, 2)], False),
        ([compare("LessThan", "10", "9")], False),
        ([compare("LessThan", "a", "b")], True),
        (
            [compare("LessThanOrEqualTo", {"Std:JsonGet": {"S3Uri": "s3://b/report/dir/r.json", "Path": "mse"}}, 6)],
            True,
        ),
        ([{"Type": "In", "QueryValue": get("Parameters.S"), "Values": ["a", "text"]}], True),
        ([{"Type": "In", "QueryValue": get("Parameters.S"), "Values": ["a", get("Parameters.N")]}], False),
        ([{"Type": "Not", "Condition": FALSE}], True),
        ([{"Type": "Or", "Conditions": [FALSE, {"Type": "Or", "Conditions": [FALSE, TRUE]}]}], True),
        ([{"Type": "Or", "Conditions": [FALSE, FALSE]}], False),
    ],
)
def test_conditions(conditions: list[Any], expected: bool) -> None:
    assert values().holds(conditions) is expected


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        (compare("LessThan", True, 1), "which have no order"),
        (compare("LessThan", "a", 1), "which have no order"),
        (compare("Equals", get("Steps.Prepare.ProcessingInputs"), 1), "not one value"),
        (compare("NotEquals", 1, 1), "the condition type 'NotEquals' is unknown; allowed are 'Equals'"),
        ({"Type": "Equals", "LeftValue": 1}, "has no RightValue"),
        ({"Type": "Or", "Conditions": [TRUE, compare("Equals", get("Parameters.Gone"), 1)]}, "no parameter 'Gone'"),
    ],
)
def test_conditions_that_cannot_be_evaluated(condition: Any, reason: str) -> None:
    with pytest.raises(StepFailed) as error:
        values().holds([condition])
    assert reason in error.value.reason
