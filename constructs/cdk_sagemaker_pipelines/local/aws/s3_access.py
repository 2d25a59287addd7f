"""Whether a bucket, and the key of an object in it, let another account in.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

from moto.core.request import Request
from moto.kms.models import kms_backends
from moto.s3.models import s3_backends

from .front.application import CALLER
from .front.refusal import Refused
from .front.signature import Caller
from .identities import account_of
from .principals import Asking, asking
from .repeating import again
from .resource_policies import refusal
from .s3_actions import ALL_OBJECTS, Asked, asked

_READ, _WRITE = "kms:Decrypt", "kms:GenerateDataKey"


def check(request: Request) -> None:
    """Raises ``Refused`` for a request that the bucket or the key of another account does not allow."""
    who: Caller = request.environ[CALLER]
    source = request.headers.get("x-amz-copy-source")
    for one in asked(request.method, request.path, list(request.args), source):
        partition, owner = s3_backends.bucket_accounts.get(one.bucket, ("", who.account))
        if owner != who.account and not again():
            caller, held = (
                asking(who.key.id, who.account, who.region),
                s3_backends[owner][partition].buckets[one.bucket],
            )
            for each in _each(one, request):
                _check(each, caller, held, request)


def _check(one: Asked, caller: Asking, held: Any, request: Request) -> None:
    """``held``: the bucket, as moto has it."""
    arn = f"arn:{held.partition}:s3:::{one.bucket}" + (f"/{one.key}" if one.key else "")
    owner, region = held.account_id, held.region_name
    who = caller.knowing(
        {
            "s3:prefix": request.args.get("prefix"),
            "s3:delimiter": request.args.get("delimiter"),
            "s3:ResourceAccount": owner,
            "s3:x-amz-acl": request.headers.get("x-amz-acl"),
            "s3:x-amz-server-side-encryption": request.headers.get("x-amz-server-side-encryption"),
            "s3:x-amz-server-side-encryption-aws-kms-key-id": _key_given(request),
        }
    )
    policy = held.policy.decode() if isinstance(held.policy, bytes) else held.policy
    _refuse(refusal(policy, who, one.action, arn, owner=owner, region=region))
    if one.action in ("s3:GetObject", "s3:GetObjectVersion") and request.method != "HEAD":
        stored = held.keys.get(one.key)
        _check_key(stored.kms_key_id if stored is not None else None, _READ, caller, owner, region, arn)
    elif one.action == "s3:PutObject":
        _check_key(_key_given(request) or _default_key(held), _WRITE, caller, owner, region, arn)


def _check_key(key: str | None, action: str, caller: Asking, owner: str, region: str, arn: str) -> None:
    """Of the key of an object; one that is given without an account is the bucket owner's."""
    if not key or key.endswith("alias/aws/s3"):
        return
    account = account_of(key) or owner
    keys = kms_backends[account][key.split(":")[3] if key.startswith("arn:") else region]
    held = keys.keys.get(keys.any_id_to_key_id(key))
    if account == caller.principal.account or held is None:
        return
    via = {"kms:ViaService": f"s3.{region}.amazonaws.com", "kms:EncryptionContext:aws:s3:arn": arn}
    _refuse(refusal(held.policy, caller.knowing(via), action, held.arn))


def _each(one: Asked, request: Request) -> Iterator[Asked]:
    """The objects that a request is about, which may be in its body. Raises ``Refused``."""
    if one.key != ALL_OBJECTS or "/" in request.path.strip("/"):
        yield one
    elif "delete" not in request.args:
        file = os.path.basename(request.files["file"].filename or "") if "file" in request.files else ""
        yield one._replace(key=request.form.get("key", "").replace("${filename}", file))
    else:
        try:
            objects = ElementTree.fromstring(request.get_data()).iterfind("{*}Object")
        except ElementTree.ParseError as error:
            raise Refused(400, "MalformedXML", f"the body is not XML: {error}") from error
        for each in objects:
            version = "Version" if each.findtext("{*}VersionId") else ""
            yield one._replace(action=f"s3:DeleteObject{version}", key=each.findtext("{*}Key", ""))


def _key_given(request: Request) -> str | None:
    return request.headers.get("x-amz-server-side-encryption-aws-kms-key-id")


def _default_key(bucket: Any) -> str | None:
    rule = (bucket.encryption or {}).get("Rule", {})
    key: str | None = rule.get("ApplyServerSideEncryptionByDefault", {}).get("KMSMasterKeyID")
    return key


def _refuse(refused: str | None) -> None:
    if refused is not None:
        raise Refused(403, "AccessDenied", refused)
