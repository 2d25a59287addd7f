"""Whether roles may use the places that their code is handed (`iam.handed_over`), by all that the app grants."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, NamedTuple

from aws_cdk import aws_iam as iam

from ..iam.environment import Environment
from ..iam.globs import Share, Symbols, meet, share, starred, symbols
from ..iam.handed_over import ACTIONS, Handed, uncovered
from ..iam.permissions import Permission
from ..iam.statements import listed
from ..language import Definition, Finding
from ..language.later import later_pattern
from .app_policies import statements
from .app_roles import AppRoles

_NO_DATA = later_pattern(r"/AWSLambda(BasicExecutionRole|VPCAccessExecutionRole|ENIManagementAccess)$|/AWSXRay\w*$")
"""Managed policies of AWS's own that say nothing of S3."""


def handed_over(
    definition: Definition,
    environment: Environment,
    app_roles: AppRoles,
    roles_of: Callable[[str], Collection[str]],
    role: Callable[[str], Any],
    derived: Callable[[Any], Iterable[Permission]],
    raw: Collection[str],
) -> Iterator[Finding]:
    """A warning for each place that is handed over to code as text, and that nothing lets the code's role touch.

    ``app_roles``: what is known of the roles of the app. ``roles_of``: as of ``uncovered``. ``role``: the construct
    of a role's ARN. ``derived``: what the pipeline gave to a role. ``raw``: the names of steps that are written in
    JSON. Nothing is said of roles that the app does not make, or that have a managed policy whose content it does
    not know.
    """
    known: dict[str, list[_Granted] | None] = {}
    for one in uncovered(definition, environment, roles_of):
        if one.role not in known:
            known[one.role] = _objects(role(one.role), app_roles, environment, derived)
        objects = known[one.role]
        if objects is not None and not _touches(objects, one, app_roles, environment):
            yield one.finding(raw=one.step in raw)


class _Granted(NamedTuple):
    """Objects that a role may read or write. ``derived``: whether that follows from the fields of steps."""

    objects: Symbols
    derived: bool


def _touches(granted: list[_Granted], one: Handed, app_roles: AppRoles, environment: Environment) -> bool:
    """Whether the role may use the place, or somebody has decided that it may use a part of it."""
    whole = [starred(app_roles.form(arn, environment)) for arn in one.objects(environment)]
    wanted = starred(app_roles.form(one.all(environment), environment))
    for objects, derived in granted:
        if derived:  # from a field that names a part, nothing follows about the rest
            if any(share(objects, arn) is Share.ALL for arn in whole):
                return True
        elif share(objects, wanted) is not Share.NONE:
            return True
    return False


def _objects(
    role: Any, app_roles: AppRoles, environment: Environment, derived: Callable[[Any], Iterable[Permission]]
) -> list[_Granted] | None:
    """The objects that statements of the app let a role read or write, as patterns; None where more may be."""
    resource = role.node.default_child if isinstance(role, iam.Role) else None
    if not isinstance(resource, iam.CfnRole):
        return None
    attached = app_roles.policies.of(resource)
    if any(not _NO_DATA.search(arn) for arn in attached.unknown):
        return None
    ours = {
        (action.lower(), symbols(app_roles.form(arn, environment)))
        for permission in derived(role)
        for action in permission.actions
        for arn in permission.resources
    }
    found = dict.fromkeys(
        (action, symbols(app_roles.form(arn, environment)))
        for document in attached.documents
        for action, arn in _of_document(document)
    )
    return [_Granted(objects, (action, objects) in ours) for action, objects in found]


def _of_document(document: Any) -> Iterator[tuple[str, Any]]:
    """The actions that let a role use objects, each with its resources."""
    for statement in statements(document, "Allow"):
        for action in map(str.lower, listed(statement.get("Action", "*"))):
            if any(meet(symbols(action), wanted) for wanted in _WANTED):
                yield from ((action, arn) for arn in listed(statement.get("Resource", "*")))


_WANTED = [symbols(action.lower()) for action in ACTIONS]
