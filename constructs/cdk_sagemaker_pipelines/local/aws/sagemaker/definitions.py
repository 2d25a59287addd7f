"""The definition in a request: its text, wherever it stands, checked as at synth."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ....language import Definition, PipelineError, check
from ....properties.service_model import Model
from .errors import ValidationException

_REFUSED = ("step-type",)
"""Warnings about what a newer service may take, and this one does not: nothing here runs a type that is not known."""


def requested(request: Mapping[str, Any], services: Any) -> str | None:
    """The definition of a request; None if it has none. Raises ``ValidationException``."""
    text: str | bytes | None = request.get("PipelineDefinition")
    location = request.get("PipelineDefinitionS3Location")
    if text and location:
        raise ValidationException("Both Pipeline Definition and Pipeline Definition S3 Location shouldn't be present")
    if location:
        text = _fetched(location, services.client("s3"))
    if text is None:
        return None
    try:
        definition = Definition.parse(text)
    except PipelineError as error:
        raise ValidationException(f"Unable to parse pipeline definition. {error}") from error
    findings = check(definition, Model())
    errors = [str(finding) for finding in findings if finding.level == "error" or finding.code in _REFUSED]
    if errors:
        raise ValidationException(f"The pipeline definition is not valid: {'; '.join(errors)}")
    return text if isinstance(text, str) else text.decode(json.detect_encoding(text))


def _fetched(location: Mapping[str, str], s3: Any) -> bytes:
    version = {"VersionId": location["VersionId"]} if "VersionId" in location else {}
    try:
        answer = s3.get_object(Bucket=location["Bucket"], Key=location["ObjectKey"], **version)
    except s3.exceptions.ClientError as error:
        place = f"s3://{location['Bucket']}/{location['ObjectKey']}"
        raise ValidationException(f"Unable to read the pipeline definition at {place}: {error}") from error
    content: bytes = answer["Body"].read()
    return content
