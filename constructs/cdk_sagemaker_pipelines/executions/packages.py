"""Model packages by what a user calls them."""

from __future__ import annotations

from typing import Any

from ..language import choices, did_you_mean
from .answers import MISSING, code, pages
from .lookup import COMPARED, NotFound


def find_package(client: Any, given: str) -> str:
    """The ARN of a model package: its ARN, ``<group>/<version>``, or ``<group>`` for the newest version."""
    if given.startswith("arn:") and ":model-package/" in given:
        return given
    group, _, version = given.partition("/") if not given.startswith("arn:") else (given, "", "")
    try:
        listed = pages(
            client, "list_model_packages", "ModelPackageSummaryList", limit=None if version else 1,
            ModelPackageGroupName=group, SortBy="CreationTime", SortOrder="Descending",
        )  # fmt: skip
        numbers = []
        for package in listed:
            numbers.append(str(package.get("ModelPackageVersion")))
            if not version or numbers[-1] == version:
                return str(package["ModelPackageArn"])
    except client.exceptions.ClientError as error:
        if code(error) not in {*MISSING, "ValidationException"}:
            raise
        raise NotFound(_no_group(client, group)) from error
    if version and numbers:
        raise NotFound(f"the group {group!r} has no version {version}; it has {choices(numbers)}")
    raise NotFound(f"the group {group!r} has no version")


def approve(client: Any, arn: str, status: str, because: str | None = None) -> dict[str, str]:
    """Sets the approval of a model package to ``Approved`` or ``Rejected``, and returns what was set."""
    told = {} if because is None else {"ApprovalDescription": because}
    client.update_model_package(ModelPackageArn=arn, ModelApprovalStatus=status, **told)
    return {"ModelPackageArn": arn, "ModelApprovalStatus": status, **told}


def _no_group(client: Any, group: str) -> str:
    try:
        listed = pages(client, "list_model_package_groups", "ModelPackageGroupSummaryList", limit=COMPARED)
        names = [str(each["ModelPackageGroupName"]) for each in listed]
    except client.exceptions.ClientError:
        return f"there is no model package group {group!r}"
    hint = did_you_mean(group, names) or (f"; there are {choices(names)}" if names else "; there is none at all")
    return f"there is no model package group {group!r}{hint}"
