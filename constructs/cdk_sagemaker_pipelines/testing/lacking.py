"""What a test's report lacks: a step that reads it fails for a reason that the test did not mean."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ..language import Definition, PipelineError, Reference, did_you_mean, parse_path
from ..local.engine.outcomes import Outcome, OutcomesError
from ..local.engine.record import StepRecord
from ..local.engine.values import MISSING, element


def refuse_lacking(
    definition: Definition, records: Mapping[str, StepRecord], outcome_of: Callable[[str], Outcome | None]
) -> None:
    """Raises ``OutcomesError`` where a step failed for want of a value in a property file that the test gave.

    A file that is given as text is written as it is: so a test says that it means the failure.
    """
    for record in records.values():
        if record.status != "Failed":
            continue
        at = "" if record.iteration is None else f"-{record.iteration['Index']}"
        for get in json_gets(record.step.own_arguments):
            found = _file(definition, get)
            if found is None:
                continue
            name, file, path = found
            outcome = outcome_of(f"{name}{at}") or outcome_of(name)
            lacking = None if outcome is None or file not in outcome.files else _lacks(outcome.files[file], path)
            if lacking is not None:
                raise OutcomesError(
                    f"the outcome of {name!r} has no {path!r} in {file!r}, which {record.step.name!r} reads{lacking}"
                    " (to test that, give the file as text)"
                )


def json_gets(value: Any) -> Iterator[Mapping[str, Any]]:
    """The ``Std:JsonGet`` in a value, however deep."""
    if isinstance(value, Mapping):
        if isinstance(value.get("Std:JsonGet"), Mapping):
            yield value["Std:JsonGet"]
        for inner in value.values():
            yield from json_gets(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from json_gets(inner)


def _file(definition: Definition, get: Mapping[str, Any]) -> tuple[str, str, str] | None:
    """The step whose property file is read, the file as outcomes name it, and the path in it."""
    file, path = get.get("PropertyFile"), get.get("Path")
    if not isinstance(file, Mapping) or not isinstance(path, str):
        return None
    try:
        reference = Reference.parse(file.get("Get"))
        view = definition.step(reference.name).property_files[str(reference.path[1])]
    except (PipelineError, LookupError, TypeError):
        return None
    return reference.name, f"{view.output_name}/{view.file_path}", path


def _lacks(content: Any, path: str) -> str | None:
    """A hint at what is there instead; None if nothing lacks, or the test gave a text or null."""
    if isinstance(content, str):
        return None
    try:
        parts = parse_path(path)
    except PipelineError:
        return None
    value = content
    for part in parts:
        if isinstance(value, Mapping) and part in value and value[part] is None:
            return None
        following = element(value, part)
        if following is MISSING:
            names = [str(name) for name in value] if isinstance(value, Mapping) else []
            return next(filter(None, (_closest(str(each), names) for each in parts)), "")
        value = following
    return None


def _closest(part: str, names: Sequence[str]) -> str:
    """What the test probably meant: by a name of its own, since it may give a part of the path alone."""
    close = next((name for name in names if did_you_mean(part, [name])), None)
    return "" if close is None else f"; it has {close!r}: did you mean {part!r}?"
