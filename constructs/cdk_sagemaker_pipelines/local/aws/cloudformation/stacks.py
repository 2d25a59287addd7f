"""Stacks, their contents, and the store of an account and region."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, Protocol

from .errors import AlreadyExists, ChangeSetNotFound, ValidationError


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(timezone.utc)


@dataclass
class Resource:
    """A resource of a stack in its current state."""

    logical_id: str
    type: str
    properties: dict[str, Any]
    """With dynamic references unresolved: a new value behind one does not cause an update."""
    values: dict[str, Any] = field(default_factory=dict)
    """The properties with dynamic references resolved."""
    physical_id: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    declaration: Mapping[str, Any] = field(default_factory=dict)
    status: str = "CREATE_IN_PROGRESS"
    reason: str | None = None
    timestamp: datetime = field(default_factory=now)
    back_to: dict[str, Any] | None = None
    """``properties``, ``values`` and ``declaration`` of before an update, if its rollback failed."""

    def described(self, stack: Stack) -> dict[str, Any]:
        """The members of the API's ``StackResource``."""
        return {
            "StackName": stack.name,
            "StackId": stack.id,
            "LogicalResourceId": self.logical_id,
            "PhysicalResourceId": self.physical_id,
            "ResourceType": self.type,
            "Timestamp": self.timestamp,
            "LastUpdatedTimestamp": self.timestamp,
            "ResourceStatus": self.status,
            "ResourceStatusReason": self.reason,
            "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
        }


@dataclass
class Output:
    """An output of a stack."""

    key: str
    value: str
    description: str | None
    export: str | None


@dataclass
class Stack:
    """A stack; ``template`` is empty until its first change set is executed."""

    id: str
    name: str
    status: str = "REVIEW_IN_PROGRESS"
    reason: str | None = None
    template_text: str = ""
    template: Mapping[str, Any] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    role_arn: str | None = None
    protected: bool = False
    disable_rollback: bool = False
    resources: dict[str, Resource] = field(default_factory=dict)
    outputs: list[Output] = field(default_factory=list)
    imports: set[str] = field(default_factory=set)
    events: list[dict[str, Any]] = field(default_factory=list)
    change_set_id: str | None = None
    created: datetime = field(default_factory=now)
    updated: datetime | None = None
    deleted: datetime | None = None
    kept: Callable[[Stack, Resource | None], None] | None = field(default=None, repr=False, compare=False)
    """Told of every event, and of the resource that it is about."""

    def record(self, status: str, reason: str | None = None) -> None:
        """Sets the stack's own status, with an event."""
        self.status, self.reason = status, reason
        self._event(self.name, self.id, "AWS::CloudFormation::Stack", status, reason, {})
        if self.kept is not None:
            self.kept(self, None)

    def record_resource(self, resource: Resource, status: str, reason: str | None = None) -> None:
        """Sets the status of one of the stack's resources, with an event."""
        resource.status, resource.reason, resource.timestamp = status, reason, now()
        self._event(resource.logical_id, resource.physical_id, resource.type, status, reason, resource.properties)
        if self.kept is not None:
            self.kept(self, resource)

    def _event(
        self, logical_id: str, physical_id: str, kind: str, status: str, reason: str | None, properties: Any
    ) -> None:
        # The CDK CLI sorts events by time in milliseconds: no two may share one.
        earliest = self.events[-1]["Timestamp"] + timedelta(milliseconds=1) if self.events else now()
        self.events.append(
            {
                "StackId": self.id,
                "EventId": str(uuid.uuid4()),
                "StackName": self.name,
                "LogicalResourceId": logical_id,
                "PhysicalResourceId": physical_id,
                "ResourceType": kind,
                "Timestamp": max(now(), earliest),
                "ResourceStatus": status,
                "ResourceStatusReason": reason,
            }
        )

    def described(self, parents: Mapping[str, str]) -> dict[str, Any]:
        """The members of the API's ``Stack``. ``parents``: of all nested stacks, by their ids."""
        declared = self.template.get("Parameters", {})
        return {
            "StackId": self.id,
            "StackName": self.name,
            "ChangeSetId": self.change_set_id,
            "Description": self.template.get("Description"),
            "Parameters": [
                {
                    "ParameterKey": key,
                    "ParameterValue": "****"
                    if declared.get(key, {}).get("NoEcho")
                    else self.given.get(key, _shown(value, declared, key)),
                    **({"ResolvedValue": value} if _is_stored(declared, key) else {}),
                }
                for key, value in self.parameters.items()
            ],
            "CreationTime": self.created,
            "LastUpdatedTime": self.updated,
            "DeletionTime": self.deleted,
            "StackStatus": self.status,
            "StackStatusReason": self.reason,
            "DisableRollback": self.disable_rollback,
            "NotificationARNs": [],
            "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
            "Outputs": [
                {
                    "OutputKey": output.key,
                    "OutputValue": output.value,
                    "Description": output.description,
                    "ExportName": output.export,
                }
                for output in self.outputs
            ],
            "RoleARN": self.role_arn,
            "Tags": [{"Key": key, "Value": value} for key, value in self.tags.items()],
            "EnableTerminationProtection": self.protected,
            "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
            **_above(self.id, parents),
        }


def _above(stack: str, parents: Mapping[str, str]) -> dict[str, str]:
    """The parent and the root of a nested stack; empty of others."""
    if stack not in parents:
        return {}
    parent = root = parents[stack]
    while root in parents:
        root = parents[root]
    return {"ParentId": parent, "RootId": root}


def _is_stored(declared: Mapping[str, Any], key: str) -> bool:
    return str(declared.get(key, {}).get("Type", "")).startswith("AWS::SSM::")


def _shown(value: Any, declared: Mapping[str, Any], key: str) -> str:
    if _is_stored(declared, key):
        return str(declared[key].get("Default", ""))
    return ",".join(value) if isinstance(value, list) else str(value)


@dataclass
class ChangeSet:
    """What an update of a stack would do; ``changes`` holds the members of the API's ``Change``s."""

    id: str
    name: str
    stack: Stack
    kind: str
    template_text: str
    template: dict[str, Any]
    given: dict[str, str]
    parameters: dict[str, Any]
    tags: dict[str, str]
    role_arn: str | None
    description: str | None
    changes: list[dict[str, Any]]
    status: str = "CREATE_COMPLETE"
    execution_status: str = "AVAILABLE"
    reason: str | None = None
    created: datetime = field(default_factory=now)

    def summary(self) -> dict[str, Any]:
        """The members of the API's ``ChangeSetSummary``."""
        return {
            "StackId": self.stack.id,
            "StackName": self.stack.name,
            "ChangeSetId": self.id,
            "ChangeSetName": self.name,
            "ExecutionStatus": self.execution_status,
            "Status": self.status,
            "StatusReason": self.reason,
            "CreationTime": self.created,
            "Description": self.description,
        }


class Keeper(Protocol):
    """Keeps stacks over a restart."""

    def changed(self, stack: Stack, resource: Resource | None) -> None:
        """Is told of every event of a stack; ``resource`` is what it is about, None for the stack itself."""

    def settled(self, store: StackStore) -> None:
        """Is told of the end of every operation that may change something."""


class StackStore:
    """The stacks and change sets of one account and region; ``neighbour`` returns those of another."""

    def __init__(
        self,
        account: str,
        region: str,
        partition: str,
        neighbour: Callable[[str, str], StackStore],
        keeper: Keeper | None = None,
    ) -> None:
        self.account, self.region, self.partition, self.neighbour = account, region, partition, neighbour
        self._keeper = keeper
        self._stacks: dict[str, Stack] = {}
        self._change_sets: dict[str, ChangeSet] = {}
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[Stack]:
        with self._lock:
            return iter(list(self._stacks.values()))

    def alive(self) -> list[Stack]:
        """The stacks that are not deleted."""
        return [stack for stack in self if stack.status != "DELETE_COMPLETE"]

    def parents(self) -> dict[str, str]:
        """The id of the parent of each nested stack, by its own; from the events, which also tell of replaced ones."""
        return {
            event["PhysicalResourceId"]: stack.id
            for stack in self
            for event in stack.events
            if event["ResourceType"] == "AWS::CloudFormation::Stack" and event["PhysicalResourceId"] != stack.id
        }

    def new_stack(self, name: str) -> Stack:
        """An empty stack under review, not yet in the store. Raises ``AlreadyExists``."""
        if any(stack.name == name for stack in self.alive()):
            raise AlreadyExists(f"Stack [{name}] already exists")
        return Stack(id=self._arn("stack", name), name=name)

    def add(self, stack: Stack) -> None:
        """Puts a stack into the store; one that is already there stays."""
        with self._lock:
            self._stacks.setdefault(stack.id, stack)
        if self._keeper is not None:
            stack.kept = self._keeper.changed

    def settle(self) -> None:
        """Keeps everything as it is now, if it is to be kept."""
        if self._keeper is not None:
            self._keeper.settled(self)

    def find(self, name_or_id: str) -> Stack | None:
        """The stack with this id, deleted or not, or the existing one with this name."""
        by_id = self._stacks.get(name_or_id)
        return by_id or next((stack for stack in self.alive() if stack.name == name_or_id), None)

    def stack(self, name_or_id: str) -> Stack:
        """Like ``find``, but raises ``ValidationError`` if there is none."""
        stack = self.find(name_or_id)
        if stack is None:
            raise ValidationError(f"Stack with id {name_or_id} does not exist")
        return stack

    def add_change_set(self, change_set: ChangeSet) -> None:
        self._change_sets[change_set.id] = change_set

    def change_set_arn(self, name: str) -> str:
        return self._arn("changeSet", name)

    def change_sets(self, stack: Stack) -> list[ChangeSet]:
        return [change_set for change_set in self._change_sets.values() if change_set.stack is stack]

    def all_change_sets(self) -> list[ChangeSet]:
        return list(self._change_sets.values())

    def change_set(self, name_or_id: str, stack_name: str | None) -> ChangeSet:
        """Raises ``ChangeSetNotFound``."""
        found = self._change_sets.get(name_or_id)
        if found is None and stack_name is not None:
            stack = self.stack(stack_name)
            found = next((candidate for candidate in self.change_sets(stack) if candidate.name == name_or_id), None)
        if found is None:
            raise ChangeSetNotFound(f"ChangeSet [{name_or_id}] does not exist")
        return found

    def remove_change_set(self, name_or_id: str, stack_name: str | None) -> None:
        """Removes a change set; a missing one is not an error."""
        with suppress(ChangeSetNotFound):
            del self._change_sets[self.change_set(name_or_id, stack_name).id]

    def exports(self) -> dict[str, tuple[Stack, str]]:
        """Every exported value, by export name."""
        return {
            output.export: (stack, output.value)
            for stack in self.alive()
            for output in stack.outputs
            if output.export is not None
        }

    def _arn(self, kind: str, name: str) -> str:
        return f"arn:{self.partition}:cloudformation:{self.region}:{self.account}:{kind}/{name}/{uuid.uuid4()}"
