"""What keeps a call of AWS from being answered, as pages show it: what failed, and what to do."""

from __future__ import annotations

import traceback
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    LoginError,
    NoAuthTokenError,
    NoCredentialsError,
    PartialCredentialsError,
    SSOError,
    TokenRetrievalError,
)
from botocore.exceptions import ConnectionError as NotConnected

from ..executions.answers import DENIED, EXPIRED, MISSING, THROTTLED, UNKNOWN, code, message
from ..executions.lookup import NotFound
from ..executions.refusals import refusals
from ..language import PipelineError

ROOM = str(Path(__file__).parent.parent)
"""The folder of the library."""
Kind = Literal["broken", "denied", "expired", "throttled", "unreachable", "missing", "refused"]
_CREDENTIALS = (
    *(CredentialRetrievalError, LoginError, NoAuthTokenError, NoCredentialsError, PartialCredentialsError, SSOError),
    TokenRetrievalError,
)


@dataclass(frozen=True)
class Trouble:
    """Why there is no answer."""

    kind: Kind
    text: str
    """In the service's words, or in those of ``executions``."""
    action: str = ""
    """What was asked for, or what is not allowed, such as ``sagemaker:ListPipelines``."""
    resource: str = ""
    """What it is not allowed on, as far as the service says."""
    advice: str = ""
    """What to do."""
    absent: bool = False
    """Whether there are no credentials, rather than some that are ``expired``."""

    @property
    def status(self) -> int:
        """The status of HTTP of a page that has nothing else."""
        return _STATUS[self.kind]

    @property
    def passes(self) -> bool:
        """Whether it says nothing about what was asked for, so that it may be asked for again."""
        return self.kind in ("expired", "throttled", "unreachable")


class Troubled(Exception):
    """There is trouble in the way of a whole page."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.text)
        self.trouble = trouble


_STATUS = {
    "broken": 500,
    "denied": 403,
    "expired": 503,
    "throttled": 503,
    "unreachable": 503,
    "missing": 404,
    "refused": 409,
}
SERVICE = "smpipe.service"
"""Where an answer has the service that gave it, next to what boto3 writes there."""
ERRORS = (ClientError, BotoCoreError, PipelineError)
"""What becomes trouble."""


def trouble(error: Exception, renew: str) -> Trouble:
    """The trouble that one of ``ERRORS`` is. ``renew``: what renews the credentials."""
    if isinstance(error, ClientError):
        return _refused(error, renew)
    if isinstance(error, PipelineError):
        return Trouble("missing" if isinstance(error, NotFound) else "refused", str(error))
    if isinstance(error, _CREDENTIALS):
        return Trouble("expired", str(error), advice=renew, absent=isinstance(error, NoCredentialsError))
    if isinstance(error, (NotConnected, HTTPClientError)):
        return Trouble("unreachable", str(error))
    return Trouble("refused", str(error))


def broken(error: Exception) -> Trouble:
    """What nobody foresaw: its kind and its place are shown, not its text, which may quote anything."""
    inside = [frame for frame in traceback.extract_tb(error.__traceback__) if ROOM in frame.filename]
    place = f" at {inside[-1].filename.rpartition(ROOM)[2]}:{inside[-1].lineno}" if inside else ""
    return Trouble("broken", f"this is a bug in smpipe, please report it: {type(error).__name__}{place}")


def _refused(error: ClientError, renew: str) -> Trouble:
    found = code(error)
    told = Trouble("refused", message(error), _action(error))
    if found in EXPIRED | UNKNOWN:
        return replace(told, kind="expired", advice=renew)
    if found in THROTTLED:
        return replace(told, kind="throttled")
    if found in DENIED:
        named = next((each for each in refusals([told.text]) if each.action), None)
        known: dict[str, Any] = {} if named is None else {"action": str(named.action), "resource": named.resource or ""}
        return replace(told, kind="denied", **known)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    return replace(told, kind="missing" if found in MISSING else "unreachable" if status >= 500 else "refused")


def _action(error: ClientError) -> str:
    """The operation that was called. (A few actions of IAM have other names, which the message has.)"""
    service = error.response.get("ResponseMetadata", {}).get(SERVICE)
    return f"{service}:{error.operation_name}" if service else error.operation_name
