"""What both kinds of checks need: a processing job, and the baselines that its results are compared with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ....language import Definition, StepView
from ...arns import model_package_group_arns, version_arns
from ...environment import Environment
from ...following import every
from ...needs import READ, Needs, RoleNeeds, role_of
from ...patterns import is_told_whole, pattern
from ...permissions import ELSEWHERE, Permission
from ..jobs import processing

_SUPPLIED = ("SuppliedBaselineConstraints", "SuppliedBaselineStatistics")
_GROUP = "ModelPackageGroupName"
_LIST = "sagemaker:ListModelPackages"
_READ_GROUP = ("sagemaker:DescribeModelPackage", _LIST)


def pipeline(definition: Definition, step: StepView, environment: Environment) -> Iterator[Permission]:
    """What the pipeline's role needs: the job, and the baselines of the group's latest approved version or given."""
    yield from processing.pipeline(definition, step, environment)
    need = Needs(definition, step, environment)
    arns = _group_arns(definition, step, environment)
    if arns:
        versions = version_arns(arns)
        yield Permission(_READ_GROUP, versions, because=need.because(_GROUP))
        # the reference names the versions, the guide the group: it is not told which of them the list is checked with
        yield Permission((_LIST,), arns, because=need.because(_GROUP))
    else:
        yield from need.undecided(step.json.get(_GROUP), _READ_GROUP, "model package group", _GROUP)
    yield from _baselines(need)


def jobs(definition: Definition, step: StepView, environment: Environment) -> RoleNeeds:
    """What the job's role needs: it is not told whether the job compares or the pipeline, so it reads baselines too."""
    yield from processing.jobs(definition, step, environment)
    need = Needs(definition, step, environment)
    yield from need.of(role_of(step.arguments, environment), _baselines(need))


def _group_arns(definition: Definition, step: StepView, environment: Environment) -> tuple[str, ...]:
    name = step.json.get(_GROUP)
    group = pattern(definition, name)
    return () if name is None or is_told_whole(group) else model_package_group_arns(group, environment)


def _baselines(need: Needs) -> Iterator[Permission]:
    """Those that are supplied; of others what versions of the group say, which an earlier execution registered."""
    step = need.step
    compares = step.json.get(_GROUP) is not None and step.json.get("SkipCheck") is not True
    homes = _HOMES.get(str(step.json.get("CheckType")), {}) if compares else {}
    for supplied in _SUPPLIED:
        given = step.json.get(supplied)
        yield from need.read_object(given, supplied)
        if given is None and supplied in homes:
            uris = list(_registered(need, homes[supplied]))
            for uri in uris:
                yield from need.read_object(uri, _GROUP)
            if not uris:
                yield need.note((*READ, "kms:Decrypt"), "place of the group's baselines", ELSEWHERE, _GROUP)


_QUALITY = ("Constraints", "Statistics")
_HOMES: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "DATA_QUALITY": {key: ("ModelDataQuality", file) for key, file in zip(_SUPPLIED, _QUALITY, strict=True)},
    "MODEL_QUALITY": {key: ("ModelQuality", file) for key, file in zip(_SUPPLIED, _QUALITY, strict=True)},
    "DATA_BIAS": {_SUPPLIED[0]: ("Bias", "PreTrainingConstraints")},
    "MODEL_BIAS": {_SUPPLIED[0]: ("Bias", "PostTrainingConstraints")},
    "MODEL_EXPLAINABILITY": {_SUPPLIED[0]: ("Explainability", "Constraints")},
}
"""By the kind of check and what was not supplied: where a version's ``DriftCheckBaselines`` say it instead."""


def _registered(need: Needs, home: tuple[str, str]) -> Iterator[Any]:
    """The baselines that the definition's own steps register in the group."""
    for step in need.definition.all_steps():
        if step.type == "RegisterModel" and step.arguments.get(_GROUP) == need.step.json[_GROUP]:
            for _, uri in every(step.arguments, "DriftCheckBaselines", *home, "S3Uri"):
                yield _calculated(uri)


def _calculated(uri: Any) -> Any:
    """A baseline that a check hands on was calculated by this execution of it or by an earlier one, in a like place."""
    get = uri.get("Get") if isinstance(uri, Mapping) else None
    return {"Get": get.replace(".BaselineUsedForDriftCheck", ".CalculatedBaseline")} if isinstance(get, str) else uri
