"""What can be wrong with the head of a document, its parameters and its size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from .faults import Document, Places, added, changed, fault, near
from .faults_of_steps import call, loop
from .support import condition, get, reads, step

no_texts = st.none() | st.booleans() | st.integers() | st.lists(st.integers()) | st.just({"A": 1})
no_names = st.text(max_size=70).filter(lambda name: not name.isascii() or not name.replace("-", "_").isidentifier())
MANY = [step(f"S{index}", "Fail") for index in range(60)]


@fault("version", values=no_texts | st.text())
def another_version(document: Document, version: Any) -> Places:
    with changed(document, "Version", version):
        yield None, "Version"


@fault("version")
def no_version(document: Document) -> Places:
    with changed(document, "Version"):
        yield None, "Version"


@near("version")
def the_version_at_the_end(document: Document) -> Iterator[None]:
    document["Version"] = document.pop("Version")
    yield


@fault("unknown-key")
def a_key_of_another_document(document: Document) -> Places:
    for key in ("AWSTemplateFormatVersion", "steps", "Parameter", "Description"):
        with changed(document, key, None):
            yield None, key


@near("unknown-key")
def every_key_of_a_document(document: Document) -> Iterator[None]:
    for key in ("PipelineExperimentConfig", "MlflowConfig"):
        with changed(document, key, None):
            yield


@fault("shape", values=no_texts)
def lists_that_are_none(document: Document, value: Any) -> Places:
    if isinstance(value, list) and not value:
        return
    for key in ("Parameters", "Steps"):
        with changed(document, key, value):
            yield None, key


@near("shape")
def no_parameters(document: Document) -> Iterator[None]:
    if not document["Parameters"]:
        with changed(document, "Parameters"):
            yield


@fault("no-steps")
def nothing_to_do(document: Document) -> Places:
    with changed(document, "Steps", []):
        yield None, "Steps"
    with changed(document, "Steps"):
        yield None, "Steps"


@near("no-steps")
def one_step(document: Document) -> Iterator[None]:
    with changed(document, "Steps", [step("A", "Fail")]):
        yield


# -- metadata and configs ---------------------------------------------------------------------------------------------


@fault("shape", values=no_texts.filter(lambda value: not isinstance(value, dict)))
def metadata_that_are_no_object(document: Document, value: Any) -> Places:
    with changed(document, "Metadata", value):
        yield None, "Metadata"


@fault("metadata", "warning")
def metadata_that_the_schema_refuses(document: Document) -> Places:
    for key, value in {"a b": "x", "": "x", "k" * 129: "x", "k": 5, "e": get("Execution.PipelineName")}.items():
        with changed(document, "Metadata", {key: value}):
            yield None, f"Metadata.{key}"
    with changed(document, "Metadata", {"k": "v" * 1025}):
        yield None, "Metadata.k"


@near("metadata")
def metadata_at_their_limits(document: Document) -> Iterator[None]:
    for metadata in ({}, {"a-Z_0" + "k" * 123: "v" * 1024}, {"k": "${Token[TOKEN.1]}" + "v" * 1024}):
        with changed(document, "Metadata", metadata):
            yield
    with changed(document, "Metadata"):
        yield


EXPERIMENT = {"ExperimentName": "e", "TrialName": get("Execution.PipelineExecutionId")}
MLFLOW = {"MlflowResourceArn": "arn", "MlflowExperimentName": "e"}


@fault("shape", values=no_texts.filter(lambda value: value is not None and not isinstance(value, dict)))
def configs_that_are_no_objects(document: Document, value: Any) -> Places:
    for key in ("PipelineExperimentConfig", "MlflowConfig"):
        with changed(document, key, value):
            yield None, key


@fault("unknown-key")
def a_key_that_is_not_of_the_config(document: Document) -> Places:
    for key, config in (("PipelineExperimentConfig", EXPERIMENT), ("MlflowConfig", MLFLOW)):
        for other in ("Name", "ExperimentNames", "trialName"):
            with changed(document, key, {**config, other: "x"}):
                yield None, f"{key}.{other}"


@fault("missing-key")
def a_config_without_what_it_needs(document: Document) -> Places:
    for key, config, needed in (
        ("PipelineExperimentConfig", EXPERIMENT, "ExperimentName"),
        ("PipelineExperimentConfig", EXPERIMENT, "TrialName"),
        ("MlflowConfig", MLFLOW, "MlflowResourceArn"),
    ):
        with changed(document, key, {name: value for name, value in config.items() if name != needed}):
            yield None, f"{key}.{needed}"


@near("missing-key")
def configs_with_all_they_need(document: Document) -> Iterator[None]:
    for key, config in (
        ("PipelineExperimentConfig", EXPERIMENT),
        ("PipelineExperimentConfig", None),
        ("MlflowConfig", MLFLOW),
        ("MlflowConfig", {"MlflowResourceArn": get("Execution.PipelineArn")}),
    ):
        with changed(document, key, config):
            yield


@fault("shape", values=no_texts)
def configs_of_no_texts(document: Document, value: Any) -> Places:
    for key, config in (("PipelineExperimentConfig", EXPERIMENT), ("MlflowConfig", MLFLOW)):
        for name in config:
            with changed(document, key, {**config, name: value}):
                yield None, f"{key}.{name}"


@fault("experiment-name", "warning")
def names_that_no_experiment_can_have(document: Document) -> Places:
    for name in EXPERIMENT:
        for value in ("a b", "", "x" * 121, "-a", "a-", "a_b"):
            with changed(document, "PipelineExperimentConfig", {**EXPERIMENT, name: value}):
                yield None, f"PipelineExperimentConfig.{name}"


@near("experiment-name")
def names_that_experiments_can_have(document: Document) -> Iterator[None]:
    for value in ("x" * 120, "a--b", "0", "${Token[TOKEN.1]}", get("Execution.PipelineName")):
        with changed(document, "PipelineExperimentConfig", {**EXPERIMENT, "ExperimentName": value}):
            yield
    with changed(document, "MlflowConfig", {**MLFLOW, "MlflowExperimentName": "a b"}):
        yield


# -- parameters -------------------------------------------------------------------------------------------------------


def declared(document: Document, *parameters: dict[str, Any]) -> tuple[list[Any], str]:
    """The parameters, to which these are added, and where the last of them is."""
    listed = document.setdefault("Parameters", [])
    return listed, f"Parameters[{len(listed) + len(parameters) - 1}]"


@fault("unused-parameter", "warning")
def a_parameter_that_nothing_reads(document: Document) -> Places:
    listed, where = declared(document, {})
    with added(listed, {"Name": "Our", "Type": "String"}), added(document["Steps"], reads("OurJob", "Parameters.Ours")):
        yield None, where


@near("unused-parameter")
def a_parameter_that_something_reads(document: Document) -> Iterator[None]:
    ours = get("Parameters.Ours")
    is_ours = {"Type": "Equals", "LeftValue": ours, "RightValue": "x"}
    with added(declared(document)[0], {"Name": "Ours", "Type": "String"}):
        for one in (
            condition("OurCheck", is_ours, if_steps=[call("OurCall")]),
            loop("OurLoop", call("OurCall", Arguments={"x": ours})),
            call("OurCall", Arguments={"x": {"Std:Join": {"On": "", "Values": ["a", ours]}}}),
            call("OurCall", Arguments={"x": '{"Get": "Parameters.Ours"}'}),
        ):
            with added(document["Steps"], one):
                yield
        with changed(document, "PipelineExperimentConfig", {"ExperimentName": ours, "TrialName": "t"}):
            yield


@fault("duplicate-enum-value", "warning")
def an_enum_value_twice(document: Document) -> Places:
    declared = {"Name": "OurEnum", "Type": "String", "EnumValues": ["a", "b", "a"]}
    with added(document["Parameters"], declared):
        yield None, f"Parameters[{len(document['Parameters']) - 1}].EnumValues"


@near("duplicate-enum-value")
def enum_values_that_are_nearly_alike(document: Document) -> Iterator[None]:
    with added(document["Parameters"], {"Name": "OurEnum", "Type": "String", "EnumValues": ["a", "A", "a "]}):
        yield


@fault("duplicate-parameter")
def a_parameter_twice(document: Document) -> Places:
    for parameter in [*document["Parameters"], {"Name": "TheirOwn", "Type": "String"}]:
        listed, where = declared(document, parameter, parameter)
        with added(listed, parameter, {**parameter, "Type": "Float"}):
            yield None, where


@near("duplicate-parameter")
def parameters_that_differ_in_case(document: Document) -> Iterator[None]:
    with added(declared(document)[0], {"Name": "TheirOwn", "Type": "String"}, {"Name": "theirown", "Type": "String"}):
        yield


@fault("unknown-key")
def a_key_that_no_parameter_has(document: Document) -> Places:
    for index, parameter in enumerate(document["Parameters"]):
        for key in ("Default", "enumValues", "AllowedValues", "Value"):
            with changed(parameter, key, "x"):
                yield None, f"Parameters[{index}].{key}"


@fault("parameter-description", "warning")
def a_parameter_that_describes_itself(document: Document) -> Places:
    for index, parameter in enumerate(document["Parameters"]):
        with changed(parameter, "Description", "x"):
            yield None, f"Parameters[{index}].Description"


@near("parameter-description")
def a_parameter_of_that_name(document: Document) -> Iterator[None]:
    with added(declared(document)[0], {"Name": "Description", "Type": "String"}):
        yield


@fault("parameter", values=no_names)
def names_of_other_letters(document: Document, name: str) -> Places:
    listed, where = declared(document, {})
    for other in (name, "x" * 65, None, 5):
        with added(listed, {"Name": other, "Type": "String"}):
            yield None, where


WRONG_PARAMETERS: list[dict[str, Any]] = [
    {"Type": "Text"},
    {"Type": None},
    {"Type": "string"},
    {"Type": "Integer", "DefaultValue": "5"},
    {"Type": "Integer", "DefaultValue": ""},
    {"Type": "Integer", "DefaultValue": True},
    {"Type": "Integer", "DefaultValue": 5.5},
    {"Type": "Float", "DefaultValue": False},
    {"Type": "Float", "DefaultValue": "0.5"},
    {"Type": "Boolean", "DefaultValue": 0},
    {"Type": "Boolean", "DefaultValue": "true"},
    {"Type": "String", "DefaultValue": 0},
    {"Type": "String", "DefaultValue": None},
    {"Type": "String", "DefaultValue": get("Execution.PipelineName")},
    {"Type": "String", "DefaultValue": "c", "EnumValues": ["a", "b"]},
    {"Type": "String", "EnumValues": []},
    {"Type": "String", "EnumValues": "ab"},
    {"Type": "String", "EnumValues": [1, 2]},
    {"Type": "Integer", "EnumValues": ["1"]},
]


@fault("parameter")
def declarations_that_contradict_themselves(document: Document) -> Places:
    listed, where = declared(document, {})
    for wrong in WRONG_PARAMETERS:
        with added(listed, {"Name": "TheirOwn", **wrong}):
            yield None, where


@fault("parameter", "warning")
def a_default_of_too_many_digits(document: Document) -> Places:
    listed, where = declared(document, {})
    for large in (10**30, 2**63, -(2**63) - 1):
        with added(listed, {"Name": "TheirOwn", "Type": "Integer", "DefaultValue": large}):
            yield None, f"{where}.DefaultValue"


@near("parameter")
def declarations_that_are_nearly_wrong(document: Document) -> Iterator[None]:
    listed, _ = declared(document)
    for right in (
        {"Type": "Integer", "DefaultValue": 0},
        {"Type": "Integer", "DefaultValue": 2**63 - 1},
        {"Type": "Integer", "DefaultValue": -(2**63)},
        {"Type": "Float", "DefaultValue": 5},
        {"Type": "Boolean", "DefaultValue": False},
        {"Type": "String", "DefaultValue": ""},
        {"Type": "String", "DefaultValue": "b", "EnumValues": ["a", "b"]},
        {"Type": "String", "EnumValues": ["a"]},
    ):
        with added(listed, {"Name": "-aZ_09" + "x" * 58, **right}):
            yield


@fault("expression-not-allowed")
def a_name_that_is_computed(document: Document) -> Places:
    for index, parameter in enumerate(document["Parameters"]):
        with changed(parameter, "Name", get("Execution.PipelineName")):
            yield None, f"Parameters[{index}].Name"


# -- sizes ------------------------------------------------------------------------------------------------------------


@fault("too-long")
def more_text_than_a_request_takes(document: Document) -> Places:
    document["Steps"].append(step("Long", "Fail", {"ErrorMessage": "x" * 1_048_576}))
    yield None, ""


@near("too-long")
def much_text(document: Document) -> Iterator[None]:
    long = [step(f"L{index}", "Fail", Description="x" * 3000) for index in range(10)]
    with added(document["Steps"], *long):
        yield


@fault("many-steps", "warning")
def more_than_fifty_steps(document: Document) -> Places:
    with added(document["Steps"], *MANY[:50]):
        yield None, "Steps"


@near("many-steps")
def fifty_steps(document: Document) -> Iterator[None]:
    with changed(document, "Steps", MANY[:50]):
        yield


def parameters(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"Name": f"p{index}", "Type": "String", **more} for index in range(count)]


@fault("too-many-parameters")
def more_values_than_a_start_takes(document: Document) -> Places:
    with changed(document, "Parameters", parameters(201)):
        yield None, "Parameters"


@near("too-many-parameters")
def as_many_values_as_a_start_takes(document: Document) -> Iterator[None]:
    with changed(document, "Parameters", parameters(200)), changed(document, "Steps", MANY[:1]):
        yield


@fault("many-parameters", "warning")
def parameters_that_no_start_can_all_set(document: Document) -> Places:
    with changed(document, "Parameters", parameters(201, DefaultValue="x")):
        yield None, "Parameters"


@near("many-parameters")
def as_many_defaults_as_a_start_can_set(document: Document) -> Iterator[None]:
    with changed(document, "Parameters", parameters(200, DefaultValue="x")), changed(document, "Steps", MANY[:1]):
        yield


@fault("long-value", "warning")
def a_value_that_no_start_takes(document: Document) -> Places:
    listed, where = declared(document, {})
    for long in ({"DefaultValue": "x" * 1025}, {"EnumValues": ["x", "x" * 1025]}):
        with added(listed, {"Name": "TheirOwn", "Type": "String", **long}):
            yield None, where


@near("long-value")
def a_long_value(document: Document) -> Iterator[None]:
    listed, _ = declared(document)
    for value in ("x" * 1024, "${Token[TOKEN.1]}" + "x" * 1024):
        with added(listed, {"Name": "TheirOwn", "Type": "String", "DefaultValue": value, "EnumValues": [value]}):
            yield
