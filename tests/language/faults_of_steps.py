"""What can be wrong with steps beside their arguments, with what waits for what, and with what stands in what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from .faults import Document, Places, added, changed, fault, near, steps
from .support import condition, get, step

no_texts = st.none() | st.booleans() | st.integers() | st.lists(st.integers()) | st.just({"A": 1})
no_names = st.text().filter(lambda n: not n.isascii() or not n.replace("-", "x").replace("_", "x").isalnum())

IS_X = {"Type": "Equals", "LeftValue": get("Execution.PipelineName"), "RightValue": "x"}
CALL = {"FunctionArn": "arn:aws:lambda:eu-west-1:111122223333:function:f", "OutputParameters": []}


def call(name: str, **more: Any) -> dict[str, Any]:
    """A valid step."""
    return step(name, "Lambda", **{**CALL, **more})


def branching(name: str, *if_steps: Any, else_steps: Any = ()) -> dict[str, Any]:
    return condition(name, IS_X, if_steps=if_steps, else_steps=else_steps)


def loop(name: str, *body: Any, **more: Any) -> dict[str, Any]:
    return step(name, "ForEach", {"IterableItems": ["a", "b"], "MaxConcurrency": 1, **more, "ForEachBody": list(body)})


def outer(document: Document) -> Iterator[dict[str, Any]]:
    """The steps that can wait for one of the top level: all of them but those in the bodies of for-eachs."""
    inner = [step["Name"] for loop in steps(document, "ForEach") for step in steps({"Steps": loop_body(loop)})]
    yield from (step for step in steps(document) if step["Name"] not in inner)


def loop_body(loop: dict[str, Any]) -> list[dict[str, Any]]:
    body: list[dict[str, Any]] = loop["Arguments"]["ForEachBody"]
    return body


# -- names, types, keys -----------------------------------------------------------------------------------------------


@fault("step-name", values=no_names | st.text("a", min_size=65))
def a_name_of_other_letters(document: Document, name: str) -> Places:
    with added(document["Steps"], step(name, "Fail")):
        yield name or None, "Name"


@fault("step-name", values=no_texts)
def a_name_that_is_no_text(document: Document, name: Any) -> Places:
    with added(document["Steps"], step(name, "Fail")):
        yield None, "Name"


@near("step-name")
def a_name_of_64_letters(document: Document) -> Iterator[None]:
    with added(document["Steps"], step("aZ09-_" + "x" * 58, "Fail")):
        yield


@fault("duplicate-step")
def a_step_in_two_places(document: Document) -> Places:
    for one in steps(document):
        with added(document["Steps"], one):
            yield one["Name"], "Name"
        with added(document["Steps"], branching("TheirOwn", else_steps=[one])):
            yield one["Name"], "Name"


@fault("duplicate-step")
def two_steps_of_one_name(document: Document) -> Places:
    for one in steps(document):
        with added(document["Steps"], branching("TheirOwn", call(one["Name"]))):
            yield one["Name"], "Name"


@near("duplicate-step")
def names_that_differ_in_case(document: Document) -> Iterator[None]:
    for one in steps(document):
        if one["Name"].swapcase() != one["Name"]:
            with added(document["Steps"], call(one["Name"].swapcase())):
                yield


@fault("shape", values=no_texts | st.just(""))
def a_type_that_is_no_text(document: Document, type: Any) -> Places:
    for one in steps(document):
        with changed(one, "Type", type):
            yield one["Name"], "Type"


@fault("step-type", "warning", values=st.text(min_size=1, max_size=20))
def a_type_that_is_not_known(document: Document, type: str) -> Places:
    for other in (f"{type}Step", "Trainig", "training"):
        with added(document["Steps"], step("TheirOwn", other)):
            yield "TheirOwn", "Type"


@near("step-type")
def a_type_that_few_know(document: Document) -> Iterator[None]:
    with added(document["Steps"], call("TheirOwn")):
        yield


@fault("no-arguments", "warning")
def arguments_that_are_missing(document: Document) -> Places:
    for one in steps(document):
        with changed(one, "Arguments"):
            yield one["Name"], "Arguments"


@near("no-arguments")
def arguments_that_are_empty(document: Document) -> Iterator[None]:
    with added(document["Steps"], call("TheirOwn", Arguments={})):
        yield


@fault("shape", values=no_texts.filter(lambda value: not isinstance(value, dict)) | st.text())
def arguments_that_are_no_object(document: Document, value: Any) -> Places:
    for one in steps(document):
        with changed(one, "Arguments", value):
            yield one["Name"], "Arguments"


@fault("step-key")
def a_key_that_the_type_does_not_have(document: Document) -> Places:
    for one in steps(document):
        for key in ("DependOn", "dependsOn", "Comment", "Parameters"):
            with changed(one, key, []):
                yield one["Name"], key


@fault("step-key")
def a_key_of_another_type(document: Document) -> Places:
    for key, types in {
        "PropertyFiles": "Training Transform Model Lambda Condition Fail QualityCheck",
        "CacheConfig": "Model RegisterModel Condition Fail",
        "RetryPolicies": "Condition Fail Lambda Callback Endpoint",
        "OutputParameters": "Training Condition EMR",
        "FunctionArn": "Callback",
        "SqsQueueUrl": "Lambda",
        "SuppliedBaselineStatistics": "ClarifyCheck",
        "ModelName": "QualityCheck",
        "CheckType": "Processing",
    }.items():
        for one in steps(document, *types.split()):
            with changed(one, key, []):
                yield one["Name"], key


@fault("step-key", "warning")
def a_key_of_which_sources_differ(document: Document) -> Places:
    for one in steps(document, "ClarifyCheck", "QualityCheck", "ForEach"):
        with changed(one, "RetryPolicies", []):
            yield one["Name"], "RetryPolicies"


@near("step-key")
def keys_that_each_type_has(document: Document) -> Iterator[None]:
    for one in steps(document):
        with changed(one, "DisplayName", "Ünterwegs."), changed(one, "Description", "x"):
            yield


@fault("shape", values=st.none() | st.booleans() | st.text() | st.integers() | st.lists(st.text()))
def what_is_no_step_in_a_body(document: Document, value: Any) -> Places:
    for one in steps(document, "ForEach"):
        with added(one["Arguments"]["ForEachBody"], value):
            yield one["Name"], "Arguments.ForEachBody"


@fault("shape", values=no_texts)
def words_for_people_that_are_no_text(document: Document, value: Any) -> Places:
    for one in steps(document):
        for key in ("DisplayName", "Description"):
            with changed(one, key, value):
                yield one["Name"], key


@fault("length")
def texts_that_are_too_long(document: Document) -> Places:
    for one in steps(document):
        for key, most in (("DisplayName", 256), ("Description", 3072)):
            with changed(one, key, "x" * (most + 1)):
                yield one["Name"], key


@near("length")
def texts_that_are_long(document: Document) -> Iterator[None]:
    for one in steps(document):
        with changed(one, "DisplayName", "x" * 256), changed(one, "Description", "x" * 3072):
            yield
        with changed(one, "DisplayName", "${Token[TOKEN.1]}" + "x" * 256):
            yield


@fault("expression-not-allowed")
def an_expression_where_none_is_replaced(document: Document) -> Places:
    for one in steps(document):
        for key in ("DisplayName", "Description"):
            with changed(one, key, get("Execution.PipelineName")):
                yield one["Name"], key
        with changed(one, "DependsOn", [{"Step": {"Std:Join": {"On": "", "Values": ["OurA"]}}}]):
            yield one["Name"], "DependsOn[0].Step"
    for one in steps(document, "Lambda", "Callback"):
        key = {"Lambda": "FunctionArn", "Callback": "SqsQueueUrl"}[one["Type"]]
        with changed(one, key, get("Execution.PipelineName")):
            yield one["Name"], key


@near("expression-not-allowed")
def an_expression_among_the_options_of_a_check(document: Document) -> Iterator[None]:
    for one in steps(document, "ClarifyCheck", "QualityCheck"):
        with changed(one, "ModelPackageGroupName", get("Execution.PipelineName")):
            yield


# -- dependencies -----------------------------------------------------------------------------------------------------


@fault("shape", values=no_texts.filter(lambda value: value != []) | st.text())
def dependencies_that_are_no_list_of_names(document: Document, value: Any) -> Places:
    for one in steps(document):
        for listed in (value, [value]) if not isinstance(value, str) else (value, [[value]]):
            with changed(one, "DependsOn", listed):
                yield one["Name"], "DependsOn"


@fault("unknown-step")
def a_dependency_that_does_not_exist(document: Document) -> Places:
    for one in steps(document):
        for listed in (["Nowhere"], [f"{one['Name']}x"], [{"Step": "Nowhere", "Trigger": "Any"}]):
            with changed(one, "DependsOn", listed):
                yield one["Name"], "DependsOn"


@near("unknown-step")
def a_dependency_on_a_step_that_stands_later(document: Document) -> Iterator[None]:
    document["Steps"].append(call("OurLater"))
    for one in outer(document):
        if one["Name"] != "OurLater":
            with changed(one, "DependsOn", [*one.get("DependsOn", []), "OurLater"]):
                yield


@fault("depends-on-fail")
def a_step_after_the_end(document: Document) -> Places:
    document["Steps"].append(step("OurEnd", "Fail", {"ErrorMessage": "x"}))
    for one in outer(document):
        if one["Name"] != "OurEnd":
            for entry in ("OurEnd", {"Step": "OurEnd", "Trigger": "Any"}):
                with changed(one, "DependsOn", [*one.get("DependsOn", []), entry]):
                    yield one["Name"], "DependsOn"
    with added(document["Steps"], call("OurReader", Arguments={"x": get("Steps.OurEnd.ErrorMessage")})):
        yield "OurReader", "Arguments.x"


@near("depends-on-fail")
def a_fail_step_after_each_step(document: Document) -> Iterator[None]:
    for one in document["Steps"]:
        if one["Type"] not in ("Fail", "Condition"):
            with added(document["Steps"], step("OurEnd", "Fail", {"ErrorMessage": "x"}, DependsOn=[one["Name"]])):
                yield


@fault("depends-on-condition", "warning")
def a_step_after_a_condition(document: Document) -> Places:
    document["Steps"].append(branching("OurQuestion", call("OurAnswer")))
    for one in outer(document):
        if one["Name"] not in ("OurQuestion", "OurAnswer"):
            with changed(one, "DependsOn", [*one.get("DependsOn", []), "OurQuestion"]):
                yield one["Name"], "DependsOn"


@near("depends-on-condition")
def a_step_that_reads_what_a_condition_decided(document: Document) -> Iterator[None]:
    document["Steps"].append(branching("OurQuestion", call("OurAnswer")))
    with added(document["Steps"], call("OurReader", Arguments={"x": get("Steps.OurQuestion.Outcome")})):
        yield


@fault("unknown-key")
def a_key_that_no_dependency_has(document: Document) -> Places:
    for one in steps(document):
        for index, entry in enumerate(one.get("DependsOn", [])):
            for key in ("Condition", "trigger", "Name"):
                other = {"Step": entry, key: "Any"} if isinstance(entry, str) else {**entry, key: "Any"}
                with changed(one["DependsOn"], index, other):
                    yield one["Name"], f"DependsOn[{index}].{key}"


@fault(
    "trigger", values=no_texts | st.text().filter(lambda text: text not in ("Completed", "Failed", "Stopped", "Any"))
)
def a_trigger_of_another_service(document: Document, trigger: Any) -> Places:
    for one in steps(document):
        for index, entry in enumerate(one.get("DependsOn", [])):
            name = entry if isinstance(entry, str) else entry["Step"]
            with changed(one["DependsOn"], index, {"Step": name, "Trigger": trigger}):
                yield one["Name"], f"DependsOn[{index}].Trigger"


@near("trigger")
def a_trigger_on_each_dependency(document: Document) -> Iterator[None]:
    document["Steps"].append(step("OurJob", "Training", next(steps(document))["Arguments"]))
    for one in document["Steps"][:-1]:
        if one["Type"] != "Cleanup":
            for trigger in ("Completed", "Failed", "Stopped", "Any"):
                document["Steps"][-1] = call("OurJob")
                if trigger != "Stopped":
                    with changed(one, "DependsOn", [*one.get("DependsOn", []), {"Step": "OurJob", "Trigger": trigger}]):
                        yield


@fault("two-triggers")
def two_triggers_for_one_step(document: Document) -> Places:
    document["Steps"].append(call("OurJob"))
    for one in outer(document):
        if one["Name"] != "OurJob":
            for trigger in ("Failed", "Any"):
                with changed(one, "DependsOn", ["OurJob", {"Step": "OurJob", "Trigger": trigger}]):
                    yield one["Name"], "DependsOn"


@near("two-triggers")
def one_trigger_for_each_of_two_steps(document: Document) -> Iterator[None]:
    document["Steps"] += [call("OurJob"), call("OurOther")]
    for one in outer(document):
        if one["Name"] not in ("OurJob", "OurOther"):
            with changed(
                one, "DependsOn", [*one.get("DependsOn", []), "OurJob", {"Step": "OurOther", "Trigger": "Any"}]
            ):
                yield


@fault("duplicate-dependency", "warning")
def a_dependency_twice(document: Document) -> Places:
    document["Steps"].append(call("OurJob"))
    for one in outer(document):
        if one["Name"] != "OurJob":
            with changed(one, "DependsOn", ["OurJob", {"Step": "OurJob", "Trigger": "Completed"}]):
                yield one["Name"], "DependsOn"


@near("duplicate-dependency")
def a_dependency_that_is_read_as_well(document: Document) -> Iterator[None]:
    document["Steps"].append(branching("OurQuestion", call("OurAnswer")))
    output = [{"OutputName": "x", "OutputType": "String"}]
    with added(
        document["Steps"],
        call("OurJob", OutputParameters=output),
        call("OurReader", Arguments={"x": get("Steps.OurJob.OutputParameters['x']")}, DependsOn=["OurJob"]),
    ):
        yield


@fault("idle-trigger", "warning")
def an_end_that_a_call_cannot_have(document: Document) -> Places:
    for one in steps(document, "Lambda", "Callback"):
        if one in document["Steps"]:
            with added(document["Steps"], call("OurNext", DependsOn=[{"Step": one["Name"], "Trigger": "Stopped"}])):
                yield "OurNext", "DependsOn"


@fault("idle-trigger", "warning")
def a_failure_and_what_needs_a_success(document: Document) -> Places:
    for trigger in ("Failed", "Stopped"):
        entry = {"Step": "OurJob", "Trigger": trigger}
        report = call("OurReport", DependsOn=["OurAfter", entry])
        with added(document["Steps"], loop("OurJob", call("OurIn")), call("OurAfter", DependsOn=["OurJob"]), report):
            yield "OurReport", "DependsOn"
        inside = branching("OurQuestion", call("OurReport", DependsOn=[entry]))
        inside["DependsOn"] = ["OurJob"]
        with added(document["Steps"], loop("OurJob", call("OurIn")), inside):
            yield "OurReport", "DependsOn"


@near("idle-trigger")
def a_failure_and_what_runs_at_every_end(document: Document) -> Iterator[None]:
    for trigger in ("Failed", "Any"):
        report = call("OurReport", DependsOn=["OurAfter", {"Step": "OurJob", "Trigger": trigger}])
        after = call(
            "OurAfter", DependsOn=[{"Step": "OurJob", "Trigger": "Any" if trigger == "Failed" else "Completed"}]
        )
        with added(document["Steps"], call("OurJob"), after, report):
            yield
    both = [{"Step": "OurJob", "Trigger": "Failed"}, {"Step": "OurAfter", "Trigger": "Any"}]
    with added(
        document["Steps"], call("OurJob"), call("OurAfter", DependsOn=["OurJob"]), call("OurReport", DependsOn=both)
    ):
        yield
    with added(
        document["Steps"],
        loop("OurJob", call("OurIn")),
        call("OurNext", DependsOn=[{"Step": "OurJob", "Trigger": "Stopped"}]),
    ):
        yield


@fault("self-dependency")
def a_step_that_waits_for_itself(document: Document) -> Places:
    for one in outer(document):
        if one["Type"] not in ("Fail", "Condition"):
            with changed(one, "DependsOn", [one["Name"]]):
                yield one["Name"], "DependsOn"
    for one in steps(document, "Training", "Processing"):
        if one in document["Steps"]:
            environment = {"A": get(f"Steps.{one['Name']}.{one['Type']}JobName")}
            with changed(one["Arguments"], "Environment", environment):
                yield one["Name"], "Arguments.Environment.A"


@near("self-dependency")
def a_step_that_names_itself(document: Document) -> Iterator[None]:
    with added(document["Steps"], call("Own", DisplayName="Own", Arguments={"Own": "Steps.Own"})):
        yield


@fault("cycle")
def steps_that_wait_for_one_another(document: Document) -> Places:
    for one in outer(document):
        if one["Type"] not in ("Fail", "Condition"):
            document["Steps"].insert(0, call("OurFirst", DependsOn=[one["Name"]]))
            with changed(one, "DependsOn", ["OurFirst"]):
                yield "OurFirst", ""
            del document["Steps"][0]


@fault("cycle")
def two_cycles(document: Document) -> Places:
    pairs = [call(f"Our{name}", DependsOn=[f"Our{other}"]) for name, other in ("AB", "BA", "CD", "DC")]
    with added(document["Steps"], *pairs):
        yield "OurA", ""
        yield "OurC", ""


@fault("cycle")
def a_body_that_reads_its_loop(document: Document) -> Places:
    inner = call("OurIn", Arguments={"x": get("Steps.OurLoop.Status")})
    with added(document["Steps"], loop("OurLoop", inner)):
        yield "OurIn", ""


@near("cycle")
def two_ways_between_two_steps(document: Document) -> Iterator[None]:
    with added(
        document["Steps"], call("OurA"), call("OurB", DependsOn=["OurA"]), call("OurC", DependsOn=["OurA", "OurB"])
    ):
        yield
