"""Resources of the app in other accounts let the roles of a pipeline in: both accounts have to say so."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from ..assets import Workplace
from ..iam.cross_environment import by_name, kind_on
from ..iam.permissions import Permission
from ..iam.resource_policies import can_let_in, is_written, let_in
from ..language.tokens import has_string_token
from .app_roles import AppRoles
from .inventory import Inventory

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam


class Granted(NamedTuple):
    """What a role was granted. ``arn``: by which the definition calls the role."""

    role: iam.IRole
    arn: str
    permissions: Sequence[Permission]


def let_roles_in(
    granted: Iterable[Granted], own: Collection[str], workplace: Workplace, app: Inventory, app_roles: AppRoles
) -> list[Any]:
    """Adds to the policies of what the app has in other accounts; the constructs that now let in all who ask.

    Enters in the workplace whom they let in, and which roles lack the name for it. ``own``: the ARNs of the roles that
    are made for steps.
    """
    where, owners = workplace.where, workplace.owners
    if has_string_token(where.account + where.region):
        return []  # it is not known who is another
    elsewhere = owners.elsewhere
    asked: dict[str, tuple[str, Permission, dict[str, str]]] = {}
    closed: set[str] = set()
    calling: dict[str, dict[str, None]] = {}  # by what is called, the roles as the definition calls them
    for role, arn, permissions in granted:
        for name, part in chain.from_iterable(map(by_name, filter(kind_on, permissions))):
            if name in own:
                continue
            if ":alias/" in name and owners.of(name) is None:
                owners.assign(name, app.key(name))
            owners.locate(name)
            owner = owners.of(name)
            if owner is None or name not in elsewhere or elsewhere[name].account == role.env.account:
                continue
            if is_written(owner, workplace.stack):
                continue
            if not can_let_in(owner, role):
                if app_roles.is_of_app(role):
                    nameless = dict.fromkeys([*elsewhere[name].nameless, role.node.path])
                    elsewhere[name] = replace(elsewhere[name], nameless=tuple(nameless))
                continue
            _, _, roles = asked.setdefault(json.dumps([name, part.statement()]), (name, part, {}))
            roles[workplace.role_arn(role)] = role.env.account
            calling.setdefault(name, {})[arn] = None
    for name, part, roles in asked.values():
        holders = owners.of_permission(name, part.resources, workplace.functions)
        let = [let_in(holder, part, roles) for holder in holders]
        if not all(let):
            closed.add(name)
    opened = []
    for name, arns in calling.items():
        if name not in closed:
            opened.append(owners.of(name))
            elsewhere[name] = replace(elsewhere[name], lets_in=tuple(arns))
    return opened
