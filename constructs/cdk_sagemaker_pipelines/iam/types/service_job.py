"""A job of which the service has the code: what its document tells of its data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ...language import Definition, Step
from ..needs import SAGEMAKER, Needs, RoleNeeds, pass_role, role_of
from ..permissions import Permission
from ..places import Place, pattern

_BARE = re.compile(r"([\[:,]\s*)\*(?=\s*[,\]}])")
"""A number that is known at run time only."""
_ACTIONS = ("sagemaker:AddTags", "sagemaker:CreateJob", "sagemaker:DescribeJob", "sagemaker:StopJob")


def pipeline(definition: Definition, step: Step, place: Place) -> Iterator[Permission]:
    """What the pipeline's role needs."""
    # the category stands before the name, in a spelling that is told nowhere
    yield Permission(_ACTIONS, (place.sagemaker("job/*/pipelines-*"),), because=(f"{step.name}: {step.type}",))
    yield from pass_role(role_of(step.arguments, place), SAGEMAKER, f"{step.name}: RoleArn")


def jobs(definition: Definition, step: Step, place: Place) -> RoleNeeds:
    """What the job's role needs for the places in S3 that stand in the document, in the names of the API."""
    role = role_of(step.arguments, place)
    need = Needs(definition, step, place)
    for where, key, uri in _texts(_document(definition, step), "JobConfigDocument"):
        if key == "S3Uri":
            yield from need.of(role, need.read(uri, where))
        elif key == "S3OutputPath":
            yield from need.of(role, need.write(uri, where))


def _document(definition: Definition, step: Step) -> Any:
    """The document with '*' for what is known at run time only; None for a text that is no JSON then."""
    text = pattern(definition, step.arguments.get("JobConfigDocument"))
    for readable in (text, _BARE.sub(r"\1null", text)):
        try:
            return json.loads(readable)
        except (ValueError, RecursionError):
            continue
    return None


def _texts(value: Any, where: str) -> Iterator[tuple[str, str, str]]:
    """Every text under a JSON value: its path, its key and itself."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in pairs:
        here = f"{where}[{key}]" if isinstance(key, int) else f"{where}.{key}"
        if isinstance(item, str):
            yield here, str(key), item
        else:
            yield from _texts(item, here)
