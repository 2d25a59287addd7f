"""The operations of the SageMaker API that moto lacks or only mocks; every other operation is moto's.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Operations_Amazon_SageMaker_Service.html
"""

from __future__ import annotations

from moto.core.responses import ActionResult, EmptyResult

from ...authorization import PolicyError
from ..front.refusal import Refused
from ..principals import policy
from .errors import ValidationException
from .events import of_model, of_package, updated_fields
from .executions_api import ExecutionOperations
from .jobs_api import JobOperations
from .monitoring_api import MonitoringOperations
from .pipelines_api import PipelineOperations
from .search_api import SearchOperations
from .store import SageMakerStore
from .tags_api import TagOperations


class SageMakerApi(
    PipelineOperations, ExecutionOperations, JobOperations, MonitoringOperations, TagOperations, SearchOperations
):
    """Answers one request; each public method is an operation."""

    # Models and the registry

    @property
    def _group_store(self) -> SageMakerStore:
        """Where the group of the request is."""
        return self._store_of(self._request.get("ModelPackageGroupName"))

    def create_model(self) -> ActionResult:
        for container in (self._request.get("PrimaryContainer") or {}, *self._request.get("Containers", ())):
            self._store_of(container.get("ModelPackageName"))
        model = self._store.registry.create_model(self._request)
        super().create_model()  # moto's endpoints look for the model among moto's
        self._tag(model["ModelArn"])
        self._store.bus.send(lambda: of_model(model))
        return ActionResult({"ModelArn": model["ModelArn"]})

    def describe_model(self) -> ActionResult:
        return ActionResult(self._store.registry.model(self._request["ModelName"]))

    def delete_model(self) -> ActionResult:
        self._store.registry.delete_model(self._request["ModelName"])
        return super().delete_model()

    def list_models(self) -> ActionResult:
        found = list(self._store.registry.models.values())
        member = "ModelName" if self._request.get("SortBy") == "Name" else "CreationTime"
        return self._page("Models", found, by="CreationTime", key=lambda m: m[member], contains="ModelName")

    def create_model_package_group(self) -> ActionResult:
        group = self._store.registry.create_group(self._request)
        self._tag(group["ModelPackageGroupArn"])
        return ActionResult({"ModelPackageGroupArn": group["ModelPackageGroupArn"]})

    def describe_model_package_group(self) -> ActionResult:
        return ActionResult(self._group_store.registry.group(self._request["ModelPackageGroupName"]))

    def delete_model_package_group(self) -> ActionResult:
        group = self._group_store.registry.delete_group(self._request["ModelPackageGroupName"])
        self._group_store.tags.pop(group["ModelPackageGroupArn"], None)
        return EmptyResult()

    def list_model_package_groups(self) -> ActionResult:
        if self._request.get("CrossAccountFilterOption") == "CrossAccount":
            raise ValidationException("the local AWS shares nothing between accounts; list those of the SameAccount")
        found = list(self._store.registry.groups.values())
        member = "ModelPackageGroupName" if self._request.get("SortBy") == "Name" else "CreationTime"
        return self._page(
            "ModelPackageGroupSummaryList", found, by="CreationTime", key=lambda group: group[member],
            contains="ModelPackageGroupName", descending=False,
        )  # fmt: skip

    def put_model_package_group_policy(self) -> ActionResult:
        group = self._group_store.registry.group(self._request["ModelPackageGroupName"])
        document = self._request["ResourcePolicy"]
        try:
            policy(document, "the policy", of_resource=True)
        except PolicyError as error:
            raise ValidationException(f"Invalid resource policy: {error}") from error
        self._group_store.registry.policies[group["ModelPackageGroupName"].lower()] = document
        return ActionResult({"ModelPackageGroupArn": group["ModelPackageGroupArn"]})

    def get_model_package_group_policy(self) -> ActionResult:
        group = self._group_store.registry.group(self._request["ModelPackageGroupName"])
        document = self._group_store.registry.policies.get(group["ModelPackageGroupName"].lower())
        if document is None:
            raise ValidationException(f"Cannot find resource policy for {group['ModelPackageGroupArn']}")
        return ActionResult({"ResourcePolicy": document})

    def delete_model_package_group_policy(self) -> ActionResult:
        group = self._group_store.registry.group(self._request["ModelPackageGroupName"])
        self._group_store.registry.policies.pop(group["ModelPackageGroupName"].lower(), None)
        return EmptyResult()

    def create_model_package(self) -> ActionResult:
        def create() -> str:
            package = self._group_store.registry.create_package(self._request)
            self._tag(package["ModelPackageArn"], self._group_store)
            self._group_store.bus.send(lambda: of_package(package))
            return str(package["ModelPackageArn"])

        return ActionResult({"ModelPackageArn": self._once(create)})

    def describe_model_package(self) -> ActionResult:
        name = self._request["ModelPackageName"]
        package = self._store_of(name).registry.package(name)
        if self._request.get("IncludedData") == "MetadataOnly" and "ModelCard" in package:
            raise ValidationException("the local AWS does not shorten model cards; ask for AllData")
        return ActionResult(package)

    def update_model_package(self) -> ActionResult:
        store = self._store_of(self._request["ModelPackageArn"])

        def update() -> str:
            before = dict(store.registry.package(self._request["ModelPackageArn"]))
            package = store.registry.update_package(self._request)
            changed = updated_fields(before, package)
            if changed:
                store.bus.send(lambda: of_package(package, changed))
            return str(package["ModelPackageArn"])

        return ActionResult({"ModelPackageArn": self._once(update)})

    def delete_model_package(self) -> ActionResult:
        store = self._store_of(self._request["ModelPackageName"])
        package = store.registry.delete_package(self._request["ModelPackageName"])
        self._store.tokens.forget(package["ModelPackageArn"])
        store.tags.pop(package["ModelPackageArn"], None)
        return EmptyResult()

    def list_model_packages(self) -> ActionResult:
        group, status = self._request.get("ModelPackageGroupName"), self._request.get("ModelApprovalStatus")
        kind = self._request.get("ModelPackageType", "Versioned" if group else "Unversioned")
        registry = self._group_store.registry
        found = list(registry.packages.values())
        if group:
            found = registry.packages_of(registry.group(group)["ModelPackageGroupName"])
        found = [one for one in found if kind == "Both" or ("ModelPackageVersion" in one) == (kind == "Versioned")]
        found = [package for package in found if status in (None, package.get("ModelApprovalStatus"))]
        part = self._request.get("NameContains", "").lower()
        found = [package for package in found if part in registry.by_name(package)[0]]
        return self._page(
            "ModelPackageSummaryList", found, by="CreationTime",
            key=registry.by_name if self._request.get("SortBy") == "Name" else registry.by_age, descending=False,
        )  # fmt: skip

    def batch_describe_model_package(self) -> ActionResult:
        refused = {}
        for arn in self._request["ModelPackageArnList"]:
            try:
                self._store_of(arn)
            except Refused as error:
                refused[arn] = {"ErrorCode": error.code, "ErrorResponse": error.message}
        asked = [arn for arn in self._request["ModelPackageArnList"] if arn not in refused]
        found, missing = self._store.registry.several(asked)
        return ActionResult(
            {"ModelPackageSummaries": found, "BatchDescribeModelPackageErrorMap": {**missing, **refused}}
        )
