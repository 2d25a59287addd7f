"""How a request is checked before its operation sees it."""

from __future__ import annotations

import gzip
import json
import re
from typing import Any

import pytest
from botocore.session import get_session

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from cdk_sagemaker_pipelines.local.aws.validation.checking import OURS
from cdk_sagemaker_pipelines.local.aws.validation.shapes import violations
from cdk_sagemaker_pipelines.templates.patterns import compiled, matches, occurs, translated

from .wire import Reply, call, send, signed

ROLE = "arn:aws:iam::111122223333:role/pipeline"


def patterns(service: str) -> set[str]:
    shapes = get_session().get_component("data_loader").load_service_model(service, "service-2")["shapes"]
    return {shape["pattern"] for shape in shapes.values() if "pattern" in shape}


@pytest.mark.parametrize("service", OURS)
def test_every_pattern_of_our_services_is_understood(service: str) -> None:
    found = patterns(service)
    assert len(found) > 10
    for pattern in found:
        compiled(pattern)


def test_patterns_that_python_alone_does_not_know() -> None:
    foreign = set()
    for pattern in patterns("sagemaker"):
        try:
            re.compile(pattern)
        except re.error:
            foreign.add(pattern)
    assert len(foreign) >= 9


@pytest.mark.parametrize(
    ("pattern", "right", "wrong"),
    [
        (r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+", ["é日本", "a1+,", "e\u0301"], ["a b", "", "\x00", "a\n"]),
        (r"([\p{L}\p{Z}\p{N}_.:\/=+\-@]*)${1,128}", ["a b:c", "", "é 1"], ["a&b", "a\tb"]),
        (r"arn:[\p{Alnum}\-]+:lambda", ["arn:aws-cn:lambda"], ["arn:é:lambda", "arn::lambda"]),
        (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*", ["a\tb", "\U0001f600"], ["\x07", "a\nb"]),
        (r"[\w+=,.@-]*", ["a-b_c", ""], ["é", "a b"]),
        (r"[\w-.]+", ["a-b.c"], ["a/b", "a+b"]),
        (r"[.-\w]+", ["a-b.c"], ["a/b", "a+b"]),
        (r"[\S\s]*", ["a\nb é"], []),
        (r"\d{12}", ["123456789012"], ["12345678901", "\u0661" * 12, "123456789012\n"]),
        (r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", ["a--b"], ["-a", "a-", "a_b"]),
        (r"a[b[]+", ["ab[["], ["ac"]),
    ],
)  # fmt: skip
def test_patterns_mean_what_they_mean_in_java(pattern: str, right: list[str], wrong: list[str]) -> None:
    assert [text for text in right if not matches(pattern, text)] == []
    assert [text for text in wrong if matches(pattern, text)] == []


def test_a_pattern_that_takes_forever_does_not_cause_a_refusal() -> None:
    assert matches(r"(a|aa|a.)+b", "a" * 5000)


def test_an_unknown_pattern_does_not_cause_a_refusal() -> None:
    assert matches(r"\p{Tomorrow}", "x")
    assert translated("") == ""


def test_a_schema_finds_its_pattern_anywhere_and_as_it_is_written() -> None:
    assert occurs(r"b\d", "ab1c")
    assert not occurs(r"^b\d$", "ab1c")
    assert not occurs(r"a.c", "a\nc")
    assert occurs(r"\p{Tomorrow}", "x")
    assert occurs(r"(a|aa|a.)+b", "a" * 5000)


def wrong(operation: str, value: Any, *, service: str = "sagemaker", fully: bool = True) -> list[str]:
    shape = get_session().get_service_model(service).operation_model(operation).input_shape
    assert shape is not None
    return [violation.text for violation in violations(shape, value, fully=fully, as_sent=True)]


def at_once(steps: Any) -> dict[str, Any]:
    return {"ParallelismConfiguration": {"MaxParallelExecutionSteps": steps}}


PIPELINE = {"PipelineName": "a", "ClientRequestToken": "x" * 32, "RoleArn": ROLE}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"PipelineName": None}, "Value null at 'pipelineName' failed to satisfy constraint: Member must not be null"),
        ({"PipelineName": 1}, "Value '1' at 'pipelineName' is not a string"),
        ({"PipelineName": "a_b"}, "Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,255}"),
        ({"ClientRequestToken": "x" * 31}, "Member must have length greater than or equal to 32"),
        ({"PipelineDisplayName": "x" * 257}, "Member must have length less than or equal to 256"),
        (at_once(0), "Value '0' at 'parallelismConfiguration.maxParallelExecutionSteps' failed"),
        (at_once(1.5), "is not a whole number"),
        (at_once(2**31), "is not a whole number"),
        (at_once(True), "is not a whole number"),
        ({"ParallelismConfiguration": []}, "at 'parallelismConfiguration' is not a structure"),
        ({"Tags": {}}, "at 'tags' is not a list"),
        ({"Tags": [None]}, "at 'tags.1.member' is not a structure"),
        ({"Tags": [{"Key": "a"}]}, "Value null at 'tags.1.member.value'"),
        ({"Tags": [{"Key": "a", "Value": "b"}] * 51}, "'tags' failed to satisfy constraint: Member must have length"),
    ],
)  # fmt: skip
def test_errors_are_reported_in_the_words_of_aws(changed: dict[str, Any], told: str) -> None:
    found = wrong("CreatePipeline", {**PIPELINE, **changed})
    assert len(found) == 1
    assert told in found[0]


def test_valid_values_are_not_reported() -> None:
    assert wrong("CreatePipeline", PIPELINE) == []
    assert wrong("CreatePipeline", {**PIPELINE, "Tags": None, **at_once(5.0)}) == []


def test_what_botocore_does_not_know_passes() -> None:
    assert wrong("CreatePipeline", {**PIPELINE, "Tomorrow": [{"a": 1}]}) == []
    assert wrong("ListPipelines", {"SortBy": "Tomorrow", "SortOrder": "Sideways"}) == []
    assert "[Ascending, Descending]" in wrong("ListPipelines", {"SortOrder": "ascending"})[0]
    assert len(wrong("ListPipelines", {"SortOrder": "\u202e"})) == len(wrong("ListPipelines", {"SortBy": ""})) == 1


@pytest.mark.parametrize(
    ("value", "right"),
    [(0, True), (1.7e9, True), ("2026-01-02T03:04:05Z", True), ("x", False), (1e30, False), (True, False), ([], False)],
)
def test_points_in_time(value: Any, right: bool) -> None:
    assert (wrong("ListPipelines", {"CreatedAfter": value}) == []) == right


def test_types_and_required_members_of_motos_services_are_checked() -> None:
    assert wrong("SendMessage", {"QueueUrl": 1, "MessageBody": "x"}, service="sqs", fully=False)
    assert wrong("SendMessage", {"QueueUrl": "x"}, service="sqs", fully=False)
    assert wrong("CreateLogGroup", {"logGroupName": "\x00" * 600}, service="logs", fully=False) == []


def told(reply: Reply) -> tuple[int, str, str]:
    body = json.loads(reply.text)
    return reply.status, body["__type"], body["message"]


@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        (b"{", "SerializationException", "not JSON"),
        (b"[]", "SerializationException", "not a JSON object"),
        (b"\xff", "SerializationException", "not UTF-8"),
        (b"[" * 100_000, "SerializationException", ""),
        (b'{"PipelineName": NaN}', "SerializationException", "not JSON"),
        (b'{"PipelineName": "\\ud800"}', "SerializationException", "not JSON"),
        (b'{"PipelineName": 1}', "SerializationException", "'pipelineName' is not a string"),
        (b"{}", "ValidationException", "1 validation error detected: Value null at 'pipelineName'"),
        (b"", "ValidationException", "Value null at 'pipelineName'"),
        (b'{"PipelineName": "' + b"a" * 300 + b'"}', "ValidationException", "must satisfy regular expression pattern"),
    ],
)
def test_the_service_answers_in_json(aws: EmbeddedAws, body: bytes, code: str, text: str) -> None:
    status, kind, message = told(call(aws, "SageMaker.DescribePipeline", body))
    assert (status, kind, text in message) == (400, code, True)


@pytest.mark.parametrize(
    "target", ["SageMaker.ListMlflowApps", "SageMaker.Nope", "SageMaker.", "", "x.y.__init__", "SageMaker.CallAction"]
)
def test_an_operation_that_is_not_implemented_is_named(aws: EmbeddedAws, target: str) -> None:
    status, kind, message = told(call(aws, target, b"{}"))
    assert (status, kind) == (501, "NotImplemented")
    named = target.rpartition(".")[2]
    assert message == f"the local AWS does not offer this: sagemaker {named or 'POST /'}"


def test_a_service_that_is_not_implemented_is_refused(aws: EmbeddedAws) -> None:
    assert told(call(aws, "Nothing.Do", b"{}", service="nothing"))[:2] == (501, "NotImplemented")


def test_a_path_that_no_service_has_is_refused(aws: EmbeddedAws) -> None:
    path = "/2015-03-31/nothing"
    reply = send(aws, "GET", path, b"", signed(aws, "GET", path, service="lambda"))
    assert reply.status == 501
    assert "lambda GET /2015-03-31/nothing" in reply.text


def test_clients_do_not_retry_an_operation_that_breaks(aws: EmbeddedAws) -> None:
    status, kind, message = told(call(aws, "SageMaker.DescribeFeatureGroup", b'{"FeatureGroupName": "none"}'))
    assert (status, kind) == (400, "InternalFailure")
    assert re.fullmatch(r"the local AWS cannot carry this out: KeyError: 'arn:.*:feature-group/none'", message)


def test_forms_are_checked(aws: EmbeddedAws) -> None:
    told = {"Content-Type": "application/x-www-form-urlencoded"}
    for body, text in (
        (b"Action=CreateStack&Version=2010-05-15", "Value null at 'stackName'"),
        (b"Action=CreateChangeSet&Version=2010-05-15&StackName=a&ChangeSetName=a_b", "regular expression pattern"),
        (b"Action=CreateStack&Version=2010-05-15&StackName=a&TimeoutInMinutes=x", "cannot be read"),
        (b"Action=CreateStack&Version=2010-05-15&StackName=a&TimeoutInMinutes=0", "greater than or equal to 1"),
    ):
        reply = send(aws, "POST", "/", body, signed(aws, "POST", "/", body, told, service="cloudformation"))
        assert (reply.status, text in reply.text) == (400, True), reply.text
        assert "<ErrorResponse><Error><Type>Sender</Type><Code>" in reply.text


def test_paths_and_queries_are_checked(aws: EmbeddedAws) -> None:
    for path, text in (
        ("/2015-03-31/functions/?MaxItems=x", "'maxItems' is not a whole number"),
        ("/2015-03-31/functions/?MaxItems=0", "greater than or equal to 1"),
        ("/2015-03-31/functions/a%20b", "regular expression pattern"),
    ):
        reply = send(aws, "GET", path, b"", signed(aws, "GET", path, service="lambda"))
        assert (reply.status, text in reply.text) == (400, True), reply.text


def test_documents_are_checked(aws: EmbeddedAws) -> None:
    for body, code in ((b"<Tagging", "MalformedXML"), (b"<Tagging></Tagging>", "ValidationError")):
        path = "/data-1?tagging="
        reply = send(aws, "PUT", path, body, signed(aws, "PUT", path, body, service="s3"))
        assert (reply.status, f"<Code>{code}</Code>" in reply.text) == (400, True), reply.text


def test_a_compressed_body_is_decompressed_up_to_a_limit(aws: EmbeddedAws) -> None:
    kind = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "SageMaker.ListModels"}
    headers = {**kind, "Content-Encoding": "gzip"}
    for body, status in (
        (gzip.compress(b"{}"), 200),
        (gzip.compress(b" " * (65 << 20)), 413),
        (b"no gzip", 400),
        (gzip.compress(b"{}")[:-9], 400),
    ):
        assert send(aws, "POST", "/", body, signed(aws, "POST", "/", body, headers)).status == status
