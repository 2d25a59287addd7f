"""A value as JSON text in which expressions may stand."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ...assets import S3Location, Workplace
from ...language import Expression, Parameter, PipelineError
from ...language.expressions import encode, expression_of
from .field_checks import s3_uri, shown

_NUMBERS = ("Integer", "Float")


def json_text(value: Any, what: str, workplace: Workplace) -> Expression[Any] | str:
    """Dicts, lists, texts, numbers, booleans, None and expressions as JSON; a join where expressions are in it.

    Of a place in S3 its URI is written.

    An expression stands inside of quotes, as a text: its value must hold no quote and no backslash. A parameter that is
    a number stands there as one.
    """
    bare: set[str] = set()

    def plain(item: Any) -> Any:
        if isinstance(item, Parameter) and item.type in _NUMBERS:
            bare.add(encode(item))
        if isinstance(item, Expression):
            return encode(item)
        if isinstance(item, Mapping):
            return dict(item)
        if isinstance(item, S3Location):
            return s3_uri(item, what, workplace)
        raise PipelineError(f"{what}: {shown(item)} cannot be written as JSON")

    try:
        text = json.dumps(value, default=plain, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        if isinstance(error, PipelineError):
            raise
        reason = str(error).partition(":")[0]  # newer versions of Python add the value
        raise PipelineError(f"{what} cannot be written as JSON: {reason}") from None
    for number in bare:
        text = re.sub(re.escape(f'"{number}"'), lambda _, number=number: number, text)  # type: ignore[misc]
    return expression_of(text)
