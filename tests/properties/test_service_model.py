"""The service model finds what the API would refuse, and nothing in what it accepts."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from cdk_sagemaker_pipelines.properties import service_model
from cdk_sagemaker_pipelines.properties.service_model import Model, PropertyPathError, check_request, resolve

NUMBER_TOKEN = -1.888154589708785e289

PROCESSING: dict[str, Any] = {
    "ProcessingResources": {
        "ClusterConfig": {
            "InstanceType": {"Get": "Parameters.InstanceType"},
            "InstanceCount": {"Get": "Parameters.InstanceCount"},
            "VolumeSizeInGB": 30,
        }
    },
    "AppSpecification": {
        "ImageUri": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3",
        "ContainerEntrypoint": ["python3", "/opt/ml/processing/input/code/preprocess.py"],
    },
    "RoleArn": "${Token[TOKEN.12]}",
    "ProcessingInputs": [
        {
            "InputName": "code",
            "S3Input": {
                "S3Uri": {"Std:Join": {"On": "/", "Values": ["s3:/", "my-bucket", {"Get": "Parameters.Key"}]}},
                "LocalPath": "/opt/ml/processing/input/code",
                "S3DataType": "S3Prefix",
                "S3InputMode": "File",
            },
        }
    ],
    "Environment": {"A": {"Get": "Parameters.A"}},
}


def changed(path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    """The arguments above with another value at ``path``."""
    arguments = copy.deepcopy(PROCESSING)
    target: Any = arguments
    for part in path[:-1]:
        target = target[part]
    target[path[-1]] = value
    return arguments


CLUSTER = ("ProcessingResources", "ClusterConfig")
S3_INPUT = ("ProcessingInputs", 0, "S3Input")


def test_what_the_service_accepts_has_no_finding() -> None:
    assert check_request("Processing", PROCESSING) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((*CLUSTER, "InstanceCount"), NUMBER_TOKEN),
        ((*CLUSTER, "VolumeSizeInGB"), "${Token[TOKEN.7]}"),
        ((*CLUSTER, "InstanceType"), "${Token[TOKEN.7]}"),
        ((*S3_INPUT, "S3InputMode"), {"Std:JsonGet": {"S3Uri": "s3://b/k", "Path": "a"}}),
        (("ProcessingJobName",), "prefix"),
        (("AppSpecification", "ImageUri"), "123.dkr.ecr.${Token[AWS.Region.1]}.amazonaws.com/a:1"),
    ],
)
def test_tokens_and_expressions_pass(path: tuple[str | int, ...], value: Any) -> None:
    assert check_request("Processing", changed(path, value)) == []


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        ((*S3_INPUT, "S3Urri"), "s3://b/k", "'S3Urri' is not a member here; did you mean 'S3Uri'?"),
        ((*S3_INPUT, "S3InputMode"), "Fil", "is 'Fil'; allowed are 'Pipe', 'File'; did you mean 'File'?"),
        ((*S3_INPUT, "S3Uri"), "/no/uri", r'is "/no/uri", which does not match (https|s3)://([^/]+)/?(.*)'),
        ((*CLUSTER, "InstanceCount"), "1", 'is "1"; needs a whole number'),
        ((*CLUSTER, "InstanceCount"), True, "is true; needs a whole number"),
        ((*CLUSTER, "InstanceCount"), 0, "is 0; allowed is 1 to 100"),
        (("Environment", "A"), 1, "is 1; needs a text"),
        (("Environment", "A"), "x" * 257, "has 257 characters; allowed is 0 to 256"),
        (
            (*S3_INPUT, "S3Uri"),
            f"s3://${{Token[TOKEN.1]}}/{'x' * 1024}",
            "has 1030 characters before the deployment adds some; allowed is 0 to 1024",
        ),
        (("Environment",), [], "is []; needs a map"),
        (("ProcessingInputs",), {"InputName": "a"}, 'is {"InputName": "a"}; needs a list'),
        (
            ("ProcessingInputs",),
            {"Std:Join": {"On": "", "Values": []}},
            'is {"Std:Join": {"On": "", "Values": []}}, which gives a text; needs a list',
        ),
        (("AppSpecification", "ContainerEntrypoint"), [], "has 0 elements; allowed is 1 to 100"),
        (("NetworkConfig",), {"EnableNetworkIsolation": "yes"}, 'is "yes"; needs true or false'),
    ],
)
def test_what_the_service_refuses_is_found(path: tuple[str | int, ...], value: Any, text: str) -> None:
    (finding,) = check_request("Processing", changed(path, value))
    assert (finding.text, finding.level) == (text, "error")
    assert finding.path[: len(path)] == path


PARAMETER, PROPERTY = {"Get": "Parameters.P"}, {"Get": "Steps.S.P"}
COUNT = (*CLUSTER, "InstanceCount")


@pytest.mark.parametrize(
    ("path", "value", "kind", "level"),
    [
        (("RoleArn",), PARAMETER, "string", None),
        (("RoleArn",), PARAMETER, "integer", "error"),
        (("RoleArn",), PARAMETER, "float", "error"),
        (("RoleArn",), PARAMETER, "boolean", "error"),
        (("RoleArn",), PARAMETER, None, None),
        (("RoleArn",), PROPERTY, "integer", "warning"),
        (("RoleArn",), PROPERTY, "timestamp", None),
        (("RoleArn",), PROPERTY, "structure", "error"),
        (("RoleArn",), PROPERTY, "list", "error"),
        (COUNT, PARAMETER, "integer", None),
        (COUNT, PARAMETER, "float", "warning"),
        (COUNT, PARAMETER, "string", "warning"),
        (COUNT, PARAMETER, "boolean", "warning"),
        (COUNT, PROPERTY, "map", "error"),
        (COUNT, PROPERTY, "scalar", None),
        (("NetworkConfig",), {"EnableNetworkIsolation": PARAMETER}, "boolean", None),
        (("NetworkConfig",), {"EnableNetworkIsolation": PARAMETER}, "integer", "warning"),
        (("ProcessingInputs",), PARAMETER, "string", "error"),
        (("ProcessingInputs",), PROPERTY, "structure", "error"),
        (("ProcessingInputs",), PROPERTY, "list", "warning"),
        (("ProcessingInputs",), PROPERTY, None, "warning"),
        (("ProcessingInputs",), {"Std:JsonGet": {}}, None, "error"),
        (("Environment",), PROPERTY, "map", "warning"),
        (("Environment",), PARAMETER, "boolean", "error"),
    ],
)
def test_an_expression_must_give_the_right_kind(
    path: tuple[str, ...], value: Any, kind: str | None, level: str | None
) -> None:
    found = check_request(
        "Processing", changed(path, value), kind_of=lambda got: kind if got in (PARAMETER, PROPERTY) else None
    )
    found = [finding for finding in found if finding.path[: len(path)] == path]
    assert [(finding.level, finding.code) for finding in found] == ([(level, "expression-type")] if level else [])


@pytest.mark.parametrize(
    ("step_type", "member", "kind", "level"),
    [
        ("Lambda", "x", "integer", None),
        ("Lambda", "x", "timestamp", None),
        ("Lambda", "x", "list", "warning"),
        ("ForEach", "IterableItems", "string", None),
        ("ForEach", "IterableItems", "list", None),
        ("ForEach", "IterableItems", "integer", "error"),
        ("ForEach", "IterableItems", "structure", "error"),
        ("AutoML", "ProblemType", "string", None),
    ],
)
def test_the_request_of_each_step_type(step_type: str, member: str, kind: str, level: str | None) -> None:
    found = check_request(step_type, {member: PROPERTY}, kind_of=lambda got: kind)
    assert [finding.level for finding in found if finding.path] == ([level] if level else [])


def test_the_properties_of_each_step_type() -> None:
    model = Model()
    for path, kind in {
        ("ModelArtifacts", "S3ModelArtifacts"): "string",
        ("TrainingTimeInSeconds",): "integer",
        ("InputDataConfig",): "list",
        ("Nowhere",): None,
    }.items():
        assert model.property_kind("Training", path) == kind
    assert model.property_kind("ForEach", ("Selected",)) is None
    assert model.property_kind("Unknown", ("x",)) is None


def test_a_union_has_one_member() -> None:
    spark, hive = {"entryPoint": "s3://b/a.py"}, {"query": "s3://b/q.sql"}
    for driver, found in (
        ({"sparkSubmit": spark}, []),
        ({"sparkSubmit": spark, "hive": hive}, ["has 2 members; needs exactly one of 'sparkSubmit', 'hive'"]),
        ({}, ["has 0 members; needs exactly one of 'sparkSubmit', 'hive'"]),
    ):
        findings = check_request("EMRServerless", {"JobConfig": {"jobDriver": driver}})
        assert [finding.text for finding in findings if finding.path[-1:] == ("jobDriver",)] == found


def test_a_missing_member_is_found_and_a_job_name_is_not() -> None:
    arguments = {key: value for key, value in PROCESSING.items() if key != "AppSpecification"}
    assert [finding.text for finding in check_request("Processing", arguments)] == [
        "needs the member 'AppSpecification'"
    ]


def test_an_unknown_instance_type_is_a_warning() -> None:
    (finding,) = check_request("Processing", changed((*CLUSTER, "InstanceType"), "ml.m5.xlarg"))
    assert finding.level == "warning"
    assert finding.text.endswith("; did you mean 'ml.m5.xlarge'?")


def test_members_that_a_step_must_not_have() -> None:
    arguments = {"ModelPackageGroupName": "g", "CertifyForMarketplace": True}
    (finding,) = check_request("RegisterModel", arguments)
    assert finding.text.startswith("'CertifyForMarketplace' is not a member here; allowed are ")


@pytest.mark.parametrize(
    ("step_type", "arguments"),
    [
        ("EMR", {"StepConfig": {"HadoopJarStep": {"Jar": "a.jar"}}, "ClusterId": "j-1"}),
        ("Model", {}),
        ("Job", {"JobCategory": "AgentRFT"}),
        ("Nonsense", {"a": 1}),
        ("Fail", {"ErrorMessage": "x"}),
    ],
)
def test_names_that_the_service_generates_are_not_missing(step_type: str, arguments: dict[str, Any]) -> None:
    assert not [f for f in check_request(step_type, arguments) if "Name'" in f.text]


FOR_EACH: dict[str, Any] = {"IterableItems": ["a", 1, 2.5, True], "MaxConcurrency": 5, "ForEachBody": [{"Name": "A"}]}
SOURCE = {"Name": "run", "Type": "Action"}


@pytest.mark.parametrize(
    ("step_type", "arguments"),
    [
        ("Callback", {"a": "b", "c": 1, "d": 0.5, "e": False, "f": {"Get": "Parameters.F"}}),
        ("Callback", {}),
        ("ForEach", FOR_EACH),
        ("ForEach", {**FOR_EACH, "IterableItems": {"Get": "Parameters.Items"}}),
        ("ForEach", {**FOR_EACH, "IterableItems": {"Std:Join": {"On": "", "Values": ["[", "]"]}}}),
        ("ForEach", {**FOR_EACH, "Selector": {"Pick": "MinBy", "Field": {"Get": "IterationOutput.A.B"}}}),
        ("Cleanup", {"Resources": {"S3": [{"StepName": "Train"}, {"StepName": "A", "S3Uris": ["s3://b/k"]}]}}),
        ("Lineage", {"Associations": [{"Source": SOURCE, "Destination": {"Arn": {"Get": "Steps.A.B"}}}]}),
        (
            "EMRServerless",
            {
                "ExecutionRoleArn": "arn:aws:iam::111122223333:role/Run",
                "ApplicationId": "00f1abc",
                "JobConfig": {
                    "executionRoleArn": "arn:aws:iam::111122223333:role/Run",
                    "jobDriver": {"sparkSubmit": {"entryPoint": "s3://b/a.py"}},
                },
            },
        ),
    ],
)
def test_shapes_that_botocore_lacks_have_no_finding(step_type: str, arguments: dict[str, Any]) -> None:
    assert check_request(step_type, arguments) == []


@pytest.mark.parametrize(
    ("step_type", "arguments", "text"),
    [
        ("Callback", {"a": [1]}, "is [1]; needs a text, a number, or true or false"),
        ("Lambda", {"a": None}, "is null; needs a text, a number, or true or false"),
        ("Fail", {"ErrorMessage": "x" * 3073}, "has 3073 characters; allowed is at most 3072"),
        ("Fail", {"Message": "x"}, "'Message' is not a member here; did you mean 'ErrorMessage'?"),
        (
            "Processing",
            {"ProcessingOutputs": []},
            "'ProcessingOutputs' is not a member here; did you mean 'ProcessingOutputConfig.Outputs'?",
        ),
        ("Processing", {"InstanceTyp": "ml.m5.large"}, "'InstanceTyp' is not a member here; allowed are "),
        (
            "Training",
            {"TrainingImage": "x"},
            "'TrainingImage' is not a member here; did you mean 'AlgorithmSpecification.TrainingImage'?",
        ),
        ("ForEach", {**FOR_EACH, "MaxConcurrency": 51}, "is 51; allowed is 1 to 50"),
        ("ForEach", {**FOR_EACH, "IterableItems": "a"}, 'is "a"; needs a list'),
        ("ForEach", {**FOR_EACH, "IterableItems": []}, "has 0 elements; allowed is 1 to 100"),
        ("ForEach", {**FOR_EACH, "IterableItems": ["x" * 12801]}, "has 12801 characters; allowed is at most 12800"),
        ("ForEach", {**FOR_EACH, "ForEachBody": []}, "has 0 elements; allowed is at least 1"),
        (
            "ForEach",
            {**FOR_EACH, "Selector": {"Pick": "Max", "Field": {"Get": "IterationOutput.A.B"}}},
            "is 'Max'; allowed are 'MaxBy', 'MinBy'; did you mean 'MaxBy'?",
        ),
        ("Cleanup", {"Resources": {}}, "needs the member 'S3'"),
        (
            "Cleanup",
            {"Resources": {"S3": [{"StepName": "A", "S3Uris": ["s3://b"]}]}},
            'is "s3://b", which does not match s3://[^/]+/.+',
        ),
        ("Lineage", {"Associations": [{"Source": SOURCE}]}, "needs the member 'Destination'"),
        ("Lineage", {"Actions": [{"ActionType": "t", "Source": {"SourceUri": "u"}}]}, "needs the member 'ActionName'"),
        (
            "EMRServerless",
            {"JobConfig": {"executionRoleArn": {"Get": "Parameters.Role"}, "clientToken": "x"}},
            "'clientToken' is not a member here; allowed are ",
        ),
        ("EMRServerless", {"JobConfig": {"executionRoleArn": "Run"}}, "needs the member 'ExecutionRoleArn'"),
    ],
)
def test_shapes_that_botocore_lacks_are_checked(step_type: str, arguments: dict[str, Any], text: str) -> None:
    assert any(finding.text.startswith(text) for finding in check_request(step_type, arguments))


@pytest.mark.parametrize(
    ("step_type", "path", "kind"),
    [
        ("Training", ("ModelArtifacts", "S3ModelArtifacts"), "string"),
        ("Training", ("FinalMetricDataList", "auc", "Value"), "float"),
        ("Processing", ("ProcessingOutputConfig", "Outputs", "train", "S3Output", "S3Uri"), "string"),
        ("Processing", ("ProcessingInputs", 0), "structure"),
        ("Processing", ("Environment", "A"), "string"),
        ("Tuning", ("TrainingJobSummaries", 0, "TrainingJobName"), "string"),
        ("AutoML", ("BestCandidateProperties", "ModelInsightsJsonReportPath"), "string"),
        ("Job", ("JobConfigDocument", "A", "B"), "any"),
        ("ForEach", ("Selected", "Fit", "x"), "any"),
        ("EMR", ("Status", "State"), "string"),
        ("Lambda", ("OutputParameters", "n"), "string"),
        ("Condition", ("Outcome",), "boolean"),
        ("EMRServerless", ("ApplicationId",), "any"),
    ],
)
def test_a_path_leads_to_its_shape(step_type: str, path: tuple[str | int, ...], kind: str) -> None:
    assert resolve(step_type, path).kind == kind


@pytest.mark.parametrize(
    ("step_type", "path", "text"),
    [
        (
            "Training",
            ("ModelArtefacts",),
            "'ModelArtefacts' is not a property of a Training step; did you mean 'ModelArtifacts'?",
        ),
        (
            "Training",
            ("ModelArtifacts", "X"),
            "'X' is not a property of 'ModelArtifacts'; allowed are 'S3ModelArtifacts'",
        ),
        ("Training", ("ModelArtifacts", 0), "'ModelArtifacts' is a structure and has no position 0; give a name"),
        ("Training", ("RoleArn", "x"), "'RoleArn' is a string and has no 'x'; the path must end there"),
        ("Fail", ("x",), "'x' is not a property of a Fail step; allowed are none"),
    ],
)
def test_a_wrong_path_is_refused(step_type: str, path: tuple[str | int, ...], text: str) -> None:
    with pytest.raises(PropertyPathError) as error:
        resolve(step_type, path)
    assert str(error.value) == text


def test_the_rules_of_the_language_use_the_model() -> None:
    model = Model()
    arguments = changed((*S3_INPUT, "S3InputMode"), "Fil")
    (finding,) = model.check_request("Processing", arguments)
    assert (finding.where, finding.level) == ("ProcessingInputs[0].S3Input.S3InputMode", "error")
    assert model.check_property("Training", ("RoleArn",)) is None
    assert model.check_property("Training", ("RoleArm",)) == (
        "'RoleArm' is not a property of a Training step; did you mean 'RoleArn'?"
    )


def test_every_shape_named_in_the_table_is_in_it() -> None:
    seen = set()
    stack = [
        shape
        for step_type in ("Processing", "Training", "Tuning", "AutoML", "RegisterModel", "EMR", "EndpointConfig")
        for shape in (service_model.request_shape(step_type), service_model.properties_shape(step_type))
        if shape is not None
    ]
    while stack:
        shape = stack.pop()
        if shape in seen:
            continue
        seen.add(shape)
        stack += shape.members.values()
        stack += [shape.member] if shape.kind == "list" else []
        stack += [shape.key, shape.value] if shape.kind == "map" else []
    assert len(seen) > 500
