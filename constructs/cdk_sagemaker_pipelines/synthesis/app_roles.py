"""What the roles of an app hold beside what a pipeline gives them, and so what they lack of what is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from constructs import IConstruct

from ..iam.environment import Environment
from ..iam.evaluation import Outcome, Policies
from ..iam.permissions import Permission, merge
from ..iam.references import FORMS, snake
from ..iam.requests import Need, facts_of
from ..language import Definition, Finding
from ..language.later import Later
from ..review.explain.role_trust import not_assumable
from ..review.explain.statements import Statement
from ..review.explain.statements import statements as read
from ..review.reading.stacks import Resource, shown
from ..review.reading.stacks import Stack as Template
from .app_policies import AppPolicies, Attached, statements

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam

    from ..review.explain import roles as explained
else:  # which few pipelines need
    explained = Later(f"{__package__.partition('.')[0]}.review.explain.roles")

_PLAIN = Template(0, "", {})
"""Reads texts whose references nobody follows."""


class AppRoles:
    """The roles of the app of a pipeline, read as ``smpipe`` reads them from its template. Asked only when in doubt."""

    def __init__(self, pipeline: IConstruct, stack: cdk.Stack) -> None:
        self._pipeline = pipeline
        self._stack = stack
        self.policies = AppPolicies(pipeline)
        self._known: explained.Roles | None = None

    def lacking(
        self, role: iam.IRole, permissions: Sequence[Permission], environment: Environment, *, given: bool, own: bool
    ) -> tuple[str, Sequence[Permission]]:
        """What of the permissions the role does not get, and why, in words; none where all is well.

        ``given``: whether the pipeline could write them into it; ``own``: whether it wrote all that is in it. Looked at
        are the policies of the role and those of keys, not those of other resources, which ``smpipe check`` reads as
        well. Nothing is said of what a managed policy may grant whose content the app does not know.
        """
        resource = role.node.default_child
        if not isinstance(resource, cdk.aws_iam.CfnRole):
            why = f"CDK may not change the role {role.role_arn}, so nothing is granted to it here; it needs"
            if isinstance(role, cdk.aws_iam.Role):
                why = f"CDK does not create the role {role.node.path}, as Role.customize_roles says; it needs"
            return why, () if given else [self._readable(permission) for permission in permissions]
        attached = self.policies.of(resource, inside=not own)
        path = str(resource.node.path).removesuffix("/Resource")
        if not given:
            missing = self._missing(role, attached, permissions, environment, of_keys=True)
            return f"CDK may not change the role {path}, which lacks", missing
        if not any(any(statements(document, "Deny")) for document in attached.documents):
            return "", ()
        ours = {"Statement": [self._stack.resolve(permission.statement()) for permission in permissions]}
        given_too = attached._replace(documents=[*attached.documents, ours])
        return f"a policy of the role {path} denies it", self._missing(role, given_too, permissions, environment)

    @staticmethod
    def is_of_app(role: iam.IRole | None) -> bool:
        """Whether a role is one of the app, which knows its policies."""
        return role is not None and isinstance(role.node.default_child, cdk.aws_iam.CfnRole)

    def not_assumable(
        self, definition: Definition, environment: Environment, role: Callable[[str], iam.IRole | None]
    ) -> Iterator[Finding]:
        """A warning for each role that does not let in the service to which it is handed. ``role``: of an ARN."""

        def trust(arn: str) -> tuple[str, list[Statement]] | None:
            found = role(arn)
            resource = found.node.default_child if found is not None else None
            if not isinstance(resource, cdk.aws_iam.CfnRole):
                return None
            document = cdk.Stack.of(resource).resolve(resource.assume_role_policy_document)
            own = read(Resource(_PLAIN, "", "", {}, {}), document, "")
            return str(resource.node.path).removesuffix("/Resource"), list(own)

        return not_assumable(definition, environment, trust)

    def form(self, text: Any, environment: Environment) -> str:
        """A text in the one form in which policies are compared: each resource by its name, where the app gives one."""
        return self._roles().canonical.text(self._text(text), self._here(environment))

    def _missing(
        self,
        role: iam.IRole,
        attached: Attached,
        needed: Sequence[Permission],
        environment: Environment,
        *,
        of_keys: bool = False,
    ) -> list[Permission]:
        """What its policies do not let the role do; ``of_keys``: whether those of keys are asked as well."""
        roles, here = self._roles(), self._here(environment)
        form, resource = roles.canonical, Resource(_PLAIN, "", "", {}, {})
        arn = self._text(role.role_arn)
        known = roles.role(arn if of_keys else "", None)

        def formed(statements: Iterable[Statement]) -> Iterator[Statement]:
            for one in statements:
                resources = tuple(form.text(text, here) for text in one.resources)
                yield replace(one, resources=resources, conditions=form.conditions(one.conditions, here))

        own = (one for document in attached.documents for one in read(resource, document, ""))
        policies = Policies(
            formed([*own, *known.statements, *roles.of_everybody(known)]),
            facts=facts_of(form.text(arn, here), form.text(self._text(role.env.account), here)),
            keys={form.text(key, here): formed(allowed) for key, allowed in roles.of_keys(known).items()},
        )
        found = []
        for need in needed:
            (told,) = read(resource, self._stack.resolve(need.statement()), "")
            for action, on in product(told.actions, told.resources):
                asked = Need(action, form.text(on, here), form.conditions(told.conditions, here))
                verdict = policies.judge(asked)
                if verdict.outcome is Outcome.MISSING and (verdict.why or not attached.unknown):
                    found.append(replace(need, actions=(action,), resources=(shown(on),)))
        return merge(found)

    def _text(self, value: Any) -> str:
        return _PLAIN.text(self._stack.resolve(value))

    def _readable(self, permission: Permission) -> Permission:
        return replace(permission, resources=tuple(shown(self._text(text)) for text in permission.resources))

    def _here(self, environment: Environment) -> Environment:
        partition, region, account = map(self._text, (environment.partition, environment.region, environment.account))
        return replace(environment, partition=partition, region=region, account=account)

    def _roles(self) -> explained.Roles:
        """The roles and keys of the app, by a template with the types and names of all resources."""
        if self._known is None:
            found = [one for one in self._pipeline.node.root.node.find_all() if isinstance(one, cdk.CfnResource)]
            told = self._stack.resolve([[one.logical_id, _resource(one)] for one in found])
            environment = f"aws://{self._text(self._stack.account)}/{self._text(self._stack.region)}"
            self._known = explained.Roles([Template(0, "", {"Resources": dict(told)}, environment=environment)])
        return self._known


def _resource(one: cdk.CfnResource) -> dict[str, Any]:
    """A resource as its template has it, of its properties those that make its ARN, and the policy of a key."""
    kind = one.cfn_resource_type
    names = [FORMS[kind].named_by, "Path", "KeyPolicy"] if kind in FORMS else []
    return {"Type": kind, "Properties": {name: getattr(one, snake(name), None) for name in names if name}}
