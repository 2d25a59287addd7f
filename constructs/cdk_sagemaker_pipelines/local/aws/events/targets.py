"""What the local AWS calls for the targets of rules and schedules."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from botocore.exceptions import ClientError

from ...json_text import parsed
from ..identities import account_of
from ..principals import holding
from ..repeating import moment
from . import access
from .message import start_parameters, told

UNIVERSAL = ":scheduler:::aws-sdk:"


NO_PERMISSIONS, NO_RESOURCE = "NO_PERMISSIONS", "NO_RESOURCE"
"""What EventBridge calls a refusal, and a target that does not exist, in the queue of what was not delivered."""


class NotDelivered(Exception):
    """A target that nothing can be delivered to, and EventBridge's code for why, where it has one."""

    def __init__(self, reason: str, code: str = "") -> None:
        super().__init__(reason)
        self.code = code


class Roles(Protocol):
    """Asks what the roles of targets may do."""

    def refusal(self, name: str, role: str, source: str, arn: str) -> str | None: ...

    def refusal_of_call(self, role: str, source: str, service: str, operation: str, request: Any) -> str | None: ...

    def untrusting(self, name: str, role: str, source: str) -> str | None: ...


class Targets:
    """Delivers; ``services`` gives what reaches an account and region, ``roles`` asks those of targets."""

    def __init__(self, services: Callable[[str, str], Any], roles: Roles) -> None:
        self._services, self._roles = services, roles

    def of_rule(self, rule: Any, target: Mapping[str, Any], message: Mapping[str, Any]) -> str | None:
        """Delivers an event to a target of a rule; returns the execution that this started, if it did.

        Raises ``NotDelivered``, ``ValueError`` and botocore's errors.
        """
        named = {
            "aws.events.rule-arn": rule.arn,
            "aws.events.rule-name": rule.name,
            "aws.events.event.ingestion-time": moment().strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        if refused := access.delivering(rule, target) or self.refusal(rule, target):
            raise NotDelivered(refused, NO_PERMISSIONS)
        if _service(target["Arn"]) == "sagemaker":
            given = target.get("SageMakerPipelineParameters", {}).get("PipelineParameterList", [])
            return self._start(target["Arn"], start_parameters(given, message), rule.account_id)
        self._send(target["Arn"], told(target, message, named), target)
        return None

    def of_schedule(self, told: Mapping[str, Any], attempt: int) -> str | None:
        """Delivers what a schedule has for its target, and returns what ``of_rule`` returns and raises what it raises.

        ``told``: what ``Deliveries`` keeps of it.
        """
        target, arn, region = told["target"], told["source"]["arn"], told["region"]
        text, role = scheduled_text(told, attempt), target["RoleArn"]
        refused = access.calling(role, region, arn, target["Arn"])
        if UNIVERSAL in target["Arn"]:
            refused = self._refusal_of_call(target, arn, text)
        elif refused is None:
            refused = self._roles.refusal("scheduler", role, arn, target["Arn"])
        if refused:
            raise NotDelivered(refused, NO_PERMISSIONS)
        return self._scheduled(target, text, told["account"], region)

    def refusal(self, rule: Any, target: Mapping[str, Any]) -> str | None:
        """Why the role of a rule's target may not deliver to it; None if it may, or if the target has none."""
        role = target.get("RoleArn")
        return self._roles.refusal("events", role, rule.arn, target["Arn"]) if role else None

    def _refusal_of_call(self, target: Mapping[str, Any], source: str, text: str) -> str | None:
        service, _, operation = target["Arn"].partition(UNIVERSAL)[2].partition(":")
        try:
            request = parsed(text) if target.get("Input") else {}
        except ValueError:
            return None  # which the call itself reports
        return self._roles.refusal_of_call(target["RoleArn"], source, CLIENTS.get(service, service), operation, request)

    def counted(self, rule: Any, *metrics: str) -> None:
        """Counts what became of the events of a rule."""
        dimensions = [{"Name": "RuleName", "Value": rule.name}]
        if rule.event_bus_name != "default":
            dimensions.append({"Name": "EventBusName", "Value": rule.event_bus_name})
        values = [{"MetricName": name, "Dimensions": dimensions, "Value": 1, "Unit": "Count"} for name in metrics]
        cloudwatch = self._services(rule.account_id, rule.region_name).client("cloudwatch")
        cloudwatch.put_metric_data(Namespace="AWS/Events", MetricData=values)

    def _scheduled(self, target: Mapping[str, Any], text: str, account: str, region: str) -> str | None:
        arn = target["Arn"]
        if UNIVERSAL in arn:
            return self._call(arn.partition(UNIVERSAL)[2], text if target.get("Input") else "{}", account, region)
        if _service(arn) == "sagemaker":
            given = target.get("SageMakerPipelineParameters", {}).get("PipelineParameterList", [])
            return self._start(arn, list(given), account)
        if _service(arn) == "events":
            put = target.get("EventBridgeParameters", {})
            entry = {"Source": put.get("Source"), "DetailType": put.get("DetailType"), "Detail": text}
            answer = self._put({**entry, "EventBusName": arn}, target["RoleArn"], account, region)
            if failed := answer.get("ErrorMessage"):
                raise NotDelivered(failed, NO_PERMISSIONS if answer["ErrorCode"] == "AccessDeniedException" else "")
        else:
            self._send(arn, text, target)
        return None

    def _put(self, entry: Mapping[str, Any], role: str, account: str, region: str) -> Mapping[str, Any]:
        """Puts an entry for a bus of the account or of another one, which is asked for the role."""
        if account_of(entry["EventBusName"]) != account:
            return access.put_abroad(entry, account, region, holding(role))
        answer: Any = self._of(entry["EventBusName"]).client("events").put_events(Entries=[entry])
        return dict(answer["Entries"][0])

    def _send(self, arn: str, text: str, target: Mapping[str, Any]) -> None:
        client, service, name = self._of(arn).client, _service(arn), arn.rpartition(":")[2]
        if service == "lambda":
            client("lambda").invoke(FunctionName=arn, InvocationType="Event", Payload=text.encode())
        elif service == "sqs":
            url = client("sqs").get_queue_url(QueueName=name)["QueueUrl"]
            client("sqs").send_message(QueueUrl=url, MessageBody=text, **target.get("SqsParameters", {}))
        elif service == "sns":
            client("sns").publish(TopicArn=arn, Message=text)
        elif service == "states":
            client("stepfunctions").start_execution(stateMachineArn=arn, input=text)
        elif service == "logs":
            group, stream = arn.partition(":log-group:")[2].removesuffix(":*"), str(uuid.uuid4())
            client("logs").create_log_stream(logGroupName=group, logStreamName=stream)
            event = {"timestamp": int(moment().timestamp() * 1000), "message": text}
            client("logs").put_log_events(logGroupName=group, logStreamName=stream, logEvents=[event])
        else:
            what = "API destinations" if service == "events" else f"targets of {service}"
            raise NotDelivered(f"the local AWS does not deliver to {what}")

    def _start(self, arn: str, parameters: list[dict[str, str]], account: str) -> str:
        """``account``: who starts it, to whom a pipeline of another account must be shared."""
        sagemaker = self._services(account, arn.split(":")[3]).client("sagemaker")
        started = sagemaker.start_pipeline_execution(PipelineName=arn, PipelineParameters=parameters)
        return str(started["PipelineExecutionArn"])

    def _call(self, named: str, text: str, account: str, region: str) -> str | None:
        """Carries out a universal target such as ``sagemaker:startPipelineExecution`` with its request as JSON."""
        service, _, operation = named.partition(":")
        client = self._services(account, region).client(CLIENTS.get(service, service))
        methods = {api.lower(): method for method, api in client.meta.method_to_api_mapping.items()}
        if operation.lower() not in methods:
            raise NotDelivered(f"{service} has no operation {operation!r}")
        request = json.loads(text)
        if not isinstance(request, dict):
            raise NotDelivered(f"the Input of {named} is {text[:100]}; it must be the request, a JSON object")
        execution: str | None = getattr(client, methods[operation.lower()])(**request).get("PipelineExecutionArn")
        return execution

    def undelivered(self, queue: str, text: str, about: Mapping[str, str]) -> None:
        """Puts what was not delivered into the queue for it."""
        attributes = {name: {"DataType": "String", "StringValue": value} for name, value in about.items()}
        sqs = self._of(queue).client("sqs")
        url = sqs.get_queue_url(QueueName=queue.rpartition(":")[2])["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody=text, MessageAttributes=attributes)

    def _of(self, arn: str) -> Any:
        region, account = arn.split(":")[3:5]
        return self._services(account, region)


CLIENTS = {"sfn": "stepfunctions", "cloudwatchlogs": "logs", "eventbridge": "events"}
"""What boto3 calls services that the Scheduler names otherwise."""


def queue_of(target: Mapping[str, Any]) -> str | None:
    """The ARN of the queue for what does not reach a target; None if it has none."""
    found: str | None = (target.get("DeadLetterConfig") or {}).get("Arn")
    return found


def _service(arn: str) -> str:
    return arn.split(":")[2]


def scheduled_text(told: Mapping[str, Any], attempt: int) -> str:
    """What a schedule has for its target, with the context attributes of a try."""
    due, arn = told["due"], told["source"]["arn"]
    notification = {
        "version": "0", "id": told["id"], "detail-type": "Scheduled Event", "source": "aws.scheduler",
        "account": told["account"], "time": due, "region": told["region"], "resources": [arn], "detail": "{}",
    }  # fmt: skip
    text = str(told["target"]["Input"]) if told["target"].get("Input") else json.dumps(notification)
    for name, value in {
        "schedule-arn": arn, "scheduled-time": due, "execution-id": told["id"], "attempt-number": str(attempt),
    }.items():  # fmt: skip
        text = text.replace(f"<aws.scheduler.{name}>", value)
    return text


def code_of(error: Exception) -> str:
    """EventBridge's code for an error after which it does not try again, where it has one; else the error's own."""
    code = str(error.response["Error"]["Code"]) if isinstance(error, ClientError) else type(error).__name__
    if isinstance(error, NotDelivered) and error.code:
        return error.code
    if "AccessDenied" in code:
        return NO_PERMISSIONS
    return NO_RESOURCE if code.startswith("ResourceNotFound") or "NonExistent" in code else code
