"""The definition in a request: its text, wherever it stands, checked as at synth."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ....language import Definition, Finding, PipelineError, check
from ....properties.service_model import Model
from .errors import ValidationException


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
    errors = [
        str(finding)
        for finding in findings
        if finding.level == "error" or (finding.code == "step-type" and not _may_exist(definition, finding, services))
    ]
    if errors:
        raise ValidationException(f"The pipeline definition is not valid: {'; '.join(errors)}")
    return text if isinstance(text, str) else text.decode(json.detect_encoding(text))


def _may_exist(definition: Definition, finding: Finding, services: Any) -> bool:
    """Whether the service may know the type of a step that is not known here: its API describes such steps."""
    step = definition.find(finding.step or "")
    described = services.client("sagemaker").meta.service_model.shape_for("PipelineExecutionStepMetadata").members
    return step is not None and (step.type in described or f"{step.type}Job" in described)


def _fetched(location: Mapping[str, str], s3: Any) -> bytes:
    version = {"VersionId": location["VersionId"]} if "VersionId" in location else {}
    try:
        answer = s3.get_object(Bucket=location["Bucket"], Key=location["ObjectKey"], **version)
    except s3.exceptions.ClientError as error:
        place = f"s3://{location['Bucket']}/{location['ObjectKey']}"
        raise ValidationException(f"Unable to read the pipeline definition at {place}: {error}") from error
    content: bytes = answer["Body"].read()
    return content
