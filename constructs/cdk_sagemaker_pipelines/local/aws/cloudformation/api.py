"""The CloudFormation API, as far as the CDK CLI and people at a terminal use it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlparse

from botocore.exceptions import BotoCoreError, ClientError
from moto.core.responses import ActionResult, BaseResponse, EmptyResult

from ..world import World
from .changes import plan
from .deployment import Deployment
from .errors import ValidationError
from .parameter_checks import check_parameters
from .requests import check_request
from .stacks import ChangeSet, Stack, StackStore
from .template_checks import check_template
from .templates import parameter_values, parse_template

_NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."
_READY = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "CREATE_FAILED", "UPDATE_FAILED")


class CloudFormationApi(BaseResponse):
    """Answers one request; each public method is an operation."""

    def __init__(self, world: World) -> None:
        super().__init__(service_name="cloudformation")
        self.automated_parameter_parsing = True
        self._world = world

    def call_action(self) -> Any:
        response = super().call_action()
        self._store().settle()
        return response

    # Change sets

    def create_change_set(self) -> ActionResult:
        check_request(self._get_action(), self._get_param)
        store, name = self._store(), self._get_param("StackName")
        kind = self._get_param("ChangeSetType", "UPDATE")
        if kind == "IMPORT":
            raise ValidationError("the local AWS cannot import resources into a stack")
        stack = store.find(name)
        if kind == "CREATE" and (stack is None or stack.status in ("DELETE_COMPLETE", "REVIEW_IN_PROGRESS")):
            parsed = self._template(None)
            if stack is None or stack.status == "DELETE_COMPLETE":
                stack = store.new_stack(name)
        elif kind == "UPDATE" and stack is not None:
            _must_be_ready(stack)
            parsed = self._template(stack)
        elif stack is None:
            raise ValidationError(f"Stack [{name}] does not exist")
        else:
            raise ValidationError(f"Stack [{name}] already exists and cannot be created again with the changeSet")
        text, template, given, parameters = parsed
        tags = self._tags()
        changes = plan(stack, store, template, self._variables(stack, parameters), self._get_param("RoleARN"))
        change_set = ChangeSet(
            id=store.change_set_arn(self._get_param("ChangeSetName")),
            name=self._get_param("ChangeSetName"),
            stack=stack,
            kind=kind,
            template_text=text,
            template=template,
            given=given,
            parameters=parameters,
            tags=tags,
            role_arn=self._get_param("RoleARN"),
            description=self._get_param("Description"),
            changes=changes,
        )
        nothing = not changes and template.get("Outputs") == stack.template.get("Outputs") and tags == stack.tags
        if kind == "UPDATE" and nothing:
            change_set.status, change_set.execution_status, change_set.reason = "FAILED", "UNAVAILABLE", _NO_CHANGES
        if not stack.events:
            store.add(stack)
            stack.record("REVIEW_IN_PROGRESS", "User Initiated")
        store.add_change_set(change_set)
        return ActionResult({"Id": change_set.id, "StackId": stack.id})

    def describe_change_set(self) -> ActionResult:
        change_set = self._change_set()
        contexts = bool(self._get_param("IncludePropertyValues"))
        return ActionResult(
            {
                **change_set.summary(),
                "Parameters": [
                    {"ParameterKey": key, "ParameterValue": value} for key, value in change_set.given.items()
                ],
                "Tags": [{"Key": key, "Value": value} for key, value in change_set.tags.items()],
                "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
                "Changes": [change if contexts else _without_values(change) for change in change_set.changes],
            }
        )

    def delete_change_set(self) -> ActionResult:
        self._store().remove_change_set(self._get_param("ChangeSetName"), self._get_param("StackName"))
        return EmptyResult()

    def list_change_sets(self) -> ActionResult:
        store = self._store()
        stack = store.stack(self._get_param("StackName"))
        return ActionResult({"Summaries": [change_set.summary() for change_set in store.change_sets(stack)]})

    def execute_change_set(self) -> ActionResult:
        check_request(self._get_action(), self._get_param)
        change_set = self._change_set()
        stack = change_set.stack
        if change_set.execution_status != "AVAILABLE":
            raise ValidationError(
                f"ChangeSet [{change_set.id}] cannot be executed in its current status [{change_set.status}]"
            )
        stack.role_arn, stack.change_set_id = change_set.role_arn, change_set.id
        self._deploy(
            stack, change_set.template_text, change_set.template, change_set.given, change_set.parameters,
            change_set.tags, change_set.kind,
        )  # fmt: skip
        self._store().remove_change_set(change_set.id, None)
        return EmptyResult()

    # Stacks

    def create_stack(self) -> ActionResult:
        check_request(self._get_action(), self._get_param)
        store = self._store()
        text, template, given, parameters = self._template(None)
        stack = store.new_stack(self._get_param("StackName"))
        plan(stack, store, template, self._variables(stack, parameters), self._get_param("RoleARN"))
        store.add(stack)
        stack.protected = bool(self._get_param("EnableTerminationProtection"))
        stack.role_arn = self._get_param("RoleARN")
        self._deploy(stack, text, template, given, parameters, self._tags(), "CREATE")
        return ActionResult({"StackId": stack.id})

    def update_stack(self) -> ActionResult:
        check_request(self._get_action(), self._get_param)
        store = self._store()
        stack = store.stack(self._get_param("StackName"))
        _must_be_ready(stack)
        text, template, given, parameters = self._template(stack)
        tags = self._tags() or stack.tags
        changes = plan(stack, store, template, self._variables(stack, parameters), self._get_param("RoleARN"))
        if not changes and template.get("Outputs") == stack.template.get("Outputs") and tags == stack.tags:
            raise ValidationError("No updates are to be performed.")
        stack.role_arn = self._get_param("RoleARN")
        self._deploy(stack, text, template, given, parameters, tags, "UPDATE")
        return ActionResult({"StackId": stack.id})

    def continue_update_rollback(self) -> ActionResult:
        stack = self._store().stack(self._get_param("StackName"))
        if stack.status != "UPDATE_ROLLBACK_FAILED":
            raise ValidationError(f"Stack:{stack.id} is in {stack.status} state and can not continue to roll back.")
        skipped = self._get_param("ResourcesToSkip", [])
        failed = [resource.logical_id for resource in stack.resources.values() if resource.back_to is not None]
        others = [name for name in skipped if name not in failed]
        if others:
            raise ValidationError(
                f"Only resources whose rollback failed can be skipped, which are [{', '.join(failed)}], not "
                f"[{', '.join(others)}]; those of a nested stack are skipped there"
            )
        self._deployment(stack).continue_rollback(skipped)
        return EmptyResult()

    def delete_stack(self) -> ActionResult:
        check_request(self._get_action(), self._get_param)
        store = self._store()
        stack = store.find(self._get_param("StackName"))
        if stack is None or stack.status == "DELETE_COMPLETE":
            return EmptyResult()
        if stack.protected:
            raise ValidationError(f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
        for output in stack.outputs:
            users = [other.name for other in store.alive() if output.export in other.imports and other is not stack]
            if output.export is not None and users:
                stack.record(
                    "DELETE_FAILED", f"Cannot delete export {output.export} as it is in use by {', '.join(users)}. "
                )
                return EmptyResult()
        for change_set in store.change_sets(stack):
            store.remove_change_set(change_set.id, None)
        self._deployment(stack).delete(self._get_param("RetainResources", []))
        return EmptyResult()

    def describe_stacks(self) -> ActionResult:
        store, name = self._store(), self._get_param("StackName")
        stacks = [store.stack(name)] if name else store.alive()
        parents = store.parents()
        return ActionResult({"Stacks": [stack.described(parents) for stack in stacks]})

    def list_stacks(self) -> ActionResult:
        store, statuses = self._store(), self._get_param("StackStatusFilter", [])
        parents = store.parents()
        return ActionResult(
            {"StackSummaries": [s.described(parents) for s in store if not statuses or s.status in statuses]}
        )

    def describe_stack_events(self) -> ActionResult:
        stack = self._store().stack(self._get_param("StackName"))
        return ActionResult({"StackEvents": stack.events[::-1]})

    def describe_stack_resources(self) -> ActionResult:
        stack, logical_id = self._store().stack(self._get_param("StackName")), self._get_param("LogicalResourceId")
        found = [r.described(stack) for r in stack.resources.values() if logical_id in (None, r.logical_id)]
        return ActionResult({"StackResources": found})

    def describe_stack_resource(self) -> ActionResult:
        stack, logical_id = self._store().stack(self._get_param("StackName")), self._get_param("LogicalResourceId")
        if logical_id not in stack.resources:
            raise ValidationError(f"Resource {logical_id} does not exist for stack {stack.name}")
        return ActionResult({"StackResourceDetail": stack.resources[logical_id].described(stack)})

    def list_stack_resources(self) -> ActionResult:
        stack = self._store().stack(self._get_param("StackName"))
        return ActionResult({"StackResourceSummaries": [r.described(stack) for r in stack.resources.values()]})

    def get_template(self) -> ActionResult:
        change_set = self._get_param("ChangeSetName")
        if change_set:
            text = self._change_set().template_text
        else:
            text = self._store().stack(self._get_param("StackName")).template_text
        return ActionResult({"TemplateBody": text, "StagesAvailable": ["Original", "Processed"]})

    def get_template_summary(self) -> ActionResult:
        name = self._get_param("StackName")
        template = self._store().stack(name).template if name else parse_template(self._template_text())
        return ActionResult(
            {
                "Parameters": [
                    {
                        "ParameterKey": key,
                        "ParameterType": declaration.get("Type", "String"),
                        "DefaultValue": declaration.get("Default"),
                        "NoEcho": declaration.get("NoEcho", False),
                        "Description": declaration.get("Description"),
                    }
                    for key, declaration in template.get("Parameters", {}).items()
                ],
                "Description": template.get("Description"),
                "ResourceTypes": sorted({r["Type"] for r in template.get("Resources", {}).values()}),
                "Version": template.get("AWSTemplateFormatVersion"),
                "ResourceIdentifierSummaries": [],
            }
        )

    def validate_template(self) -> ActionResult:
        template = parse_template(self._template_text())
        check_template(template)
        return ActionResult({"Description": template.get("Description"), "Parameters": []})

    def update_termination_protection(self) -> ActionResult:
        stack = self._store().stack(self._get_param("StackName"))
        stack.protected = bool(self._get_param("EnableTerminationProtection"))
        return ActionResult({"StackId": stack.id})

    def list_exports(self) -> ActionResult:
        exports = self._store().exports().items()
        return ActionResult(
            {"Exports": [{"ExportingStackId": stack.id, "Name": name, "Value": v} for name, (stack, v) in exports]}
        )

    def list_imports(self) -> ActionResult:
        name = self._get_param("ExportName")
        return ActionResult({"Imports": [stack.name for stack in self._store().alive() if name in stack.imports]})

    # What the operations share

    def _store(self) -> StackStore:
        return self._world.stacks(self.current_account, self.region)

    def _change_set(self) -> ChangeSet:
        return self._store().change_set(self._get_param("ChangeSetName"), self._get_param("StackName"))

    def _tags(self) -> dict[str, str]:
        return {tag["Key"]: tag["Value"] for tag in self._get_param("Tags", [])}

    def _template_text(self) -> str:
        body, url = self._get_param("TemplateBody"), self._get_param("TemplateURL")
        if body and url:
            raise ValidationError("Only one of Template URL and Template Body may be specified.")
        if body:
            return str(body)
        if not url:
            raise ValidationError("Either Template URL or Template Body must be specified.")
        bucket, key = _s3_location(url)
        version = parse_qs(urlparse(url).query).get("versionId")
        asked = {"VersionId": version[0]} if version else {}
        try:
            answer = self._client("s3").get_object(Bucket=bucket, Key=key, **asked)
        except ClientError as error:
            raise ValidationError(f"S3 error: {error.response['Error']['Message']} ({bucket}/{key})") from error
        except BotoCoreError as error:  # no such bucket or key can exist
            raise ValidationError(f"TemplateURL must be a supported URL, found {url}") from error
        return str(answer["Body"].read().decode())

    def _template(self, stack: Stack | None) -> tuple[str, dict[str, Any], dict[str, str], dict[str, Any]]:
        """The requested template as text and parsed, and its parameters as given and as resolved."""
        previous = stack is not None and bool(self._get_param("UsePreviousTemplate"))
        text = stack.template_text if stack is not None and previous else self._template_text()
        template = parse_template(text)
        check_template(template)
        standing = stack.given if stack is not None else {}
        given = {
            parameter["ParameterKey"]: standing.get(parameter["ParameterKey"], "")
            if parameter.get("UsePreviousValue")
            else parameter.get("ParameterValue", "")
            for parameter in self._get_param("Parameters", [])
            if not parameter.get("UsePreviousValue") or parameter["ParameterKey"] in standing
        }
        parameters = parameter_values(template, given, self._stored_parameter)
        check_parameters(template, given)
        return text, template, given, parameters

    def _stored_parameter(self, name: str) -> str:
        try:
            return str(self._client("ssm").get_parameter(Name=name)["Parameter"]["Value"])
        except ClientError as error:
            raise ValidationError(
                f"Unable to fetch parameters [{name}] from parameter store for this account."
            ) from error

    def _variables(self, stack: Stack, parameters: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "AWS::AccountId": self.current_account,
            "AWS::Region": self.region,
            "AWS::Partition": self.partition,
            "AWS::URLSuffix": "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com",
            "AWS::StackId": stack.id,
            "AWS::StackName": stack.name,
            "AWS::NotificationARNs": [],
            **parameters,
        }

    def _deploy(
        self, stack: Stack, text: str, template: dict[str, Any], given: dict[str, str], parameters: dict[str, Any],
        tags: dict[str, str], verb: str,
    ) -> None:  # fmt: skip
        on_failure = self._get_param("OnFailure")
        stack.tags = tags
        stack.disable_rollback = bool(self._get_param("DisableRollback")) or on_failure == "DO_NOTHING"
        done = self._deployment(stack).apply(
            template, self._variables(stack, parameters), verb, rollback=not stack.disable_rollback
        )
        if done or verb == "CREATE" or stack.disable_rollback:
            stack.template_text, stack.template, stack.given, stack.parameters = text, template, given, parameters
        if not done and on_failure == "DELETE":
            self._deployment(stack).delete([])

    def _deployment(self, stack: Stack) -> Deployment:
        return Deployment(stack, self._store(), self._client)

    def _client(self, service: str, region: str | None = None) -> Any:
        return self._world.services(self.current_account, region or self.region).client(service)


def _must_be_ready(stack: Stack) -> None:
    if stack.status not in _READY:
        raise ValidationError(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")


def _without_values(change: dict[str, Any]) -> dict[str, Any]:
    """A change without the values before and after, which the API returns only on request."""
    told = {key: value for key, value in change["ResourceChange"].items() if not key.endswith("Context")}
    if "Details" in told:
        hidden = ("BeforeValue", "AfterValue", "Path")
        told["Details"] = [
            {**detail, "Target": {key: value for key, value in detail["Target"].items() if key not in hidden}}
            for detail in told["Details"]
        ]
    return {**change, "ResourceChange": told}


def _s3_location(url: str) -> tuple[str, str]:
    """Bucket and key of a template's URL, in S3 or on this machine with the bucket first in the path."""
    parts = urlparse(url)
    host, path = parts.hostname or "", unquote(parts.path.lstrip("/"))
    virtual = re.match(r"(.+)\.s3[.-][^/]*amazonaws\.com", host) or re.match(r"(.+)\.localhost$", host)
    if virtual:
        return virtual.group(1), path
    bucket, _, key = path.partition("/")
    if not key:
        raise ValidationError(f"TemplateURL must be a supported URL, found {url}")
    return bucket, key
