"""What all jobs need, as the row of their type says: to be created, their data, image, keys, network and logs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from ....language.field import Field
from ....language.step_types import JobRequest, StepType, row_of
from ...arns import named_arns
from ...needs import Needs, RoleNeeds
from ...patterns import UNKNOWN, made_name, pattern
from ...permissions import Permission

_NO_JOB = JobRequest()


def created(need: Needs) -> Iterator[Permission]:
    """What the pipeline's role needs to create the job, to follow, stop and tag it, and to pass its role."""
    row = row_of(need.step.type)
    if row.resource is None:
        return
    verbs = ("Create", "Describe") if row.lasts else ("Create", "Describe", "Stop")
    actions = ("AddTags", *row.actions, *(f"{verb}{row.api}" for verb in verbs))
    named = tuple(f"sagemaker:{action}" for action in sorted(actions))
    arns, because = _arns(need, row, row.resource), need.because()
    for some, conditions in need.environment.limits.split(named):
        yield Permission(some, arns, conditions, because)
    if row.role is not None:
        role = need.arguments.at(row.role)
        yield from need.pass_role(need.role(role) if row.has_default_role else role, row.service)


def _arns(need: Needs, row: StepType, kind: str) -> tuple[str, ...]:
    if row.name_prefix is None:
        return named_arns(kind, need.arguments.at(f"{row.api}Name").value, need.definition, need.environment)
    # short names leave no room for the service's 'pipelines-'
    prefix = row.name_prefix if row.keeps_name else ""
    name = UNKNOWN if row.has_short_name else made_name(need.definition, need.step, prefix)
    above = () if row.above is None else (pattern(need.definition, need.arguments.at(row.above).value),)
    return (need.environment.sagemaker("/".join((kind, *above, name))),)


def jobs(need: Needs) -> RoleNeeds:
    """What the role of a job needs of which the row says all."""
    row = row_of(need.step.type)
    if row.role is not None and row.job is not None:
        role = need.role(need.arguments.at(row.role)).value
        for derive in (inputs, outputs, image, surroundings):
            yield from need.of(role, derive(need, need.arguments, row))


def inputs(need: Needs, request: Field, row: StepType) -> Iterator[Permission]:
    """The data that a job reads. ``request``: that of the job, wherever in the arguments it stands."""
    first, *rest = _path((row.job or _NO_JOB).inputs)
    for holder in request.every(first):
        yield from need.data(holder, *rest)


def outputs(need: Needs, request: Field, row: StepType) -> Iterator[Permission]:
    """The places that a job writes to."""
    for output in row.outputs:
        for holder in request.every(*_path(output.holder)):
            for uri in holder.every(*_path(output.uri)):
                yield from need.write(replace(holder, value=uri.value))


def image(need: Needs, request: Field, row: StepType) -> Iterator[Permission]:
    """The image that a job runs."""
    yield from _at(request, (row.job or _NO_JOB).image, need.image)


def surroundings(need: Needs, request: Field, row: StepType) -> Iterator[Permission]:
    """The keys of a job's outputs and volumes, its network and its logs."""
    job = row.job or _NO_JOB
    yield from _at(request, job.output_key, need.output_key)
    yield from _at(request, job.volume_key, need.volume_key)
    yield from _at(request, job.vpc, need.network)
    if row.logs is not None:
        yield from need.logs(row.logs)


def _at(request: Field, path: str | None, derive: Callable[[Field], Iterator[Permission]]) -> Iterator[Permission]:
    for field in request.every(*_path(path)):
        yield from derive(field)


def _path(path: str | None) -> list[str]:
    # a request has no member without a name
    return (path or "").split(".")
