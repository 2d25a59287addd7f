"""Where code lies in S3 is the deploying tool's choice: which code it is, by the name of its file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

Json = Any

# the SDK: <bucket>/<pipeline>/code/<hash>/<name>; this library: CDK's asset bucket, <hash>.<last extension of the name>
_SDK_CODE = re.compile(r"s3://my-bucket/[^/\"]+/code/[0-9a-f]{64}/([^/\"]+)")
# and where it makes no hash of the code: <bucket>/<job>-<time>/source/<name>
_SDK_TIMED_CODE = re.compile(r"s3://my-bucket/[^/\"]+-TIME/source/([^/\"]+)")
# the SDK: where it is told to; this library: <hash>/<name>
_SDK_ANALYSIS = re.compile(r"s3://my-bucket/analysis/([^/\"]+/analysis_config\.json)")
_OUR_CODE = re.compile(r"s3://cdk-hnb659fds-assets-\d{12}-[a-z0-9\-]+/([0-9a-f]{64}(?:/analysis_config)?\.\w+)")


def with_code_named(definition: Json, code: Mapping[str, str] | None = None) -> Json:
    """The definition with code by the names of its files; what counts is which code, and that commands name it so.

    ``code``: what files of code were called before they were put under a hash, by that name.
    """
    known = code or {}

    def name(match: re.Match[str]) -> str:
        return f"s3://code/{known.get(match.group(1), match.group(1))}"

    def text(value: str) -> str:
        for place in (_SDK_CODE, _SDK_TIMED_CODE, _SDK_ANALYSIS, _OUR_CODE):
            value = place.sub(name, value)
        for hashed, plain in known.items():
            value = value.replace(hashed, plain)
        return value

    def walk(value: Json) -> Json:
        if isinstance(value, Mapping):
            return {key: walk(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [walk(item) for item in value]
        return text(value) if isinstance(value, str) else value

    return walk(definition)
