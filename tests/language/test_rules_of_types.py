"""The words of the rules over arguments and options; the tables of faults have their places and levels."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_sagemaker_pipelines.language import Definition, check
from cdk_sagemaker_pipelines.properties.service_model import Model

from .support import document, get

PARAMETERS = [{"Name": "Count", "Type": "Integer"}, {"Name": "Name", "Type": "String"}]


def told(code: str, type: str, arguments: Any = None, **beside: Any) -> list[str]:
    """What is found with the code in a step, without the step's name."""
    steps = {"Name": "A", "Type": type, "Arguments": arguments or {}, **beside}
    other = {"Name": "Ask", "Type": "Lambda", "FunctionArn": "f", "Arguments": {}}
    outputs = [{"OutputName": "n", "OutputType": "Integer"}, {"OutputName": "s", "OutputType": "String"}]
    given = document(steps, {**other, "OutputParameters": outputs}, parameters=PARAMETERS)
    found = check(Definition(given), Model())
    return [str(finding).removeprefix("step 'A': ") for finding in found if finding.code == code]


@pytest.mark.parametrize(
    ("code", "type", "arguments", "text"),
    [
        (
            "expression-type",
            "Processing",
            {"RoleArn": get("Parameters.Count")},
            'Arguments.RoleArn: is {"Get": "Parameters.Count"}, which gives a whole number; needs a text; a Std:Join '
            "with an empty On makes it one",
        ),
        (
            "expression-type",
            "Training",
            {"InputDataConfig": get("Parameters.Name")},
            'Arguments.InputDataConfig: is {"Get": "Parameters.Name"}, which gives a text; needs a list',
        ),
        (
            "expression-type",
            "Training",
            {"EnableNetworkIsolation": get("Steps.Ask.OutputParameters['s']")},
            'Arguments.EnableNetworkIsolation: is {"Get": "Steps.Ask.OutputParameters[\'s\']"}, which gives a text; '
            "needs true or false",
        ),
        (
            "expression-type",
            "Training",
            {"StoppingCondition": {"MaxRuntimeInSeconds": get("Steps.A.ModelArtifacts.S3ModelArtifacts")}},
            'Arguments.StoppingCondition.MaxRuntimeInSeconds: is {"Get": "Steps.A.ModelArtifacts.S3ModelArtifacts"}, '
            "which gives a text; needs a whole number",
        ),
        (
            "expression-type",
            "Training",
            {"RoleArn": get("Steps.Ask.OutputParameters")},
            'Arguments.RoleArn: is {"Get": "Steps.Ask.OutputParameters"}, which gives a map; needs a text',
        ),
        (
            "processing-source",
            "Processing",
            {"ProcessingInputs": [{"InputName": "i"}]},
            "Arguments.ProcessingInputs[0]: has none of them; needs exactly one of S3Input and DatasetDefinition",
        ),
        (
            "processing-source",
            "Processing",
            {"ProcessingInputs": [{"InputName": "i", "S3Input": {}, "DatasetDefinition": {}}]},
            "Arguments.ProcessingInputs[0]: has S3Input and DatasetDefinition; needs exactly one of S3Input and "
            "DatasetDefinition",
        ),
        (
            "spot-wait",
            "Training",
            {
                "EnableManagedSpotTraining": True,
                "StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 59},
            },
            "Arguments.StoppingCondition.MaxWaitTimeInSeconds: is 59, less than MaxRuntimeInSeconds, 60, which it "
            "includes",
        ),
        (
            "training-instances",
            "Training",
            {"EnableManagedSpotTraining": True, "ResourceConfig": {"InstancePreferences": []}},
            "Arguments.ResourceConfig.InstancePreferences: cannot be combined with EnableManagedSpotTraining",
        ),
        (
            "tuning-range",
            "Tuning",
            {
                "TrainingJobDefinition": {
                    "HyperParameterRanges": {
                        "IntegerParameterRanges": [{"Name": "n", "MinValue": "1", "MaxValue": "many"}]
                    }
                }
            },
            "Arguments.TrainingJobDefinition.HyperParameterRanges.IntegerParameterRanges[0].MaxValue: is 'many'; needs "
            "a whole number as a text",
        ),
        (
            "auto-ml-mode",
            "AutoML",
            {"AutoMLJobConfig": {"Mode": "AUTO"}},
            "Arguments.AutoMLJobConfig.Mode: is 'AUTO'; a pipeline only takes 'ENSEMBLING'",
        ),
        (
            "auto-ml-mode",
            "AutoML",
            {},
            "Arguments.AutoMLJobConfig.Mode: is missing; a pipeline only takes 'ENSEMBLING'",
        ),
        (
            "auto-ml-objective",
            "AutoML",
            {"ProblemType": "Regression"},
            "Arguments: only has ProblemType; give both ProblemType and AutoMLJobObjective",
        ),
        (
            "transform-payload",
            "Transform",
            {"MaxPayloadInMB": 30, "MaxConcurrentTransforms": 4},
            "Arguments.MaxPayloadInMB: 120 MB at once, with MaxConcurrentTransforms; at most 100 are allowed",
        ),
        (
            "lineage-end",
            "Lineage",
            {
                "Actions": [{"ActionName": "run"}],
                "Associations": [{"Source": {"Name": "rum", "Type": "Action"}, "Destination": {"Arn": "a"}}],
            },
            "Arguments.Associations[0].Source.Name: the step records no Action 'rum'; name one of its own, or give the "
            "Arn of another one; did you mean 'run'?",
        ),
        (
            "duplicate-name",
            "Lineage",
            {"Contexts": [{"ContextName": "c"}, {"ContextName": "c"}]},
            "Arguments.Contexts[1].ContextName: there is another context 'c'; each needs a name of its own",
        ),
        (
            "clarify-inputs",
            "ClarifyCheck",
            {"ProcessingInputs": [{"InputName": "analysis_config"}, {"InputName": "datset"}]},
            "Arguments.ProcessingInputs: Clarify needs an input named 'dataset'; did you mean 'datset'?",
        ),
        ("job-document", "Job", {"JobConfigDocument": "{"}, "Arguments.JobConfigDocument: is not JSON: Expecting "),
    ],
)
def test_the_words_about_arguments(code: str, type: str, arguments: Any, text: str) -> None:
    (found,) = told(code, type, arguments)
    assert found.startswith(text)
    assert found.endswith(f" [{code}]")


@pytest.mark.parametrize(
    ("code", "type", "beside", "text"),
    [
        ("missing-key", "Lambda", {}, "FunctionArn: a Lambda step needs FunctionArn"),
        ("missing-key", "Callback", {"SqsQueueUrl": 5}, "SqsQueueUrl: is 5; needs a text"),
        (
            "check-type",
            "QualityCheck",
            {"CheckType": "DATA_QUALTY"},
            "CheckType: is 'DATA_QUALTY'; allowed are 'DATA_QUALITY', 'MODEL_QUALITY'; did you mean 'DATA_QUALITY'?",
        ),
        (
            "check-type",
            "QualityCheck",
            {"CheckType": 5},
            "CheckType: is 5; allowed are 'DATA_QUALITY', 'MODEL_QUALITY'",
        ),
        (
            "check-option",
            "QualityCheck",
            {"CheckType": "DATA_QUALITY", "SkipCheck": "no"},
            "SkipCheck: is 'no'; needs true, false or an expression of one",
        ),
        (
            "call-outputs",
            "Lambda",
            {"FunctionArn": "f", "OutputParameters": [{"OutputName": "a", "OutputType": "Strin"}]},
            "OutputParameters[0].OutputType: is 'Strin'; allowed are 'String', 'Integer', 'Boolean', 'Float'; did you "
            "mean 'String'?",
        ),
        (
            "call-outputs",
            "Lambda",
            {"FunctionArn": "f", "OutputParameters": [{"OutputName": "a", "OutputType": "String", "OutputTyp": 1}]},
            "OutputParameters[0].OutputTyp: unknown key; allowed are OutputName and OutputType; did you mean "
            "'OutputType'?",
        ),
        (
            "cache",
            "Training",
            {"CacheConfig": {"Enabled": True, "ExpireAfter": "30 d"}},
            "CacheConfig.ExpireAfter: is '30 d'; needs an ISO 8601 duration such as 'P30D' or 'PT12H'",
        ),
        (
            "retry-exception",
            "Training",
            {"RetryPolicies": [{"ExceptionType": ["SageMaker.CAPACITY_EROR"], "MaxAttempts": 1}]},
            "RetryPolicies[0].ExceptionType[0]: is 'SageMaker.CAPACITY_EROR'; allowed are 'Step.SERVICE_FAULT', "
            "'Step.THROTTLING', 'SageMaker.JOB_INTERNAL_ERROR', 'SageMaker.CAPACITY_ERROR', "
            "'SageMaker.RESOURCE_LIMIT'; did you mean 'SageMaker.CAPACITY_ERROR'?",
        ),
        (
            "retry-policy",
            "Training",
            {"RetryPolicies": [{"ExceptionType": ["Step.THROTTLING"], "MaxAttempts": 21}]},
            "RetryPolicies[0].MaxAttempts: is 21; allowed is 1 to 20",
        ),
        (
            "retry-policy",
            "Training",
            {"RetryPolicies": [{"ExceptionType": ["Step.THROTTLING"], "MaxAttempts": 1, "BackoffRate": -1}]},
            "RetryPolicies[0].BackoffRate: is -1; allowed is at least 1",
        ),
        (
            "retry-policy",
            "Training",
            {"RetryPolicies": [{"ExceptionType": ["Step.THROTTLING"], "MaxAttempts": "5", "BackoffRate": "2"}]},
            "RetryPolicies[0].BackoffRate: is '2'; needs a number\n"
            "RetryPolicies[0].MaxAttempts: is '5'; needs a whole number",
        ),
    ],
)
def test_the_words_about_options(code: str, type: str, beside: Any, text: str) -> None:
    assert told(code, type, **beside) == [f"{line} [{code}]" for line in text.splitlines()]


@pytest.mark.parametrize(
    "value",
    [get("Steps.Ask.OutputParameters['n']"), get("Parameters.Count"), get("Steps.Ask.OutputParameters['none']")],
)
def test_an_output_is_of_the_kind_that_is_declared(value: Any) -> None:
    assert told("expression-type", "Training", {"StoppingCondition": {"MaxRuntimeInSeconds": value}}) == []


@pytest.mark.parametrize("kind", ["Count", "Name"])
def test_hyperparameters_take_every_parameter(kind: str) -> None:
    hyperparameters = {"a": get(f"Parameters.{kind}")}
    assert told("expression-type", "Training", {"HyperParameters": hyperparameters}) == []
    tuned = {"TrainingJobDefinition": {"StaticHyperParameters": hyperparameters}}
    assert told("expression-type", "Tuning", tuned) == []


def test_arguments_are_judged_with_the_model_only() -> None:
    given = Definition(document({"Name": "A", "Type": "Lambda", "Arguments": {}}))
    assert check(given) == []
    assert [finding.code for finding in check(given, Model())] == ["missing-key"]
