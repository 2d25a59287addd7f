"""The condition operators: how each reads the values of policies and of requests, and when these match.

Source: IAM user guide, "IAM JSON policy elements: Condition operators".
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import operator
import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from ...iam.globs import Symbols
from .texts import arn_like, like


class Operator(NamedTuple):
    """``policy`` and ``request`` read a value, and raise ``ValueError`` for one that is none of the operator's."""

    policy: Callable[[Symbols], Any]
    request: Callable[[str], Any]
    matches: Callable[[Any, Any], bool]
    """Whether the request's value is what the policy's value asks for; in this order."""
    wildcards: bool = False
    variables: bool = False


def _plain(symbols: Symbols) -> str:
    return "".join(symbols)


def _lower(symbols: Symbols) -> str:
    return _plain(symbols).lower()


def _of_plain(read: Callable[[str], Any]) -> Callable[[Symbols], Any]:
    return lambda symbols: read(_plain(symbols))


def _matches(text: str, pattern: re.Pattern[str]) -> bool:
    return pattern.match(text) is not None


def _arn(symbols: Symbols) -> re.Pattern[str]:
    return arn_like(symbols, runs_on=False)


def _matches_arn(text: str, pattern: re.Pattern[str]) -> bool:
    return text.startswith("arn:") and text.count(":") >= 5 and pattern.match(text) is not None


def _number(text: str) -> Decimal:
    try:
        found = Decimal(text.strip())
    except InvalidOperation:
        raise ValueError(f"{text!r} is not a number") from None
    if not found.is_finite():
        raise ValueError(f"{text!r} is not a number")
    return found


_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?(Z|[+-]\d\d:\d\d))?)?)?", re.ASCII)


def _date(text: str) -> Decimal:
    """The seconds since 1970. The forms of W3C's note on dates, or these seconds themselves."""
    match = _DATE.fullmatch(text)
    if match is None:
        if re.fullmatch(r"-?\d+(\.\d+)?", text, re.ASCII):
            return Decimal(text)
        raise ValueError(f"{text!r} is not a date such as 2026-01-31T12:00:00Z")
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    offset = "+00:00" if zone in (None, "Z") else zone
    moment = datetime.fromisoformat(
        f"{year}-{month or '01'}-{day or '01'}T{hour or '00'}:{minute or '00'}:{second or '00'}{offset}"
    )
    return Decimal((moment - _EPOCH) // timedelta(seconds=1)) + Decimal(fraction or 0)


def _truth(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(f"{text!r} is neither true nor false")
    return text.lower() == "true"


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError(f"{text!r} is not in base 64") from None


def _compared(read: Callable[[str], Any], how: Callable[[Any, Any], bool]) -> Operator:
    return Operator(_of_plain(read), read, how)


_IP = Operator(
    _of_plain(lambda text: ipaddress.ip_network(text, strict=False)),
    ipaddress.ip_address,
    lambda address, network: address in network,
)
_STRING_LIKE = Operator(like, str, _matches, wildcards=True, variables=True)
_ARN_LIKE = Operator(_arn, str, _matches_arn, wildcards=True, variables=True)
_ORDERS = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}
OPERATORS: dict[str, Operator] = {
    "StringEquals": Operator(_plain, str, operator.eq, variables=True),
    "StringEqualsIgnoreCase": Operator(_lower, str.lower, operator.eq, variables=True),
    "StringLike": _STRING_LIKE,
    "ArnEquals": _ARN_LIKE,
    "ArnLike": _ARN_LIKE,
    "Bool": Operator(_of_plain(_truth), _truth, operator.eq, variables=True),
    "BinaryEquals": _compared(_bytes, operator.eq),
    "IpAddress": _IP,
    **{f"Numeric{name}": _compared(_number, how) for name, how in _ORDERS.items()},
    **{f"Date{name}": _compared(_date, how) for name, how in _ORDERS.items()},
}
"""The operators that ask for a match, by their names. ``Null`` asks for none of a value."""
NEGATED: dict[str, str] = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
}
"""The operators that are met where another is not."""
