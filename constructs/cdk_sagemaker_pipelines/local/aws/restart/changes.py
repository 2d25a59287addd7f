"""Which calls change something, and which of them make up for earlier ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, unquote

from ...json_text import parsed
from ...state.journal import Call, Journal
from ..front.refusal import Refused

_READS = (
    "BatchGet", "Check", "Describe", "Estimate", "Filter", "Get", "Head", "List", "Lookup", "Preview", "Query", "Scan",
    "Search", "Select", "Simulate", "Test", "TransactGet", "Validate",
)  # fmt: skip
"""The first words of operations that change nothing."""
_UNREPEATED: Mapping[str, frozenset[str] | None] = {
    "batch": frozenset({"SubmitServiceJob", "TerminateServiceJob", "UpdateServiceJob"}),  # the jobs end with the server
    "cloudformation": None,  # what a deployment calls is recorded, and the stack is a record
    "kms": frozenset(
        {
            "Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext",
            "GenerateDataKeyWithoutPlaintext", "GenerateMac", "GenerateRandom", "ReEncrypt", "Sign", "Verify",
            "VerifyMac",
        }
    ),
    "lambda": frozenset({"Invoke", "InvokeAsync", "InvokeWithResponseStream"}),  # what the function calls is recorded
    "sagemaker": frozenset(
        {
            "RetryPipelineExecution", "SendPipelineExecutionStepFailure", "SendPipelineExecutionStepSuccess",
            "StopPipelineExecution",
        }
    ),  # the execution is a record
    "sts": None,  # sessions end with the server
}  # fmt: skip
_SUBRESOURCES = frozenset({"x-id", "x-amz-sdk-checksum-algorithm"})
"""The arguments of a query that do not make another operation of S3."""

_CONDITION = re.compile(r"(?:x-amz-(?:copy-source-)?)?if-", re.IGNORECASE)
"""How the headers begin that say when S3 carries out a call."""


def operation_of(service: str, environ: Mapping[str, Any], named: str | None) -> str | None:
    """The operation of a call that has to be repeated; None for one that changes nothing. ``named`` is its name, if
    that is known.
    """
    if service == "s3":
        return None if environ["REQUEST_METHOD"] in ("GET", "HEAD", "OPTIONS") else _of_s3(environ)
    if named is None:
        return None if environ["REQUEST_METHOD"] in ("GET", "HEAD") else environ["REQUEST_METHOD"]
    unrepeated = _UNREPEATED.get(service, frozenset())
    if unrepeated is None or named in unrepeated or named.startswith(_READS):
        return None
    if service == "sagemaker" and named.startswith(("Stop", "Delete")) and named.endswith("Job"):
        return None  # jobs are records
    return named


def refusal(service: str, environ: Mapping[str, Any], body: bytes) -> Refused | None:
    """Why a call is not carried out while a state is kept: what it makes could not be made again."""
    if service != "kms" or not environ.get("HTTP_X_AMZ_TARGET", "").endswith(".CreateKey"):
        return None
    told = _json(body)
    kind = told.get("KeySpec") or told.get("CustomerMasterKeySpec") or _SYMMETRIC
    if kind == _SYMMETRIC:
        return None
    text = f"a local AWS with --state keeps only symmetric keys for encryption, not one of {str(kind)[:40]}"
    return Refused(400, "UnsupportedOperationException", text)


_SYMMETRIC = "SYMMETRIC_DEFAULT"


def waits(service: str, target: str, body: bytes) -> bool:
    """Whether a call may wait until some time has passed; ``target`` is the header that names it in JSON protocols."""
    return service == "sqs" and (target.endswith(".ReceiveMessage") or b"Action=ReceiveMessage" in body)


def says_nothing(service: str, operation: str, answer: bytes) -> bool:
    """Whether a call that takes something away took nothing."""
    return service == "sqs" and operation == "ReceiveMessage" and b"ReceiptHandle" not in answer


def about(call: Call, path: str) -> None:
    """Completes a call with what it is about and what it reads; ``path`` is that of the request, the bucket first.

    Its conditions go: they held, and when it is repeated, what they are about may have been settled.
    """
    if call.service == "s3":
        call.request = _unconditional(call.request)
        place = path[1:].encode("latin-1").decode("utf-8", "replace")
        bucket, _, key = place.partition("/")
        call.subject = place if key else bucket  # a key may consist of slashes
        source = call.request.get("HTTP_X_AMZ_COPY_SOURCE")
        if source:
            call.reads = unquote(source.partition("?")[0]).lstrip("/")
    elif call.service in ("lambda", "sagemaker"):
        told = _json(call.body)
        code = told.get("Code") or told.get("Content") or told
        if "S3Bucket" in code:
            call.reads = f"{code['S3Bucket']}/{code.get('S3Key', '')}"
        location = told.get("PipelineDefinitionS3Location")
        if location:
            call.reads = f"{location.get('Bucket')}/{location.get('ObjectKey')}"


def _unconditional(request: Mapping[str, Any]) -> dict[str, Any]:
    kept = {
        name: value
        for name, value in request.items()
        if not _CONDITION.match(name.removeprefix("HTTP_").replace("_", "-"))
    }
    return {**kept, "headers": [pair for pair in request.get("headers", ()) if not _CONDITION.match(pair[0])]}


def settle(call: Call, journal: Journal) -> bool:
    """Drops what a call makes up for. Returns whether the call itself still has to be repeated."""
    if (
        call.service != "s3"
        or call.subject is None
        or call.operation not in ("PutObject", "DeleteObject", "DeleteBucket")
    ):
        return True
    bucket = call.subject.partition("/")[0]
    within = f"{bucket}/"
    held = (
        "service = 's3' AND subject = ? AND operation IN "
        "('Put versioning', 'Put notification', 'Put object-lock', 'CreateBucket with lock', 'Post')"
    )
    if journal.has(held, bucket):
        return True  # objects have versions, effects elsewhere, or come from forms, whose bodies name them
    if call.operation == "DeleteBucket":
        if journal.has("substr(reads, 1, ?) = ?", len(within), within):
            return True
        journal.drop("service = 's3' AND (subject = ? OR substr(subject, 1, ?) = ?)", bucket, len(within), within)
        return False
    if journal.has("reads = ?", call.subject) or _is_being_uploaded(call.subject, journal):
        return True
    journal.drop("service = 's3' AND subject = ?", call.subject)
    return call.operation == "PutObject"


def _is_being_uploaded(subject: str, journal: Journal) -> bool:
    """Whether an upload of the object in parts has begun and not ended."""
    of_object = "service = 's3' AND subject = ? AND operation IN"
    begun = journal.count(f"{of_object} ('Post uploads')", subject)
    return begun > journal.count(f"{of_object} ('Post uploadId', 'Delete uploadId')", subject)


def _of_s3(environ: Mapping[str, Any]) -> str:
    """A name of the operation: S3's own where it matters here."""
    method, path = str(environ["REQUEST_METHOD"]), str(environ["PATH_INFO"]).lstrip("/")
    query = set(parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)) - _SUBRESOURCES
    if "HTTP_X_AMZ_ACCOUNT_ID" in environ:
        return f"Control {method}"
    if query:
        return f"{method.title()} {' '.join(sorted(query))}"
    of_object = bool(path.partition("/")[2])
    if method == "PUT" and not of_object:
        return "CreateBucket with lock" if "HTTP_X_AMZ_BUCKET_OBJECT_LOCK_ENABLED" in environ else "CreateBucket"
    if method == "PUT":
        return "CopyObject" if "HTTP_X_AMZ_COPY_SOURCE" in environ else "PutObject"
    if method == "DELETE":
        return "DeleteObject" if of_object else "DeleteBucket"
    return method.title()


def _json(body: bytes) -> dict[str, Any]:
    try:
        told = parsed(body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
