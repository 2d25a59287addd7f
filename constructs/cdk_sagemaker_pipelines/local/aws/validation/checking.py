"""Which operation a request calls, and whether it may be carried out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from botocore.exceptions import UnknownServiceError
from moto.core.model import OperationModel, ServiceModel
from moto.core.request import Request, determine_request_protocol
from moto.core.responses import BaseResponse, boto3_service_name
from moto.core.routing import get_service_router
from moto.core.utils import camelcase_to_underscores, get_service_model, service_name_from_moto_package_name
from werkzeug.exceptions import NotFound

from ..front.refusal import Protocol, Refused
from .reading import modelled, read, sent_elsewhere
from .shapes import Violation, violations

_JUDGED = "smpipe.operation"
"""The key of the operation in the environment of a request that may be carried out."""

OURS = ("sagemaker", "cloudformation", "lambda", "sts")
"""botocore's names of the services that are checked in full and carry out only what the model knows."""
_READS = ("Describe", "Get", "List", "Search")
"""The first words of operations that only read; they cannot sort or filter by a value that is not known here."""
_MOST_TOLD = 5
_RPC = ("json", "query", "ec2")
_NOT_OPERATIONS = frozenset(dir(BaseResponse))


def _must_be_text(content: bytes) -> None:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused(400, "SerializationException", "the body of the request is not UTF-8") from error


class Judged(NamedTuple):
    """An operation, its parameters in the path, and the values of its members; None of what cannot be read here."""

    operation: str
    labels: Mapping[str, str]
    values: Mapping[str, Any] | None = None
    protocol: str = ""


def check(backend: str, request: Request) -> None:
    """Records the operation with the request. Raises ``Refused`` if it must not be carried out.

    ``backend`` is moto's name of the service. What no model describes passes.
    """
    model = _model(backend)
    if model is None:
        return
    content = request.get_data()  # before its form is read, after which the body would be gone
    protocol = _protocol(model, request)
    if protocol in _RPC:
        _must_be_text(content)
    named = _named(protocol, request)
    if named is not None and camelcase_to_underscores(named) in _NOT_OPERATIONS:
        raise unknown(model.service_name, named)
    operation, labels = _operation(model, protocol, request, named)
    if operation is None:
        if model.service_name in OURS or protocol == "json":
            raise unknown(model.service_name, named or f"{request.method} {request.path}")
        return
    if model.service_name != "s3":  # whose operations moto tells apart by itself
        request.environ[_JUDGED] = Judged(operation.name, labels, {}, protocol)
    if operation.input_shape is None:
        return
    twice = sent_elsewhere(request, operation.input_shape, protocol)
    if twice is not None:
        raise Refused(400, "ValidationException" if "json" in protocol else "MalformedQueryString", twice)
    values = read(request, operation, protocol, labels)
    if model.service_name != "s3":
        told = None if values is None else modelled(operation.input_shape, values)
        request.environ[_JUDGED] = Judged(operation.name, labels, told, protocol)
    if values is None:
        return
    fully = model.service_name in OURS
    as_sent = protocol in ("json", "rest-json")
    newer = not operation.name.startswith(_READS)
    wrong = list(violations(operation.input_shape, values, fully=fully, as_sent=as_sent, newer=newer))
    if wrong:
        raise _refused(wrong, protocol)


def protocol_of(backend: str, request: Request) -> Protocol | None:
    """The protocol that the service uses with this client; None without a model."""
    model = _model(backend)
    if model is None:
        return None
    protocol = _protocol(model, request)
    known: Mapping[str, Protocol] = {
        "json": "json", "rest-json": "rest-json", "query": "query", "ec2": "ec2", "rest-xml": "rest-xml"
    }  # fmt: skip
    return known.get(protocol)


def service_name(backend: str) -> str:
    """botocore's name of one of moto's services."""
    return boto3_service_name.get(backend) or str(service_name_from_moto_package_name(backend))


def unknown(service: str, operation: str) -> Refused:
    """The refusal of an operation that is not implemented."""
    return Refused(501, "NotImplemented", f"the local AWS does not offer this: {service} {operation[:200]}")


def _model(backend: str) -> ServiceModel | None:
    try:
        return get_service_model(service_name(backend))
    except UnknownServiceError:
        return None


def _protocol(model: ServiceModel, request: Request) -> str:
    try:
        return determine_request_protocol(model, request.content_type)
    except NotImplementedError:  # the client uses another protocol than the model has
        return str(model.protocol)


def _named(protocol: str, request: Request) -> str | None:
    """The operation that the request itself names."""
    if protocol == "json":
        return request.headers.get("X-Amz-Target", "").rpartition(".")[2]
    if protocol in ("query", "ec2"):
        return str(request.form.get("Action") or request.args.get("Action") or "")
    return None


def _operation(
    model: ServiceModel, protocol: str, request: Request, named: str | None
) -> tuple[OperationModel | None, Mapping[str, str]]:
    if protocol in _RPC:
        return (model.operation_model(named) if named in model.operation_names else None), {}
    try:
        operation, labels = get_service_router(model.service_name).match(request)
        return operation, labels
    except (NotFound, NotImplementedError):
        return None, {}


def _refused(wrong: list[Violation], protocol: str) -> Refused:
    types = [violation for violation in wrong if violation.is_type]
    told = types or wrong
    count = f"{len(told)} validation error{'s' if len(told) > 1 else ''} detected: "
    text = count + "; ".join(violation.text for violation in told[:_MOST_TOLD])
    if types and protocol in ("json", "rest-json"):
        return Refused(400, "SerializationException", text)
    return Refused(400, "ValidationException" if protocol in ("json", "rest-json") else "ValidationError", text)


def judged(environ: Mapping[str, Any]) -> Judged | None:
    """The operation that was checked, which is the one to carry out."""
    return environ.get(_JUDGED)
