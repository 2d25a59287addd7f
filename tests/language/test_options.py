"""Cache, retries, parallelism, experiment and property files: their JSON and what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk_sagemaker_pipelines.language import (
    CacheConfig,
    ExceptionType,
    ExecutionVariables,
    ExperimentConfig,
    MlflowConfig,
    ParallelismConfig,
    Parameter,
    PipelineError,
    PropertyFile,
    Rendering,
    RetryPolicy,
)
from cdk_sagemaker_pipelines.language.options import iso_duration

from .support import STEADY, get


class Duration:
    """As ``aws_cdk.Duration`` says itself."""

    def __init__(self, text: str) -> None:
        self._text = text

    def to_iso_string(self) -> str:
        return self._text


@pytest.mark.parametrize(
    ("given", "json"),
    [
        (CacheConfig("P30D"), {"Enabled": True, "ExpireAfter": "P30D"}),
        (CacheConfig("P1Y2M10DT2H30M"), {"Enabled": True, "ExpireAfter": "P1Y2M10DT2H30M"}),
        (CacheConfig("PT0.5S"), {"Enabled": True, "ExpireAfter": "PT0.5S"}),
        (CacheConfig("P2W"), {"Enabled": True, "ExpireAfter": "P2W"}),
        (CacheConfig(Duration("PT12H")), {"Enabled": True, "ExpireAfter": "PT12H"}),
        (CacheConfig(timedelta(days=30)), {"Enabled": True, "ExpireAfter": "P30D"}),
        (CacheConfig(timedelta(hours=1)), {"Enabled": True, "ExpireAfter": "PT3600S"}),
        (CacheConfig(timedelta(days=1, seconds=1)), {"Enabled": True, "ExpireAfter": "P1DT1S"}),
        (CacheConfig(enabled=False), {"Enabled": False}),
        (CacheConfig("P1D", enabled=False), {"Enabled": False, "ExpireAfter": "P1D"}),
    ],
)
def test_cache(given: CacheConfig, json: dict[str, Any]) -> None:
    assert given.to_json() == json


def no_duration(found: str) -> str:
    return (
        f"cache: expire_after {found} is not a duration; write ISO 8601 such as 'P30D' or 'PT12H', or Duration.days(30)"
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("", no_duration("''")),
        ("P", no_duration("'P'")),
        ("PT", no_duration("'PT'")),
        ("P1DT", no_duration("'P1DT'")),
        ("30D", no_duration("'30D'")),
        ("P30", no_duration("'P30'")),
        ("p30d", no_duration("'p30d'")),
        ("P-1D", no_duration("'P-1D'")),
        ("P30D\n", no_duration("'P30D\\n'")),
        ("P٣D", no_duration("'P٣D'")),
        ("30 days", no_duration("'30 days'")),
        (30, no_duration("30")),
        (Duration("soon"), no_duration("'soon'")),
        ("P0D", "cache: expire_after must be longer than zero, not 'P0D'"),
        (Duration("PT0S"), "cache: expire_after must be longer than zero, not 'PT0S'"),
        (timedelta(0), "cache: expire_after must be whole seconds, at least one, not 0:00:00"),
        (timedelta(days=-1), "cache: expire_after must be whole seconds, at least one, not -1 day, 0:00:00"),
        (timedelta(milliseconds=500), "cache: expire_after must be whole seconds, at least one, not 0:00:00.500000"),
        (
            Parameter.string("Age"),
            "cache: expire_after <Parameter 'Parameters.Age'> must be literal, the service substitutes no value there",
        ),
        (
            f"P{Parameter.integer('Days')}D",
            "cache: expire_after 'P{Parameters.Days}D' must be literal, the service substitutes no value there",
        ),
        (timedelta(seconds=1.5), "cache: expire_after must be whole seconds, at least one, not 0:00:01.500000"),
    ],
)
def test_what_is_not_a_duration(value: Any, text: str) -> None:
    with pytest.raises(PipelineError) as refusal:
        CacheConfig(value)
    assert str(refusal.value) == text


@STEADY
@given(st.integers(1, 10**10))
def test_seconds_are_kept(seconds: int) -> None:
    days, _, rest = iso_duration(timedelta(seconds=seconds), "cache").removeprefix("P").partition("T")
    assert int(days.removesuffix("D") or 0) * 86400 + int(rest.removesuffix("S") or 0) == seconds


def test_a_cache_that_is_on_says_how_old() -> None:
    with pytest.raises(PipelineError) as refusal:
        CacheConfig()
    assert (
        str(refusal.value)
        == "cache: give expire_after, how old a result may be, such as CacheConfig(Duration.days(30))"
    )


@pytest.mark.parametrize("enabled", ["no", 1, None])
def test_a_cache_is_on_or_off(enabled: Any) -> None:
    with pytest.raises(PipelineError) as refusal:
        CacheConfig("P1D", enabled=enabled)
    assert str(refusal.value) == f"cache: enabled must be True or False, not {enabled!r}"


ANY = [ExceptionType.THROTTLING]


@pytest.mark.parametrize(
    ("given", "json"),
    [
        (
            RetryPolicy([ExceptionType.SERVICE_FAULT, ExceptionType.THROTTLING]),
            {
                "ExceptionType": ["Step.SERVICE_FAULT", "Step.THROTTLING"],
                "IntervalSeconds": 1,
                "BackoffRate": 2.0,
                "MaxAttempts": 5,
            },
        ),
        (
            RetryPolicy(
                ["SageMaker.CAPACITY_ERROR", ExceptionType.JOB_INTERNAL_ERROR, ExceptionType.RESOURCE_LIMIT],
                interval_seconds=43200,
                backoff_rate=1,
                max_attempts=0,
            ),
            {
                "ExceptionType": [
                    "SageMaker.CAPACITY_ERROR",
                    "SageMaker.JOB_INTERNAL_ERROR",
                    "SageMaker.RESOURCE_LIMIT",
                ],
                "IntervalSeconds": 43200,
                "BackoffRate": 1.0,
                "MaxAttempts": 0,
            },
        ),
        (
            RetryPolicy(ANY, max_attempts=20),
            {"ExceptionType": ["Step.THROTTLING"], "IntervalSeconds": 1, "BackoffRate": 2.0, "MaxAttempts": 20},
        ),
        (
            RetryPolicy(ANY, expire_after_min=0),
            {"ExceptionType": ["Step.THROTTLING"], "IntervalSeconds": 1, "BackoffRate": 2.0, "ExpireAfterMin": 0},
        ),
        (
            RetryPolicy(ANY, expire_after_min=14400),
            {"ExceptionType": ["Step.THROTTLING"], "IntervalSeconds": 1, "BackoffRate": 2.0, "ExpireAfterMin": 14400},
        ),
    ],
)
def test_retry_policies(given: RetryPolicy, json: dict[str, Any]) -> None:
    assert given.to_json() == json
    assert [type(item) for item in given.to_json()["ExceptionType"]] == [str] * len(json["ExceptionType"])


def whole(name: str, least: int, most: int, found: str) -> str:
    return f"retry policy: {name} must be a whole number from {least} to {most}, not {found}"


NEEDS_LIST = "retry policy: exception_types must be a list of at least one ExceptionType"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"exception_types": []}, NEEDS_LIST),
        ({"exception_types": "Step.THROTTLING"}, NEEDS_LIST),
        ({"exception_types": ExceptionType.THROTTLING}, NEEDS_LIST),
        ({"exception_types": {"Step.THROTTLING", "Step.SERVICE_FAULT"}}, NEEDS_LIST),
        ({"exception_types": None}, NEEDS_LIST),
        (
            {"exception_types": ["Step.TIMEOUT"]},
            "retry policy: exception_types holds 'Step.TIMEOUT'; allowed are 'Step.SERVICE_FAULT', 'Step.THROTTLING', "
            "'SageMaker.JOB_INTERNAL_ERROR', 'SageMaker.CAPACITY_ERROR', 'SageMaker.RESOURCE_LIMIT'",
        ),
        (
            {"max_attempts": 1, "expire_after_min": 1},
            "retry policy: give max_attempts or expire_after_min, not both",
        ),
        (
            {"max_attempts": 0, "expire_after_min": 0},
            "retry policy: give max_attempts or expire_after_min, not both",
        ),
        ({"max_attempts": -1}, whole("max_attempts", 0, 20, "-1")),
        ({"max_attempts": 21}, whole("max_attempts", 0, 20, "21")),
        ({"max_attempts": 2.0}, whole("max_attempts", 0, 20, "2.0")),
        ({"max_attempts": True}, whole("max_attempts", 0, 20, "True")),
        ({"expire_after_min": 14401}, whole("expire_after_min", 0, 14400, "14401")),
        ({"expire_after_min": -1}, whole("expire_after_min", 0, 14400, "-1")),
        ({"interval_seconds": 0}, whole("interval_seconds", 1, 43200, "0")),
        ({"interval_seconds": 43201}, whole("interval_seconds", 1, 43200, "43201")),
        ({"interval_seconds": "5"}, whole("interval_seconds", 1, 43200, "'5'")),
        ({"backoff_rate": 0.5}, "retry policy: backoff_rate must be a number of at least 1, not 0.5"),
        ({"backoff_rate": True}, "retry policy: backoff_rate must be a number of at least 1, not True"),
        ({"backoff_rate": "2"}, "retry policy: backoff_rate must be a number of at least 1, not '2'"),
        ({"backoff_rate": float("nan")}, "retry policy: backoff_rate must be a number of at least 1, not nan"),
        ({"backoff_rate": float("inf")}, "retry policy: backoff_rate must be a number of at least 1, not inf"),
    ],
)
def test_what_is_not_a_retry_policy(arguments: dict[str, Any], text: str) -> None:
    with pytest.raises(PipelineError) as refusal:
        RetryPolicy(**{"exception_types": ANY, **arguments})
    assert str(refusal.value) == text


@pytest.mark.parametrize("value", [1, 50, 10**6])
def test_parallelism(value: int) -> None:
    assert ParallelismConfig(value).to_json() == {"MaxParallelExecutionSteps": value}


@pytest.mark.parametrize("value", [0, -1, 1.0, "2", True, None])
def test_invalid_parallelism(value: Any) -> None:
    with pytest.raises(PipelineError) as refusal:
        ParallelismConfig(value)
    text = f"max_parallel_execution_steps must be a whole number of at least 1, not {value!r}"
    assert str(refusal.value) == text


def test_experiment_config() -> None:
    config = ExperimentConfig(Parameter.string("E"), f"trial-{ExecutionVariables.PIPELINE_EXECUTION_ID}")
    assert Rendering().render(config.to_json()) == {
        "ExperimentName": get("Parameters.E"),
        "TrialName": {"Std:Join": {"On": "", "Values": ["trial-", get("Execution.PipelineExecutionId")]}},
    }


def test_mlflow_config() -> None:
    arn = "arn:aws:sagemaker:us-east-1:111122223333:mlflow-tracking-server/ts"
    assert MlflowConfig(arn).to_json() == {"MlflowResourceArn": arn}
    rendered = Rendering().render(MlflowConfig(Parameter.string("Server"), "exp").to_json())
    assert rendered == {"MlflowResourceArn": get("Parameters.Server"), "MlflowExperimentName": "exp"}


def test_property_file() -> None:
    assert PropertyFile("Report", "evaluation", "out/evaluation.json").to_json() == {
        "PropertyFileName": "Report",
        "OutputName": "evaluation",
        "FilePath": "out/evaluation.json",
    }
