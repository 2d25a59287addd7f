"""What a change set would do: the difference between a stack and a template."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from moto.utilities.utils import get_partition

from ..identities import account_of, untrusted
from ..principals import holding
from ..resources import provider_for
from .errors import TemplateError
from .parameter_checks import check_rules
from .policies import with_policies
from .stacks import Resource, Stack, StackStore
from .templates import LATER, Evaluation, creation_order


class _Planned:
    """The values before the change; ``LATER`` for what will be created anew."""

    def __init__(self, stack: Stack, store: StackStore, template: Mapping[str, Any], executor: str | None) -> None:
        self._stack, self._store, self._template, self._executor = stack, store, template, executor
        self.anew: set[str] = set()

    def reference(self, logical_id: str) -> Any:
        self._must_be_declared(logical_id)
        resource = self._stack.resources.get(logical_id)
        return LATER if resource is None or logical_id in self.anew else resource.physical_id

    def attribute(self, logical_id: str, name: str) -> Any:
        self._must_be_declared(logical_id)
        resource = self._stack.resources.get(logical_id)
        if resource is None or logical_id in self.anew:
            return LATER
        return resource.attributes.get(name, LATER)

    def imported(self, name: str) -> str:
        return exported_value(self._store, name)

    def output(self, stack: str, name: str, region: str | None, role: str | None) -> str:
        return output_value(self._store, self._executor, stack, name, region, role)

    def _must_be_declared(self, logical_id: str) -> None:
        if logical_id not in self._template["Resources"]:
            raise TemplateError(
                f"Template format error: Unresolved resource dependencies [{logical_id}] in the template"
            )


def exported_value(store: StackStore, name: str) -> str:
    """The value that a stack exports under ``name``. Raises ``TemplateError``."""
    exports = store.exports()
    if name not in exports:
        raise TemplateError(f"No export named {name} found")
    return exports[name][1]


def output_value(
    store: StackStore, executor: str | None, stack_name: str, name: str, region: str | None, role: str | None
) -> str:
    """The value of an output of a stack, possibly in another region, and with ``role`` in that role's account.

    ``executor``: the role that deploys, which must be allowed to assume the other account's role. Raises
    ``TemplateError``.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-getstackoutput.html
    """
    account, region = account_of(role) if role else store.account, region or store.region
    if get_partition(region) != store.partition:
        raise TemplateError(f"Template error: Fn::GetStackOutput cannot reach region {region} from {store.region}")
    if role and account != store.account:
        who = holding(executor or f"arn:{store.partition}:iam::{store.account}:root")
        none = dict.fromkeys(("sts:ExternalId", "sts:SourceIdentity", "sts:TransitiveTagKeys"))
        if refused := untrusted(role, who, region, context=none):
            raise TemplateError(refused)
    stack = store.neighbour(account, region).find(stack_name)
    where = f"in account {account}, region {region}"
    if stack is None or stack.status == "DELETE_COMPLETE":
        raise TemplateError(f"Template error: Fn::GetStackOutput found no stack {stack_name} {where}")
    values = {output.key: output.value for output in stack.outputs}
    if name not in values:
        raise TemplateError(f"Template error: Fn::GetStackOutput found no output {name} of stack {stack_name} {where}")
    return values[name]


def plan(
    stack: Stack,
    store: StackStore,
    template: Mapping[str, Any],
    variables: Mapping[str, Any],
    executor: str | None = None,
) -> list[dict[str, Any]]:
    """The changes, as members of the API's ``Change``; ``executor`` will deploy them. Raises ``TemplateError``."""
    unknown = {
        reason for resource in template["Resources"].values() if (reason := _unknown_type(resource["Type"])) is not None
    }
    if unknown:
        raise TemplateError(f"Template format error: Unrecognized resource types: [{', '.join(sorted(unknown))}]")
    values = _Planned(stack, store, template, executor)
    evaluation = Evaluation(template, variables, values)
    check_rules(template, evaluation)
    changes = []
    wanted = set()
    for logical_id in creation_order(template):
        declaration = template["Resources"][logical_id]
        if not evaluation.holds(declaration.get("Condition")):
            continue
        wanted.add(logical_id)
        with_policies(template, logical_id, declaration, evaluation)  # refuses what is none
        change = _change(stack, logical_id, declaration, evaluation.properties(declaration))
        if change is None:
            continue
        if change.get("Replacement") == "True":
            values.anew.add(logical_id)
        changes.append(change)
    changes += [
        {
            "Action": "Remove",
            "LogicalResourceId": resource.logical_id,
            "PhysicalResourceId": resource.physical_id,
            "ResourceType": resource.type,
            "PolicyAction": _policy_action(resource),
            "BeforeContext": json.dumps({"Properties": resource.properties}),
        }
        for resource in stack.resources.values()
        if resource.logical_id not in wanted
    ]
    return [{"Type": "Resource", "ResourceChange": change} for change in changes]


def _policy_action(resource: Resource) -> str:
    kept = resource.declaration.get("DeletionPolicy") in ("Retain", "RetainExceptOnCreate")
    return "Retain" if kept else "Delete"


def _unknown_type(name: str) -> str | None:
    try:
        provider_for(name)
    except LookupError as error:
        return str(error.args[0])
    return None


def _change(
    stack: Stack, logical_id: str, declaration: Mapping[str, Any], properties: dict[str, Any]
) -> dict[str, Any] | None:
    standing = stack.resources.get(logical_id)
    if standing is not None and standing.status == "CREATE_FAILED":
        standing = None  # what it left behind is deleted
    after = json.dumps({"Properties": properties})
    if standing is None:
        return {
            "Action": "Add",
            "LogicalResourceId": logical_id,
            "ResourceType": declaration["Type"],
            "AfterContext": after,
        }
    changed = [
        member
        for member in {**standing.properties, **properties}
        if standing.properties.get(member) != properties.get(member)
    ]
    retyped = standing.type != declaration["Type"]
    if not changed and not retyped and standing.status != "UPDATE_FAILED":
        return None
    provider = provider_for(standing.type)
    replaced = retyped or any(map(provider.replaces, changed))
    return {
        "Action": "Modify",
        "LogicalResourceId": logical_id,
        "PhysicalResourceId": standing.physical_id,
        "ResourceType": declaration["Type"],
        "Replacement": str(replaced),
        "Scope": ["Properties"],
        "Details": [
            {
                "Target": {
                    "Attribute": "Properties",
                    "Name": member,
                    "RequiresRecreation": "Always" if provider.replaces(member) else "Never",
                    "Path": f"/Properties/{member}",
                    "BeforeValue": _shown(standing.properties.get(member)),
                    "AfterValue": _shown(properties.get(member)),
                },
                "Evaluation": "Static",
                "ChangeSource": "DirectModification",
            }
            for member in changed
        ],
        "BeforeContext": json.dumps({"Properties": standing.properties}),
        "AfterContext": after,
    }


def _shown(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)
