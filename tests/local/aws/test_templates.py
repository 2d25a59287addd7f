"""Reading templates and evaluating their functions."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.aws.cloudformation.errors import TemplateError
from cdk_sagemaker_pipelines.local.aws.cloudformation.templates import (
    Evaluation,
    creation_order,
    parameter_values,
    parse_template,
)


class Known:
    """Resources whose ids and attributes equal their names."""

    def reference(self, logical_id: str) -> Any:
        return f"<{logical_id}>"

    def attribute(self, logical_id: str, name: str) -> Any:
        return f"<{logical_id}.{name}>"

    def imported(self, name: str) -> str:
        return f"<import {name}>"

    def output(self, stack: str, name: str, region: str | None, role: str | None) -> str:
        return f"<{stack}/{name} {region} {role}>"


TEMPLATE = {
    "Conditions": {
        "Yes": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]},
        "No": {"Fn::Not": [{"Condition": "Yes"}]},
        "Either": {"Fn::Or": [{"Condition": "No"}, {"Condition": "Yes"}]},
        "Both": {"Fn::And": [{"Condition": "No"}, {"Condition": "Yes"}]},
    },
    "Mappings": {"Map": {"a": {"b": "c"}}},
}


@pytest.mark.parametrize(
    ("node", "value"),
    [
        ({"Ref": "Stage"}, "prod"),
        ({"Ref": "Bucket"}, "<Bucket>"),
        ({"Fn::GetAtt": ["Role", "Arn"]}, "<Role.Arn>"),
        ({"Fn::GetAtt": "Stack.Outputs.X"}, "<Stack.Outputs.X>"),
        ({"Fn::Join": [":", ["a", {"Ref": "Stage"}, 1, True]]}, "a:prod:1:true"),
        ({"Fn::Sub": "${Stage} ${Role.Arn} ${!Kept}"}, "prod <Role.Arn> ${Kept}"),
        ({"Fn::Sub": ["${X}-${Stage}", {"X": {"Ref": "Bucket"}}]}, "<Bucket>-prod"),
        ({"Fn::Select": ["1", {"Fn::Split": ["/", "a/b/c"]}]}, "b"),
        ({"Fn::If": ["Yes", 1, 2]}, 1),
        ({"Fn::If": ["No", 1, 2]}, 2),
        ({"Fn::If": ["Either", 1, 2]}, 1),
        ({"Fn::If": ["Both", 1, 2]}, 2),
        ({"a": {"Ref": "AWS::NoValue"}, "b": [1, {"Ref": "AWS::NoValue"}]}, {"b": [1]}),
        ({"a": {"Fn::If": ["No", 1, {"Ref": "AWS::NoValue"}]}}, {}),
        ({"Fn::FindInMap": ["Map", "a", "b"]}, "c"),
        ({"Fn::ImportValue": "x"}, "<import x>"),
        ({"Fn::GetStackOutput": {"StackName": "s", "OutputName": "o"}}, "<s/o None None>"),
        (
            {"Fn::GetStackOutput": {"StackName": {"Ref": "Stage"}, "OutputName": "o", "Region": "r", "RoleArn": "a"}},
            "<prod/o r a>",
        ),
        ({"Fn::Base64": "x"}, "eA=="),
        ({"Fn::ToJsonString": {"a": {"Ref": "Stage"}}}, '{"a": "prod"}'),
    ],
)
def test_functions(node: Any, value: Any) -> None:
    assert Evaluation(TEMPLATE, {"Stage": "prod"}, Known()).value(node) == value


@pytest.mark.parametrize(
    ("node", "message"),
    [
        ({"Fn::Nope": 1}, "Unrecognized function Fn::Nope"),
        ({"Fn::Select": [3, ["a"]]}, "nonexistent value at index 3"),
        ({"Fn::FindInMap": ["Map", "a", "z"]}, "Unable to get mapping for Map::a::z"),
        ({"Fn::If": ["What", 1, 2]}, "Unresolved condition What"),
        ({"Fn::GetStackOutput": {"StackName": "s"}}, "must have StackName and OutputName"),
        ({"Fn::GetStackOutput": {"StackName": "s", "OutputName": "o", "Acount": "1"}}, "may have Region and RoleArn"),
        ({"Fn::GetStackOutput": ["s", "o"]}, "must have StackName and OutputName"),
    ],
)
def test_functions_that_fail_say_why(node: Any, message: str) -> None:
    with pytest.raises(TemplateError, match=message):
        Evaluation(TEMPLATE, {}, Known()).value(node)


def test_yaml_with_short_forms_and_dates() -> None:
    template = parse_template(
        """
        AWSTemplateFormatVersion: 2010-09-09
        Resources:
          A:
            Type: AWS::S3::Bucket
            Properties:
              Name: !Sub "${B}-x"
              Arn: !GetAtt B.Arn
              Joined: !Join [":", [!Ref B, c]]
          B: {Type: "AWS::S3::Bucket"}
        """
    )
    assert template["AWSTemplateFormatVersion"] == "2010-09-09"
    assert template["Resources"]["A"]["Properties"] == {
        "Name": {"Fn::Sub": "${B}-x"},
        "Arn": {"Fn::GetAtt": "B.Arn"},
        "Joined": {"Fn::Join": [":", [{"Ref": "B"}, "c"]]},
    }
    assert creation_order(template) == ["B", "A"]


@pytest.mark.parametrize("text", ["{", "a: [", "{}", '{"Resources": {"A": {}}}', "just text"])
def test_an_invalid_template_is_refused(text: str) -> None:
    with pytest.raises(TemplateError, match="Template format error"):
        parse_template(text)


def test_parameters() -> None:
    template = {
        "Parameters": {
            "Plain": {"Type": "String", "Default": "a"},
            "Number": {"Type": "Number"},
            "List": {"Type": "CommaDelimitedList", "Default": "a,b"},
            "Stored": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/path"},
        }
    }
    values = parameter_values(template, {"Number": "3"}, lambda name: f"stored {name}")
    assert values == {"Plain": "a", "Number": "3", "List": ["a", "b"], "Stored": "stored /path"}
    with pytest.raises(TemplateError, match=r"\[Number\] must have values"):
        parameter_values(template, {}, str)
    with pytest.raises(TemplateError, match=r"\[Other\] do not exist in the template"):
        parameter_values(template, {"Number": "3", "Other": "1"}, str)


def test_a_circle_is_refused_with_its_path() -> None:
    resources = {
        "A": {"Type": "T", "Properties": {"x": {"Ref": "B"}}},
        "B": {"Type": "T", "DependsOn": "A"},
    }
    with pytest.raises(TemplateError, match=r"Circular dependency between resources: \[A, B\]"):
        creation_order({"Resources": resources})
