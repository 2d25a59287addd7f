"""What can be wrong with what stands in the branches of conditions and in the bodies of for-eachs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from .faults import Document, Places, added, changed, fault, near, steps
from .faults_of_steps import branching, call, loop, loop_body, no_texts
from .support import get, reads, step


@fault("untaken-branch", "warning")
def a_step_that_waits_for_the_other_branch(document: Document) -> Places:
    for one in steps(document, "Condition"):
        if one in document["Steps"]:
            with added(one["Arguments"]["IfSteps"], call("OurA")):
                with added(one["Arguments"]["ElseSteps"], call("OurB", DependsOn=["OurA"])):
                    yield "OurB", "DependsOn"
                with added(one["Arguments"]["ElseSteps"], branching("OurInner", call("OurB", DependsOn=["OurA"]))):
                    yield "OurB", "DependsOn"
            inner = branching("OurInner", call("OurA"))
            waiting = call("OurB", DependsOn=["OurA"])
            with added(one["Arguments"]["ElseSteps"], inner), added(one["Arguments"]["IfSteps"], waiting):
                yield "OurB", "DependsOn"


@near("untaken-branch")
def a_step_that_waits_in_its_branch(document: Document) -> Iterator[None]:
    for one in steps(document, "Condition"):
        if one in document["Steps"]:
            with added(one["Arguments"]["IfSteps"], call("OurA"), call("OurB", DependsOn=["OurA"])):
                yield


@fault("may-not-run", "warning")
def a_step_outside_that_waits_for_one_in_a_branch(document: Document) -> Places:
    for one in steps(document, "Condition"):
        if one in document["Steps"]:
            for branch in ("IfSteps", "ElseSteps"):
                output = [{"OutputName": "x", "OutputType": "String"}]
                reader = call("OurReader", Arguments={"x": get("Steps.OurA.OutputParameters['x']")})
                with (
                    added(one["Arguments"][branch], call("OurA", OutputParameters=output)),
                    added(document["Steps"], reader),
                ):
                    yield "OurReader", "Arguments.x"
    nested = branching("OurOuter", branching("OurInner", call("OurA")), call("OurB", DependsOn=["OurA"]))
    with added(document["Steps"], nested):
        yield "OurB", "DependsOn"
    after = call("OurAfter", DependsOn=[{"Step": "OurA", "Trigger": "Any"}])
    with added(document["Steps"], branching("OurOther", call("OurA")), after):
        yield "OurAfter", "DependsOn"


@near("may-not-run")
def a_step_in_a_branch_that_waits_for_one_outside(document: Document) -> Iterator[None]:
    with added(document["Steps"], call("OurA"), branching("OurQuestion", call("OurB", DependsOn=["OurA"]))):
        yield


def _called(*entries: Any) -> list[Any]:
    output = [{"OutputName": "x", "OutputType": "String"}]
    reads_it = {"x": get("Steps.OurA.OutputParameters['x']")}
    return [call("OurA", OutputParameters=output), call("OurReader", Arguments=reads_it, DependsOn=[*entries])]


@fault("triggered-read", "warning")
def what_a_step_without_success_is_read_for(document: Document) -> Places:
    for trigger in ("Failed", "Any"):
        entry = {"Step": "OurA", "Trigger": trigger}
        job, reader = _called(entry)
        with added(document["Steps"], job, reader):
            yield "OurReader", "Arguments.x"
        job, reader = _called()
        inside = {**branching("OurQuestion", reader), "DependsOn": [entry]}
        with added(document["Steps"], job, inside):
            yield "OurReader", "Arguments.x"
    reader = {
        **reads("OurReader", "Steps.OurJob.FailureReason"),
        "DependsOn": [{"Step": "OurJob", "Trigger": "Stopped"}],
    }
    with added(document["Steps"], step("OurJob", "Training"), reader):
        yield "OurReader", "Arguments.Environment.v0"


@near("triggered-read")
def what_a_step_with_success_is_read_for(document: Document) -> Iterator[None]:
    with added(document["Steps"], call("OurB")):
        for entry in ("OurA", {"Step": "OurA", "Trigger": "Completed"}, {"Step": "OurB", "Trigger": "Failed"}):
            with added(document["Steps"], *_called(entry)):
                yield
    with added(document["Steps"], call("OurA"), call("OurNext", DependsOn=[{"Step": "OurA", "Trigger": "Any"}])):
        yield


@fault("nested-condition", "warning")
def a_condition_in_a_condition(document: Document) -> Places:
    for one in steps(document, "Condition"):
        if one in document["Steps"]:
            for branch in ("IfSteps", "ElseSteps"):
                deeper = branching("OurInner", branching("OurDeeper", call("OurA")))
                with added(one["Arguments"][branch], deeper):
                    yield one["Name"], ""


@near("nested-condition")
def a_condition_beside_a_condition(document: Document) -> Iterator[None]:
    with added(document["Steps"], branching("OurBeside", call("OurA")), branching("OurOther", call("OurB"))):
        yield


@fault("shape", values=no_texts.filter(lambda value: value != []) | st.text())
def branches_that_are_no_lists_of_steps(document: Document, value: Any) -> Places:
    for one in steps(document, "Condition"):
        for branch in ("IfSteps", "ElseSteps"):
            with changed(one["Arguments"], branch, value):
                yield one["Name"], f"Arguments.{branch}"
            if not isinstance(value, dict):
                with added(one["Arguments"][branch], value):
                    yield one["Name"], f"Arguments.{branch}"


@fault("idle-condition", "warning")
def a_condition_that_decides_nothing(document: Document) -> Places:
    with added(document["Steps"], branching("OurIdle")):
        yield "OurIdle", ""


@near("idle-condition")
def conditions_that_decide_something(document: Document) -> Iterator[None]:
    with added(document["Steps"], branching("OurA"), call("OurB", Arguments={"x": get("Steps.OurA.Outcome")})):
        yield
    with added(document["Steps"], branching("OurC", call("OurD"))):
        yield


@fault("for-each-body")
def what_no_body_can_hold(document: Document) -> Places:
    for one in steps(document, "ForEach"):
        for inner in (branching("OurInner"), step("OurInner", "Fail"), loop("OurInner", call("OurA"))):
            with added(loop_body(one), inner):
                yield "OurInner", ""


@near("for-each-body")
def another_step_in_a_body(document: Document) -> Iterator[None]:
    for one in steps(document, "ForEach"):
        with added(loop_body(one), call("OurInner")):
            yield


@fault("duplicate-step")
def the_name_of_a_run(document: Document) -> Places:
    for one in steps(document, "ForEach"):
        for inner in steps({"Steps": loop_body(one)}):
            for number in ("0", "17"):
                with added(document["Steps"], call(f"{inner['Name']}-{number}")):
                    yield f"{inner['Name']}-{number}", "Name"


@near("duplicate-step")
def nearly_the_name_of_a_run(document: Document) -> Iterator[None]:
    for one in steps(document, "ForEach"):
        for inner in steps({"Steps": loop_body(one)}):
            for name in (f"{inner['Name']}0", f"{inner['Name']}-x", f"{one['Name']}-0", f"{inner['Name']}-"):
                with added(document["Steps"], call(name)):
                    yield


@fault("for-each-selector", values=no_texts | st.text() | st.just(get("Parameters.P")))
def a_selector_of_something_else(document: Document, field: Any) -> Places:
    for one in steps(document, "ForEach"):
        with changed(one["Arguments"], "Selector", {"Pick": "MaxBy", "Field": field}):
            yield one["Name"], "Arguments.Selector.Field"


@near("for-each-selector")
def a_selector_of_an_output(document: Document) -> Iterator[None]:
    output = [{"OutputName": "x", "OutputType": "Float"}]
    selector = {"Pick": "MinBy", "Field": get("IterationOutput.OurA.OutputParameters['x']")}
    with added(document["Steps"], loop("OurLoop", call("OurA", OutputParameters=output), Selector=selector)):
        yield


@fault("for-each-outside")
def a_body_that_is_waited_for_from_outside(document: Document) -> Places:
    for one in steps(document, "ForEach"):
        for inner in steps({"Steps": loop_body(one)}):
            with added(document["Steps"], call("OurAfter", DependsOn=[inner["Name"]])):
                yield "OurAfter", "DependsOn"
            with added(document["Steps"], reads("OurAfter", f"Steps.{inner['Name']}.TrainingJobName")):
                yield "OurAfter", "Arguments.Environment.v0"


@near("for-each-outside")
def a_loop_that_is_waited_for(document: Document) -> Iterator[None]:
    for one in steps(document, "ForEach"):
        with added(document["Steps"], call("OurAfter", Arguments={"x": get(f"Steps.{one['Name']}.Status")})):
            yield
        with added(loop_body(one), call("OurAfter", DependsOn=[loop_body(one)[0]["Name"]])):
            yield


@fault("for-each-item")
def an_item_outside_of_a_body(document: Document) -> Places:
    for path in ("ForEach.CurrentItem", "ForEach.CurrentItem.a['b']", "IterationOutput.A.X"):
        with added(document["Steps"], call("Own", Arguments={"x": get(path)})):
            yield "Own", "Arguments.x"
    for path in ("ForEach.Item", "ForEach.CurrentIndex", "IterationOutput.A.X"):
        with added(document["Steps"], loop("OurLoop", call("Own", Arguments={"x": get(path)}))):
            yield "Own", "Arguments.x"
    for path in ("OurA.OutputParameter", "OurA", "OurB.X"):
        selector = {"Pick": "MinBy", "Field": get(f"IterationOutput.{path}")}
        with added(document["Steps"], loop("OurLoop", call("OurA"), Selector=selector)):
            yield "OurLoop", "Arguments.Selector.Field"


@near("for-each-item")
def an_item_in_a_body(document: Document) -> Iterator[None]:
    items = ['{"a": {"b": 1}}', '{"a": {"b": 2}}']
    for path in ("ForEach.CurrentItem", "ForEach.CurrentItem.a['b']"):
        with added(document["Steps"], loop("OurLoop", call("Own", Arguments={"x": get(path)}), IterableItems=items)):
            yield


def _configuration(name: Any) -> dict[str, Any]:
    variants = [{"VariantName": "v", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}]
    return step("Own", "EndpointConfig", {"EndpointConfigName": name, "ProductionVariants": variants})


def _processing(output: Any) -> dict[str, Any]:
    outputs = [{"OutputName": "x", "S3Output": {"S3Uri": output, "LocalPath": "/opt/x", "S3UploadMode": "EndOfJob"}}]
    arguments = {
        "ProcessingResources": {
            "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30}
        },
        "AppSpecification": {"ImageUri": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/tools:2"},
        "RoleArn": "arn:aws:iam::111122223333:role/Jobs",
        "ProcessingOutputConfig": {"Outputs": outputs},
    }
    return step("Own", "Processing", arguments)


def _transform(output: Any) -> dict[str, Any]:
    arguments = {
        "ModelName": "m",
        "TransformInput": {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/in"}}},
        "TransformOutput": {"S3OutputPath": output},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    }
    return step("Own", "Transform", arguments)


@fault("for-each-shared", "warning")
def what_all_runs_of_a_body_share(document: Document) -> Places:
    execution = get("Execution.PipelineExecutionId")
    for name in ("ours", execution, {"Std:Join": {"On": "-", "Values": ["ours", execution]}}):
        with added(document["Steps"], loop("OurLoop", _configuration(name))):
            yield "Own", "Arguments.EndpointConfigName"
    with added(document["Steps"], loop("OurLoop", _transform("s3://b/out"))):
        yield "Own", "Arguments.TransformOutput.S3OutputPath"
    with added(document["Steps"], loop("OurLoop", _processing("s3://b/out"))):
        yield "Own", "Arguments.ProcessingOutputConfig.Outputs[0].S3Output.S3Uri"


@near("for-each-shared")
def what_each_run_of_a_body_has_for_itself(document: Document) -> Iterator[None]:
    output = [{"OutputName": "x", "OutputType": "String"}]
    before = call("OurBefore", OutputParameters=output)
    for own in ("ForEach.CurrentItem", "Steps.OurBefore.OutputParameters['x']"):
        name = {"Std:Join": {"On": "-", "Values": ["ours", get(own)]}}
        for inner in (_configuration(name), _transform(name)):
            with added(document["Steps"], loop("OurLoop", before, inner)):
                yield
    name = {"Std:Join": {"On": "/", "Values": ["s3://b", get("Execution.ProcessingJobName")]}}
    with added(document["Steps"], loop("OurLoop", _processing(name))):
        yield
    with added(document["Steps"], loop("OurLoop", _configuration("ours"), IterableItems=["a"])):
        yield


@fault("for-each-member")
def a_member_that_no_item_has(document: Document) -> Places:
    inner = call("Own", Arguments={"x": get("ForEach.CurrentItem.a['dpeth']")})
    for items in (["a"], ['{"a": {"depth": 3}}', '{"a": 5}'], [1, True, "[]"], ['{"b": 1}']):
        with added(document["Steps"], loop("OurLoop", inner, IterableItems=items)):
            yield "Own", "Arguments.x"


@fault("for-each-member", "warning")
def a_member_that_some_item_lacks(document: Document) -> Places:
    inner = call("Own", Arguments={"x": get("ForEach.CurrentItem.a[1]")})
    for items in (['{"a": [1, 2]}', '{"a": [1]}'], ['{"b": 1}', get("Execution.PipelineName")]):
        with added(document["Steps"], loop("OurLoop", inner, IterableItems=items)):
            yield "Own", "Arguments.x"


@near("for-each-member")
def a_member_that_the_items_may_have(document: Document) -> Iterator[None]:
    inner = call("Own", Arguments={"x": get("ForEach.CurrentItem.a[1]")})
    for items in (['{"a": [1, 2]}'], [get("Execution.PipelineName")], get("Execution.PipelineName")):
        with added(document["Steps"], loop("OurLoop", inner, IterableItems=items)):
            yield
