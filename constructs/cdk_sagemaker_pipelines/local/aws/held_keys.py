"""The KMS keys that moto holds, by any of their names."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from moto.kms.models import kms_backends

_ID_LENGTH = 36


def held_key(named: str, account: str, region: str) -> Any:
    """moto's key of an id, an alias, or the ARN of either; None without one. An ARN names account and region itself."""
    if named.startswith("arn:") and named.count(":") > 4:
        region, account = named.split(":")[3:5]
    backend = kms_backends[account][region]
    try:
        return backend.keys.get(backend.any_id_to_key_id(named))
    except AttributeError:  # how moto misses an alias
        return None


def key_in(ciphertext: str) -> str:
    """The id of the key that something was encrypted with, as moto writes it in front; empty of anything else."""
    try:
        return base64.b64decode(ciphertext)[:_ID_LENGTH].decode("ascii")
    except (binascii.Error, ValueError):
        return ""
