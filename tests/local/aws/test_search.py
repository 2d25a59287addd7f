"""Search, through boto3: filters, nested filters, operators, order and pages."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from tests.ids import short

from .conftest import FakeExecution
from .test_pipelines import ARN, MODEL, refused

HELD = {
    "HyperParameterTuningJob", "Job", "Model", "ModelPackage", "ModelPackageGroup", "Pipeline", "PipelineExecution",
    "PipelineVersion", "TrainingJob",
}  # fmt: skip
MOMENT = datetime(2026, 1, 31, 12, 0, 0, 250_000, timezone.utc)


@pytest.fixture
def sagemaker(client: Any) -> Any:
    return client("sagemaker")


def found(sagemaker: Any, resource: str, member: str, *filters: Any, **asked: Any) -> list[Any]:
    """A member of each record, in order. A filter is ``(name, operator, value)``, the last two may be left out."""
    expression = asked.pop("expression", {})
    if filters:
        expression = {**expression, "Filters": [condition(*given) for given in filters]}
    if expression:
        asked["SearchExpression"] = expression
    pages = sagemaker.get_paginator("search").paginate(Resource=resource, **asked)
    return [record[resource].get(member) for page in pages for record in page["Results"]]


def condition(name: str, operator: str | None = None, value: str | None = None) -> dict[str, str]:
    given = {"Name": name, "Operator": operator, "Value": value}
    return {key: item for key, item in given.items() if item is not None}


@pytest.fixture
def trainings(aws: EmbeddedAws, sagemaker: Any) -> Any:
    """Three training jobs: ``a``, ``b`` and ``c``, the last has neither metrics nor tags."""
    for number, (name, status, rate, score) in enumerate(
        (("a", "Completed", "0.5", 0.9), ("b", "Failed", "1.5", 0.7), ("c", "Completed", "fast", None))
    ):
        channels = [
            {"ChannelName": "train", "DataSource": {"S3DataSource": {"S3Uri": f"s3://data/{name}/train"}}},
            {"ChannelName": "test", "DataSource": {"S3DataSource": {"S3Uri": "s3://data/shared/test"}}},
        ]
        metrics = [] if score is None else [{"MetricName": "auc", "Value": score, "Timestamp": MOMENT}]
        created = MOMENT + timedelta(minutes=number)
        aws.services().record_job(
            "TrainingJob",
            name,
            {
                "TrainingJobName": name,
                "TrainingJobArn": ARN.replace("pipeline", f"training-job/{name}"),
                "TrainingJobStatus": status,
                "HyperParameters": {"rate": rate},
                "InputDataConfig": channels,
                "FinalMetricDataList": metrics,
                "ResourceConfig": {"InstanceCount": number + 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5},
                "CreationTime": created,
                "LastModifiedTime": created + timedelta(hours=1),
                "EnableManagedSpotTraining": number == 0,
                "Tags": [{"Key": "team", "Value": "x,y"}, {"Key": "n", "Value": name}] if number < 2 else [],
            },
        )
    return lambda *filters, **asked: found(sagemaker, "TrainingJob", "TrainingJobName", *filters, **asked)


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (("TrainingJobStatus", None, "Failed"), "b"),
        (("TrainingJobStatus", "Equals", "failed"), ""),
        (("TrainingJobStatus", "NotEquals", "Failed"), "ca"),
        (("TrainingJobStatus", "In", "Stopped, Failed"), "b"),
        (("TrainingJobName", "Contains", "a"), "a"),
        (("EnableManagedSpotTraining", "Equals", "true"), "a"),
        (("EnableManagedSpotTraining", "In", "true,maybe"), "a"),
        (("EnableManagedSpotTraining", "Contains", "als"), "cb"),
        (("ResourceConfig.InstanceCount", "GreaterThan", "2"), "c"),
        (("ResourceConfig.InstanceCount", "GreaterThanOrEqualTo", "2"), "cb"),
        (("ResourceConfig.InstanceCount", "LessThan", "2.5"), "ba"),
        (("ResourceConfig.InstanceCount", "LessThanOrEqualTo", "1"), "a"),
        (("CreationTime", "Equals", "2026-01-31T12:00:00"), "a"),
        (("CreationTime", "GreaterThan", "2026-01-31T12:00:30"), "cb"),
        (("Metrics.auc", "GreaterThan", "0.8"), "a"),
        (("Metrics.auc", "Exists"), "ba"),
        (("Metrics.auc", "NotExists"), "c"),
        (("HyperParameters.rate", "LessThan", "1.0"), "a"),
        (("HyperParameters.rate", "Equals", "1"), "b"),  # 1.5 is treated as an integer, since 1 is one
        (("HyperParameters.rate", "Equals", "fast"), "c"),
        (("HyperParameters.none", "Exists"), ""),
        (("Tags.n", "Equals", "b"), "b"),
        (("Tags.team", "Exists"), "ba"),
        (("Tags.team", "NotExists"), "c"),
        (("InputDataConfig.DataSource.S3DataSource.S3Uri", "Contains", "/b/"), "b"),
        (("InputDataConfig", "Exists"), "cba"),
        (("FailureReason", "NotExists"), "cba"),
        (("ProfilerConfig", "Exists"), ""),
    ],
    ids=lambda given: short("-".join(filter(None, given or ())), 60) or "nothing",
)
def test_a_filter(trainings: Any, given: tuple[Any, ...], names: str) -> None:
    assert "".join(trainings(given)) == names


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("Nope", "Equals", "1"), "Unknown property name: 'Nope'"),
        (("TrainingJobNam", "Equals", "1"), "did you mean 'TrainingJobName'"),
        (("TrainingJobName.Deeper", "Equals", "1"), "Unknown property name"),
        (("TrainingJobName.", "Equals", "1"), "Unknown property name"),
        (("Tags.", "Equals", "1"), "Unknown property name"),
        (("TrainingJobName", "GreaterThan", "1"), "GreaterThan is not supported for text"),
        (("CreationTime", "Contains", "2026"), "Contains is only supported for text"),
        (("Metrics.auc", "In", "1,2"), "In is only supported for text"),
        (("CreationTime", "GreaterThan", "yesterday"), "is not a time such as"),
        (("ResourceConfig.InstanceCount", "Equals", "many"), "'many' is not a number"),
        (("ResourceConfig.InstanceCount", "Equals", "nan"), "'nan' is not a number"),
        (("ResourceConfig", "Equals", "x"), "only Exists and NotExists"),
        (("TrainingJobName", "Exists", "x"), "takes no Value"),
        (("TrainingJobName",), "needs a Value"),
        (("TrainingJobName", "Resembles", "x"), "Member must satisfy enum value set"),
    ],
    ids=lambda given: short("-".join(given), 60) if isinstance(given, tuple) else "",
)
def test_a_filter_without_a_meaning_is_refused(
    sagemaker: Any, trainings: Any, given: tuple[Any, ...], told: str
) -> None:
    with refused(sagemaker, "ValidationException", told):
        trainings(given)


def test_expressions(sagemaker: Any, trainings: Any) -> None:
    failed, second = ("TrainingJobStatus", "Equals", "Failed"), ("Tags.n", "Equals", "b")
    spot = ("EnableManagedSpotTraining", "Equals", "true")
    assert trainings(failed, second) == ["b"]
    assert trainings(failed, spot) == []
    assert trainings(failed, spot, expression={"Operator": "Or"}) == ["b", "a"]
    inner = [{"Filters": [condition(*one)]} for one in (failed, spot)]
    assert trainings(expression={"SubExpressions": inner}) == []
    assert trainings(expression={"SubExpressions": inner, "Operator": "Or"}) == ["b", "a"]
    assert trainings(second, expression={"SubExpressions": [{"SubExpressions": inner, "Operator": "Or"}]}) == ["b"]
    with refused(sagemaker, "ValidationException", "'CONTAINS' operator usage limit of 1 exceeded."):
        trainings(("TrainingJobName", "Contains", "a"), ("TrainingJobName", "Contains", "b"))
    with refused(sagemaker, "ValidationException", "needs at least one of"):
        trainings(expression={"Operator": "Or"})
    deep: dict[str, Any] = {"Filters": [condition(*failed)]}
    for _ in range(49):
        deep = {"SubExpressions": [deep]}
    assert trainings(expression=deep) == ["b"]
    with refused(sagemaker, "ValidationException", "more than 50 filters and expressions"):
        trainings(expression={"SubExpressions": [deep]})
    many = [{"Filters": [condition(*failed)] * 20}] * 3
    with refused(sagemaker, "ValidationException", "more than 50 filters and expressions"):
        trainings(expression={"SubExpressions": many})


def test_nested_filters_hold_for_one_element(sagemaker: Any, trainings: Any) -> None:
    def nested(*filters: tuple[str, str, str], name: str = "InputDataConfig") -> Any:
        given = [{"NestedPropertyName": name, "Filters": [condition(*one) for one in filters]}]
        return trainings(expression={"NestedFilters": given})

    name, uri = "InputDataConfig.ChannelName", "InputDataConfig.DataSource.S3DataSource.S3Uri"
    assert nested((name, "Equals", "train"), (uri, "Contains", "/a/")) == ["a"]
    assert nested((name, "Equals", "test"), (uri, "Contains", "/a/")) == []
    assert nested((name, "Equals", "test"), (uri, "Contains", "shared")) == ["c", "b", "a"]
    with refused(sagemaker, "ValidationException", "must begin with 'InputDataConfig.'"):
        nested(("ChannelName", "Equals", "train"))
    with refused(sagemaker, "ValidationException", "'TrainingJobName' is not a list of structures"):
        nested(("TrainingJobName.X", "Equals", "train"), name="TrainingJobName")


def test_order_and_pages(sagemaker: Any, trainings: Any) -> None:
    assert trainings() == ["c", "b", "a"]
    assert trainings(SortOrder="Ascending") == ["a", "b", "c"]
    assert trainings(SortBy="Metrics.auc") == ["a", "b", "c"]
    assert trainings(SortBy="Metrics.auc", SortOrder="Ascending") == ["b", "a", "c"]
    assert trainings(SortBy="TrainingJobStatus", PaginationConfig={"PageSize": 1})[0] == "b"
    first = sagemaker.search(Resource="TrainingJob", MaxResults=2)
    assert first["TotalHits"] == {"Value": 3, "Relation": "EqualTo"}
    rest = sagemaker.search(Resource="TrainingJob", MaxResults=2, NextToken=first["NextToken"])
    assert [one["TrainingJob"]["TrainingJobName"] for one in rest["Results"]] == ["a"]
    assert "NextToken" not in rest
    with refused(sagemaker, "ValidationException", "Unknown property name: 'Bogus'"):
        trainings(SortBy="Bogus")


@pytest.mark.parametrize(
    "value", ["nan", "inf", "-inf", "1e999", "9" * 400, "\u00b2"], ids=["nan", "inf", "minus", "large", "long", "two"]
)
def test_what_is_no_finite_number_is_a_text(aws: EmbeddedAws, trainings: Any, value: str) -> None:
    told = {"TrainingJobName": "odd", "CreationTime": MOMENT, "HyperParameters": {"rate": value}}
    aws.services().record_job("TrainingJob", "odd", told)
    assert "odd" not in trainings(("HyperParameters.rate", "GreaterThan", "1"))
    assert trainings(("HyperParameters.rate", "Equals", value)) == ["odd"]
    assert trainings(("HyperParameters.rate", "LessThan", value)) == []


def test_what_a_script_tells_may_be_anything(aws: EmbeddedAws, trainings: Any) -> None:
    told = {"TrainingJobName": "odd", "CreationTime": MOMENT, "LastModifiedTime": MOMENT}
    odd = {"ResourceConfig": {"InstanceCount": "many"}, "TrainingStartTime": "soon", "TrainingJobStatus": True}
    aws.services().record_job("TrainingJob", "odd", {**told, **odd})
    assert trainings(("ResourceConfig.InstanceCount", "GreaterThan", "2")) == ["c"]
    assert trainings(("TrainingStartTime", "LessThan", "2026-01-31T12:00:00")) == []


@pytest.mark.parametrize("by", ["HyperParameters", "InputDataConfig", "ResourceConfig"])
def test_what_has_no_value_has_no_order(sagemaker: Any, trainings: Any, by: str) -> None:
    with refused(sagemaker, "ValidationException", f"'{by}' has no value of its own to sort by"):
        trainings(SortBy=by)


@pytest.mark.parametrize(
    "token", ["\u00b2", "9" * 5000, "\u0663", "-1", "x"], ids=["two", "long", "arabic", "minus", "x"]
)
def test_a_token_of_no_page_is_refused(sagemaker: Any, trainings: Any, token: str) -> None:
    for call in (sagemaker.list_pipelines, lambda **asked: sagemaker.search(Resource="TrainingJob", **asked)):
        with refused(sagemaker, "ValidationException", "Invalid pagination token"):
            call(NextToken=token)


def test_conditions_on_what_may_be_seen(sagemaker: Any, trainings: Any) -> None:
    assert trainings(VisibilityConditions=[{"Key": "Tags.n", "Value": "a"}]) == ["a"]
    both = [{"Key": "Tags.n", "Value": "a"}, {"Key": "Tags.team", "Value": "z"}]
    assert trainings(VisibilityConditions=both) == []
    with refused(sagemaker, "ValidationException", "has a Key of the form Tags.<key>"):
        trainings(VisibilityConditions=[{"Key": "TrainingJobName", "Value": "a"}])
    assert trainings(CrossAccountFilterOption="SameAccount") == ["c", "b", "a"]
    with refused(sagemaker, "ValidationException", "shares nothing between accounts"):
        trainings(CrossAccountFilterOption="CrossAccount")


def test_pipelines_versions_and_executions(sagemaker: Any, definition: str, role: str) -> None:
    for name in ("one", "two"):
        sagemaker.create_pipeline(
            PipelineName=name, PipelineDefinition=definition, RoleArn=role, Tags=[{"Key": "n", "Value": name}]
        )
    assert found(sagemaker, "Pipeline", "PipelineName", ("Tags.n", "Equals", "two")) == ["two"]
    assert found(sagemaker, "Pipeline", "LastRunTime", ("LastRunTime", "NotExists")) == [None, None]
    arns = [
        sagemaker.start_pipeline_execution(
            PipelineName=name, PipelineParameters=[{"Name": "Text", "Value": text}], PipelineExecutionDisplayName=text
        )["PipelineExecutionArn"]
        for name, text in (("one", "p"), ("one", "q"), ("two", "p"))
    ]
    FakeExecution.made[1].status = "Succeeded"
    member = "PipelineExecutionArn"

    def executions(*filters: Any, **asked: Any) -> list[Any]:
        return found(sagemaker, "PipelineExecution", member, *filters, **asked)

    assert executions(SortBy="CreationTime", SortOrder="Ascending") == arns
    assert executions(("PipelineExecutionStatus", "Equals", "Succeeded")) == [arns[1]]
    assert executions(("PipelineArn", "Equals", f"{ARN}/two")) == [arns[2]]
    assert executions(("PipelineVersionId", "Equals", "1"), ("PipelineParameters.Value", "Equals", "q")) == [arns[1]]
    wanted = [condition("PipelineParameters.Name", "Equals", "Text"), condition("PipelineParameters.Value", None, "p")]
    nested = {"NestedFilters": [{"NestedPropertyName": "PipelineParameters", "Filters": wanted}]}
    assert sorted(executions(expression=nested)) == sorted([arns[0], arns[2]])
    sagemaker.update_pipeline(PipelineName="one", PipelineDefinition=definition + " ", PipelineVersionAliases=["new"])
    (record,) = sagemaker.search(
        Resource="PipelineVersion",
        SearchExpression={"Filters": [condition("LastExecutedPipelineExecutionStatus", "Equals", "Succeeded")]},
    )["Results"]
    told = record["PipelineVersion"]
    assert (told["PipelineVersionId"], told["LastExecutedPipelineExecutionArn"]) == (1, arns[1])
    aliased = found(sagemaker, "PipelineVersion", "PipelineVersionId", ("PipelineVersionAliases", "Equals", "new"))
    assert aliased == [2]


def test_the_registry_is_searched(sagemaker: Any, role: str) -> None:
    sagemaker.create_model_package_group(ModelPackageGroupName="g", Tags=[{"Key": "a", "Value": "b"}])
    for status in ("Approved", "Rejected"):
        sagemaker.create_model_package(
            ModelPackageGroupName="g", ModelApprovalStatus=status, CustomerMetadataProperties={"mse": "4.5"}
        )
    sagemaker.create_model(ModelName="m", ExecutionRoleArn=role, PrimaryContainer={"Image": "i"})
    approved = found(sagemaker, "ModelPackage", "ModelPackageVersion", ("ModelApprovalStatus", "Equals", "Approved"))
    assert approved == [1]
    assert found(sagemaker, "ModelPackage", "ModelPackageVersion", ("CustomerMetadataProperties.mse", "Exists")) == [
        2,
        1,
    ]
    assert found(sagemaker, "ModelPackageGroup", "ModelPackageGroupName", ("Tags.a", "Equals", "b")) == ["g"]
    (model,) = found(sagemaker, "Model", "Model", ("Model.ModelName", "Equals", "m"))
    assert model["ModelName"] == "m"


def test_what_is_not_held_is_refused(sagemaker: Any) -> None:
    resources = MODEL.shape_for("SearchRequest").members["Resource"].enum
    assert set(resources) > HELD
    for resource in resources:
        if resource in HELD:
            assert sagemaker.search(Resource=resource)["Results"] == []
            continue
        for call in (sagemaker.search, sagemaker.get_search_suggestions):
            with refused(sagemaker, "ValidationException", f"the local AWS cannot search for {resource}"):
                call(Resource=resource)


def test_suggestions_are_properties_that_can_be_searched(sagemaker: Any) -> None:
    def suggested(resource: str, hint: str) -> list[str]:
        query = {"PropertyNameQuery": {"PropertyNameHint": hint}}
        answer = sagemaker.get_search_suggestions(Resource=resource, SuggestionQuery=query)
        return [one["PropertyName"] for one in answer["PropertyNameSuggestions"]]

    assert suggested("PipelineExecution", "PipelineExecutionSt") == ["PipelineExecutionStatus"]
    assert suggested("PipelineExecution", "PipelineParameters") == [
        "PipelineParameters.Name",
        "PipelineParameters.Value",
    ]
    for name in suggested("PipelineExecution", ""):
        assert sagemaker.search(Resource="PipelineExecution", SortBy=name)["Results"] == []
    assert json.dumps(suggested("Pipeline", "Nope")) == "[]"
