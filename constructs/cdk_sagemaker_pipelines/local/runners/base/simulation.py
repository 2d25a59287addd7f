"""Steps whose containers or clusters cannot run here: they look at their inputs and leave placeholders.

Such a step succeeds unless it is told otherwise (see outcomes.py), and says that it was simulated.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from typing import Any, ClassVar

from ....language import StepView
from ...container.storage import join_uri, list_prefix, split_uri
from ...engine.runner import StepContext, StepResult

SIMULATED = "simulated"
"""The first word of the note of a step that was simulated."""


class Simulated(ABC):
    """A runner of steps that are simulated."""

    what: ClassVar[str]
    """What did not run and what was left instead, for the step's note."""

    def run(self, context: StepContext, step: StepView, arguments: dict[str, Any]) -> StepResult:
        context.note(f"{SIMULATED}: {self.what}")
        context.stopping.check()
        return self.simulate(context, step, arguments)

    @abstractmethod
    def simulate(self, context: StepContext, step: StepView, arguments: dict[str, Any]) -> StepResult:
        """Does what can be done here. Raises StepFailed where the service would fail for what it is given."""


def look_at(context: StepContext, uri: str, what: str) -> None:
    """Raises StepFailed, naming the input what, when nothing is there under an S3 URI."""
    list_prefix(context.services.client("s3"), uri, what)


def look_at_inputs(context: StepContext, request: dict[str, Any]) -> None:
    """Looks at the S3 inputs of a processing job's request."""
    for item in request.get("ProcessingInputs", []):
        if "S3Input" in item:
            look_at(context, item["S3Input"]["S3Uri"], f"input {item['InputName']!r}")


def leave(context: StepContext, place: str, name: str, content: Any) -> str:
    """Puts a file of content (bytes, or what is JSON) below place; its URI."""
    uri = join_uri(place, name)
    bucket, key = split_uri(uri)
    body = content if isinstance(content, bytes) else json.dumps(content, indent=2).encode()
    context.services.client("s3").put_object(Bucket=bucket, Key=key, Body=body)
    return uri
