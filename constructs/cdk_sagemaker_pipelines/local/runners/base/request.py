"""A step's arguments as the request that the service would send."""

from __future__ import annotations

from typing import Any

from botocore import xform_name
from botocore.model import ListShape, MapShape, Shape, StructureShape
from botocore.validate import ParamValidator

from ...endings import StepFailed
from ...engine.values import to_text


def checked_request(client: Any, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """``arguments``, complete and with the types that ``operation`` ("CreateTrainingJob") expects.

    Numbers are converted to strings and strings to numbers where the API requires it, since expressions yield either.
    Raises ``StepFailed`` as the service does when it cannot make the call.
    """
    shape = client.meta.service_model.operation_model(operation).input_shape
    request = _converted(arguments, shape)
    report = ParamValidator().validate(request, shape)
    if report.has_errors():
        details = report.generate_report()
        service = client.meta.service_model.service_name
        raise StepFailed(f"ClientError: Failed to invoke {service}:{operation}. Error Details: {details}")
    assert isinstance(request, dict)
    return request


def _converted(value: Any, shape: Shape) -> Any:
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        # An unknown member stays, so that the validation names it. A null counts as absent.
        return {
            key: _converted(item, shape.members[key]) if key in shape.members else item
            for key, item in value.items()
            if item is not None
        }
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return {key: _converted(item, shape.value) for key, item in value.items()}
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_converted(item, shape.member) for item in value]
    return _scalar(value, shape.type_name)


def _scalar(value: Any, type_name: str) -> Any:
    if type_name == "string" and isinstance(value, (bool, int, float)):
        return to_text(value)
    if not isinstance(value, str):
        return value
    try:
        if type_name in ("integer", "long"):
            return int(value)
        if type_name in ("float", "double"):
            return float(value)
    except ValueError:
        return value
    if type_name == "boolean" and value.lower() in ("true", "false"):
        return value.lower() == "true"
    return value


def invoke(client: Any, operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """Calls ``operation`` and returns the members of its response. Raises ``StepFailed`` as the service reports it."""
    method = getattr(client, xform_name(operation))
    try:
        answer: dict[str, Any] = method(**request)
    except client.exceptions.ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
        exception = "Step.THROTTLING" if "Throttl" in code else "Step.SERVICE_FAULT" if status >= 500 else None
        service = client.meta.service_model.service_name
        raise StepFailed(
            f"ClientError: Failed to invoke {service}:{operation}. Error Details: {error}", exception
        ) from error
    answer.pop("ResponseMetadata", None)
    return answer


def exists(client: Any, operation: str, name: dict[str, Any]) -> bool:
    """Whether a Describe operation finds the thing called ``name``."""
    try:
        getattr(client, xform_name(operation))(**name)
    except client.exceptions.ClientError:
        return False
    return True
