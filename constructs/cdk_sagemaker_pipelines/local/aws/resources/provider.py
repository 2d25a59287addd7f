"""Providers: they create, update and delete the resources of one CloudFormation type."""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from ..repeating import drawn_text

_ALPHABET = string.ascii_uppercase + string.digits


@dataclass(frozen=True)
class Request:
    """One resource of one stack, and the clients that reach the services it lives in.

    ``previous``, ``attributes`` and ``physical_id`` are those of the existing resource, empty at creation.
    """

    client: Callable[..., Any]
    """Gives the client of a service, by default in the region of the stack."""
    account: str
    region: str
    partition: str
    stack_name: str
    stack_id: str
    logical_id: str
    type: str
    properties: dict[str, Any]
    previous: dict[str, Any] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    physical_id: str = ""
    stack_tags: Mapping[str, str] = field(default_factory=dict)
    keeps_failed: bool = False
    """Whether what fails is to stay as it is, instead of being rolled back."""

    def name(self, member: str, limit: int = 64, *, lower: bool = False) -> str:
        """The name in property ``member``, else one made of the stack's name, the logical id and a random suffix."""
        given = self.properties.get(member)
        if given is not None:
            return str(given)
        suffix = drawn_text(12, _ALPHABET)
        room = limit - len(suffix) - 2
        logical_id = self.logical_id[: max(room // 2, room - len(self.stack_name))]
        name = f"{self.stack_name[: room - len(logical_id)]}-{logical_id}-{suffix}"
        return name.lower() if lower else name

    def arn(self, service: str, resource: str, *, region: bool = True) -> str:
        """The ARN of ``resource`` in this account."""
        return f"arn:{self.partition}:{service}:{self.region if region else ''}:{self.account}:{resource}"

    def tags(self) -> list[dict[str, str]]:
        """The tags of the resource; its own take precedence over the stack's."""
        own = self.properties.get("Tags", [])
        named = {tag["Key"]: str(tag["Value"]) for tag in own} if isinstance(own, list) else dict(own)
        return [{"Key": key, "Value": value} for key, value in {**self.stack_tags, **named}.items()]

    def given(self, *members: str) -> dict[str, Any]:
        """The properties in ``members`` that are given, under the same names."""
        return {member: self.properties[member] for member in members if member in self.properties}


@dataclass(frozen=True)
class Made:
    """An existing resource: its ``Ref`` and its ``Fn::GetAtt``s."""

    physical_id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


class LeftBehind(Exception):
    """A creation that failed, for the reason in the text, and what it left behind: that goes with the rollback."""

    def __init__(self, reason: str, made: Made) -> None:
        super().__init__(reason)
        self.made = made


class Provider:
    """Creates, updates and deletes resources of one type."""

    name_member: ClassVar[str | None] = None
    """The property that names the resource, if names must be unique."""
    create_only: ClassVar[frozenset[str]] = frozenset()
    """Properties whose change requires replacement."""

    def replaces(self, member: str) -> bool:
        """Whether a change of the property requires replacement."""
        return member in self.create_only or member == self.name_member

    def create(self, request: Request) -> Made:
        raise NotImplementedError

    def update(self, request: Request) -> Made:
        raise NotImplementedError

    def delete(self, request: Request) -> None:
        raise NotImplementedError


class Recorded(Provider):
    """A resource that exists only in the stack, without any effect outside of it."""

    def create(self, request: Request) -> Made:
        return Made(request.name("Name"))

    def update(self, request: Request) -> Made:
        return Made(request.physical_id)

    def delete(self, request: Request) -> None:
        return None
