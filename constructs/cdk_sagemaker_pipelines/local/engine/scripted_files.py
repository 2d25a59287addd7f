"""The files that a scripted step leaves in S3: those of its outcome, and placeholders where it gives none."""

from __future__ import annotations

import gzip
import io
import json
import logging
import tarfile
from collections.abc import Mapping
from typing import Any

from ...language import StepView
from ...language.errors import has_no
from ..container.storage import join_uri, split_uri
from ..endings import StepFailed
from .runner import StepContext
from .scripted_result import places

PLACEHOLDER = "PLACEHOLDER.txt"
"""The name of a file that stands for what a scripted step would have left."""

_logger = logging.getLogger("cdk_sagemaker_pipelines.local")


def leave(context: StepContext, step: StepView, files: Mapping[str, Any], properties: Mapping[str, Any]) -> None:
    """Writes ``files``: text, or any JSON value, by output and path; an archive from an object of its files.

    Raises ``StepFailed`` for an output that the step does not have.
    """
    found = places(step, properties)
    for where, content in files.items():
        bucket, key = split_uri(_target(step, where, found))
        body = content.encode() if isinstance(content, str) else _body(where, content)
        context.s3.put_object(Bucket=bucket, Key=key, Body=body)


def leave_placeholders(
    context: StepContext, step: StepView, files: Mapping[str, Any], properties: Mapping[str, Any]
) -> None:
    """Writes a labelled file to each place of the step's results for which there are no ``files``.

    So steps that read them start. Nothing is written where there is no bucket.
    """
    written = {where.partition("/")[0] for where in files}
    text = f"nothing ran: the step {step.name} ended as its outcome says, and that gives no file for this place\n"
    for name, uri in places(step, properties).items():
        if name in written or (not name and written) or name == "output.tar.gz":
            continue
        archived = uri.endswith(".tar.gz")
        bucket, key = split_uri(uri if archived else join_uri(uri, PLACEHOLDER))
        s3 = context.s3
        try:
            s3.put_object(Bucket=bucket, Key=key, Body=_archive({PLACEHOLDER: text}) if archived else text.encode())
        except s3.exceptions.ClientError as error:
            _logger.info("step %s: no placeholder at %s: %s", step.name, uri, error)


def _target(step: StepView, where: str, found: Mapping[str, str]) -> str:
    """The URI of a file that an outcome gives."""
    if where in found and found[where].endswith(".tar.gz"):
        return found[where]
    if "" in found:
        return join_uri(found[""], where)
    output, _, path = where.partition("/")
    if output not in found:
        lacking = has_no("output", output, found)
        raise StepFailed(f"the scripted outcome writes to {where!r}, but the step {step.name!r} {lacking}")
    if found[output].endswith(".tar.gz") or not path:
        raise StepFailed(
            f"the scripted outcome writes to {where!r}; write <output>/<path>, or {output!r} for an archive"
        )
    return join_uri(found[output], path)


def _body(where: str, content: Any) -> bytes:
    if where.endswith(".tar.gz") and isinstance(content, Mapping):
        return _archive(content)
    return json.dumps(content).encode()


def _archive(files: Mapping[str, Any]) -> bytes:
    """An archive of files, with the same bytes each time."""
    body = io.BytesIO()
    with tarfile.open(fileobj=body, mode="w") as archive:
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else json.dumps(content).encode()
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return gzip.compress(body.getvalue(), mtime=0)
