"""Image repositories."""

from __future__ import annotations

import json
from collections.abc import Mapping

from .provider import Made, Provider, Request


class Repository(Provider):
    """AWS::ECR::Repository."""

    name_member = "RepositoryName"

    def create(self, request: Request) -> Made:
        name = request.name("RepositoryName", 256, lower=True)
        request.client("ecr").create_repository(repositoryName=name, tags=request.tags())
        return self._configured(request, name)

    def update(self, request: Request) -> Made:
        return self._configured(request, request.physical_id)

    def delete(self, request: Request) -> None:
        force = bool(request.properties.get("EmptyOnDelete", False))
        request.client("ecr").delete_repository(repositoryName=request.physical_id, force=force)

    def _configured(self, request: Request, name: str) -> Made:
        ecr, properties = request.client("ecr"), request.properties
        if "RepositoryPolicyText" in properties:
            ecr.set_repository_policy(repositoryName=name, policyText=json.dumps(properties["RepositoryPolicyText"]))
        if "ImageTagMutability" in properties:
            ecr.put_image_tag_mutability(repositoryName=name, imageTagMutability=properties["ImageTagMutability"])
        if "LifecyclePolicyText" in properties.get("LifecyclePolicy", {}):
            text = properties["LifecyclePolicy"]["LifecyclePolicyText"]
            ecr.put_lifecycle_policy(repositoryName=name, lifecyclePolicyText=text)
        repository = ecr.describe_repositories(repositoryNames=[name])["repositories"][0]
        return Made(name, {"Arn": repository["repositoryArn"], "RepositoryUri": repository["repositoryUri"]})


ECR_RESOURCES: Mapping[str, Provider] = {
    "AWS::ECR::Repository": Repository(),
}
