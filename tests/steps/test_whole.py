"""A constructor that fails leaves nothing behind, for a program that catches the error and goes on."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sqs as sqs
from aws_cdk.assertions import Template

from cdk_sagemaker_pipelines import (
    CallbackStep,
    ConditionStep,
    EmrServerlessApplication,
    FailStep,
    ForEachStep,
    Image,
    LambdaHandler,
    NotebookJobStep,
    Parameter,
    Pipeline,
    PipelineError,
    ProcessingStep,
    Script,
    SourceDir,
    Step,
    StepGroup,
    TrainingStep,
)
from tests.steps.full import CODE, beside, full
from tests.steps.least import CLASSES
from tests.steps.support import ACCOUNT, JOB, REGION, processing, rendered

pytestmark = pytest.mark.usefixtures("working_directory")


@pytest.fixture(autouse=True)
def answer(working_directory: None) -> None:
    Path("code/answer.py").write_text(CODE, encoding="utf-8")


def stack_in(folder: Path) -> cdk.Stack:
    app = cdk.App(outdir=str(folder / "cdk.out"), analytics_reporting=False)
    return cdk.Stack(app, "Stack", env=cdk.Environment(account=ACCOUNT, region=REGION))


class Late(Exception):
    """Of the very end of a constructor."""


def fail(_: Any) -> None:
    raise Late


def known(pipeline: Pipeline) -> list[dict[str, str]]:
    """All that a pipeline knows beside constructs."""
    return [{name: repr(value) for name, value in vars(thing).items()} for thing in (pipeline, *pipeline.host.memory())]


def paths(stack: cdk.Stack) -> set[str]:
    return {construct.node.path for construct in stack.node.find_all()}


def test_no_step_leaves_anything_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that each class can make around itself, with an error that is the last thing to happen."""
    stacks = [stack_in(tmp_path / name) for name in ("failing", "calm")]
    (failing, calm), left = [Pipeline(stack, "P") for stack in stacks], []
    for kind in CLASSES:
        others = [beside(kind, cast("Pipeline", StepGroup(pipeline, kind.__name__))) for pipeline in (failing, calm)]
        arguments = StepGroup(failing, f"{kind.__name__}Failing")
        before, knew = paths(stacks[0]), known(failing)
        with monkeypatch.context() as patch:
            patch.setattr(kind, "_finish", fail)
            with pytest.raises(Late):
                full(kind, cast("Pipeline", arguments), others[0])
        # what the test itself hands over
        given = tuple(f"{arguments.node.path}/{name}" for name in ("Vpc", "Function"))
        left += [path for path in paths(stacks[0]) - before if not path.startswith(given)]
        left += [f"{kind.__name__}: {a} {b}" for a, b in zip(known(failing), knew, strict=True) if a != b]
    assert left == []
    assert Template.from_stack(stacks[0]).to_json() == Template.from_stack(stacks[1]).to_json()


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        (TrainingStep, {"hyperparameters": {"sagemaker_x": 1}}),
        (TrainingStep, {"environment": {"A": object()}}),
        (NotebookJobStep, {"parameters": {"a": object()}, "notebook": "code/train.py"}),
    ],
    ids=["before-the-code", "of-the-request", "of-deployed-files"],
)
def test_the_same_name_can_be_tried_again(kind: type[Step], wrong: dict[str, Any], stack: cdk.Stack) -> None:
    pipeline = Pipeline(stack, "P")
    given = {**JOB, **({} if kind is NotebookJobStep else {"source": SourceDir("code", entry_point="train.py")})}
    with pytest.raises(PipelineError):
        kind(pipeline, "T", **{**given, **wrong})
    again = TrainingStep(pipeline, "T", **JOB)
    assert pipeline.step_list() == [again]
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::S3::Bucket", 1)
    template.resource_count_is("AWS::IAM::Role", 2)
    template.resource_count_is("Custom::CDKBucketDeployment", 0)
    template.resource_count_is("AWS::Lambda::Function", 0)
    assert "s3:GetObject" not in str(template.find_resources("AWS::IAM::Policy"))


class Loud(TrainingStep):
    """A class of the user's own that fails when the library's part is done."""

    def __init__(self, scope: Any, construct_id: str, **fields: Any) -> None:
        super().__init__(scope, construct_id, **JOB, **fields)
        raise Late


class Retrain(StepGroup):
    """A group whose second step fails. Its first one, and what it does elsewhere, go too."""

    def __init__(
        self, scope: Any, construct_id: str, pipeline: Pipeline, other: Step, make: Callable[[Any], Any]
    ) -> None:
        super().__init__(scope, construct_id)
        first = TrainingStep(self, "First", **JOB)
        TrainingStep(pipeline, f"Shared{construct_id}", **JOB)
        other.add_dependency(first)
        check = ConditionStep(self, "Check", condition=Parameter.integer("N", default=1) > 0)
        FailStep(check.if_steps, "Stop")
        with suppress(Late):
            Loud(check.else_steps, "Caught")
        make(self)


def nested(group: Any) -> None:
    Retrain(group, "Inner", group.outer, TrainingStep(group, "Second", **JOB), fail)


@pytest.mark.parametrize(
    "make",
    [
        lambda group: Loud(group, "Second"),
        lambda group: fail(group),
        lambda group: Loud(ForEachStep(group, "Each", items=["a"], max_concurrency=1).body, "Second"),
        lambda group: FailStep(ForEachStep(group, "Each", items=["a"], max_concurrency=1).body, "Second"),
        nested,
    ],
)
@pytest.mark.parametrize("inside", ["pipeline", "group", "branch", "body"])
def test_no_group_leaves_anything_behind(make: Callable[[Any], Any], inside: str, pipeline: Pipeline) -> None:
    scopes: dict[str, Callable[[], Any]] = {
        "pipeline": lambda: pipeline,
        "group": lambda: StepGroup(pipeline, "Around"),
        "branch": lambda: ConditionStep(pipeline, "If", condition=Parameter.integer("M", default=1) > 0).if_steps,
        "body": lambda: ForEachStep(pipeline, "Around", items=["a"], max_concurrency=1).body,
    }
    scope = scopes[inside]()
    other = processing(pipeline, "Other")
    stack = cdk.Stack.of(pipeline)
    before, knew, definition = paths(stack), known(pipeline), pipeline.definition.json
    with pytest.raises((Late, PipelineError)):
        Retrain(scope, "North", pipeline, other, make)
    assert paths(stack) == before
    assert known(pipeline) == knew
    assert pipeline.definition.json == definition
    assert rendered(TrainingStep(scope, "North", **JOB))["Name"].endswith("North")


def test_what_stood_before_stays(pipeline: Pipeline) -> None:
    """An id that is taken fails too; what has it is not the failing step's."""
    first = processing(pipeline, "A")
    with pytest.raises(PipelineError, match="has a construct 'A' already"):
        TrainingStep(pipeline, "A", **JOB)
    assert pipeline.node.find_child("A") is first
    assert pipeline.step_list() == [first]


def test_a_name_that_is_taken_leaves_the_permissions_of_the_first(stack: cdk.Stack) -> None:
    pipeline = Pipeline(stack, "P", pipeline_name="P")
    source = SourceDir("code", entry_point="train.py")
    TrainingStep(pipeline, "A", **JOB, source=source)
    knew = known(pipeline)
    with pytest.raises(Late):
        Loud(pipeline, "B", step_name="A", source=source)
    assert known(pipeline) == knew


def test_a_pipeline_that_fails_leaves_nothing(stack: cdk.Stack) -> None:
    before, empty = paths(stack), {"Version": "2020-12-01", "Steps": []}
    with pytest.raises(PipelineError):
        Pipeline(stack, "P", pipeline_name="no name")
    with pytest.raises(PipelineError):
        Pipeline.from_definition(stack, "P", definition=empty, images={"x": Image.from_uri("y")})
    assert paths(stack) == before
    FailStep(Pipeline(stack, "P"), "Stop")
    assert len(Template.from_stack(stack).find_resources("AWS::SageMaker::Pipeline")) == 1


def test_an_application_that_fails_leaves_nothing(stack: cdk.Stack) -> None:
    before = paths(stack)
    with pytest.raises(PipelineError):
        EmrServerlessApplication(stack, "Spark", release_label="emr-7.10.0", maximum_cpu="4 vCPU")
    assert paths(stack) == before


@pytest.mark.parametrize("given", [False, True])
def test_a_worker_that_fails_leaves_nothing(given: bool, stack: cdk.Stack) -> None:
    """Here CDK refuses, in the middle of the function."""
    pipeline = Pipeline(stack, "P")
    queue = sqs.Queue(stack, "Q", visibility_timeout=cdk.Duration.hours(1)) if given else None
    step = CallbackStep(pipeline, "Ask", queue=queue)
    before, knew, resource = paths(stack), known(pipeline), step.callback_queue.node.default_child
    assert isinstance(resource, sqs.CfnQueue)
    hidden = resource.visibility_timeout
    with pytest.raises(RuntimeError):
        step.add_worker(LambdaHandler("code/answer.py", environment={"AWS_REGION": "eu-west-1"}))
    assert paths(stack) == before
    assert known(pipeline) == knew
    assert resource.visibility_timeout == hidden
    step.add_worker(LambdaHandler("code/answer.py"))


def test_only_what_fails_is_undone(pipeline: Pipeline) -> None:
    made = []
    for number in range(3):
        with suppress(Late):
            Loud(pipeline, f"Loud{number}")
        made.append(FailStep(pipeline, f"Stop{number}"))
    assert pipeline.step_list() == made


def test_what_puts_files_into_place_goes_with_its_step(pipeline: Pipeline) -> None:
    stack, other = cdk.Stack.of(pipeline), processing(pipeline, "Other")
    before, knew = paths(stack), known(pipeline)

    def make(group: Any) -> None:
        NotebookJobStep(group, "Report", **JOB, notebook="code/train.py")
        assert len(pipeline.host._deployed_after) == 1
        raise Late

    with pytest.raises(Late):
        Retrain(pipeline, "North", pipeline, other, make)
    assert paths(stack) == before
    assert known(pipeline) == knew


@pytest.mark.parametrize("wrong", [{"script": Script("nope.py")}, {"vpc": "x"}], ids=["script", "vpc"])
def test_the_table_of_registries_goes_with_its_step(wrong: dict[str, Any]) -> None:
    stack = cdk.Stack(cdk.App(), "Anywhere")
    pipeline = Pipeline(stack, "P")
    given: dict[str, Any] = {
        "image": Image.sklearn("1.2-1"),
        "script": Script("code/train.py"),
        "instance_type": "ml.m5.large",
    }
    before = paths(stack)
    with pytest.raises(PipelineError):
        ProcessingStep(pipeline, "A", **{**given, **wrong})
    assert paths(stack) == before
    ProcessingStep(pipeline, "A", **given)
    with pytest.raises(PipelineError):
        ProcessingStep(pipeline, "B", **{**given, **wrong})
    Template.from_stack(stack).has_mapping("Sklearn1Images", {})
