"""Whether a bucket, and the key of an object in it, let another account in.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
"""

from __future__ import annotations

from typing import Any

from moto.core.request import Request
from moto.kms.models import kms_backends
from moto.s3.models import s3_backends

from .front.application import CALLER
from .front.refusal import Refused
from .front.signature import Caller
from .identities import account_of, asking, caller_of
from .repeating import again
from .resource_policies import Asking, judged, literal, refusal
from .s3_actions import ALL_OBJECTS, Asked, asked

_READ, _WRITE = "kms:Decrypt", "kms:GenerateDataKey"


def check(request: Request) -> None:
    """Raises ``Refused`` for a request that the bucket or the key of another account does not allow."""
    who: Caller = request.environ[CALLER]
    source = request.headers.get("x-amz-copy-source")
    for one in asked(request.method, request.path, list(request.args), source):
        partition, owner = s3_backends.bucket_accounts.get(one.bucket, ("", who.account))
        if owner != who.account and not again():
            caller = asking(caller_of(who.key.id, who.account, who.region), who.region)
            _check(one, caller, s3_backends[owner][partition].buckets[one.bucket], request)


def _check(one: Asked, caller: Asking, held: Any, request: Request) -> None:
    """``held``: the bucket, as moto has it."""
    arn = f"arn:{held.partition}:s3:::{one.bucket}" + (f"/{one.key}" if one.key else "")
    owner, region = held.account_id, held.region_name
    who = caller.knowing(
        {
            "aws:ResourceAccount": owner,
            "s3:prefix": request.args.get("prefix"),
            "s3:delimiter": request.args.get("delimiter"),
            "s3:x-amz-acl": request.headers.get("x-amz-acl"),
            "s3:x-amz-server-side-encryption": request.headers.get("x-amz-server-side-encryption"),
            "s3:x-amz-server-side-encryption-aws-kms-key-id": _key_given(request),
        }
    )
    policy = held.policy.decode() if isinstance(held.policy, bytes) else held.policy
    pattern = arn if one.key == ALL_OBJECTS and _is_for_several(request) else literal(arn)
    _refuse(refusal(judged(policy, who, one.action, pattern), who, one.action, arn))
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
    if account == caller.facts["aws:PrincipalAccount"] or held is None:
        return
    via = {"kms:ViaService": f"s3.{region}.amazonaws.com", "kms:EncryptionContext:aws:s3:arn": arn}
    who = caller.knowing(via)
    _refuse(refusal(judged(held.policy, who, action, held.arn), who, action, held.arn))


def _is_for_several(request: Request) -> bool:
    """Whether the path names no object."""
    return "/" not in request.path.strip("/")


def _key_given(request: Request) -> str | None:
    return request.headers.get("x-amz-server-side-encryption-aws-kms-key-id")


def _default_key(bucket: Any) -> str | None:
    rule = (bucket.encryption or {}).get("Rule", {})
    key: str | None = rule.get("ApplyServerSideEncryptionByDefault", {}).get("KMSMasterKeyID")
    return key


def _refuse(refused: str | None) -> None:
    if refused is not None:
        raise Refused(403, "AccessDenied", refused)
