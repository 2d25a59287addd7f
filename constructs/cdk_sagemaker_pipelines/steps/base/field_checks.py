"""Whether a field was given what it takes; what is refused is reported under the field's own name."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from aws_cdk import Duration, Token

from ...assets import S3Location, SourceDir, Workplace, uri_of
from ...assets.code import PYTHON
from ...assets.shown import shown as shown
from ...language import Expression, PipelineError, as_text, choices, did_you_mean
from ...language.expressions import has_placeholder
from ...language.later import later_pattern
from ...language.tokens import is_number_token

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms


TextLike = str | int | float | Expression[Any]
"""What is written as a text."""
TextOrPlace = TextLike | S3Location
"""What code receives: a text, or a place in S3, of which it gets the URI."""


def items(value: Any, what: str) -> Sequence[Any]:
    """A list or tuple."""
    if isinstance(value, (list, tuple)):
        return value
    raise PipelineError(f"{what} must be a list, not {shown(value)}")


def entries(value: Any, what: str) -> Mapping[str, Any]:
    """A dict by literal names, or nothing."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise PipelineError(f"{what} must be a dict by name, not {shown(value)}")
    for name in value:
        literal(name, f"{what}: the name")
    return value


def literal(value: Any, what: str) -> str:
    """A text that is known now."""
    if isinstance(value, Expression) or (isinstance(value, str) and has_placeholder(value)):
        raise PipelineError(f"{what} {shown(value)} must be literal, the service substitutes no value there")
    if not isinstance(value, str):
        raise PipelineError(f"{what} must be a text, not {shown(value)}")
    return value


_FOLDER = later_pattern(r"[^/\0]+", re.ASCII)


def folder_name(value: Any, what: str) -> str:
    """A literal text that is also the name of a folder in the container."""
    name = literal(value, what)
    if name in (".", "..") or not _FOLDER.fullmatch(name):
        raise PipelineError(f"{what} {shown(name)} must be a name without '/', since it is also that of a folder")
    return name


def of_type(value: Any, kind: type | tuple[type, ...], what: str, example: str, *, optional: bool = True) -> None:
    """Raises for a value of another type; None is nothing where the field is optional."""
    if not isinstance(value, kind) and not (optional and value is None):
        raise PipelineError(f"{what} takes {example}, not {shown(value)}")


def served_code(value: Any, what: str, *, optional: bool = True) -> None:
    """Code that the image itself starts."""
    of_type(value, SourceDir, what, "SourceDir(...)", optional=optional)
    if value is not None and value.command != PYTHON:
        raise PipelineError(
            f"{what}: command is {shown(value.command)}, but here the image itself starts {value.entry_point!r}; give "
            "SourceDir a command for processing steps only"
        )


def one_of(value: Any, allowed: Sequence[str], what: str) -> None:
    """Raises for anything but one of the texts."""
    if isinstance(value, Expression):
        raise PipelineError(f"{what} {shown(value)} must be literal; allowed are {choices(allowed)}")
    if value not in allowed:
        hint = did_you_mean(value, allowed) if isinstance(value, str) else ""
        raise PipelineError(f"{what} is {shown(value)}{hint or f'; allowed are {choices(allowed)}'}")


def whole(value: Any, least: int, most: int, what: str) -> None:
    """Raises for anything but a whole number between the bounds that is known now."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise PipelineError(f"{what} takes {least} to {most}, not {shown(value)}")


def member(value: Any, name: str, what: str, example: str) -> Any:
    """A member of a CDK object. CDK's interfaces are none that ``isinstance`` can tell, so the member does."""
    try:
        return getattr(value, name)
    except AttributeError:
        raise PipelineError(f"{what} takes {example}, not {shown(value)}") from None


def text(value: Any, what: str) -> Any:
    """A text or an expression as a text; a number is written as one."""
    if isinstance(value, Expression):
        return as_text(value)
    if isinstance(value, str):
        return value
    if is_number_token(value):
        return Token.as_string(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        return str(value)
    raise PipelineError(f"{what} must be a text, not {shown(value)}")


def text_or_s3_uri(value: Any, what: str, workplace: Workplace) -> Any:
    """A text, as ``text`` takes it; of a place in S3 the URI."""
    if isinstance(value, S3Location):
        return s3_uri(value, what, workplace)
    if not isinstance(value, Expression) and hasattr(value, "bucket_name"):
        raise PipelineError(
            f"{what}: {shown(value)} is a bucket; for a place in it write S3Location(bucket, 'prefix/')"
        )
    return text(value, what)


def texts(value: Any, what: str) -> list[Any] | None:
    """A list of texts; None for nothing."""
    return None if value is None else [text(item, f"{what}[{index}]") for index, item in enumerate(items(value, what))]


def s3_uri(value: Any, what: str, workplace: Workplace) -> Any:
    """The URI of a place in S3."""
    try:
        return uri_of(value, workplace)
    except PipelineError as error:
        raise PipelineError(f"{what}: {error}") from None


def seconds(value: Any, what: str) -> Any:
    """A duration as whole seconds."""
    if isinstance(value, Duration):
        try:
            return value.to_seconds()
        except RuntimeError:
            raise PipelineError(f"{what}: {value.to_string()} is not a whole number of seconds") from None
    if is_number_token(value) or (isinstance(value, (int, Expression)) and not isinstance(value, bool)):
        return value
    raise PipelineError(f"{what} takes a Duration or whole seconds, not {shown(value)}")


def seconds_within(duration: Any, what: str, least: int, most: int) -> int:
    """A ``Duration``, and nothing else, as whole seconds. Raises for fewer or more."""
    of_type(duration, Duration, what, "a Duration such as Duration.minutes(5)", optional=False)
    found: int = seconds(duration, what)
    if not least <= found <= most:
        raise PipelineError(f"{what} is {duration.to_human_string()}; allowed are {least} to {most} seconds")
    return found


def kms_key(key: kms.IKey | None, what: str) -> str | None:
    """The key's ARN."""
    return None if key is None else str(member(key, "key_arn", what, "a KMS key such as kms.Key.from_key_arn(...)"))
