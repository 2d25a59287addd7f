"""Stacks and change sets as records, each resource and event by itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from ...state.journal import Journal
from ...state.plain import dumped
from ..cloudformation.stacks import ChangeSet, Output, Resource, Stack, StackStore
from ..resources.moto_models import MotoAttributes
from .models import Models

_STACK, _RESOURCE, _EVENT, _CHANGE_SET = "stack", "resource of a stack", "event of a stack", "change set"
_APART = ("resources", "events", "kept")
_ENDED = "the local AWS ended while this was going on"
_ENDED_AS = {
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_IN_PROGRESS": "UPDATE_FAILED",  # which can be deployed again: each resource says how far it came
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": "UPDATE_ROLLBACK_COMPLETE",
}


class KeptStacks:
    """The stacks of one account and region in a journal; implements ``cloudformation.stacks.Keeper``."""

    def __init__(self, journal: Journal, account: str, region: str) -> None:
        self._journal, self._place = journal, f"{account}/{region}/"
        self._written: dict[tuple[str, str], str] = {}
        self._events: dict[str, int] = {}

    def changed(self, stack: Stack, resource: Resource | None) -> None:
        """Keeps what an event is about, and the event."""
        if resource is None:
            self._write(_STACK, stack.id, {**_plain(stack, _APART), "order": list(stack.resources)})
        else:
            # Not what is to replace it, or was replaced by it: a stack has one resource of a name.
            standing = stack.resources.get(resource.logical_id, resource)
            self._write(_RESOURCE, f"{stack.id}\n{resource.logical_id}", _of_resource(standing))
        first = self._events.get(stack.id, 0)
        for number, event in enumerate(stack.events[first:], first):
            self._journal.put(_EVENT, self._key(f"{stack.id}\n{number:08}"), event)
        self._events[stack.id] = len(stack.events)

    def settled(self, store: StackStore) -> None:
        """Keeps everything as it is after an operation."""
        wanted = set()
        for stack in store:
            self.changed(stack, None)
            wanted.add((_STACK, stack.id))
            for resource in list(stack.resources.values()):
                key = f"{stack.id}\n{resource.logical_id}"
                self._write(_RESOURCE, key, _of_resource(resource))
                wanted.add((_RESOURCE, key))
        for change_set in store.all_change_sets():
            plain = {**_plain(change_set, ("stack",)), "stack": change_set.stack.id}
            self._write(_CHANGE_SET, change_set.id, plain)
            wanted.add((_CHANGE_SET, change_set.id))
        for kind, key in self._written.keys() - wanted:
            self._journal.remove(kind, self._key(key))
            del self._written[kind, key]

    def restore(self, store: StackStore, models: Models) -> None:
        """Puts everything back. What was going on has failed."""
        stacks = {key.removeprefix(self._place): value for key, value in self._records(_STACK).items()}
        for id_, plain in stacks.items():
            order = {logical_id: number for number, logical_id in enumerate(plain.pop("order"))}
            outputs = [Output(**output) for output in plain.pop("outputs")]
            stack = Stack(**{**plain, "outputs": outputs, "imports": set(plain["imports"])})
            resources = self._records(_RESOURCE, f"{id_}\n").values()
            for saved in sorted(resources, key=lambda saved: order.get(saved["logical_id"], len(order))):
                resource = _resource(saved, id_, models)
                if resource is not None:
                    stack.resources[resource.logical_id] = resource
            stack.events = list(self._records(_EVENT, f"{id_}\n").values())
            self._events[id_] = len(stack.events)
            store.add(stack)
        for plain in self._records(_CHANGE_SET).values():
            at = plain.pop("stack")
            store.add_change_set(ChangeSet(stack=store.stack(at), **plain))
        for stack in store:
            _end(stack)
        self.settled(store)

    def _records(self, kind: str, prefix: str = "") -> dict[str, Any]:
        return self._journal.records(kind, self._key(prefix))

    def _write(self, kind: str, key: str, value: Any) -> None:
        text = dumped(value)
        if self._written.get((kind, key)) != text:
            self._journal.put(kind, self._key(key), value)
            self._written[kind, key] = text

    def _key(self, key: str) -> str:
        return self._place + key


def _plain(value: Any, apart: tuple[str, ...]) -> dict[str, Any]:
    names = [each.name for each in dataclasses.fields(value) if each.name not in apart]
    plain = {name: getattr(value, name) for name in names}
    if "outputs" in plain:
        plain.update(outputs=[dataclasses.asdict(output) for output in value.outputs], imports=sorted(value.imports))
    return plain


def _of_resource(resource: Resource) -> dict[str, Any]:
    plain = _plain(resource, ("attributes",))
    of_moto = isinstance(resource.attributes, MotoAttributes)
    return {**plain, "attributes": None if of_moto else dict(resource.attributes)}


def _resource(saved: Mapping[str, Any], stack_id: str, models: Models) -> Resource | None:
    """A resource as it was; None if it was not made."""
    plain, attributes = dict(saved), saved["attributes"]
    if attributes is None:
        attributes = models.attributes(stack_id, saved["logical_id"], saved["physical_id"])
    if not saved["physical_id"] or saved["status"] in ("DELETE_COMPLETE", "DELETE_SKIPPED"):
        return None
    return Resource(**{**plain, "attributes": attributes})


def _end(stack: Stack) -> None:
    """Ends what was going on."""
    for resource in stack.resources.values():
        if resource.status.endswith("_IN_PROGRESS"):
            stack.record_resource(resource, _failed(resource.status), _ENDED)
    if stack.status.endswith("_IN_PROGRESS") and stack.status != "REVIEW_IN_PROGRESS":
        stack.record(_ENDED_AS.get(stack.status, _failed(stack.status)), _ENDED)


def _failed(status: str) -> str:
    return f"{status.removesuffix('_IN_PROGRESS')}_FAILED"
