"""Requests that break the rules of a service's model, and requests that keep them and mean nothing.

All of SageMaker come as its JSON, made by hand; those of other services as botocore writes them when it checks nothing.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from botocore import xform_name
from botocore.model import ListShape, MapShape, OperationModel, Shape, StringShape, StructureShape
from botocore.serialize import create_serializer
from botocore.session import get_session

from cdk_sagemaker_pipelines.local.aws.sagemaker.api import SageMakerApi
from cdk_sagemaker_pipelines.local.aws.validation.shapes import violations

SESSION = get_session()
ACCOUNT = "123456789012"
_ARN = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}"
DEFINITION = json.dumps(
    {
        "Version": "2020-12-01",
        "Parameters": [{"Name": "A", "Type": "String"}],
        "Steps": [{"Name": "F", "Type": "Fail", "Arguments": {"ErrorMessage": "x"}}],
    }
)
ODD: list[Any] = [
    None, True, False, 0, -1, 1.5, 1e308, 10**30, "", "a", "\x00", "\ud800", "\u202e\x1b[31m", "a" * 5000, [], {},
    [[]], [None], [{}], {"a": 1}, {"Get": "Parameters.A"}, ["a", 1, None], f"{_ARN}:pipeline/evil", "arn:", "arn:aws",
    "../../etc/passwd", "%00", "9999999999999999999999", "Ascending", "x&Action=DeletePipeline&y=",
]  # fmt: skip
RAW = [
    b"", b"{", b"\xff\xfe{\x00}\x00", b"\xef\xbb\xbf{}", b"NaN", b'{"PipelineName": NaN}', b'{"a":1,"a":2}',
    b"[" * 2000 + b"]" * 2000, b'{"PipelineName":' + b"[" * 100000 + b"]" * 100000 + b"}", b"\x00" * 100,
    b'{"PipelineName":"' + b"a" * 1000000 + b'"}', b"1e999", b'{"MaxResults":' + b"9" * 5000 + b"}",
]  # fmt: skip
"""Bodies that are not JSON objects, or that make a reader choke."""
TARGETS = [
    "SageMaker", "SageMaker.", "SageMaker.__init__", "SageMaker._dispatch", "SageMaker.call_action", "x.y.z", "",
    "SageMaker.Nope", "SageMaker.setup_class", "SageMaker.SetupClass", "SageMaker.CallAction",
    "SageMaker.RetryPipelineExecution",
]  # fmt: skip
AUTHORIZATIONS = [
    "", "x", "AWS4-HMAC-SHA256 Credential=/////", "AWS4-HMAC-SHA256 Credential=a/b/../sagemaker/aws4_request", "AWS x",
    "AWS4-HMAC-SHA256 Credential=999999999999/1/xx-nope-1/sagemaker/aws4_request,", "Bearer x", "AWS :", "Basic eDp4",
]  # fmt: skip
_TEXTS = {
    "simple": ["fz", "fz2", "evil", f"arn:aws:iam::{ACCOUNT}:role/x", "s3://b/k"],
    "odd": [
        "fz", "evil", f"{_ARN}:pipeline/evil", f"{_ARN}:pipeline/evil/execution/aaaaaaaaaaaa", "s3://b/k", "arn:",
        "a\x00b", f"arn:aws:iam::{ACCOUNT}:role/x", f"{_ARN}:model-package-group/fz", "é", "", "../x",
        "999999999999999999999",
        f"{_ARN}:model-package/fz/1", f"{_ARN}:endpoint/fz", f"{_ARN}:experiment-trial/fz", "x" * 40,
    ],
}  # fmt: skip
_LONG = ["x" * 40, f"arn:aws:iam::{ACCOUNT}:role/service-role/xyz", f"arn:aws:sqs:us-east-1:{ACCOUNT}:queue", "b" * 64]
_known: dict[str, list[str]] = {}


@dataclass(frozen=True)
class Request:
    """One request before it is signed."""

    service: str
    operation: str
    method: str = "POST"
    path: str = "/"
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    authorization: str | None = None
    """A placeholder for the signature."""


def own_operations() -> list[str]:
    """The SageMaker operations that are our own: those that the class answers without moto."""
    own = {name for cls in SageMakerApi.__mro__ if "cdk_sagemaker" in cls.__module__ for name in vars(cls)}
    return [name for name in SESSION.get_service_model("sagemaker").operation_names if xform_name(name) in own]


class Fuzz:
    """A stream of requests from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self._most = 10**9

    def broken(self, operations: list[str]) -> Iterator[Request]:
        """Requests of SageMaker with values where they do not belong."""
        model = SESSION.get_service_model("sagemaker")
        while True:
            operation = self.random.choice(operations)
            body: Any = self.value(model.operation_model(operation).input_shape, "simple")
            kind, raw = self.random.random(), None
            if kind < 0.7:
                for _ in range(self.random.choice([1, 1, 2])):
                    self._spoil(body)
            elif kind < 0.8:
                body = self.random.choice(ODD)
            elif kind < 0.85:
                raw = self.random.choice(RAW)
            content = json.dumps(body).encode() if raw is None else raw
            target = f"SageMaker.{operation}" if self.random.random() > 0.03 else self.random.choice(TARGETS)
            authorization = self.random.choice(AUTHORIZATIONS) if self.random.random() < 0.02 else None
            yield _json(operation, target, content, authorization)

    def meaningless(self, operations: list[str]) -> Iterator[Request]:
        """SageMaker requests with the right types, which an AWS client sends unchanged."""
        model = SESSION.get_service_model("sagemaker")
        while True:
            operation = self.random.choice(operations)
            body = self.value(model.operation_model(operation).input_shape, "odd")
            yield _json(operation, f"SageMaker.{operation}", json.dumps(body).encode())

    def of(self, service: str) -> Iterator[Request]:
        """Requests of any service as botocore writes them, some with a letter too many or too few."""
        self._most = 10  # of instances, for example: moto makes as many as it is asked for
        model = SESSION.get_service_model(service)
        serializer = create_serializer(model.protocol, include_validation=False)
        while True:
            operation = model.operation_model(self.random.choice(model.operation_names))
            request = self._serialized(serializer, operation)
            if request is not None:
                yield request

    def value(self, shape: Shape | None, texts: str, depth: int = 0) -> Any:
        """A value of the shape's type."""
        if shape is None:
            return {}
        pick = self.random.choice
        if isinstance(shape, StructureShape):
            often = 0.4 if texts == "simple" else 0.3
            # a map within a structure within ... may hold itself
            return {
                name: self.value(member, texts, depth + 1)
                for name, member in shape.members.items()
                if depth < 8 and (name in shape.required_members or (self.random.random() < often and depth < 3))
            }
        if isinstance(shape, ListShape):
            least = shape.metadata.get("min", 0) if self.random.random() < 0.9 else 0
            size = max(least, pick([0, 1, 2]))
            return [self.value(shape.member, texts, depth + 1) for _ in range(size)] if depth < 6 else []
        if isinstance(shape, MapShape):
            return {"k": self.value(shape.value, texts, depth + 1)} if depth < 8 else {}
        if isinstance(shape, StringShape) and shape.enum:
            return pick(shape.enum)
        if shape.name == "PipelineDefinition":
            return DEFINITION if texts == "simple" else pick([DEFINITION, DEFINITION, "", "x", "{}"])
        if isinstance(shape, StringShape) and self.random.random() < 0.95:
            return pick(_fitting(shape, texts) or _TEXTS[texts])
        odd = texts == "odd"
        values: dict[str, Any] = {
            "string": _TEXTS[texts],
            "integer": [1, 2, 5, 0, -1, self._most] if odd else [1, 2, 5],
            "float": [1.0, -1.0] if odd else [1.0],
            "boolean": [True, False],
            "timestamp": [1700000000, 1e12, -1] if odd else [1700000000],
        }
        values |= {"long": values["integer"], "double": values["float"]}
        return pick(values.get(shape.type_name, ["x"]))

    def _serialized(self, serializer: Any, operation: OperationModel) -> Request | None:
        value = self.value(operation.input_shape, "odd")
        try:
            told = serializer.serialize_to_request(value, operation)
            query, body = told["query_string"], told["body"]
            path = told["url_path"] + (f"?{urlencode(query, doseq=True)}" if query else "")
            if isinstance(body, dict):
                body = urlencode(body)
            content = body if isinstance(body, bytes) else str(body or "").encode("utf-8", "surrogatepass")
        except Exception:  # a value that botocore itself cannot write
            return None
        if self.random.random() < 0.2 and content:
            at = self.random.randrange(len(content))
            content = content[:at] + self.random.choice([b"", b"\x00", b"<", b"{", b"%", b"\xff"]) + content[at + 1 :]
        headers = {str(name): str(text) for name, text in told["headers"].items() if name != "Content-Length"}
        if any(not text.isprintable() or not text.isascii() for text in [path, *headers.values()]) or " " in path:
            return None  # no HTTP
        if isinstance(told["body"], dict):
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=utf-8"
        signing = operation.service_model.signing_name
        return Request(signing, operation.name, told["method"], path, content, headers)

    def _spoil(self, body: Any) -> None:
        places = list(_places(body))
        if places:
            path = self.random.choice(places)
            for part in path[:-1]:
                body = body[part]
            body[path[-1]] = copy.deepcopy(self.random.choice(ODD))


def _fitting(shape: StringShape, texts: str) -> list[str]:
    """The texts that the shape takes."""
    if shape.name not in _known:
        candidates = [*_TEXTS["odd"], *_TEXTS["simple"], *_LONG]
        _known[shape.name] = [
            text for text in candidates if not list(violations(shape, text, fully=True, as_sent=True))
        ]
    return [text for text in _known[shape.name] if text in (*_TEXTS[texts], *_LONG)]


def _json(operation: str, target: str, body: bytes, authorization: str | None = None) -> Request:
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target}
    return Request("sagemaker", operation, body=body, headers=headers, authorization=authorization)


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from _places(item, (*path, key))
