"""References of CDK between regions, in the form that its ``cross_region_references`` gives them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws

from .conftest import ACCOUNT, REGION

THERE = "us-east-1"
PREFIX = "/cdk/exports/User/"
TOKEN = f"arn:aws:lambda:{THERE}:{ACCOUNT}:function:unused"


class Stack:
    """A stack in one region."""

    def __init__(self, aws: EmbeddedAws, region: str, name: str) -> None:
        self._client = aws._world.services(ACCOUNT, region).client("cloudformation")
        self._name, self._exists = name, False

    def deploy(self, **resources: Mapping[str, Any]) -> None:
        act = self._client.update_stack if self._exists else self._client.create_stack
        act(StackName=self._name, TemplateBody=json.dumps({"Resources": resources}))
        (stack,) = self._client.describe_stacks(StackName=self._name)["Stacks"]
        assert stack["StackStatus"] == ("UPDATE_COMPLETE" if self._exists else "CREATE_COMPLETE")
        self._exists = True

    def destroy(self) -> None:
        self._client.delete_stack(StackName=self._name)
        assert self._client.list_stacks()["StackSummaries"][-1]["StackStatus"] == "DELETE_COMPLETE"


def writer(**exports: str) -> dict[str, Any]:
    props = {"region": REGION, "exports": {PREFIX + name: value for name, value in exports.items()}}
    return {"Type": "Custom::CrossRegionExportWriter", "Properties": {"ServiceToken": TOKEN, "WriterProps": props}}


def reader(*names: str) -> dict[str, Any]:
    imports = {PREFIX + name: "{{resolve:ssm:" + PREFIX + name + "}}" for name in names}
    props = {"region": REGION, "prefix": "User", "imports": imports}
    return {"Type": "Custom::CrossRegionExportReader", "Properties": {"ServiceToken": TOKEN, "ReaderProps": props}}


def read(name: str) -> dict[str, Any]:
    value = {"Fn::GetAtt": ["Reader", PREFIX + name]}
    return {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "read", "Type": "String", "Value": value}}


@pytest.fixture
def ssm(client: Any) -> Any:
    return client("ssm")


def exported(ssm: Any) -> dict[str, str]:
    found = ssm.get_parameters_by_path(Path=PREFIX, Recursive=True)["Parameters"]
    return {one["Name"].removeprefix(PREFIX): one["Value"] for one in found}


def tags(ssm: Any, name: str) -> list[str]:
    told = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=PREFIX + name)["TagList"]
    return [tag["Key"] for tag in told]


def test_what_is_exported_is_read_in_the_other_region(aws: EmbeddedAws, ssm: Any) -> None:
    base, user = Stack(aws, THERE, "base"), Stack(aws, REGION, "user")
    base.deploy(Writer=writer(a="1", b="2"))
    assert exported(ssm) == {"a": "1", "b": "2"}
    user.deploy(Reader=reader("a"), Read=read("a"))
    assert ssm.get_parameter(Name="read")["Parameter"]["Value"] == "1"
    assert (tags(ssm, "a"), tags(ssm, "b")) == (["aws-cdk:strong-ref:User"], [])
    user.deploy(Reader=reader("b"), Read=read("b"))
    assert ssm.get_parameter(Name="read")["Parameter"]["Value"] == "2"
    assert (tags(ssm, "a"), tags(ssm, "b")) == ([], ["aws-cdk:strong-ref:User"])
    # as CDK's function does it: what is exported already keeps its value
    base.deploy(Writer=writer(b="3", c="4"))
    assert exported(ssm) == {"b": "2", "c": "4"}
    user.destroy()
    assert tags(ssm, "b") == []
    base.destroy()
    assert exported(ssm) == {}


def test_a_reader_outlives_its_writer(aws: EmbeddedAws, ssm: Any) -> None:
    base, user = Stack(aws, THERE, "base"), Stack(aws, REGION, "user")
    base.deploy(Writer=writer(a="1"))
    user.deploy(Reader=reader("a"), Read=read("a"))
    base.destroy()
    user.destroy()


def test_more_exports_than_one_call_deletes(aws: EmbeddedAws, ssm: Any) -> None:
    base = Stack(aws, THERE, "base")
    base.deploy(Writer=writer(**{f"n{number}": "v" for number in range(21)}))
    base.deploy(Writer=writer(n0="v"))
    assert exported(ssm) == {"n0": "v"}
