"""An account in which there is only S3, in memory: for executions of scripted steps without any AWS."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from types import SimpleNamespace
from typing import Any, NoReturn

from ..origin import Origin
from .callbacks import Callbacks


class _Missing(Exception):
    """What S3 answers for an object that is not there."""

    def __init__(self, bucket: str, key: str) -> None:
        super().__init__(f"no step wrote s3://{bucket}/{key}")
        self.response = {"Error": {"Code": "NoSuchKey", "Message": str(self)}}


class _Objects:
    """The calls of S3 that the engine makes."""

    exceptions = SimpleNamespace(ClientError=_Missing)

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}

    def put_object(self, *, Bucket: str, Key: str, Body: bytes) -> dict[str, Any]:
        self.bodies[f"s3://{Bucket}/{Key}"] = Body
        return {}

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:
        body = self.bodies.get(f"s3://{Bucket}/{Key}")
        if body is None:
            raise _Missing(Bucket, Key)
        return {"Body": io.BytesIO(body)}


class MemoryAccount:
    """The services of such an account."""

    region = "eu-west-1"
    account = "123456789012"
    partition = "aws"

    def __init__(self, objects: Mapping[str, bytes] | None = None) -> None:
        """``objects``: the contents of objects by URI."""
        self.callbacks = Callbacks()
        self._s3 = _Objects()
        self._s3.bodies.update(objects or {})

    @property
    def objects(self) -> Mapping[str, bytes]:
        """The contents of all objects, by URI."""
        return self._s3.bodies

    def client(self, name: str) -> Any:
        if name != "s3":
            raise LookupError(f"there is no {name} in an execution of scripted steps")
        return self._s3

    def client_as(self, role: str, name: str, origin: Origin | None = None, session: str = "") -> Any:
        return self.client(name)

    def step_client(self) -> NoReturn:
        raise LookupError("nothing is recorded of scripted steps")

    def environment(self, role: str, session: str, origin: Origin | None = None) -> Mapping[str, str]:
        return {}

    def end_step(self, execution_arn: str, step: str) -> None:
        """Has no sessions."""

    def record_job(self, kind: str, name: str, description: dict[str, Any]) -> None:
        """Forgets the job."""

    def stoppable(self, kind: str, name: str, stop: Callable[[], None]) -> AbstractContextManager[None]:
        return nullcontext()
