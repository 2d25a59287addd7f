"""Where an endpoint captures what its jobs look at."""

from __future__ import annotations

from typing import Any

from ..assets import Workplace
from ..language import PipelineError
from ..steps.base.field_checks import kms_key, literal, s3_uri, shown
from .model_endpoint import ModelEndpoint
from .monitors import ExplainabilityMonitor, Monitor


def what_is_captured(
    endpoint: Any, monitor: Monitor, captured: Any, key: Any, work: Workplace
) -> tuple[str, str, str | None]:
    """The name of the endpoint, where it captures, and the key of that."""
    if isinstance(endpoint, ModelEndpoint):
        if captured is not None or key is not None:
            raise PipelineError("captured and captured_kms_key are for an endpoint that is given by name")
        if isinstance(monitor, ExplainabilityMonitor):
            raise PipelineError(
                "an ExplainabilityMonitor names a model, but the model of a ModelEndpoint has another name with each "
                "version; monitor an endpoint by its name"
            )
        capture = endpoint._capture
        if capture is None:
            raise PipelineError(
                f"the endpoint '{endpoint.node.path}' captures nothing; give it capture=DataCapture(...)"
            )
        if set(capture.captured) != {"Input", "Output"}:
            raise PipelineError(f"the endpoint '{endpoint.node.path}' must capture both 'Input' and 'Output'")
        place = s3_uri(capture.destination, "captured", work)
        return endpoint.endpoint_name, str(place), kms_key(capture.kms_key, "captured_kms_key")
    if not isinstance(endpoint, str) or not endpoint:
        raise PipelineError(f"endpoint takes a ModelEndpoint or the name of an endpoint, not {shown(endpoint)}")
    if captured is None:
        raise PipelineError("captured is needed with an endpoint that is given by name: where it captures in S3")
    place = literal(s3_uri(captured, "captured", work), "captured")
    return literal(endpoint, "endpoint"), place, kms_key(key, "captured_kms_key")
