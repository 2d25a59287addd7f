"""What of a pipeline is judged with CDK at hand: the wildcards of its permissions, and whom its definition names."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import aws_cdk as cdk

from .iam import wildcards
from .iam.elsewhere import not_in_region
from .iam.places import Place
from .iam.trust import Given, Name, untrusted
from .inventory import Inventory
from .language import Definition, Finding
from .language.rendering import lines
from .language.rules import Rule, Subject
from .properties.image_uris import is_aws_account
from .properties.regions import regions, without
from .text import said


def lacking(stack: cdk.Stack) -> Iterator[tuple[cdk.CfnResource, Finding]]:
    """The resources in a stack of which CloudFormation lacks the type in its region, where that is known; told once."""
    if stack.region not in regions() or stack.__dict__.setdefault("_sagemaker_types_judged", False):
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
    for path, finding in not_in_region(types, stack.region):
        if cdk.Stack.of(resources[path]).region == stack.region:  # another stack may stand inside of this one
            yield resources[path], finding


def rules(
    definition: Definition, place: Place, given: Mapping[str, Given], mine: Collection[str], app: Inventory
) -> list[Rule]:
    """The rules, to be run with the others.

    ``given``: what was written as the service takes it, by the step's name. ``mine``: the names of what constructs have
    bound to the pipeline already; what else the ``app`` has is looked for when it is asked for.
    """
    values = said(lines(definition.json), app.stack)

    def known(name: Name) -> bool:
        of_aws = name.kind == "image" and is_aws_account(name.account)
        return of_aws or name.text in mine or app.has(name)

    def names(subject: Subject) -> Iterator[Finding]:
        finding = untrusted(subject.definition, place, given, known)
        if finding is not None:
            yield finding

    return [wildcards.rule(place, lambda token: values.get(token, ())), names]
