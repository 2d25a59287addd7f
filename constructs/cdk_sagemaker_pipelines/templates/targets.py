"""What starts a pipeline: the targets of EventBridge's schedules and rules, and the parameters that they give it."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from ..language import Definition, Finding, PipelineError, did_you_mean
from ..language.later import later_pattern
from ..language.start_values import UNIVERSAL_TARGET, taken
from .functions import alternatives, elements, is_known

SCHEDULE, RULE = "AWS::Scheduler::Schedule", "AWS::Events::Rule"
_TOLD = 8
"""How many names a message lists."""
_FILLED_IN = later_pattern(r"<aws\.scheduler\.|\$\{")
"""What the Scheduler or the deployment fills in."""
_MEMBER, _LIST = "SageMakerPipelineParameters", "PipelineParameterList"


class Target(NamedTuple):
    """A target of a schedule or a rule."""

    type: str
    where: tuple[str | int, ...]
    """The path to it in the resource's properties."""
    arn: Any
    """The ARN as it is written, with the template's functions."""
    names: Collection[str] | None
    """The parameters that it gives; None if they are only known at deployment."""
    has_member: bool = True
    """Whether it has ``SageMakerPipelineParameters``."""
    texts: Mapping[str, str] = MappingProxyType({})
    """The values of those that are known before the deployment, and that no event fills in."""
    listed: str = f".{_MEMBER}.{_LIST}"
    """Where its parameters are, behind ``where``."""


def targets(resource_type: str, properties: Mapping[str, Any]) -> Iterator[Target]:
    """The targets that are written in a resource and could be a pipeline."""
    if resource_type == SCHEDULE and isinstance(properties.get("Target"), Mapping):
        yield from _target(resource_type, ("Target",), properties["Target"])
    if resource_type == RULE and isinstance(properties.get("Targets"), list):
        for index, target in enumerate(properties["Targets"]):
            if isinstance(target, Mapping):
                yield from _target(resource_type, ("Targets", index), target)


def requested(resource_type: str, properties: Mapping[str, Any], text: Callable[[Any], str]) -> Iterator[Target]:
    """A pipeline that a schedule starts by a request of its own, as a universal target.

    ``text``: a value as a text, in which what only the deployment knows has the form of a token, ``${...}``.
    """
    target = properties.get("Target")
    if resource_type != SCHEDULE or not isinstance(target, Mapping):
        return
    if not text(target.get("Arn", "")).lower().endswith(UNIVERSAL_TARGET):
        return
    try:
        request = json.loads(text(target.get("Input", "")))
    except ValueError:
        return
    if not isinstance(request, Mapping) or not isinstance(request.get("PipelineName"), str):
        return
    given = request.get("PipelineParameters", [])
    names = _names(given)
    if names is not None and any("${" in name for name in names):
        names = None
    texts = {} if names is None else _texts(SCHEDULE, given)
    known = {name: value for name, value in texts.items() if not _FILLED_IN.search(value)}
    yield Target(
        SCHEDULE, ("Target", "Input"), request["PipelineName"], names, texts=known, listed=".PipelineParameters"
    )


def judge(target: Target, definition: Definition) -> Iterator[Finding]:
    """What a target gives that the pipeline it starts does not have, or leaves out."""
    known = definition.parameters
    where = dotted(target.where)
    if not target.has_member and target.type == SCHEDULE:
        text = f"EventBridge Scheduler requires {_MEMBER}, if only with an empty {_LIST}"
        yield Finding("target-without-parameters", text, where=where)
    if target.names is None:
        return
    for name in target.names:
        if name not in known:
            has = did_you_mean(name, known) or (f"; it has {', '.join(known)}" if 0 < len(known) <= _TOLD else "")
            text = f"the pipeline has no parameter {name!r}{has}"
            yield Finding("target-parameter", text, where=where + target.listed)
    for name, value in target.texts.items():
        if name in known:
            try:
                taken(known[name], value)
            except PipelineError as error:
                yield Finding("target-value", f"{error}; every start would be refused", where=where + target.listed)
    missing = [name for name, declared in known.items() if not declared.has_default and name not in target.names]
    if missing:
        text = f"no value for {', '.join(map(repr, missing))}, which has no default: every start would be refused"
        yield Finding("target-lacks-parameter", text, where=where)


def _target(resource_type: str, where: tuple[str | int, ...], target: Mapping[str, Any]) -> Iterator[Target]:
    ways = list(alternatives(target[_MEMBER])) if target.get(_MEMBER) is not None else []
    if not ways:
        yield Target(resource_type, where, target.get("Arn"), (), has_member=False)
        return
    member = ways[0]
    given = member.get(_LIST, []) if isinstance(member, Mapping) and len(ways) == 1 else None
    names = _names(given)
    texts = _texts(resource_type, given) if names is not None and isinstance(given, list) else {}
    yield Target(resource_type, where, target.get("Arn"), names, texts=texts)


def _texts(resource_type: str, given: Sequence[Any]) -> dict[str, str]:
    """The values that the pipeline gets as they are written."""
    filled_in = ("$.", "$[") if resource_type == RULE else ()
    found = {element["Name"]: element.get("Value") for element in elements([*given])}
    return {
        name: text
        for name, text in found.items()
        if isinstance(text, str) and is_known(text) and not text.startswith(filled_in)
    }


def _names(given: Any) -> Collection[str] | None:
    if not isinstance(given, list):
        return None
    found = []
    for element in elements(given):
        name = element.get("Name") if isinstance(element, Mapping) else None
        if not isinstance(name, str) or not is_known(name) or len(list(alternatives(element))) != 1:
            return None
        found.append(name)
    return found


def dotted(path: Sequence[str | int]) -> str:
    """``A.B[0].C``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
