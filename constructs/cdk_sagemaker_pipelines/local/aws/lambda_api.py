"""The operations of the Lambda API for which moto would start a container; every other operation is moto's.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import unquote

from moto.awslambda.responses import LambdaResponse
from moto.sqs.models import sqs_backends

from ..functions.function import CodeError, UnsupportedRuntimeError
from ..json_text import parsed
from .asynchronous import Throttled
from .events import patterns
from .front.refusal import Refused
from .functions import Functions
from .held_policies import policy_of
from .identities import untrusted
from .invocation_records import DEAD_LETTERS, LOG_GROUP
from .judge.question import Question
from .principals import holding, role_of, service
from .repeating import again

_Response = tuple[int, dict[str, str], str | bytes]

_POLLS = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
"""What Lambda does with a queue as the role of the function that gets its messages."""
_TAIL_BYTES = 4096
_MAX_PAYLOAD = 6 * 1024 * 1024


class LambdaApi(LambdaResponse):
    """Answers one request; each public method is an operation."""

    def __init__(self, functions: Functions) -> None:
        super().__init__()
        self._functions = functions

    def invoke(self) -> _Response:
        name, qualifier = unquote(self.path.rsplit("/", 2)[-2]), self._get_param("Qualifier")
        account, region = self.current_account, self.region
        kind = self.headers.get("X-Amz-Invocation-Type") or "RequestResponse"
        function = self.backend.get_function(name, qualifier)
        try:
            event = parsed(self.body or "{}")
        except ValueError as error:
            return _refusal(400, "InvalidRequestContentException", f"Could not parse request body into json: {error}")
        if kind == "DryRun":
            return 204, {"status": "204"}, ""
        try:
            if kind == "Event":
                self._functions.call_later(account, region, name, qualifier, event)
                return 202, {"status": "202"}, ""
            answer = self._functions.call(account, region, name, qualifier, event)
        # The service's codes, but not its 502 for both, since clients would retry what will not change.
        except UnsupportedRuntimeError as error:
            return _refusal(501, "InvalidRuntimeException", str(error))
        except Throttled as error:
            return _refusal(429, "TooManyRequestsException", str(error))
        except CodeError as error:
            return _refusal(400, "InvalidZipFileException", str(error))
        headers = {"content-type": "application/json", "X-Amz-Executed-Version": str(function.version)}
        payload = answer.payload
        if answer.error is None and len(payload) > _MAX_PAYLOAD:
            text = f"Response payload size exceeded maximum allowed payload size ({_MAX_PAYLOAD} bytes)."
            payload = json.dumps({"errorMessage": text, "errorType": "Function.ResponseSizeTooLarge"}).encode()
        if answer.error is not None or payload is not answer.payload:
            headers["X-Amz-Function-Error"] = "Unhandled"
        if self.headers.get("X-Amz-Log-Type") == "Tail":
            headers["X-Amz-Log-Result"] = base64.b64encode(answer.log.encode()[-_TAIL_BYTES:]).decode()
        return 200, headers, payload

    def create_function(self) -> Any:
        refused = self._untrusting()
        if refused is not None:
            return refused
        answer = super().create_function()
        self._keep_more(json.loads(answer[2])["FunctionName"])
        return answer

    def update_function_configuration(self) -> Any:
        refused = self._untrusting()
        if refused is not None:
            return refused
        answer = super().update_function_configuration()
        self._keep_more(unquote(self.path.rsplit("/", 2)[-2]))
        return answer

    def _untrusting(self) -> _Response | None:
        """The refusal of a role that does not let Lambda take it, by the role's trust policy if it exists here."""
        role = str(self.json_body.get("Role") or "")
        if again() or not self._functions.is_enforced or ":role/" not in role or role_of(role) is None:
            return None
        name = self.json_body.get("FunctionName") or unquote(self.path.rsplit("/", 2)[-2])
        arn = f"arn:{self.partition}:lambda:{self.region}:{self.current_account}:function:{name}"
        if untrusted(role, service("lambda", self.current_account, arn), self.region) is None:
            return None
        text = "The role defined for the function cannot be assumed by Lambda."
        return _refusal(400, "InvalidParameterValueException", text)

    def _keep_more(self, name: str) -> None:
        if "DeadLetterConfig" in self.json_body:
            target = (self.json_body["DeadLetterConfig"] or {}).get("TargetArn")
            setattr(self.backend.get_function(name), DEAD_LETTERS, target)
        if "LoggingConfig" in self.json_body:
            group = (self.json_body["LoggingConfig"] or {}).get("LogGroup")
            setattr(self.backend.get_function(name), LOG_GROUP, group)

    def put_function_event_invoke_config(self) -> Any:
        answer = super().put_function_event_invoke_config()
        del self._invoke_configs()[:-1]  # moto adds to them, and reads the first
        return answer

    def update_function_event_invoke_config(self) -> Any:
        answer = super().update_function_event_invoke_config()
        *before, last = self._invoke_configs()
        if before:
            last.config = {**before[-1].config, **last.config}
        del self._invoke_configs()[:-1]
        return answer

    def _invoke_configs(self) -> list[Any]:
        return self.backend.get_function(unquote(self.path.rsplit("/", 2)[1])).event_invoke_config

    def update_event_source_mapping(self) -> Any:
        refused = self._wrong_filter()
        return refused or super().update_event_source_mapping()

    def _wrong_filter(self) -> _Response | None:
        try:
            for one in (self.json_body.get("FilterCriteria") or {}).get("Filters") or []:
                patterns.read(one.get("Pattern") or '{"body": [{"exists": true}]}')
        except patterns.PatternError as error:
            text = f"Invalid filter pattern definition. {error}"
            return _refusal(400, "InvalidParameterValueException", text)
        return None

    def create_event_source_mapping(self) -> Any:
        source = str(self.json_body.get("EventSourceArn"))
        if source.split(":")[2:3] != ["sqs"]:
            text = f"the local AWS polls only queues of SQS for functions, and not {source}"
            raise Refused(501, "NotImplemented", text)
        refused = self._wrong_filter()
        if refused is not None:
            return refused
        refused = self._may_not_poll(source)
        if refused is not None:
            return refused
        before = set(self.backend._event_source_mappings)
        response = super().create_event_source_mapping()
        for uuid, mapping in list(self.backend._event_source_mappings.items()):
            if uuid not in before:
                # moto would call the function within SendMessage, in a container.
                for queue in sqs_backends[self.current_account][self.region].queues.values():
                    queue.lambda_event_source_mappings.pop(mapping.function_arn, None)
                self._functions.poll(mapping)
        return response

    def _may_not_poll(self, queue: str) -> _Response | None:
        """The refusal of a queue that the function's role may not take messages from."""
        role = str(self.backend.get_function(str(self.json_body.get("FunctionName"))).role or "")
        for action in () if again() or ":role/" not in role else _POLLS:
            question = Question(f"sqs:{action}", queue)
            if self._functions.judge.refusal(holding(role), question, None, policy_of(queue)):
                text = f"The provided execution role does not have permissions to call {action} on SQS"
                return _refusal(400, "InvalidParameterValueException", text)
        return None

    def delete_event_source_mapping(self) -> Any:
        response = super().delete_event_source_mapping()
        self._functions.forget(self.path.rstrip("/").rsplit("/", 1)[-1])
        return response


def _refusal(status: int, code: str, message: str) -> _Response:
    return status, {"status": str(status), "x-amzn-errortype": code}, json.dumps({"Type": "User", "message": message})
