"""Properties checked against the registry's schemas: in the service's words and in ours, and compared with cfn-lint."""

from __future__ import annotations

import copy
import json
import random
import time
from collections.abc import Iterator
from typing import Any

import pytest
from cfnlint.jsonschema import StandardValidator

from cdk_sagemaker_pipelines.templates import registry
from cdk_sagemaker_pipelines.templates.schemas import violations
from tests.examples import template
from tests.ids import short

TEXT = {"type": "string"}


def told(schema: dict[str, Any], value: Any) -> list[tuple[str, str]]:
    """The violations at the member A, in the service's words and in ours."""
    found = violations({"properties": {"A": schema}}, {"A": value})
    return [(str(each).removeprefix("#/A"), each.text) for each in found]


WRONG: list[tuple[dict[str, Any], Any, str, str]] = [
    (TEXT, {}, ": expected type: String, found: JSONObject", "it must be a text, not an object"),
    (TEXT, None, ": expected type: String, found: Null", "it must be a text, not nothing"),
    ({"type": "array"}, "x", ": expected type: JSONArray, found: String", "it must be a list, not a text 'x'"),
    ({"type": "integer"}, "x", ": expected type: Integer, found: String", "it must be a whole number, not a text 'x'"),
    (
        {"type": "integer"},
        0.5,
        ": expected type: Integer, found: Number",
        "it must be a whole number, not a number '0.5'",
    ),
    (
        {"type": "boolean"},
        "no",
        ": expected type: Boolean, found: String",
        "it must be true or false, not a text 'no'",
    ),
    (
        {"type": ["object", "array"]},
        True,
        ": expected type: one of object, array, found: Boolean",
        "it must be an object or a list, not true or false 'true'",
    ),
    ({**TEXT, "minLength": 3}, "ab", ": expected minLength: 3, actual: 2", "at least 3 characters are needed, found 2"),
    ({**TEXT, "maxLength": 1}, 12, ": expected maxLength: 1, actual: 2", "at most 1 characters are needed, found 2"),
    ({**TEXT, "pattern": "^a$"}, "b", ": failed validation constraint for keyword [pattern]", "'b' does not match ^a$"),
    (
        {**TEXT, "enum": ["Enabled", "Disabled"]},
        "enabled",
        ": failed validation constraint for keyword [enum]",
        "'enabled' is not allowed; did you mean 'Enabled'?",
    ),
    (
        {**TEXT, "enum": ["A", "B"]},
        "x" * 70,
        ": failed validation constraint for keyword [enum]",
        f"'{'x' * 60}…' is not allowed; it may be 'A', 'B'",
    ),
    ({"const": "A"}, "B", ": failed validation constraint for keyword [const]", "'B' is not 'A'"),
    (
        {"enumCaseInsensitive": ["a"]},
        "B",
        ": failed validation constraint for keyword [enum]",
        "'B' is not allowed; it may be 'a'",
    ),
    (
        {"type": "number", "minimum": 2},
        "1",
        ": failed validation constraint for keyword [minimum]",
        "'1' is beyond the minimum 2",
    ),
    (
        {"exclusiveMaximum": 2},
        2,
        ": failed validation constraint for keyword [exclusiveMaximum]",
        "'2' is beyond the exclusiveMaximum 2",
    ),
    (
        {"minItems": 2},
        [1],
        ": expected minimum item count: 2, found: 1",
        "at least 2 elements are needed, found 1",
    ),
    (
        {"maxItems": 1},
        [1, 2],
        ": expected maximum item count: 1, found: 2",
        "at most 1 elements are allowed, found 2",
    ),
    ({"uniqueItems": True}, [{"a": 1}, {"a": 1}], ": array items are not unique", "an element occurs twice"),
    ({"items": TEXT}, ["a", []], "/1: expected type: String, found: JSONArray", "it must be a text, not a list"),
    ({"required": ["B"]}, {}, ": required key [B] not found", "'B' is missing"),
    (
        {"additionalProperties": False, "properties": {"Key": TEXT}},
        {"key": "x"},
        ": extraneous key [key] is not permitted",
        "there is no member 'key'; did you mean 'Key'?",
    ),
    (
        {"additionalProperties": TEXT, "patternProperties": {"^a": {"type": "array"}}},
        {"ab": [], "b": []},
        "/b: expected type: String, found: JSONArray",
        "it must be a text, not a list",
    ),
    (
        {"dependentRequired": {"B": ["C"]}},
        {"B": 1},
        ": property [C] is required",
        "'B' also needs 'C'",
    ),
    (
        {"dependentExcluded": {"B": ["C"]}},
        {"B": 1, "C": 1},
        ": failed validation constraint for keyword [dependentExcluded]",
        "'B' and 'C' exclude one another",
    ),
    (
        {"requiredXor": ["B", "C"]},
        {"B": 1, "C": 1},
        ": failed validation constraint for keyword [requiredXor]",
        "exactly one is needed; it may be 'B', 'C'",
    ),
    (
        {"requiredOr": ["B", "C"]},
        {},
        ": failed validation constraint for keyword [requiredOr]",
        "at least one is needed; it may be 'B', 'C'",
    ),
    ({"maxProperties": 0}, {"B": 1}, ": maximum size: [0], found: [1]", "1 members are beyond maxProperties 0"),
    ({"not": {"enum": ["x"]}}, "x", ": failed validation constraint for keyword [not]", "'x' is not allowed"),
    (
        {"if": {"required": ["B"]}, "then": {"required": ["C"]}, "else": {"required": ["D"]}},
        {"B": 1},
        ": required key [C] not found",
        "'C' is missing",
    ),
    (
        {"type": "object", "patternProperties": {"^[a-z]{2}$": {}}, "additionalProperties": False},
        {"A": "1"},
        ": extraneous key [A] is not permitted",
        "the name 'A' is not allowed: names match ^[a-z]{2}$",
    ),
    (
        {"oneOf": [{"required": ["B"]}, {"required": ["C"]}]},
        {"B": 1, "C": 1},
        ": #: 2 subschemas matched instead of one",
        "it matches 2 of 2 forms, but must match exactly one",
    ),
    (
        {"anyOf": [{"required": ["B"]}, {"required": ["C"]}]},
        {},
        ": #: no subschema matched out of the total 2 subschemas",
        "one of these is missing: 'B', 'C'",
    ),
    ({"allOf": [{"required": ["B"]}]}, {}, ": required key [B] not found", "'B' is missing"),
]


@pytest.mark.parametrize(("schema", "value", "answer", "text"), WRONG, ids=[short(case[-1], 40) for case in WRONG])
def test_violations_in_both_formats(schema: dict[str, Any], value: Any, answer: str, text: str) -> None:
    assert told(schema, value) == [(answer, text)]


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (TEXT, 1),
        (TEXT, False),
        ({"type": "integer"}, "12"),
        ({"type": "number"}, "1.5"),
        ({"type": "boolean"}, "True"),
        ({"type": "integer", "enum": [1]}, "1"),
        ({"type": "boolean", "const": True}, "true"),
        ({"pattern": "^\\p{L}+$"}, "ä"),
        ({"pattern": "(?<bad"}, "x"),
        ({"format": "ipv4-network"}, "x"),
        ({"uniqueItems": True}, [{"Ref": "A"}, {"Ref": "A"}]),
    ],
)
def test_what_is_taken(schema: dict[str, Any], value: Any) -> None:
    assert told(schema, value) == []


@pytest.mark.parametrize(
    ("schema", "value", "keywords"),
    [
        ({**TEXT, "pattern": "^a$"}, {"Ref": "B"}, []),
        ({**TEXT, "pattern": "^a$", "enum": ["a"], "maxLength": 1}, "x-{{resolve:ssm:/b/c:1}}", []),
        ({"type": "integer", "maximum": 1}, "{{resolve:ssm-secure:b}}", []),
        ({"type": "boolean"}, "{{resolve:secretsmanager:b:SecretString:c::}}", []),
        ({"type": "array"}, "{{resolve:ssm:b}}", ["type"]),
        ({**TEXT, "pattern": "^a$"}, "{{resolve:dynamodb:b}}", ["pattern"]),
        ({"uniqueItems": True}, ["{{resolve:ssm:b}}", "{{resolve:ssm:b}}"], []),
        ({"type": "object", "required": ["B"]}, {"Fn::GetAtt": ["B", "C"]}, []),
        ({"type": "object", "required": ["B"]}, {"Fn::Transform": {"Name": "m"}, "C": 1}, []),
        ({"type": "integer"}, {"Fn::Sub": "${B}"}, []),
        ({"type": "object"}, {"Fn::Sub": "{}"}, ["type"]),
        ({"type": "array"}, {"Fn::Join": ["", []]}, ["type"]),
        (TEXT, {"Fn::Split": [",", "a"]}, ["type"]),
        ({"type": "array"}, {"Fn::GetAZs": ""}, []),
        ({**TEXT, "enum": ["a", "b"]}, {"Fn::If": ["C", "a", "c"]}, ["enum"]),
        ({**TEXT, "enum": ["a", "b"]}, {"Fn::If": ["C", {"Fn::If": ["D", "x", "y"]}, {"Ref": "E"}]}, ["enum", "enum"]),
        ({**TEXT, "enum": ["a"]}, {"Fn::If": ["C", "a", {"Ref": "AWS::NoValue"}]}, []),
        ({"required": ["B"]}, {"B": {"Ref": "AWS::NoValue"}}, ["required"]),
        ({"required": ["B"]}, {"B": {"Fn::If": ["C", "x", {"Ref": "AWS::NoValue"}]}}, []),
        ({"maxItems": 1}, ["a", {"Ref": "AWS::NoValue"}], []),
        ({"oneOf": [{"type": "object", "required": ["B"]}, {"type": "object"}]}, {"B": {"Ref": "C"}}, []),
    ],
)
def test_values_of_functions_are_unknown(schema: dict[str, Any], value: Any, keywords: list[str]) -> None:
    assert [each.keyword for each in violations({"properties": {"A": schema}}, {"A": value})] == keywords


def test_the_message_is_from_the_closest_alternative() -> None:
    schema = registry.schema("AWS::SageMaker::Pipeline") or {}
    whole = {"PipelineName": "p", "RoleArn": "arn:aws:iam::111122223333:role/p"}

    def of(definition: Any) -> list[str]:
        return [f"{each.text}|{each}" for each in violations(schema, {**whole, "PipelineDefinition": definition})]

    none = "|#/PipelineDefinition: #: 0 subschemas matched instead of one"
    assert of({"PipelineDefinitionBody": "{}"}) == of({"PipelineDefinitionBody": {"Fn::Sub": "{}"}}) == []
    place = {"Bucket": {"Ref": "B"}, "Key": "k"}
    assert of({"PipelineDefinitionS3Location": place}) == []
    assert of({"PipelineDefinitionBody": {}}) == [
        none,
        "it must be a text, not an object"
        "|#/PipelineDefinition/PipelineDefinitionBody: expected type: String, found: JSONObject",
    ]
    assert of({"PipelineDefinitionS3Location": {"Bucket": "b", "ObjectKey": "k"}})[1:] == [
        "'Key' is missing|#/PipelineDefinition/PipelineDefinitionS3Location: required key [Key] not found",
        "there is no member 'ObjectKey'; it may be 'Bucket', 'ETag', 'Key', 'Version'"
        "|#/PipelineDefinition/PipelineDefinitionS3Location: extraneous key [ObjectKey] is not permitted",
    ]
    assert of({}) == [
        "one of these is missing: 'PipelineDefinitionBody', 'PipelineDefinitionS3Location'" + none,
    ]
    assert of('{"Version"') == [
        """it must be an object, not a text '{"Version"'"""
        "|#/PipelineDefinition: expected type: JSONObject, found: String"
    ]


def test_a_pattern_that_takes_forever_is_skipped() -> None:
    begun = time.process_time()
    assert told({"pattern": "^(a|aa|aaa|.a)+$"}, "a" * 200 + "b") == []
    assert time.process_time() - begun < 5


def test_properties_are_an_object_of_limited_depth() -> None:
    assert [str(each) for each in violations({}, [])] == ["#: expected type: JSONObject, found: JSONArray"]
    deep: dict[str, Any] = {}
    for _ in range(3000):
        deep = {"A": deep}
    inner = {"properties": {"A": {"$ref": "#/definitions/B"}}}
    schema = {**inner, "definitions": {"B": inner}}
    assert [each.text for each in violations(schema, deep)] == ["it is nested too deeply to be judged"]


# -- the registry


def test_schemas_of_types_and_regions() -> None:
    pipeline = registry.schema("AWS::SageMaker::Pipeline", "eu-central-1")
    assert pipeline is not None
    assert pipeline["typeName"] == "AWS::SageMaker::Pipeline"
    assert registry.schema("AWS::SageMaker::Pipeline", "xx-nowhere-1") == registry.schema("AWS::SageMaker::Pipeline")
    assert registry.schema("AWS::SageMaker::Pipeline", "../providers/us-east-1") is not None
    assert registry.schema("Custom::Anything") == registry.schema("AWS::CloudFormation::CustomResource")
    assert registry.schema("AWS::SageMaker::Nothing") is None


def test_schemas_elsewhere_are_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    read = registry.schema("AWS::SageMaker::Pipeline")
    for function in (registry.schema, registry._types):
        function.cache_clear()
    monkeypatch.setattr(registry, "_json", lambda name: None)
    assert registry.schema("AWS::SageMaker::Pipeline") == read
    assert registry.schema("AWS::SageMaker::Nothing") is None
    for function in (registry.schema, registry._types):
        function.cache_clear()


# -- under cfn-lint


def literal(value: Any) -> Any:
    """A value with a text for each function."""
    if isinstance(value, dict):
        if any(key == "Ref" or key.startswith("Fn::") for key in value):
            return "arn:aws:iam::111122223333:role/x"
        return {key: literal(member) for key, member in value.items()}
    return [literal(element) for element in value] if isinstance(value, list) else value


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths to all that is in a value."""
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield (*path, key)
        yield from places(value[key], (*path, key))


def damaged(value: Any, chance: random.Random) -> Any:
    """A value with one change."""
    changed = copy.deepcopy(value)
    *way, key = chance.choice(list(places(changed)) or [("Unknown",)])
    holder = changed
    for part in way:
        holder = holder[part]
    old = None if key == "Unknown" else holder[key]
    how = chance.choice(["replace", "delete", "rename", "double"])
    if how == "delete" and key != "Unknown":
        del holder[key]
    elif how == "rename" and isinstance(holder, dict):
        holder[f"{key}x"] = holder.pop(key, 1)
    elif how == "double" and isinstance(holder, list):
        holder.append(copy.deepcopy(holder[key]))
    else:
        numbers = [-1, 10**9, 1.5, True] if isinstance(old, int) else []
        holder[key] = chance.choice([*numbers, "x", {}, [], {"a": 1}, ["a"], "x" * 3000, ""])
    return changed


def agrees(number: int, seed: int) -> int:
    """How many damaged properties both refuse; asserts that they agree on all."""
    resources = list(json.loads(template("breast_cancer.dev").read_text(encoding="utf-8"))["Resources"].values())
    chance, refused = random.Random(seed), 0
    for _ in range(number):
        resource = chance.choice(resources)
        schema, value = registry.schema(resource["Type"]), literal(resource.get("Properties", {}))
        assert schema is not None
        for _ in range(chance.randint(0, 2)):
            value = damaged(value, chance)
        # formats are cfn-lint's own additions
        theirs = [error for error in StandardValidator(schema=schema).iter_errors(value) if error.validator != "format"]
        ours = violations(schema, value)
        assert bool(theirs) == bool(ours), (resource["Type"], value, theirs, ours)
        refused += bool(ours)
    return refused


def test_it_agrees_with_cfn_lint() -> None:
    assert agrees(200, 1) > 40


@pytest.mark.long
def test_it_agrees_with_cfn_lint_on_many_values() -> None:
    assert agrees(20_000, 2) > 4000
