"""What deletes the versions of a model package group, with the calls that it makes scripted by botocore's Stubber."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber

from cdk_sagemaker_pipelines.assets.scripts import delete_model_packages

ROOT = "arn:aws:cloudformation:eu-west-1:111122223333:stack/Root/1"
STACK = "arn:aws:cloudformation:eu-west-1:111122223333:stack/S/1"
VERSION = "arn:aws:sagemaker:eu-west-1:111122223333:model-package/abalone/"


class Context:
    """Lambda's, with as much time as a test gives."""

    def __init__(self, milliseconds: int = 900_000) -> None:
        self._milliseconds = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        return self._milliseconds


class Aws:
    """The two services, and the answers that were put to the URL."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        known: dict[str, Any] = {
            "region_name": "eu-west-1", "aws_access_key_id": "x", "aws_secret_access_key": "x",
            "config": Config(retries={"max_attempts": 0}),
        }  # fmt: skip
        clients = {name: boto3.client(name, **known) for name in ("cloudformation", "sagemaker")}
        self._stubs = {name: Stubber(client) for name, client in clients.items()}
        for stub in self._stubs.values():
            stub.activate()
        self.answers: list[dict[str, Any]] = []
        monkeypatch.setattr(boto3, "client", lambda name, **_: clients[name])
        monkeypatch.setattr("urllib.request.urlopen", self._take)

    def _take(self, request: Any, timeout: float) -> Any:
        assert (request.method, request.headers) == ("PUT", {"Content-type": ""})
        self.answers.append(json.loads(request.data))
        return Nothing()

    def stack_is(self, status: str, *, stack: str = STACK, root: str | None = None) -> None:
        told = {"StackName": "S", "StackStatus": status, "CreationTime": 0, **({"RootId": root} if root else {})}
        self._stubs["cloudformation"].add_response("describe_stacks", {"Stacks": [told]}, {"StackName": stack})

    def has(self, *pages: list[str]) -> None:
        """Pages of versions, by their approval status; they are numbered from 1."""
        number = 0
        for index, page in enumerate(pages):
            summaries = []
            for status in page:
                number += 1
                summaries.append(
                    {
                        "ModelPackageArn": f"{VERSION}{number}", "ModelApprovalStatus": status,
                        "CreationTime": 0, "ModelPackageStatus": "Completed",
                    }
                )  # fmt: skip
            asked = {"ModelPackageGroupName": "abalone", **({"NextToken": f"page-{index}"} if index else {})}
            more = {"NextToken": f"page-{index + 1}"} if index + 1 < len(pages) else {}
            answer = {"ModelPackageSummaryList": summaries, **more}
            self._stubs["sagemaker"].add_response("list_model_packages", answer, asked)

    def refuses(self, operation: str, code: str, message: str) -> None:
        self._stubs["sagemaker"].add_client_error(operation, code, message)

    def looks_at(self, number: int, status: str) -> None:
        described = {
            "ModelPackageName": "abalone", "ModelPackageArn": f"{VERSION}{number}", "CreationTime": 0,
            "ModelPackageStatus": "Completed", "ModelPackageStatusDetails": {"ValidationStatuses": []},
            "ModelApprovalStatus": status,
        }  # fmt: skip
        asked = {"ModelPackageName": f"{VERSION}{number}"}
        self._stubs["sagemaker"].add_response("describe_model_package", described, asked)

    def deletes(self, *numbers: int, looking: bool = True) -> None:
        for number in numbers:
            if looking:
                self.looks_at(number, "Rejected")
            asked = {"ModelPackageName": f"{VERSION}{number}"}
            self._stubs["sagemaker"].add_response("delete_model_package", {}, asked)

    def assert_all_called(self) -> None:
        for stub in self._stubs.values():
            stub.assert_no_pending_responses()


class Nothing:
    def close(self) -> None:
        pass


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    made = Aws(monkeypatch)
    yield made
    made.assert_all_called()


def ask(aws: Aws, kind: str, context: Context | None = None, *, approved: bool = False) -> dict[str, Any]:
    """What is answered to a request."""
    event: dict[str, Any] = {
        "RequestType": kind, "StackId": STACK, "RequestId": "r", "LogicalResourceId": "Versions",
        "ResponseURL": "https://example.com/answer",
        "ResourceProperties": {
            "ModelPackageGroupName": "abalone", "DeleteApprovedVersions": "true" if approved else "false",
        },
    }  # fmt: skip
    if kind != "Create":
        event["PhysicalResourceId"] = "earlier"
    delete_model_packages.handler(event, context or Context())
    (answer,) = aws.answers
    assert answer["PhysicalResourceId"] == ("Versions" if kind == "Create" else "earlier")
    assert (answer["StackId"], answer["RequestId"], answer["LogicalResourceId"]) == (STACK, "r", "Versions")
    return answer


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_nothing_is_called_until_something_is_deleted(aws: Aws, kind: str) -> None:
    assert ask(aws, kind)["Status"] == "SUCCESS"


@pytest.mark.parametrize(
    "status", ["UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"]
)
def test_no_version_is_deleted_while_the_stack_stays(aws: Aws, status: str) -> None:
    aws.stack_is(status)
    assert ask(aws, "Delete")["Status"] == "SUCCESS"


def test_all_pages_of_versions_are_deleted_with_the_stack(aws: Aws) -> None:
    aws.stack_is("DELETE_IN_PROGRESS")
    aws.has(["PendingManualApproval", "Rejected"], ["Rejected"])
    aws.deletes(1, 2, 3)
    assert ask(aws, "Delete")["Status"] == "SUCCESS"


def test_nothing_is_deleted_where_a_version_is_approved(aws: Aws) -> None:
    aws.stack_is("DELETE_IN_PROGRESS")
    aws.has(["Rejected", "Approved"], ["Approved"])
    answer = ask(aws, "Delete")
    assert (answer["Status"], answer["Reason"]) == (
        "FAILED",
        f"the model package group abalone has 2 approved versions, such as {VERSION}2; nothing was deleted: delete "
        "what is approved, or deploy with delete_approved_versions=True, then delete the stack again",
    )


def test_approved_versions_are_deleted_when_that_is_said(aws: Aws) -> None:
    aws.stack_is("DELETE_IN_PROGRESS")
    aws.has(["Approved"])
    aws.deletes(1, looking=False)
    assert ask(aws, "Delete", approved=True)["Status"] == "SUCCESS"


@pytest.mark.parametrize("status", ["UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"])
def test_no_version_is_deleted_with_a_nested_stack_that_its_root_drops(aws: Aws, status: str) -> None:
    aws.stack_is("DELETE_IN_PROGRESS", root=ROOT)
    aws.stack_is(status, stack=ROOT)
    assert ask(aws, "Delete")["Status"] == "SUCCESS"


def test_versions_are_deleted_when_a_nested_stack_goes_with_its_root(aws: Aws) -> None:
    aws.stack_is("DELETE_IN_PROGRESS", root=ROOT)
    aws.stack_is("DELETE_IN_PROGRESS", stack=ROOT)
    aws.has(["Rejected"])
    aws.deletes(1)
    assert ask(aws, "Delete")["Status"] == "SUCCESS"


def test_a_version_that_is_approved_meanwhile_stays(aws: Aws) -> None:
    aws.stack_is("DELETE_IN_PROGRESS")
    aws.has(["PendingManualApproval", "PendingManualApproval", "Rejected"])
    aws.deletes(1)
    aws.looks_at(2, "Approved")
    answer = ask(aws, "Delete")
    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == (
        f"the version {VERSION}2 was approved after 1 version had been deleted; delete what is approved, or deploy "
        "with delete_approved_versions=True, then delete the stack again"
    )


def test_a_group_that_is_gone_has_no_versions(aws: Aws) -> None:
    aws.stack_is("DELETE_IN_PROGRESS")
    aws.refuses("list_model_packages", "ValidationException", "ModelPackageGroup abalone does not exist.")
    assert ask(aws, "Delete")["Status"] == "SUCCESS"


def test_what_is_refused_is_told(aws: Aws) -> None:
    aws.stack_is("DELETE_IN_PROGRESS")
    aws.refuses("list_model_packages", "AccessDeniedException", "not authorized " * 100)
    answer = ask(aws, "Delete")
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("ClientError: An error occurred (AccessDeniedException)")
    assert len(answer["Reason"]) == 1000


def test_it_answers_before_its_time_is_over(aws: Aws) -> None:
    aws.stack_is("DELETE_IN_PROGRESS")
    aws.has(["Rejected"])
    answer = ask(aws, "Delete", Context(19_999))
    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == "the model package group abalone still has 1 version; delete the stack again"
