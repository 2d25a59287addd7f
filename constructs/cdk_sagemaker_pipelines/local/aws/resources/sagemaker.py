"""AWS::SageMaker resources."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .provider import Made, Provider, Request


class Pipeline(Provider):
    """AWS::SageMaker::Pipeline.

    Like the service's handler, it downloads a definition given by its S3 location, and sends the text.
    """

    name_member = "PipelineName"

    def create(self, request: Request) -> Made:
        name = request.properties["PipelineName"]
        request.client("sagemaker").create_pipeline(
            PipelineName=name,
            RoleArn=request.properties["RoleArn"],
            PipelineDefinition=_definition(request),
            Tags=request.tags(),
            **_options(request),
        )
        return Made(name)

    def update(self, request: Request) -> Made:
        sagemaker, name = request.client("sagemaker"), request.physical_id
        answer = sagemaker.update_pipeline(
            PipelineName=name,
            RoleArn=request.properties["RoleArn"],
            PipelineDefinition=_definition(request),
            **{"PipelineDescription": "", "PipelineDisplayName": name, **_options(request)},
        )
        _retag(request, answer["PipelineArn"])
        return Made(name)

    def delete(self, request: Request) -> None:
        request.client("sagemaker").delete_pipeline(PipelineName=request.physical_id)


class ModelPackageGroup(Provider):
    """AWS::SageMaker::ModelPackageGroup; only its policy and tags can change."""

    name_member = "ModelPackageGroupName"
    create_only = frozenset({"ModelPackageGroupDescription"})

    def create(self, request: Request) -> Made:
        sagemaker, name = request.client("sagemaker"), request.properties["ModelPackageGroupName"]
        sagemaker.create_model_package_group(
            ModelPackageGroupName=name, Tags=request.tags(), **request.given("ModelPackageGroupDescription")
        )
        self._set_policy(request, name)
        return self._made(request, name)

    def update(self, request: Request) -> Made:
        name = request.properties["ModelPackageGroupName"]
        self._set_policy(request, name)
        _retag(request, request.physical_id)
        return self._made(request, name)

    def delete(self, request: Request) -> None:
        name = request.properties["ModelPackageGroupName"]
        request.client("sagemaker").delete_model_package_group(ModelPackageGroupName=name)

    def _set_policy(self, request: Request, name: str) -> None:
        sagemaker, policy = request.client("sagemaker"), request.properties.get("ModelPackageGroupPolicy")
        if policy is not None:
            text = policy if isinstance(policy, str) else json.dumps(policy)
            sagemaker.put_model_package_group_policy(ModelPackageGroupName=name, ResourcePolicy=text)
        elif "ModelPackageGroupPolicy" in request.previous:
            sagemaker.delete_model_package_group_policy(ModelPackageGroupName=name)

    def _made(self, request: Request, name: str) -> Made:
        group = request.client("sagemaker").describe_model_package_group(ModelPackageGroupName=name)
        return Made(
            group["ModelPackageGroupArn"],
            {
                "ModelPackageGroupArn": group["ModelPackageGroupArn"],
                "ModelPackageGroupStatus": group["ModelPackageGroupStatus"],
                "CreationTime": group["CreationTime"].isoformat(),
            },
        )


class Model(Provider):
    """AWS::SageMaker::Model; any change but that of its tags requires replacement."""

    name_member = "ModelName"

    def replaces(self, member: str) -> bool:
        return member != "Tags"

    def create(self, request: Request) -> Made:
        name = request.name("ModelName", 63)
        answer = request.client("sagemaker").create_model(
            ModelName=name,
            Tags=request.tags(),
            **request.given(
                "ExecutionRoleArn", "PrimaryContainer", "Containers", "VpcConfig", "EnableNetworkIsolation"
            ),
        )
        return Made(answer["ModelArn"], {"ModelName": name})

    def update(self, request: Request) -> Made:
        _retag(request, request.physical_id)
        return Made(request.physical_id, {"ModelName": _name_of(request)})

    def delete(self, request: Request) -> None:
        request.client("sagemaker").delete_model(ModelName=_name_of(request))


def _name_of(request: Request) -> str:
    """The model's name; the ARN, which is its id, has it in lowercase only."""
    models = request.client("sagemaker").get_paginator("list_models").paginate()
    arns = {model["ModelArn"]: model["ModelName"] for answer in models for model in answer["Models"]}
    return str(arns.get(request.physical_id, request.physical_id.split("/")[-1]))


def _definition(request: Request) -> str:
    given = request.properties["PipelineDefinition"]
    if "PipelineDefinitionBody" in given:
        return str(given["PipelineDefinitionBody"])
    place = given["PipelineDefinitionS3Location"]
    asked = {"VersionId": place["Version"]} if "Version" in place else {}
    answer = request.client("s3").get_object(Bucket=place["Bucket"], Key=place["Key"], **asked)
    if "ETag" in place and place["ETag"].strip('"') != answer["ETag"].strip('"'):
        raise ValueError(f"s3://{place['Bucket']}/{place['Key']} has ETag {answer['ETag']}, expected {place['ETag']}")
    return str(answer["Body"].read().decode())


def _options(request: Request) -> dict[str, Any]:
    options = request.given("PipelineDisplayName", "PipelineDescription")
    parallelism = request.properties.get("ParallelismConfiguration")
    if parallelism is not None:
        steps = parallelism["MaxParallelExecutionSteps"]
        options["ParallelismConfiguration"] = {"MaxParallelExecutionSteps": int(steps)}
    return options


def _retag(request: Request, arn: str) -> None:
    sagemaker = request.client("sagemaker")
    old = [tag["Key"] for tag in sagemaker.list_tags(ResourceArn=arn)["Tags"]]
    if old:
        sagemaker.delete_tags(ResourceArn=arn, TagKeys=old)
    if request.tags():
        sagemaker.add_tags(ResourceArn=arn, Tags=request.tags())


SAGEMAKER_RESOURCES: Mapping[str, Provider] = {
    "AWS::SageMaker::Pipeline": Pipeline(),
    "AWS::SageMaker::ModelPackageGroup": ModelPackageGroup(),
    "AWS::SageMaker::Model": Model(),
}
