"""Transfers between S3 and a job's directories."""

from __future__ import annotations

import json
import os
import tarfile
import tempfile
from pathlib import Path
from typing import IO, Any

from ..endings import ABSENT, StepFailed
from ..json_text import parsed
from .archives import ArchiveError, extract_tar
from .safe_open import LeadsOutError, open_file, real_path


def split_uri(uri: str) -> tuple[str, str]:
    """Bucket and key of an S3 URI. Raises ``StepFailed``."""
    if not isinstance(uri, str) or not uri.startswith("s3://") or not uri[5:].split("/", 1)[0]:
        raise StepFailed(f"ClientError: {uri!r} is not an S3 URI; write s3://bucket/key")
    bucket, _, key = uri[5:].partition("/")
    return bucket, key


def list_prefix(s3: Any, uri: str, what: str) -> list[tuple[str, str]]:
    """(key, path relative to the prefix) of every object whose key begins with that of ``uri``, in key order.

    A key that is the whole prefix keeps its base name. Raises ``StepFailed``, naming the input ``what``, if there is
    none.
    """
    bucket, prefix = split_uri(uri)
    try:
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
    except s3.exceptions.ClientError as error:
        raise StepFailed(f"ClientError: Data download failed: {_message(error)}: {uri} ({what})") from error
    if not keys:
        raise StepFailed(
            f"ClientError: Data download failed: No S3 objects found under S3 URL {json.dumps(uri)} given in {what}. "
            f"Please ensure that the bucket exists in the selected region ({s3.meta.region_name}) and that objects "
            "exist under that S3 prefix."
        )
    return [(key, _relative(key, prefix)) for key in keys]


def fetch_prefix(s3: Any, uri: str, directory: Path, what: str) -> None:
    """Downloads what ``list_prefix`` finds into ``directory``."""
    bucket, _ = split_uri(uri)
    for key, relative in list_prefix(s3, uri, what):
        target = _below(directory, relative)
        if key.endswith("/"):
            _make(target, bucket, key)
            continue
        _download(s3, bucket, key, target, what)


def list_manifest(s3: Any, uri: str, what: str) -> list[tuple[str, str]]:
    """(S3 URI, relative path) of every object that a manifest names: [{"prefix": "s3://..."}, "relative/path", ...]."""
    try:
        manifest = parsed(read_object(s3, uri, what))
        prefix = manifest[0]["prefix"]
        names = [str(name) for name in manifest[1:]]
    except (ValueError, LookupError, TypeError) as error:
        shape = '[{"prefix": "s3://bucket/key/"}, "relative/path", ...]'
        raise StepFailed(f"ClientError: the manifest {uri} of {what} is not of the form {shape}") from error
    return [(prefix + name, name) for name in names]


def fetch_source(s3: Any, uri: str, data_type: str, directory: Path, what: str) -> None:
    """Downloads an input of S3DataType ``data_type``. Raises ``StepFailed`` if that fails."""
    if data_type == "S3Prefix":
        fetch_prefix(s3, uri, directory, what)
    elif data_type == "ManifestFile":
        for object_uri, relative in list_manifest(s3, uri, what):
            fetch_object(s3, object_uri, _below(directory, relative), what)
    else:
        raise StepFailed(f"{what} has S3DataType {data_type!r}; local runs support 'S3Prefix' and 'ManifestFile'")


def fetch_object(s3: Any, uri: str, file: Path, what: str) -> None:
    """Downloads one object. Raises ``StepFailed`` if there is none."""
    bucket, key = split_uri(uri)
    _download(s3, bucket, key, file, what)


def _download(s3: Any, bucket: str, key: str, file: Path, what: str) -> None:
    _make(file.parent, bucket, key)
    try:
        s3.download_file(bucket, key, str(file))
    except s3.exceptions.ClientError as error:
        uri = f"s3://{bucket}/{key}"
        if error.response.get("Error", {}).get("Code") == "403":
            look_at_object(s3, uri, what)  # a HEAD is refused without words, a GET names the action
        raise StepFailed(f"ClientError: Data download failed: {_message(error)}: {uri} ({what})") from error
    except OSError as error:
        raise _cannot_be_stored(bucket, key, error) from error


def _make(directory: Path, bucket: str, key: str) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot_be_stored(bucket, key, error) from error


def _cannot_be_stored(bucket: str, key: str, error: OSError) -> StepFailed:
    """In the service's words, for keys that cannot all be files and folders."""
    reason = str(error.strerror)
    if isinstance(error, (FileExistsError, IsADirectoryError, NotADirectoryError)):
        reason = (
            "a previously downloaded file/folder clashes with it. Please check your s3 objects and ensure that there "
            "is no object that is both a folder as well as a file."
        )
    return StepFailed(
        f"ClientError: Data download failed: Failed to download data. Cannot download s3://{bucket}/{key}, {reason}"
    )


def read_object(s3: Any, uri: str, what: str) -> bytes:
    """The bytes of one object. Raises ``StepFailed`` if there is none."""
    bucket, key = split_uri(uri)
    try:
        content: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except s3.exceptions.ClientError as error:
        hint = f"; {ABSENT}" if "s3:ListBucket" in _message(error) else ""
        raise StepFailed(f"ClientError: {_message(error)}: {uri} ({what}){hint}") from error
    return content


def look_at_object(s3: Any, uri: str, what: str) -> None:
    """Opens one object without reading it. Raises ``StepFailed`` if there is none."""
    bucket, key = split_uri(uri)
    try:
        s3.get_object(Bucket=bucket, Key=key)["Body"].close()
    except s3.exceptions.ClientError as error:
        raise StepFailed(f"ClientError: Data download failed: {_message(error)}: {uri} ({what})") from error


def put_directory(s3: Any, directory: Path, uri: str, what: str, root: Path) -> None:
    """Uploads all files below ``directory`` under the prefix ``uri``. Raises ``StepFailed``.

    As for all that is uploaded: also if it is behind a link that leads out of the job's folder ``root``.
    """
    bucket, prefix = split_uri(uri)
    prefix = prefix.rstrip("/")
    directory = _left(root, directory, what)
    for folder, _, names in os.walk(directory):
        for name in sorted(names):
            file = Path(folder, name)
            relative = file.relative_to(directory).as_posix()
            key = "/".join(part for part in (prefix, relative) if part)
            put_file(s3, file, f"s3://{bucket}/{key}", what, root, relative)


def put_file(s3: Any, file: Path, uri: str, what: str, root: Path, name: str | None = None) -> None:
    """Uploads one file, which the error calls ``name``. Raises ``StepFailed``."""
    name = name or file.name
    try:
        body = open_file(root, file)
    except LeadsOutError as error:
        raise StepFailed(f"ClientError: Failed to upload {what}: {name} {error}") from error
    if body is None:
        raise StepFailed(f"ClientError: Failed to upload {what}: {name} is not a file")
    with body:
        _put(s3, body, uri, what)


def put_archive(s3: Any, directory: Path, uri: str, what: str, root: Path) -> None:
    """Uploads the content of ``directory`` as a tar.gz, at the archive's root. Raises ``StepFailed``."""
    directory = _left(root, directory, what)
    if not directory.is_dir():
        raise StepFailed(f"ClientError: Failed to upload {what}: the job left no folder {directory.name}")
    with tempfile.TemporaryFile(dir=root) as archive:
        with tarfile.open(fileobj=archive, mode="w:gz") as tar:
            for entry in sorted(directory.iterdir()):
                tar.add(entry, arcname=entry.name)
        archive.seek(0)
        _put(s3, archive, uri, what)


def _left(root: Path, directory: Path, what: str) -> Path:
    try:
        return real_path(root, directory)
    except LeadsOutError as error:
        raise StepFailed(f"ClientError: Failed to upload {what}: its folder {error}") from error


def _put(s3: Any, body: IO[bytes], uri: str, what: str) -> None:
    bucket, key = split_uri(uri)
    try:
        # one request: upload_file would hide the service's error in its own type
        s3.put_object(Bucket=bucket, Key=key, Body=body)
    except s3.exceptions.ClientError as error:
        raise StepFailed(f"ClientError: Failed to upload {what}: {_message(error)}: {uri}") from error


def extract_archive(archive: Path, directory: Path, what: str) -> None:
    """Unpacks a tar.gz. Raises ``StepFailed`` if it is too large, or members would be written elsewhere."""
    directory.mkdir(parents=True, exist_ok=True)
    try:
        extract_tar(archive, directory)
    except ArchiveError as error:
        raise StepFailed(f"ClientError: {what} {error}") from error


def join_uri(prefix: str, *parts: str) -> str:
    """The URI of ``parts`` below an S3 prefix."""
    return "/".join([prefix.rstrip("/"), *parts])


def _relative(key: str, prefix: str) -> str:
    if key == prefix and not key.endswith("/"):
        return key.rpartition("/")[2]
    if not prefix or prefix.endswith("/"):
        return key[len(prefix) :]
    if key.startswith(prefix + "/"):
        return key[len(prefix) + 1 :]
    return key[prefix.rfind("/") + 1 :]


def _below(directory: Path, relative: str) -> Path:
    target = Path(os.path.normpath(directory / relative))
    if target != directory and directory not in target.parents:
        raise StepFailed(f"ClientError: {relative!r} would be written outside of {directory}")
    return target


def _message(error: Any) -> str:
    details = error.response.get("Error", {})
    return f"{details.get('Code', 'Unknown')}: {details.get('Message', error)}"
