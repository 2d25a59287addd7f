"""What time it is in the AWS that a command asks: the clock of a local one may be ahead of this machine's."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from ..local.aws_time import ahead
from ..local.proxies import is_here

_ahead = timedelta(0)


def hear(parsed: Any, **_: Any) -> None:
    """Takes the time from an answer; for boto3's event ``after-call``."""
    global _ahead
    _ahead = ahead(parsed.get("ResponseMetadata", {}).get("HTTPHeaders", {}))


def asked(client: Any) -> datetime:
    """The time where a client of SageMaker leads to, with its time zone."""
    if is_here(client.meta.endpoint_url):
        client.list_pipelines(MaxResults=1)
    return now()


def now() -> datetime:
    """The time where the last answer came from, with its time zone."""
    return datetime.now(timezone.utc) + _ahead
