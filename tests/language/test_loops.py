"""The rules of for-each steps."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_sagemaker_pipelines.language import check
from cdk_sagemaker_pipelines.language.loops import loop_of, result_of
from cdk_sagemaker_pipelines.properties.service_model import Model

from .support import condition, definition, errors, get, reads, step, texts

TRAIN = step("Train")
BY_TRAIN = {"Pick": "MaxBy", "Field": get("IterationOutput.Train.TrainingTimeInSeconds")}


def loop(*body: dict[str, Any], name: str = "Each", items: Any = ("a", "b"), **more: Any) -> dict[str, Any]:
    items = list(items) if isinstance(items, tuple) else items
    return step(name, "ForEach", {"IterableItems": items, "MaxConcurrency": 2, **more, "ForEachBody": list(body)})


def found(*steps: dict[str, Any]) -> list[str]:
    """What is found but for the arguments of the jobs, which are empty here."""
    return [text for text in errors(*steps, model=Model()) if not text.endswith(("[argument]", "[expression-type]"))]


@pytest.mark.parametrize(
    "path",
    [
        "Steps.Each.Status",
        "Steps.Each.InputItemCount",
        "Steps.Each.IterationOutputs[0].Train.ModelArtifacts.S3ModelArtifacts",
        "Steps.Each.IterationOutputs[1]['Train'].TrainingJobName",
        "Steps.Each.Selected.ModelArtifacts.S3ModelArtifacts",
    ],
)
def test_what_can_be_read(path: str) -> None:
    assert found(loop(TRAIN, Selector=BY_TRAIN), reads("After", path)) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "Steps.Each.Statu",
            "but 'Statu' is not a property of a ForEach step; did you mean 'Status'? [unknown-property]",
        ),
        (
            "Steps.Each.IterationOutputs",
            "but results are read as IterationOutputs[0].<step of the body>.<property> [unknown-property]",
        ),
        (
            "Steps.Each.IterationOutputs[0]",
            "but results are read as IterationOutputs[0].<step of the body>.<property> [unknown-property]",
        ),
        (
            "Steps.Each.IterationOutputs[0].Train",
            "but results are read as IterationOutputs[0].<step of the body>.<property> [unknown-property]",
        ),
        (
            "Steps.Each.IterationOutputs.Train.TrainingJobName",
            "but results are read as IterationOutputs[0].<step of the body>.<property> [unknown-property]",
        ),
        (
            "Steps.Each.IterationOutputs[0].Trian.TrainingJobName",
            "but the body of 'Each' has no step 'Trian'; did you mean 'Train'? [unknown-property]",
        ),
        (
            "Steps.Each.IterationOutputs[0].Train.TrainingJobNam",
            "but 'TrainingJobNam' is not a property of a Training step; did you mean 'TrainingJobName'? "
            "[unknown-property]",
        ),
        (
            "Steps.Each.IterationOutputs[2].Train.TrainingJobName",
            "but 'Each' has 2 items, counted from 0 [unknown-property]",
        ),
        ("Steps.Each.Selected.TrainingJobName", "but 'Each' has no selector [unknown-property]"),
        (
            "Steps.Train.TrainingJobName",
            "but 'Train' is in the body of for-each 'Each' and runs once per item; read its results from the "
            "for-each: IterationOutputs or Selected, in code .result() or .selected() [for-each-outside]",
        ),
        (
            "ForEach.CurrentItem.name",
            "but it is not in the body of a for-each, and only there is a current item [for-each-item]",
        ),
        ("IterationOutput.Train.TrainingJobName", "which only the selector of a for-each can do [for-each-item]"),
    ],
)
def test_what_cannot_be_read(path: str, text: str) -> None:
    assert found(loop(TRAIN), reads("After", path)) == [
        f"step 'After': Arguments.Environment.v0: it reads {path!r}, {text}"
    ]


def test_what_a_selected_step_does_not_have() -> None:
    (text,) = found(loop(TRAIN, Selector=BY_TRAIN), reads("After", "Steps.Each.Selected.ModelArtifact"))
    assert text == (
        "step 'After': Arguments.Environment.v0: it reads 'Steps.Each.Selected.ModelArtifact', but 'ModelArtifact' is "
        "not a property of a Training step; did you mean 'ModelArtifacts'? [unknown-property]"
    )


def test_items_are_of_the_steps_of_the_body() -> None:
    body = [
        reads("One", "ForEach.CurrentItem", "ForEach.CurrentItem.a['b'][0]"),
        reads("Two", "Steps.One.TrainingJobName"),
    ]
    lists = step("List", "Callback", SqsQueueUrl="u", OutputParameters=[{"OutputName": "x", "OutputType": "String"}])
    assert found(loop(*body, items=get("Steps.List.OutputParameters['x']")), lists) == []
    assert found(loop(reads("One", "ForEach.Item.a"))) == [
        "step 'One': Arguments.Environment.v0: it reads 'ForEach.Item.a', but a for-each only provides "
        "'ForEach.CurrentItem' [for-each-item]"
    ]
    assert found(loop(TRAIN, items=[get("ForEach.CurrentItem")])) == [
        "step 'Each': Arguments.IterableItems[0]: it reads 'ForEach.CurrentItem', but it is not in the body of a "
        "for-each, and only there is a current item [for-each-item]"
    ]


def test_an_item_in_the_head_of_the_document() -> None:
    config = {"ExperimentName": get("ForEach.CurrentItem"), "TrialName": "t"}
    assert errors(step("Train"), PipelineExperimentConfig=config) == [
        "PipelineExperimentConfig.ExperimentName: it reads 'ForEach.CurrentItem', but it is not in the body of a "
        "for-each, and only there is a current item [for-each-item]"
    ]


@pytest.mark.parametrize("field", ["x", get("Steps.Train.TrainingJobName"), get("Parameters.P"), {"Get": 5}, None])
def test_a_selector_compares_an_output_of_the_body(field: Any) -> None:
    texts = found(loop(TRAIN, Selector={"Pick": "MaxBy", "Field": field}))
    assert (
        "step 'Each': Arguments.Selector.Field: it must read an output of a body's step, IterationOutput.<step>.<path>"
        f", not {field!r} [for-each-selector]"
    ) in texts


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Trian.X", "but the body has no step 'Trian'; did you mean 'Train'?"),
        ("Train", "but must read one of the properties of 'Train'"),
        (
            "Train.TrainingTime",
            "but 'TrainingTime' is not a property of a Training step; did you mean 'TrainingTimeInSeconds'?",
        ),
    ],
)
def test_what_a_selector_cannot_compare(path: str, text: str) -> None:
    selector = {"Pick": "MinBy", "Field": get(f"IterationOutput.{path}")}
    assert found(loop(TRAIN, Selector=selector)) == [
        f"step 'Each': Arguments.Selector.Field: it reads 'IterationOutput.{path}', {text} [for-each-item]"
    ]


def test_what_cannot_stand_in_a_body() -> None:
    is_x = {"Type": "Equals", "LeftValue": get("ForEach.CurrentItem"), "RightValue": "x"}
    assert found(
        loop(
            condition("Check", is_x, if_steps=[reads("Deep", "ForEach.CurrentItem")]),
            step("Stop", "Fail"),
            loop(TRAIN, name="Inner"),
        )
    ) == [
        f"step '{name}': a {kind} step cannot be in the body of a for-each, as it is in 'Each' [for-each-body]"
        for name, kind in (("Check", "Condition"), ("Stop", "Fail"), ("Inner", "ForEach"))
    ]


def test_names_of_runs() -> None:
    assert found(loop(TRAIN), step("Train-12"), step("Train-x"), step("Train-"), step("Other-1")) == [
        "step 'Train-12': Name: it has the name of a run: 'Train' is in the body of for-each 'Each' and runs as "
        "'Train-0', 'Train-1' and so on [duplicate-step]"
    ]


def test_names_of_bodies_are_unique_too() -> None:
    assert found(loop(TRAIN), loop(step("Train", DisplayName="T"), name="Other")) == [
        "step 'Train': Name: two steps have this name: one in ForEachBody of 'Each', one in ForEachBody of 'Other'; "
        "names must be unique in the whole pipeline [duplicate-step]"
    ]


def test_a_step_outside_cannot_wait_for_one_inside() -> None:
    outside = "but 'Train' is in the body of for-each 'Each' and runs once per item; let it depend on the for-each"
    inside, there, out = (step(name, DependsOn=["Train"]) for name in ("Next", "There", "Out"))
    assert found(loop(TRAIN, inside), loop(there, name="Other"), out) == [
        f"step '{name}': DependsOn: it depends on 'Train', {outside} [for-each-outside]" for name in ("There", "Out")
    ]


def test_the_step_that_a_result_comes_from() -> None:
    document = definition(loop(TRAIN, reads("Next"), Selector=BY_TRAIN), step("Out"))
    each, train = document.step("Each"), document.step("Train")
    assert loop_of(train) is each
    assert loop_of(each) is loop_of(document.step("Out")) is None
    assert result_of(each, ("IterationOutputs", 0, "Train", "A", "B")) == (train, ("A", "B"))
    assert result_of(each, ("Selected", "A")) == (train, ("A",))
    assert result_of(each, ("Status",)) is None
    assert result_of(each, ("IterationOutputs", 0, "None", "A")) is None
    assert result_of(train, ("Selected", "A")) is None
    assert check(definition(loop(reads("Next"))), None) == []


def doubts(*steps: dict[str, Any]) -> list[str]:
    return texts([one for one in check(definition(*steps), Model()) if one.code.startswith("for-each")], "warning")


def test_what_all_runs_write_or_name() -> None:
    outside = step("Out", "Processing")
    writes = step("Write", "Transform", {"TransformOutput": {"S3OutputPath": get("Steps.Out.ProcessingJobName")}})
    named = step("Conf", "EndpointConfig", {"EndpointConfigName": "c"})
    assert doubts(outside, loop(writes, named)) == [
        "step 'Write': Arguments.TransformOutput.S3OutputPath: it is written by all runs of the body of for-each "
        "'Each'; put a value of the item into it, such as ForEach.CurrentItem [for-each-shared]",
        "step 'Conf': Arguments.EndpointConfigName: it is the name of all runs of the body of for-each 'Each'; "
        "put a value of the item into it, such as ForEach.CurrentItem [for-each-shared]",
    ]
    apart = step("Write", "Transform", {"TransformOutput": {"S3OutputPath": get("Steps.Conf.EndpointConfigName")}})
    assert doubts(loop(apart, reads("Conf"))) == []


def members(path: str, *items: Any) -> list[str]:
    one = check(definition(loop(reads("One", f"ForEach.CurrentItem{path}"), items=items)), Model())
    return [str(finding).partition(", but ")[2] for finding in one if finding.code == "for-each-member"]


def test_members_that_items_do_not_have() -> None:
    assert members(".dpeth", {"depth": 3}) == [
        "no item of for-each 'Each' has it; did you mean 'depth'? [for-each-member]"
    ]
    assert members(".x", '{"depth": 3}') == ["no item of for-each 'Each' has it; there are 'depth' [for-each-member]"]
    assert members(".x", {}) == ["no item of for-each 'Each' has it [for-each-member]"]
    assert members(".x", "text") == ["no item of for-each 'Each' has it; 'text' has no members [for-each-member]"]
    assert members(".x", {"x": 1}, {"y": 1}) == ["item 1 of 'Each' does not; there are 'y' [for-each-member]"]
    assert members("[1]", "[1]", "[1, 2]") == ["item 0 of 'Each' does not [for-each-member]"]
    assert members("[1]", "[1, 2]", get("Parameters.P")) == []
