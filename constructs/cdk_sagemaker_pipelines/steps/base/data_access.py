"""What the jobs of a step read and write besides what their arguments tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...assets import S3Location, Script
from ...iam.environment import DataAccess
from ...language import PipelineError, Rendering, StringLike
from .field_checks import items, s3_uri, text_or_s3_uri
from .fields import Fields
from .step import Step

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam


def place_text(value: Any, what: str, step: Step, construct_id: str, scripts: list[str]) -> Any:
    """A text or expression; of a place in S3 its URI; of a script its URI too, which is added to ``scripts``."""
    if isinstance(value, Script):
        uri = step.host.workplace.staged(step.name, value.stage(step, construct_id)).uri
        scripts.append(uri)
        return uri
    return text_or_s3_uri(value, what, step.host.workplace)


class DataFields(Fields):
    """What a step says of the data of its code, besides what its own fields tell."""

    reads: Sequence[S3Location | StringLike] = ()
    """What else the code reads: each an ``S3Location``, another step's output or an S3 URI. Default: nothing.

    The job's role may list and read the objects at and below it, and decrypt them. Name here what is passed as an
    argument, in the environment or as a hyperparameter, and read by the code itself. The step waits for the steps whose
    outputs it reads.
    """
    writes: Sequence[S3Location | StringLike] = ()
    """Where else the code writes: each an ``S3Location``, another step's output or an S3 URI. Default: nowhere.

    The job's role may put objects there, with the bucket's key, and end uploads; to read or list them, too, name the
    place in both. To allow deleting, grant it to ``job_role``.
    """


def grant_data(step: Step, role: iam.IRole | None, given: Any, *, unknown: str = "") -> None:
    """Tells the pipeline of what ``given`` reads and writes, to be granted to the role of the step's job.

    The role is known to the pipeline. Raises ``PipelineError`` when data is named and there is no role; ``unknown``
    says whose it is, and what to do.
    """
    reads, writes = _uris(step, "reads", given.reads), _uris(step, "writes", given.writes)
    if not reads and not writes:
        return
    if role is None:
        raise PipelineError(f"{'reads' if reads else 'writes'} are granted to {unknown}")
    work = step.host.workplace
    work.keep_access(step.name, DataAccess(work.role_arn(role), reads, writes))


def _uris(step: Step, what: str, values: Sequence[Any]) -> tuple[Any, ...]:
    """The URIs of places, as JSON; the step renders them once more, for the parameters in them to be declared."""
    if isinstance(values, tuple) and not values:  # as of most steps
        return ()
    work, rendering = step.host.workplace, Rendering(step=step.name)
    places = {f"{what}[{index}]": value for index, value in enumerate(items(values, what))}
    uris = [(where, s3_uri(value, where, work)) for where, value in places.items()]
    rendered = tuple(rendering.render(uri, where) for where, uri in uris)
    for finding in rendering.findings:
        raise PipelineError(f"{finding.where}: {finding.text}")
    step._data_beside.extend(uris)
    return rendered


def declare_data_access(
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
    found = {what: _uris(step, what, values) for what, values in (("reads", reads), ("writes", writes))}
    if role is None:
        for what, uris in found.items():
            if uris:
                raise PipelineError(f"{what} are granted to the role that the step runs with; give {whose} too")
        return
    step.host.uses_role(role, own=own, step=step.name)
    access = DataAccess(work.role_arn(role), (*scripts, *found["reads"]), found["writes"])
    work.keep_access(step.name, access)
