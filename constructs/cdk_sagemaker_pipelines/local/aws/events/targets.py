"""What the local AWS calls for the targets of rules and schedules."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ..repeating import moment
from .message import start_parameters, told

UNIVERSAL = ":scheduler:::aws-sdk:"


class NotDelivered(Exception):
    """A target that nothing can be delivered to."""


class Targets:
    """Delivers; ``services`` gives what reaches an account and region."""

    def __init__(self, services: Callable[[str, str], Any]) -> None:
        self._services = services

    def of_rule(self, rule: Any, target: Mapping[str, Any], message: Mapping[str, Any]) -> str | None:
        """Delivers an event to a target of a rule; returns the execution that this started, if it did.

        Raises ``NotDelivered``.
        """
        named = {
            "aws.events.rule-arn": rule.arn,
            "aws.events.rule-name": rule.name,
            "aws.events.event.ingestion-time": moment().strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        try:
            if _service(target["Arn"]) == "sagemaker":
                given = target.get("SageMakerPipelineParameters", {}).get("PipelineParameterList", [])
                return self._start(target["Arn"], start_parameters(given, message))
            self._send(target["Arn"], told(target, message, named), target)
            return None
        except (ValueError, NotDelivered, ClientError, BotoCoreError) as error:
            about = {"RULE_ARN": rule.arn, "TARGET_ARN": target["Arn"]}
            self._undelivered(target, json.dumps(message), about, error)
            raise NotDelivered(str(error)) from error

    def of_schedule(self, schedule: Any, due: str, account: str, region: str) -> str | None:
        """Delivers what a schedule has for its target at the time ``due``, and returns what ``of_rule`` returns.

        Raises ``NotDelivered``.
        """
        target, execution = schedule.target, str(uuid.uuid4())
        notification = {
            "version": "0", "id": execution, "detail-type": "Scheduled Event", "source": "aws.scheduler",
            "account": account, "time": due, "region": region, "resources": [schedule.arn], "detail": "{}",
        }  # fmt: skip
        text = str(target["Input"]) if target.get("Input") else json.dumps(notification)
        for name, value in {
            "schedule-arn": schedule.arn, "scheduled-time": due, "execution-id": execution, "attempt-number": "1",
        }.items():  # fmt: skip
            text = text.replace(f"<aws.scheduler.{name}>", value)
        try:
            return self._scheduled(target, text, account, region)
        except (ValueError, NotDelivered, ClientError, BotoCoreError) as error:
            about = {"SCHEDULE_ARN": schedule.arn, "TARGET_ARN": target["Arn"], "EXECUTION_ID": execution}
            self._undelivered(target, text, about, error)
            raise NotDelivered(str(error)) from error

    def _scheduled(self, target: Mapping[str, Any], text: str, account: str, region: str) -> str | None:
        arn = target["Arn"]
        if UNIVERSAL in arn:
            return self._call(arn.partition(UNIVERSAL)[2], text if target.get("Input") else "{}", account, region)
        if _service(arn) == "sagemaker":
            given = target.get("SageMakerPipelineParameters", {}).get("PipelineParameterList", [])
            return self._start(arn, list(given))
        if _service(arn) == "events":
            put = target.get("EventBridgeParameters", {})
            entry = {"Source": put.get("Source"), "DetailType": put.get("DetailType"), "Detail": text}
            answer = self._of(arn).client("events").put_events(Entries=[{**entry, "EventBusName": arn}])
            failed = answer["Entries"][0].get("ErrorMessage")
            if failed:
                raise NotDelivered(failed)
        else:
            self._send(arn, text, target)
        return None

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

    def _start(self, arn: str, parameters: list[dict[str, str]]) -> str:
        sagemaker = self._of(arn).client("sagemaker")
        return str(
            sagemaker.start_pipeline_execution(PipelineName=arn, PipelineParameters=parameters)["PipelineExecutionArn"]
        )

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

    def _undelivered(self, target: Mapping[str, Any], text: str, about: Mapping[str, str], error: Exception) -> None:
        """Puts what was not delivered into the queue for it, if there is one."""
        queue = queue_of(target)
        if not queue:
            return
        code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
        told_of = {**about, "ERROR_CODE": code, "ERROR_MESSAGE": str(error)[:1000]}
        attributes = {name: {"DataType": "String", "StringValue": value} for name, value in told_of.items()}
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
