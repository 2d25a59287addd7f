"""The hosts of AWS in the URLs of a definition: S3 takes them for places, SQS for queues."""

from __future__ import annotations

import re
from typing import NamedTuple

from ..language.later import later_pattern
from ..language.tokens import STRING_TOKEN, any_of

SUFFIXES = (
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazonaws.eu",
    "c2s.ic.gov",
    "cloud.adc-e.uk",
    "csp.hci.ic.gov",
    "sc2s.sgov.gov",
)
"""How the hosts of AWS end, by partition (botocore, ``partitions.json``): any other host is not AWS's."""

_TOKEN = STRING_TOKEN.pattern
_SUFFIX = rf"(?:{_TOKEN}|{'|'.join(map(re.escape, SUFFIXES))})"
_REGION = rf"(?:{_TOKEN}|[a-z0-9-]+|\*)"
_NAME = rf"({any_of('[^/*]')}+?)"
_S3 = rf"s3(?:-fips)?(?:[.-]dualstack)?(?:[.-]{_REGION})?\.{_SUFFIX}(?::443)?"
# texts, which re compiles when it first needs them: few definitions have URLs
_OBJECTS = (rf"https://{_S3}/{_NAME}(?:/(.*))?", rf"https://{_NAME}\.{_S3}(?:/(.*))?")
"""Path-style and virtual-hosted requests (S3 user guide, "Virtual hosting of general purpose buckets")."""


def bucket_and_key(url: str) -> tuple[str, str] | None:
    """The bucket and the key of a URL of S3; None of another URL, and where the bucket is only known at run time."""
    for form in _OBJECTS:
        match = re.fullmatch(form, url, re.DOTALL)
        if match is not None:
            return match[1], match[2] or ""
    return None


_SQS = (
    rf"(?:vpce-[a-z0-9-]+\.)?sqs(?:-fips)?\.({_REGION})\.(?:vpce\.)?"
    rf"(?:{_SUFFIX}|api\.aws|api\.amazonwebservices\.com\.cn)"
    rf"|(?:({_REGION})\.)?queue\.amazonaws\.com(?:\.cn)?"
)
_URL = rf"(?i:https?)://({any_of('[^/]')}+)(?:/([^/]*))?(?:/(.*))?"
_ACCOUNT, _NAME_OF_QUEUE = later_pattern(r"\d{12}"), later_pattern(r"[A-Za-z0-9_.-]+")
_FIRST_REGION = "us-east-1"
"""Of the old endpoint that names none (botocore, ``sslCommonName`` of ``sqs``)."""


class Queue(NamedTuple):
    """What the URL of a queue tells. ``region``: empty where the host is none of SQS."""

    host: str
    region: str
    account: str
    name: str

    @property
    def is_known(self) -> bool:
        """Whether it names one queue of SQS."""
        known = _ACCOUNT.fullmatch(self.account) and _NAME_OF_QUEUE.fullmatch(self.name)
        return bool(known and self.region and "*" not in self.region)


def queue_of(url: str) -> Queue | None:
    """What a URL tells of a queue; None of another text."""
    match = re.fullmatch(_URL, url, re.DOTALL)
    if match is None:
        return None
    host = re.fullmatch(_SQS, match[1])
    region = "" if host is None else host[1] or host[2] or _FIRST_REGION
    return Queue(match[1], region, match[2] or "", match[3] or "")
