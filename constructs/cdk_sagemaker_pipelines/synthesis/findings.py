"""What of a pipeline is judged with CDK at hand: wildcards of its permissions, whom it names, and what starts it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import aws_cdk as cdk
from constructs import IConstruct

from ..iam import wildcards
from ..iam.cross_environment import not_in_region
from ..iam.environment import Environment
from ..iam.names import Name
from ..iam.resource_policies import unnamed
from ..iam.trust import Given
from ..iam.untrusted import untrusted
from ..language import Definition, Finding
from ..language.rendering import OTHER_PIPELINE
from ..language.rules import Rule, Subject
from ..language.rules.secrets import secrets_behind
from ..language.rules.texts import unescaped
from ..language.tokens import has_string_token
from ..properties.image_uris import is_aws_account
from ..properties.regions import incomplete, without
from ..templates.targets import RULE, SCHEDULE, Target, judge, targets
from ..text import said
from ..triggers.known import Start, starts
from .inventory import Inventory


def lacking(stack: cdk.Stack, region: str) -> Iterator[tuple[cdk.CfnResource, Finding]]:
    """The resources in a stack of which CloudFormation lacks the type in its region, where that is known; told once."""
    if region not in incomplete() or stack.__dict__.setdefault("_sagemaker_types_judged", False):
        return
    stack.__dict__["_sagemaker_types_judged"] = True
    types: dict[str, str] = {}
    resources: dict[str, cdk.CfnResource] = {}
    of_class: dict[type, str] = {}
    for construct in stack.node.find_all():
        if not isinstance(construct, cdk.CfnResource):
            continue
        kind = type(construct)
        known = of_class.get(kind) or construct.cfn_resource_type
        if kind is not cdk.CfnResource:  # which stands for any type; every answer comes from another process
            of_class[kind] = known
        if without(known):
            resources[construct.node.path], types[construct.node.path] = construct, known
    for path, finding in not_in_region(types, region):
        if cdk.Stack.of(resources[path]).region == region:  # another stack may stand inside of this one
            yield resources[path], finding


def rules(
    text: str, environment: Environment, given: Mapping[str, Given], mine: Collection[str], app: Inventory
) -> list[Rule]:
    """The rules, to be run with the others.

    ``text``: the definition. ``given``: what was written as the service takes it, by the step's name. ``mine``: the
    names of what constructs have bound to the pipeline already; what else the ``app`` has is looked for when it is
    asked for.
    """
    values = said([text], app.stack)

    def known(name: Name) -> bool:
        of_aws = name.kind == "image" and is_aws_account(name.account)
        return of_aws or name.text in mine or app.has(name)

    def names(subject: Subject) -> Iterator[Finding]:
        finding = untrusted(subject.definition, environment, given, known)
        if finding is not None:
            yield finding

    def literals(token: str) -> Collection[str]:
        return values.texts.get(token, ())

    def filled(token: str) -> Collection[str]:
        return values.filled.get(token, ())

    return [wildcards.rule(environment, literals), names, secrets_behind(literals), unescaped(filled)]


def started(pipeline: IConstruct, arn: str, definition: Definition) -> Iterator[Finding]:
    """What the schedules and rules of the app that start the pipeline give to parameters that it lacks, or leave out.

    Overrides of CDK cannot be seen here: where a target has no parameters at all, one may add them. So the starts of
    this library are known by themselves.
    """
    declared = starts(pipeline)
    for start in declared:
        if _is_same(start.construct, start.pipeline_arn, arn):
            for finding in judge(_target_of(start), definition):
                yield _told_of(finding, start.kind, start.construct)
    own = {start.construct.node.path for start in declared}
    for construct in pipeline.node.root.node.find_all():
        if construct.node.scope is not None and construct.node.scope.node.path in own:
            continue
        for target in _targets(construct):
            if target.arn == cdk.Stack.of(construct).resolve(arn) and (target.has_member or target.type == SCHEDULE):
                kind = "schedule" if target.type == SCHEDULE else "rule"
                for finding in judge(target, definition):
                    yield replace(_told_of(finding, kind, construct), level="error" if target.has_member else "warning")


def _told_of(finding: Finding, kind: str, construct: IConstruct) -> Finding:
    """With who it is that starts the pipeline."""
    return replace(finding, text=f"the {kind} '{construct.node.path}': {finding.where}: {finding.text}", where="")


def _target_of(start: Start) -> Target:
    given = start.parameters
    names = None if any(has_string_token(one.name) for one in given) else [one.name for one in given]
    texts = {one.name: one.text for one in given if one.is_literal}
    return Target(start.kind, ("parameters",), start.pipeline_arn, names, texts=texts, listed="")


def _is_same(construct: IConstruct, one: str, other: str) -> bool:
    stack = cdk.Stack.of(construct)
    return bool(stack.resolve(one) == stack.resolve(other))


def _targets(construct: Any) -> Iterator[Target]:
    if isinstance(construct, cdk.CfnResource) and construct.cfn_resource_type in (SCHEDULE, RULE):
        said = {name: getattr(construct, name, None) for name in ("target", "targets")}
        yield from targets(construct.cfn_resource_type, _as_in_templates(cdk.Stack.of(construct).resolve(said)))


def _as_in_templates(value: Any) -> Any:
    """With the names of members as CloudFormation writes them; CDK's begin with a small letter."""
    if isinstance(value, Mapping):
        return {f"{key[:1].upper()}{key[1:]}": _as_in_templates(member) for key, member in value.items()}
    return [_as_in_templates(element) for element in value] if isinstance(value, list) else value


def not_rendered(error: Exception, definition: Definition | None, stack: cdk.Stack) -> list[Finding]:
    """An exception as findings: what has no name for another account or region, else whatever it is."""
    if definition is not None and "cross-environment" in str(error):
        found = list(unnamed(definition, stack))
        if found:
            return found
    return [Finding("internal", f"the pipeline cannot be rendered: {type(error).__name__}: {error}")]


def not_yet_reported(findings: Sequence[Finding], told: Sequence[Finding]) -> list[Finding]:
    """The findings at places of which nothing has been told: what rendering refused would only be refused once more."""
    places = {(finding.step, _dotted(finding.where)) for finding in told}
    duplicates = {finding.step for finding in told if finding.code == "duplicate-step"}
    # what is read of another pipeline is told of the whole value, and the own step of that name has no part in it
    others = tuple((finding.step, _dotted(finding.where)) for finding in told if finding.code == OTHER_PIPELINE)
    return [
        finding
        for finding in findings
        if (finding.step, _dotted(finding.where)) not in places
        and not (finding.code == "duplicate-step" and finding.step in duplicates)
        and not any(finding.step == step and _dotted(finding.where).startswith(f"{where}.") for step, where in others)
    ]


def _dotted(where: str) -> str:
    """A path in which keys of maps look like members: rendering does not know which of them it meets."""
    return re.sub(r"\['([^']*)'\]", r".\1", where)
