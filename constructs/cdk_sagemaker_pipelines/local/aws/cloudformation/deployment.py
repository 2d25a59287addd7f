"""Carries out a change: creates, updates and deletes resources in order, and rolls back when one fails."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from ..resources import Made, Provider, Request, is_custom, provider_for
from .changes import exported_value, output_value
from .errors import TemplateError
from .handling import Failed, Handling
from .policies import with_policies
from .stacks import Output, Resource, Stack, StackStore, now
from .templates import Evaluation, creation_order, dependencies

_RETAINS = ("Retain", "RetainExceptOnCreate")


class Deployment:
    """One operation on one stack.

    ``client`` returns a boto3 client for the stack's account and region.
    """

    def __init__(self, stack: Stack, store: StackStore, client: Callable[..., Any]) -> None:
        self._stack, self._store, self._handling = stack, store, Handling(stack, store, client)
        self._undo: list[Callable[[], None]] = []
        self._left_over: list[tuple[Resource, Mapping[str, Any]]] = []
        self._rolled_back: list[Resource] = []
        self._not_rolled_back: list[str] = []
        self._imports: set[str] = set()

    def apply(self, template: Mapping[str, Any], variables: Mapping[str, Any], verb: str, *, rollback: bool) -> bool:
        """Brings the stack to ``template``; ``verb`` is CREATE or UPDATE. Returns whether it succeeded."""
        stack = self._stack
        stack.record(f"{verb}_IN_PROGRESS", "User Initiated")
        stack.updated = now() if verb == "UPDATE" else None
        evaluation = Evaluation(template, variables, self)
        try:
            wanted = self._bring_about(template, evaluation)
            outputs = self._outputs(template, evaluation)
        except (Failed, TemplateError) as error:
            self._fail(verb, str(error), rollback)
            return False
        stack.outputs, stack.imports = outputs, self._imports
        removed = [stack.resources[logical_id] for logical_id in stack.resources if logical_id not in wanted]
        if verb == "UPDATE":
            stack.record("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        gone = [(resource, resource.declaration.get("DeletionPolicy")) for resource in _newest_first(stack, removed)]
        replaced = [(resource, declaration.get("UpdateReplacePolicy")) for resource, declaration in self._left_over]
        for resource, policy in [*replaced, *gone]:
            if policy in _RETAINS:
                stack.record_resource(resource, "DELETE_SKIPPED")
            else:
                self._handling.delete(resource)
        for resource in removed:
            del stack.resources[resource.logical_id]
        stack.record(f"{verb}_COMPLETE")
        return True

    def delete(self, keep: list[str]) -> None:
        """Deletes the stack and every resource except those in ``keep``."""
        stack = self._stack
        stack.record("DELETE_IN_PROGRESS", "User Initiated")
        failed: list[str] = []
        still_needed: set[str] = set()
        for resource in _newest_first(stack, list(stack.resources.values())):
            if resource.logical_id in still_needed:
                still_needed.update(dependencies(resource.declaration))
                continue
            if resource.logical_id in keep or resource.declaration.get("DeletionPolicy") in _RETAINS:
                stack.record_resource(resource, "DELETE_SKIPPED")
            elif not self._handling.delete(resource):
                failed.append(resource.logical_id)
                still_needed.update(dependencies(resource.declaration))
                continue
            del stack.resources[resource.logical_id]
        if failed:
            stack.record("DELETE_FAILED", _not_done("delete", failed))
            return
        stack.outputs, stack.deleted = [], now()
        stack.record("DELETE_COMPLETE")

    def continue_rollback(self, skipped: Collection[str]) -> None:
        """Restores once more what a rollback could not restore, except the resources in ``skipped``."""
        stack = self._stack
        stack.record("UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated")
        for resource in list(stack.resources.values()):
            if resource.back_to is None:
                continue
            if resource.logical_id not in skipped:
                self._restore(resource, **resource.back_to)
                continue
            for name, value in resource.back_to.items():
                setattr(resource, name, value)
            resource.back_to = None
            stack.record_resource(resource, "UPDATE_COMPLETE", "Resource skipped during update rollback")
        self._end_update_rollback()

    # The values of an evaluation: what exists by now.

    def reference(self, logical_id: str) -> Any:
        return self._standing(logical_id).physical_id

    def attribute(self, logical_id: str, name: str) -> Any:
        resource = self._standing(logical_id)
        if name not in resource.attributes:
            raise TemplateError(
                f"Template error: resource {logical_id} does not support attribute type {name} in Fn::GetAtt"
            )
        return resource.attributes[name]

    def imported(self, name: str) -> str:
        self._imports.add(name)
        return exported_value(self._store, name)

    def output(self, stack: str, name: str, region: str | None, role: str | None) -> str:
        return output_value(self._store, self._stack.role_arn, stack, name, region, role)

    def _standing(self, logical_id: str) -> Resource:
        if logical_id not in self._stack.resources:
            raise TemplateError(
                f"Template format error: Unresolved resource dependencies [{logical_id}] in the template"
            )
        return self._stack.resources[logical_id]

    def _bring_about(self, template: Mapping[str, Any], evaluation: Evaluation) -> set[str]:
        wanted = set()
        for logical_id in creation_order(template):
            declaration = template["Resources"][logical_id]
            if not evaluation.holds(declaration.get("Condition")):
                continue
            declaration = with_policies(template, logical_id, declaration, evaluation)
            wanted.add(logical_id)
            properties = evaluation.properties(declaration)
            standing = self._stack.resources.get(logical_id)
            if standing is not None and standing.status == "CREATE_FAILED":
                self._handling.delete(standing)  # what its creation left behind
                standing = None
            if standing is None:
                self._create(Resource(logical_id, declaration["Type"], properties, declaration=declaration))
                continue
            changed = [
                member
                for member in {**standing.properties, **properties}
                if standing.properties.get(member) != properties.get(member)
            ]
            if standing.type != declaration["Type"] or any(map(provider_for(standing.type).replaces, changed)):
                self._replace(standing, Resource(logical_id, declaration["Type"], properties, declaration=declaration))
            elif changed or standing.status == "UPDATE_FAILED":
                self._update(standing, properties, declaration)
            else:
                standing.declaration = declaration
        return wanted

    def _create(self, resource: Resource, *, verb: str = "CREATE", instead_of: Resource | None = None) -> None:
        stack = self._stack
        reason = "Requested update requires the creation of a new physical resource; hence creating one."
        stack.record_resource(resource, f"{verb}_IN_PROGRESS", reason if instead_of else None)
        resource.values = self._handling.values(resource, resource.properties, f"{verb}_FAILED")
        told: list[str | None] = []

        def create(provider: Provider, request: Request) -> Made:
            made, unread = self._handling.watched(resource, request, provider.create, resource.values)
            told.append(unread)
            return made

        try:
            made = self._handling.attempt(resource, f"{verb}_FAILED", create)
        except Failed:
            if resource.physical_id:
                self._undo.append(lambda: self._uncreate(resource, instead_of))
                stack.resources[resource.logical_id] = instead_of or resource
            raise
        resource.physical_id, resource.attributes = made.physical_id, made.attributes
        stack.resources[resource.logical_id] = resource
        self._undo.append(lambda: self._uncreate(resource, instead_of))
        stack.record_resource(resource, f"{verb}_COMPLETE", *told)

    def _uncreate(self, resource: Resource, instead_of: Resource | None) -> None:
        stack = self._stack
        if instead_of is not None:
            stack.resources[resource.logical_id] = instead_of
        if instead_of is None and resource.declaration.get("DeletionPolicy") == "Retain":
            stack.record_resource(resource, "DELETE_SKIPPED")
        elif not self._handling.delete(resource) and stack.status == "ROLLBACK_IN_PROGRESS":
            self._not_rolled_back.append(resource.logical_id)
            return
        if instead_of is None:
            del stack.resources[resource.logical_id]

    def _replace(self, standing: Resource, resource: Resource) -> None:
        member = provider_for(resource.type).name_member if standing.type == resource.type else None
        if member in resource.properties and standing.properties.get(member) == resource.properties[member]:
            reason = (
                "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
                f"Rename {resource.properties[member]} and update the stack again."
            )
            raise self._handling.failure(standing, "UPDATE_FAILED", reason)
        self._create(resource, verb="UPDATE", instead_of=standing)
        if resource.physical_id != standing.physical_id:
            self._left_over.append((standing, resource.declaration))

    def _update(self, standing: Resource, properties: dict[str, Any], declaration: Mapping[str, Any]) -> None:
        before = {name: getattr(standing, name) for name in ("properties", "values", "declaration")}
        self._stack.record_resource(standing, "UPDATE_IN_PROGRESS")
        values = self._handling.values(standing, properties, "UPDATE_FAILED")
        request = self._handling.request(standing, properties=values, previous=standing.values)
        self._undo.append(lambda: self._restore(standing, **before))
        changed = [name for name in values if values[name] != standing.values.get(name)]
        told: list[str | None] = []

        def update(provider: Provider, _: Request) -> Made:
            made, unread = self._handling.watched(standing, request, provider.update, changed)
            told.append(unread)
            return made

        made = self._handling.attempt(standing, "UPDATE_FAILED", update)
        if is_custom(standing.type) and made.physical_id != standing.physical_id:
            self._left_over.append((replace(standing), declaration))  # which it replaced by itself
        standing.properties, standing.values, standing.declaration = properties, values, declaration
        standing.physical_id, standing.attributes = made.physical_id, made.attributes
        self._stack.record_resource(standing, "UPDATE_COMPLETE", *told)

    def _restore(
        self,
        resource: Resource,
        properties: dict[str, Any],
        values: dict[str, Any],
        declaration: Mapping[str, Any],
    ) -> None:
        self._stack.record_resource(resource, "UPDATE_IN_PROGRESS")
        request = self._handling.request(resource, properties=values, previous=resource.values)
        newer = replace(resource)
        resource.properties, resource.values, resource.declaration = properties, values, declaration
        resource.back_to = None
        try:
            made = self._handling.attempt(resource, "UPDATE_FAILED", lambda provider, _: provider.update(request))
            resource.physical_id, resource.attributes = made.physical_id, made.attributes
            self._stack.record_resource(resource, "UPDATE_COMPLETE")
            if is_custom(resource.type) and made.physical_id != newer.physical_id:
                self._rolled_back.append(newer)  # which its function made instead, for the update
        except Failed:  # its event says why; the rest is rolled back anyway
            resource.back_to = {"properties": properties, "values": values, "declaration": declaration}
            resource.properties, resource.values, resource.declaration = (
                newer.properties, newer.values, newer.declaration,
            )  # fmt: skip
            self._not_rolled_back.append(resource.logical_id)

    def _outputs(self, template: Mapping[str, Any], evaluation: Evaluation) -> list[Output]:
        outputs = [
            Output(
                key,
                str(evaluation.value(declaration["Value"])),
                declaration.get("Description"),
                evaluation.value(declaration["Export"]["Name"]) if "Export" in declaration else None,
            )
            for key, declaration in template.get("Outputs", {}).items()
            if evaluation.holds(declaration.get("Condition"))
        ]
        for name, (stack, _) in self._store.exports().items():
            if stack is not self._stack and name in [output.export for output in outputs]:
                raise TemplateError(f"Export with name {name} is already exported by stack {stack.name}")
        return outputs

    def _fail(self, verb: str, reason: str, rollback: bool) -> None:
        stack = self._stack
        if not rollback:
            stack.record(f"{verb}_FAILED", reason)
            return
        prefix = "ROLLBACK" if verb == "CREATE" else "UPDATE_ROLLBACK"
        requested = f"{reason}Rollback requested by user." if verb == "CREATE" else reason
        stack.record(f"{prefix}_IN_PROGRESS", requested)
        for undo in reversed(self._undo):
            undo()
        if verb == "UPDATE":
            self._end_update_rollback()
        elif self._not_rolled_back:
            stack.record("ROLLBACK_FAILED", _not_done("delete", self._not_rolled_back))
        else:
            stack.record("ROLLBACK_COMPLETE")

    def _end_update_rollback(self) -> None:
        stack = self._stack
        if self._rolled_back and not self._not_rolled_back:
            stack.record("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        for resource in self._rolled_back:
            self._handling.delete(resource)
        if self._not_rolled_back:
            stack.record("UPDATE_ROLLBACK_FAILED", _not_done("update", self._not_rolled_back))
            return
        for resource in stack.resources.values():
            if resource.status == "UPDATE_FAILED":  # before anything of it had changed
                stack.record_resource(resource, "UPDATE_COMPLETE")
        stack.record("UPDATE_ROLLBACK_COMPLETE")


def _not_done(verb: str, logical_ids: Collection[str]) -> str:
    return f"The following resource(s) failed to {verb}: [{', '.join(logical_ids)}]. "


def _newest_first(stack: Stack, resources: list[Resource]) -> list[Resource]:
    """The resources, ordered so that each comes before what it was made from."""
    template = {"Resources": {resource.logical_id: resource.declaration for resource in resources}}
    return [stack.resources[logical_id] for logical_id in reversed(creation_order(template))]
