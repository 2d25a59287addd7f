"""Deployments that fail, and what is left of them: rollbacks that fail, too, and nested stacks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.aws import resources
from cdk_sagemaker_pipelines.local.aws.resources import Made, Provider, Request
from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws

from .conftest import ACCOUNT, REGION


class Things(Provider):
    """A custom resource that refuses what a test tells it to; a new size makes it another one."""

    def __init__(self) -> None:
        self.alive: dict[str, Any] = {}
        self.refused: set[str] = set()
        """Operations, with the size that they are refused for behind them."""

    def create(self, request: Request) -> Made:
        return self._made(request, "create")

    def update(self, request: Request) -> Made:
        return self._made(request, "update")

    def delete(self, request: Request) -> None:
        if "delete" in self.refused:
            raise ValueError("the delete is refused")
        del self.alive[request.physical_id]

    def _made(self, request: Request, operation: str) -> Made:
        size = str(request.properties["Size"])
        if f"{operation} {size}" in self.refused:
            raise ValueError(f"the {operation} is refused")
        id_ = f"{request.stack_name}-{request.logical_id}-{size}"
        self.alive[id_] = request.properties
        return Made(id_)


@pytest.fixture(scope="module")
def aws() -> Iterator[EmbeddedAws]:
    with EmbeddedAws(REGION, ACCOUNT) as embedded:
        client = embedded.services().client("s3")
        client.create_bucket(Bucket="templates", CreateBucketConfiguration={"LocationConstraint": REGION})
        yield embedded


@pytest.fixture
def things(monkeypatch: pytest.MonkeyPatch) -> Things:
    made = Things()
    monkeypatch.setitem(resources._PROVIDERS, "Custom::Thing", made)
    return made


@pytest.fixture
def act(client: Any, request: pytest.FixtureRequest) -> Any:
    """``act("create", resources, **more)``: creates or updates the stack of the test; returns its status."""
    name = request.node.name.replace("_", "-")[:60]

    def acted(verb: str, resources: dict[str, Any], **more: Any) -> str:
        cloudformation = client("cloudformation")
        getattr(cloudformation, f"{verb}_stack")(
            StackName=name, TemplateBody=json.dumps({"Resources": resources}), **more
        )
        return str(cloudformation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])

    acted.name = name  # type: ignore[attr-defined]
    return acted


def thing(size: int, *, after: str | None = None) -> dict[str, Any]:
    declared: dict[str, Any] = {"Type": "Custom::Thing", "Properties": {"ServiceToken": "none", "Size": size}}
    return declared if after is None else {**declared, "DependsOn": after}


def nested(client: Any, size: int, key: str = "inner") -> dict[str, Any]:
    s3 = client("s3")
    inner = {"Resources": {"Before": thing(size + 10), "Thing": thing(size, after="Before")}}
    s3.put_object(Bucket="templates", Key=f"{key}-{size}", Body=json.dumps(inner))
    url = f"{s3.meta.endpoint_url}/templates/{key}-{size}"
    return {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}


def within(client: Any, name: str) -> list[tuple[str, str]]:
    """Names of the stacks nested in a stack that are left, up to the random part, and their statuses."""
    told = client("cloudformation").describe_stacks()["Stacks"]
    (parent,) = [stack["StackId"] for stack in told if stack["StackName"] == name]
    inside = [stack for stack in told if stack.get("ParentId") == parent]
    return sorted((stack["StackName"].rpartition("-")[0][len(name) + 1 :], stack["StackStatus"]) for stack in inside)


def status_of(client: Any, name: str, logical_id: str) -> str:
    told = client("cloudformation").describe_stack_resource(StackName=name, LogicalResourceId=logical_id)
    return str(told["StackResourceDetail"]["ResourceStatus"])


def sizes(things: Things) -> list[str]:
    return sorted("-".join(id_.rsplit("-", 2)[1:]) for id_ in things.alive)


def test_a_nested_stack_goes_with_the_failed_creation_of_its_parent(client: Any, act: Any, things: Things) -> None:
    things.refused.add("create 2")
    assert act("create", {"Inner": nested(client, 2)}) == "ROLLBACK_COMPLETE"
    assert within(client, act.name) == []
    assert things.alive == {}
    events = client("cloudformation").describe_stack_events(StackName=act.name)["StackEvents"]
    told = [event["ResourceStatus"] for event in events[::-1] if event["LogicalResourceId"] == "Inner"]
    assert told == ["CREATE_IN_PROGRESS", "CREATE_FAILED", "DELETE_IN_PROGRESS", "DELETE_COMPLETE"]


def test_without_rollback_a_nested_stack_stays_until_the_next_deployment(client: Any, act: Any, things: Things) -> None:
    things.refused.add("create 2")
    assert act("create", {"Inner": nested(client, 2)}, DisableRollback=True) == "CREATE_FAILED"
    assert within(client, act.name) == [("Inner", "CREATE_FAILED")]
    assert status_of(client, act.name, "Inner") == "CREATE_FAILED"
    assert sizes(things) == ["Before-12"]
    things.refused.clear()
    assert act("update", {"Inner": nested(client, 2)}) == "UPDATE_COMPLETE"  # the same template
    assert within(client, act.name) == [("Inner", "CREATE_COMPLETE")]
    assert sizes(things) == ["Before-12", "Thing-2"]
    client("cloudformation").delete_stack(StackName=act.name)
    assert things.alive == {}


def test_a_nested_stack_is_rolled_back_with_its_parent(client: Any, act: Any, things: Things) -> None:
    assert act("create", {"Inner": nested(client, 2)}) == "CREATE_COMPLETE"
    things.refused.add("update 3")
    assert act("update", {"Inner": nested(client, 3)}) == "UPDATE_ROLLBACK_COMPLETE"
    assert within(client, act.name) == [("Inner", "UPDATE_ROLLBACK_COMPLETE")]
    things.refused.clear()
    assert act("update", {"Inner": nested(client, 3)}) == "UPDATE_COMPLETE"
    assert sizes(things) == ["Before-13", "Thing-3"]


def test_a_failed_rollback_of_a_nested_stack_goes_on_with_its_parent(client: Any, act: Any, things: Things) -> None:
    assert act("create", {"Inner": nested(client, 2)}) == "CREATE_COMPLETE"
    things.refused |= {"update 3", "update 12"}
    assert act("update", {"Inner": nested(client, 3)}) == "UPDATE_ROLLBACK_FAILED"
    assert within(client, act.name) == [("Inner", "UPDATE_ROLLBACK_FAILED")]
    things.refused.clear()
    client("cloudformation").continue_update_rollback(StackName=act.name)
    (stack,) = client("cloudformation").describe_stacks(StackName=act.name)["Stacks"]
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert within(client, act.name) == [("Inner", "UPDATE_ROLLBACK_COMPLETE")]
    assert sizes(things) == ["Before-12", "Thing-2"]


def failed_rollback(act: Any, things: Things) -> None:
    """A stack whose update from 1 to 2 failed at another resource, and whose rollback to 1 failed as well."""
    assert act("create", {"One": thing(1), "Two": thing(1, after="One")}) == "CREATE_COMPLETE"
    things.refused |= {"update 1", "create 2"}
    changed = {"One": thing(2), "Two": thing(2, after="One"), "New": thing(2, after="Two")}
    assert act("update", changed) == "UPDATE_ROLLBACK_FAILED"


def test_a_failed_rollback_can_be_continued(client: Any, act: Any, things: Things) -> None:
    failed_rollback(act, things)
    cloudformation = client("cloudformation")
    (stack,) = cloudformation.describe_stacks(StackName=act.name)["Stacks"]
    assert stack["StackStatusReason"] == "The following resource(s) failed to update: [Two, One]. "
    with pytest.raises(cloudformation.exceptions.ClientError, match="UPDATE_ROLLBACK_FAILED state and can not be upd"):
        act("update", {"One": thing(3)})
    cloudformation.continue_update_rollback(StackName=act.name)  # in vain
    assert sizes(things) == ["One-1", "One-2", "Two-1", "Two-2"]
    things.refused.clear()
    cloudformation.continue_update_rollback(StackName=act.name)
    (stack,) = cloudformation.describe_stacks(StackName=act.name)["Stacks"]
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert sizes(things) == ["One-1", "Two-1"]
    with pytest.raises(cloudformation.exceptions.ClientError, match="can not continue to roll back"):
        cloudformation.continue_update_rollback(StackName=act.name)
    with pytest.raises(cloudformation.exceptions.ClientError, match="No updates"):
        act("update", {"One": thing(1), "Two": thing(1, after="One")})


def test_what_cannot_be_rolled_back_can_be_skipped(client: Any, act: Any, things: Things) -> None:
    failed_rollback(act, things)
    cloudformation = client("cloudformation")
    with pytest.raises(cloudformation.exceptions.ClientError, match=r"which are \[One, Two\], not \[Inner.One\]"):
        cloudformation.continue_update_rollback(StackName=act.name, ResourcesToSkip=["One", "Inner.One"])
    cloudformation.continue_update_rollback(StackName=act.name, ResourcesToSkip=["One", "Two"])
    (stack,) = cloudformation.describe_stacks(StackName=act.name)["Stacks"]
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert status_of(client, act.name, "One") == "UPDATE_COMPLETE"
    assert act("update", {"One": thing(4), "Two": thing(4, after="One")}) == "UPDATE_COMPLETE"


def test_a_creation_whose_rollback_fails_leaves_what_can_be_deleted_later(
    client: Any, act: Any, things: Things
) -> None:
    things.refused |= {"create 2", "delete"}
    assert act("create", {"One": thing(1), "Two": thing(2, after="One")}) == "ROLLBACK_FAILED"
    (stack,) = client("cloudformation").describe_stacks(StackName=act.name)["Stacks"]
    assert stack["StackStatusReason"] == "The following resource(s) failed to delete: [One]. "
    things.refused.clear()
    client("cloudformation").delete_stack(StackName=act.name)
    assert things.alive == {}


def test_what_failed_to_update_is_tried_again(client: Any, act: Any, things: Things) -> None:
    assert act("create", {"One": thing(1)}) == "CREATE_COMPLETE"
    things.refused.add("update 2")
    assert act("update", {"One": thing(2)}, DisableRollback=True) == "UPDATE_FAILED"
    seen = len(things.alive)
    assert act("update", {"One": thing(1)}) == "UPDATE_COMPLETE"  # nobody knows how far the update came
    assert (seen, status_of(client, act.name, "One")) == (1, "UPDATE_COMPLETE")
