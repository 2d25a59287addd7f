"""Every rule: a broken sample, and the words in which it is told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cdk_sagemaker_pipelines.language import Definition, check
from cdk_sagemaker_pipelines.language.rules import ENOUGH
from cdk_sagemaker_pipelines.properties.service_model import Model, version

from .support import condition, corpus, corpus_document, definition, document, errors, get, reads, step, texts

NO_STEP = "Steps: the pipeline has no step [no-steps]"


def test_a_pipeline_without_fault_has_no_finding() -> None:
    assert check(definition(step("Train"), reads("Next", "Steps.Train.TrainingJobName"))) == []


# -- the document -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"Version": "2021-01-01"}, ["Version: Version must be '2020-12-01', not '2021-01-01' [version]"]),
        ({"Version": None}, ["Version: Version must be '2020-12-01', not None [version]"]),
        ({"Step": []}, ["Step: unknown key; did you mean 'Steps'? [unknown-key]"]),
        ({"Steps": []}, [NO_STEP]),
        ({"Steps": 5}, ["Steps: Steps must be a list of objects [shape]", NO_STEP]),
        ({"Steps": ["Train"]}, ["Steps: Steps must be a list of objects [shape]", NO_STEP]),
        ({"Parameters": {"P": 1}}, ["Parameters: Parameters must be a list of objects [shape]"]),
        ({"Parameters": 5}, ["Parameters: Parameters must be a list of objects [shape]"]),
        ({"Parameters": None}, ["Parameters: Parameters must be a list of objects [shape]"]),
        ({"MlflowConfig": None, "PipelineExperimentConfig": None}, []),
    ],
)
def test_the_form_of_the_document(changes: dict[str, Any], found: list[str]) -> None:
    assert texts(check(Definition({**document(step("Train")), **changes}))) == found


def test_a_document_without_anything() -> None:
    assert texts(check(Definition({}))) == ["Version: Version must be '2020-12-01', not None [version]", NO_STEP]


@pytest.mark.parametrize(
    ("parameter", "text"),
    [
        (
            {"Name": "P", "Type": "Text"},
            "parameter 'P': type 'Text'; allowed are 'String', 'Integer', 'Float', 'Boolean' [parameter]",
        ),
        (
            {"Name": "P", "Type": []},
            "parameter 'P': type []; allowed are 'String', 'Integer', 'Float', 'Boolean' [parameter]",
        ),
        ({"Name": "P"}, "parameter 'P': type None; allowed are 'String', 'Integer', 'Float', 'Boolean' [parameter]"),
        (
            {"Name": "a b", "Type": "String"},
            "parameter 'a b': a name has 1 to 64 letters, digits, '-' or '_' [parameter]",
        ),
        ({"Type": "String"}, "parameter None: a name has 1 to 64 letters, digits, '-' or '_' [parameter]"),
        (
            {"Name": [], "Type": "String"},
            "parameter []: a name has 1 to 64 letters, digits, '-' or '_' [parameter]",
        ),
        (
            {"Name": "P", "Type": "Integer", "DefaultValue": "5"},
            "parameter 'P': the default '5' is not of type Integer [parameter]",
        ),
        (
            {"Name": "P", "Type": "String", "DefaultValue": None},
            "parameter 'P': the default None is not of type String [parameter]",
        ),
        (
            {"Name": "P", "Type": "String", "DefaultValue": "c", "EnumValues": ["a"]},
            "parameter 'P': the default 'c' is not one of its enum values, 'a' [parameter]",
        ),
        (
            {"Name": "P", "Type": "String", "EnumValues": []},
            "parameter 'P': enum_values must be a list of at least one text [parameter]",
        ),
        (
            {"Name": "P", "Type": "String", "EnumValues": "ab"},
            "parameter 'P': enum_values must be a list of at least one text [parameter]",
        ),
    ],
)
def test_parameters(parameter: dict[str, Any], text: str) -> None:
    assert errors(step("Train"), parameters=[parameter]) == [f"Parameters[0]: {text}"]


def test_a_default_is_literal() -> None:
    declared = [{"Name": "P", "Type": "String", "DefaultValue": get("Execution.PipelineName")}]
    assert errors(step("Train"), parameters=declared) == [
        "Parameters[0]: parameter 'P': the default {'Get': 'Execution.PipelineName'} is not of type String [parameter]",
        "Parameters[0].DefaultValue: the service substitutes no expression here; write a literal "
        "[expression-not-allowed]",
    ]


def test_parameters_declared_twice() -> None:
    declared = [{"Name": "P", "Type": "String"}] * 2
    assert errors(step("Train"), parameters=declared) == [
        "Parameters[1]: parameter 'P' is declared twice [duplicate-parameter]"
    ]


# -- steps ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a b", "", "x" * 65, "é", "a.b", None, 5, ["a"]])
def test_names_of_steps(name: Any) -> None:
    (error,) = errors(step(name))
    told = f"step '{name}': " if name and isinstance(name, str) else ""
    assert error == f"{told}Name: the name {name!r} must have 1 to 64 letters, digits, '-' or '_' [step-name]"


def test_two_steps_with_one_name() -> None:
    inside = condition("Check", if_steps=[step("Train")], else_steps=[step("Other", "Tuning")])
    assert errors(step("Train"), inside, step("Other")) == [
        "step 'Train': Name: the step is in two places: at the top and in IfSteps of 'Check'; leave it where it "
        "belongs, others can depend on it [duplicate-step]",
        "step 'Other': Name: two steps have this name: one in ElseSteps of 'Check', one at the top; names must be "
        "unique in the whole pipeline [duplicate-step]",
    ]


def test_types_of_steps() -> None:
    found = check(definition(step("A", "Trainig")))
    assert texts(found) == []
    assert texts(found, "warning") == [
        "step 'A': Type: the type 'Trainig' is not known here; did you mean 'Training'? [step-type]"
    ]
    for type in (None, "", 5):
        assert errors(step("A", type)) == [  # type: ignore[arg-type]
            f"step 'A': Type: Type must be a text such as 'Training', not {type!r} [shape]"
        ]


@pytest.mark.parametrize("arguments", [[], "x", None, 5])
def test_arguments_are_an_object(arguments: Any) -> None:
    broken = {"Name": "A", "Type": "Training", "Arguments": arguments}
    for model in (None, Model()):
        assert errors(broken, model=model) == ["step 'A': Arguments: Arguments must be an object [shape]"]


@pytest.mark.parametrize(
    ("type", "key", "text"),
    [
        ("Training", "PropertyFiles", "a Training step takes no PropertyFiles"),
        ("Training", "DependOn", "a Training step takes no DependOn; did you mean 'DependsOn'?"),
        ("Model", "CacheConfig", "a Model step takes no CacheConfig"),
        ("Condition", "CacheConfig", "a Condition step takes no CacheConfig"),
        ("Condition", "RetryPolicies", "a Condition step takes no RetryPolicies"),
        ("Fail", "CacheConfig", "a Fail step takes no CacheConfig"),
        ("Lambda", "RetryPolicies", "a Lambda step takes no RetryPolicies"),
        ("Lambda", "SqsQueueUrl", "a Lambda step takes no SqsQueueUrl"),
        ("QualityCheck", "ModelName", "a QualityCheck step takes no ModelName"),
    ],
)
def test_keys_belong_to_the_type(type: str, key: str, text: str) -> None:
    arguments: dict[str, Any] = {"Conditions": []} if type == "Condition" else {}
    found = texts(check(definition(step("A", type, arguments, **{key: []}))))
    hints = [error for error in found if not error.startswith(f"step 'A': {key}: {text}")]
    assert not hints
    assert len(found) == 1
    assert found[0].endswith("[step-key]")


def test_disputed_keys_are_a_warning() -> None:
    found = check(definition(step("A", "ClarifyCheck", RetryPolicies=[])))
    assert texts(found) == []
    assert [(finding.code, finding.where, finding.level) for finding in found] == [
        ("step-key", "RetryPolicies", "warning")
    ]


@pytest.mark.parametrize("named", ["a Model", "a RegisterModel", "an EMR", "an EMRServerless"])
def test_exceptions_of_jobs_are_for_jobs(named: str) -> None:
    policies = [{"ExceptionType": [name]} for name in ("Step.THROTTLING", "SageMaker.CAPACITY_ERROR")]
    assert errors(step("A", named.partition(" ")[2], RetryPolicies=policies)) == [
        f"step 'A': RetryPolicies[1].ExceptionType[0]: {named} step is not retried for 'SageMaker.CAPACITY_ERROR'; "
        "it only takes 'Step.' exceptions [retry-exception]"
    ]
    assert errors(step("A", "Training", RetryPolicies=policies)) == []


@pytest.mark.parametrize(
    ("key", "value", "where"),
    [
        ("DisplayName", get("Parameters.P"), "DisplayName"),
        ("CacheConfig", {"Enabled": get("Parameters.P")}, "CacheConfig.Enabled"),
        ("DependsOn", [get("Parameters.P")], "DependsOn[0]"),
        ("RetryPolicies", [{"MaxAttempts": {"Std:Join": {}}}], "RetryPolicies[0].MaxAttempts"),
    ],
)
def test_options_are_literal(key: str, value: Any, where: str) -> None:
    found = errors(step("A", **{key: value}), parameters=[{"Name": "P", "Type": "String"}])
    text = "the service substitutes no expression here; write a literal [expression-not-allowed]"
    assert f"step 'A': {where}: {text}" in found


@pytest.mark.parametrize("type", ["Lambda", "Callback"])
def test_targets_of_calls_are_literal(type: str) -> None:
    key = {"Lambda": "FunctionArn", "Callback": "SqsQueueUrl"}[type]
    found = errors(step("A", type, **{key: get("Parameters.P")}), parameters=[{"Name": "P", "Type": "String"}])
    assert found == [
        f"step 'A': {key}: the service substitutes no expression here; write a literal [expression-not-allowed]"
    ]


def test_options_of_checks_take_expressions() -> None:
    check_step = step("A", "QualityCheck", SkipCheck=get("Parameters.P"), ModelPackageGroupName=get("Parameters.P"))
    assert errors(check_step, parameters=[{"Name": "P", "Type": "String"}]) == []


def test_texts_for_people() -> None:
    assert errors(step("A", DisplayName="x" * 256, Description="x" * 3072)) == []
    assert errors(step("A", DisplayName="x" * 257, Description="x" * 3073)) == [
        "step 'A': DisplayName: 257 characters; at most 256 [length]",
        "step 'A': Description: 3073 characters; at most 3072 [length]",
    ]
    assert errors(step("A", DisplayName="${Token[TOKEN.1]}" + "x" * 256)) == []


# -- dependencies and references --------------------------------------------------------------------------------------


def test_dependencies() -> None:
    assert errors(
        step("Train"),
        step("Stop", "Fail"),
        step("A", DependsOn=["Train", "Trian", {"Step": "Nowhere"}]),
        step("B", DependsOn=["Stop"]),
    ) == [
        "step 'A': DependsOn: it depends on 'Trian', but the pipeline has no such step; did you mean 'Train'? "
        "[unknown-step]",
        "step 'A': DependsOn: it depends on 'Nowhere', but the pipeline has no such step; there are 'Train', 'Stop', "
        "'A', 'B' [unknown-step]",
        "step 'B': DependsOn: it depends on 'Stop', a Fail step: the execution ends there, so nothing can follow "
        "[depends-on-fail]",
    ]


@pytest.mark.parametrize("listed", ["Train", {"Step": "Train"}, [5], [["Train"]], [{"Trigger": "Failed"}], 5, None])
def test_the_form_of_dependencies(listed: Any) -> None:
    assert errors(step("Train"), step("A", DependsOn=listed)) == [
        "step 'A': DependsOn: it must be a list of step names, or of objects with Step and Trigger [shape]"
    ]


@pytest.mark.parametrize("trigger", ["Completed", "Failed", "Stopped", "Any"])
def test_triggers(trigger: str) -> None:
    assert check(definition(step("Train"), step("A", DependsOn=[{"Step": "Train", "Trigger": trigger}]))) == []


@pytest.mark.parametrize(
    ("listed", "text"),
    [
        (
            [{"Step": "Train", "Trigger": "Fail"}],
            "DependsOn[0].Trigger: the trigger 'Fail'; allowed are 'Completed', 'Failed', 'Stopped', 'Any'; "
            "did you mean 'Failed'? [trigger]",
        ),
        (
            ["Stop", {"Step": "Train", "Trigger": ["Any"]}],
            "DependsOn[1].Trigger: the trigger ['Any']; allowed are 'Completed', 'Failed', 'Stopped', 'Any' [trigger]",
        ),
        (
            [{"Step": "Train", "Triger": "Any"}],
            "DependsOn[0].Triger: unknown key; did you mean 'Trigger'? [unknown-key]",
        ),
        (
            ["Train", {"Step": "Train", "Trigger": "Failed"}],
            "DependsOn: it depends on 'Train' with the triggers 'Completed' and 'Failed'; a step has one trigger for "
            "another, and 'Any' covers every end [two-triggers]",
        ),
    ],
)
def test_wrong_triggers(listed: list[Any], text: str) -> None:
    assert errors(step("Train"), step("Stop"), step("A", DependsOn=listed)) == [f"step 'A': {text}"]


def test_a_step_that_is_named_twice_is_in_doubt() -> None:
    found = check(definition(step("Train"), step("A", DependsOn=["Train", {"Step": "Train"}])))
    assert texts(found, "warning") == [
        "step 'A': DependsOn: it names 'Train' 2 times; name it once [duplicate-dependency]"
    ]
    assert texts(found) == []


FILES = [{"PropertyFileName": "Report", "OutputName": "out", "FilePath": "r.json"}]
OUTPUTS = {"ProcessingOutputConfig": {"Outputs": [{"OutputName": "out", "S3Output": {}}]}}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "Steps.Trian.X",
            "it reads 'Steps.Trian.X', but the pipeline has no step 'Trian'; did you mean 'Train'? [unknown-step]",
        ),
        (
            "Parameters.Cuont",
            "it reads 'Parameters.Cuont', but the pipeline declares no such parameter; did you mean "
            "'Count'? [unknown-parameter]",
        ),
        (
            "Parameters.Count.X",
            "it reads 'Parameters.Count.X', but 'Parameters.Count' is a single value without members [reference]",
        ),
        (
            "Execution.PipelineNam",
            "it reads 'Execution.PipelineNam', but the service has no such variable; did you "
            "mean 'PipelineName'? [unknown-variable]",
        ),
        (
            "Steps.Eval.PropertyFiles.Reprot",
            "it reads 'Steps.Eval.PropertyFiles.Reprot', but step 'Eval' has no such "
            "property file; did you mean 'Report'? [unknown-property-file]",
        ),
        (
            "Steps.Train.PropertyFiles.Report",
            "it reads 'Steps.Train.PropertyFiles.Report', but 'Train' is a Training step; only Processing steps have "
            "property files [unknown-property-file]",
        ),
        (
            "Steps.Train.ModelArtifact.S3ModelArtifacts",
            "it reads 'Steps.Train.ModelArtifact.S3ModelArtifacts': "
            "'ModelArtifact' is not a property of a Training step; did you mean 'ModelArtifacts'? [unknown-property]",
        ),
        (
            "Train.X",
            "'Train.X' is not a reference; allowed are 'Parameters.<name>', 'Execution.<name>', "
            "'PipelineExperimentConfig.<name>', 'Steps.<name>', 'ForEach.<name>', 'IterationOutput.<name>' [reference]",
        ),
    ],
)
def test_what_cannot_be_read(path: str, text: str) -> None:
    steps = [
        step("Train"),
        step("Eval", "Processing", OUTPUTS, PropertyFiles=FILES),
        step("Lambda", "Lambda", {"x": get(path)}, FunctionArn="f"),
    ]
    parameters = [{"Name": "Count", "Type": "Integer"}]
    found = [e for e in errors(*steps, parameters=parameters, model=Model()) if "[argument]" not in e]
    assert found == [f"step 'Lambda': Arguments.x: {text}"]
    experiment = {"ExperimentName": get(path), "TrialName": "t"}
    assert f"PipelineExperimentConfig.ExperimentName: {text}" in errors(
        *steps, parameters=parameters, PipelineExperimentConfig=experiment, model=Model()
    )


@pytest.mark.parametrize(
    "path",
    [
        "Parameters.Count",
        "Execution.CurrentDateTime",
        "PipelineExperimentConfig.TrialName",
        "Steps.Train.ModelArtifacts.S3ModelArtifacts",
        "Steps.Train.FinalMetricDataList['auc'].Value",
        "Steps.Eval.ProcessingOutputConfig.Outputs['out'].S3Output.S3Uri",
        "Steps.Eval.PropertyFiles.Report",
        "Steps.Check.Outcome",
        "Steps.Lambda.OutputParameters['x']",
    ],
)
def test_what_can_be_read(path: str) -> None:
    steps = [
        step("Train"),
        step("Eval", "Processing", OUTPUTS, PropertyFiles=FILES),
        condition("Check"),
        step("Lambda", "Lambda", FunctionArn="f", OutputParameters=[{"OutputName": "x", "OutputType": "String"}]),
        step("Reader", "Lambda", {"x": get(path)}, FunctionArn="f"),
    ]
    found = errors(*steps, parameters=[{"Name": "Count", "Type": "Integer"}], model=Model())
    assert [error for error in found if "[argument]" not in error] == []


def test_property_files() -> None:
    wrong = [{"PropertyFileName": "Other", "OutputName": "outt", "FilePath": "r.json"}]
    assert errors(step("Eval", "Processing", OUTPUTS, PropertyFiles=[*FILES, *FILES, *wrong, "x"])) == [
        "step 'Eval': PropertyFiles[1]: two property files are named 'Report' [duplicate-property-file]",
        "step 'Eval': PropertyFiles[2].OutputName: the step has no output 'outt'; did you mean 'out'? [unknown-output]",
        "step 'Eval': PropertyFiles[3]: a property file must be an object [shape]",
    ]


@pytest.mark.parametrize(("more", "found"), [(0, []), (1, ["too-long"])])
def test_the_longest_definition(more: int, found: list[str]) -> None:
    shortest = json.dumps(document(step("Long", "Fail", {"ErrorMessage": ""})), separators=(",", ":"))
    message = "x" * (1_048_576 - len(shortest) + more)
    codes = [finding.code for finding in check(definition(step("Long", "Fail", {"ErrorMessage": message})))]
    assert [code for code in codes if code == "too-long"] == found


def test_cleanup_comes_after_what_it_cleans_up() -> None:
    def cleanup(*names: Any, **more: Any) -> dict[str, Any]:
        return step("Clean", "Cleanup", {"Resources": {"S3": [{"StepName": name} for name in names]}}, **more)

    assert errors(step("Train"), cleanup("Train", 5, DependsOn=[{"Step": "Train", "Trigger": "Any"}])) == []
    assert errors(step("Train"), cleanup("Train", "Trian")) == [
        "step 'Clean': Arguments.Resources.S3[0].StepName: it cleans up after 'Train', but does not wait for it; name "
        "it in DependsOn [cleanup-order]",
        "step 'Clean': Arguments.Resources.S3[1].StepName: it cleans up after 'Trian', but the pipeline has no such "
        "step; did you mean 'Train'? [unknown-step]",
    ]
    assert errors(step("A", "Cleanup", {"Resources": 5}), step("B", "Cleanup", {"Resources": {"S3": "x"}})) == []


def test_cycles() -> None:
    assert errors(reads("A", "Steps.B.X"), step("B", DependsOn=["A"])) == [
        "step 'A': the steps wait for one another: 'B' waits for 'A' (DependsOn), 'A' waits for 'B' "
        "(Arguments.Environment.v0) [cycle]"
    ]


def test_arguments_are_the_request_of_the_job() -> None:
    broken = step("P", "Processing", {"RoleArn": 5, "Enviroment": {}, "AppSpecification": {"ImageUri": "i"}})
    assert errors(broken) == []
    assert errors(broken, model=Model()) == [
        "step 'P': Arguments.RoleArn: is 5; needs a text [argument]",
        "step 'P': Arguments.Enviroment: 'Enviroment' is not a member here; did you mean 'Environment'? [argument]",
        "step 'P': Arguments: needs the member 'ProcessingResources' [argument]",
    ]


@pytest.mark.parametrize(
    ("expression", "where", "text"),
    [
        ({"Std:Join": 5}, "Std:Join", "it must be an object with On and Values, not 5 [join]"),
        (
            {"Std:JsonGet": 5},
            "Std:JsonGet",
            "it must be an object with Path and either PropertyFile or S3Uri, not 5 [json-get]",
        ),
        ({"Std:JsonGet": {"Path": "a"}}, "Std:JsonGet", "give one of PropertyFile and S3Uri, not none [json-get]"),
        (
            {"Std:JsonGet": {"Path": "a", "S3Uri": "s3://b/k", "PropertyFile": get("Steps.Eval.PropertyFiles.Report")}},
            "Std:JsonGet",
            "give one of PropertyFile and S3Uri, not both [json-get]",
        ),
    ],
)
def test_the_form_of_functions(expression: Any, where: str, text: str) -> None:
    steps = [
        step("Eval", "Processing", OUTPUTS, PropertyFiles=FILES),
        step("L", "Lambda", {"x": expression}, FunctionArn="f"),
    ]
    assert errors(*steps) == [f"step 'L': Arguments.x.{where}: {text}"]


def test_other_keys_next_to_an_expression() -> None:
    joined = {"Std:Join": {"On": "", "Values": ["a"]}, "Default": 1}
    assert errors(step("L", "Lambda", {"x": joined}, FunctionArn="f")) == [
        "step 'L': Arguments.x: 'Std:Join' must be the only key of its object, which also has 'Default' [unknown-key]"
    ]
    found = check(definition(step("L", "Lambda", {"x": {**get("Execution.PipelineName"), "A": 1}}, FunctionArn="f")))
    assert texts(found, "warning") == [
        "step 'L': Arguments.x: 'Get' is read as an expression only where it is the only key of its object, which also "
        "has 'A' [unknown-key]"
    ]


def test_hints_among_very_many_names() -> None:
    steps = [step(f"Step{index}") for index in range(400)]
    (hinted,) = errors(*steps, step("A", DependsOn=["step17x"]))
    assert hinted.endswith("the pipeline has no such step; did you mean 'Step17'? [unknown-step]")
    (listed,) = errors(*steps, step("A", DependsOn=["tep17"]))
    assert listed.endswith("there are 'Step0', 'Step1', 'Step2', 'Step3', 'Step4', 'Step5', 'Step6', 'Step7' and 393 "
                           "more [unknown-step]")  # fmt: skip


def test_each_cycle_is_reported() -> None:
    steps = [reads("A", "Steps.A.X", "Steps.B.X"), step("B", DependsOn=["A"]), reads("C", "Steps.D.X")]
    assert errors(*steps, reads("D", "Steps.C.X")) == [
        "step 'A': Arguments.Environment.v0: it waits for itself, so it would never start [self-dependency]",
        "step 'A': the steps wait for one another: 'B' waits for 'A' (DependsOn), 'A' waits for 'B' "
        "(Arguments.Environment.v1) [cycle]",
        "step 'C': the steps wait for one another: 'D' waits for 'C' (Arguments.Environment.v0), 'C' waits for 'D' "
        "(Arguments.Environment.v0) [cycle]",
    ]


def test_a_condition_that_waits_for_its_own_branch_is_a_cycle_only() -> None:
    is_x = {"Type": "Equals", "LeftValue": get("Steps.Inner.TrainingJobName"), "RightValue": "x"}
    found = check(definition(condition("Check", is_x, if_steps=[step("Inner")])))
    assert [finding.code for finding in found] == ["cycle"]


def test_a_step_in_one_place_twice() -> None:
    assert errors(step("Train"), step("Train")) == [
        "step 'Train': Name: the step is in two places: at the top, twice; leave it where it belongs, others can "
        "depend on it [duplicate-step]"
    ]


def test_a_rule_that_finds_very_much_is_stopped() -> None:
    found = check(definition(*(step(f"S{index}", DependsOn=["Nowhere"]) for index in range(2000))))
    assert [finding.code for finding in found].count("unknown-step") == ENOUGH
    assert texts(found, "warning")[-1] == ("the rule dependencies found 1000 errors and stopped [many-findings]")
    enough = check(definition(*(step(f"S{index}", DependsOn=["S"]) for index in range(ENOUGH - 1))))
    assert "many-findings" not in {finding.code for finding in enough}


def test_warnings_do_not_stop_a_rule() -> None:
    found = check(definition(*(step(f"S{index}", "New") for index in range(ENOUGH + 1))))
    assert [finding.code for finding in found].count("step-type") == ENOUGH + 1


def test_secrets_are_not_shown() -> None:
    secret = "AKIA" + "Q3EGRXYZ2345ABCD"
    call = step("Call", "Lambda", {"key": secret, "DB_PASSWORD": "hunter22"}, FunctionArn="f")
    assert texts(check(definition(call)), "warning") == [
        "step 'Call': Arguments.key: it looks like an AWS access key ID, which is in plain text here: anyone who may "
        "describe the pipeline or its jobs can read it; keep it in Secrets Manager and let the job fetch it [secret]",
        "step 'Call': Arguments.DB_PASSWORD: the name 'DB_PASSWORD' suggests a secret, and its value is in plain text "
        "here: anyone who may describe the pipeline or its jobs can read it; keep it in Secrets Manager and let the "
        "job fetch it [secret-name]",
    ]


def test_everything_is_reported_at_once() -> None:
    assert len(errors(step("a b"), reads("X", "Steps.N.Y"), step("Z", DependsOn=["N"]), Version="1")) == 4


# -- what the SDK emits is right --------------------------------------------------------------------------------------


DOUBTS = {
    "abalone": ["same-place"],
    "caching": ["cache-without-age"],
    "clarify_checks": ["check-baseline"],
    "conditions_all": ["idle-condition"],
    "conditions_nested": ["nested-condition"],
    "property_files_and_functions": ["hyperparameter", "hyperparameter"],
    "processing_script": ["unused-parameter", "same-place"],
    "quality_checks": ["same-place", "check-baseline"],
    "retry_policies": ["retry-without-end", "same-place"],
    "training_builtin": ["hyperparameter", "hyperparameter"],
    "transform": ["same-place"],
    "v3_cleanup_and_triggers": ["prefix-overlap", "hyperparameter", "hyperparameter"],
    "v3_processing": ["same-place", "same-place"],
    "v3_training_model_trainer": ["prefix-overlap", "hyperparameter", "hyperparameter"],
    "v3_tuning": ["prefix-overlap"],
}
"""What the SDK writes and the guide asks not to; outputs without the execution's ID; a condition without any step; a
declared parameter that is passed to nothing; inputs at ``s3://b/t`` beside outputs at ``s3://b/tr``;
invented hyperparameters of XGBoost."""


@pytest.mark.parametrize("name", corpus())
def test_the_corpus_has_no_error(name: str) -> None:
    found = check(Definition(corpus_document(name)), Model())
    assert texts(found) == []
    assert [finding.code for finding in found] == DOUBTS.get(name, [])


def test_a_value_of_a_parameter_is_reported_once_with_its_first_place() -> None:
    parameters = [
        {"Name": "Kind", "Type": "String", "DefaultValue": "ml.m5.xlrge", "EnumValues": ["ml.m5.xlrge", "banana"]},
        {"Name": "Count", "Type": "Integer", "DefaultValue": -3},
    ]
    resources = {"InstanceType": get("Parameters.Kind"), "InstanceCount": get("Parameters.Count")}
    steps = [step(name, "Training", {"ResourceConfig": resources}) for name in ("A", "B", "C")]
    found = check(Definition(document(*steps, Parameters=parameters)), Model())
    told = [str(one).replace(version(), "X") for one in found if one.code == "parameter-value"]
    place = "step 'A': Arguments.ResourceConfig"
    assert told == [
        f"{place}.InstanceType: the default of parameter 'Kind' is 'ml.m5.xlrge', which is unknown to botocore X; "
        "did you mean 'ml.m5.xlarge'?; the same in 2 more places [parameter-value]",
        f"{place}.InstanceType: an enum value of parameter 'Kind' is 'banana', which is unknown to botocore X; "
        "the same in 2 more places [parameter-value]",
        f"{place}.InstanceCount: the default of parameter 'Count' is -3; allowed is at least 0; "
        "the same in 2 more places [parameter-value]",
    ]


def test_a_branch_that_conditions_share_is_reported_once() -> None:
    def fail(name: str, reads: str) -> dict[str, Any]:
        return {"Name": name, "Type": "Fail", "Arguments": {"ErrorMessage": {"Get": f"Steps.{reads}.Outcome"}}}

    def question(name: str, reads: str, *steps: dict[str, Any]) -> dict[str, Any]:
        left = {"Get": f"Steps.{reads}.Outcome"} if reads else 1
        condition = {"Type": "Equals", "LeftValue": left, "RightValue": 1}
        return {
            "Name": name,
            "Type": "Condition",
            "Arguments": {"Conditions": [condition], "IfSteps": [*steps], "ElseSteps": []},
        }

    inner = [question(name, "") for name in ("A", "B")]
    after = question("After", "A", fail("One", "A"), fail("Two", "B"))
    document = {"Version": "2020-12-01", "Steps": [question("First", "", *inner), after, fail("Apart", "B")]}
    found = [finding.step for finding in check(Definition(document)) if finding.code == "may-not-run"]
    assert found == ["After", "Apart"]
