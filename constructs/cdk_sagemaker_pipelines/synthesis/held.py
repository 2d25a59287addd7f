"""What the roles of an app hold beside what a pipeline gives them, and so what they lack of what is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import aws_cdk as cdk
from constructs import IConstruct

from ..iam.covering import Need, Outcome, Policies
from ..iam.environment import Environment
from ..iam.permissions import Permission, merge
from ..review.explain.roles import statements as read
from ..review.reading.canonical import Canonical
from ..review.reading.stacks import Resource, shown
from ..review.reading.stacks import Stack as Template
from .attached import AppPolicies, Attached, statements

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam

_PLAIN = Template(0, "", {})
"""Reads texts whose references nobody follows."""


class Held:
    """The roles of the app of a pipeline, read as ``smpipe`` reads them from its template. Asked only when in doubt."""

    def __init__(self, pipeline: IConstruct) -> None:
        self._pipeline = pipeline
        self._stack = cdk.Stack.of(pipeline)
        self._policies = AppPolicies(pipeline)
        self._template: Template | None = None

    def lacking(
        self, role: iam.IRole, permissions: Sequence[Permission], environment: Environment, *, given: bool, own: bool
    ) -> tuple[str, Sequence[Permission]]:
        """What of the permissions the role does not get, and why, in words; none where all is well.

        ``given``: whether the pipeline could write them into it; ``own``: whether it wrote all that is in it. Looked at
        are the policies of the role, not those of resources, which ``smpipe check`` reads as well. Nothing is said of
        what a managed policy may grant whose content the app does not know.
        """
        resource = role.node.default_child
        if not isinstance(resource, cdk.aws_iam.CfnRole):
            why = f"CDK may not change the role {role.role_arn}, so nothing is granted to it here; it needs"
            return why, () if given else [self._readable(permission) for permission in permissions]
        attached = self._policies.of(resource, inside=not own)
        path = str(resource.node.path).removesuffix("/Resource")
        if not given:
            missing = self._missing(attached, permissions, environment)
            return f"CDK may not change the role {path}, which lacks", missing
        if not any(any(statements(document, "Deny")) for document in attached.documents):
            return "", ()
        ours = {"Statement": [self._stack.resolve(permission.statement()) for permission in permissions]}
        given_too = replace(attached, documents=[*attached.documents, ours])
        return f"a policy of the role {path} denies it", self._missing(given_too, permissions, environment)

    def _missing(self, attached: Attached, needed: Sequence[Permission], environment: Environment) -> list[Permission]:
        template = self._read()
        form, resource = Canonical([template]), Resource(template, "", "", {}, {})
        partition, region, account = map(self._text, (environment.partition, environment.region, environment.account))
        here = replace(environment, partition=partition, region=region, account=account)
        policies = Policies(
            replace(
                one,
                resources=tuple(form.text(text, here) for text in one.resources),
                conditions=form.conditions(one.conditions, here),
            )
            for document in attached.documents
            for one in read(resource, document, "")
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

    def _text(self, value: str) -> str:
        return _PLAIN.text(self._stack.resolve(value))

    def _readable(self, permission: Permission) -> Permission:
        return replace(permission, resources=tuple(shown(self._text(text)) for text in permission.resources))

    def _read(self) -> Template:
        """A template with the resources of the app and their types, so that references to them are understood."""
        if self._template is None:
            found = [one for one in self._pipeline.node.root.node.find_all() if isinstance(one, cdk.CfnResource)]
            names = self._stack.resolve([one.logical_id for one in found])
            types = {name: {"Type": one.cfn_resource_type} for name, one in zip(names, found, strict=True)}
            self._template = Template(0, "", {"Resources": types})
        return self._template
