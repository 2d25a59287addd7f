"""The rule over prefixes in S3 that end within a name, so that other places begin with them as well."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any, NamedTuple

from ..definition import StepView
from ..errors import shown
from ..field import Field
from ..findings import Finding
from ..later import later_pattern
from ..references import Reference
from ..tokens import is_token
from .flows import never_both
from .places import joined
from .subject import Subject

_URIS = ("S3Uri", "ModelDataUrl", "ManifestS3Uri")
_WRITTEN = "S3OutputPath"
_OUTPUTS = later_pattern(r"Arguments\.(ProcessingOutputConfig|CheckpointConfig|TensorBoardOutputConfig)\b")
_ENDS_AS_WRITTEN = later_pattern(r".*([^/}]|\{Execution\.\w+\})", re.DOTALL)
_RUN = "{Execution.PipelineExecutionId}"
_DEEPEST = 10
"""So many references are followed from one place to the next."""
_ENOUGH = 50
"""How many places that begin with one prefix are considered."""
_AFTER_THE_SLASH = chr(ord("/") + 1)


class _Named(NamedTuple):
    """A place that a step writes out. ``is_prefix``: whether the step reads all keys that begin with it."""

    text: str
    field: Field
    is_output: bool
    is_prefix: bool


def overlapping_prefixes(subject: Subject) -> Iterator[Finding]:
    """S3 takes ``s3://b/train`` as the beginning of keys, which those below ``s3://b/train-holdout/`` have, too."""
    if subject.model is None:
        return
    in_order = [*_named(subject)]
    named = sorted(in_order, key=lambda one: one.text)  # stable: of equal texts the first in the document
    texts = [one.text for one in named]
    for prefix, field, _, is_prefix in in_order:
        if not is_prefix or not _ENDS_AS_WRITTEN.fullmatch(prefix) or "/" not in prefix.removeprefix("s3://"):
            continue
        first, slash, behind, end = (
            bisect_left(texts, f"{prefix}{more}") for more in ("", "/", _AFTER_THE_SLASH, "\U0010ffff")
        )
        others = islice(chain(named[first:slash], named[behind:end]), _ENOUGH)
        other = next((one for one in others if _is_read_as_well(subject, field.step, prefix, one)), None)
        if other is not None:
            yield field.finding("prefix-overlap", _told(field.step, prefix, other), "warning")


def _is_read_as_well(subject: Subject, step: StepView, prefix: str, other: _Named) -> bool:
    """Whether it goes on within the name, and there can be something when the step reads."""
    rest = other.text[len(prefix) :]
    if not rest or rest[0] in "{$" or never_both(step, other.field.step):
        return False
    writer = other.field.step
    is_later = writer is step or writer.name in subject.graph.after(step.name)
    return not (other.is_output and is_later and _RUN in prefix)


def _told(step: StepView, prefix: str, other: _Named) -> str:
    above, _, name = prefix.rpartition("/")
    others_name = other.text[len(above) + 1 :].partition("/")[0]
    who = "it" if other.field.step is step else f"'{other.field.step.name}'"
    does = "writes" if other.is_output else "reads"
    return (
        f"S3 takes it as the beginning of keys: besides {_shown(name)} the step reads {_shown(others_name)}, which "
        f"{who} {does} ({other.field.where}); rename one of them, or end this location with '/', as in "
        "S3Location(bucket, 'data/')"
    )


def _shown(text: str) -> str:
    """The name for a message; tokens must stay whole to be named there."""
    return repr(text) if is_token(text) else shown(text)


def _named(subject: Subject) -> Iterator[_Named]:
    """The places that steps write out, whether to read them or to write there."""
    for step in subject.definition.all_steps():
        for where, document in step.objects:
            for name in (*_URIS, _WRITTEN):
                if name in document:
                    field = Field(step, f"{where}.{name}", document[name])
                    is_output = name == _WRITTEN or _OUTPUTS.match(where) is not None
                    is_prefix = name == "S3Uri" and document.get("S3DataType") == "S3Prefix"
                    yield _Named(joined(_followed(subject, field.value)), field, is_output, is_prefix)


def _followed(subject: Subject, value: Any, depth: int = 0) -> Any:
    """The place with what it reads of the requests of other steps, as far as these say it."""
    if not isinstance(value, dict) or depth == _DEEPEST:
        return value
    parts = value.get("Std:Join")
    if isinstance(parts, dict) and isinstance(parts.get("Values"), list):
        return {"Std:Join": {**parts, "Values": [_followed(subject, part, depth + 1) for part in parts["Values"]]}}
    reference = Reference.of(value["Get"]) if "Get" in value else None
    step = subject.definition.find(reference.name) if reference is not None and reference.kind == "Steps" else None
    if reference is None or step is None:
        return value
    found = _at(step.arguments, reference.path)
    return value if found is None else _followed(subject, found, depth + 1)


def _at(value: Any, path: tuple[str | int, ...]) -> Any:
    """What a request has at a path of the description of its job; elements of lists are found by their names."""
    for part in path:
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, str):
            value = next(
                (one for one in value if isinstance(one, dict) and part in (one.get(key) for key in _NAMES)), None
            )
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            return None
    return value


_NAMES = ("OutputName", "InputName", "ChannelName")
