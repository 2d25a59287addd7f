"""The contents of a request, as values to check against the model, whatever its protocol."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import ParseError

from botocore.model import ListShape, MapShape, Shape, StructureShape
from moto.core.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS, RequestParserError
from moto.core.request import Request

from ..front.refusal import Refused
from .shapes import sent_name

_NUMBERS = ("byte", "short", "integer", "long")
_FLOATS = ("float", "double")


def read(
    request: Request, operation: OperationModel, protocol: str, labels: Mapping[str, str]
) -> dict[str, Any] | None:
    """The members of the request's input, None if they cannot be determined. ``labels`` are the parts of the path.

    In JSON they have the names with which they are sent, otherwise those of the model. Raises ``Refused`` for what is
    not a request at all.
    """
    shape = operation.input_shape
    if not isinstance(shape, StructureShape):
        return {}
    if protocol in ("json", "rest-json"):
        return _read_json(request, shape, labels if protocol == "rest-json" else None)
    if protocol in ("query", "ec2", "rest-xml"):
        return _parsed(request, operation, protocol, labels)
    return None


class FreeKeys(dict[str, Any]):
    """A map, whose keys its sender chooses, such as the variables of an environment."""


def modelled(shape: Shape, value: Any) -> Any:
    """A value without what the model does not name, which no service reads."""
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        members = {**shape.members, **{sent_name(name, member): member for name, member in shape.members.items()}}
        return {name: modelled(members[name], each) for name, each in value.items() if name in members}
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [modelled(shape.member, each) for each in value]
    if isinstance(shape, MapShape) and isinstance(value, Mapping):
        return FreeKeys({name: modelled(shape.value, each) for name, each in value.items()})
    return value


def sent_elsewhere(request: Request, shape: Shape, protocol: str) -> str | None:
    """What is wrong with a request that has a member where the service does not look for it; None if nothing is.

    Otherwise one reader could find it in one place, and the next in another.
    """
    arguments = [name for name in request.args if not name.startswith("X-Amz-")]
    if protocol in ("query", "ec2"):
        if request.form and arguments:
            return f"{arguments[0][:100]} is in the query of a request whose parameters are in its body"
        given = request.form or request.args
        twice = [name for name in given if len(given.getlist(name)) > 1]
        return f"the request has several values of {twice[0][:100]}" if twice else None
    if protocol != "rest-json" or not isinstance(shape, StructureShape):
        return None
    places = {sent_name(name, one): str(one.serialization.get("location", "")) for name, one in shape.members.items()}
    for name in arguments:
        if places.get(name, "querystring") not in ("querystring", "querystrings"):
            return f"{name} does not belong in the query of the request"
    if "payload" not in shape.serialization:
        for name in _json(request.get_data()):
            if places.get(name):
                return f"{name} does not belong in the body of the request"
    return None


def _read_json(request: Request, shape: StructureShape, labels: Mapping[str, str] | None) -> dict[str, Any]:
    """The members of a JSON request; ``labels`` is None if all of them are in the body."""
    if labels is None:
        return _json(request.get_data())
    found = dict(_bound(request, shape, labels))
    payload = shape.serialization.get("payload")
    if payload is None:
        elsewhere = {sent_name(n, member) for n, member in shape.members.items() if "location" in member.serialization}
        body = _json(request.get_data())
        return {**found, **{name: value for name, value in body.items() if name not in elsewhere}}
    content, target = request.get_data(), shape.members[payload]
    name = sent_name(payload, target)
    if isinstance(target, StructureShape):
        if content:
            found[name] = _json(content)
    elif content:
        found[name] = content if target.type_name == "blob" else content.decode("utf-8", "replace")
    return found


def _json(body: bytes) -> dict[str, Any]:
    """The object in the body. Raises ``Refused`` for anything else."""
    try:
        text = body.decode("utf-8")
        value = json.loads(text, parse_constant=_no_number) if text.strip() else {}
        if "\\ud" in text.lower():  # half of a surrogate pair, which no response could contain
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        kind = "nested too deeply" if isinstance(error, RecursionError) else "not JSON"
        raise Refused(400, "SerializationException", f"the body of the request is {kind}") from error
    if not isinstance(value, dict):
        raise Refused(400, "SerializationException", "the body of the request is not a JSON object")
    return value


def _no_number(name: str) -> float:
    raise ValueError(name)


def _bound(request: Request, shape: StructureShape, labels: Mapping[str, str]) -> list[tuple[str, Any]]:
    """The members in the path, the query or the headers."""
    found: list[tuple[str, Any]] = []
    for name, member in shape.members.items():
        place, key = member.serialization.get("location"), sent_name(name, member)
        if place == "uri" and labels.get(key) is not None:
            found.append((key, _from_text(member, labels[key])))
        elif place == "querystring" and isinstance(member, ListShape):
            if key in request.args:
                found.append((key, [_from_text(member.member, text) for text in request.args.getlist(key)]))
        elif place == "querystring" and member.type_name != "map" and key in request.args:
            found.append((key, _from_text(member, request.args[key])))
        elif place == "header" and member.type_name not in ("list", "map") and key in request.headers:
            found.append((key, _from_text(member, request.headers[key])))
    return found


def _from_text(shape: Shape, text: str) -> Any:
    """A string from path, query or header as the member's type; unchanged if it cannot be converted."""
    try:
        if shape.type_name in _NUMBERS:
            return int(text)
        if shape.type_name in _FLOATS:
            return float(text)
        if shape.type_name == "timestamp" and text.isdigit():
            return int(text)
    except ValueError:
        return text
    if shape.type_name == "boolean":
        return {"true": True, "false": False}.get(text.lower(), text)
    return text


def _parsed(
    request: Request, operation: OperationModel, protocol: str, labels: Mapping[str, str]
) -> dict[str, Any] | None:
    """A form or an XML document as moto's parsers read it."""
    parser = PROTOCOL_PARSERS[protocol](operation)
    try:
        parsed = parser.parse(
            {
                "method": request.method, "values": request.values, "headers": request.headers,
                "body": request.get_data(), "url_path": request.path, "url_params": dict(labels),
            }
        )  # fmt: skip
    except (ValueError, OverflowError, RecursionError, ParseError, RequestParserError) as error:
        code = "MalformedXML" if protocol == "rest-xml" else "MalformedInput"
        raise Refused(400, code, f"the request cannot be read: {error}") from error
    except Exception:  # what moto's parser cannot read, moto's operations read themselves
        return None
    return parsed if isinstance(parsed, dict) else {}
