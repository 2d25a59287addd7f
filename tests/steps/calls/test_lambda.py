"""Lambda steps: their JSON, the function that is given or made, and what is refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Template

from cdk_sagemaker_pipelines import (
    FailStep,
    LambdaHandler,
    LambdaStep,
    Parameter,
    Pipeline,
    PipelineError,
)
from tests.steps.support import arguments, errors, findings, get, join, rendered

ARN = "arn:aws:lambda:eu-west-1:111122223333:function:notify"
CODE = "def handler(event, context):\n    return {}\n"


@pytest.fixture
def function(stack: cdk.Stack) -> lambda_.IFunction:
    return lambda_.Function.from_function_arn(stack, "Notify", ARN)


@pytest.fixture
def handler(tmp_path: Path) -> LambdaHandler:
    (tmp_path / "notify.py").write_text(CODE)
    return LambdaHandler(tmp_path / "notify.py")


def function_of(stack: cdk.Stack, name: str = "Own", **options: Any) -> lambda_.Function:
    return lambda_.Function(
        stack,
        name,
        code=lambda_.Code.from_inline(CODE),
        handler="index.handler",
        runtime=lambda_.Runtime.PYTHON_3_13,
        **options,
    )


def invoked(stack: cdk.Stack) -> Any:
    """What the pipeline's own role may invoke."""
    roles = Template.from_stack(stack).find_resources("AWS::IAM::Role", {"Properties": {"Policies": [{}]}})
    (role,) = roles.values()
    (statement,) = role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    assert statement["Action"] == "lambda:InvokeFunction"
    return statement["Resource"]


def test_every_field(pipeline: Pipeline, function: lambda_.IFunction) -> None:
    step = LambdaStep(
        pipeline,
        "Call",
        step_name="Call-It",
        function=function,
        inputs={"who": Parameter.string("Who", default="me"), "rate": 1.5},
        outputs={"status": "String", "rows": "Integer"},
    )
    assert rendered(step) == {
        "Name": "Call-It",
        "Type": "Lambda",
        "FunctionArn": ARN,
        "OutputParameters": [
            {"OutputName": "status", "OutputType": "String"},
            {"OutputName": "rows", "OutputType": "Integer"},
        ],
        "Arguments": {"who": get("Parameters.Who"), "rate": 1.5},
    }
    assert findings(step) == []


def test_the_fewest_fields(pipeline: Pipeline, function: lambda_.IFunction) -> None:
    step = LambdaStep(pipeline, "Call", function=function)
    assert rendered(step) == {
        "Name": "Call",
        "Type": "Lambda",
        "FunctionArn": ARN,
        "OutputParameters": [],
        "Arguments": {},
    }
    assert step.lambda_function is function
    assert errors(pipeline) == []


def test_outputs_are_references(pipeline: Pipeline, function: lambda_.IFunction) -> None:
    step = LambdaStep(pipeline, "Call", function=function, outputs={"rows": "Integer"})
    fail = FailStep(pipeline, "Stop", message=f"{step.output('rows')} rows")
    rows = get("Steps.Call.OutputParameters['rows']")
    assert arguments(fail) == {"ErrorMessage": join(rows, " rows")}
    assert step.properties.output_parameters["rows"].to_json() == step.output("rows").to_json() == rows
    with pytest.raises(PipelineError, match="it has no output 'row'; did you mean 'rows'"):
        step.output("row")
    assert errors(pipeline) == []


def test_just_what_is_given_may_be_invoked(stack: cdk.Stack) -> None:
    pipeline = Pipeline(stack, "P")
    own = function_of(stack)
    alias = lambda_.Alias(stack, "Live", alias_name="live", version=own.current_version)
    given = {
        "Function": own,
        "Version": own.current_version,
        "Alias": alias,
        "Imported": lambda_.Version.from_version_arn(stack, "Imported", f"{ARN}:7"),
    }
    steps = {name: LambdaStep(pipeline, name, function=function) for name, function in given.items()}
    arns = {name: rendered(step)["FunctionArn"] for name, step in steps.items()}
    assert arns["Function"] == {"Fn::GetAtt": [stack.resolve(own.function_name)["Ref"], "Arn"]}
    assert list(arns["Version"]) == ["Ref"]
    assert list(arns["Alias"]) == ["Ref"]
    assert arns["Imported"] == f"{ARN}:7"
    every_version = {"Fn::Join": ["", [arns["Function"], ":*"]]}
    allowed = [arns["Function"], every_version, arns["Alias"], arns["Imported"]]
    found = invoked(stack)
    assert len(found) == 4
    assert all(arn in found for arn in allowed)


def test_code_becomes_a_function_whose_version_is_called(stack: cdk.Stack, handler: LambdaHandler) -> None:
    pipeline = Pipeline(stack, "P")
    step = LambdaStep(pipeline, "Call", handler=handler)
    arn = rendered(step)["FunctionArn"]
    template = Template.from_stack(stack)
    (version,) = template.find_resources("AWS::Lambda::Version")
    assert arn == {"Ref": version}
    # an execution calls the version that was the current one when it was started
    (name,) = template.find_resources("AWS::Lambda::Function")
    assert invoked(stack) == {"Fn::Join": ["", [{"Fn::GetAtt": [name, "Arn"]}, ":*"]]}
    assert template.find_resources("AWS::Lambda::Version")[version]["DeletionPolicy"] == "Retain"
    (function,) = template.find_resources("AWS::Lambda::Function").values()
    assert (function["Properties"]["Handler"], function["Properties"]["Timeout"]) == ("notify.handler", 120)
    for role in template.find_resources("AWS::IAM::Role").values():
        assert "ManagedPolicyArns" not in role["Properties"]


def test_a_change_of_code_shows_in_the_definition(tmp_path: Path) -> None:
    def body(name: str) -> str:
        stack = cdk.Stack(cdk.App(outdir=str(tmp_path / name), analytics_reporting=False), "Stack")
        LambdaStep(Pipeline(stack, "P"), "Call", handler=LambdaHandler(tmp_path / "notify.py"))
        (found,) = Template.from_stack(stack).find_resources("AWS::SageMaker::Pipeline").values()
        return str(found["Properties"]["PipelineDefinition"])

    (tmp_path / "notify.py").write_text(CODE)
    first, same = body("one"), body("two")
    (tmp_path / "notify.py").write_text(CODE + "# changed\n")
    changed = body("three")
    assert first == same
    assert first != changed
    hashed = r"CurrentVersion[0-9A-F]{8}[0-9a-f]{32}"
    assert re.sub(hashed, "", first) == re.sub(hashed, "", changed)


@pytest.mark.parametrize("minutes", [10, 11, None])
def test_a_time_limit_that_is_known(pipeline: Pipeline, stack: cdk.Stack, minutes: int | None) -> None:
    own = function_of(stack, timeout=None if minutes is None else Duration.minutes(minutes))
    alias = lambda_.Alias(stack, "Live", alias_name="live", version=own.current_version)
    for number, function in enumerate((own, own.current_version, alias)):
        if minutes != 11:
            LambdaStep(pipeline, f"Call{number}", function=function)
            continue
        with pytest.raises(PipelineError) as error:
            LambdaStep(pipeline, f"Call{number}", function=function)
        message = f"Call{number}': function: its timeout is 11 minutes; at most 10 minutes are allowed"
        assert str(error.value).endswith(message)


def test_a_time_limit_of_the_resource(pipeline: Pipeline, stack: cdk.Stack) -> None:
    changed = function_of(stack)
    resource = changed.node.default_child
    assert isinstance(resource, lambda_.CfnFunction)
    resource.timeout = 660
    singleton = lambda_.SingletonFunction(
        stack,
        "One",
        uuid="one",
        code=lambda_.Code.from_inline("def handler(event, context): return {}"),
        handler="index.handler",
        runtime=lambda_.Runtime.PYTHON_3_13,
        timeout=Duration.minutes(11),
    )
    for function in (changed, singleton):
        with pytest.raises(PipelineError, match="function: its timeout is 11 minutes; at most 10 minutes are allowed"):
            LambdaStep(pipeline, function.node.id, function=function)
    resource.timeout = cdk.Token.as_number({"Ref": "Limit"})
    LambdaStep(pipeline, "Token", function=changed)


@pytest.mark.parametrize("seconds", [600, 660])
def test_a_time_limit_that_is_changed_later(
    pipeline: Pipeline, stack: cdk.Stack, handler: LambdaHandler, seconds: int
) -> None:
    given = LambdaStep(pipeline, "Given", function=function_of(stack))
    made = LambdaStep(pipeline, "Made", handler=handler)
    for step in (given, made):
        resource = step.lambda_function.node.default_child
        assert isinstance(resource, lambda_.CfnFunction)
        resource.timeout = seconds
    text = "FunctionArn: {}: its timeout is 11 minutes; at most 10 minutes are allowed [timeout]"
    expected = [
        f"step 'Given': {text.format('function')} (at Stack/P/Given)",
        f"step 'Made': {text.format('handler')} (at Stack/P/Made)",
    ]
    assert errors(pipeline) == (expected if seconds == 660 else [])


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "give exactly one of function and handler"),
        (
            {"function": ARN},
            f"function takes a Lambda function such as lambda_.Function.from_function_arn(...), not '{ARN}'",
        ),
        (
            {"function": Parameter.string("F", default="x")},
            "function takes a Lambda function such as lambda_.Function.from_function_arn(...), "
            "not <Parameter 'Parameters.F'>",
        ),
        ({"handler": "notify.py"}, "handler takes LambdaHandler('functions/notify.py'), not 'notify.py'"),
        (
            {"handler": LambdaHandler("notify.py", timeout=Duration.seconds(601))},
            "handler: its timeout is 10 minutes 1 second; at most 10 minutes are allowed",
        ),
        (
            {"handler": LambdaHandler("notfy.py")},
            "LambdaHandler: there is no file 'notfy.py'; did you mean 'notify.py'?",
        ),
    ],
)
def test_bad_fields(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fields: dict[str, Any], message: str
) -> None:
    (tmp_path / "notify.py").write_text(CODE)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PipelineError) as error:
        LambdaStep(pipeline, "Call", **fields)
    assert str(error.value) == f"LambdaStep '{pipeline.node.path}/Call': {message}"


def test_both_a_function_and_code(pipeline: Pipeline, function: lambda_.IFunction, handler: LambdaHandler) -> None:
    with pytest.raises(PipelineError, match="give exactly one of function and handler"):
        LambdaStep(pipeline, "Call", function=function, handler=handler)


def test_a_function_of_an_expression(pipeline: Pipeline, stack: cdk.Stack) -> None:
    function = lambda_.Function.from_function_arn(stack, "F", f"{ARN}{Parameter.string('F', default='q')}")
    with pytest.raises(PipelineError) as error:
        LambdaStep(pipeline, "Call", function=function)
    shown = f"function: the ARN '{ARN}{{Parameters.F}}' must be literal, the service substitutes no value there"
    assert str(error.value).endswith(shown)
