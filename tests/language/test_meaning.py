"""What means the same in a definition, and what does not."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_sagemaker_pipelines.language.meaning import differences, meaning, names

JOIN = "Std:Join"
GET = {"Get": "Parameters.N"}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({JOIN: {"On": "/", "Values": ["s3:/", "b", GET]}}, {JOIN: {"On": "", "Values": ["s3://b/", GET]}}, True),
        ({JOIN: {"On": "-", "Values": ["a", {JOIN: {"On": "", "Values": ["b", 1]}}]}}, "a-b1", True),
        ({JOIN: {"On": "-", "Values": ["a", 1, GET]}}, {JOIN: {"On": "", "Values": ["a-1-", GET]}}, True),
        ({JOIN: {"On": "", "Values": [GET]}}, GET, False),
        ({JOIN: {"On": "/", "Values": ["a", GET]}}, {JOIN: {"On": "-", "Values": ["a", GET]}}, False),
        ("1", 1, False),
        (1, 1.0, True),
        (True, 1, False),
        ({"ProcessingInputs": [{"AppManaged": False, "A": 1}]}, {"ProcessingInputs": [{"A": 1}]}, True),
        ({"ProcessingInputs": [{"AppManaged": True, "A": 1}]}, {"ProcessingInputs": [{"A": 1}]}, False),
        ({"HyperParameters": {"AppManaged": False}}, {"HyperParameters": {}}, False),
        ({"Arguments": {"SkipModelValidation": "None"}}, {"Arguments": {}}, True),
        ({"Arguments": {"SkipModelValidation": "All"}}, {"Arguments": {}}, False),
        ({"Steps": [{"Name": "A"}, {"Name": "B"}]}, {"Steps": [{"Name": "B"}, {"Name": "A"}]}, True),
        ({"ContainerArguments": ["a", "b"]}, {"ContainerArguments": ["b", "a"]}, False),
        ({"Tags": []}, {}, False),
        ({"SecurityGroupIds": ["a", "b"]}, {"SecurityGroupIds": ["b", "a"]}, True),
        ({JOIN: {"On": 1, "Values": ["a"]}}, {JOIN: {"On": 1, "Values": ["b"]}}, False),
        ({"Steps": [1]}, {"Steps": [True]}, False),
    ],
)
def test_what_meaning_folds_and_what_it_keeps_apart(one: Any, other: Any, same: bool) -> None:
    assert (list(differences(meaning({"x": one}), meaning({"x": other}))) == []) == same
    assert (list(differences(meaning({"x": other}), meaning({"x": one}))) == []) == same


def test_five_attempts_are_what_the_service_makes_where_nothing_is_said() -> None:
    policy = {"ExceptionType": ["Step.THROTTLING"], "IntervalSeconds": 1}
    five, four = {**policy, "MaxAttempts": 5}, {**policy, "MaxAttempts": 4}
    assert meaning([five], "RetryPolicies") == meaning([policy], "RetryPolicies")
    assert meaning([four], "RetryPolicies") != meaning([policy], "RetryPolicies")


def test_elements_are_named_if_all_are() -> None:
    assert names("Tags", [{"Key": "a"}, {"Key": "b"}]) == ["a", "b"]
    assert names("InputDataConfig", [{"ChannelName": "a"}, {"ChannelType": "training"}]) == ["a", "training"]
    assert names("Tags", [{"Key": "a"}, {"Key": "a"}]) is None
    assert names("Tags", [{"Key": "a"}, {}]) is None
    assert names("ContainerArguments", [{"Name": "a"}]) is None
