"""What can be wrong with references and functions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from .faults import GONE, Document, Places, added, changed, expressions, fault, near, steps
from .faults_of_steps import IS_X, call, no_texts
from .support import condition, get

OUTPUTS = [{"OutputName": "score", "OutputType": "Float"}]
PATH = "Arguments.x"


def reader(value: Any) -> dict[str, Any]:
    """A valid step that reads something."""
    return call("OurReader", Arguments={"x": value})


def read(document: Document, *gets: Any) -> Iterator[None]:
    """A step more, that reads these one by one."""
    for path in gets:
        with added(document["Steps"], reader(get(path))):
            yield


def literal(document: Document) -> Iterator[tuple[dict[str, Any], dict[str, Any], str]]:
    """Every ``Get`` of the document where the service substitutes: the step, it, its path."""
    yield from expressions(document, "Get")


# -- references -------------------------------------------------------------------------------------------------------


@fault("reference", values=no_texts | st.text().filter(lambda text: "." not in text and text != "ForEach"))
def what_is_no_reference(document: Document, path: Any) -> Places:
    for one, expression, where in literal(document):
        for wrong in (path, "Step.A.B", "Steps.", "Steps.A..B", "Steps.A.B[x]"):
            with changed(expression, "Get", wrong):
                yield one["Name"], where


@fault("reference")
def a_member_of_one_value(document: Document) -> Places:
    for one, expression, where in literal(document):
        if expression["Get"].startswith(("Parameters.", "Execution.")):
            with changed(expression, "Get", f"{expression['Get']}.X"):
                yield one["Name"], where


@near("reference")
def references_of_every_kind(document: Document) -> Iterator[None]:
    with changed(document, "PipelineExperimentConfig", {"ExperimentName": "e", "TrialName": "t"}):
        yield from read(
            document, "Execution.PipelineName", "Execution.CurrentDateTime", "PipelineExperimentConfig.TrialName"
        )


@fault("unknown-parameter")
def a_parameter_that_is_not_declared(document: Document) -> Places:
    for one, expression, where in literal(document):
        if expression["Get"].startswith("Parameters."):
            with changed(expression, "Get", "Parameters.Nothing"):
                yield one["Name"], where
    for config in ("PipelineExperimentConfig", "MlflowConfig"):
        names = ("ExperimentName", "TrialName") if config == "PipelineExperimentConfig" else ("MlflowResourceArn",)
        with changed(document, config, dict.fromkeys(names, get("Parameters.Nothing"))):
            yield None, f"{config}.{names[0]}"


@near("unknown-parameter")
def a_parameter_that_is_declared_at_the_end(document: Document) -> Iterator[None]:
    document["Steps"].append(reader(get("Parameters.TheirOwn")))
    with changed(document, "Parameters", [*document["Parameters"], {"Name": "TheirOwn", "Type": "String"}]):
        yield


@fault("unknown-variable", values=st.from_regex(r"[A-Za-z]{1,20}", fullmatch=True))
def a_variable_that_no_execution_has(document: Document, name: str) -> Places:
    for path in (f"Execution.{name}X", "Execution.PipelineNam", "PipelineExperimentConfig.Name"):
        for _ in read(document, path):
            yield "OurReader", PATH


@near("unknown-variable")
def every_variable_of_an_execution(document: Document) -> Iterator[None]:
    names = [
        "StartDateTime",
        "CurrentDateTime",
        "PipelineName",
        "PipelineArn",
        "PipelineExecutionId",
        "PipelineExecutionArn",
    ]
    yield from read(document, *(f"Execution.{name}" for name in names))


@fault("no-experiment", "warning")
def an_experiment_that_there_is_not(document: Document) -> Places:
    for config in (None, GONE):
        if "PipelineExperimentConfig" in document:
            with changed(document, "PipelineExperimentConfig", config):
                for _ in read(document, "PipelineExperimentConfig.ExperimentName"):
                    yield "OurReader", PATH


@near("no-experiment")
def an_experiment_that_there_is(document: Document) -> Iterator[None]:
    with changed(document, "PipelineExperimentConfig", {"ExperimentName": "e", "TrialName": "t"}):
        yield from read(document, "PipelineExperimentConfig.ExperimentName")


@fault("unknown-step")
def a_step_that_is_not_there_is_read(document: Document) -> Places:
    for one, expression, where in literal(document):
        if expression["Get"].startswith("Steps."):
            _, _, rest = expression["Get"].split(".", 2)
            with changed(expression, "Get", f"Steps.Nowhere.{rest}"):
                yield one["Name"], where


@fault("head-reads-step", "warning")
def the_head_reads_a_step(document: Document) -> Places:
    document["Steps"].append(call("OurFirst", OutputParameters=OUTPUTS))
    config = {"ExperimentName": get("Steps.OurFirst.OutputParameters['score']"), "TrialName": "t"}
    with changed(document, "PipelineExperimentConfig", config):
        yield None, "PipelineExperimentConfig.ExperimentName"


@near("head-reads-step")
def the_head_reads_the_execution(document: Document) -> Iterator[None]:
    with changed(
        document, "PipelineExperimentConfig", {"ExperimentName": get("Execution.PipelineName"), "TrialName": "t"}
    ):
        yield


@fault("no-property", "warning")
def a_step_as_a_whole(document: Document) -> Places:
    for one in document["Steps"]:
        if one["Type"] != "Fail":
            for _ in read(document, f"Steps.{one['Name']}"):
                yield "OurReader", PATH


@near("no-property")
def a_property_of_a_condition(document: Document) -> Iterator[None]:
    document["Steps"].append(condition("OurQuestion", IS_X))
    yield from read(document, "Steps.OurQuestion.Outcome")


@fault("unknown-property")
def a_property_that_no_step_has(document: Document) -> Places:
    for one, expression, where in literal(document):
        parts = expression["Get"].split(".")
        if parts[0] == "Steps" and parts[2].partition("[")[0] not in ("PropertyFiles", "OutputParameters"):
            with changed(expression, "Get", f"Steps.{parts[1]}.Nothing"):
                yield one["Name"], where


@fault("unknown-property")
def an_element_that_the_step_does_not_list(document: Document) -> Places:
    for one in steps(document, "Processing"):
        if one in document["Steps"]:
            count = len(one["Arguments"].get("ProcessingOutputConfig", {}).get("Outputs", []))
            for key in ("'nothing'", str(count)):
                path = f"Steps.{one['Name']}.ProcessingOutputConfig.Outputs[{key}].S3Output.S3Uri"
                for _ in read(document, path):
                    yield "OurReader", PATH
    for one in steps(document, "Processing"):
        if one in document["Steps"]:
            for _ in read(document, f"Steps.{one['Name']}.ProcessingInputs['nothing'].S3Input.S3Uri"):
                yield "OurReader", PATH
    for one in steps(document, "Lineage"):
        for arns in ("ActionArns", "ArtifactArns", "ContextArns"):
            if one in document["Steps"]:
                for _ in read(document, f"Steps.{one['Name']}.{arns}['nothing']"):
                    yield "OurReader", PATH


@near("unknown-property")
def an_element_that_the_step_lists(document: Document) -> Iterator[None]:
    for one in steps(document, "Processing"):
        outputs = one["Arguments"].get("ProcessingOutputConfig", {}).get("Outputs", [])
        for index, output in enumerate(outputs):
            if one in document["Steps"] and "S3Output" in output:
                for key in (f"'{output['OutputName']}'", index):
                    path = f"Steps.{one['Name']}.ProcessingOutputConfig.Outputs[{key}].S3Output.S3Uri"
                    yield from read(document, path)
    for one in steps(document, "Lineage"):
        if one in document["Steps"] and one["Arguments"].get("Actions"):
            name = one["Arguments"]["Actions"][0]["ActionName"]
            with changed(one["Arguments"]["Actions"][0], "ActionName", get("Execution.PipelineName")):
                yield from read(document, f"Steps.{one['Name']}.ActionArns['whatever']")
            if isinstance(name, str):
                yield from read(document, f"Steps.{one['Name']}.ActionArns['{name}']")


@fault("unknown-output")
def an_output_that_is_not_declared(document: Document) -> Places:
    for one in steps(document, "Lambda", "Callback"):
        if one in document["Steps"]:
            for path in ("['nothing']", ".nothing"):
                for _ in read(document, f"Steps.{one['Name']}.OutputParameters{path}"):
                    yield "OurReader", PATH


@near("unknown-output")
def an_output_that_is_declared(document: Document) -> Iterator[None]:
    for one in steps(document, "Lambda", "Callback"):
        for output in one.get("OutputParameters") or []:
            if one in document["Steps"]:
                yield from read(document, f"Steps.{one['Name']}.OutputParameters['{output['OutputName']}']")


def json_get(path: Any, **more: Any) -> dict[str, Any]:
    return {"Std:JsonGet": {"PropertyFile": get(path), "Path": "a.b", **more}}


@fault("unknown-property-file")
def a_file_that_no_step_writes(document: Document) -> Places:
    where = f"{PATH}.Std:JsonGet.PropertyFile"
    for one in steps(document):
        if one in document["Steps"] and one["Type"] not in ("Fail", "Processing"):
            with added(document["Steps"], reader(json_get(f"Steps.{one['Name']}.PropertyFiles.Report"))):
                yield "OurReader", where
    for one, expression, place in literal(document):
        if ".PropertyFiles." in expression["Get"]:
            with changed(expression, "Get", f"{expression['Get']}x"):
                yield one["Name"], place
            with changed(expression, "Get", expression["Get"].rpartition(".")[0]):
                yield one["Name"], place


@near("unknown-property-file")
def a_file_that_is_read_once_more(document: Document) -> Iterator[None]:
    for one in steps(document, "Processing"):
        for file in one.get("PropertyFiles", []):
            if one in document["Steps"]:
                path = f"Steps.{one['Name']}.PropertyFiles.{file['PropertyFileName']}"
                with added(document["Steps"], reader(json_get(path))):
                    yield


@fault("reference")
def a_member_of_a_file(document: Document) -> Places:
    for one, expression, where in literal(document):
        if ".PropertyFiles." in expression["Get"]:
            with changed(expression, "Get", f"{expression['Get']}.metric"):
                yield one["Name"], where


@fault("property-file-value", "warning")
def a_file_instead_of_a_value(document: Document) -> Places:
    for _, expression, _ in literal(document):
        if ".PropertyFiles." in expression["Get"]:
            for _ in read(document, expression["Get"]):
                yield "OurReader", PATH


@near("property-file-value")
def the_value_of_a_file(document: Document) -> Iterator[None]:
    for _, expression, _ in literal(document):
        if ".PropertyFiles." in expression["Get"]:
            with added(document["Steps"], reader(json_get(expression["Get"]))):
                yield


@fault("job-name")
def the_name_of_a_job_of_another_type(document: Document) -> Places:
    for path in ("Execution.TrainingJobName", "Execution.ProcessingJobName"):
        for _ in read(document, path):
            yield "OurReader", PATH
        with changed(document, "PipelineExperimentConfig", {"ExperimentName": get(path), "TrialName": "t"}):
            yield None, "PipelineExperimentConfig.ExperimentName"
    for one in steps(document, "Training"):
        with changed(one["Arguments"], "Environment", {"A": get("Execution.ProcessingJobName")}):
            yield one["Name"], "Arguments.Environment.A"


@near("job-name")
def the_name_of_the_job_itself(document: Document) -> Iterator[None]:
    for one in steps(document, "Training", "Processing", "QualityCheck", "ClarifyCheck"):
        kind = "Training" if one["Type"] == "Training" else "Processing"
        with changed(one["Arguments"], "Environment", {"A": get(f"Execution.{kind}JobName")}):
            yield


# -- functions --------------------------------------------------------------------------------------------------------


@fault("unknown-function", values=st.text(max_size=10).filter(lambda name: name not in ("Join", "JsonGet")))
def a_function_that_there_is_not(document: Document, name: str) -> Places:
    for other in (name, "join", "Sub"):
        with added(document["Steps"], reader({f"Std:{other}": {"On": "", "Values": []}})):
            yield "OurReader", PATH


@near("unknown-function")
def functions_in_functions(document: Document) -> Iterator[None]:
    inner = {"Std:Join": {"On": "/", "Values": [1, 0.5, True, "a", get("Execution.PipelineName")]}}
    with added(document["Steps"], reader({"Std:Join": {"On": "", "Values": [inner, inner]}})):
        yield


@fault("unknown-key")
def a_key_beside_a_function(document: Document) -> Places:
    for one, expression, where in expressions(document, "Std:Join", "Std:JsonGet"):
        for key in ("Default", "Get"):
            with changed(expression, key, "x"):
                yield one["Name"], where


@fault("unknown-key", "warning")
def a_key_beside_a_reference(document: Document) -> Places:
    for one, expression, where in literal(document):
        with changed(expression, "Default", "x"):
            yield one["Name"], where


@near("unknown-key")
def a_key_of_that_name(document: Document) -> Iterator[None]:
    for one in steps(document, "Training"):
        with changed(one["Arguments"], "Environment", {"Get": "it", "Other": "x"}):
            yield


@fault("unknown-key")
def a_key_that_the_function_does_not_have(document: Document) -> Places:
    for name in ("Std:Join", "Std:JsonGet"):
        for one, expression, where in expressions(document, name):
            for key in ("Step", "Separator", "path"):
                with changed(expression[name], key, "x"):
                    yield one["Name"], f"{where}.{name}.{key}"


@fault("join", values=no_texts)
def a_join_of_another_form(document: Document, value: Any) -> Places:
    for one, expression, where in expressions(document, "Std:Join"):
        join = expression["Std:Join"]
        with changed(join, "On", value):
            yield one["Name"], f"{where}.Std:Join.On"
        if not isinstance(value, list):
            with changed(join, "Values", value):
                yield one["Name"], f"{where}.Std:Join.Values"
        if not isinstance(value, dict):
            with changed(expression, "Std:Join", value):
                yield one["Name"], f"{where}.Std:Join"
        if value is None or isinstance(value, (list, dict)):
            with added(join["Values"], value):
                yield one["Name"], f"{where}.Std:Join.Values[{len(join['Values']) - 1}]"


@fault("join")
def a_join_of_which_half_is_missing(document: Document) -> Places:
    for one, expression, where in expressions(document, "Std:Join"):
        for key in ("On", "Values"):
            with changed(expression["Std:Join"], key):
                yield one["Name"], f"{where}.Std:Join.{key}"
        with changed(expression["Std:Join"], "On", get("Execution.PipelineName")):
            yield one["Name"], f"{where}.Std:Join.On"


@near("join")
def a_join_of_literals(document: Document) -> Iterator[None]:
    for values in (["a"], ["", 0, False, 0.0], []):
        with added(document["Steps"], reader({"Std:Join": {"On": "", "Values": values}})):
            yield


@fault("json-get", values=no_texts)
def a_json_get_of_another_form(document: Document, value: Any) -> Places:
    for one, expression, where in expressions(document, "Std:JsonGet"):
        where = f"{where}.Std:JsonGet"
        with changed(expression["Std:JsonGet"], "Path", value):
            yield one["Name"], f"{where}.Path"
        for key in ("PropertyFile", "S3Uri"):
            if key in expression["Std:JsonGet"]:
                with changed(expression["Std:JsonGet"], key, value):
                    yield one["Name"], f"{where}.{key}"
        if not isinstance(value, dict):
            with changed(expression, "Std:JsonGet", value):
                yield one["Name"], where


@fault("json-get")
def a_json_get_of_no_file_or_of_two(document: Document) -> Places:
    for one, expression, where in expressions(document, "Std:JsonGet"):
        content, where = expression["Std:JsonGet"], f"{where}.Std:JsonGet"
        for path in (GONE, "", get("Parameters.P"), {"Std:Join": {"On": "", "Values": ["a"]}}):
            with changed(content, "Path", path):
                yield one["Name"], f"{where}.Path"
        with changed(content, "PropertyFile" if "PropertyFile" in content else "S3Uri"):
            yield one["Name"], where
        with changed(content, "S3Uri" if "PropertyFile" in content else "PropertyFile", "s3://b/k"):
            yield one["Name"], where
        if "PropertyFile" in content:
            for file in ("Report", get("Parameters.P"), get("Steps.A.B"), {"Get": "Steps.A.PropertyFiles.B", "x": 1}):
                with changed(content, "PropertyFile", file):
                    yield one["Name"], f"{where}.PropertyFile"
    for uri in ("bucket/key", "", "https://b/k"):
        with added(document["Steps"], reader({"Std:JsonGet": {"S3Uri": uri, "Path": "a"}})):
            yield "OurReader", f"{PATH}.Std:JsonGet.S3Uri"


@near("json-get")
def a_json_get_of_an_object(document: Document) -> Iterator[None]:
    joined = {"Std:Join": {"On": "/", "Values": ["s3:/", "b", "k"]}}
    for uri in ("s3://b/k", "${Token[TOKEN.1]}", joined, get("Execution.PipelineName")):
        with added(document["Steps"], reader({"Std:JsonGet": {"S3Uri": uri, "Path": "a[0]['b c'].d"}})):
            yield


@fault("json-get-path", "warning")
def a_path_that_cannot_be_followed(document: Document) -> Places:
    for one, expression, where in expressions(document, "Std:JsonGet"):
        for path in ("$.a", "a..b", "a b", "a[x]", "a[0"):
            with changed(expression["Std:JsonGet"], "Path", path):
                yield one["Name"], f"{where}.Std:JsonGet.Path"


@near("json-get-path")
def a_path_of_every_form(document: Document) -> Iterator[None]:
    for _, expression, _ in expressions(document, "Std:JsonGet"):
        for path in ("a", "a-b_1.c", "a[0]['b c']", 'a["b"]', "[0].a"):
            with changed(expression["Std:JsonGet"], "Path", path):
                yield


@fault("expression-not-allowed")
def a_default_that_is_computed(document: Document) -> Places:
    for index, parameter in enumerate(document["Parameters"]):
        for expression in (get("Execution.PipelineName"), {"Std:Join": {"On": "", "Values": ["a"]}}):
            with changed(parameter, "DefaultValue", expression):
                yield None, f"Parameters[{index}].DefaultValue"
