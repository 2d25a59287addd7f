"""One resource of a stack: calls its provider, and records what came of it."""

from __future__ import annotations

import dataclasses
import logging
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from botocore.exceptions import ClientError
from moto.core.exceptions import ServiceException

from ....templates.registry import schema
from ....templates.schemas import violations
from ..resources import LeftBehind, Made, Provider, Request, is_custom, provider_for
from ..resources.moto_models import MotoProvider
from ..resources.read_properties import ReadProperties
from .dynamic import filled
from .errors import TemplateError
from .stacks import Resource, Stack, StackStore

_logger = logging.getLogger(__name__)

_ABSENT_CODES = ("NotFound", "NoSuch", "NotExist", "NonExistent")
"""How services report, in an error's code, that what is to be deleted does not exist."""
_ABSENT = re.compile(r"^Could not find |\bdoes not exist\b")
"""How services without a code for that report it in a message; there is no name with such words in it."""
_INVALID_CODES = ("ValidationException", "ValidationError")
"""Their codes."""


class Failed(Exception):
    """A resource could not be created, updated or deleted; its event is recorded."""


class Handling:
    """The resources of one stack; ``client`` returns a boto3 client for its account and region."""

    def __init__(self, stack: Stack, store: StackStore, client: Callable[..., Any]) -> None:
        self._stack, self._store, self._client = stack, store, client

    def delete(self, resource: Resource) -> bool:
        """Deletes a resource, or finds it gone. Returns whether it did."""
        self._stack.record_resource(resource, "DELETE_IN_PROGRESS")
        try:
            provider_for(resource.type).delete(self.request(resource))
        except Exception as error:  # as in attempt
            if is_custom(resource.type) or not _says_absent(error):
                self._stack.record_resource(resource, "DELETE_FAILED", _reason(error))
                return False
        self._stack.record_resource(resource, "DELETE_COMPLETE")
        return True

    def attempt(self, resource: Resource, failed: str, action: Callable[[Provider, Request], Made]) -> Made:
        """What a provider makes of a resource. Raises ``Failed``, with the status ``failed``."""
        try:
            return action(provider_for(resource.type), self.request(resource))
        except LeftBehind as error:
            resource.physical_id, resource.attributes = error.made.physical_id, error.made.attributes
            raise self.failure(resource, failed, _reason(error)) from error
        except Exception as error:  # whatever goes wrong in a provider is the resource's failure, never the server's
            raise self.failure(resource, failed, _reason(error)) from error

    def watched(
        self, resource: Resource, request: Request, act: Callable[[Request], Made], among: Collection[str]
    ) -> tuple[Made, str | None]:
        """What ``act`` makes of the request; and which of the properties ``among`` it never read, in words.

        What moto and functions do with properties cannot be seen.
        """
        if resource.type == "AWS::CDK::Metadata" or is_custom(resource.type):
            return act(request), None
        if isinstance(provider_for(resource.type), MotoProvider):
            return act(request), None
        properties = ReadProperties(request.properties)
        made = act(dataclasses.replace(request, properties=properties))
        unread = [name for name in properties.unread() if name in among]
        if not unread:
            return made, None
        told = f"without effect in the local AWS: {', '.join(unread)}"
        _logger.warning("%s (%s) of stack %s: %s", resource.logical_id, resource.type, self._stack.name, told)
        return made, told

    def values(self, resource: Resource, properties: Mapping[str, Any], failed: str) -> dict[str, Any]:
        """The properties with dynamic references resolved, checked against the schema of the type if there is one.

        The service does the same before it calls a handler. Raises ``Failed``.
        """
        try:
            values: dict[str, Any] = filled(properties, self._client)
        except TemplateError as error:
            raise self.failure(resource, failed, error.message) from error
        wrong = violations(schema(resource.type, self._store.region) or {}, values)
        if wrong:
            message = "\n".join(map(str, wrong))
            reason = f"Properties validation failed for resource {resource.logical_id} with message:\n{message}"
            raise self.failure(resource, failed, reason)
        return values

    def failure(self, resource: Resource, failed: str, reason: str) -> Failed:
        """Records that a resource has failed; returns what to raise."""
        self._stack.record_resource(resource, failed, reason)
        verb = "create" if failed.startswith("CREATE") else "update"
        return Failed(f"The following resource(s) failed to {verb}: [{resource.logical_id}]. ")

    def request(
        self, resource: Resource, *, properties: dict[str, Any] | None = None, previous: dict[str, Any] | None = None
    ) -> Request:
        """What a provider is asked; ``properties`` are those that it will have, by default those that it has."""
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
            keeps_failed=self._stack.disable_rollback,
        )


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
