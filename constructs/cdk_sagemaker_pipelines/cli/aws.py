"""Clients of AWS, or of what ``AWS_ENDPOINT_URL`` names, and their errors in the user's words."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
    SSOTokenLoadError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)

from ..executions.answers import DENIED, EXPIRED, THROTTLED, UNKNOWN, message
from ..executions.answers import code as code_of
from ..executions.logs import LogClients
from ..local.proxies import is_here
from . import clock
from .errors import CommandError


def client(service: str, *, region: str | None = None, profile: str | None = None, endpoint: str | None = None) -> Any:
    """A boto3 client; what is not given is looked up as the AWS CLI does."""
    with errors():
        made = connected(service, None, region=region, profile=profile, endpoint=endpoint)
        if is_here(made.meta.endpoint_url):
            made.meta.events.register("after-call", clock.hear)
        return made


def connected(
    service: str, config: Config | None, *, region: str | None = None, profile: str | None = None,
    endpoint: str | None = None,
) -> Any:  # fmt: skip
    """A client of a new session, past any proxy to an AWS on this machine. Raises what boto3 does."""
    session: Any = boto3.Session(
        profile_name=profile, region_name=region or os.environ.get("AWS_REGION") or None
    )  # its stubs list every service's name
    made = session.client(service, endpoint_url=endpoint, config=config)
    if not is_here(made.meta.endpoint_url):
        return made
    direct = Config(proxies={})
    return session.client(service, endpoint_url=endpoint, config=config.merge(direct) if config else direct)


T = TypeVar("T")
LOG_IN = 'log in, or run eval "$(smpipe local --env)"'


@contextmanager
def using(options: argparse.Namespace, service: str = "sagemaker") -> Iterator[Any]:
    """A client for the account and region of a command, whose errors are reported in the user's words."""
    with errors():
        yield client(service, region=options.region, profile=options.profile)


class Clients(NamedTuple):
    """The clients that it takes to say why an execution failed."""

    sagemaker: Any
    logs: LogClients
    s3: Any


@contextmanager
def reading(options: argparse.Namespace) -> Iterator[Clients]:
    """What ``using`` gives, for the services that know why an execution failed."""
    with (
        using(options) as sagemaker,
        using(options, "logs") as logs,
        using(options, "lambda") as functions,
        using(options, "s3") as s3,
    ):
        yield Clients(sagemaker, LogClients(logs, functions), s3)


def is_throttled(error: ClientError) -> bool:
    """Whether the service only asks for fewer requests."""
    return code_of(error) in THROTTLED


@contextmanager
def errors() -> Iterator[None]:
    """Turns what boto3 raises into a ``CommandError``."""
    try:
        yield
    except ClientError as error:
        raise CommandError(_told(error)) from error
    except NoRegionError as error:
        raise CommandError("no AWS region is set; give --region or set AWS_REGION") from error
    except NoCredentialsError as error:
        raise CommandError(f"no AWS credentials are found; {LOG_IN}") from error
    except (SSOTokenLoadError, TokenRetrievalError, UnauthorizedSSOTokenError) as error:
        raise CommandError(f"{error}; log in again".replace(".;", ";")) from error
    except ProfileNotFound as error:
        raise CommandError(
            f"the AWS profile {error.kwargs['profile']!r} is not in ~/.aws/config or ~/.aws/credentials"
        ) from error
    except EndpointConnectionError as error:
        hint = "; is 'smpipe local' running?" if "AWS_ENDPOINT_URL" in os.environ else ""
        raise CommandError(f"nothing answers at {error.kwargs['endpoint_url']}{hint}") from error
    except BotoCoreError as error:
        raise CommandError(f"{error}") from error


def unless_denied(read: Callable[[], T]) -> T | None:
    """What is read; None if whoever asks may not read it."""
    try:
        return read()
    except ClientError as error:
        if code_of(error) not in DENIED:
            raise
        return None


def _told(error: ClientError) -> str:
    code = code_of(error)
    told = f"{error.operation_name}: {message(error)}"
    if code in EXPIRED:
        return f"{told}; the credentials have expired: {LOG_IN}"
    if code in UNKNOWN:
        return f"{told}; the credentials are not known there: {LOG_IN}"
    if code in THROTTLED:
        return f"{told}; the service asks for fewer requests, try again in a moment"
    if code in DENIED and error.operation_name not in told.partition(":")[2]:
        return f"{told}; whoever you are logged in as may not call {error.operation_name}"
    return told
