"""The hosts of AWS in the URLs of a definition: S3 takes them for places, SQS for queues."""

from __future__ import annotations

import re

from ..language.tokens import STRING_TOKEN

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
_NAME = r"((?:\$\{Token\[[^\[\]]*\]\}|(?!\$\{Token\[)[^/*])+?)"
_S3 = rf"s3(?:-fips)?(?:[.-]dualstack)?(?:[.-]{_REGION})?\.{_SUFFIX}(?::443)?"
_OBJECTS = (
    re.compile(rf"https://{_S3}/{_NAME}(?:/(.*))?", re.DOTALL),
    re.compile(rf"https://{_NAME}\.{_S3}(?:/(.*))?", re.DOTALL),
)
"""Path-style and virtual-hosted requests (S3 user guide, "Virtual hosting of general purpose buckets")."""


def bucket_and_key(url: str) -> tuple[str, str] | None:
    """The bucket and the key of a URL of S3; None of another URL, and where the bucket is only known at run time."""
    for form in _OBJECTS:
        match = form.fullmatch(url)
        if match is not None:
            return match[1], match[2] or ""
    return None
