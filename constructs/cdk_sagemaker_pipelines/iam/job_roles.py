"""What the role of each job may do: its own data, image, logs, metrics, keys and network.

From the rendered arguments alone; by the role's ARN, since steps may share one.
Source: "SageMaker AI Roles" of the developer guide; see docs/permissions.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..language import Definition, PipelineError, Reference, Step
from .permissions import Conditions, Permission, merge
from .places import Location, Place, location, pattern

_READ = ("s3:GetObject",)
_WRITE = ("s3:AbortMultipartUpload", "s3:PutObject")
_NETWORK = (
    "ec2:CreateNetworkInterface",
    "ec2:CreateNetworkInterfacePermission",
    "ec2:DeleteNetworkInterface",
    "ec2:DeleteNetworkInterfacePermission",
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
)


def permissions(definition: Definition, place: Place) -> dict[str, list[Permission]]:
    """What the jobs need, by the ARN of the role that they run with."""
    found: dict[str, list[Permission]] = {}
    for step in definition.all_steps():
        derive = _BY_TYPE.get(step.type)
        for role, permission in derive(definition, step, place) if derive is not None else ():
            if isinstance(role, str):
                found.setdefault(role, []).append(permission)
    return {role: merge(needed) for role, needed in found.items()}


Needs = Iterator[tuple[Any, Permission]]


def _processing(definition: Definition, step: Step, place: Place) -> Needs:
    role = step.arguments.get("RoleArn")
    need = _Needs(definition, step, place)
    for index, item in enumerate(_list(step.arguments, "ProcessingInputs")):
        uri = _member(item, "S3Input", "S3Uri")
        yield from need.of(role, need.read(uri, f"ProcessingInputs[{index}]"))
    outputs = _member(step.arguments, "ProcessingOutputConfig", "Outputs")
    for index, item in enumerate(outputs if isinstance(outputs, (list, tuple)) else ()):
        uri = _member(item, "S3Output", "S3Uri")
        yield from need.of(role, need.write(uri, f"ProcessingOutputConfig.Outputs[{index}]"))
    yield from need.of(
        role, need.image(_member(step.arguments, "AppSpecification", "ImageUri"), "AppSpecification.ImageUri")
    )
    yield from need.of(
        role,
        need.output_key(
            _member(step.arguments, "ProcessingOutputConfig", "KmsKeyId"), "ProcessingOutputConfig.KmsKeyId"
        ),
    )
    volume = _member(step.arguments, "ProcessingResources", "ClusterConfig", "VolumeKmsKeyId")
    yield from need.of(role, need.volume_key(volume, "ProcessingResources.ClusterConfig.VolumeKmsKeyId"))
    vpc = _member(step.arguments, "NetworkConfig", "VpcConfig")
    yield from need.of(role, need.network(vpc, "NetworkConfig.VpcConfig"))
    yield from need.of(role, need.logs("ProcessingJobs"))


def _training(definition: Definition, step: Step, place: Place) -> Needs:
    role = step.arguments.get("RoleArn")
    need = _Needs(definition, step, place)
    for index, item in enumerate(_list(step.arguments, "InputDataConfig")):
        uri = _member(item, "DataSource", "S3DataSource", "S3Uri")
        yield from need.of(role, need.read(uri, f"InputDataConfig[{index}]"))
    parameters = step.arguments.get("HyperParameters")
    code = parameters.get("sagemaker_submit_directory") if isinstance(parameters, Mapping) else None
    # the SDK writes hyperparameters as JSON, so the URI may stand in quotes
    uri = pattern(definition, code).strip('"')
    yield from need.of(role, need.read_object(uri, "HyperParameters.sagemaker_submit_directory"))
    yield from need.of(
        role, need.write(_member(step.arguments, "OutputDataConfig", "S3OutputPath"), "OutputDataConfig")
    )
    for config in ("DebugHookConfig", "ProfilerConfig", "TensorBoardOutputConfig"):
        yield from need.of(role, need.write(_member(step.arguments, config, "S3OutputPath"), config))
    checkpoints = _member(step.arguments, "CheckpointConfig", "S3Uri")
    yield from need.of(role, need.read(checkpoints, "CheckpointConfig"))
    yield from need.of(role, need.write(checkpoints, "CheckpointConfig"))
    algorithm = _member(step.arguments, "AlgorithmSpecification", "AlgorithmName")
    if isinstance(algorithm, str) and algorithm:
        arn = algorithm if algorithm.startswith("arn:") else place.sagemaker(f"algorithm/{algorithm}")
        because = (f"{step.name}: AlgorithmSpecification.AlgorithmName",)
        yield role, Permission(("sagemaker:DescribeAlgorithm",), (arn,), because=because)
    yield from need.of(
        role,
        need.image(
            _member(step.arguments, "AlgorithmSpecification", "TrainingImage"), "AlgorithmSpecification.TrainingImage"
        ),
    )
    yield from need.of(
        role, need.output_key(_member(step.arguments, "OutputDataConfig", "KmsKeyId"), "OutputDataConfig.KmsKeyId")
    )
    yield from need.of(
        role,
        need.volume_key(_member(step.arguments, "ResourceConfig", "VolumeKmsKeyId"), "ResourceConfig.VolumeKmsKeyId"),
    )
    yield from need.of(role, need.network(step.arguments.get("VpcConfig"), "VpcConfig"))
    yield from need.of(role, need.logs("TrainingJobs"))


def _model(definition: Definition, step: Step, place: Place) -> Needs:
    role = step.arguments.get("ExecutionRoleArn")
    need = _Needs(definition, step, place)
    containers = [("PrimaryContainer", step.arguments.get("PrimaryContainer"))]
    containers += [(f"Containers[{i}]", item) for i, item in enumerate(_list(step.arguments, "Containers"))]
    for where, container in containers:
        if not isinstance(container, Mapping):
            continue
        read = need.read if container.get("Mode") == "MultiModel" else need.read_object
        yield from need.of(role, read(container.get("ModelDataUrl"), f"{where}.ModelDataUrl"))
        source = _member(container, "ModelDataSource", "S3DataSource", "S3Uri")
        yield from need.of(role, need.read(source, f"{where}.ModelDataSource"))
        code = _member(container, "Environment", "SAGEMAKER_SUBMIT_DIRECTORY")
        yield from need.of(role, need.read_object(code, f"{where}.Environment.SAGEMAKER_SUBMIT_DIRECTORY"))
        yield from need.of(role, need.image(container.get("Image"), f"{where}.Image"))
    yield from need.of(role, need.network(step.arguments.get("VpcConfig"), "VpcConfig"))


def _transform(definition: Definition, step: Step, place: Place) -> Needs:
    """A transform job runs with the role of its model, so the model's role needs the data."""
    role = _model_role(definition, step.arguments.get("ModelName"))
    need = _Needs(definition, step, place)
    yield from need.of(
        role,
        need.read(_member(step.arguments, "TransformInput", "DataSource", "S3DataSource", "S3Uri"), "TransformInput"),
    )
    yield from need.of(role, need.write(_member(step.arguments, "TransformOutput", "S3OutputPath"), "TransformOutput"))
    yield from need.of(
        role, need.output_key(_member(step.arguments, "TransformOutput", "KmsKeyId"), "TransformOutput.KmsKeyId")
    )
    yield from need.of(
        role,
        need.volume_key(
            _member(step.arguments, "TransformResources", "VolumeKmsKeyId"), "TransformResources.VolumeKmsKeyId"
        ),
    )
    yield from need.of(role, need.logs("TransformJobs"))


def _model_role(definition: Definition, model: Any) -> Any:
    """The role of the model step that a transform names; None for a model that is not made here."""
    get = model.get("Get") if isinstance(model, Mapping) else None
    try:
        reference = Reference.parse(get)
        return definition.step(reference.name).arguments.get("ExecutionRoleArn") if reference.kind == "Steps" else None
    except PipelineError:
        return None


class _Needs:
    """The permissions that one step's fields lead to."""

    def __init__(self, definition: Definition, step: Step, place: Place) -> None:
        self.definition = definition
        self.step = step
        self.place = place

    def of(self, role: Any, permissions: Iterator[Permission]) -> Needs:
        for permission in permissions:
            yield role, permission

    def _because(self, where: str) -> tuple[str, ...]:
        return (f"{self.step.name}: {where}",)

    def read(self, uri: Any, where: str) -> Iterator[Permission]:
        """The objects at and below an S3 URI."""
        place = self._location(uri)
        if place is None:
            return
        yield Permission(_READ, (place.objects(self.place),), because=self._because(where))
        listed = {"StringLike": {"s3:prefix": [place.prefix()]}}
        yield Permission(("s3:ListBucket",), (place.bucket_arn(self.place),), listed, self._because(where))
        yield from self._bucket_key(place, ("kms:Decrypt",), where)

    def read_object(self, uri: Any, where: str) -> Iterator[Permission]:
        """The one object at an S3 URI."""
        place = self._location(uri)
        if place is None:
            return
        yield Permission(_READ, (place.object(self.place),), because=self._because(where))
        yield from self._bucket_key(place, ("kms:Decrypt",), where)

    def write(self, uri: Any, where: str) -> Iterator[Permission]:
        """The objects below an S3 URI. Multipart uploads need to decrypt their own parts."""
        place = self._location(uri)
        if place is None:
            return
        below = place if not place.key or place.key.endswith(("/", "*")) else Location(place.bucket, place.key + "/")
        yield Permission(_WRITE, (below.objects(self.place),), because=self._because(where))
        yield from self._bucket_key(place, ("kms:Decrypt", "kms:GenerateDataKey"), where)

    def _location(self, uri: Any) -> Location | None:
        return None if uri is None else location(self.definition, uri)

    def _bucket_key(self, place: Location, actions: tuple[str, ...], where: str) -> Iterator[Permission]:
        key = self.place.bucket_keys.get(place.bucket)
        if key is not None:
            yield Permission(actions, (key,), because=self._because(where))

    def image(self, uri: Any, where: str) -> Iterator[Permission]:
        """A private image must be pulled with the job's role; AWS's own need no permission."""
        repository = repository_arn(pattern(self.definition, uri), self.place)
        if repository is None:
            return
        because = self._because(where)
        pull = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
        yield Permission(pull, (repository,), because=because)
        # the token is for the whole registry: IAM knows no resource for it
        yield Permission(("ecr:GetAuthorizationToken",), ("*",), because=because)

    def output_key(self, key: Any, where: str) -> Iterator[Permission]:
        """The key that outputs are encrypted with."""
        if isinstance(key, str) and key:
            actions = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey")
            arn, only = key_arn(key, self.place)
            yield Permission(actions, (arn,), only, self._because(where))

    def volume_key(self, key: Any, where: str) -> Iterator[Permission]:
        """The key of the instances' volumes, which EC2 uses by a grant."""
        if isinstance(key, str) and key:
            arn, only = key_arn(key, self.place)
            only_services = {**only, "Bool": {"kms:GrantIsForAWSResource": "true"}}
            yield Permission(("kms:CreateGrant",), (arn,), only_services, self._because(where))
            yield Permission(("kms:DescribeKey",), (arn,), only, self._because(where))

    def network(self, vpc: Any, where: str) -> Iterator[Permission]:
        """Network interfaces in a VPC. The service's own check of processing jobs fails when they are narrowed."""
        if isinstance(vpc, Mapping) and vpc:
            yield Permission(_NETWORK, ("*",), because=self._because(where))

    def logs(self, group: str) -> Iterator[Permission]:
        """The job's log streams, and metrics in SageMaker's namespaces."""
        arn = self.place.arn("logs", f"log-group:/aws/sagemaker/{group}")
        because = self._because("logs")
        actions = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")
        yield Permission(actions, (arn, f"{arn}:*"), because=because)
        # metrics have no ARN: the namespace is what narrows them
        spaces = ["AWS/SageMaker", "/aws/sagemaker/*"]
        yield Permission(
            ("cloudwatch:PutMetricData",), ("*",), {"StringLike": {"cloudwatch:namespace": spaces}}, because
        )


_ECR = re.compile(r"(\d{12}|\$\{Token\[[^\]]*\]\})\.dkr\.ecr\.((?:\$\{Token\[[^\]]*\]\}|[^./])+)\.[^/]+/([^:@]+)")


def repository_arn(uri: str, place: Place) -> str | None:
    """The ARN of a private image's repository; None for an image of AWS, or one that is no ECR URI."""
    if uri in place.image_repositories:
        return place.image_repositories[uri]
    match = _ECR.match(uri)
    if match is None:
        return None
    account, region, name = match.groups()
    return f"arn:{place.partition}:ecr:{region}:{account}:repository/{name}"


def key_arn(key: str, place: Place) -> tuple[str, Conditions]:
    """The ARN of a KMS key given by its ARN, id or alias, and the conditions that narrow it.

    IAM knows keys by their ARN alone, so an alias is a condition on all keys of the account.
    """
    _, alias, name = key.rpartition("alias/")
    if alias:
        return place.arn("kms", "key/*"), {"ForAnyValue:StringEquals": {"kms:ResourceAliases": f"alias/{name}"}}
    return (key if key.startswith(("arn:", "${Token[")) else place.arn("kms", f"key/{key}")), {}


def _member(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _list(value: Mapping[str, Any], name: str) -> tuple[Any, ...]:
    items = value.get(name)
    return tuple(items) if isinstance(items, (list, tuple)) else ()


_BY_TYPE: Mapping[str, Callable[[Definition, Step, Place], Needs]] = {
    "Processing": _processing,
    "Training": _training,
    "Model": _model,
    "Transform": _transform,
}
