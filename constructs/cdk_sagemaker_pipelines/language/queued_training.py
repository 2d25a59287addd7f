"""Callback steps that hand a training job to AWS Batch: what their arguments say of the job.

The arguments are members of ``SubmitServiceJob``. Its payload, the request of the training job, is a JSON text; each
value of it that an expression gives is an argument of its own, whose name is the value's JSON Pointer (RFC 6901). So
no value can change anything but itself, whatever characters are in it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from .definition import StepView
from .later import later_pattern

KIND = "SAGEMAKER_TRAINING"
ANY_TYPE = "NUM_INSTANCES"
"""The unit of a pool that counts instances of every type together."""
PAYLOAD = "serviceRequestPayload"
ARTIFACTS = "ModelArtifacts"
"""The output with the S3 URI of the model archive."""
_ESCAPE = later_pattern(r"\\(?:u([0-9a-fA-F]{4})|.)", re.DOTALL)


def is_unreadable(step: StepView) -> bool:
    """Whether a callback hands over a request for Batch that cannot be read here, so that nobody knows what it says."""
    return step.type == "Callback" and PAYLOAD in step.arguments and queued_request(step) is None


def queued_request(step: StepView) -> dict[str, Any] | None:
    """The request of the training job, with expressions in it; None for a step that queues none."""
    arguments = step.arguments
    if step.type != "Callback" or arguments.get("serviceJobType") != KIND:
        return None
    request = _parsed(arguments.get(PAYLOAD))
    if request is None:
        return None
    for pointer, value in arguments.items():
        if pointer.startswith("/") and not _put(request, pointer, value):
            return None
    return request


def pointers(value: Any, is_leaf: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """The values inside for which ``is_leaf`` is true, each with its JSON Pointer."""
    if is_leaf(value):
        yield pointer, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from pointers(item, is_leaf, f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from pointers(item, is_leaf, f"{pointer}/{index}")


def _parsed(text: Any) -> dict[str, Any] | None:
    """The payload; None for a text with escaped characters that IAM takes for patterns, which we never write."""
    if not isinstance(text, str) or any(int(each[1], 16) > 0x1F for each in _ESCAPE.finditer(text) if each[1]):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _put(request: dict[str, Any], pointer: str, value: Any) -> bool:
    """Sets the value at a pointer that leads to null; whether there is such a place."""
    holder: Any = request
    *way, last = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    for part in way:
        holder = _at(holder, part)
    key: Any = int(last) if isinstance(holder, list) and last.isdecimal() else last
    if _at(holder, last, missing=...) is not None:
        return False
    holder[key] = value
    return True


def _at(holder: Any, part: str, missing: Any = None) -> Any:
    if isinstance(holder, dict):
        return holder.get(part, missing)
    if isinstance(holder, list) and part.isdecimal() and int(part) < len(holder):
        return holder[int(part)]
    return missing
