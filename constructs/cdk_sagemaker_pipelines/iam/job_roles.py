"""What the role of each job may do: its own data, image, logs, metrics, keys and network.

From the rendered arguments alone; by the role's ARN, since steps may share one.
Source: "SageMaker AI Roles" of the developer guide; see docs/permissions.md.
"""

from __future__ import annotations

from ..language import Definition
from .environment import Environment
from .escaping import derived
from .needs import Needs, RoleNeeds
from .permissions import Permission, merge
from .types import of_jobs
from .types.base.data import jobs as data


def permissions(definition: Definition, environment: Environment) -> dict[str, list[Permission]]:
    """What the jobs need, by the ARN of the role that they run with; in as few permissions as possible."""
    found: dict[str, list[Permission]] = {}
    for role, permission in needs(definition, environment):
        if isinstance(role, str):
            found.setdefault(role, []).append(permission)
    return {role: merge(needed) for role, needed in found.items()}


def needs(definition: Definition, environment: Environment) -> RoleNeeds:
    """What the jobs need, one permission for each reason, with the role that they run with.

    The role is an ARN; an expression where it is only known at run time, None where the definition does not tell it.
    """
    return derived(_derive, definition, environment)


def _derive(definition: Definition, environment: Environment) -> RoleNeeds:
    for step in definition.all_steps():
        need = Needs(definition, step, environment)
        yield from of_jobs(need)
        yield from data(need)
