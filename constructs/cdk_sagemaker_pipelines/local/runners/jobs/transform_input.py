"""The input of a transform: its objects, and the payloads that they are split into."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...container.storage import fetch_object, list_manifest, list_prefix, split_uri
from ...endings import StepFailed, StopSignal

_DEFAULT_PAYLOAD = 6  # MB
_MEGABYTE = 1 << 20


@dataclass(frozen=True)
class TransformObject:
    """An object to transform: its path below the input, the files of its payloads, and the file of their answers."""

    name: str
    payloads: list[Path]
    output: Path


def objects(s3: Any, request: dict[str, Any], scratch: Path, stopping: StopSignal) -> list[TransformObject]:
    """Downloads the objects of a request into a folder and splits them. Raises ``StepFailed`` and ``StepStopped``."""
    source = request["TransformInput"]["DataSource"]["S3DataSource"]
    uri, what = source["S3Uri"], "TransformInput"
    if source["S3DataType"] == "ManifestFile":
        found = list_manifest(s3, uri, what)
    else:
        bucket, _ = split_uri(uri)
        found = [(f"s3://{bucket}/{key}", relative) for key, relative in list_prefix(s3, uri, what)]
    made = []
    for index, (object_uri, relative) in enumerate(entry for entry in found if not entry[0].endswith("/")):
        whole = scratch / f"input-{index}"
        fetch_object(s3, object_uri, whole, what)
        stopping.check()
        payloads = list(_split(request, whole, relative))
        made.append(TransformObject(relative, payloads, scratch / f"output-{index}"))
    return made


def _split(request: dict[str, Any], whole: Path, name: str) -> Iterator[Path]:
    limit = request.get("MaxPayloadInMB", _DEFAULT_PAYLOAD) * _MEGABYTE or None
    if request["TransformInput"].get("SplitType", "None") == "None":
        if limit is not None and whole.stat().st_size > limit:
            raise StepFailed(f"ClientError: {name} is larger than MaxPayloadInMB; raise it, or set SplitType to 'Line'")
        yield whole
        return
    single = request.get("BatchStrategy", "MultiRecord") == "SingleRecord"
    for number, payload in enumerate(_payloads_of_lines(whole, limit, single, name)):
        part = whole.with_name(f"{whole.name}-{number}")
        part.write_bytes(payload)
        yield part


def _payloads_of_lines(file: Path, limit: int | None, single: bool, name: str) -> Iterator[bytes]:
    payload = b""
    with file.open("rb") as lines:
        for line in lines:
            if limit is not None and len(line) > limit:
                raise StepFailed(f"ClientError: a line of {name} is longer than MaxPayloadInMB; raise it")
            if payload and (single or (limit is not None and len(payload) + len(line) > limit)):
                yield payload.rstrip(b"\r\n")
                payload = b""
            payload += line
    if payload:
        yield payload.rstrip(b"\r\n")
