"""What the jobs of a step read and write beside what their arguments tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..assets import S3Prefix, Script
from ..iam.places import DataAccess
from ..language import PipelineError, Rendering
from .checks import items, place, text
from .step import Step

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam


def place_text(value: Any, what: str, step: Step, construct_id: str, scripts: list[str]) -> Any:
    """A text or expression; of a place in S3 its URI; of a script its URI too, which is added to ``scripts``."""
    if isinstance(value, S3Prefix):
        return value.bind(step.host.workplace)
    if isinstance(value, Script):
        uri = step.host.workplace.staged(step.name, value.stage(step, construct_id)).uri
        scripts.append(uri)
        return uri
    return text(value, what)


def say(
    step: Step,
    role: iam.IRole | None,
    *,
    reads: Sequence[Any],
    writes: Sequence[Any],
    scripts: Sequence[str] = (),
    own: bool = False,
    whose: str = "role",
) -> None:
    """Tells the pipeline of the step's data, and of the role that it is granted to when the pipeline is synthesized.

    Raises ``PipelineError`` when data is named and the role is not known here. ``own``: whether the role is made for
    the step. ``whose``: the fields that say the role.
    """
    work = step.host.workplace
    found = {
        what: tuple(
            Rendering().render(place(value, f"{what}[{index}]", work))
            for index, value in enumerate(items(values, what))
        )
        for what, values in (("reads", reads), ("writes", writes))
    }
    if role is None:
        for what, uris in found.items():
            if uris:
                raise PipelineError(f"{what} are granted to the role that the step runs with; give {whose} too")
        return
    step.host.uses_role(role, own=own, step=step.name)
    work.accesses[step.name] = DataAccess(work.role_arn(role), (*scripts, *found["reads"]), found["writes"])
