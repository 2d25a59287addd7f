"""Handlers: the archive that Lambda gets, the function around it, and what is refused."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import Duration
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk.assertions import Template

from cdk_sagemaker_pipelines import LambdaHandler, Parameter, PipelineError, assets

CODE = "def handler(event, context):\n    return {}\n"


def made(folder: Path, handler: LambdaHandler, **options: Any) -> tuple[dict[str, Any], list[str], str]:
    """The function's properties, the files in its archive, and the whole template."""
    app = cdk.App(outdir=str(folder), analytics_reporting=False)
    stack = cdk.Stack(app, "Stack", env=cdk.Environment(account="111122223333", region="eu-west-1"))
    handler.bind(stack, "Function", **options)
    template = app.synth().get_stack_by_name("Stack").template
    (function,) = Template.from_stack(stack).find_resources("AWS::Lambda::Function").values()
    staged = folder / f"asset.{Path(function['Properties']['Code']['S3Key']).stem}"
    files = sorted(path.relative_to(staged).as_posix() for path in staged.rglob("*") if path.is_file())
    return function["Properties"], files, json.dumps(template)


def test_a_file_is_packed_without_its_neighbors(tmp_path: Path) -> None:
    (tmp_path / "notify.py").write_text(CODE)
    (tmp_path / "other.py").write_text(CODE)
    function, files, _ = made(tmp_path / "out", LambdaHandler(tmp_path / "notify.py"))
    assert files == ["notify.py"]
    assert {key: value for key, value in function.items() if key not in ("Code", "Role", "LoggingConfig")} == {
        "Handler": "notify.handler",
        "MemorySize": 128,
        "Runtime": "python3.14",
        "Timeout": 120,
    }


def test_a_folder_is_packed_without_caches(tmp_path: Path) -> None:
    code = tmp_path / "functions"
    for name in ("main.py", "inner/deep.py", "inner/__pycache__/deep.pyc", ".git/config", "data.csv"):
        (code / name).parent.mkdir(parents=True, exist_ok=True)
        (code / name).write_text(CODE)
    handler = LambdaHandler(
        code,
        entry_point="inner/deep.py",
        exclude=["*.csv"],
        timeout=Duration.minutes(5),
        memory_size=512,
        environment={"MODE": "full"},
        runtime=lambda_.Runtime.PYTHON_3_12,
        log_retention=logs.RetentionDays.ONE_WEEK,
    )
    function, files, template = made(tmp_path / "out", handler)
    assert files == ["inner/deep.py", "main.py"]
    assert {key: value for key, value in function.items() if key not in ("Code", "Role", "LoggingConfig")} == {
        "Environment": {"Variables": {"MODE": "full"}},
        "Handler": "inner/deep.handler",
        "MemorySize": 512,
        "Runtime": "python3.12",
        "Timeout": 300,
    }
    assert '"RetentionInDays": 7' in template


def test_two_checkouts_give_the_same_template(tmp_path: Path) -> None:
    for name, mode in (("one", 0o600), ("two", 0o755)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "notify.py").write_text(CODE)
        (tmp_path / name / "notify.py").chmod(mode)
    os.utime(tmp_path / "two" / "notify.py", (1_000_000_000, 1_000_000_000))
    (tmp_path / "two" / "__pycache__").mkdir()
    (tmp_path / "two" / "__pycache__" / "notify.pyc").write_bytes(b"1")
    templates = [
        made(tmp_path / f"out-{name}", LambdaHandler(tmp_path / name, entry_point="notify.py"))[2]
        for name in ("one", "two")
    ]
    assert templates[0] == templates[1]
    assert str(tmp_path) not in templates[0]
    staged = next((tmp_path / "out-one").glob("asset.*/notify.py"))
    assert staged.stat().st_mode & 0o777 == 0o644


def test_the_role_may_write_its_own_log_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "notify.py").write_text(CODE)
    resources = json.loads(made(tmp_path / "out", LambdaHandler(tmp_path / "notify.py"))[2])["Resources"]
    (role,) = [item["Properties"] for item in resources.values() if item["Type"] == "AWS::IAM::Role"]
    (policy,) = [item["Properties"] for item in resources.values() if item["Type"] == "AWS::IAM::Policy"]
    (log,) = [name for name, item in resources.items() if item["Type"] == "AWS::Logs::LogGroup"]
    assert set(role) == {"AssumeRolePolicyDocument"}
    assert role["AssumeRolePolicyDocument"]["Statement"] == [
        {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}
    ]
    assert policy["PolicyDocument"]["Statement"] == [
        {
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Effect": "Allow",
            "Resource": {"Fn::GetAtt": [log, "Arn"]},
        }
    ]
    assert resources[log]["DeletionPolicy"] == "Delete"
    assert resources[log]["Properties"] == {"RetentionInDays": 90}


def test_a_log_group_and_a_key_can_be_given(tmp_path: Path) -> None:
    (tmp_path / "notify.py").write_text(CODE)
    scope = cdk.Stack()
    log = logs.LogGroup(scope, "Mine")
    key = kms.Key(scope, "Key")
    handler = LambdaHandler(tmp_path / "notify.py", log_group=log, environment={"A": "b"}, environment_encryption=key)
    function = handler.bind(scope, "Function")
    template = cdk.assertions.Template.from_stack(cdk.Stack.of(function))
    (properties,) = [one["Properties"] for one in template.find_resources("AWS::Lambda::Function").values()]
    assert properties["LoggingConfig"] == {"LogGroup": scope.resolve(log.log_group_name)}
    assert properties["KmsKeyArn"] == scope.resolve(key.key_arn)
    template.resource_count_is("AWS::Logs::LogGroup", 1)
    with pytest.raises(PipelineError, match="use log_retention or log_group, which has a retention of its own"):
        LambdaHandler(tmp_path / "notify.py", log_group=log, log_retention=logs.RetentionDays.ONE_DAY)


@pytest.mark.parametrize(
    "code",
    ["from x import *\n", "import x as handler\n", "handler = make()\n", "def broken(:\n", "class handler: ...\n"],
)
def test_a_function_that_may_be_defined_is_accepted(tmp_path: Path, code: str) -> None:
    (tmp_path / "notify.py").write_text(code)
    assert made(tmp_path / "out", LambdaHandler(tmp_path / "notify.py"))[0]["Handler"] == "notify.handler"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"path": 5}, "LambdaHandler: a path that is known at synth is needed, not 5"),
        ({"entry_point": 5}, "LambdaHandler: entry_point must be a text such as 'main.py', not 5"),
        ({"function": "a.b"}, "LambdaHandler: function must be the name of a function, not 'a.b'"),
        ({"exclude": "*.csv"}, "LambdaHandler: exclude must be a list of texts such as ['*.csv'], not '*.csv'"),
        ({"timeout": 60}, "LambdaHandler: timeout takes a Duration, not 60"),
        ({"timeout": Duration.minutes(16)}, "LambdaHandler: timeout is 16 minutes; at most 15 minutes are allowed"),
        ({"runtime": "python3.13"}, "LambdaHandler: runtime takes a Runtime, not 'python3.13'"),
        ({"log_retention": 30}, "LambdaHandler: log_retention takes a RetentionDays, not 30"),
        ({"log_group": "mine"}, "LambdaHandler: log_group takes a CDK log group, not 'mine'"),
        ({"environment_encryption": "k"}, "LambdaHandler: environment_encryption takes a CDK KMS key, not 'k'"),
        ({"memory_size": 64}, "LambdaHandler: memory_size takes 128 to 10240 MB, not 64"),
        ({"environment": ["A"]}, "LambdaHandler: environment must be a dict by name, not ['A']"),
        ({"environment": {"A": 1}}, "LambdaHandler: environment['A'] must be a text, not 1"),
        (
            {"environment": {"A": Parameter.string("P", default="x")}},
            "LambdaHandler: environment['A'] must be literal, since the function is created before the pipeline runs; "
            "pass it in the step's inputs",
        ),
    ],
)
def test_bad_fields(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(PipelineError) as error:
        LambdaHandler(**{"path": "notify.py", **fields})
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"path": "notfy.py"}, "LambdaHandler: there is no file 'notfy.py'; did you mean 'notify.py'?"),
        (
            {"path": "functions"},
            "LambdaHandler: 'functions' is a folder; write LambdaHandler('functions', entry_point=...)",
        ),
        (
            {"path": "function", "entry_point": "a.py"},
            "LambdaHandler: there is no folder 'function'; did you mean 'functions'?",
        ),
        (
            {"path": "function/main.py"},
            "LambdaHandler: there is no file 'function/main.py'; did you mean 'functions/main.py'?",
        ),
        (
            {"path": "function/other.py"},
            (
                "LambdaHandler: there is no file 'function/other.py' (the folder 'function' does not exist; relative "
                "paths start at the app's working directory)"
            ),
        ),
        (
            {"path": "functions", "entry_point": "man.py"},
            "LambdaHandler: the folder 'functions' has no file 'man.py'; did you mean 'main.py'?",
        ),
        (
            {"path": "bad name.py"},
            "LambdaHandler: Lambda cannot import 'bad name.py'; its name must end in '.py' and may only have letters, "
            "digits, '-' and '_' before that",
        ),
        (
            {"path": "notify.py", "function": "handle"},
            "LambdaHandler: 'notify.py' has no function 'handle'; did you mean 'handler'?",
        ),
        ({"path": "empty.py"}, "LambdaHandler: 'empty.py' has no function 'handler'; it has none"),
        ({"path": "inside.py"}, "LambdaHandler: 'inside.py' has no function 'handler'; did you mean 'handle'?"),
    ],
)
def test_bad_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fields: dict[str, Any], message: str) -> None:
    (tmp_path / "functions").mkdir()
    for name in ("notify.py", "bad name.py", "functions/main.py"):
        (tmp_path / name).write_text(CODE)
    (tmp_path / "empty.py").write_text("")
    (tmp_path / "inside.py").write_text(
        "class A:\n    def handler(self, event, context): ...\n\n\ndef handle():\n    def handler(): ...\n"
    )
    monkeypatch.chdir(tmp_path)
    stack = cdk.Stack(cdk.App(outdir=str(tmp_path / "out"), analytics_reporting=False), "Stack")
    with pytest.raises(PipelineError) as error:
        LambdaHandler(**fields).bind(stack, "Function")
    assert str(error.value) == message


def test_a_wrapper_is_added_to_the_files(tmp_path: Path) -> None:
    (tmp_path / "notify.py").write_text("def handler(inputs):\n    return {}\n")
    (tmp_path / "wrapper.py").write_text("def handle(event, context): ...\n")
    wrapper = tmp_path / "wrapper.py"
    function, files, _ = made(tmp_path / "out", LambdaHandler(tmp_path / "notify.py"), wrapper=wrapper)
    assert files == ["notify.py", "wrapper.py"]
    assert function["Handler"] == "wrapper.handle"
    assert function["Environment"] == {"Variables": {"CALLBACK_HANDLER": "notify.handler"}}
    message = "LambdaHandler: 'wrapper.py' is the name of a file that is added to the function; use another name"
    with pytest.raises(PipelineError, match=message):
        made(tmp_path / "out2", LambdaHandler(tmp_path, entry_point="notify.py"), wrapper=wrapper)


WORKS = {
    "lambda": ["event, context", "*args", "event, context=None", "event, context, more=1", "event, /, context, *, a=1"],
    "worker": ["inputs", "*args", "inputs=None", "inputs, context=None", "inputs, *, a=1, **more"],
}
FAILS = {
    "lambda": ["", "event", "event, context, more", "event, *, context", "event, context, *, more", "**more"],
    "worker": ["", "event, context", "inputs, context, more=1", "*, inputs", "inputs, *, more"],
}
WRAPPERS = {"lambda": None, "worker": Path(assets.__file__).parent / "callback_worker.py"}


def bound(folder: Path, code: str, kind: str) -> None:
    (folder / "notify.py").write_text(code, encoding="utf-8")
    stack = cdk.Stack(cdk.App(outdir=str(folder / "out"), analytics_reporting=False))
    LambdaHandler(folder / "notify.py").bind(stack, "Function", wrapper=WRAPPERS[kind])


@pytest.mark.parametrize("kind", ["lambda", "worker"])
def test_a_function_that_can_be_called(tmp_path: Path, kind: str) -> None:
    for arguments in WORKS[kind]:
        bound(tmp_path, f"def handler({arguments}):\n    return {{}}\n", kind)


@pytest.mark.parametrize(
    ("kind", "call", "wanted"),
    [
        ("lambda", "Lambda calls the function with the event and its context", "event, context"),
        ("worker", "a worker is called with the inputs of the step alone", "inputs"),
    ],
    ids=["lambda", "worker"],
)
def test_a_function_that_raises_whenever_it_is_called(tmp_path: Path, kind: str, call: str, wanted: str) -> None:
    told = f"LambdaHandler: 'notify.py': {call}, so it must be like 'def handler({wanted})', not 'def handler"
    for arguments in FAILS[kind]:
        with pytest.raises(PipelineError) as raised:
            bound(tmp_path, f"def handler({arguments}):\n    return {{}}\n", kind)
        assert str(raised.value) == f"{told}({arguments})'"


@pytest.mark.parametrize(
    "code",
    [
        "@trace\ndef handler():\n    pass\n",
        "handler = partial(print, 1)\n",
        "def handler():\n    pass\nhandler = wrapped(handler)\n",
        "class handler:\n    def __init__(self):\n        pass\n",
        "try:\n    from a import handler\nexcept ImportError:\n    def handler():\n        pass\n",
        "if NEW:\n    def handler():\n        pass\nelse:\n    def handler(*args):\n        pass\n",
        "from a import *\n",
    ],
    ids=["decorator", "value", "wrapped", "class", "import", "either", "star"],
)
def test_a_function_that_only_its_module_knows(tmp_path: Path, code: str) -> None:
    for kind in WRAPPERS:
        bound(tmp_path, code, kind)
