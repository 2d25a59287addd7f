"""From what a definition says to texts with ``*`` for what is known at run time: names, and objects in S3."""

from __future__ import annotations

import re
from typing import Any

from ..language import Definition, StepView, is_expression_json
from ..language.later import later_pattern
from ..language.loops import source_of
from ..language.queued_training import ARTIFACTS, queued_request
from ..language.step_types import Output, row_of
from ..language.tokens import any_of, begins_at_deployment
from .aws_urls import bucket_and_key
from .environment import Environment, Location

UNKNOWN = "*"
"""What is written in a pattern for a part that is known at run time."""
_BETWEEN = later_pattern(r"[*/.:_-]*")


def is_told_whole(name: str) -> bool:
    """Whether expressions alone tell a name: one, or several and what stands between them."""
    return name.startswith(UNKNOWN) and name.endswith(UNKNOWN) and _BETWEEN.fullmatch(name) is not None


# Hadoop's file systems have schemes of their own for S3
_BUCKET = later_pattern(rf"s3[an]?://({any_of('[^/*]')}+)(?:/(.*))?", re.DOTALL)
_ACCESS_POINT = later_pattern(
    r"s3[an]?://(arn:[^/*]*:s3:[^/*]*:accesspoint)[/:]([^/*]+)(?:/(?:object/)?(.*))?", re.DOTALL
)

HOPS = 4
"""References followed from step to step; a definition may lead in circles."""


def location(definition: Definition, uri: Any) -> Location | None:
    """The objects that an S3 URI of the definition can mean; None when even the bucket is only known at run time.

    The API takes ``https`` as well (the pattern of ``S3Uri``).
    """
    text = pattern(definition, uri)
    through = _ACCESS_POINT.fullmatch(text)
    if through is not None:
        return Location(f"{through[1]}/{through[2]}", through[3] or "")
    match = _BUCKET.fullmatch(text)
    if match is not None:
        return Location(match[1], match[2] or "")
    found = bucket_and_key(text)
    return None if found is None else Location(*found)


def place(definition: Definition, uri: Any, environment: Environment) -> Location | None:
    """As ``location``, with what the app knows of texts that CloudFormation fills in, and of its access points."""
    found = location(definition, environment.told(uri) if begins_at_deployment(uri) else uri)
    point = None if found is None else environment.access_points.get(found.bucket)
    return found if found is None or point is None else Location(point, found.key)


class TooFarError(Exception):
    """A text is behind more references than are followed."""


def pattern(definition: Definition, value: Any, hops: int = 0, *, whole: bool = False) -> str:
    """A value of the definition as text, with ``*`` for every part that is only known at run time.

    ``hops``: how many references to other steps led here. ``whole``: to raise ``TooFarError`` rather than to give up
    on a literal text behind many of them.
    """
    if isinstance(value, str):
        return value
    if not is_expression_json(value):
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else UNKNOWN
    ((kind, content),) = value.items()
    if kind == "Std:Join" and isinstance(content, dict) and isinstance(content.get("Values"), (list, tuple)):
        on = content.get("On", "")
        parts = [pattern(definition, item, hops, whole=whole) for item in content["Values"]]
        return on.join(parts) if isinstance(on, str) else UNKNOWN
    if kind == "Get" and hops < HOPS:
        return _followed(definition, content, hops + 1, whole)
    if whole and kind == "Get" and str(content).startswith("Steps."):
        raise TooFarError
    return UNKNOWN


def made_name(definition: Definition, step: StepView, member: str, hops: int = 0, *, whole: bool = False) -> str:
    """The names that the service gives to what a step makes: with its own prefix, or that in the step's arguments."""
    prefix = step.arguments.get(member)
    return f"{pattern(definition, prefix, hops, whole=whole)}-{UNKNOWN}" if prefix else f"pipelines-{UNKNOWN}"


def _followed(definition: Definition, get: Any, hops: int, whole: bool) -> str:
    """What a reference to a step's output can be: the step's own arguments say where it writes."""
    source = source_of(definition, get)
    if source is None:
        return UNKNOWN
    step, path = source
    queued = queued_request(step) if path == ("OutputParameters", ARTIFACTS) else None
    if path == ("ModelArtifacts", "S3ModelArtifacts") or queued is not None:
        given = (step.arguments if queued is None else queued).get("OutputDataConfig")
        config = given if isinstance(given, dict) else {}
        base = pattern(definition, config.get("S3OutputPath"), hops, whole=whole)
        return f"{base.rstrip('/')}/{UNKNOWN}/output/{_model(config.get('CompressionType'))}"
    row = row_of(step.type)
    if row.lasts and path == (row.name_prefix,):
        return made_name(definition, step, str(row.name_prefix), hops, whole=whole)
    if path and path[0] in row.below_output and not str(path[-1]).endswith(_NO_URI):
        # the service names what lies there
        base = pattern(definition, _output(step, row.outputs[0]), hops, whole=whole)
        return f"{base.rstrip('/')}/{UNKNOWN}"
    value: Any = step.arguments
    for part in path:
        value = element(value, part)
    return pattern(definition, value, hops, whole=whole)


def _model(compression: Any) -> str:
    """What a training leaves: an archive, or the folder of files that it stays without compression."""
    if isinstance(compression, str):
        return "model/" if compression == "NONE" else "model.tar.gz"
    return "model.tar.gz" if compression is None else f"model{UNKNOWN}"


_NO_URI = ("Image", "Arn", "Metric", "Name", "Status", "Type", "Value")
"""How the names of properties end that are not places, of those that contain places."""


def _output(step: StepView, output: Output) -> Any:
    """The place that a step writes to, of a list the first."""
    value: Any = step.arguments
    for part in f"{output.holder}.{output.uri}".split("."):
        value = element(value, part.removesuffix("[]"))
        value = element(value, 0) if part.endswith("[]") else value
    return value


_NAMES = ("OutputName", "InputName", "ChannelName")


def element(value: Any, part: str | int) -> Any:
    """A member of an object, a position of a list, or the list's element of that name; None where there is none."""
    if isinstance(value, dict):
        return value.get(part)
    if isinstance(value, (list, tuple)):
        if isinstance(part, int):
            return value[part] if part < len(value) else None
        for item in value:
            if isinstance(item, dict) and part in (item.get(name) for name in _NAMES):
                return item
    return None


def output_uri(step: StepView, output_name: str) -> Any:
    """Where a processing step's output of that name goes; None when it has none."""
    outputs = element(step.arguments.get("ProcessingOutputConfig"), "Outputs")
    return element(element(element(outputs, output_name), "S3Output"), "S3Uri")
