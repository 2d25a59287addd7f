"""Steps whose containers or clusters cannot run here: they check their inputs and leave placeholders.

Such a step succeeds unless its scripted result says otherwise (see outcomes.py), and notes that it was simulated.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from typing import Any

from ....language import StepView
from ....language.field import Field
from ...container.storage import join_uri, list_prefix, split_uri
from ...endings import StepResult
from ...engine.runner import StepContext
from .job import Job

SIMULATED = "simulated"
"""The first word of the note on a simulated step."""


class Simulated(ABC):
    """A runner of simulated steps."""

    what: str = ""
    """What did not run and what was left instead, for the step's note."""

    def run(self, context: StepContext, step: StepView, arguments: dict[str, Any]) -> StepResult:
        context.note(f"{SIMULATED}: {self.what}")
        context.stopping.check()
        return self.simulate(context, step, arguments)

    @abstractmethod
    def simulate(self, context: StepContext, step: StepView, arguments: dict[str, Any]) -> StepResult:
        """Does what can be done here. Raises ``StepFailed`` where the service would fail with the same input."""


class SimulatedJob(Simulated):
    """A runner of simulated jobs that the row of their type describes sufficiently."""

    def __init__(self, what: str = "") -> None:
        self.what = what or self.what

    def simulate(self, context: StepContext, step: StepView, arguments: dict[str, Any]) -> StepResult:
        job = Job(context, step.type, arguments)
        request, given = job.row.job, Field(step, "", job.request)
        for source in given.every(*request.inputs.split(".")) if request and request.inputs else ():
            look_at(context, source.value["S3Uri"], source.where.partition(".")[0])
        more = self.finish(context, job)
        job.pretend()
        return StepResult({**job.description, **more}, job.metadata)

    def finish(self, context: StepContext, job: Job) -> dict[str, Any]:
        """Writes what the job would have left; returns the step's properties besides the job's description."""
        return {}


def look_at(context: StepContext, uri: str, what: str) -> None:
    """Raises ``StepFailed``, naming the input ``what``, if there is nothing under an S3 URI."""
    list_prefix(context.s3, uri, what)


def look_at_inputs(context: StepContext, request: dict[str, Any]) -> None:
    """Checks the S3 inputs of a processing job's request."""
    for item in request.get("ProcessingInputs", []):
        if "S3Input" in item:
            look_at(context, item["S3Input"]["S3Uri"], f"input {item['InputName']!r}")


def leave(context: StepContext, place: str, name: str, content: Any) -> str:
    """Puts a file with ``content`` (bytes, or a JSON value) below ``place``; returns its URI."""
    uri = join_uri(place, name)
    bucket, key = split_uri(uri)
    body = content if isinstance(content, bytes) else json.dumps(content, indent=2).encode()
    context.s3.put_object(Bucket=bucket, Key=key, Body=body)
    return uri
