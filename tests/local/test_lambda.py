"""Lambda functions and Lambda steps: the function's own code runs."""

from __future__ import annotations

import io
import json
import re
import shutil
import time
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.runners.calls.lambda_ import LambdaRunner
from tests.local.embedding import Embedded, end, finished, start, steps_of
from tests.local.support import run, step


def archive(files: dict[str, str]) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as file:
        for name, content in files.items():
            file.writestr(name, content)
    return body.getvalue()


def role(account: Embedded) -> str:
    """A role that Lambda may assume; its ARN."""
    iam = account.client("iam")
    with suppress(iam.exceptions.EntityAlreadyExistsException):
        trust = {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                                "Principal": {"Service": "lambda.amazonaws.com"}}]}  # fmt: skip
        iam.create_role(RoleName="function", AssumeRolePolicyDocument=json.dumps(trust))
        may = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
        iam.put_role_policy(RoleName="function", PolicyName="all", PolicyDocument=json.dumps(may))
    return "arn:aws:iam::123456789012:role/function"


def function(
    account: Embedded, name: str, code: str | dict[str, str], *, handler: str = "index.handler", **more: Any
) -> str:
    """Creates a function; its ARN."""
    files = code if isinstance(code, dict) else {"index.py": code}
    given = {"Runtime": "python3.12", "Role": role(account), "Handler": handler, **more}
    arn: str = account.client("lambda").create_function(FunctionName=name, Code={"ZipFile": archive(files)}, **given)[
        "FunctionArn"
    ]
    return arn


def call(account: Embedded, name: str, event: Any = None, **more: Any) -> Any:
    answer = account.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event), **more)
    return json.loads(answer["Payload"].read())


def test_a_function_is_called(embedded: Embedded) -> None:
    code = """
import os
def handler(event, context):
    print("hello", event["name"])
    return {"name": event["name"], "function": context.function_name, "arn": context.invoked_function_arn,
            "left": context.get_remaining_time_in_millis(), "own": os.environ["OWN"], "id": context.aws_request_id,
            "region": os.environ["AWS_REGION"], "version": context.function_version}
"""
    arn = function(embedded, "hello", code, Timeout=20, Environment={"Variables": {"OWN": "x", "AWS_REGION": "no"}})
    told = call(embedded, "hello", {"name": "you"})
    assert (told["name"], told["function"], told["arn"], told["own"]) == ("you", "hello", arn, "x")
    assert 0 < told["left"] <= 20000
    assert (told["region"], told["version"]) == ("eu-west-1", "$LATEST")
    assert "hello you" in embedded.log("/aws/lambda/hello")
    answer = embedded.client("lambda").invoke(FunctionName=arn, LogType="Tail", Payload='{"name": "a"}')
    assert answer["ExecutedVersion"]
    assert answer["LogResult"]


def test_a_function_reaches_the_same_account_as_its_role(embedded: Embedded) -> None:
    code = """
import boto3, os
def handler(event, context):
    return boto3.client('sts').get_caller_identity()['Arn'], os.environ["AWS_ACCESS_KEY_ID"][:4]
"""
    function(embedded, "who", code, Timeout=30)
    assert call(embedded, "who") == ["arn:aws:sts::123456789012:assumed-role/function/who", "ASIA"]


@pytest.mark.parametrize(
    ("code", "handler", "kind", "message"),
    [
        ("def handler(e, c): raise KeyError('x')", "index.handler", "KeyError", "'x'"),
        ("import nothing_there", "index.handler", "Runtime.ImportModuleError", "Unable to import module 'index'"),
        ("def other(e, c): pass", "index.handler", "Runtime.HandlerNotFound", "Handler 'handler' missing"),
        ("def handler(e, c): return object()", "index.handler", "Runtime.MarshalError", "Unable to marshal"),
        ("def handler(e, c):\n  import os; os._exit(3)", "index.handler", "Runtime.ExitError", "exit status 3"),
        ("import time\ndef handler(e, c): time.sleep(60)", "index.handler", "Sandbox.Timedout", "after 1.00 seconds"),
        ("def handler(e, c", "index.handler", "Runtime.UserCodeSyntaxError", "Syntax error in module 'index'"),
    ],
    ids=["raises", "no-module", "no-handler", "no-json", "exits", "too-long", "no-python"],
)  # fmt: skip
def test_a_function_that_fails(embedded: Embedded, code: str, handler: str, kind: str, message: str) -> None:
    name = "fails-" + kind.replace(".", "-")
    function(embedded, name, code, handler=handler, Timeout=1)
    answer = embedded.client("lambda").invoke(FunctionName=name)
    told = json.loads(answer["Payload"].read())
    assert answer["FunctionError"] == "Unhandled"
    assert told["errorType"] == kind
    assert message in told["errorMessage"]


def test_modules_in_folders_and_layers(embedded: Embedded) -> None:
    layer = embedded.client("lambda").publish_layer_version(
        LayerName="shared", Content={"ZipFile": archive({"python/shared_thing.py": "VALUE = 7"})}
    )["LayerVersionArn"]
    files = {"app/__init__.py": "", "app/main.py": "import shared_thing\nfrom app import near\n"
             "def run(e, c): return shared_thing.VALUE + near.N", "app/near.py": "N = 1"}  # fmt: skip
    function(embedded, "layered", files, handler="app.main.run", Layers=[layer])
    assert call(embedded, "layered") == 8


def test_a_function_logs_to_its_own_group(embedded: Embedded) -> None:
    lambda_, name = embedded.client("lambda"), "logged"
    function(embedded, "logged", "def handler(event, context):\n    print('here')\n    return context.log_group_name\n")
    assert lambda_.get_function_configuration(FunctionName=name)["LoggingConfig"]["LogGroup"] == f"/aws/lambda/{name}"
    lambda_.update_function_configuration(FunctionName=name, LoggingConfig={"LogGroup": "/of/the/app"})
    assert lambda_.get_function(FunctionName=name)["Configuration"]["LoggingConfig"]["LogGroup"] == "/of/the/app"
    version = lambda_.publish_version(FunctionName=name)["Version"]
    for qualifier in ("$LATEST", version):
        answer = lambda_.invoke(FunctionName=name, Qualifier=qualifier)
        assert json.loads(answer["Payload"].read()) == "/of/the/app"
    events = embedded.client("logs").filter_log_events(logGroupName="/of/the/app")["events"]
    assert [event["message"] for event in events].count("here") == 2


def test_versions_and_aliases(embedded: Embedded) -> None:
    functions = embedded.client("lambda")
    arn = function(embedded, "many", "def handler(e, c): return 'one'")
    one = functions.publish_version(FunctionName="many")["FunctionArn"]
    changed = archive({"index.py": "def handler(e, c): return 'two'"})
    functions.update_function_code(FunctionName="many", ZipFile=changed)
    alias = functions.create_alias(FunctionName="many", Name="live", FunctionVersion="1")["AliasArn"]
    assert (call(embedded, arn), call(embedded, one), call(embedded, alias)) == ("two", "one", "one")
    assert call(embedded, "many", Qualifier="live") == "one"
    done = finished(embedded, "aliased", [step("Ask", "Lambda", FunctionArn=alias)])
    assert done.steps["Ask"]["Metadata"]["Lambda"]["Arn"] == alias


def test_an_event_is_handled_later(embedded: Embedded) -> None:
    code = "import boto3\ndef handler(e, c): boto3.client('s3').put_object(Bucket='data', Key=e['key'], Body=b'x')"
    function(embedded, "later", code, Timeout=30)
    answer = embedded.client("lambda").invoke(FunctionName="later", InvocationType="Event", Payload='{"key": "late"}')
    assert answer["StatusCode"] == 202
    deadline = time.monotonic() + 30
    while "late" not in embedded.keys("late") and time.monotonic() < deadline:
        time.sleep(0.1)
    assert embedded.read("late") == b"x"


def test_nothing_is_left_of_a_function_that_nests_folders(embedded: Embedded) -> None:
    code = """
import os
def handler(event, context):
    home = os.environ["HOME"]
    os.chdir(home)
    for _ in range(1100):
        os.mkdir("d")
        os.chdir("d")
    return home
"""
    function(embedded, "nests", code, Timeout=20)
    home = Path(call(embedded, "nests"))
    assert not home.parent.exists()


def test_runtimes_that_cannot_run_here(embedded: Embedded) -> None:
    function(embedded, "java", {"a": ""}, Runtime="java21")
    functions = embedded.client("lambda")
    with pytest.raises(functions.exceptions.InvalidRuntimeException, match="java21, which needs a container") as told:
        functions.invoke(FunctionName="java")
    with pytest.raises(functions.exceptions.InvalidRuntimeException):
        functions.invoke(FunctionName="java", InvocationType="Event")
    assert told.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501, "which no client tries again"
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.invoke(FunctionName="nobody")


def test_code_and_layers_that_are_not_unpacked(embedded: Embedded, monkeypatch: pytest.MonkeyPatch) -> None:
    functions = embedded.client("lambda")
    layer = functions.publish_layer_version(LayerName="l", Content={"ZipFile": archive({"a": "b" * 900})})
    handler = "def handler(e, c): return 1"
    function(embedded, "climbing", {"../index.py": handler})
    function(embedded, "large", {"index.py": handler, "x": "y" * 900}, Layers=[layer["LayerVersionArn"]])
    monkeypatch.setattr("cdk_sagemaker_pipelines.local.functions.function.UNZIPPED", 1000)
    for name, reason in {"climbing": "the code of function climbing contains '../index.py', which would be written out",
                         "large": "the layer of function large unpacks to more than"}.items():  # fmt: skip
        with pytest.raises(functions.exceptions.InvalidZipFileException, match=re.escape(reason)) as told:
            functions.invoke(FunctionName=name)
        assert told.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_an_invalid_answer(embedded: Embedded, monkeypatch: pytest.MonkeyPatch) -> None:
    code = """
import json, os, sys
def handler(event, context):
    with open(json.load(open(sys.argv[1]))["result"], "w") as file:
        file.write(event)
        file.flush()
        os._exit(0)
"""
    function(embedded, "writes", code, Timeout=20)
    strange = ("[" * 200_000, '{"payload": {}}', f'{{"payload": {"9" * 5000}}}', '{"payload": "1", "error": 1}')
    for written in ("none", "[]", "{}", '{"error": 1}', *strange):
        assert call(embedded, "writes", written)["errorType"] == "Runtime.ExitError"
    assert call(embedded, "writes", '{"payload": "\\"\\ud800\\""}') == "?"
    monkeypatch.setattr("cdk_sagemaker_pipelines.local.functions.function._LARGEST_RESULT", 1000)
    assert call(embedded, "writes", "x" * 2000)["errorType"] == "Function.ResponseSizeTooLarge"


def test_an_answer_that_is_nested_too_deeply(embedded: Embedded) -> None:
    code = "def handler(e, c):\n  deep = []\n  for _ in range(100_000): deep = [deep]\n  return deep"
    function(embedded, "deep", code, Timeout=20)
    assert call(embedded, "deep")["errorType"] == "Runtime.MarshalError"


@pytest.mark.parametrize(
    ("payload", "reason"),
    [("not JSON", "Expecting value"), ("[" * 200_000, "it is nested too deeply")],
    ids=["text", "deep"],
)
def test_a_step_whose_function_answers_with_what_is_not_json(embedded: Embedded, payload: str, reason: str) -> None:
    code = f"""
import json, os, sys
def handler(event, context):
    with open(json.load(open(sys.argv[1]))["result"], "w") as file:
        json.dump({{"payload": {payload[:8]!r} * {len(payload) // 8}}}, file)
    os._exit(0)
"""
    arn = function(embedded, f"bad-{len(payload)}", code, Timeout=20)
    done = run([step("Call", "Lambda", FunctionArn=arn)], services=embedded, runners={"Lambda": LambdaRunner()})
    told = done.steps()[0]["FailureReason"]
    assert f"the Lambda function {arn} answered with what is not JSON: {reason}" in told


def test_an_answer_behind_a_link_elsewhere_is_none(embedded: Embedded, tmp_path: Path) -> None:
    elsewhere = tmp_path / "answer.json"
    elsewhere.write_text('{"payload": "1"}')
    code = """
import json, os, sys
def handler(event, context):
    os.symlink(event, json.load(open(sys.argv[1]))["result"])
    os._exit(0)
"""
    function(embedded, "links", code, Timeout=20)
    assert call(embedded, "links", str(elsewhere))["errorType"] == "Runtime.ExitError"


@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("index.js", "exports.handler = async (event, context) => ({ n: event.n + 1, f: context.functionName });"),
        ("index.mjs", "export const handler = (event, context, done) => done(null, { n: event.n + 1, f: 'node' });"),
    ],
)
def test_a_node_function(embedded: Embedded, file: str, code: str) -> None:
    name = "node" if file == "index.js" else "node-mjs"
    function(embedded, name, {file: code}, Runtime="nodejs22.x", Timeout=20)
    assert call(embedded, name, {"n": 1}) == {"n": 2, "f": "node"}


# Steps

OUTPUTS = [{"OutputName": "text", "OutputType": "String"}, {"OutputName": "count", "OutputType": "Integer"},
           {"OutputName": "ok", "OutputType": "Boolean"}, {"OutputName": "score", "OutputType": "Float"}]  # fmt: skip


def test_a_step_returns_its_outputs_typed(embedded: Embedded) -> None:
    code = "def handler(e, c): return {'text': {'a': e['x']}, 'count': '3', 'ok': True, 'score': 1, 'statusCode': 200}"
    arn = function(embedded, "typed", code, Timeout=20)
    again = function(embedded, "again", "def handler(e, c):\n    print(e)\n    return {}", Timeout=20)
    path = "Steps.Ask.OutputParameters"
    reads = {name: {"Get": f"{path}['{name}']"} for name in ("text", "count", "ok", "score")}
    done = finished(
        embedded,
        "typed",
        [
            step("Ask", "Lambda", {"x": 5}, FunctionArn=arn, OutputParameters=OUTPUTS),
            step("Again", "Lambda", reads, FunctionArn=again, OutputParameters=[]),
        ],
    )
    assert done.status == "Succeeded", done.steps
    assert done.steps["Ask"]["Metadata"]["Lambda"] == {
        "Arn": arn,
        "OutputParameters": [
            {"Name": "text", "Value": '{"a": 5}'}, {"Name": "count", "Value": "3"},
            {"Name": "ok", "Value": "true"}, {"Name": "score", "Value": "1.0"},
        ],
    }  # fmt: skip
    assert "{'text': '{\"a\": 5}', 'count': 3, 'ok': True, 'score': 1.0}" in embedded.log("/aws/lambda/again")


@pytest.mark.parametrize(
    ("returned", "kind", "reason"),
    [
        ("{}", "Integer", "did not give the output parameter 'count', and it gave nothing"),
        ("{'counts': 1}", "Integer", "did not give the output parameter 'count'; it gave 'counts'"),
        ("{'count': 'many'}", "Integer", "gave \"many\" for the output parameter 'count', which is declared as"),
        ("{'count': 1.5}", "Integer", "declared as Integer"),
        ("{'count': True}", "Float", "declared as Float"),
        ("{'count': 'yes'}", "Boolean", "declared as Boolean"),
        ("{'count': 'a' * 2000}", "String", "has 2000 characters, at most 1024"),
    ],
)
def test_outputs_that_are_not_as_declared(embedded: Embedded, returned: str, kind: str, reason: str) -> None:
    name = f"wrong-{abs(hash((returned, kind)))}"
    arn = function(embedded, name, f"def handler(e, c): return {returned}", Timeout=20)
    outputs = [{"OutputName": "count", "OutputType": kind}]
    done = finished(embedded, name, [step("Ask", "Lambda", FunctionArn=arn, OutputParameters=outputs)])
    assert reason in done.steps["Ask"]["FailureReason"]


def test_a_function_that_raises_fails_its_step(embedded: Embedded) -> None:
    code = "def inner():\n    raise ValueError('no such table')\ndef handler(e, c):\n    inner()\n"
    arn = function(embedded, "raises", code, Timeout=20)
    done = finished(embedded, "raises", [step("Ask", "Lambda", FunctionArn=arn)])
    reason = done.steps["Ask"]["FailureReason"]
    assert reason.startswith(f"the Lambda function {arn} failed: ValueError: no such table")
    assert "in inner" in reason
    assert done.status == "Failed"


def test_a_missing_function(embedded: Embedded) -> None:
    arn = "arn:aws:lambda:eu-west-1:123456789012:function:nobody"
    done = finished(embedded, "nobody", [step("Ask", "Lambda", FunctionArn=arn)])
    assert "Failed to invoke lambda:Invoke" in done.steps["Ask"]["FailureReason"]


def test_a_step_gives_up_after_its_limit(embedded: Embedded) -> None:
    arn = function(embedded, "slow", "import time\ndef handler(e, c): time.sleep(20)", Timeout=30)
    asked = time.monotonic()
    done = run(
        [step("Ask", "Lambda", FunctionArn=arn)], services=embedded, runners={"Lambda": LambdaRunner(limit_seconds=0.5)}
    )
    assert time.monotonic() - asked < 5
    assert "did not end within the step's 0.5 seconds" in done.steps()[0]["FailureReason"]


def test_a_stop_waits_for_the_function(embedded: Embedded) -> None:
    arn = function(embedded, "patient", "import time\ndef handler(e, c): time.sleep(2); return {}", Timeout=30)
    execution = start(
        embedded, "patient", [step("Ask", "Lambda", FunctionArn=arn), step("B", "Fail", DependsOn=["Ask"])]
    )
    time.sleep(0.5)
    embedded.client("sagemaker").stop_pipeline_execution(PipelineExecutionArn=execution, ClientRequestToken="t" * 32)
    assert steps_of(embedded, execution)["Ask"]["StepStatus"] == "Stopping"
    assert end(embedded, execution)["PipelineExecutionStatus"] == "Stopped"
    assert {name: told["StepStatus"] for name, told in steps_of(embedded, execution).items()} == {"Ask": "Succeeded"}


def test_a_stopped_execution_fails_when_the_function_takes_too_long(embedded: Embedded) -> None:
    arn = function(embedded, "too-slow", "import time\ndef handler(e, c): time.sleep(60)", Timeout=2)
    execution = start(embedded, "too-slow", [step("Ask", "Lambda", FunctionArn=arn)])
    time.sleep(0.3)
    embedded.client("sagemaker").stop_pipeline_execution(
        PipelineExecutionArn=execution, ClientRequestToken="too-slow".ljust(32, "t")
    )
    assert end(embedded, execution)["PipelineExecutionStatus"] == "Failed"
