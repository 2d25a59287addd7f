"""For-each steps: items, body, item, selector and results."""

# mypy: disable-error-code="arg-type, call-arg, dict-item, func-returns-value, index, list-item"

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from cdk_sagemaker_pipelines import (
    AutoMLStep,
    CallbackStep,
    ConditionStep,
    DataQualityCheck,
    DatasetFormat,
    EndpointConfigStep,
    FailStep,
    ForEachStep,
    Image,
    Parameter,
    Pipeline,
    PipelineError,
    ProductionVariant,
    QualityCheckStep,
    RawStep,
    S3Location,
    StepGraph,
    StepGroup,
    TrainingStep,
)
from tests.steps.bad import Case, Write, cases, found, refused, transform
from tests.steps.support import IMAGE, arguments, errors, findings, get, join, processing, rendered

DEPTHS = Parameter.string("Depths", default='["3", "6"]')
PREFIX = Parameter.string("Prefix", default="p")


def loop(scope: Any, name: str = "Each", **fields: Any) -> ForEachStep:
    return ForEachStep(scope, name, **{"items": ["a", "b"], "max_concurrency": 2, **fields})


def train(scope: Any, name: str = "Train", **fields: Any) -> TrainingStep:
    return TrainingStep(scope, name, image=Image.from_uri(IMAGE), instance_type="ml.m5.large", **fields)


def config(scope: Any, **fields: Any) -> EndpointConfigStep:
    variant = ProductionVariant("m", instance_type="ml.m5.large")
    return EndpointConfigStep(scope, "Config", variants=[variant], **fields)


# -- what is written ---------------------------------------------------------------------------------------------------


def test_every_field(pipeline: Pipeline) -> None:
    each = loop(
        pipeline,
        step_name="Each-One",
        items=["x", 1, 2.5, True, PREFIX, f"{PREFIX}/x", {"depth": 3, "tags": ["a", None], "name": PREFIX}],
        max_concurrency=50,
    )
    step = train(
        each.body,
        hyperparameters={"depth": each.item.depth, "path": f"{PREFIX}-{each.item['a b']}", "deep": each.item.a["b"][0]},
    )
    each.select_min_by(step.properties.final_metric_data_list["validation:rmse"].value)
    document = rendered(each)
    (body,) = document["Arguments"].pop("ForEachBody")
    assert document == {
        "Name": "Each-One",
        "Type": "ForEach",
        "Arguments": {
            "IterableItems": [
                "x",
                1,
                2.5,
                True,
                get("Parameters.Prefix"),
                join(get("Parameters.Prefix"), "/x"),
                join('{"depth": 3, "tags": ["a", null], "name": "', get("Parameters.Prefix"), '"}'),
            ],
            "MaxConcurrency": 50,
            "Selector": {
                "Pick": "MinBy",
                "Field": get("IterationOutput.Train.FinalMetricDataList['validation:rmse'].Value"),
            },
        },
    }
    assert (body["Name"], body["Arguments"]["HyperParameters"]) == (
        "Train",
        {
            "depth": get("ForEach.CurrentItem.depth"),
            "path": join(get("Parameters.Prefix"), "-", get("ForEach.CurrentItem['a b']")),
            "deep": get("ForEach.CurrentItem.a['b'][0]"),
        },
    )
    # the members are those of the objects alone
    lack = "but item 0 of 'Each-One' does not; 'x' has no members [for-each-member]"
    assert [text.rpartition(", ")[2] for text in findings(each)] == [lack] * 3


@pytest.mark.parametrize(
    ("items", "written"),
    [
        (DEPTHS, get("Parameters.Depths")),
        (f"{DEPTHS}", get("Parameters.Depths")),
        (f'["{PREFIX}", "b"]', join('["', get("Parameters.Prefix"), '", "b"]')),
        (("a",), ["a"]),
        ([{"n": Parameter.integer("N", default=1)}], [join('{"n": ', get("Parameters.N"), "}")]),
    ],
)
def test_the_fewest_fields(items: Any, written: Any, pipeline: Pipeline) -> None:
    each = ForEachStep(pipeline, "Each", items=items, max_concurrency=1)
    processing(each.body, "Do", environment={"ITEM": each.item})
    found = rendered(each)
    (body,) = found["Arguments"].pop("ForEachBody")
    assert found == {
        "Name": "Each",
        "Type": "ForEach",
        "Arguments": {"IterableItems": written, "MaxConcurrency": 1},
    }
    assert body["Arguments"]["Environment"] == {"ITEM": get("ForEach.CurrentItem")}
    assert findings(each) == []


def test_items_of_a_step(pipeline: Pipeline) -> None:
    ask = CallbackStep(pipeline, "Ask", outputs={"depths": "String"})
    each = loop(pipeline, items=ask.output("depths"))
    processing(each.body, "Do")
    assert arguments(each)["IterableItems"] == get("Steps.Ask.OutputParameters['depths']")
    assert StepGraph(pipeline.definition).order() == ("Ask", "Each", "Do")
    assert findings(each) == []


def test_results_are_typed_references(pipeline: Pipeline) -> None:
    group = StepGroup(pipeline, "Search")
    each = loop(group)
    step = train(each.body)
    answer = CallbackStep(each.body, "Answer", outputs={"score": "Float"})
    each.select_max_by(answer.output("score"))
    found = each.properties
    references = [
        found.status,
        found.input_item_count,
        found.total_step_count,
        found.succeeded_step_count,
        found.failed_step_count,
        found.stopped_step_count,
        found.iteration_outputs[0]["X"],
        each.result(step, 1).model_artifacts.s3_model_artifacts,
        each.result(answer, 0).output_parameters["score"],
        each.selected(answer).output_parameters["score"],
    ]
    assert [reference.to_json()["Get"] for reference in references] == [
        f"Steps.Search-Each.{path}"
        for path in (
            "Status",
            "InputItemCount",
            "TotalStepCount",
            "SucceededStepCount",
            "FailedStepCount",
            "StoppedStepCount",
            "IterationOutputs[0].X",
            # as Steps.Search-Train is: the service writes names of steps behind a dot
            "IterationOutputs[1].Search-Train.ModelArtifacts.S3ModelArtifacts",
            "IterationOutputs[0].Search-Answer.OutputParameters['score']",
            "Selected.OutputParameters['score']",
        )
    ]
    assert arguments(each)["Selector"] == {
        "Pick": "MaxBy",
        "Field": get("IterationOutput.Search-Answer.OutputParameters['score']"),
    }
    after = processing(
        pipeline,
        "After",
        inputs={"one": each.result(step, 1).model_artifacts.s3_model_artifacts},
        environment={"S": each.selected(answer).output_parameters["score"]},
    )
    assert findings(after) == []
    order = StepGraph(pipeline.definition).order()
    assert order == ("Search-Each", "Search-Train", "Search-Answer", "After")


def test_groups_in_a_body_and_a_for_each_in_a_branch(pipeline: Pipeline) -> None:
    check = ConditionStep(pipeline, "Check", condition=PREFIX.equals("p"))
    each = loop(check.if_steps)
    group = StepGroup(each.body, "G")
    inside = processing(group, "A", environment={"ITEM": each.item})
    processing(group, "B", depends_on=[inside])
    assert [step["Name"] for step in arguments(check)["IfSteps"][0]["Arguments"]["ForEachBody"]] == ["G-A", "G-B"]
    assert each.result(inside, 0).processing_job_arn.to_json() == get(
        "Steps.Each.IterationOutputs[0].G-A.ProcessingJobArn"
    )
    assert findings(each) == []


def test_what_waits_for_a_for_each_reads_what_its_role_may(stack: cdk.Stack) -> None:
    pipeline = Pipeline(stack, "P", pipeline_name="P")
    each = loop(pipeline)
    step = train(each.body, output="s3://models/all/")
    each.select_max_by(step.properties.training_time_in_seconds)
    processing(pipeline, "One", inputs={"m": each.result(step, 0).model_artifacts.s3_model_artifacts})
    processing(pipeline, "Best", inputs={"m": each.selected(step).model_artifacts.s3_model_artifacts})
    resources = Template.from_stack(stack).to_json()["Resources"].values()
    policies = [json.dumps(one) for one in resources if one["Type"].startswith("AWS::IAM::")]
    assert len([text for text in policies if ":s3:::models/all/*/output/model.tar.gz" in text]) == 2


def test_each_run_of_a_processing_job_has_its_own_place(stack: cdk.Stack) -> None:
    pipeline = Pipeline(stack, "P", pipeline_name="P", artifacts=S3Location.from_uri("s3://artifacts/"))
    each = loop(pipeline, items=["a", "b"])
    first = processing(StepGroup(each.body, "G"), "First", outputs=["rows"], environment={"ITEM": each.item})
    check = QualityCheckStep(
        each.body,
        "Check",
        check=DataQualityCheck(),
        dataset=first.output("rows"),
        dataset_format=DatasetFormat.csv(),
        instance_type="ml.m5.large",
        model_package_group="g",
    )
    processing(each.body, "Then", inputs={"rows": first.output("rows")}, outputs=["rows"])
    processing(
        pipeline, "Last", inputs={"rows": each.result(first, 1).processing_output_config.outputs[0].s3_output.s3_uri}
    )

    def place(step: Any) -> Any:
        return arguments(step)["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]

    run, job = get("Execution.PipelineExecutionId"), get("Execution.ProcessingJobName")
    assert place(first) == join("s3://artifacts/P/", run, "/G-First/", job, "/output/rows")
    assert place(check) == join("s3://artifacts/P/", run, "/Check/", job)
    assert findings(each) == []
    resources = Template.from_stack(stack).to_json()["Resources"].values()
    policies = [json.dumps(one) for one in resources if one["Type"].startswith("AWS::IAM::")]
    # who writes it, and the three that read it
    assert len([text for text in policies if ":s3:::artifacts/P/*/G-First/*/output/rows" in text]) == 4


def test_an_item_keeps_its_for_each_in_a_text(pipeline: Pipeline) -> None:
    each = loop(pipeline, items=[{"a": {"k": 1}}])
    step = processing(each.body, "Do", environment={"V": f"x-{each.item.a['k']}", "W": f"{f'{each.item}!'}"})
    assert arguments(step)["Environment"] == {
        "V": join("x-", get("ForEach.CurrentItem.a['k']")),
        "W": join(get("ForEach.CurrentItem"), "!"),
    }
    assert findings(each) == []


def test_jobs_of_a_body_have_roles(stack: cdk.Stack) -> None:
    pipeline = Pipeline(stack, "P", pipeline_name="P")
    each = loop(pipeline)
    step = train(each.body, inputs={"train": f"s3://data/{each.item}/"})
    template = Template.from_stack(stack)
    template.resource_count_is("AWS::IAM::Role", 2)
    assert isinstance(step.job_role, iam.Role)
    assert ":s3:::data/*" in json.dumps(template.to_json())


# -- what cannot be ----------------------------------------------------------------------------------------------------

AT = "ForEachStep 'Stack/P/Each'"
REFUSED: list[Case] = [
    (lambda p: loop(p, items=[]), f"{AT}: items: there are 0; 1 to 100 are allowed"),
    (lambda p: loop(p, items=["x"] * 101), f"{AT}: items: there are 101; 1 to 100 are allowed"),
    (
        lambda p: loop(p, items='["a"]'),
        f"{AT}: items must be a list, or an expression for a JSON list, not '[\"a\"]'",
    ),
    (lambda p: loop(p, items=5), f"{AT}: items must be a list, or an expression for a JSON list, not 5"),
    (
        lambda p: loop(p, items=Parameter.integer("N")),
        f"{AT}: items: 'Parameters.N' is an Integer, not a list; a JSON list is a String",
    ),
    (
        lambda p: loop(p, items=["a", ["b"]]),
        f"{AT}: items[1] must be a text, a number, a boolean, an expression or a dict, not ['b']",
    ),
    (
        lambda p: loop(p, items=[float("nan")]),
        f"{AT}: items[0] must be a text, a number, a boolean, an expression or a dict, not nan",
    ),
    (lambda p: loop(p, items=[{"a": {1, 2}}]), f"{AT}: items[0]: {{1, 2}} cannot be written as JSON"),
    (
        lambda p: loop(p, items=[{"a": float("inf")}]),
        f"{AT}: items[0] cannot be written as JSON: Out of range float values are not JSON compliant",
    ),
    (lambda p: loop(p, items=["x" * 12801]), f"{AT}: items[0] has 12801 characters; at most 12800"),
    (lambda p: loop(p, max_concurrency=0), f"{AT}: max_concurrency must be a whole number from 1 to 50, not 0"),
    (lambda p: loop(p, max_concurrency=51), f"{AT}: max_concurrency must be a whole number from 1 to 50, not 51"),
    (lambda p: loop(p, max_concurrency=True), f"{AT}: max_concurrency must be a whole number from 1 to 50, not True"),
    (
        lambda p: ConditionStep(loop(p).body, "C", condition=PREFIX.equals("p")),
        "ConditionStep 'Stack/P/Each/Body/C': a Condition step cannot be in the body of a for-each",
    ),
    (
        lambda p: FailStep(loop(p).body, "F"),
        "FailStep 'Stack/P/Each/Body/F': a Fail step cannot be in the body of a for-each",
    ),
    (
        lambda p: loop(StepGroup(loop(p).body, "G"), "Inner"),
        "ForEachStep 'Stack/P/Each/Body/G/Inner': a ForEach step cannot be in the body of a for-each",
    ),
    (
        lambda p: transform(loop(p).body, "T"),
        "TransformStep 'Stack/P/Each/Body/T': output: it runs once for each item of 'Each', and without output= all "
        "runs would write to one place; give one with something of the item, such as S3Location(bucket, "
        'f"answers/{each.item}/")',
    ),
    (
        lambda p: AutoMLStep(StepGroup(loop(p).body, "G"), "Search", training="s3://b/x", target_attribute="y"),
        "AutoMLStep 'Stack/P/Each/Body/G/Search': output: it runs once for each item of 'Each', and without output= "
        "all runs would write to one place; give one with something of the item, such as S3Location(bucket, "
        'f"answers/{each.item}/")',
    ),
    (
        lambda p: config(loop(p).body),
        "EndpointConfigStep 'Stack/P/Each/Body/Config': endpoint_config_name: it runs once for each item of 'Each', "
        "and without endpoint_config_name= all runs would make the same configuration; give one with something of the "
        'item, such as f"age-{each.item}-{ExecutionVariables.PIPELINE_EXECUTION_ID}"',
    ),
    (
        lambda p: (lambda e: e.result(train(e.body), 2))(loop(p)),
        f"{AT}: index 2: there are 2 items, counted from 0",
    ),
    (
        lambda p: (lambda e: e.result(train(e.body), -1))(loop(p, items=DEPTHS)),
        f"{AT}: index -1: items count from 0",
    ),
    (
        lambda p: loop(p).result(train(p), 0),
        f"{AT}: <TrainingStep 'Train'> is not in its body",
    ),
    (
        lambda p: (lambda e: e.selected(train(e.body)))(loop(p)),
        f"{AT}: no item is selected; call select_max_by or select_min_by first",
    ),
    (
        lambda p: (
            lambda e: (e.select_max_by(train(e.body).properties.secondary_status), e.selected(train(e.body, "Other")))
        )(loop(p)),
        f"{AT}: it selects by a property of 'Train' and only returns that step's run",
    ),
    (
        lambda p: (lambda e: (train(e.body), e.select_max_by(train(p, "Other").properties.secondary_status)))(loop(p)),
        f"{AT}: it selects by a property of a step in its body, such as train.properties.training_time_in_seconds, not "
        "<StepReference 'Steps.Other.SecondaryStatus'>; the body has 'Train'",
    ),
    (
        lambda p: loop(p).select_min_by("x"),
        f"{AT}: it selects by a property of a step in its body, such as train.properties.training_time_in_seconds, not "
        "'x'; the body has none",
    ),
    (
        lambda p: (lambda e: (train(e.body), p.host.seal(), e.select_min_by("x")))(loop(p)),
        f"{AT}: its selector cannot be changed: pipeline 'P' has been synthesized and cannot be changed any more",
    ),
    (
        lambda p: loop(p).item["a'b"],
        "'ForEach.CurrentItem'[\"a'b\"]: use a literal name without quotes, or a position from 0",
    ),
    (
        lambda p: loop(p).item[-1],
        "'ForEach.CurrentItem'[-1]: use a literal name without quotes, or a position from 0",
    ),
]

NO_SUCH_CALL: list[Case] = [
    (
        lambda p: loop(p).item.depths[:3],
        "'ForEach.CurrentItem.depths' is known when the pipeline runs, so it cannot be sliced now; take single "
        "elements of it, or do so in a job",
    ),
    (lambda p: ForEachStep(p, "Each"), f"{AT} needs 'items', 'max_concurrency'"),
]

FOUND: list[Case] = [
    (
        lambda p: loop(p),
        "step 'Each': Arguments.ForEachBody: has 0 elements; allowed is at least 1 [argument] (at Stack/P/Each)",
    ),
    (
        lambda p: (lambda e: processing(e.body, "Do", environment={"I": f"{e.item.payload}"}))(loop(p)),
        "step 'Do': Arguments.Environment.I: a text contains what Python prints for an object, '<bound method "
        "ItemReference.payload of ...'; use one of its values, such as a bucket's bucket_name, a role's role_arn "
        "or a step's property; call a method; and write a member of an item that is named like a method as "
        "each.item['name'] [printed-object] (at Stack/P/Each/Body/Do)",
    ),
    (
        lambda p: (lambda e: (processing(e.body, "Do"), processing(p, "Out", environment={"I": e.item})))(loop(p)),
        "step 'Out': Arguments.Environment.I: it reads 'ForEach.CurrentItem', but it is not in the body of a for-each, "
        "and only there is a current item [for-each-item] (at Stack/P/Out)",
    ),
    (
        lambda p: (lambda e: processing(p, "Out", inputs={"a": processing(e.body, "Do", outputs=["o"]).output("o")}))(
            loop(p)
        ),
        "step 'Out': Arguments.ProcessingInputs[0].S3Input.S3Uri: it reads "
        "\"Steps.Do.ProcessingOutputConfig.Outputs['o'].S3Output.S3Uri\", but 'Do' is in the body of for-each 'Each' "
        "and runs once per item; read its results from the for-each: IterationOutputs or Selected, in code .result() "
        "or .selected() [for-each-outside] (at Stack/P/Out)",
    ),
    (
        lambda p: (lambda e: processing(p, "Out", depends_on=[processing(e.body, "Do")]))(loop(p)),
        "step 'Out': DependsOn: it depends on 'Do', but 'Do' is in the body of for-each 'Each' and runs once per "
        "item; let it depend on the for-each [for-each-outside] (at Stack/P/Out)",
    ),
    (
        lambda p: (processing(loop(p).body, "Do"), processing(p, "Do-1")),
        "step 'Do-1': Name: it has the name of a run: 'Do' is in the body of for-each 'Each' and runs as 'Do-0', "
        "'Do-1' and so on [duplicate-step] (at Stack/P/Do-1)",
    ),
    (
        lambda p: (
            lambda one, two: (
                processing(one.body, "Own", environment={"V": one.item}),
                processing(two.body, "Do", environment={"V": f"x-{one.item['k']}"}),
            )
        )(loop(p, "One", items=DEPTHS), loop(p, "Two", items=DEPTHS)),
        "step 'Do': Arguments.Environment.V: it reads an item of for-each 'One', but is in the body of 'Two', and "
        "only that item is known here [for-each-item] (at Stack/P/Two/Body/Do)",
    ),
    (
        lambda p: (lambda e: processing(e.body, "Do", environment={"V": e.item["dpeth"]}))(
            loop(p, items=[{"depth": 3}, {"depth": 6}])
        ),
        "step 'Do': Arguments.Environment.V: it reads \"ForEach.CurrentItem['dpeth']\", but no item of for-each 'Each' "
        "has it; did you mean 'depth'? [for-each-member] (at Stack/P/Each/Body/Do)",
    ),
    (
        lambda p: RawStep(loop(p).body, "F", step_type="Fail", step_arguments={"ErrorMessage": ""}),
        "step 'F': a Fail step cannot be in the body of a for-each, as it is in 'Each' [for-each-body] (at "
        "Stack/P/Each/Body/F)",
    ),
    (
        lambda p: (processing(p, "Do"), processing(loop(p).body, "Do")),
        "step 'Do': several steps have the name: Stack/P/Do, Stack/P/Each/Body/Do; names are unique in the whole "
        "pipeline, give one of them step_name= [duplicate-step] (at Stack/P/Do)",
    ),
    (
        lambda p: (lambda e: processing(e.body, "Do", depends_on=[e]))(loop(p)),
        "step 'Do': it waits for the end of the for-each whose body it is in (the body of 'Each', DependsOn) "
        "[cycle] (at Stack/P/Each/Body/Do)",
    ),
]


@cases(REFUSED)
def test_refused_when_it_is_written(write: Write, text: str, pipeline: Pipeline) -> None:
    refused(write, text, pipeline)


@cases(NO_SUCH_CALL)
def test_refused_as_pythons_own_arguments_are(write: Write, text: str, pipeline: Pipeline) -> None:
    refused(write, text, pipeline, TypeError)


@cases(FOUND)
def test_found_when_it_is_synthesized(write: Write, text: str, pipeline: Pipeline) -> None:
    found(write, text, pipeline)


def test_an_item_is_no_python_object(pipeline: Pipeline) -> None:
    item = loop(pipeline).item
    assert not hasattr(item, "_private")
    with pytest.raises(TypeError, match="use a ForEachStep"):
        iter(item)
    with pytest.raises(PipelineError):
        item[PREFIX]
    assert errors(pipeline) != []
