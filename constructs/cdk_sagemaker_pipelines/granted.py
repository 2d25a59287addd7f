"""What the roles of the app are granted beside what a pipeline derives, as far as the app tells of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from constructs import IConstruct

from .iam.handed_over import ACTIONS, Handed, uncovered
from .iam.keys import alike
from .iam.listed import listed
from .iam.places import Place
from .language import Definition, Finding
from .text import intrinsics_named, named

_NO_DATA = re.compile(r"/AWSLambda(BasicExecutionRole|VPCAccessExecutionRole|ENIManagementAccess)$|/AWSXRay\w*$")
"""Managed policies of AWS's own that say nothing of S3."""


def handed_over(
    definition: Definition,
    place: Place,
    stack: cdk.Stack,
    roles_of: Callable[[str], Collection[str]],
    role: Callable[[str], Any],
) -> Iterator[Finding]:
    """A warning for each place that is handed over to code as text, and that nothing lets the code's role touch.

    ``roles_of``: as of ``uncovered``. ``role``: the construct of a role's ARN. Nothing is said of roles that the app
    does not make, or that have a managed policy whose content it does not know.
    """
    known: dict[str, list[str] | None] = {}
    for one in uncovered(definition, place, roles_of):
        if one.role not in known:
            known[one.role] = _objects(role(one.role))
        objects = known[one.role]
        if objects is not None and not _touches(objects, one, place, stack):
            yield one.finding()


def _touches(objects: list[str], one: Handed, place: Place, stack: cdk.Stack) -> bool:
    """Whether somebody has decided what the role may do at the place, or at a part of it."""
    (wanted,) = map(_objects_name, named([one.all(place)], stack))
    return any(alike(granted, wanted) for granted in objects)


def _objects(role: Any) -> list[str] | None:
    """The objects that statements of the app let a role read or write, as patterns; None where more may be."""
    if not isinstance(role, iam.Role):
        return None
    stack, resource = cdk.Stack.of(role), role.node.default_child
    if not isinstance(resource, iam.CfnRole):
        return None
    name, managed = stack.resolve(role.role_name), stack.resolve(resource.managed_policy_arns) or []
    documents = [policy["policyDocument"] for policy in stack.resolve(resource.policies) or []]
    for policy in _policies(role.node.root):
        own = stack.resolve(policy.ref)
        if own in managed:
            managed.remove(own)
        elif name not in (stack.resolve(policy.roles) or []):
            continue
        documents.append(stack.resolve(policy.policy_document))
    if any(not _NO_DATA.search(intrinsics_named(arn)) for arn in managed):
        return None
    return [object_ for document in documents for object_ in _of_document(document)]


def _policies(root: IConstruct) -> Iterator[Any]:
    for construct in root.node.find_all():
        if isinstance(construct, (iam.CfnPolicy, iam.CfnManagedPolicy)):
            yield construct


def _of_document(document: Mapping[str, Any]) -> Iterator[str]:
    for statement in listed(document.get("Statement")):
        if statement.get("Effect") != "Allow":
            continue
        actions = listed(statement.get("Action", "*"))
        if any(alike(action.lower(), wanted.lower()) for action in actions for wanted in ACTIONS):
            yield from (_objects_name(intrinsics_named(arn)) for arn in listed(statement.get("Resource", "*")))


def _objects_name(arn: str) -> str:
    """Bucket and key of an ARN, however it names the bucket."""
    return _OF_A_BUCKET.sub(r"\1", _IN_S3.sub("", arn))


_IN_S3 = re.compile(r"^arn:(?:\$\{Token\[[^\[\]]*\]\}|[^:]*):s3:::")
_OF_A_BUCKET = re.compile(r"^(\$\{Token\[[^\[\].]*)\.Arn(?=\]\})")
