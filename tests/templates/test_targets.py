"""What schedules and rules pass to the pipelines that they start."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_sagemaker_pipelines.language import Definition
from cdk_sagemaker_pipelines.templates.targets import RULE, SCHEDULE, dotted, judge, targets

DEFINITION = Definition(
    {
        "Version": "2020-12-01",
        "Parameters": [
            {"Name": "InstanceType", "Type": "String"},
            {"Name": "MaxMse", "Type": "Float", "DefaultValue": 6.0},
            {"Name": "Day", "Type": "String"},
        ],
        "Steps": [],
    }
)


def given(*names: Any) -> dict[str, Any]:
    """A target that passes these parameters."""
    return {"Arn": "arn", "SageMakerPipelineParameters": {"PipelineParameterList": [named(name) for name in names]}}


def named(name: Any) -> dict[str, Any]:
    return {"Name": name, "Value": "1"}


def told(target: dict[str, Any], resource_type: str = SCHEDULE) -> list[tuple[str, str]]:
    """The codes and the texts."""
    properties = {"Target": target, "Targets": [{"Arn": "other"}, target]}
    return [
        (finding.code, str(finding))
        for each in targets(resource_type, properties)
        if each.arn == "arn"
        for finding in judge(each, DEFINITION)
    ]


def test_an_unknown_and_a_missing_parameter() -> None:
    place = "Target.SageMakerPipelineParameters.PipelineParameterList"
    assert told(given("InstanceTyp", "Day")) == [
        (
            "target-parameter",
            f"{place}: the pipeline has no parameter 'InstanceTyp'; did you mean 'InstanceType'? [target-parameter]",
        ),
        (
            "target-lacks-parameter",
            "Target: no value for 'InstanceType', which has no default: every start would be refused "
            "[target-lacks-parameter]",
        ),
    ]


def test_a_rule_has_several_targets() -> None:
    (finding,) = told(given("Day"), RULE)
    assert finding[1].startswith("Targets[1]: no value for 'InstanceType', which has no default")


@pytest.mark.parametrize(
    ("target", "codes"),
    [
        (given("InstanceType", "Day"), []),
        (given("InstanceType", "Day", "MaxMse"), []),
        ({"Arn": "arn"}, ["target-without-parameters", "target-lacks-parameter"]),
        ({"Arn": "arn", "SageMakerPipelineParameters": {}}, ["target-lacks-parameter"]),
        (given(), ["target-lacks-parameter"]),
        # what the deployment alone knows
        (given({"Ref": "Name"}), []),
        (given("{{resolve:ssm:/name}}"), []),
        ({"Arn": "arn", "SageMakerPipelineParameters": {"Ref": "A"}}, []),
        ({"Arn": "arn", "SageMakerPipelineParameters": {"PipelineParameterList": {"Ref": "A"}}}, []),
        ({"Arn": "arn", "SageMakerPipelineParameters": {"PipelineParameterList": [{"Fn::If": ["A", 1, 2]}]}}, []),
        ({"Arn": "arn", "SageMakerPipelineParameters": {"PipelineParameterList": [1]}}, []),
        (
            {
                "Arn": "arn",
                "SageMakerPipelineParameters": {
                    "PipelineParameterList": [named("Day"), {"Ref": "AWS::NoValue"}, named("InstanceType")]
                },
            },
            [],
        ),
    ],
)
def test_findings_of_each_target(target: dict[str, Any], codes: list[str]) -> None:
    assert [code for code, _ in told(target)] == codes


@pytest.mark.parametrize(("value", "resource_type"), [("much", SCHEDULE), ("much", RULE), ("$.detail.mse", SCHEDULE)])
def test_a_value_of_another_type(value: str, resource_type: str) -> None:
    target = given("InstanceType", "Day")
    target["SageMakerPipelineParameters"]["PipelineParameterList"].append({"Name": "MaxMse", "Value": value})
    ((code, text),) = told(target, resource_type)
    assert code == "target-value"
    assert f"parameter 'MaxMse' is of type Float, but its value is {value!r}; write a value such as \"0.5\"" in text


@pytest.mark.parametrize("value", ["$.detail.mse", {"Ref": "Mse"}, "{{resolve:ssm:/mse}}", None])
def test_a_value_that_is_not_known_yet(value: Any) -> None:
    target = given("InstanceType", "Day")
    target["SageMakerPipelineParameters"]["PipelineParameterList"].append({"Name": "MaxMse", "Value": value})
    assert told(target, RULE) == []


def test_only_the_scheduler_requires_the_member() -> None:
    assert [code for code, _ in told({"Arn": "arn"}, RULE)] == ["target-lacks-parameter"]


@pytest.mark.parametrize(
    ("resource_type", "properties"),
    [
        (SCHEDULE, {}),
        (SCHEDULE, {"Target": 1}),
        (RULE, {"Targets": {"Ref": "A"}}),
        (RULE, {"Targets": [{"Fn::If": ["A", {}, {}]}, 1]}),
        ("AWS::S3::Bucket", {"Target": {}}),
    ],
)
def test_odd_resources(resource_type: str, properties: dict[str, Any]) -> None:
    assert all(each.arn is None for each in targets(resource_type, properties))


def test_a_path_is_shown_with_dots() -> None:
    assert dotted(("A", 0, "B", 1, 2)) == "A[0].B[1][2]"
