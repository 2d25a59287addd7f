"""Carries out a change: creates, updates and deletes resources in order, and rolls back when one fails."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError
from moto.core.exceptions import ServiceException

from ....templates.registry import schema
from ....templates.schemas import violations
from ..resources import Made, Provider, Request, is_custom, provider_for
from .changes import exported_value, output_value
from .dynamic import filled
from .errors import TemplateError
from .stacks import Output, Resource, Stack, StackStore, now
from .templates import Evaluation, creation_order, dependencies

_ABSENT_CODES = ("NotFound", "NoSuch", "NotExist", "NonExistent")
"""How services report, in an error's code, that what is to be deleted does not exist."""
_ABSENT = re.compile(r"^Could not find |\bdoes not exist\b")
"""How services without a code for that report it in a message; there is no name with such words in it."""
_INVALID_CODES = ("ValidationException", "ValidationError")
"""Their codes."""
_RETAINS = ("Retain", "RetainExceptOnCreate")


class _Failed(Exception):
    """A resource could not be created, updated or deleted; its event is recorded."""


class Deployment:
    """One operation on one stack.

    ``client`` returns a boto3 client for the stack's account and region.
    """

    def __init__(self, stack: Stack, store: StackStore, client: Callable[[str], Any]) -> None:
        self._stack, self._store, self._client = stack, store, client
        self._undo: list[Callable[[], None]] = []
        self._left_over: list[tuple[Resource, Mapping[str, Any]]] = []
        self._rolled_back: list[Resource] = []
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
        except (_Failed, TemplateError) as error:
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
                self._delete(resource)
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
            elif not self._delete(resource):
                failed.append(resource.logical_id)
                still_needed.update(dependencies(resource.declaration))
                continue
            del stack.resources[resource.logical_id]
        if failed:
            stack.record("DELETE_FAILED", f"The following resource(s) failed to delete: [{', '.join(failed)}]. ")
            return
        stack.outputs, stack.deleted = [], now()
        stack.record("DELETE_COMPLETE")

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
            wanted.add(logical_id)
            properties = evaluation.properties(declaration)
            standing = self._stack.resources.get(logical_id)
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
            elif changed:
                self._update(standing, properties, declaration)
            else:
                standing.declaration = declaration
        return wanted

    def _create(self, resource: Resource, *, verb: str = "CREATE", instead_of: Resource | None = None) -> None:
        stack = self._stack
        reason = "Requested update requires the creation of a new physical resource; hence creating one."
        stack.record_resource(resource, f"{verb}_IN_PROGRESS", reason if instead_of else None)
        resource.values = self._values(resource, resource.properties, f"{verb}_FAILED")
        made = self._attempt(resource, f"{verb}_FAILED", lambda provider, request: provider.create(request))
        resource.physical_id, resource.attributes = made.physical_id, made.attributes
        stack.resources[resource.logical_id] = resource

        def undo() -> None:
            if instead_of is None and resource.declaration.get("DeletionPolicy") == "Retain":
                stack.record_resource(resource, "DELETE_SKIPPED")
            else:
                self._delete(resource)
            if instead_of is None:
                del stack.resources[resource.logical_id]
            else:
                stack.resources[resource.logical_id] = instead_of

        self._undo.append(undo)
        stack.record_resource(resource, f"{verb}_COMPLETE")

    def _replace(self, standing: Resource, resource: Resource) -> None:
        member = provider_for(resource.type).name_member if standing.type == resource.type else None
        if member in resource.properties and standing.properties.get(member) == resource.properties[member]:
            reason = (
                "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
                f"Rename {resource.properties[member]} and update the stack again."
            )
            raise self._failure(standing, "UPDATE_FAILED", reason)
        self._create(resource, verb="UPDATE", instead_of=standing)
        if resource.physical_id != standing.physical_id:
            self._left_over.append((standing, resource.declaration))

    def _update(self, standing: Resource, properties: dict[str, Any], declaration: Mapping[str, Any]) -> None:
        before = standing.properties, standing.values, standing.declaration
        self._stack.record_resource(standing, "UPDATE_IN_PROGRESS")
        values = self._values(standing, properties, "UPDATE_FAILED")
        request = self._request(standing, properties=values, previous=standing.values)
        self._undo.append(lambda: self._restore(standing, *before))
        made = self._attempt(standing, "UPDATE_FAILED", lambda provider, _: provider.update(request))
        if is_custom(standing.type) and made.physical_id != standing.physical_id:
            self._left_over.append((replace(standing), declaration))  # which it replaced by itself
        standing.properties, standing.values, standing.declaration = properties, values, declaration
        standing.physical_id, standing.attributes = made.physical_id, made.attributes
        self._stack.record_resource(standing, "UPDATE_COMPLETE")

    def _restore(
        self,
        resource: Resource,
        properties: dict[str, Any],
        values: dict[str, Any],
        declaration: Mapping[str, Any],
    ) -> None:
        self._stack.record_resource(resource, "UPDATE_IN_PROGRESS")
        request = self._request(resource, properties=values, previous=resource.values)
        newer = replace(resource)
        resource.properties, resource.values, resource.declaration = properties, values, declaration
        try:
            made = self._attempt(resource, "UPDATE_FAILED", lambda provider, _: provider.update(request))
            resource.physical_id, resource.attributes = made.physical_id, made.attributes
            self._stack.record_resource(resource, "UPDATE_COMPLETE")
            if is_custom(resource.type) and made.physical_id != newer.physical_id:
                self._rolled_back.append(newer)  # which its function made instead, for the update
        except _Failed:
            pass  # its event says why; the rest is rolled back anyway

    def _delete(self, resource: Resource) -> bool:
        self._stack.record_resource(resource, "DELETE_IN_PROGRESS")
        try:
            provider_for(resource.type).delete(self._request(resource))
        except Exception as error:  # as in _attempt
            if is_custom(resource.type) or not _says_absent(error):
                self._stack.record_resource(resource, "DELETE_FAILED", _reason(error))
                return False
        self._stack.record_resource(resource, "DELETE_COMPLETE")
        return True

    def _attempt(self, resource: Resource, failed: str, action: Callable[[Provider, Request], Made]) -> Made:
        try:
            return action(provider_for(resource.type), self._request(resource))
        except Exception as error:  # whatever goes wrong in a provider is the resource's failure, never the server's
            raise self._failure(resource, failed, _reason(error)) from error

    def _values(self, resource: Resource, properties: Mapping[str, Any], failed: str) -> dict[str, Any]:
        """The properties with dynamic references resolved, checked against the schema of the type if there is one.

        The service does the same before it calls a handler.
        """
        try:
            values: dict[str, Any] = filled(properties, self._client)
        except TemplateError as error:
            raise self._failure(resource, failed, error.message) from error
        wrong = violations(schema(resource.type, self._store.region) or {}, values)
        if wrong:
            message = "\n".join(map(str, wrong))
            reason = f"Properties validation failed for resource {resource.logical_id} with message:\n{message}"
            raise self._failure(resource, failed, reason)
        return values

    def _failure(self, resource: Resource, failed: str, reason: str) -> _Failed:
        self._stack.record_resource(resource, failed, reason)
        verb = "create" if failed.startswith("CREATE") else "update"
        return _Failed(f"The following resource(s) failed to {verb}: [{resource.logical_id}]. ")

    def _request(
        self, resource: Resource, *, properties: dict[str, Any] | None = None, previous: dict[str, Any] | None = None
    ) -> Request:
        return Request(
            client=self._client,
            account=self._store.account,
            region=self._store.region,
            partition=self._store.partition,
            stack_name=self._stack.name,
            stack_id=self._stack.id,
            logical_id=resource.logical_id,
            type=resource.type,
            properties=resource.values if properties is None else properties,
            previous=previous or {},
            attributes=resource.attributes,
            physical_id=resource.physical_id,
            stack_tags=self._stack.tags,
        )

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
        if self._rolled_back:
            stack.record(f"{prefix}_COMPLETE_CLEANUP_IN_PROGRESS")
        for resource in self._rolled_back:
            self._delete(resource)
        stack.record(f"{prefix}_COMPLETE")


def _newest_first(stack: Stack, resources: list[Resource]) -> list[Resource]:
    """The resources, ordered so that each comes before what it was made from."""
    template = {"Resources": {resource.logical_id: resource.declaration for resource in resources}}
    return [stack.resources[logical_id] for logical_id in reversed(creation_order(template))]


def _says_absent(error: Exception) -> bool:
    """Whether a service says so; what else an error tells is not the service's."""
    code, message = "", ""
    if isinstance(error, ClientError):
        code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
    elif isinstance(error, ServiceException):
        code, message = str(error.code), str(error.message)
    absent = any(part in code for part in _ABSENT_CODES)
    return absent or (code in _INVALID_CODES and _ABSENT.search(message) is not None)


def _reason(error: Exception) -> str:
    """Why a resource failed, in the words of its service."""
    if isinstance(error, ClientError):
        details = error.response["Error"]
        return f'Resource handler returned message: "{details["Message"]}" (HandlerErrorCode: {details["Code"]})'
    if isinstance(error, ServiceException):
        return f'Resource handler returned message: "{error.message}" (HandlerErrorCode: {error.code})'
    return f'Resource handler returned message: "{str(error) or type(error).__name__}"'
