"""The versions of pipelines and their aliases, and what a repeated request does."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import FakeExecution
from .test_pipelines import ARN, refused


@pytest.fixture
def sagemaker(client: Any) -> Any:
    return client("sagemaker")


@pytest.fixture
def three(sagemaker: Any, definition: str, role: str) -> list[str]:
    """The definitions of a pipeline ``p`` with three versions."""
    texts = [definition, definition.replace("Stop", "Second"), definition.replace("Stop", "Third")]
    sagemaker.create_pipeline(PipelineName="p", PipelineDefinition=texts[0], RoleArn=role, PipelineVersionAliases=["a"])
    for number, text in enumerate(texts[1:], 2):
        answer = sagemaker.update_pipeline(PipelineName="p", PipelineDefinition=text)
        assert answer["PipelineVersionId"] == number
    return texts


def versions(sagemaker: Any, **asked: Any) -> list[Any]:
    pages = sagemaker.get_paginator("list_pipeline_versions").paginate(PipelineName="p", **asked)
    return [version for page in pages for version in page["PipelineVersionSummaries"]]


def test_only_another_text_is_another_version(sagemaker: Any, three: list[str], role: str) -> None:
    for change in (
        {"PipelineDefinition": three[2]}, {"PipelineDescription": "d"}, {"PipelineDisplayName": "n"},
        {"RoleArn": role + "2"}, {"ParallelismConfiguration": {"MaxParallelExecutionSteps": 3}},
    ):  # fmt: skip
        assert sagemaker.update_pipeline(PipelineName="p", **change)["PipelineVersionId"] == 3
    assert sagemaker.update_pipeline(PipelineName="p", PipelineDefinition=three[2] + " ")["PipelineVersionId"] == 4
    assert [version["PipelineVersionId"] for version in versions(sagemaker)] == [4, 3, 2, 1]
    ascending = versions(sagemaker, SortOrder="Ascending", PaginationConfig={"PageSize": 1})
    assert [version["PipelineVersionId"] for version in ascending] == [1, 2, 3, 4]
    assert versions(sagemaker, CreatedBefore=ascending[1]["CreationTime"]) == ascending[:1]
    assert versions(sagemaker, CreatedAfter=ascending[2]["CreationTime"]) == ascending[3:]


def test_a_version_goes_by_number_or_alias(sagemaker: Any, three: list[str]) -> None:
    for asked, text in (
        ({}, three[2]), ({"PipelineVersionId": 1}, three[0]), ({"PipelineVersionAlias": "a"}, three[0]),
        ({"PipelineVersionId": 2}, three[1]),
    ):  # fmt: skip
        assert sagemaker.describe_pipeline(PipelineName="p", **asked)["PipelineDefinition"] == text
        arn = sagemaker.start_pipeline_execution(PipelineName="p", **asked)["PipelineExecutionArn"]
        then = sagemaker.describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)
        assert then["PipelineDefinition"] == text
        ran = FakeExecution.made[-1].definition.steps[0].name
        assert f'"{ran}"' in text
        told = sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
        assert told["PipelineVersionId"] == three.index(text) + 1
        assert versions(sagemaker)[-told["PipelineVersionId"]]["LastExecutionPipelineExecutionArn"] == arn
    for call in (sagemaker.describe_pipeline, sagemaker.start_pipeline_execution):
        with refused(sagemaker, "ResourceNotFound", "has no version 99"):
            call(PipelineName="p", PipelineVersionId=99)
        with refused(sagemaker, "ResourceNotFound", "has no version with the alias 'b'"):
            call(PipelineName="p", PipelineVersionAlias="b")
        with refused(sagemaker, "ValidationException", "cannot both be given"):
            call(PipelineName="p", PipelineVersionId=1, PipelineVersionAlias="a")
    with refused(sagemaker, "ResourceNotFound", "has no version with the alias 'b'"):
        sagemaker.list_pipeline_executions(PipelineName="p", PipelineVersionAlias="b")
    listed = sagemaker.list_pipeline_executions(PipelineName="p", PipelineVersionAlias="a")
    assert [run["PipelineVersionAliases"] for run in listed["PipelineExecutionSummaries"]] == [["a"], ["a"]]


def test_an_alias_moves(sagemaker: Any, three: list[str]) -> None:
    arn = f"{ARN}/p"

    def change(number: int, **operations: list[str]) -> Any:
        return sagemaker.update_pipeline_version(
            PipelineArn=arn, PipelineVersionId=number, PipelineVersionAliasOperations=operations
        )

    started = sagemaker.start_pipeline_execution(PipelineName="p", PipelineVersionAlias="a")["PipelineExecutionArn"]
    with refused(sagemaker, "ValidationException", "version 1 has the alias 'a'; remove it there"):
        change(3, Add=["a"])
    with refused(sagemaker, "ValidationException", "both added and removed: a"):
        change(1, Add=["a"], Remove=["a"])
    with refused(sagemaker, "ValidationException", "only digits"):
        change(1, Add=["12"])
    with refused(sagemaker, "ValidationException", "at most 10 aliases, this one would have 11"):
        change(1, Add=[f"x{number}" for number in range(10)])
    with refused(sagemaker, "ValidationException", "does not have the aliases to remove"):
        change(2, Remove=["a"])
    with refused(sagemaker, "ResourceNotFound", "has no version 9"):
        change(9, Add=["b"])
    assert change(1, Remove=["a"])["PipelineVersionId"] == 1
    change(3, Add=["a"])
    assert "PipelineVersionAliases" not in sagemaker.describe_pipeline_execution(PipelineExecutionArn=started)
    assert sagemaker.describe_pipeline(PipelineName="p", PipelineVersionAlias="a")["PipelineDefinition"] == three[2]
    sagemaker.update_pipeline_version(
        PipelineArn=arn, PipelineVersionId=2, PipelineVersionDisplayName="two", PipelineVersionDescription="why"
    )
    told = versions(sagemaker)[1]
    assert (told["PipelineVersionDisplayName"], told["PipelineVersionDescription"]) == ("two", "why")
    described = sagemaker.describe_pipeline(PipelineName="p", PipelineVersionId=2)
    assert (described["PipelineVersionDisplayName"], described["PipelineVersionDescription"]) == ("two", "why")


def test_aliases_come_with_a_new_definition_only(sagemaker: Any, three: list[str]) -> None:
    with refused(sagemaker, "ValidationException", "this one makes none"):
        sagemaker.update_pipeline(PipelineName="p", PipelineDefinition=three[2], PipelineVersionAliases=["b"])
    text = three[2].replace("Third", "Fourth")
    sagemaker.update_pipeline(PipelineName="p", PipelineDefinition=text, PipelineVersionAliases=["b"])
    assert sagemaker.describe_pipeline(PipelineName="p")["PipelineVersionAliases"] == ["b"]
    with refused(sagemaker, "ValidationException", "version 4 has the alias 'b'"):
        sagemaker.update_pipeline(PipelineName="p", PipelineDefinition=three[0], PipelineVersionAliases=["b"])
    assert sagemaker.describe_pipeline(PipelineName="p")["PipelineDefinition"] == text


def test_a_pipeline_of_another_account_is_not_this_one(sagemaker: Any, three: list[str]) -> None:
    assert sagemaker.describe_pipeline(PipelineName=f"{ARN}/P")["PipelineName"] == "p"
    there = f"{ARN}/p".replace("eu-central-1", "eu-west-1")
    with refused(sagemaker, "ResourceNotFound", f"Pipeline '{there}' does not exist"):
        sagemaker.describe_pipeline(PipelineName=there)
    with refused(sagemaker, "AccessDeniedException", "not authorized to perform: sagemaker:DescribePipeline"):
        sagemaker.describe_pipeline(PipelineName=f"{ARN}/p".replace("111122223333", "444455556666"))


def test_the_same_request_with_the_same_token_is_done_once(sagemaker: Any, definition: str, role: str) -> None:
    token = "t" * 32
    wanted = {"PipelineName": "p", "PipelineDefinition": definition, "RoleArn": role, "ClientRequestToken": token}
    created = sagemaker.create_pipeline(**wanted)["PipelineArn"]
    sagemaker.update_pipeline(PipelineName="p", PipelineDescription="kept")
    assert sagemaker.create_pipeline(**wanted)["PipelineArn"] == created
    assert sagemaker.describe_pipeline(PipelineName="p")["PipelineDescription"] == "kept"
    with refused(sagemaker, "ConflictException", "was used for another request of CreatePipeline"):
        sagemaker.create_pipeline(**{**wanted, "PipelineName": "q"})
    arn = sagemaker.start_pipeline_execution(PipelineName="p", ClientRequestToken=token)["PipelineExecutionArn"]
    for _ in range(2):  # the second finds it stopped, and is the same request
        stopped = sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken=token)
        assert stopped["PipelineExecutionArn"] == arn
    for _ in range(2):
        assert sagemaker.delete_pipeline(PipelineName="p", ClientRequestToken=token)["PipelineArn"] == created
    with refused(sagemaker, "ResourceNotFound", "does not exist"):
        sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
    sagemaker.create_pipeline(**wanted)
    assert sagemaker.list_pipeline_executions(PipelineName="p")["PipelineExecutionSummaries"] == []
    sagemaker.delete_pipeline(PipelineName="p", ClientRequestToken=token)
    with refused(sagemaker, "ResourceNotFound", "does not exist"):
        sagemaker.describe_pipeline(PipelineName="p")


def test_what_does_not_exist_has_no_tags(sagemaker: Any) -> None:
    calls: dict[str, dict[str, Any]] = {
        "list_tags": {}, "add_tags": {"Tags": [{"Key": "a", "Value": "b"}]}, "delete_tags": {"TagKeys": ["a"]},
    }  # fmt: skip
    kinds = (
        "pipeline/none",
        "experiment/none",
        "training-job/none",
        "model-package/g/1",
        "nonsense/none",
        "model/none",
    )
    for kind in kinds:
        arn = ARN.replace("pipeline", kind)
        for call, members in calls.items():
            with refused(sagemaker, "ResourceNotFound", f"Could not find a resource with the ARN {arn}") as error:
                getattr(sagemaker, call)(ResourceArn=arn, **members)
            assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
            assert error.value.response["ResponseMetadata"]["RetryAttempts"] == 0


def test_what_moto_does_not_find_is_not_found(sagemaker: Any) -> None:
    with refused(sagemaker, "ResourceNotFound", "none does not exist"):
        sagemaker.describe_experiment(ExperimentName="none")


def test_tags_are_listed_page_by_page_and_limited(sagemaker: Any, three: list[str]) -> None:
    arn = f"{ARN}/P"  # in any case
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": f"k{number}", "Value": "v"} for number in range(50)])
    with refused(sagemaker, "ResourceLimitExceeded", "would have 51 tags, at most 50"):
        sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "one", "Value": "more"}])
    pages = sagemaker.get_paginator("list_tags").paginate(ResourceArn=arn)
    assert sum(len(page["Tags"]) for page in pages) == 50
