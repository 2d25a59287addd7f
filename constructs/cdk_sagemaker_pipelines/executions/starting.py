"""The request that starts an execution, checked against the definition before it is sent."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..language import Definition, PipelineError
from ..language.definition import BODY
from ..language.start_values import taken
from ..local.engine.parameters import start_values
from ..local.errors import StartError
from . import execution
from .answers import code, pages, says_nothing
from .selection import Selection

SOURCES = ("Succeeded", "Failed", "Stopped", "CompletedWithFailures")
"""The states in which an execution can be the source of another's results."""

_DISPLAY_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,81}")
"""The API's shape ``PipelineExecutionName``, which also has at most 82 characters."""


def display_name(given: str) -> str:
    """A display name of an execution. Raises ``PipelineError`` for one that the service does not take."""
    if len(given) <= 82 and _DISPLAY_NAME.fullmatch(given):
        return given
    close = re.sub(r"[^a-zA-Z0-9]+", "-", given)[:82].strip("-")
    hint = f", such as {close!r}" if close else ""
    raise PipelineError(
        f"{given!r} is not a display name: write letters, digits and hyphens between them, at most 82{hint}"
    )


def version(given: str | None) -> dict[str, Any]:
    """The members of a request that name a version: its number, or an alias, which is never a number."""
    if given is None:
        return {}
    return {"PipelineVersionId": int(given)} if given.isdecimal() else {"PipelineVersionAlias": given}


def checked(definition: Definition, parameters: Mapping[str, str]) -> Mapping[str, Any]:
    """The value of each parameter. Raises ``PipelineError`` for what the pipeline cannot be started with."""
    try:
        return start_values(definition, parameters)
    except StartError as error:
        raise PipelineError(str(error)) from error


def faults(definition: Definition, given: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with the values of declared parameters, by name; empty if ``checked`` takes all of them."""
    found: dict[str, str] = {}
    for name, declared in definition.parameters.items():
        try:
            if name in given:
                taken(declared, given[name])
            elif not declared.has_default:
                found[name] = f"no value is given for {name!r}, and the pipeline declares no default"
        except PipelineError as error:
            found[name] = str(error)
    return found


def inherited(client: Any, definition: Definition, source: str) -> dict[str, str]:
    """The values that an execution ran with, as far as the definition still has the parameters."""
    values = execution.parameters(client, source)
    return {name: value for name, value in values.items() if name in definition.parameters}


def selected(
    client: Any, pipeline: str, definition: Definition, selection: Selection, source: str | None
) -> dict[str, Any]:
    """The ``SelectiveExecutionConfig`` for a part.

    Without a ``source``, the latest execution that has ended, if one is needed. Raises ``PipelineError`` where the
    source does not have what the steps need.
    """
    # a for-each is selected with its body
    named = [name for name in selection.steps if definition.step(name).branch != BODY]
    config: dict[str, Any] = {"SelectedSteps": [{"StepName": name} for name in named]}
    if selection.reused:
        source = source or _latest(client, pipeline, selection)
        _lacks_nothing(client, source, selection)
    return config if source is None else {"SourcePipelineExecutionArn": source, **config}


def _latest(client: Any, pipeline: str, selection: Selection) -> str:
    listed = pages(
        client, "list_pipeline_executions", "PipelineExecutionSummaries", limit=100,
        PipelineName=pipeline, SortBy="CreationTime", SortOrder="Descending",
    )  # fmt: skip
    for summary in listed:
        if summary["PipelineExecutionStatus"] in SOURCES:
            return str(summary["PipelineExecutionArn"])
    raise PipelineError(
        f"{_listed(selection.steps)} need the results of {_listed(selection.reused)}, and no execution of '{pipeline}' "
        "has ended yet"
    )


def _lacks_nothing(client: Any, source: str, selection: Selection) -> None:
    try:
        found = execution.look(client, source, None)
    except client.exceptions.ClientError as error:
        if code(error) in {"ResourceNotFound", "ValidationException"} or says_nothing(error):
            raise
        return  # who may not look leaves it to the service
    if not found.over:
        raise PipelineError(f"the execution {found.parts.short} has not ended yet; name another with --from")
    succeeded = {str(record["StepName"]) for record in found.steps if record["StepStatus"] == "Succeeded"}
    missing = [name for name in selection.reused if name not in succeeded]
    if missing:
        raise PipelineError(
            f"{_listed(selection.steps)} need the results of {_listed(missing)}, which did not succeed in "
            f"{found.parts.short}; select them too, or name another execution with --from"
        )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names))
