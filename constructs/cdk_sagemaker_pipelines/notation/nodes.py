"""The values of the fields of steps, before they are written or made: JSON, and these where a field takes more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Made:
    """A value object. ``function``: what makes it, such as ``Channel`` or ``Image.from_uri``."""

    function: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    positional: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Existing:
    """Something of AWS that exists already.

    ``kind``: a role, a bucket and so on. ``identity``: its ARN, URL or name.
    """

    kind: str
    identity: str


@dataclass(frozen=True)
class OfStep:
    """A step of the pipeline, where a field takes it whole.

    ``read``: the expression that reads it instead, where the step is not of the class that the field takes.
    """

    step: str
    class_name: str
    read: Any


@dataclass(frozen=True)
class Comparison:
    """A condition of a condition step, as the service has it."""

    json: Mapping[str, Any]


NOTHING = Made("None")
"""None, where that is not what holds anyway."""
SKIP = object()
"""What a conversion returns for a value that its field cannot hold."""
