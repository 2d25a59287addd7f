"""Rules over the places in S3 that steps write and read by writing them out, without a reference to another step.

Places are compared as they are written: literals, values of the deployment or expressions, joined or not. Two
different expressions may result in the same place, which is only known at run time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from .. import loops
from ..definition import StepView
from ..errors import shown
from ..field import ARGUMENTS, Field
from ..findings import Finding
from ..references import Reference, references
from ..step_types import JOB_NAMES
from ..tokens import is_token
from .places import Place, is_place
from .subject import Subject

WRITTEN = ("ProcessingOutputConfig", "OutputDataConfig", "TransformOutput")
ALSO_WRITTEN = ("CheckpointConfig", "DebugHookConfig", "ProfilerConfig", "TensorBoardOutputConfig", "OutputConfig")
ENOUGH = 50
"""How many writers of what a step reads are considered."""
_NOT_READ = (*WRITTEN, *ALSO_WRITTEN)
READ = ("S3Uri", "ModelDataUrl", "ManifestS3Uri")
_HOLDERS = (dict, list, tuple)

_SAME_IN_ALL_RUNS = ("Execution.PipelineName", "Execution.PipelineArn")
_OWN = (*(f"Execution.{name}" for name in JOB_NAMES), "Execution.CurrentDateTime")


def unordered_reads(subject: Subject) -> Iterator[Finding]:
    """A step that reads what another one writes waits for it: a reference implies that, a place does not."""
    if subject.model is None:
        return
    written = _Written(subject)
    for step in subject.definition.all_steps():
        for field in (*_inputs(step), *subject.beside_of(step, written=False)):
            text = subject.place(field).text
            writers = islice(written.around(text), ENOUGH)
            output = next((output for output in writers if _unordered(subject, step, output.step)), None)
            if output is not None:
                name = output.step.name
                told = f"it reads {_shown(text)}, where '{name}' writes ({output.where}), but does not wait for it"
                loop = loops.loop_of(output.step)
                if loop is not None and loop is not loops.loop_of(step):  # nothing outside may name what is in its body
                    advice = f"let the step depend on '{loop.name}'"
                elif subject.is_code(output):
                    advice = "let the step depend on it"
                else:
                    advice = f"read the property of '{name}', or let the step depend on it"
                yield field.finding("unordered-read", f"{told}; {advice}", "warning")


def _unordered(subject: Subject, one: StepView, other: StepView) -> bool:
    """Whether two steps can run at once; a step that writes after the other has read is not its source."""
    ordered = other.name in subject.graph.after(one.name) or one.name in subject.graph.after(other.name)
    return one is not other and not ordered and not never_both(one, other)


class _Written:
    """The places that steps write, by their texts and by their parents."""

    def __init__(self, subject: Subject) -> None:
        self._at: dict[str, list[Field]] = {}
        self._below: dict[str, list[Field]] = {}
        overwritten: dict[StepView, list[Place]] = {}
        for place in subject.overwritten:
            overwritten.setdefault(place.field.step, []).append(place)
            self._at.setdefault(place.text, []).append(place.field)
        for step in subject.definition.all_steps():
            code = [subject.place(field) for field in subject.beside_of(step, written=True)]
            for place in code:
                self._at.setdefault(place.text, []).append(place.field)
            below = [(place.field, place.text) for place in (*overwritten.get(step, ()), *code)]
            below += [(field, subject.place(field).text) for field in _with_the_jobs_name(step)]
            for field, text in below:
                for above in _folders(text):
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
    for place in subject.overwritten if subject.model is not None else ():
        step = place.field.step
        if all(_same_in_all_runs(step, get) for get in place.gets) and not _shared(place):
            text = (
                f"it writes to {_shown(place.text)} in each execution, over what the last one left; "
                "put Execution.PipelineExecutionId into it"
            )
            yield place.field.finding("same-place", text, "warning")


def places_of_two_steps(subject: Subject) -> Iterator[Finding]:
    """No two steps of an execution write to the same place, nor one below that of another."""
    places = [place for place in subject.overwritten if not any(get in _OWN for get in place.gets)]
    writers: dict[str, list[Field]] = {}
    for place in places if subject.model is not None else ():
        other = _other_writer(place, writers.get(place.text, ()))
        if other is not None:
            told = f"it writes to {_shown(place.text)}, as '{other.step.name}' does ({other.where})"
            yield place.field.finding("same-place", f"{told}; give each step its own place", "warning")
        writers.setdefault(place.text, []).append(place.field)
    for place in places if subject.model is not None else ():
        above = (other for folder in _folders(place.text)[:-1] for other in writers.get(folder, ()))
        other = _other_writer(place, above)
        if other is not None:
            told = f"it writes to {_shown(place.text)}, below the place of '{other.step.name}' ({other.where})"
            advice = "who reads that one gets both; give each step its own place"
            yield place.field.finding("same-place", f"{told}; {advice}", "warning")


def checkpoints_of_two_steps(subject: Subject) -> Iterator[Finding]:
    """No two trainings that can run at once keep checkpoints at the same place; a later one may go on from there."""
    writers: dict[str, list[Field]] = {}
    for step in subject.by_type.get("Training", ()):
        for field in Field.of_arguments(step).every("CheckpointConfig", "S3Uri"):
            place = subject.place(field)
            if not is_place(field.value) or any(get in _OWN for get in place.gets):
                continue
            others = (other for other in writers.get(place.text, ()) if _unordered(subject, step, other.step))
            other = _other_writer(place, others)
            if other is not None:
                told = f"it keeps checkpoints at {_shown(place.text)}, as '{other.step.name}' does at the same time"
                yield field.finding("same-place", f"{told}; give each step its own place", "warning")
            writers.setdefault(place.text, []).append(field)


def _other_writer(place: Place, writers: Iterable[Field]) -> Field | None:
    """The first who writes there in the same execution, and is another step."""
    step = place.field.step
    found = (
        other
        for other in writers
        if other.step is not step and not never_both(step, other.step) and not _items_differ(place, other)
    )
    return next(found, None)


def _with_the_jobs_name(step: StepView) -> Iterator[Field]:
    """Where a step writes below a folder of the job's own."""
    arguments = Field.of_arguments(step)
    tuned = [*arguments.every("TrainingJobDefinition"), *arguments.every("TrainingJobDefinitions[]")]
    for job in (arguments, *tuned):
        yield from (field for field in job.every("OutputDataConfig", "S3OutputPath") if is_place(field.value))


def _inputs(step: StepView) -> list[Field]:
    """The places that a step reads."""
    found: list[Field] = []

    def look(value: Any, where: str) -> None:
        if isinstance(value, dict):
            for name, item in value.items():
                if name in READ and is_place(item):
                    found.append(Field(step, f"{where}.{name}", item))
                elif isinstance(item, _HOLDERS) and name not in _NOT_READ:
                    look(item, f"{where}.{name}")
        else:
            for index, item in enumerate(value):
                if isinstance(item, _HOLDERS):
                    look(item, f"{where}[{index}]")

    look(step.own_arguments, ARGUMENTS)
    return found


def _shown(text: str) -> str:
    """The place for a message; tokens must stay whole to be named there."""
    return repr(text) if is_token(text) else shown(text)


def never_both(one: StepView, other: StepView) -> bool:
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


def _shared(place: Place) -> bool:
    """Whether all runs of a body write there, which another rule reports."""
    return loops.loop_of(place.field.step) is not None and not _has_item(place)


def _items_differ(place: Place, other: Field) -> bool:
    """Whether they contain the items of two for-eachs, which are written alike."""
    return _has_item(place) and loops.loop_of(place.field.step) is not loops.loop_of(other.step)


def _has_item(place: Place) -> bool:
    return any(str(get).startswith("ForEach.") for get in place.gets)
