"""Clients of AWS, or of what ``AWS_ENDPOINT_URL`` names, and their errors in the user's words."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
)

from ..local.proxies import is_here
from .errors import CommandError


def client(service: str, *, region: str | None = None, profile: str | None = None, endpoint: str | None = None) -> Any:
    """A boto3 client; what is not given is looked up as the AWS CLI does."""
    with errors():
        session: Any = boto3.Session(
            profile_name=profile, region_name=region or os.environ.get("AWS_REGION")
        )  # its stubs list every service's name
        made = session.client(service, endpoint_url=endpoint)
        if not is_here(made.meta.endpoint_url):
            return made
        return session.client(service, endpoint_url=endpoint, config=Config(proxies={}))


@contextmanager
def errors() -> Iterator[None]:
    """Turns what boto3 raises into a ``CommandError``."""
    try:
        yield
    except ClientError as error:
        answer = error.response.get("Error", {})
        raise CommandError(f"{error.operation_name}: {answer.get('Message') or answer.get('Code')}") from error
    except NoRegionError as error:
        raise CommandError("no AWS region is set; give --region or set AWS_REGION") from error
    except NoCredentialsError as error:
        hint = 'log in, or run eval "$(smpipe local --env)"'
        raise CommandError(f"no AWS credentials are found; {hint}") from error
    except ProfileNotFound as error:
        raise CommandError(f"{error}; see ~/.aws/config".lower()) from error
    except EndpointConnectionError as error:
        hint = "; is 'smpipe local' running?" if "AWS_ENDPOINT_URL" in os.environ else ""
        raise CommandError(f"nothing answers at {error.kwargs['endpoint_url']}{hint}") from error
    except BotoCoreError as error:
        raise CommandError(f"{error}") from error
