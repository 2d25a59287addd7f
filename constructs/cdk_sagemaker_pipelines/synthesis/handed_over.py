"""What the roles of the app are granted beside what a pipeline derives, as far as the app tells of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from typing import Any

from aws_cdk import aws_iam as iam

from ..iam.environment import Environment
from ..iam.globs import Share, Symbols, meet, share, starred, symbols
from ..iam.handed_over import ACTIONS, Handed, uncovered
from ..iam.listed import listed
from ..language import Definition, Finding
from .attached import statements
from .held import Held

_NO_DATA = re.compile(r"/AWSLambda(BasicExecutionRole|VPCAccessExecutionRole|ENIManagementAccess)$|/AWSXRay\w*$")
"""Managed policies of AWS's own that say nothing of S3."""


def handed_over(
    definition: Definition,
    environment: Environment,
    held: Held,
    roles_of: Callable[[str], Collection[str]],
    role: Callable[[str], Any],
) -> Iterator[Finding]:
    """A warning for each place that is handed over to code as text, and that nothing lets the code's role touch.

    ``held``: what is known of the roles of the app. ``roles_of``: as of ``uncovered``. ``role``: the construct of a
    role's ARN. Nothing is said of roles that the app does not make, or that have a managed policy whose content it
    does not know.
    """
    known: dict[str, list[Symbols] | None] = {}
    for one in uncovered(definition, environment, roles_of):
        if one.role not in known:
            known[one.role] = _objects(role(one.role), held, environment)
        objects = known[one.role]
        if objects is not None and not _touches(objects, one, held, environment):
            yield one.finding()


def _touches(objects: list[Symbols], one: Handed, held: Held, environment: Environment) -> bool:
    """Whether somebody has decided what the role may do at the place, or at a part of it."""
    wanted = starred(held.form(one.all(environment), environment))
    return any(share(granted, wanted) is not Share.NONE for granted in objects)


def _objects(role: Any, held: Held, environment: Environment) -> list[Symbols] | None:
    """The objects that statements of the app let a role read or write, as patterns; None where more may be."""
    resource = role.node.default_child if isinstance(role, iam.Role) else None
    if not isinstance(resource, iam.CfnRole):
        return None
    attached = held.policies.of(resource)
    if any(not _NO_DATA.search(arn) for arn in attached.unknown):
        return None
    return [symbols(held.form(arn, environment)) for document in attached.documents for arn in _of_document(document)]


def _of_document(document: Any) -> Iterator[Any]:
    for statement in statements(document, "Allow"):
        actions = [symbols(action.lower()) for action in listed(statement.get("Action", "*"))]
        if any(meet(action, wanted) for action in actions for wanted in _WANTED):
            yield from listed(statement.get("Resource", "*"))


_WANTED = [symbols(action.lower()) for action in ACTIONS]
