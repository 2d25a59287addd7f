"""The variables of places in S3, of keys and of images."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .attempt import RECORD, Attempt

_IMAGE = re.compile(r"(\d{12})\.dkr\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.[a-z.]+/([^@:]+)")
_ACCESS_POINT = re.compile(r"s3://(arn:[a-z-]+:s3:[a-z0-9-]+:\d{12}:accesspoint/[^/]+)/?(.*)")

Values = dict[str, "str | None"]


def read(attempt: Attempt, what: str, uri: str) -> Values:
    """Of a prefix that is read, which may be the key of one object."""
    point = _ACCESS_POINT.fullmatch(uri)
    if point is not None:
        return {"access_point": point[1], "point_object": _one(point[2]), "point_prefix": point[2]}
    bucket, key = split(uri)
    if bucket.endswith("--x-s3"):
        return {"directory_bucket": bucket}
    return {
        f"{what}_bucket": bucket,
        f"{what}_object": _one(key),
        f"{what}_prefix": key or None,
        f"{what}_bucket_key": attempt.known.bucket_key(bucket),
        f"{what}_key": attempt.known.object_key(bucket, key),
    }


def written(attempt: Attempt, what: str, uri: str) -> Values:
    """Of a folder that is written to."""
    bucket, key = split(uri)
    below = key if key.endswith("/") or not key else f"{key}/"
    return {
        f"{what}_bucket": bucket,
        f"{what}_object": f"{below}{RECORD}",
        f"{what}_prefix": key or None,
        f"{what}_bucket_key": attempt.known.bucket_key(bucket),
    }


def file(attempt: Attempt, what: str, uri: str) -> Values:
    """Of one object."""
    bucket, key = split(uri)
    return {
        f"{what}_bucket": bucket,
        f"{what}_file": key,
        f"{what}_bucket_key": attempt.known.bucket_key(bucket),
        f"{what}_key": attempt.known.object_key(bucket, key),
    }


def code(what: str, uri: str) -> Values:
    """Of a file of code, whose key IAM sees as a whole."""
    bucket, key = split(uri)
    return {f"{what}_bucket": bucket, f"{what}_start": "", f"{what}_content": key, f"{what}_suffix": ""}


def split(uri: str) -> tuple[str, str]:
    """The bucket and the key of an S3 URI."""
    bucket, _, key = uri.removeprefix("s3://").removeprefix("s3a://").partition("/")
    return bucket, key


def is_place(uri: object) -> bool:
    """Whether a value is the URI of a place in S3."""
    return isinstance(uri, str) and uri.startswith(("s3://", "s3a://")) and bool(split(uri)[0])


def images(attempt: Attempt, *paths: str) -> Iterator[Values]:
    """Of each image at the paths that is in the registry of this account and region."""
    for image in attempt.texts(*paths):
        found = _IMAGE.match(image)
        if found is not None and found.group(1, 2) == (attempt.account, attempt.region):
            yield {"repository": found[3]}


def _one(key: str) -> str:
    """An object that a prefix may mean: itself, if it ends like a file, else one below."""
    last = key.rpartition("/")[2]
    if "." in last:
        return key
    return f"{key}{RECORD}" if not last else f"{key}/{RECORD}"
