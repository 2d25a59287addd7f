"""Rules over the places in S3 that steps write and read by writing them out, without a reference to another step.

Places are compared as they are written: literals, values of the deployment or expressions, joined or not. Two
different expressions may result in the same place, which is only known at run time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

from .. import loops
from ..definition import StepView
from ..errors import shown
from ..field import Field
from ..findings import Finding
from ..references import Reference, is_expression_json, references
from ..step_types import JOB_NAMES
from ..tokens import is_token
from .subject import Subject

WRITTEN = ("ProcessingOutputConfig", "OutputDataConfig", "TransformOutput")
ALSO_WRITTEN = ("CheckpointConfig", "DebugHookConfig", "ProfilerConfig", "TensorBoardOutputConfig", "OutputConfig")
ENOUGH = 50
"""How many writers of what a step reads are considered."""
READ = ("S3Uri", "ModelDataUrl", "ManifestS3Uri")

_SAME_IN_ALL_RUNS = ("Execution.PipelineName", "Execution.PipelineArn")
_OWN = (*(f"Execution.{name}" for name in JOB_NAMES), "Execution.CurrentDateTime")


def unordered_reads(subject: Subject) -> Iterator[Finding]:
    """A step that reads what another one writes waits for it: a reference implies that, a place does not."""
    if subject.model is None:
        return
    written = _Written(subject)
    for step in subject.definition.all_steps():
        for field in _inputs(Field.of_arguments(step, own=True)):
            text = _text(field.value)
            writers = islice(written.around(text), ENOUGH)
            output = next((output for output in writers if _unordered(subject, step, output.step)), None)
            if output is not None:
                name = output.step.name
                told = f"it reads {_shown(text)}, where '{name}' writes ({output.where}), but does not wait for it"
                advice = f"read the property of '{name}', or let the step depend on it"
                yield field.finding("unordered-read", f"{told}; {advice}", "warning")


def _unordered(subject: Subject, one: StepView, other: StepView) -> bool:
    """Whether two steps can run at once; a step that writes after the other has read is not its source."""
    ordered = other.name in subject.graph.after(one.name) or one.name in subject.graph.after(other.name)
    return one is not other and not ordered and not _never_both(one, other)


class _Written:
    """The places that steps write, by their texts and by their parents."""

    def __init__(self, subject: Subject) -> None:
        self._at: dict[str, list[Field]] = {}
        self._below: dict[str, list[Field]] = {}
        for step in subject.definition.all_steps():
            overwritten = list(_overwritten(step))
            for field in overwritten:
                self._at.setdefault(_text(field.value), []).append(field)
            for field in (*overwritten, *_with_the_jobs_name(step)):
                for above in _folders(_text(field.value)):
                    self._below.setdefault(above, []).append(field)

    def around(self, read: str) -> Iterator[Field]:
        """Where steps write to the place, below it or above it, except to a whole bucket, which is shared by many."""
        yield from self._below.get(read, ())
        for above in _folders(read):
            if above != read:
                yield from self._at.get(above, ())


def _folders(text: str) -> list[str]:
    """The place and its parents, below its bucket."""
    parts = text.split("/")
    first = 4 if text.startswith("s3://") else 1
    return ["/".join(parts[:end]) for end in range(first, len(parts) + 1)]


def places_of_all_runs(subject: Subject) -> Iterator[Finding]:
    """A step writes to a different place in each execution."""
    for step in subject.definition.all_steps() if subject.model is not None else ():
        for field in _overwritten(step):
            if all(_same_in_all_runs(step, get) for _, get in references(field.value)) and not _shared(step, field):
                text = (
                    f"it writes to {_shown(_text(field.value))} in each execution, over what the last one left; "
                    "put Execution.PipelineExecutionId into it"
                )
                yield field.finding("same-place", text, "warning")


def places_of_two_steps(subject: Subject) -> Iterator[Finding]:
    """No two steps of an execution write to the same place."""
    writers: dict[str, list[Field]] = {}
    for step in subject.definition.all_steps() if subject.model is not None else ():
        for field in _overwritten(step):
            if any(get in _OWN for _, get in references(field.value)):
                continue
            text = _text(field.value)
            for other in writers.get(text, ()):
                if other.step is not step and not _never_both(step, other.step) and not _items_differ(field, other):
                    told = f"it writes to {_shown(text)}, as '{other.step.name}' does ({other.where})"
                    yield field.finding("same-place", f"{told}; give each step its own place", "warning")
                    break
            writers.setdefault(text, []).append(field)


def _overwritten(step: StepView) -> Iterator[Field]:
    """Where a step writes without the job's name in the key."""
    arguments = Field.of_arguments(step)
    places = [output.at("S3Output", "S3Uri") for output in arguments.at("ProcessingOutputConfig", "Outputs").items()]
    for field in (*places, arguments.at("TransformOutput", "S3OutputPath")):
        if _is_place(field.value):
            yield field


def _with_the_jobs_name(step: StepView) -> Iterator[Field]:
    """Where a step writes below a folder of the job's own."""
    arguments = Field.of_arguments(step)
    tuned = [arguments.at("TrainingJobDefinition"), *arguments.at("TrainingJobDefinitions").items()]
    for job in (arguments, *tuned):
        field = job.at("OutputDataConfig", "S3OutputPath")
        if _is_place(field.value):
            yield field


def _inputs(field: Field) -> Iterator[Field]:
    """The places in a value that a step reads."""
    if isinstance(field.value, dict):
        for name, value in field.value.items():
            if name in READ and _is_place(value):
                yield field.at(name)
            elif isinstance(value, (dict, list, tuple)) and name not in (*WRITTEN, *ALSO_WRITTEN):
                yield from _inputs(field.at(name))
    for item in field.items():
        yield from _inputs(item)


def _is_place(value: Any) -> bool:
    """Whether a value is a place that is written out rather than read from the step that writes there."""
    written_out = is_expression_json(value) and not any(str(get).startswith("Steps.") for _, get in references(value))
    return bool(value) and (isinstance(value, str) or written_out)


def _text(value: Any) -> str:
    """A place as one text, whatever it is joined from, without a slash at its end."""
    return _joined(value).rstrip("/")


def _joined(value: Any) -> str:
    join = value.get("Std:Join") if isinstance(value, dict) else None
    if isinstance(join, dict) and isinstance(join.get("On"), str) and isinstance(join.get("Values"), list):
        return str(join["On"]).join(map(_joined, join["Values"]))
    return value if isinstance(value, str) else f"{{{_name(value)}}}"


def _name(value: Any) -> str:
    get = value.get("Get") if isinstance(value, dict) else None
    return get if isinstance(get, str) else json.dumps(value, sort_keys=True)


def _shown(text: str) -> str:
    """The place for a message; tokens must stay whole to be named there."""
    return repr(text) if is_token(text) else shown(text)


def _never_both(one: StepView, other: StepView) -> bool:
    """Whether two steps are in different branches of a condition."""
    ways = {way.parent: way.branch for way in (one, *one.ancestors()) if way.parent is not None}
    return any(
        ways.get(way.parent, way.branch) != way.branch for way in (other, *other.ancestors()) if way.parent is not None
    )


def _same_in_all_runs(step: StepView, get: Any) -> bool:
    if get in _SAME_IN_ALL_RUNS:
        return True
    reference = Reference.of(get)
    loop = loops.loop_of(step) if reference is not None and reference.kind == "ForEach" else None
    items = loop.arguments.get("IterableItems") if loop is not None else None
    return isinstance(items, list) and not any(references(items))


def _shared(step: StepView, field: Field) -> bool:
    """Whether all runs of a body write there, which another rule reports."""
    items = any(str(get).startswith("ForEach.") for _, get in references(field.value))
    return loops.loop_of(step) is not None and not items


def _items_differ(field: Field, other: Field) -> bool:
    """Whether they contain the items of two for-eachs, which are written alike."""
    items = any(str(get).startswith("ForEach.") for _, get in references(field.value))
    return items and loops.loop_of(field.step) is not loops.loop_of(other.step)
