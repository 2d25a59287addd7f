"""Models, model packages and their groups."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from .errors import ConflictException, ValidationException
from .moments import now

MOST_METADATA = 50
"""The customer metadata properties of a package."""
MOST_SPECIFICATIONS = 15
"""The additional inference specifications of a package."""
APPROVAL_STATUSES = ("Approved", "Rejected", "PendingManualApproval")


_ARN = re.compile(r"arn:[^:]+:sagemaker:([a-z0-9-]+):([0-9]{12}):model-package(?:-group)?/")


def place_of(name_or_arn: str | None) -> tuple[str, str] | None:
    """The account and region of a model package or a group that is named by its ARN."""
    arn = _ARN.match(name_or_arn or "")
    return None if arn is None else (arn[2], arn[1])


class Registry:
    """The models and the model registry of one account and region.

    Each thing is kept as the members of its Describe response. ``elsewhere`` finds the registry of another account and
    region: the ARN of a package or group says whose it is.
    """

    def __init__(
        self, account: str, region: str, partition: str, elsewhere: Callable[[str, str], Registry] | None = None
    ) -> None:
        self._prefix = f"arn:{partition}:sagemaker:{region}:{account}"
        self._elsewhere = elsewhere
        self.models: dict[str, dict[str, Any]] = {}
        self.groups: dict[str, dict[str, Any]] = {}
        self.packages: dict[str, dict[str, Any]] = {}
        self.policies: dict[str, str] = {}
        self._versions: dict[str, int] = {}
        self._lock = threading.Lock()

    def of(self, name_or_arn: str | None) -> Registry:
        """The registry that a package or group is in: this one, unless it is named by an ARN that says otherwise."""
        place = place_of(name_or_arn)
        return self if place is None or self._elsewhere is None else self._elsewhere(*place)

    # Models

    def create_model(self, request: Mapping[str, Any]) -> dict[str, Any]:
        name = request["ModelName"]
        arn = f"{self._prefix}:model/{name.lower()}"
        with self._lock:
            if name in self.models:
                raise ValidationException(f'Cannot create already existing model "{arn}".')
            if not request.get("PrimaryContainer") and not request.get("Containers"):
                raise ValidationException("Exactly one of PrimaryContainer and Containers must be provided")
            for container in (request.get("PrimaryContainer") or {}, *request.get("Containers", ())):
                if container.get("ModelPackageName"):
                    self.of(container["ModelPackageName"]).package(container["ModelPackageName"])
            isolation = {"EnableNetworkIsolation": bool(request.get("EnableNetworkIsolation"))}
            self.models[name] = {**request, **isolation, "ModelArn": arn, "CreationTime": now()}
        return self.models[name]

    def model(self, name: str) -> dict[str, Any]:
        if name not in self.models:
            raise ValidationException(f'Could not find model "{self._prefix}:model/{name.lower()}".')
        return self.models[name]

    def delete_model(self, name: str) -> None:
        self.model(name)
        del self.models[name]

    # Groups

    def create_group(self, request: Mapping[str, Any]) -> dict[str, Any]:
        name = request["ModelPackageGroupName"]
        arn = f"{self._prefix}:model-package-group/{name}"
        with self._lock:
            if name.lower() in self.groups:
                raise ValidationException(f"Model Package Group already exists: {arn}")
            group = self.groups[name.lower()] = {
                "ModelPackageGroupName": name,
                "ModelPackageGroupArn": arn,
                "ModelPackageGroupDescription": request.get("ModelPackageGroupDescription"),
                "CreationTime": now(),
                "CreatedBy": {},
                "ModelPackageGroupStatus": "Completed",
                "ManagedConfiguration": request.get("ManagedConfiguration"),
            }
        return group

    def group(self, name_or_arn: str) -> dict[str, Any]:
        """Raises ``ValidationException``, as the service does for a missing group."""
        name = name_or_arn.split("/")[-1]
        if name.lower() not in self.groups:
            raise ValidationException(f"ModelPackageGroup {self._prefix}:model-package-group/{name} does not exist.")
        return self.groups[name.lower()]

    def delete_group(self, name_or_arn: str) -> dict[str, Any]:
        group = self.group(name_or_arn)
        packages = self.packages_of(group["ModelPackageGroupName"])
        if packages:
            raise ConflictException(
                f"Model Package Group {group['ModelPackageGroupArn']} cannot be deleted because it contains "
                f"{len(packages)} Model Package{'s' if len(packages) > 1 else ''}; delete them first."
            )
        with self._lock:
            key = group["ModelPackageGroupName"].lower()
            del self.groups[key]
            self.policies.pop(key, None)
            self._versions.pop(key, None)
        return group

    # Packages

    def create_package(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Creates a package; in a group it gets the next version, and waits for approval unless told otherwise."""
        group_name, name = request.get("ModelPackageGroupName"), request.get("ModelPackageName")
        if group_name and name:
            raise ValidationException(
                "Both ModelPackageName and ModelPackageGroupName are provided in the input. "
                "Cannot determine which one to use."
            )
        if not group_name and not name:
            raise ValidationException("Either ModelPackageName or ModelPackageGroupName must be provided.")
        _check_approval(request)
        moment = now()
        own: dict[str, Any]
        if group_name:
            group = self.group(group_name)
            key = group["ModelPackageGroupName"].lower()
            with self._lock:
                version = self._versions[key] = self._versions.get(key, 0) + 1
            arn = f"{self._prefix}:model-package/{group['ModelPackageGroupName']}/{version}"
            own = {
                "ModelPackageGroupName": group["ModelPackageGroupName"],
                "ModelPackageVersion": version,
                "ModelApprovalStatus": request.get("ModelApprovalStatus") or "PendingManualApproval",
            }
        else:
            arn = f"{self._prefix}:model-package/{str(name).lower()}"
            if arn in self.packages:
                raise ValidationException(f"Model Package already exists: {arn}")
            own = {"ModelPackageName": name}
        package = self.packages[arn] = {
            **request,
            **own,
            "ModelPackageArn": arn,
            "CreationTime": moment,
            "LastModifiedTime": moment,
            "CreatedBy": {},
            "ModelPackageStatus": "Completed",
            "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
        }
        return package

    def package(self, name_or_arn: str) -> dict[str, Any]:
        arn = name_or_arn if name_or_arn.startswith("arn:") else f"{self._prefix}:model-package/{name_or_arn.lower()}"
        if arn not in self.packages:
            raise ValidationException(f"ModelPackage {arn} does not exist.")
        return self.packages[arn]

    def packages_of(self, group: str | None) -> list[dict[str, Any]]:
        """The packages of a group; without one, those outside of any group."""
        name = group.split("/")[-1].lower() if group else None
        found = list(self.packages.values())
        return [package for package in found if package.get("ModelPackageGroupName", "").lower() == (name or "")]

    def several(self, arns: Sequence[str]) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, str]]]:
        """Versions in groups by their ARNs, and an error for each ARN that is of none."""
        found, missing = {}, {}
        for arn in arns:
            package = self.of(arn).packages.get(arn, {})
            if "ModelPackageVersion" in package:
                found[arn] = {"InferenceSpecification": {"Containers": []}, **package}
            else:
                text = f"ModelPackage {arn} does not exist."
                missing[arn] = {"ErrorCode": "ValidationException", "ErrorResponse": text}
        return found, missing

    @staticmethod
    def by_age(package: Mapping[str, Any]) -> tuple[Any, ...]:
        """What packages are sorted by unless told otherwise."""
        return package["CreationTime"], package.get("ModelPackageVersion", 0)

    @staticmethod
    def by_name(package: Mapping[str, Any]) -> tuple[Any, ...]:
        """The name: of a version that of its group, and its number."""
        name = package.get("ModelPackageName") or package["ModelPackageGroupName"]
        return name.lower(), package.get("ModelPackageVersion", 0)

    def update_package(self, request: Mapping[str, Any]) -> dict[str, Any]:
        package = self.package(request["ModelPackageArn"])
        _check_approval(request)
        metadata = {**package.get("CustomerMetadataProperties", {}), **request.get("CustomerMetadataProperties", {})}
        for key in request.get("CustomerMetadataPropertiesToRemove", []):
            metadata.pop(key, None)
        added = request.get("AdditionalInferenceSpecificationsToAdd", [])
        specifications = [*package.get("AdditionalInferenceSpecifications", []), *added]
        _check_number(metadata, MOST_METADATA, "customerMetadataProperties")
        _check_number(specifications, MOST_SPECIFICATIONS, "additionalInferenceSpecifications")
        for member in (
            "ModelApprovalStatus",
            "ApprovalDescription",
            "InferenceSpecification",
            "SourceUri",
            "ModelCard",
            "ModelLifeCycle",
            "ModelPackageRegistrationType",
        ):
            if member in request:
                package[member] = request[member]
        package["CustomerMetadataProperties"] = metadata
        if added:
            package["AdditionalInferenceSpecifications"] = specifications
        package["LastModifiedTime"] = now()
        return package

    def delete_package(self, name_or_arn: str) -> dict[str, Any]:
        return self.packages.pop(self.package(name_or_arn)["ModelPackageArn"])


def _check_approval(request: Mapping[str, Any]) -> None:
    status = request.get("ModelApprovalStatus")
    if status is not None and status not in APPROVAL_STATUSES:
        raise ValidationException(
            f"1 validation error detected: Value '{status}' at 'modelApprovalStatus' failed to satisfy constraint: "
            f"Member must satisfy enum value set: [{', '.join(APPROVAL_STATUSES)}]"
        )


def _check_number(found: Collection[Any], most: int, member: str) -> None:
    if len(found) > most:
        raise ValidationException(f"The package would have {len(found)} {member}; at most {most} are allowed")
