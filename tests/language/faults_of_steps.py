"""What can be wrong with steps, beside their arguments."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import strategies as st

from .faults import Document, Places, changed, fault, near, steps


@fault("unknown-step")
def a_dependency_that_does_not_exist(document: Document) -> Places:
    for step in steps(document):
        with changed(step, "DependsOn", ["Nowhere"]):
            yield step["Name"], "DependsOn"


@near("unknown-step")
def a_dependency_on_a_step_that_stands_later(document: Document) -> Iterator[None]:
    document["Steps"].append({"Name": "Later", "Type": "Lambda", "FunctionArn": "f", "Arguments": {}})
    for step in [*document["Steps"][:-1]]:
        if step["Type"] != "ForEach":
            with changed(step, "DependsOn", [*step.get("DependsOn", []), "Later"]):
                yield


@fault(
    "step-name",
    values=st.text().filter(lambda name: not name.isascii() or not name.replace("-", "x").replace("_", "x").isalnum()),
)
def a_name_of_other_letters(document: Document, name: str) -> Places:
    document["Steps"].append({"Name": "Other", "Type": "Fail", "Arguments": {}})
    step = document["Steps"][-1]
    with changed(step, "Name", name):
        yield name or None, "Name"


@near("step-name")
def a_name_of_64_letters(document: Document) -> Iterator[None]:
    document["Steps"].append({"Name": "aZ09-_" + "x" * 58, "Type": "Fail", "Arguments": {}})
    yield
