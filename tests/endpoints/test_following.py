"""The function of a ModelEndpoint, called as AWS calls it, against a SageMaker whose deployments the test ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cdk_sagemaker_pipelines.assets.scripts import model_endpoint

SCRIPT = model_endpoint.__name__
GROUP = "arn:aws:sagemaker:eu-west-1:111122223333:model-package/age/"
SETTINGS: dict[str, Any] = {
    "EndpointName": "age",
    "ModelPackageGroupName": "age",
    "Model": {"ExecutionRoleArn": "arn:aws:iam::111122223333:role/Age"},
    "Variant": {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1},
    "Config": {},
    "Deployment": {},
    "Tags": [{"Key": "team", "Value": "ml"}],
}
APPROVED = {"detail-type": "SageMaker Model Package State Change", "detail": {}}
CHANGED = {"detail-type": "SageMaker Endpoint State Change", "detail": {}}


class Context:
    """How much time the function has: none once it has been asked often enough."""

    def __init__(self, asked: int = 20) -> None:
        self._left = asked

    def get_remaining_time_in_millis(self) -> int:
        self._left -= 1
        return 100_000 if self._left > 0 else 0


def refused(text: str) -> ClientError:
    return ClientError({"Error": {"Code": "ValidationException", "Message": text}}, "Any")


class SageMaker:
    """As the service does it, but a deployment ends when the test says so."""

    def __init__(self) -> None:
        self.endpoint: dict[str, Any] | None = None
        self.models: dict[str, dict[str, Any]] = {}
        self.configs: dict[str, dict[str, Any]] = {}
        self.versions: dict[int, tuple[str, datetime]] = {}
        self.tags: dict[str, str] = {}
        self.deployments: list[dict[str, Any]] = []
        """The requests that created or updated the endpoint."""
        self._now = datetime(2026, 1, 1, tzinfo=timezone.utc)

    # -- what the test does

    def tell(self, version: int, status: str = "Approved") -> None:
        self._now += timedelta(minutes=1)
        self.versions[version] = (status, self._now)

    def end(self, *, failed: bool = False) -> None:
        """Ends the deployment; one that failed leaves the configuration of before, if there was one."""
        assert self.endpoint is not None
        self._now += timedelta(minutes=10)
        before = self.endpoint.pop("Before")
        if failed and before is None:
            self.endpoint.update(EndpointStatus="Failed", FailureReason="the container does not answer")
        else:
            self.endpoint.update(EndpointStatus="InService", EndpointConfigName=before if failed else self.asked)
        self.endpoint["LastModifiedTime"] = self._now

    @property
    def asked(self) -> str:
        return str(self.deployments[-1]["EndpointConfigName"])

    @property
    def served(self) -> int | None:
        """The version that the endpoint serves."""
        if self.endpoint is None:
            return None
        arn = self.models[self.endpoint["EndpointConfigName"]]["Containers"][0]["ModelPackageName"]
        return int(arn.rpartition("/")[2])

    # -- what the function does

    def get_paginator(self, operation: str) -> Any:
        return Pages(getattr(self, operation))

    def list_model_packages(self, **asked: Any) -> dict[str, Any]:
        assert (asked["SortBy"], asked["SortOrder"]) == ("CreationTime", "Descending")
        group = GROUP.replace("/age/", f"/{asked['ModelPackageGroupName'].rpartition('/')[2]}/")
        found = [
            {"ModelPackageArn": f"{group}{number}", "ModelPackageStatus": "Completed"}
            for number, (status, _) in sorted(self.versions.items(), reverse=True)
            if status == asked["ModelApprovalStatus"]
        ]
        return {"ModelPackageSummaryList": found}

    def describe_model_package(self, ModelPackageName: str) -> dict[str, Any]:
        return {"LastModifiedTime": self.versions[int(ModelPackageName.rpartition("/")[2])][1]}

    def create_model(self, **request: Any) -> None:
        self._put(self.models, request["ModelName"], request)

    def create_endpoint_config(self, **request: Any) -> None:
        self._put(self.configs, request["EndpointConfigName"], request)

    def _put(self, kept: dict[str, dict[str, Any]], name: str, request: dict[str, Any]) -> None:
        if name in kept:
            raise refused(f'Cannot create already existing thing "{name}".')
        kept[name] = request

    def describe_model(self, ModelName: str) -> dict[str, Any]:
        if ModelName not in self.models:
            raise refused(f'Could not find model "{ModelName}".')
        return self.models[ModelName]

    def delete_model(self, ModelName: str) -> dict[str, Any]:
        self.describe_model(ModelName)
        del self.models[ModelName]
        return {}

    def delete_endpoint_config(self, EndpointConfigName: str) -> dict[str, Any]:
        busy = self.endpoint is not None and self.endpoint["EndpointStatus"] != "InService"
        used = self.endpoint is not None and self.endpoint["EndpointConfigName"] == EndpointConfigName
        assert not used, "in use"
        assert not busy or EndpointConfigName != self.asked, "being deployed"
        if EndpointConfigName not in self.configs:
            raise refused("Could not find endpoint configuration.")
        del self.configs[EndpointConfigName]
        return {}

    def list_endpoint_configs(self, NameContains: str) -> dict[str, Any]:
        return {"EndpointConfigs": [{"EndpointConfigName": one} for one in self.configs if NameContains in one]}

    def describe_endpoint(self, EndpointName: str) -> dict[str, Any]:
        if self.endpoint is None:
            raise refused(f'Could not find endpoint "{EndpointName}".')
        return dict(self.endpoint)

    def create_endpoint(self, **request: Any) -> None:
        if self.endpoint is not None:
            raise refused("Cannot create already existing endpoint.")
        self.tags = {tag["Key"]: tag["Value"] for tag in request["Tags"]}
        self.endpoint = {"EndpointArn": "arn:endpoint", "EndpointConfigName": request["EndpointConfigName"]}
        self._deploy(request, None)

    def update_endpoint(self, **request: Any) -> None:
        assert self.endpoint is not None
        if self.endpoint["EndpointStatus"] != "InService":
            raise refused("Cannot update in-progress endpoint.")
        self._deploy(request, self.endpoint["EndpointConfigName"])

    def _deploy(self, request: dict[str, Any], before: str | None) -> None:
        assert self.endpoint is not None
        assert request["EndpointConfigName"] in self.configs
        self.deployments.append(request)
        self.endpoint.update(EndpointStatus="Updating" if before else "Creating", Before=before)

    def delete_endpoint(self, EndpointName: str) -> dict[str, Any]:
        assert self.endpoint is not None
        if self.endpoint["EndpointStatus"] == "Updating":
            raise refused("Cannot delete in-progress endpoint.")
        self.endpoint = None
        return {}

    def add_tags(self, ResourceArn: str, Tags: list[dict[str, str]]) -> None:
        self.tags.update({tag["Key"]: tag["Value"] for tag in Tags})

    def delete_tags(self, ResourceArn: str, TagKeys: list[str]) -> None:
        for key in TagKeys:
            del self.tags[key]


class Pages:
    def __init__(self, operation: Any) -> None:
        self._operation = operation

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        yield self._operation(**asked)


class Function:
    """The function, and what it answered CloudFormation."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sagemaker = SageMaker()
        self.answers: list[dict[str, Any]] = []
        self._monkeypatch = monkeypatch
        self.settings = SETTINGS
        monkeypatch.setattr(f"{SCRIPT}.boto3.client", lambda service: self.sagemaker)
        monkeypatch.setattr(f"{SCRIPT}.time.sleep", lambda seconds: None)
        monkeypatch.setattr(f"{SCRIPT}.urllib.request.urlopen", self._take)

    def call(self, event: dict[str, Any], variables: dict[str, Any] | None = None) -> None:
        self._monkeypatch.setenv("SETTINGS", json.dumps(variables or self.settings))
        model_endpoint.handler(event, Context())

    def stack(self, kind: str, before: dict[str, Any] | None = None) -> str:
        """The answer to CloudFormation."""
        event = {
            "RequestType": kind, "ResponseURL": "https://s3", "StackId": "s", "RequestId": "r",
            "LogicalResourceId": "l",
            "ResourceProperties": {"Settings": json.dumps(self.settings)},
            **({} if before is None else {"OldResourceProperties": {"Settings": json.dumps(before)}}),
        }  # fmt: skip
        self.call(event, before)  # in a rollback its variables may be those of the other deployment
        answer = self.answers[-1]
        assert answer["PhysicalResourceId"] == "age"
        return str(answer["Reason"] if answer["Status"] == "FAILED" else answer["Status"])

    def serve(self, *versions: int) -> None:
        """Approves versions, each of which is deployed before the next."""
        for version in versions:
            self.sagemaker.tell(version)
            self.call(APPROVED)
            self.sagemaker.end()
            self.call(CHANGED)

    def _take(self, request: Any, timeout: int) -> Any:
        self.answers.append(json.loads(request.data))
        return self

    def close(self) -> None: ...


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch) -> Function:
    return Function(monkeypatch)


def test_without_an_approved_version_the_stack_is_deployed(function: Function) -> None:
    function.sagemaker.tell(1, "PendingManualApproval")
    assert function.stack("Create") == "SUCCESS"
    assert function.sagemaker.endpoint is None
    assert function.sagemaker.models == {}


def test_the_stack_serves_what_was_approved_before(function: Function) -> None:
    function.sagemaker.tell(1)
    assert function.stack("Create") == "SUCCESS"
    assert (function.sagemaker.served, function.sagemaker.tags) == (1, {"team": "ml"})


def test_an_approval_creates_it_and_the_next_updates_it(function: Function) -> None:
    sagemaker = function.sagemaker
    function.serve(1)
    (model,) = sagemaker.models.values()
    assert model["Containers"] == [{"ModelPackageName": f"{GROUP}1"}]
    assert model["ExecutionRoleArn"] == SETTINGS["Model"]["ExecutionRoleArn"]
    (config,) = sagemaker.configs.values()
    assert config["ProductionVariants"] == [
        {"VariantName": "AllTraffic", "ModelName": model["ModelName"], **SETTINGS["Variant"]}
    ]
    function.serve(2)
    assert sagemaker.served == 2
    # what was served before is removed, once it is not served any more
    assert list(sagemaker.models) == list(sagemaker.configs) == [sagemaker.asked]


def test_until_the_new_version_is_served_nothing_is_removed(function: Function) -> None:
    function.serve(1)
    function.sagemaker.tell(2)
    function.call(APPROVED)
    function.call(CHANGED)
    assert len(function.sagemaker.configs) == 2


def test_an_approval_that_comes_twice_deploys_once(function: Function) -> None:
    function.sagemaker.tell(1)
    function.call(APPROVED)
    function.call(APPROVED)
    function.sagemaker.end()
    function.call(APPROVED)
    assert len(function.sagemaker.deployments) == 1


def test_two_calls_at_once_deploy_once(function: Function, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have seen an endpoint that is not busy; the second is refused, and takes nothing from the first."""
    sagemaker = function.sagemaker
    function.serve(1)
    sagemaker.tell(2)
    seen = sagemaker.describe_endpoint("age")
    function.call(APPROVED)
    real, answers = sagemaker.describe_endpoint, [seen]
    monkeypatch.setattr(sagemaker, "describe_endpoint", lambda EndpointName: answers.pop() if answers else real("age"))
    function.call(APPROVED)
    assert len(sagemaker.deployments) == 2
    assert sagemaker.asked in sagemaker.configs
    # of another version, what is not deployed is no trace of a deployment that failed
    sagemaker.tell(3)
    answers.append(seen)
    function.call(APPROVED)
    assert {name.split("-")[1] for name in sagemaker.configs} == {"v1", "v2"}


def test_an_approval_during_a_deployment_is_made_up_for(function: Function) -> None:
    sagemaker = function.sagemaker
    sagemaker.tell(1)
    function.call(APPROVED)
    sagemaker.tell(2)
    function.call(APPROVED)
    assert sagemaker.served == 1
    sagemaker.end()
    function.call(CHANGED)
    sagemaker.end()
    function.call(CHANGED)
    assert sagemaker.served == 2
    assert len(sagemaker.configs) == 1


def test_a_version_that_cannot_be_served_is_not_tried_again_by_itself(function: Function) -> None:
    sagemaker = function.sagemaker
    function.serve(1)
    sagemaker.tell(2)
    function.call(APPROVED)
    sagemaker.end(failed=True)
    for _ in range(2):  # Lambda tries once more
        with pytest.raises(model_endpoint.Refused, match=r"^the endpoint age does not serve .*/2: "):
            function.call(CHANGED)
    assert (sagemaker.served, len(sagemaker.deployments)) == (1, 2)
    function.call(APPROVED)  # somebody approves it anew
    assert len(sagemaker.deployments) == 3
    sagemaker.end(failed=True)
    function.serve(3)
    assert sagemaker.served == 3
    assert len(sagemaker.configs) == len(sagemaker.models) == 1


def test_a_first_version_that_cannot_be_served_is_replaced_by_the_next(function: Function) -> None:
    sagemaker = function.sagemaker
    sagemaker.tell(1)
    function.call(APPROVED)
    sagemaker.end(failed=True)
    with pytest.raises(model_endpoint.Refused, match="the container does not answer"):
        function.call(CHANGED)
    function.serve(2)
    assert (sagemaker.served, len(sagemaker.configs)) == (2, 1)


def test_a_rejected_version_stays_until_another_is_approved(function: Function) -> None:
    sagemaker = function.sagemaker
    function.serve(1, 2)
    sagemaker.tell(2, "Rejected")
    function.call(CHANGED)
    function.call(APPROVED)  # the approval of version 1 once more, which is older than the deployment
    assert function.stack("Update", SETTINGS) == "SUCCESS"
    assert (sagemaker.served, len(sagemaker.deployments)) == (2, 2)
    function.serve(1)  # now somebody approves it
    assert sagemaker.served == 1


def test_a_rejected_version_gets_no_other_settings(function: Function) -> None:
    sagemaker = function.sagemaker
    function.serve(1, 2)
    sagemaker.tell(2, "Rejected")
    function.settings = {**SETTINGS, "Variant": {**SETTINGS["Variant"], "InitialInstanceCount": 2}}
    reason = function.stack("Update", SETTINGS)
    assert reason.startswith("the endpoint age serves arn:")
    assert "which is not approved any more" in reason
    function.settings = SETTINGS  # the stack is rolled back
    assert function.stack("Update", SETTINGS) == "SUCCESS"
    assert (sagemaker.served, len(sagemaker.deployments)) == (2, 2)


def test_other_settings_deploy_the_same_version_anew(function: Function) -> None:
    sagemaker = function.sagemaker
    function.serve(1)
    deployment = {"RollingUpdatePolicy": {"WaitIntervalInSeconds": 60}}
    count = {"Variant": {**SETTINGS["Variant"], "InitialInstanceCount": 2}}
    function.settings = {**SETTINGS, "Deployment": deployment, **count}
    assert function.stack("Update", SETTINGS) == "SUCCESS"
    sagemaker.end()
    function.call(CHANGED)
    ((name, config),) = sagemaker.configs.items()
    assert config["ProductionVariants"][0]["InitialInstanceCount"] == 2
    assert sagemaker.deployments[-1] == {
        "EndpointName": "age", "EndpointConfigName": name, "DeploymentConfig": deployment,
    }  # fmt: skip


def test_other_tags_deploy_nothing_anew(function: Function) -> None:
    function.serve(1)
    function.settings = {**SETTINGS, "Tags": [{"Key": "stage", "Value": "prod"}]}
    assert function.stack("Update", SETTINGS) == "SUCCESS"
    assert function.sagemaker.tags == {"stage": "prod"}
    assert len(function.sagemaker.deployments) == 1


def test_another_group_is_served_when_it_has_an_approved_version(function: Function) -> None:
    sagemaker = function.sagemaker
    function.serve(7)
    function.settings = {**SETTINGS, "ModelPackageGroupName": "arn:aws:sagemaker:eu-west-1:1:model-package-group/next"}
    sagemaker.versions.clear()
    assert function.stack("Update", SETTINGS) == "SUCCESS"
    assert (sagemaker.served, len(sagemaker.deployments)) == (7, 1)
    sagemaker.tell(1)  # its numbers say nothing about those of the other one
    assert function.stack("Update", SETTINGS) == "SUCCESS"
    sagemaker.end()
    assert sagemaker.served == 1


def test_what_somebody_else_deleted_is_not_created_by_its_own_end(function: Function) -> None:
    function.serve(1)
    function.sagemaker.endpoint = None
    function.call(CHANGED)
    assert function.sagemaker.endpoint is None


def test_the_names_of_another_endpoint_are_left_alone(function: Function) -> None:
    others = ("age-v1-old", "big-age-v1-0123abcd", "age-v1-v2-0123abcd")
    for name in others:
        function.sagemaker.configs[name] = {}
    function.serve(1, 2)
    assert set(function.sagemaker.configs) == {*others, function.sagemaker.asked}


def test_the_end_of_the_stack_is_the_end_of_all(function: Function) -> None:
    sagemaker = function.sagemaker
    function.serve(1)
    assert function.stack("Delete") == "SUCCESS"
    assert (sagemaker.endpoint, sagemaker.configs, sagemaker.models) == (None, {}, {})
    assert function.stack("Delete") == "SUCCESS"


def test_a_busy_endpoint_that_cannot_be_deleted_says_so(function: Function) -> None:
    function.serve(1)
    function.sagemaker.tell(2)
    function.call(APPROVED)
    assert function.stack("Delete") == "the endpoint age is still Updating; delete it again later"
    assert function.sagemaker.endpoint is not None


def test_what_the_service_refuses_is_the_reason(function: Function, monkeypatch: pytest.MonkeyPatch) -> None:
    function.sagemaker.tell(1)

    def create(**request: Any) -> None:
        raise refused("The account-level service limit is 0 instances")

    monkeypatch.setattr(function.sagemaker, "create_endpoint", create)
    assert function.stack("Create").endswith("The account-level service limit is 0 instances")
    # nothing is left that would look like a deployment that was tried
    assert function.sagemaker.configs == {}
