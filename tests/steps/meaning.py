"""When two definitions mean the same: what is dropped or brought into one form, rule by rule, and why that is right."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Json = Any
Difference = tuple[str, Json, Json]
"""A path, what the one has there and what the other; ``ABSENT`` where it has nothing."""

ABSENT = "(absent)"

_NAMES = {
    "Steps": "Name",
    "IfSteps": "Name",
    "ElseSteps": "Name",
    "Parameters": "Name",
    "ProcessingInputs": "InputName",
    "Outputs": "OutputName",
    "InputDataConfig": "ChannelName",
    "PropertyFiles": "PropertyFileName",
    "MetricDefinitions": "Name",
    "Tags": "Key",
    "IntegerParameterRanges": "Name",
    "ContinuousParameterRanges": "Name",
    "CategoricalParameterRanges": "Name",
    "TrainingJobDefinitions": "DefinitionName",
}

_SETS = ("DependsOn", "Subnets", "SecurityGroupIds")

# the SDK: <bucket>/<pipeline>/code/<hash>/<name>; this library: CDK's asset bucket, <hash>.<last extension of the name>
_SDK_CODE = re.compile(r"s3://my-bucket/[^/\"]+/code/[0-9a-f]{64}/([^/\"]+)")
# and where it makes no hash of the code: <bucket>/<job>-<time>/source/<name>
_SDK_TIMED_CODE = re.compile(r"s3://my-bucket/[^/\"]+-TIME/source/([^/\"]+)")
# the SDK: where it is told to; this library: <hash>/<name>
_SDK_ANALYSIS = re.compile(r"s3://my-bucket/analysis/([^/\"]+/analysis_config\.json)")
_OUR_CODE = re.compile(r"s3://cdk-hnb659fds-assets-\d{12}-[a-z0-9\-]+/([0-9a-f]{64}(?:/analysis_config)?\.\w+)")


def meaning(definition: Mapping[str, Json], code: Mapping[str, str] | None = None) -> Json:
    """The definition in the one form that all definitions of its meaning have.

    ``code``: what files of code were called before they were put under a hash, by that name.
    """
    return _value(_with_code_named(definition, code or {}), "")


def differences(one: Json, other: Json, path: str = "") -> Iterator[Difference]:
    """Where two meanings differ, as deep as possible."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in dict.fromkeys([*one, *other]):
            here = f"{path}.{key}" if path else str(key)
            yield from differences(one.get(key, ABSENT), other.get(key, ABSENT), here)
    elif type(one) is not type(other) or one != other:
        yield path, one, other


def _value(value: Json, key: str) -> Json:
    if isinstance(value, Mapping):
        if set(value) in ({"Std:Join"}, {"Get"}):
            return _text(value)
        if set(value) == {"Std:JsonGet"}:
            return {"Std:JsonGet": {name: _value(item, name) for name, item in value["Std:JsonGet"].items()}}
        members = {name: _value(item, name) for name, item in value.items()}
        return {name: item for name, item in members.items() if not _says_nothing(name, item)}
    if isinstance(value, (list, tuple)):
        items = [_value(item, "") for item in value]
        if key in _NAMES:
            # these lists are looked up by name: their order says nothing
            return {item.get(_NAMES[key]) or item["ChannelType"]: item for item in items}
        return sorted(items) if key in _SETS else items
    return _text(value) if isinstance(value, str) else value


def _says_nothing(name: str, value: Json) -> bool:
    """Members that mean the same as their absence."""
    return (
        # false is the API's default: the paths are SageMaker's to fill
        (name == "AppManaged" and value is False)
        # null and absence both mean: no experiment (the reference, section 1), and no MLflow
        or (name in ("PipelineExperimentConfig", "MlflowConfig") and value is None)
        # no range of a kind
        or (name.endswith("ParameterRanges") and value == {})
        # an object without members asks for nothing; the SDK writes them for what is not given
        or (name in ("Metadata", "Bias", "Explainability", "Environment", "Parameters") and value == {})
    )


def _text(value: Json) -> Json:
    """A text as its fragments: how a ``Std:Join`` groups and separates them does not change the text.

    A join of one ``Get`` alone stays a join: it turns a number into a text.
    """
    fragments = _fragments(value)
    if isinstance(value, Mapping) and "Std:Join" in value:
        return {"text": _merged(fragments)}
    merged = _merged(fragments)
    return merged[0] if len(merged) == 1 else {"text": merged}


def _fragments(value: Json) -> list[Json]:
    if isinstance(value, Mapping) and "Std:Join" in value:
        join = value["Std:Join"]
        parts = [_fragments(item) for item in join["Values"]]
        separated = [part if number == 0 else [join["On"], *part] for number, part in enumerate(parts)]
        return [fragment for part in separated for fragment in part]
    if isinstance(value, Mapping) and "Std:JsonGet" in value:
        return [_value(value, "")]
    # a number in a join is written as text
    return [value if isinstance(value, (str, Mapping)) else str(value)]


def _merged(fragments: Sequence[Json]) -> list[Json]:
    merged: list[Json] = []
    for fragment in fragments:
        if isinstance(fragment, str) and merged and isinstance(merged[-1], str):
            merged[-1] += fragment
        elif fragment != "" or len(fragments) == 1:
            merged.append(fragment)
    return merged


def _with_code_named(definition: Json, code: Mapping[str, str]) -> Json:
    """Where code lies in S3 is the deploying tool's choice; what counts is which code, and that commands name it so."""

    def name(match: re.Match[str]) -> str:
        return f"s3://code/{code.get(match.group(1), match.group(1))}"

    def text(value: str) -> str:
        for place in (_SDK_CODE, _SDK_TIMED_CODE, _SDK_ANALYSIS, _OUR_CODE):
            value = place.sub(name, value)
        for hashed, plain in code.items():
            value = value.replace(hashed, plain)
        return value

    def walk(value: Json) -> Json:
        if isinstance(value, Mapping):
            return {key: walk(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [walk(item) for item in value]
        return text(value) if isinstance(value, str) else value

    return walk(definition)
