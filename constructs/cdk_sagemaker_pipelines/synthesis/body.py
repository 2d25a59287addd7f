"""The text of a definition: in its template, or in S3 where that is too long for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from constructs import Construct

from ..assets import Workplace
from ..language import Definition, Finding, PipelineError, lines
from ..text import TokenText
from ..upload import upload

INLINE_LIMIT = 400_000
"""A definition with more characters goes to S3: inside of a template, which takes 1 MB, its quotes are escaped."""
SERVICE_LIMIT = 1_048_576
"""The characters that the service takes for a definition."""


class Body:
    """The ``PipelineDefinition`` of the resource. ``scope``: the pipeline, below which a deployment to S3 is made."""

    def __init__(self, scope: Construct, workplace: Workplace) -> None:
        self._scope, self._workplace = scope, workplace
        self._text: TokenText | None = None
        self._location: dict[str, Any] | None = None

    def write(self, definition: Definition) -> Iterator[Finding]:
        """Writes the definition; yields what is wrong with its length or its place in S3."""
        text = lines(definition.json)
        large = _length(text) > INLINE_LIMIT
        if large:  # no reader of a template gains from the indents then, and the service counts them
            text = [line.lstrip() for line in text]
        if _length(text) > SERVICE_LIMIT:
            told = f"the definition has {_length(text)} characters; the service takes {SERVICE_LIMIT}"
            yield Finding("too-long", told)
        self._text = TokenText(text, self._workplace.stack)
        if large:
            try:
                self._location = self._upload(self._text)
            except PipelineError as error:
                yield Finding("artifacts", str(error))

    def _upload(self, text: TokenText) -> dict[str, Any]:
        work = self._workplace
        folder = work.artifacts.below(f"definitions/{work.pipeline_name}/")
        bucket, prefix = folder.known("a definition of this length is", self._scope)
        return upload(self._scope, text, bucket, prefix, work.deployment_log_group)

    def produce(self) -> dict[str, Any]:
        """The resource's ``PipelineDefinition``; never raises."""
        if self._location is not None:
            return {"PipelineDefinitionS3Location": self._location}
        body = self._text.resolved_lines() if self._text is not None else []
        return {"PipelineDefinitionBody": {"Fn::Join": ["\n", body]}}


def _length(text: Sequence[str]) -> int:
    """The characters of the lines with their line breaks."""
    return sum(map(len, text)) + len(text) - 1
