"""What targets get of an event."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.aws.events.message import MISSING, PathError, at, start_parameters, told

EVENT: dict[str, Any] = {
    "source": "aws.ec2",
    "detail-type": "Instance State-change",
    "resources": ["arn:1", "arn:2"],
    "detail": {"instance": "i-1", "state": 'he said "run"', "count": 5, "tags": {"a b": None}, "none": None},
}
RULE = {"aws.events.rule-name": "r", "aws.events.rule-arn": "arn:r"}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$", EVENT),
        ("$.detail", EVENT["detail"]),
        ("$.detail-type", "Instance State-change"),
        ("$.detail.count", 5),
        ("$.resources[1]", "arn:2"),
        ("$['detail']['tags']", {"a b": None}),
        ('$.detail.tags["a b"]', None),
        ("$.resources[2]", MISSING),
        ("$.detail.instance.x", MISSING),
        ("$.nothing", MISSING),
    ],
)
def test_paths(path: str, found: Any) -> None:
    assert at(EVENT, path) == found


@pytest.mark.parametrize("path", ["", "detail", "$detail", "$..detail", "$.detail.*", "$.a[?(@.b)]", "$.a ", "$.a[-1]"])
def test_paths_that_are_not_understood(path: str) -> None:
    with pytest.raises(PathError, match="is not understood; write"):
        at(EVENT, path)


@pytest.mark.parametrize(
    ("target", "gets"),
    [
        ({}, EVENT),
        ({"Input": '{"a": 1}'}, {"a": 1}),
        ({"InputPath": "$.detail.instance"}, "i-1"),
        ({"InputPath": "$.detail"}, EVENT["detail"]),
        ({"InputPath": "$.nothing"}, None),
    ],
)
def test_inputs(target: dict[str, Any], gets: Any) -> None:
    assert json.loads(told(target, EVENT, RULE)) == gets


@pytest.mark.parametrize(
    ("template", "gets"),
    [
        # the examples of AWS's pages
        ('"instance <instance> is in <state>"', 'instance i-1 is in he said "run"'),
        ('{"instance": <instance>, "state": "<state>"}', {"instance": "i-1", "state": 'he said "run"'}),
        ('{"instance": "<instance>", "n": <count>, "all": <tags>}',
         {"instance": "i-1", "n": 5, "all": {"a b": None}}),
        ('{"text": "tags: <tags>, <count> of them"}', {"text": 'tags: {"a b": null}, 5 of them'}),
        ('{"rule": "<aws.events.rule-name>", "arn": <aws.events.rule-arn>}', {"rule": "r", "arn": "arn:r"}),
        ('{"whole": <aws.events.event.json>}', {"whole": EVENT}),
        ("<instance> is in state <state>", 'i-1 is in state he said "run"'),
        ('[<instance>, "<count>"]', ["i-1", "5"]),
        ("<tags>", {"a b": None}),
        ('{"a": <gone>, "b": "x<gone>y"}', {"a": None, "b": "xy"}),
        ('{"a": "<unknown>"}', {"a": "<unknown>"}),
        ('{"a": "\\"<instance>\\""}', {"a": '"i-1"'}),
    ],
)  # fmt: skip
def test_templates(template: str, gets: Any) -> None:
    paths = {name: f"$.detail.{name}" for name in ("instance", "state", "count", "tags")}
    how = {"InputPathsMap": {**paths, "gone": "$.detail.gone"}, "InputTemplate": template}
    assert json.loads(told({"InputTransformer": how}, EVENT, RULE)) == gets


def test_a_template_of_several_texts() -> None:
    how = {"InputPathsMap": {"n": "$.detail.count"}, "InputTemplate": '"instance"\n"number <n>"\n'}
    assert told({"InputTransformer": how}, EVENT, RULE) == '"instance"\n"number 5"'


def test_a_template_that_makes_no_json() -> None:
    how = {"InputTemplate": '{"a": <b>}'}
    with pytest.raises(ValueError, match=r"the InputTemplate makes no JSON: .*<b>"):
        told({"InputTransformer": how}, EVENT, RULE)


def test_parameters_of_a_pipeline() -> None:
    given = [
        {"Name": "Fixed", "Value": "a"}, {"Name": "Key", "Value": "$.detail.instance"},
        {"Name": "Count", "Value": "$.detail.count"}, {"Name": "Price", "Value": "$5"},
    ]  # fmt: skip
    assert [one["Value"] for one in start_parameters(given, EVENT)] == ["a", "i-1", "5", "$5"]
    with pytest.raises(PathError, match=r"nothing at \$\.detail\.key, for the parameter 'Key'"):
        start_parameters([{"Name": "Key", "Value": "$.detail.key"}], EVENT)
