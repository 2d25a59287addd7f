"""What both kinds of checks need: a processing job, and the baselines that its results are compared with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ....language.field import Field
from ...arns import model_package_group_arns, version_arns
from ...needs import Needs, RoleNeeds
from ...patterns import is_told_whole, pattern
from ...permissions import ELSEWHERE, Permission
from ...s3_needs import READ
from ..jobs import processing

_SUPPLIED = ("SuppliedBaselineConstraints", "SuppliedBaselineStatistics")
_GROUP = "ModelPackageGroupName"
_LIST = "sagemaker:ListModelPackages"
_READ_GROUP = ("sagemaker:DescribeModelPackage", _LIST)


def pipeline(need: Needs) -> Iterator[Permission]:
    """What the pipeline's role needs: the job, and the baselines of the group's latest approved version or given."""
    yield from processing.pipeline(need)
    group = need.beside.at(_GROUP)
    known = pattern(need.definition, group.value)
    given = group.given and not is_told_whole(known)
    arns = model_package_group_arns(known, need.environment) if given else ()
    if arns:
        yield Permission(_READ_GROUP, version_arns(arns), because=need.because(group))
        # the reference names the versions, the guide the group: it is not told which of them the list is checked with
        yield Permission((_LIST,), arns, because=need.because(group))
    else:
        yield from need.undecided(group, _READ_GROUP, "model package group")
    yield from _baselines(need)


def jobs(need: Needs) -> RoleNeeds:
    """What the job's role needs: it is not told whether the job compares or the pipeline, so it reads baselines too."""
    yield from processing.jobs(need)
    yield from need.of(need.role(need.arguments.at("RoleArn")).value, _baselines(need))


def _baselines(need: Needs) -> Iterator[Permission]:
    """Those that are supplied; of others what versions of the group say, which an earlier execution registered."""
    group, said = need.beside.at(_GROUP), need.step.json
    compares = group.given and said.get("SkipCheck") is not True
    homes = _HOMES.get(str(said.get("CheckType")), {}) if compares else {}
    for supplied in _SUPPLIED:
        given = need.beside.at(supplied)
        yield from need.read_object(given)
        if not given.given and supplied in homes:
            uris = list(_registered(need, homes[supplied]))
            for uri in uris:
                yield from need.read_object(replace(group, value=uri))
            if not uris:
                yield need.note((*READ, "kms:Decrypt"), "place of the group's baselines", ELSEWHERE, group)


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
            for uri in Field.of_arguments(step).every("DriftCheckBaselines", *home, "S3Uri"):
                yield _calculated(uri.value)


def _calculated(uri: Any) -> Any:
    """A baseline that a check hands on was calculated by this execution of it or by an earlier one, in a like place."""
    get = uri.get("Get") if isinstance(uri, dict) else None
    return {"Get": get.replace(".BaselineUsedForDriftCheck", ".CalculatedBaseline")} if isinstance(get, str) else uri
