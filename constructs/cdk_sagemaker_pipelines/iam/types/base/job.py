"""What all jobs need, as the row of their type says: to be created, their data, image, keys, network and logs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ....language.step_types import JobRequest, StepType, row_of
from ...arns import named_arns
from ...following import every
from ...needs import Needs, RoleNeeds, pass_role, role_of
from ...patterns import UNKNOWN, made_name, pattern
from ...permissions import Permission

_NO_JOB = JobRequest()


def created(need: Needs) -> Iterator[Permission]:
    """What the pipeline's role needs to create the job, to follow, stop and tag it, and to pass its role."""
    step, row = need.step, row_of(need.step.type)
    if row.resource is None:
        return
    verbs = ("Create", "Describe") if row.lasts else ("Create", "Describe", "Stop")
    actions = ("AddTags", *row.actions, *(f"{verb}{row.api}" for verb in verbs))
    named = tuple(f"sagemaker:{action}" for action in sorted(actions))
    yield Permission(named, _arns(need, row, row.resource), because=need.because(step.type))
    if row.role is not None:
        role = (
            role_of(step.arguments, need.environment, row.role)
            if row.has_default_role
            else step.arguments.get(row.role)
        )
        yield from pass_role(role, row.service, f"{step.name}: {row.role}")


def _arns(need: Needs, row: StepType, kind: str) -> tuple[str, ...]:
    arguments = need.step.arguments
    if row.name_prefix is None:
        return named_arns(kind, arguments.get(f"{row.api}Name"), need.definition, need.environment)
    # short names leave no room for the service's 'pipelines-'
    prefix = row.name_prefix if row.keeps_name else ""
    name = UNKNOWN if row.has_short_name else made_name(need.definition, need.step, prefix)
    above = () if row.above is None else (pattern(need.definition, arguments.get(row.above)),)
    return (need.environment.sagemaker("/".join((kind, *above, name))),)


def jobs(need: Needs) -> RoleNeeds:
    """What the role of a job needs of which the row says all."""
    row, request = row_of(need.step.type), need.step.arguments
    if row.role is not None and row.job is not None:
        role = role_of(request, need.environment, row.role)
        for derive in (inputs, outputs, image, surroundings):
            yield from need.of(role, derive(need, request, row))


def inputs(need: Needs, request: Any, row: StepType, where: str = "") -> Iterator[Permission]:
    """The data that a job reads. ``where``: the path of its request in the arguments."""
    first, *rest = _path((row.job or _NO_JOB).inputs)
    for above, holder in every(request, first, where=where):
        for _, source in every(holder, *rest):
            yield from need.data(source, above)


def outputs(need: Needs, request: Any, row: StepType, where: str = "") -> Iterator[Permission]:
    """The places that a job writes to."""
    for output in row.outputs:
        for above, holder in every(request, *output.holder.split("."), where=where):
            for _, uri in every(holder, *output.uri.split(".")):
                yield from need.write(uri, above)


def image(need: Needs, request: Any, row: StepType, where: str = "") -> Iterator[Permission]:
    """The image that a job runs."""
    yield from _at(request, (row.job or _NO_JOB).image, need.image, where)


def surroundings(need: Needs, request: Any, row: StepType, where: str = "") -> Iterator[Permission]:
    """The keys of a job's outputs and volumes, its network and its logs."""
    job = row.job or _NO_JOB
    yield from _at(request, job.output_key, need.output_key, where)
    yield from _at(request, job.volume_key, need.volume_key, where)
    yield from _at(request, job.vpc, need.network, where)
    if row.logs is not None:
        yield from need.logs(row.logs)


def _at(
    request: Any, path: str | None, derive: Callable[[Any, str], Iterator[Permission]], where: str
) -> Iterator[Permission]:
    for at, value in every(request, *_path(path), where=where):
        yield from derive(value, at)


def _path(path: str | None) -> list[str]:
    # a request has no member without a name
    return (path or "").split(".")
