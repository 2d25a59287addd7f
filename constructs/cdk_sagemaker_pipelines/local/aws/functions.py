"""The Lambda functions of the local AWS, called by the API and by event sources that poll queues.

Differences from AWS: a failed batch comes back after a second instead of the queue's visibility timeout; of reserved
concurrency only 0 has an effect.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Protocol

from moto.awslambda.models import EventSourceMapping, LambdaBackend, LambdaFunction, lambda_backends

from ..endings import StopSignal
from ..enforcement import Mode
from ..functions.function import Answer, Function, call, check_runtime
from ..json_text import parsed
from ..services import Services
from .asynchronous import AsynchronousCalls, Throttled
from .events import patterns
from .invocation_records import LOG_GROUP
from .judge.judge import Judge
from .repeating import again, clock
from .target_roles import TargetRoles
from .tries import Tries

_logger = logging.getLogger("cdk_sagemaker_pipelines.local")

_POLL_SECONDS = 1
_RETRY_SECONDS = 1
_CONCURRENT_BATCHES = 5  # the service starts with five


class _World(Protocol):
    tries: Tries
    judge: Judge
    target_roles: TargetRoles

    def services(self, account: str, region: str) -> Services: ...


class Functions:
    """Runs the functions that moto keeps, for every account and region."""

    def __init__(self, world: _World) -> None:
        self._world = world
        self._ending = StopSignal()
        self._pollers: dict[str, _Poller] = {}
        self._held: dict[str, EventSourceMapping] = {}
        """Mappings of before the restart, until ``resume``."""
        self._lock = threading.Lock()
        self._asynchronous = AsynchronousCalls(self, world, self._ending)

    @property
    def judge(self) -> Judge:
        """Whom the roles of functions are asked of."""
        return self._world.judge

    @property
    def is_enforced(self) -> bool:
        """Whether a role that does not let Lambda take it is refused."""
        return self.judge.mode not in (Mode.OFF, Mode.TELL)

    def backend(self, account: str, region: str) -> LambdaBackend:
        """moto's functions of an account and region."""
        backend: LambdaBackend = lambda_backends[account][region]
        return backend

    def call(
        self, account: str, region: str, name: str, qualifier: str | None, event: Any, request: str | None = None
    ) -> Answer:
        """Calls a function by name or ARN. Raises moto's exception if there is none, and whatever ``call`` raises.

        ``request``: the id of the request, which tries of one event share; a new one by default.
        """
        backend = self.backend(account, region)
        found = backend.get_function(name, qualifier)
        if _reserved(backend, found) == 0:
            raise Throttled("Rate Exceeded.")
        services = self._world.services(account, region)
        return call(_function(backend, found), event, services, self._ending, clock().now, request)

    def call_later(self, account: str, region: str, name: str, qualifier: str | None, event: Any) -> None:
        """Starts a call whose answer nobody waits for. Raises ``UnsupportedRuntimeError`` if it cannot run here."""
        self._asynchronous.start(account, region, name, qualifier, event)

    def found(self, account: str, region: str, name: str, qualifier: str | None) -> LambdaFunction:
        """moto's function of a name or ARN. Raises moto's exception if there is none."""
        return self.backend(account, region).get_function(name, qualifier)

    def check(self, account: str, region: str, name: str, qualifier: str | None) -> None:
        """Raises ``UnsupportedRuntimeError`` for a function that cannot run here, and moto's if there is none."""
        backend = self.backend(account, region)
        check_runtime(_function(backend, backend.get_function(name, qualifier)))

    def poll(self, mapping: EventSourceMapping) -> None:
        """Starts passing the messages of the queue to the function, until the mapping is deleted."""
        if again():
            self._held[mapping.uuid] = mapping
            return
        poller = _Poller(self, self._world.services(mapping.account_id, mapping.region), mapping)
        with self._lock:
            self._pollers[mapping.uuid] = poller

    def forget(self, uuid: str) -> None:
        """Stops polling for a mapping."""
        self._held.pop(uuid, None)
        with self._lock:
            poller = self._pollers.pop(uuid, None)
        if poller is not None:
            poller.stop()

    def resume(self) -> None:
        """Starts polling for the mappings of before the restart."""
        while self._held:
            self.poll(self._held.popitem()[1])

    def close(self) -> None:
        """Ends every call and all polling."""
        self._ending.set()
        with self._lock:
            pollers = list(self._pollers.values())
            self._pollers.clear()
        for poller in pollers:
            poller.stop()
        self._asynchronous.close()
        for poller in pollers:
            poller.thread.join()


class _Poller:
    """Takes messages from a queue and calls a function with them."""

    def __init__(self, functions: Functions, services: Services, mapping: EventSourceMapping) -> None:
        self._functions, self._services, self._mapping = functions, services, mapping
        self._stopped = threading.Event()
        self._free = threading.Semaphore(_CONCURRENT_BATCHES)
        self.thread = threading.Thread(target=self._run, name=f"event source {mapping.function_name}", daemon=True)
        self.thread.start()

    def stop(self) -> None:
        self._stopped.set()

    def _run(self) -> None:
        sqs = self._services.client("sqs")
        name = self._mapping.event_source_arn.rsplit(":", 1)[-1]
        with ThreadPoolExecutor(_CONCURRENT_BATCHES, thread_name_prefix=f"batch of {name}") as pool:
            while not self._stopped.is_set():
                if not self._mapping.enabled:
                    self._stopped.wait(_POLL_SECONDS)
                    continue
                self._free.acquire()
                messages: list[dict[str, Any]] = []
                try:
                    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
                    messages = sqs.receive_message(
                        QueueUrl=url,
                        MaxNumberOfMessages=min(self._mapping.batch_size, 10),
                        WaitTimeSeconds=_POLL_SECONDS,
                        AttributeNames=["All"],
                        MessageAttributeNames=["All"],
                    ).get("Messages", [])
                except Exception:  # the queue is gone, or the server is about to stop
                    self._stopped.wait(_POLL_SECONDS)
                if messages and not self._stopped.is_set():
                    pool.submit(self._batch, sqs, url, messages)
                else:
                    self._free.release()

    def _batch(self, sqs: Any, url: str, messages: list[dict[str, Any]]) -> None:
        mapping = self._mapping
        unwanted = [message for message in messages if not _wanted(message, mapping)]
        messages = [message for message in messages if message not in unwanted]
        with suppress(Exception):  # the queue or the server may be gone by now
            for message in unwanted:  # as on AWS, they are gone
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        if not messages:
            self._free.release()
            return
        try:
            event = {"Records": [_record(message, mapping) for message in messages]}
            answer = self._functions.call(mapping.account_id, mapping.region, mapping.function_arn, None, event)
            failed = _failed(answer, mapping, messages)
        except Exception as error:
            _logger.warning("the function %s cannot be called: %s", mapping.function_name, error)
            failed = {message["MessageId"] for message in messages}
        finally:
            self._free.release()
        with suppress(Exception):  # the queue or the server may be gone by now
            for message in messages:
                handle = {"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]}
                if message["MessageId"] in failed:
                    sqs.change_message_visibility(**handle, VisibilityTimeout=_RETRY_SECONDS)
                else:
                    sqs.delete_message(**handle)


def _failed(answer: Answer, mapping: EventSourceMapping, messages: Iterable[dict[str, Any]]) -> set[str]:
    """The ids of the messages that are to be delivered again."""
    every = {message["MessageId"] for message in messages}
    if answer.error is not None:
        _logger.warning("function %s failed: %s", mapping.function_name, answer.payload.decode(errors="replace"))
        return every
    if "ReportBatchItemFailures" not in (mapping.function_response_types or []):
        return set()
    try:
        told = parsed(answer.payload) or {}
        named = {entry.get("itemIdentifier") for entry in told.get("batchItemFailures") or []}
    except (ValueError, TypeError, AttributeError):  # as on AWS: then all have failed
        return every
    return every if named - every else every & named


def _wanted(message: dict[str, Any], mapping: EventSourceMapping) -> bool:
    """Whether one of the mapping's filters, if it has any, matches a message; its body is JSON if it is an object."""
    filters = [each["Pattern"] for each in (mapping.filter_criteria or {}).get("Filters") or [] if each.get("Pattern")]
    if not filters:
        return True
    record = _record(message, mapping)
    with suppress(ValueError):
        body = parsed(record["body"])
        record["body"] = body if isinstance(body, dict) else record["body"]
    return any(patterns.matches(patterns.read(text), record) for text in filters)


def _reserved(backend: LambdaBackend, found: LambdaFunction) -> int | None:
    told = backend.get_function(found.function_name).reserved_concurrency
    return None if told is None else int(told)


def _record(message: dict[str, Any], mapping: EventSourceMapping) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {
            name: {
                "stringValue": value.get("StringValue"), "dataType": value.get("DataType"),
                "stringListValues": [], "binaryListValues": [],
            }
            for name, value in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": mapping.event_source_arn,
        "awsRegion": mapping.region,
    }  # fmt: skip


def _function(backend: LambdaBackend, found: LambdaFunction) -> Function:
    versions = [backend.layers_versions_by_arn(str(layer["Arn"])) for layer in found.layers]
    published = found.function_arn.count(":") > 6
    return Function(
        name=found.function_name,
        arn=found.function_arn,
        version=str(found.version) if published else "$LATEST",
        runtime=found.run_time or "",
        handler=found.handler or "",
        code=getattr(found, "code_bytes", b""),
        role=found.role or "",
        has_own_log=bool(getattr(found, LOG_GROUP, None)),
        layers=tuple(version.code_bytes for version in versions if version is not None),
        environment=found.environment_vars,
        timeout=float(found.timeout),
        memory=int(found.memory_size),
    )
