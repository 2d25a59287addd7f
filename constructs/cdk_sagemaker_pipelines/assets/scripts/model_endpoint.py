"""Has an endpoint serve the newest approved version of a group; runs in the Lambda function of a ModelEndpoint.

It is called by the approval of a version, by each change of the endpoint's status, and by CloudFormation. It never
waits for a deployment: while the endpoint is busy there is nothing to do, and the end of that calls again. Nothing is
kept: the configuration's name says the version and, by a digest, all settings. The variable: ``SETTINGS``, a JSON text.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import time
import urllib.request
from typing import Any

import boto3
from botocore.exceptions import ClientError

APPROVAL, STATUS, STACK = "approval", "status", "stack"
"""What has called."""
_BUSY = ("Creating", "Deleting", "RollingBack", "SystemUpdating", "Updating")
_MISSING = ("Could not find", "does not exist")
_SPARE_MS = 40_000
"""Of the function's time, what is left for the answer."""
_PAUSE_SECONDS = 5
_LONGEST_REASON = 1000
_logger = logging.getLogger()
_logger.setLevel(logging.INFO)


class Refused(Exception):
    """What was asked is not done, for a reason that the user reads."""


def handler(event: dict[str, Any], context: Any) -> None:
    """Answers one call."""
    of_stack = "RequestType" in event
    # in a rollback the function may still have the variables of the failed update
    settings = event["ResourceProperties"]["Settings"] if of_stack else os.environ["SETTINGS"]
    endpoint = Endpoint(boto3.client("sagemaker"), json.loads(settings))
    if of_stack:
        _answer(event, *_outcome(endpoint, event, context), endpoint.name)
    else:
        endpoint.follow(APPROVAL if event["detail-type"].startswith("SageMaker Model Package") else STATUS, context)


def _outcome(endpoint: Endpoint, event: dict[str, Any], context: Any) -> tuple[str, str]:
    try:
        if event["RequestType"] == "Delete":
            endpoint.delete(context)
        else:
            endpoint.tag(event.get("OldResourceProperties", {}))
            endpoint.follow(STACK, context)
    except Refused as error:
        return "FAILED", str(error)
    except Exception as error:  # CloudFormation waits for an answer, whatever happens
        _logger.exception("%s failed", event["RequestType"])
        return "FAILED", f"{type(error).__name__}: {error}"
    return "SUCCESS", "done"


class Endpoint:
    """The endpoint, its configurations and models, each of which has the name of its configuration."""

    def __init__(self, sagemaker: Any, settings: dict[str, Any]) -> None:
        self._sagemaker = sagemaker
        self._settings = settings
        self.name: str = settings["EndpointName"]

    def follow(self, cause: str, context: Any) -> None:
        """Deploys the newest approved version, unless it is served, or removes what was served before it."""
        found = self._described()
        if found is None and cause == STATUS:
            return  # somebody else has deleted it
        if found is not None and found["EndpointStatus"] in _BUSY:
            _logger.info("%s is %s; the end of that calls again", self.name, found["EndpointStatus"])
            return
        version = self._wanted(cause, found)
        if version is None:
            return
        name = self._named(version)
        if found is not None and found["EndpointConfigName"] == name and found["EndpointStatus"] == "InService":
            for other in self._configurations():
                if other != name:
                    self._remove(other)
            return
        if found is not None and cause == STATUS and name in self._configurations():  # it was tried in vain
            reason = found.get("FailureReason", "the service gives no reason")
            raise Refused(f"the endpoint {self.name} does not serve {version}: {reason}")
        self._deploy(version, name, found, context)

    def tag(self, old: dict[str, Any]) -> None:
        """Gives an existing endpoint the tags of the stack; ``old``: the properties before."""
        found = self._described()
        before, tags = json.loads(old.get("Settings", "{}")).get("Tags", []), self._settings["Tags"]
        gone = {tag["Key"] for tag in before} - {tag["Key"] for tag in tags}
        if found is not None and gone:
            self._sagemaker.delete_tags(ResourceArn=found["EndpointArn"], TagKeys=sorted(gone))
        if found is not None and tags:
            self._sagemaker.add_tags(ResourceArn=found["EndpointArn"], Tags=tags)

    def delete(self, context: Any) -> None:
        """Deletes the endpoint with all of its configurations and models."""
        self._delete_endpoint(context)
        for name in self._configurations():
            self._remove(name)

    # -- which version

    def _wanted(self, cause: str, found: dict[str, Any] | None) -> str | None:
        """The ARN of the version to serve; None where the endpoint stays as it is.

        An older version than the served one is only deployed by an approval that came after the deployment.
        """
        newest, served = self._newest(), self._served(found)
        if found is None or served is None:
            if newest is None:
                _logger.info("%s has no approved version yet", self._settings["ModelPackageGroupName"])
            return newest
        if newest is not None and (
            _number(newest) >= _number(served) or (cause == APPROVAL and self._approved_after(newest, found))
        ):
            return newest
        has_these_settings = found["EndpointConfigName"] == self._named(served)
        if cause == STACK and not has_these_settings:
            raise Refused(
                f"the endpoint {self.name} serves {served}, which is not approved any more, so it cannot be deployed "
                "with other settings; approve that or a newer version, then deploy the stack again"
            )
        _logger.info("%s goes on serving %s, which is not approved any more", self.name, served)
        return served if has_these_settings else None

    def _newest(self) -> str | None:
        pages = self._sagemaker.get_paginator("list_model_packages").paginate(
            ModelPackageGroupName=self._settings["ModelPackageGroupName"],
            ModelApprovalStatus="Approved",
            SortBy="CreationTime",
            SortOrder="Descending",
        )
        listed = (version for page in pages for version in page["ModelPackageSummaryList"])
        return next((one["ModelPackageArn"] for one in listed if one["ModelPackageStatus"] == "Completed"), None)

    def _served(self, found: dict[str, Any] | None) -> str | None:
        """The version of the group that is served; None of another group."""
        if found is None or found["EndpointStatus"] == "Failed":
            return None
        model = _unless_missing(self._sagemaker.describe_model, ModelName=found["EndpointConfigName"])
        if model is None:
            return None
        version: str = model["Containers"][0]["ModelPackageName"]
        group = self._settings["ModelPackageGroupName"].rpartition("/")[2]
        return version if version.split("/")[-2].lower() == group.lower() else None

    def _approved_after(self, version: str, found: dict[str, Any]) -> bool:
        changed = self._sagemaker.describe_model_package(ModelPackageName=version).get("LastModifiedTime")
        return changed is not None and changed > found["LastModifiedTime"]

    # -- what is deployed

    def _named(self, version: str) -> str:
        """The name of the model and of the configuration: another one for other settings."""
        given = [version, *(self._settings[part] for part in ("Model", "Variant", "Config"))]
        digest = hashlib.sha256(json.dumps(given, sort_keys=True).encode()).hexdigest()[:8]
        return f"{self.name}-v{_number(version)}-{digest}"

    def _deploy(self, version: str, name: str, found: dict[str, Any] | None, context: Any) -> None:
        if found is not None and found["EndpointStatus"] == "Failed":
            self._delete_endpoint(context)  # nothing else can be done with it
            found = None
        tags = self._settings["Tags"]
        model = {"ModelName": name, "Containers": [{"ModelPackageName": version}], **self._settings["Model"]}
        variant = {"VariantName": "AllTraffic", "ModelName": name, **self._settings["Variant"]}
        config = {"EndpointConfigName": name, "ProductionVariants": [variant], **self._settings["Config"]}
        _created(self._sagemaker.create_model, {**model, "Tags": tags})
        new = _created(self._sagemaker.create_endpoint_config, {**config, "Tags": tags})
        asked = {"EndpointName": self.name, "EndpointConfigName": name}
        deployment = self._settings["Deployment"]
        try:
            if found is None:
                self._sagemaker.create_endpoint(**asked, Tags=tags)
            else:
                self._sagemaker.update_endpoint(**asked, **({"DeploymentConfig": deployment} if deployment else {}))
        except ClientError:
            now = self._described() or {}
            if new and now.get("EndpointConfigName") != name:
                self._remove(name)  # a configuration that stays is one that was tried
            if now.get("EndpointStatus") not in _BUSY:
                raise
            _logger.info("%s is %s by now; the end of that calls again", self.name, now["EndpointStatus"])
            return
        _logger.info("%s is deployed with %s", self.name, version)

    # -- what is left

    def _configurations(self) -> list[str]:
        """The names of its configurations."""
        own = re.compile(rf"{re.escape(self.name)}-v[0-9]+-[0-9a-f]{{8}}")
        pages = self._sagemaker.get_paginator("list_endpoint_configs").paginate(NameContains=f"{self.name}-v")
        names = [one["EndpointConfigName"] for page in pages for one in page["EndpointConfigs"]]
        return [name for name in names if own.fullmatch(name)]

    def _remove(self, name: str) -> None:
        # the configuration last: by its name the model is found
        _unless_missing(self._sagemaker.delete_model, ModelName=name)
        _unless_missing(self._sagemaker.delete_endpoint_config, EndpointConfigName=name)
        _logger.info("removed %s", name)

    def _delete_endpoint(self, context: Any) -> None:
        """Deletes the endpoint, and waits until it is gone."""
        while (found := self._described()) is not None:
            if context.get_remaining_time_in_millis() < _SPARE_MS:
                raise Refused(f"the endpoint {self.name} is still {found['EndpointStatus']}; delete it again later")
            if found["EndpointStatus"] != "Deleting":
                try:
                    self._sagemaker.delete_endpoint(EndpointName=self.name)
                    continue
                except ClientError as error:  # while it is busy, it may not be deleted
                    _logger.info("%s is not deleted yet: %s", self.name, error)
            time.sleep(_PAUSE_SECONDS)

    def _described(self) -> dict[str, Any] | None:
        return _unless_missing(self._sagemaker.describe_endpoint, EndpointName=self.name)


def _number(version: str) -> int:
    return int(version.rpartition("/")[2])


def _created(create: Any, request: dict[str, Any]) -> bool:
    """Creates something unless it exists; whether it is new. Its name says all of it."""
    try:
        create(**request)
    except ClientError as error:
        if "already exist" not in str(error):
            raise
        return False
    return True


def _unless_missing(call: Any, **request: str) -> dict[str, Any] | None:
    """What a call answers; None where there is nothing of that name."""
    try:
        answer: dict[str, Any] = call(**request)
    except ClientError as error:
        if not any(text in str(error) for text in _MISSING):
            raise
        return None
    return answer


def _answer(event: dict[str, Any], status: str, reason: str, name: str) -> None:
    asked = {member: event[member] for member in ("StackId", "RequestId", "LogicalResourceId")}
    body = json.dumps({**asked, "PhysicalResourceId": name, "Status": status, "Reason": reason[:_LONGEST_REASON]})
    _logger.info("%s: %s: %s", event["RequestType"], status, reason)
    # the URL is signed without a content type
    request = urllib.request.Request(event["ResponseURL"], body.encode(), {"Content-Type": ""}, method="PUT")
    urllib.request.urlopen(request, timeout=30).close()
