"""A server that dies in the middle of a deployment, at every event of it: what its next start knows of the stack."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.aws import resources
from cdk_sagemaker_pipelines.local.aws.cloudformation.deployment import Deployment
from cdk_sagemaker_pipelines.local.aws.cloudformation.stacks import Stack, StackStore
from cdk_sagemaker_pipelines.local.aws.resources import Made, Provider, Request
from cdk_sagemaker_pipelines.local.aws.restart.stacks import KeptStacks
from cdk_sagemaker_pipelines.local.state.folder import StateFolder
from cdk_sagemaker_pipelines.local.state.journal import Journal

from .conftest import ACCOUNT, REGION

NO_MODELS: Any = None


class Killed(BaseException):
    """The server is gone."""


class Things(Provider):
    """What exists, by id."""

    alive: dict[str, str]

    def create(self, request: Request) -> Made:
        if request.properties["Size"] == "too large":
            raise ValueError("too large")
        id_ = f"{request.logical_id}-{uuid.uuid4()}"
        self.alive[id_] = request.properties["Size"]
        return Made(id_)

    def update(self, request: Request) -> Made:
        self.alive[request.physical_id] = request.properties["Size"]
        return Made(request.physical_id)

    def delete(self, request: Request) -> None:
        del self.alive[request.physical_id]


class Replaced(Things):
    """What is made anew for another size."""

    create_only = frozenset({"Size"})


@pytest.fixture
def alive(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    made: dict[str, str] = {}
    for name, provider in (("Some::Kept::Thing", Things()), ("Some::Replaced::Thing", Replaced())):
        provider.alive = made
        monkeypatch.setitem(resources._PROVIDERS, name, provider)
    return made


def template(**sizes: str) -> dict[str, Any]:
    """One resource by each name; those that begin with R are replaced."""
    return {
        "Resources": {
            name: {"Type": f"Some::{'Replaced' if name[0] == 'R' else 'Kept'}::Thing", "Properties": {"Size": size}}
            for name, size in sizes.items()
        }
    }


FIRST = template(A="1", R="1", S="1", Gone="1")
STEPS = {
    "creation": (FIRST,),
    "failed_creation": (template(A="1", R="1", Z="too large"),),
    "update": (FIRST, template(A="2", R="2", S="1", New="1")),
    "failed_update": (FIRST, template(A="2", R="2", S="2", New="1", Z="too large")),
}
LAST = template(A="3", R="3", S="1", New="3")


def opened(folder: Path, killed_at: int | None = None) -> tuple[StackStore, Journal]:
    """What a server finds in a folder; it dies after so many events."""
    journal = Journal(StateFolder(folder))
    keeper, events = KeptStacks(journal, ACCOUNT, REGION), itertools.count(1)
    store = StackStore(ACCOUNT, REGION, "aws", lambda *_: store, keeper)
    keeper.restore(store, NO_MODELS)
    keep = keeper.changed

    def changed(stack: Stack, resource: Any) -> None:
        keep(stack, resource)
        if next(events) == killed_at:
            raise Killed

    for stack in store:
        stack.kept = changed
    keeper.changed = changed  # type: ignore[method-assign]
    return store, journal


def deploy(store: StackStore, wanted: Mapping[str, Any]) -> Stack:
    stack = store.find("stack")
    verb = "CREATE" if stack is None else "UPDATE"
    if stack is None:
        stack = store.new_stack("stack")
        store.add(stack)
    Deployment(stack, store, lambda _: None).apply(wanted, {}, verb, rollback=True)
    store.settle()
    return stack


def delete(store: StackStore) -> Stack:
    stack = store.stack("stack")
    Deployment(stack, store, lambda _: None).delete([])
    store.settle()
    return stack


@pytest.mark.parametrize("steps", STEPS.values(), ids=STEPS)
def test_nothing_that_a_stack_has_is_forgotten(
    tmp_path: Path, alive: dict[str, str], steps: tuple[dict[str, Any], ...]
) -> None:
    for killed_at in itertools.count(1):
        alive.clear()
        folder = tmp_path / str(killed_at)
        store, journal = opened(folder)
        for before in steps[:-1]:
            deploy(store, before)
        journal.close()
        store, journal = opened(folder, killed_at)
        try:
            deploy(store, steps[-1])
        except Killed:
            journal.close()
        else:
            journal.close()
            break
        store, journal = opened(folder)
        stack = store.stack("stack")
        assert not stack.status.endswith("IN_PROGRESS"), (killed_at, stack.status)
        known = {resource.physical_id for resource in stack.resources.values()}
        if len(steps) > 1:
            assert set(steps[0]["Resources"]) & set(steps[1]["Resources"]) <= set(stack.resources), killed_at
        # at most what was being made, or deleted, or replaced at that moment
        assert len(alive.keys() - known) <= 1, (killed_at, stack.status)
        assert len(known - alive.keys()) <= 1, (killed_at, stack.status)
        strays = {id_: size for id_, size in alive.items() if id_ not in known}
        if stack.status.startswith("ROLLBACK"):
            assert delete(store).status == "DELETE_COMPLETE"
            assert alive == strays
        else:
            assert deploy(store, LAST).status == "UPDATE_COMPLETE", (killed_at, stack.status)
            now = {resource.physical_id: resource.values["Size"] for resource in stack.resources.values()}
            assert now == {id_: size for id_, size in alive.items() if id_ not in strays}, killed_at
        journal.close()
    assert killed_at > 5
