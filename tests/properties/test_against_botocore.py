"""The table against botocore itself: its validator and shapes accept and refuse the same random requests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator
from hypothesis import given, settings
from hypothesis import strategies as st

from cdk_sagemaker_pipelines.language.step_types import STEP_TYPES
from cdk_sagemaker_pipelines.properties.service_model import check_request
from scripts.generate_service_model import OPEN_ENUM, REQUESTS

Shape = Any  # botocore tells the kinds of its shapes apart by classes
FEW = settings(deadline=None, derandomize=True, max_examples=25)
WRONG: dict[str, list[Any]] = {
    "structure": ["x", 5, [], True],
    "list": ["x", 5, {}, True],
    "map": ["x", 5, [], True],
    "string": [5, 1.5, True, [], {}],
    "integer": ["5", 1.5, [], {}],
    "long": ["5", 1.5, [], {}],
    "float": ["5", [], {}],
    "double": ["5", [], {}],
    "boolean": ["true", 1, [], {}],
}
"""Values of other types, by the kind of a shape."""


@cache
def request(step_type: str) -> Shape:
    model = botocore.session.get_session().get_service_model("sagemaker")
    return model.operation_model(REQUESTS[step_type]).input_shape


def pattern(shape: Shape) -> str | None:
    """The pattern as Python reads it; None for one of another language."""
    found = shape.metadata.get("pattern")
    if found is None or "\\p{" in found or "\\u" in found:
        return None
    return str(found)


def members(step_type: str, shape: Shape) -> dict[str, Shape]:
    """The members of a structure, without those that a step must not have."""
    refused = STEP_TYPES[step_type].refused if shape is request(step_type) else ()
    return {name: member for name, member in shape.members.items() if name not in refused}


def valid(step_type: str, shape: Shape, chance: Any, depth: int = 0) -> Any:
    """A request that the API takes."""
    kind = shape.type_name
    if kind == "structure":
        known = members(step_type, shape)
        optional = [name for name in known if name not in shape.required_members]
        several = chance.sample(optional, min(len(optional), max(0, 3 - depth)))
        return {name: valid(step_type, known[name], chance, depth + 1) for name in (*shape.required_members, *several)}
    least = shape.metadata.get("min", 0)
    if kind == "list":
        return [valid(step_type, shape.member, chance, depth + 1) for _ in range(max(least, chance.randint(0, 1)))]
    if kind == "map":
        return {valid(step_type, shape.key, chance): valid(step_type, shape.value, chance)}
    if kind == "boolean":
        return chance.choice([True, False])
    if kind == "string":
        return chance.choice(shape.enum) if shape.enum else text(shape.name, pattern(shape), least)
    most = shape.metadata.get("max", least + 5)
    return chance.choice([least, most])


SAGEMAKER = "arn:aws:sagemaker:eu-west-1:111122223333:"
TEXTS = (
    *("s3://b/k", "1", "subnet-1", "sg-1", "2020-12-01", "1.0", "x/y", "mig-1g.5gb", "/opt/ml/x", "a/b", "1.2.3", "8K"),
    *("fs-01234567", "sha256:" + 64 * "0"),
    "arn:aws:iam::111122223333:role/r",
    "arn:aws:sns:eu-west-1:111122223333:t",
    "arn:aws:kms:eu-west-1:111122223333:key/k",
    "arn:aws:lambda:eu-west-1:111122223333:function:f",
    *(f"{SAGEMAKER}{kind}/x" for kind in ("action", "model-package", "model-package-group", "mlflow-app")),
    *(f"{SAGEMAKER}{kind}/x" for kind in ("training-plan", "inference-component", "hub-content/h/Model")),
    "arn:aws:sagemaker:eu-west-1:111122223333:hub-content/h/Model/m",
    "arn:aws:sagemaker:eu-west-1:111122223333:hub-content/h/DataSet/d",
    "arn:aws:sagemaker:eu-west-1:aws:hub-content/h/Model/m",
)


@cache
def text(name: str, pattern: str | None, least: int) -> str:
    """A text of the pattern."""
    for tried in ("a" * max(least, 1), *TEXTS):
        if len(tried) >= least and (pattern is None or re.fullmatch(pattern, tried)):
            return tried
    raise AssertionError(f"no text for {name}: {pattern}")


def places(step_type: str, shape: Shape, value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, Any, Shape]]:
    """Every value inside of a request: its holder, its key there and its shape."""
    if shape.type_name == "structure":
        inner = [(name, members(step_type, shape)[name]) for name in value]
    elif shape.type_name == "list":
        inner = [(index, shape.member) for index in range(len(value))]
    elif shape.type_name == "map":
        inner = [(name, shape.value) for name in value]
    else:
        return
    for key, part in inner:
        yield value, key, part
        yield from places(step_type, part, value[key])


def refused(shape: Shape, value: Any) -> bool:
    """Whether botocore's validator refuses a request, or one of the constraints of its shapes that it leaves out."""
    return bool(ParamValidator().validate(value, shape).has_errors()) or any(_constraints(shape, value))


def _constraints(shape: Shape, value: Any) -> Iterator[bool]:
    limits, kind = shape.metadata, shape.type_name
    if kind == "structure":
        for name, item in value.items():
            yield from _constraints(shape.members[name], item)
    elif kind in ("list", "map"):
        yield "max" in limits and len(value) > limits["max"]
        for item in value if kind == "list" else value.values():
            yield from _constraints(shape.member if kind == "list" else shape.value, item)
        for key in value if kind == "map" else ():
            yield from _constraints(shape.key, key)
    elif kind == "string":
        found = pattern(shape)
        yield "max" in limits and len(value) > limits["max"]
        yield bool(shape.enum) and value not in shape.enum
        yield found is not None and not re.fullmatch(found, value, re.DOTALL)
    elif kind != "boolean":
        yield "max" in limits and value > limits["max"]


def change(shape: Shape, value: Any, chance: Any) -> Any:
    """Another value: mostly one that the API refuses."""
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    changes = [chance.choice(WRONG[shape.type_name]), None]
    if shape.type_name in ("integer", "long", "float", "double"):
        changes += [*([] if least is None else [least - 1]), *([] if most is None else [most + 1]), least or most or 7]
    elif shape.type_name == "string":
        changes += ["", "a" * ((most or 40) + 1), "x y", "Nowhere", *(shape.enum or ["b"])[:1]]
    elif shape.type_name == "list":
        changes += [[], value * ((most or 2) + 1)]
    elif shape.type_name == "structure":
        gone = chance.choice(list(value)) if value else None
        changes += [{**value, "Nowhere": 1}, {name: item for name, item in value.items() if name != gone}]
    return chance.choice(changes)


@pytest.mark.parametrize("step_type", REQUESTS)
def test_what_botocore_accepts_is_accepted(step_type: str) -> None:
    @FEW
    @given(st.randoms(use_true_random=False))
    def holds(chance: Any) -> None:
        arguments = valid(step_type, request(step_type), chance)
        assert not refused(request(step_type), arguments), "the sample itself"
        assert check_request(step_type, arguments) == []

    holds()


@pytest.mark.parametrize("step_type", REQUESTS)
def test_a_changed_request_has_the_same_verdict(step_type: str) -> None:
    count = 0

    @settings(FEW, max_examples=60)
    @given(st.randoms(use_true_random=False))
    def holds(chance: Any) -> None:
        nonlocal count
        shape = request(step_type)
        arguments = valid(step_type, shape, chance)
        holder, key, part = chance.choice(list(places(step_type, shape, arguments)))
        holder[key] = change(part, holder[key], chance)
        ours = bool(check_request(step_type, arguments))  # also a doubt: a value of an enum to which the service adds
        count += ours
        assert ours is refused_as_step(step_type, arguments), (key, holder[key])

    holds()
    assert count > 10


def refused_as_step(step_type: str, arguments: Any) -> bool:
    """As ``refused``, with the names and roles that a step may leave out."""
    shape = request(step_type)
    whole = {name: text(name, pattern(shape.members[name]), 1) for name in STEP_TYPES[step_type].optional}
    try:
        return refused(shape, {**whole, **arguments})
    except (KeyError, AttributeError, TypeError):
        return True  # a constraint of a value that has the wrong type


def test_enums_that_grow_only_warn() -> None:
    arguments = {"InstanceType": "ml.new.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
    found = check_request("Processing", {"ProcessingResources": {"ClusterConfig": arguments}})
    assert [finding.level for finding in found if finding.path] == ["warning"]
    assert OPEN_ENUM.search("ProcessingInstanceType")
