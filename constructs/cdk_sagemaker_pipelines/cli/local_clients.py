"""Clients that reach a local AWS of this user and nothing else.

Where it listens and what its keys derive from is read from the file that it keeps, locked, in a folder that only its
user can enter (``whereabouts``); a client then goes to this machine with a key that no other AWS accepts. Nothing of
the terminal's AWS settings is used: not its endpoint, its profile, or its credentials.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

from ..local.aws.server import environment
from ..local.proxies import is_here
from ..local.seeding.creating import Created, create
from ..local.seeding.seed import Seed, SeedError
from . import aws
from .errors import CommandError
from .whereabouts import Whereabouts


def refuse_elsewhere(here: Whereabouts) -> None:
    """Raises ``CommandError`` where this terminal is set up for another endpoint: it may be meant."""
    for name, value in sorted(os.environ.items()):
        if name.startswith("AWS_ENDPOINT_URL") and value.rstrip("/") != here.url:
            raise CommandError(
                f"{name} is {value}, which is not your local AWS at {here.url}; this command changes nothing else, so "
                f'unset it, or run eval "$(smpipe local --env --port {here.port})"'
            )
    if not is_here(here.url):
        raise CommandError(f"{here.url} is not on this machine")


def seeded(seed: Seed, here: Whereabouts) -> list[Created]:
    """Creates what a seed says. Raises ``CommandError``."""
    region = seed.region or here.region
    try:
        with aws.errors():
            return list(create(seed, lambda account: clients(here, account, region), region))
    except SeedError as error:
        raise CommandError(str(error)) from error


def clients(here: Whereabouts, account: str | None, region: str | None) -> Callable[..., Any]:
    """What makes clients of a local AWS, by the service and perhaps a ``Config``.

    Raises ``CommandError`` for what no account or region is called.
    """
    try:
        variables = environment(here.url, here.secret, region or here.region, account or here.account, {})
    except ValueError as error:
        raise CommandError(str(error)) from error
    # where each is looked up: in the configuration, in the environment; by default
    nowhere, no_file = (None, None, None, None), (None, None, os.devnull, None)
    settings = botocore.session.Session({"profile": nowhere, "config_file": no_file, "credentials_file": no_file})
    session: Any = boto3.Session(
        botocore_session=settings,
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        region_name=variables["AWS_REGION"],
    )

    own = Config(proxies={}, s3={"addressing_style": "path"})

    def client(service: str, config: Config | None = None) -> Any:
        return session.client(service, endpoint_url=here.url, config=config.merge(own) if config else own)

    return client
