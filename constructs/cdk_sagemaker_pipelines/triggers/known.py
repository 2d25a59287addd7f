"""The starts that an app declares, kept on its root, for pipelines to judge their parameters when they are synthesized.

Beside what templates say: a rule's parameters are an override, and a universal target's are a text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from constructs import IConstruct

from ..undo import undoing
from .values import StartValue


class Start(NamedTuple):
    """What starts a pipeline."""

    construct: IConstruct
    """The rule or schedule."""
    kind: str
    pipeline_arn: str
    parameters: Sequence[StartValue]


def remember(start: Start) -> None:
    """Keeps a start."""
    known = starts(start.construct)
    known.append(start)
    undoing(lambda: known.remove(start))


def starts(construct: IConstruct) -> list[Start]:
    """All starts of the app of the construct, in the order of their declaration."""
    found: list[Start] = construct.node.root.__dict__.setdefault("_sagemaker_starts", [])
    return found
