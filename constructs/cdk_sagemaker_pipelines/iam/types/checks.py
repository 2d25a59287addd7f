"""What both kinds of checks need: a processing job, and the baselines that its results are compared with."""

from __future__ import annotations

from collections.abc import Iterator

from ...language import Definition, Step
from ..needs import Needs, RoleNeeds, model_package_group_arns, role_of
from ..permissions import Permission
from ..places import UNKNOWN, Place, pattern
from . import processing

_BASELINES = ("SuppliedBaselineConstraints", "SuppliedBaselineStatistics")
_READ_GROUP = ("sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages")


def pipeline(definition: Definition, step: Step, place: Place) -> Iterator[Permission]:
    """What the pipeline's role needs: the job, and the baselines of the group's latest approved version or given."""
    yield from processing.pipeline(definition, step, place)
    name = step.json.get("ModelPackageGroupName")
    group = pattern(definition, name) if name is not None else UNKNOWN
    arns = model_package_group_arns(group, place) if group != UNKNOWN else ()
    if arns:
        # the reference names the versions, the guide the group: it is not told which of them the list is checked with
        versions = tuple(arn.replace(":model-package-group/", ":model-package/") + "/*" for arn in arns)
        yield Permission(_READ_GROUP, (*arns, *versions), because=(f"{step.name}: ModelPackageGroupName",))
    need = Needs(definition, step, place)
    if not arns:
        yield from need.undecided(name, _READ_GROUP, "model package group", "ModelPackageGroupName")
    yield from _baselines(need)


def jobs(definition: Definition, step: Step, place: Place) -> RoleNeeds:
    """What the job's role needs: it is not told whether the job compares or the pipeline, so it reads baselines too."""
    yield from processing.jobs(definition, step, place)
    need = Needs(definition, step, place)
    yield from need.of(role_of(step.arguments, place), _baselines(need))


def _baselines(need: Needs) -> Iterator[Permission]:
    for key in _BASELINES:
        yield from need.read_object(need.step.json.get(key), key)
