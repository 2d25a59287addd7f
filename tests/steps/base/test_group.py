"""Groups of steps: the same steps several times, waiting and waited for as one."""

# mypy: disable-error-code="arg-type, list-item"

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest

from cdk_sagemaker_pipelines import (
    ConditionStep,
    Definition,
    FailStep,
    Image,
    Parameter,
    Pipeline,
    PipelineError,
    StepGraph,
    StepGroup,
    StepScope,
    TrainingStep,
)
from tests.steps.support import IMAGE, errors, get, processing, rendered

LIMIT = Parameter.float("MaxError", default=6.0)


class Retrain(StepGroup):
    """Prepares data, trains on it and judges the model; fails the execution when the model is not good enough."""

    def __init__(self, scope: StepScope, construct_id: str, *, data: str, **options: Any) -> None:
        super().__init__(scope, construct_id, **options)
        self.prepare = processing(self, "Prepare", inputs={"raw": data}, outputs=["train", "test"])
        self.train = TrainingStep(
            self,
            "Train",
            image=Image.from_uri(IMAGE),
            instance_type="ml.m5.large",
            inputs={"train": self.prepare.output("train")},
        )
        evaluate = processing(
            self,
            "Evaluate",
            inputs={"model": self.train.model_artifacts, "test": self.prepare.output("test")},
            outputs=["report"],
        )
        error = evaluate.property_file("report", "report.json").number("error")
        self.check = ConditionStep(self, "Check", condition=error <= LIMIT)
        self.good = processing(self.check.if_steps, "Good")
        FailStep(self.check.else_steps, "TooBad", message=f"{error} is above {LIMIT}")


def names(pipeline: Pipeline) -> list[str]:
    return [step.name for step in pipeline.definition.all_steps()]


def waits(pipeline: Pipeline) -> dict[str, Any]:
    """The written dependencies by step, where there are some."""
    return {step.name: step.json["DependsOn"] for step in pipeline.definition.all_steps() if "DependsOn" in step.json}


# -- the same steps twice ----------------------------------------------------------------------------------------------


def test_the_same_group_twice_in_one_pipeline(stack: cdk.Stack) -> None:
    pipeline = Pipeline(stack, "P", pipeline_name="P")
    north = Retrain(pipeline, "North", data="s3://data/north/")
    south = Retrain(pipeline, "South", data="s3://data/south/")
    own = ["Prepare", "Train", "Evaluate", "Check", "Good", "TooBad"]
    assert names(pipeline) == [f"{group}-{name}" for group in ("North", "South") for name in own]
    assert [step.name for step in north.step_list()] == [
        "North-Prepare",
        "North-Train",
        "North-Evaluate",
        "North-Check",
    ]
    assert south.train.path == south.train.node.path == "Stack/P/South/Train"
    assert south.check.if_steps.step_list() == [south.good]
    read = rendered(south.train)["Arguments"]["InputDataConfig"][0]["DataSource"]["S3DataSource"]["S3Uri"]
    assert read == get("Steps.South-Prepare.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri")
    assert errors(pipeline) == []
    graph = StepGraph(Definition(pipeline.definition.json))
    assert graph.predecessors("South-Evaluate") == ("South-Train", "South-Prepare")
    assert not {name for name in graph.predecessors("South-Check") if name.startswith("North")}


def test_a_pipeline_with_the_same_group_twice_is_synthesized(stack: cdk.Stack) -> None:
    pipeline = Pipeline(stack, "P", pipeline_name="P")
    Retrain(pipeline, "North", data="s3://data/north/")
    Retrain(pipeline, "South", data="s3://data/south/", depends_on=())
    template = cdk.assertions.Template.from_stack(stack)
    template.resource_count_is("AWS::SageMaker::Pipeline", 1)
    template.resource_count_is("AWS::IAM::Role", 9)  # the pipeline's, and four jobs of each group


@pytest.mark.parametrize(("prefix", "name"), [(None, "North-A"), ("n_", "n_A"), ("", "A")])
def test_the_prefix_can_be_chosen(prefix: str | None, name: str, pipeline: Pipeline) -> None:
    group = StepGroup(pipeline, "North", prefix=prefix)
    assert processing(group, "A").name == name
    assert processing(group, "B", step_name="C").name == name.replace("A", "C")


def test_groups_nest(pipeline: Pipeline) -> None:
    outer = StepGroup(pipeline, "Outer")
    processing(outer, "A")
    inner = StepGroup(outer, "Inner")
    processing(inner, "B")
    processing(StepGroup(inner, "Plain", prefix=""), "C")
    processing(outer, "D")
    assert names(pipeline) == ["Outer-A", "Outer-Inner-B", "Outer-Inner-C", "Outer-D"]
    assert [step.name for step in inner.step_list()] == ["Outer-Inner-B", "Outer-Inner-C"]
    assert errors(pipeline) == []


def test_a_group_in_a_branch_and_a_branch_in_a_group(pipeline: Pipeline) -> None:
    check = ConditionStep(pipeline, "Check", condition=LIMIT > 1)
    group = Retrain(check.if_steps, "North", data="s3://data/")
    assert [step.name for step in check.inner_steps()] == [
        f"North-{n}" for n in ("Prepare", "Train", "Evaluate", "Check")
    ]
    assert [step.name for step in pipeline.step_list()] == ["Check"]
    definition = pipeline.definition
    parent = definition.step("North-Good").parent
    assert parent is not None
    assert parent.name == "North-Check"
    assert [step.name for step in definition.step("Check").if_steps][-1] == group.check.name
    assert errors(pipeline) == []


# -- waiting -----------------------------------------------------------------------------------------------------------


def test_what_waits_for_a_group_waits_for_all_its_steps(pipeline: Pipeline) -> None:
    group = StepGroup(pipeline, "G")
    first = processing(group, "A")
    after = processing(pipeline, "After", depends_on=[group])
    later = processing(pipeline, "Later")
    later.add_dependency(first, group)
    # declared after it was named
    processing(StepGroup(group, "Inner"), "B")
    check = ConditionStep(group, "Check", condition=LIMIT > 1)
    processing(check.if_steps, "Deep")
    FailStep(group, "Stop")
    everything = ["G-A", "G-Inner-B", "G-Check"]
    assert waits(pipeline) == {"After": everything, "Later": everything}
    assert after.depends_on == (group,)
    assert errors(pipeline) == []


def test_a_group_waits_with_all_its_steps(pipeline: Pipeline) -> None:
    first, second, third = (processing(pipeline, name) for name in ("First", "Second", "Third"))
    group = StepGroup(pipeline, "G", depends_on=[first])
    processing(group, "A", depends_on=[third])
    inner = StepGroup(group, "Inner")
    processing(inner, "B")
    group.add_dependency(second)
    check = ConditionStep(inner, "Check", condition=LIMIT > 1)
    processing(check.if_steps, "Deep")
    third.on_failure(inner)
    both = ["First", "Second"]
    failed = {"Step": "Third", "Trigger": "Failed"}
    assert waits(pipeline) == {
        "G-A": ["Third", *both],
        "G-Inner-B": [failed, *both],
        # a step in a branch waits by its condition
        "G-Inner-Check": [failed, *both],
    }
    assert errors(pipeline) == []


def test_a_group_waits_for_a_group(pipeline: Pipeline) -> None:
    north = Retrain(pipeline, "North", data="s3://data/north/")
    Retrain(pipeline, "South", data="s3://data/south/", depends_on=[north])
    everything = [f"North-{name}" for name in ("Prepare", "Train", "Evaluate", "Check")]
    assert waits(pipeline) == {f"South-{name}": everything for name in ("Prepare", "Train", "Evaluate", "Check")}
    assert errors(pipeline) == []


# -- what cannot be ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("write", "text"),
    [
        (
            lambda p: StepGroup(None, "G"),
            "StepGroup 'G': the scope must be a Pipeline, a StepGroup or a branch such as check.if_steps, not None",
        ),
        (
            lambda p: StepGroup(p, "G h"),
            "StepGroup 'Stack/P/G h': the prefix 'G h-' of the steps' names must have letters, digits, '-' or '_'; "
            "give prefix= when the construct's id must differ",
        ),
        (
            lambda p: StepGroup(p, "G", prefix=f"{LIMIT}"),
            "StepGroup 'Stack/P/G': the prefix '{Parameters.MaxError}' of the steps' names must have letters, digits, "
            "'-' or '_'; give prefix= when the construct's id must differ",
        ),
        (
            lambda p: (StepGroup(p, "G"), StepGroup(p, "G")),
            "StepGroup 'Stack/P/G': its scope has a construct 'G' already; give another id, and prefix= for the "
            "names of its steps",
        ),
        (
            lambda p: StepGroup(p, "Role"),
            "StepGroup 'Stack/P/Role': its scope has a construct 'Role' already; give another id, and prefix= for the "
            "names of its steps",
        ),
        (
            lambda p: StepGroup(p, "G", depends_on=processing(p, "A")),
            "StepGroup 'Stack/P/G': depends_on must be a list, not <ProcessingStep 'A'>",
        ),
        (
            lambda p: StepGroup(p, "G", depends_on=["A"]),
            "StepGroup 'Stack/P/G': depends_on takes steps and groups of steps, not 'A'",
        ),
        (
            lambda p: (lambda g: g.add_dependency(processing(g, "A")))(StepGroup(p, "G")),
            "StepGroup 'Stack/P/G': it cannot depend on 'G-A', which is inside it",
        ),
        (
            lambda p: (lambda g: processing(StepGroup(g, "I"), "A", depends_on=[g]))(StepGroup(p, "G")),
            "ProcessingStep 'Stack/P/G/I/A': it cannot depend on 'G', which contains it",
        ),
        (
            lambda p: (lambda g: g.add_dependency(g))(StepGroup(p, "G")),
            "StepGroup 'Stack/P/G': it cannot depend on itself",
        ),
        (
            lambda p: processing(p, "A", depends_on=[p]),
            "ProcessingStep 'Stack/P/A': depends_on takes steps and groups of steps, not a Pipeline",
        ),
        (
            lambda p: (p.host.seal(), StepGroup(p, "G")),
            "StepGroup 'Stack/P/G': it cannot be added: pipeline 'P' has been synthesized and cannot be changed any "
            "more",
        ),
    ],
)
def test_refused_when_it_is_written(write: Any, text: str, pipeline: Pipeline) -> None:
    with pytest.raises(PipelineError) as error:
        write(pipeline)
    assert str(error.value).startswith(text)


@pytest.mark.parametrize("name", ["on_failure", "on_stop", "on_end"])
def test_no_end_of_a_group_starts_something(name: str, pipeline: Pipeline) -> None:
    group = StepGroup(pipeline, "G")
    processing(group, "A")
    with pytest.raises(PipelineError) as error:
        getattr(group, name)(processing(pipeline, "Tell"))
    assert str(error.value) == (
        f"StepGroup 'Stack/P/G': a group has no {name}: the service knows the ends of single steps, and what waits for "
        "several waits for all of them; write it for each step that counts, such as 'G-A', with followers of its own"
    )


def test_an_empty_group_cannot_be_waited_for(pipeline: Pipeline) -> None:
    processing(pipeline, "A", depends_on=[StepGroup(pipeline, "G")])
    assert errors(pipeline) == [
        "step 'A': DependsOn: it depends on group 'G', which has no step [empty-group] (at Stack/P/A)"
    ]


def test_the_same_group_twice_with_one_prefix(pipeline: Pipeline) -> None:
    for name in ("North", "South"):
        processing(StepGroup(pipeline, name, prefix=""), "A")
    (text,) = errors(pipeline)
    assert text.startswith("step 'A': several steps have the name: Stack/P/North/A, Stack/P/South/A; names are unique")
