"""What IAM is asked for a request of S3: of buckets, of objects, and of the keys that encrypt them.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl
from xml.etree import ElementTree

from moto.core.request import Request
from moto.s3.models import FakeKey, s3_backends
from moto.utilities.utils import get_partition

from . import s3_requests
from .front.application import CALLER
from .front.refusal import Refused
from .front.signature import Caller
from .held_keys import held_key
from .identities import account_of
from .judge.question import Question
from .principals import Context
from .s3_actions import ALL_OBJECTS, BYPASS, Asked, asked, copy_source

_READ, _WRITE = "kms:Decrypt", "kms:GenerateDataKey"
_READS = ("s3:GetObject", "s3:GetObjectVersion")
_KEPT = ("s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObjectRetention", "s3:PutObjectVersionRetention")
"""What a retention can forbid."""
_OF_AWS = "alias/aws/s3"
"""The key of the service itself, which everybody may use through S3."""
_OF_KEYS = ("kms:EncryptionContextKeys", "kms:ViaService")
_HEADERS = (
    *("x-amz-acl", "x-amz-copy-source", "x-amz-grant-full-control", "x-amz-grant-read", "x-amz-grant-read-acp"),
    *("x-amz-grant-write", "x-amz-grant-write-acp", "x-amz-metadata-directive", "x-amz-object-ownership"),
    *("x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id", "x-amz-storage-class"),
    *(
        "x-amz-server-side-encryption-customer-algorithm",
        "x-amz-website-redirect-location",
        "if-match",
        "if-none-match",
    ),
)
"""Headers whose values are those of condition keys of the same name."""
_ARGUMENTS = ("prefix", "delimiter", "max-keys")
_OF_WSGI = {f"HTTP_{name.upper().replace('-', '_')}": f"s3:{name}" for name in _HEADERS}
"""The condition keys by the names that WSGI has for the headers."""


class S3Question(NamedTuple):
    """A question, and the policy of the bucket or key that it is about; None without one."""

    question: Question
    policy: str | None
    region: str


def questions(request: Request) -> Iterator[S3Question]:
    """The questions of a request, after ``check``. Raises ``Refused`` for a body that cannot be read."""
    who: Caller = request.environ[CALLER]
    for one in asked(request.method, request.path, list(request.args), request.headers):
        for each in _each(one, request):
            yield from _of(each, request, who)
    for one in _of_copied_tags(request, who):
        yield from _of(one, request, who)


def check(request: Request) -> None:
    """Raises ``Refused`` for what is not one thing that the local AWS does."""
    who: Caller = request.environ[CALLER]
    s3_requests.check(request, _bucket(request.path.lstrip("/").partition("/")[0], who))


def of_missing_object(request: Request) -> S3Question | None:
    """What is asked besides where an object does not exist: only who may list the bucket hears of it.

    The prefix is then the object's name, as those have seen who imitate S3: https://github.com/ceph/ceph/pull/68577
    """
    who: Caller = request.environ[CALLER]
    for one in asked(request.method, request.path, list(request.args), request.headers):
        held = _bucket(one.bucket, who)
        if one.action == "s3:GetObject" and held is not None and _stored(held, one.key, request) is None:
            return _of_bucket(one._replace(action="s3:ListBucket", key=""), held, {"s3:prefix": one.key})
    return None


def _of(one: Asked, request: Request, who: Caller) -> Iterator[S3Question]:
    """``one.bucket``: empty for all of the account."""
    held = _bucket(one.bucket, who)
    if held is None or one.action == "s3:CreateBucket":
        partition = get_partition(who.region)
        place = f"arn:{partition}:s3:::{one.bucket}{'/' if one.key else ''}{one.key}" if one.bucket else "*"
        yield S3Question(Question(one.action, place, _of_request(request), who.account, _COMPLETE), None, who.region)
        return
    stored = _stored(held, one.key, request) if one.key else None
    known = {**_of_request(request), **_tags(stored, held)}
    yield _of_bucket(one, held, known)
    if one.action in _KEPT and held.object_lock_enabled and request.headers.get(BYPASS, "").lower() == "true":
        yield _of_bucket(one._replace(action="s3:BypassGovernanceRetention"), held, known)
    arn = held.arn + (f"/{one.key}" if one.key else "")
    if one.action in _READS and request.method != "HEAD":
        yield from _of_key(getattr(stored, "kms_key_id", None), _READ, held, arn)
    elif one.action == "s3:PutObject":
        part = held.multiparts.get(request.args.get("uploadId"))
        key = _key_of_new(held, request) if part is None else part.kms_key_id or _default_key(held)
        # each part is encrypted on its own, and read again for the whole
        for action in (_WRITE, _READ) if part is not None or "uploads" in request.args else (_WRITE,):
            yield from _of_key(key, action, held, arn)


def _of_bucket(one: Asked, held: Any, context: Context) -> S3Question:
    arn = held.arn + (f"/{one.key}" if one.key else "")
    known = {**context, "s3:ResourceAccount": held.account_id}
    policy = held.policy.decode() if isinstance(held.policy, bytes) else held.policy
    return S3Question(Question(one.action, arn, known, held.account_id, _COMPLETE), policy, held.region_name)


def _of_key(key: str | None, action: str, held: Any, object_arn: str) -> Iterator[S3Question]:
    """Of the key of an object; one that is given without an account is the bucket owner's."""
    if not key or key.endswith(_OF_AWS):
        return
    account = account_of(key) or held.account_id
    region = key.split(":")[3] if key.startswith("arn:") else held.region_name
    found = held_key(key, account, region)
    if found is None:
        return
    rule = (held.encryption or {}).get("Rule", {})
    by_bucket = str(rule.get("BucketKeyEnabled", False)).lower() == "true"
    context = {
        "aws:ViaAWSService": "true",
        "kms:EncryptionContext:aws:s3:arn": held.arn if by_bucket else object_arn,
        "kms:EncryptionContextKeys": ("aws:s3:arn",),
        "kms:ViaService": f"s3.{held.region_name}.amazonaws.com",
    }
    yield S3Question(Question(action, found.arn, context, complete=_OF_KEYS), found.policy, region)


def _of_request(request: Request) -> Context:
    arguments, environ = request.args, request.environ
    signed = "X-Amz-Signature" in arguments or "Signature" in arguments
    return {
        "s3:authType": "POST" if request.form else "REST-QUERY-STRING" if signed else "REST-HEADER",
        **{f"s3:{name}": arguments[name] for name in _ARGUMENTS if name in arguments},
        **{key: environ[name] for name, key in _OF_WSGI.items() if name in environ},
        "s3:VersionId": arguments.get("versionId"),
        **{f"s3:RequestObjectTag/{key}": value for key, value in _tags_given(request).items()},
    }


def _tags_given(request: Request) -> Mapping[str, str]:
    return dict(parse_qsl(request.headers.get("x-amz-tagging", ""), keep_blank_values=True))


def _of_copied_tags(request: Request, who: Caller) -> Iterator[Asked]:
    """What copying an object with tags needs besides.

    https://repost.aws/knowledge-center/copy-s3-objects-account
    """
    source = copy_source(request.headers)
    bucket, _, key = request.path.lstrip("/").partition("/")
    if source is None or "uploadId" in request.args or request.headers.get("x-amz-tagging-directive") == "REPLACE":
        return
    held = _bucket(source.bucket, who)
    stored = None if held is None else _stored(held, source.key, request)
    if stored is not None and _tags(stored, held):
        yield source._replace(action=f"{source.action}Tagging")
        yield Asked("s3:PutObjectTagging", bucket, key)


def _tags(stored: Any, held: Any) -> Context:
    if stored is None:
        return {}
    tags = s3_backends[held.account_id][held.partition].tagger.get_tag_dict_for_resource(stored.arn)
    return {f"s3:ExistingObjectTag/{key}": value for key, value in tags.items()}


_COMPLETE = (
    *("s3:ExistingObjectTag/", "s3:RequestObjectTag/", "s3:RequestObjectTagKeys"),
    *(f"s3:{name}" for name in (*_ARGUMENTS, *_HEADERS)),
)


def _bucket(name: str, who: Caller) -> Any:
    """moto's bucket of a name, whoever has it; None if it does not exist."""
    partition, owner = s3_backends.bucket_accounts.get(name, ("", who.account))
    return s3_backends[owner][partition].buckets.get(name) if partition else None


def _stored(held: Any, key: str, request: Request) -> Any:
    """moto's object; None if there is none, or it has been deleted."""
    version = request.args.get("versionId") if request.path.endswith(f"/{key}") else None
    if version:
        return next((one for one in held.keys.getlist(key, []) if str(one.version_id) == version), None)
    found = held.keys.get(key)
    return found if isinstance(found, FakeKey) else None


def _each(one: Asked, request: Request) -> Iterator[Asked]:
    """The objects that a request is about, which may be in its body. Raises ``Refused``."""
    if one.key != ALL_OBJECTS or "/" in request.path.strip("/"):
        yield one
    elif "delete" not in request.args:
        file = os.path.basename(request.files["file"].filename or "") if "file" in request.files else ""
        written = one._replace(key=request.form.get("key", "").replace("${filename}", file))
        yield written
        if request.form.get("acl"):
            yield written._replace(action="s3:PutObjectAcl")
    else:
        try:
            objects = ElementTree.fromstring(request.get_data()).iterfind("{*}Object")
        except ElementTree.ParseError as error:
            raise Refused(400, "MalformedXML", f"the body is not XML: {error}") from error
        for each in objects:
            version = "Version" if each.findtext("{*}VersionId") else ""
            yield one._replace(action=f"s3:DeleteObject{version}", key=each.findtext("{*}Key", ""))


def _key_of_new(held: Any, request: Request) -> str | None:
    """The key that a new object is encrypted with; None for the service's own, and for none."""
    if "x-amz-server-side-encryption" in request.headers:
        return request.headers.get("x-amz-server-side-encryption-aws-kms-key-id")
    return _default_key(held)


def _default_key(held: Any) -> str | None:
    rule = (held.encryption or {}).get("Rule", {})
    key: str | None = rule.get("ApplyServerSideEncryptionByDefault", {}).get("KMSMasterKeyID")
    return key
