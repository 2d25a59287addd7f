"""What the rules of the step types share: from the fields of a request to the permissions that they lead to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..language import Definition, PipelineError, Reference, Step, is_expression_json
from ..language.tokens import STRING_TOKEN, has_string_token
from .permissions import Conditions, Permission
from .places import UNKNOWN, Location, Place, location, made_name, pattern

SAGEMAKER = "sagemaker.amazonaws.com"
_READ = ("s3:GetObject",)
_PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
_MANIFESTS = ("AugmentedManifestFile", "ManifestFile")
_WRITE = ("s3:AbortMultipartUpload", "s3:PutObject")
NETWORK = (
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
"""What a job in a VPC does with its network interfaces."""

RoleNeeds = Iterator[tuple[Any, Permission]]
"""Permissions with the ARN of the role that needs each."""


def creates(api: str, arn: str, role: str | None) -> Callable[[Definition, Step, Place], Iterator[Permission]]:
    """What the pipeline's role needs for a type whose arguments are the request of ``Create<api>``."""

    def derive(definition: Definition, step: Step, place: Place) -> Iterator[Permission]:
        because = (f"{step.name}: {step.type}",)
        actions = [f"sagemaker:Create{api}", f"sagemaker:Describe{api}", "sagemaker:AddTags"]
        if api != "Model":
            actions.append(f"sagemaker:Stop{api}")
        resource = place.sagemaker(f"{arn}/{made_name(definition, step, api + 'Name')}")
        yield Permission(tuple(sorted(actions)), (resource,), because=because)
        if role is not None:
            yield from pass_role(role_of(step.arguments, place, role), SAGEMAKER, f"{step.name}: {role}")

    return derive


def role_of(request: Mapping[str, Any], place: Place, name: str = "RoleArn") -> Any:
    """The role that a job runs with: by default the pipeline's."""
    role = request.get(name)
    return place.role if role is None else role


def pass_role(role: Any, service: str, because: str) -> Iterator[Permission]:
    """The permission to hand a role to a service."""
    only = {"StringEquals": {"iam:PassedToService": service}}
    if is_expression_json(role):
        yield Permission(("iam:PassRole",), (), only, (because,), unknown="role")
    if isinstance(role, str) and role:
        yield Permission(("iam:PassRole",), (role,), only, (because,))


class Needs:
    """The permissions that one step's fields lead to."""

    def __init__(self, definition: Definition, step: Step, place: Place) -> None:
        self.definition = definition
        self.step = step
        self.place = place

    def of(self, role: Any, permissions: Iterator[Permission]) -> RoleNeeds:
        """The permissions as those of a role, by its ARN."""
        for permission in permissions:
            yield role, permission

    def because(self, where: str) -> tuple[str, ...]:
        """The step and the field, for people."""
        return (f"{self.step.name}: {where}",)

    def undecided(self, value: Any, actions: tuple[str, ...], what: str, where: str) -> Iterator[Permission]:
        """The note that ``what`` is known at run time only, if it is: then nothing can be granted for it."""
        if is_expression_json(value):
            yield Permission(actions, (), because=self.because(where), unknown=what)

    def read(self, uri: Any, where: str) -> Iterator[Permission]:
        """The objects at and below an S3 URI."""
        place = location(self.definition, uri)
        if place is None:
            yield from self.undecided(uri, (*_READ, "s3:ListBucket"), "bucket", where)
            return
        yield Permission(_READ, (place.objects(self.place),), because=self.because(where))
        listed = {"StringLike": {"s3:prefix": [place.prefix()]}}
        yield Permission(("s3:ListBucket",), (place.bucket_arn(self.place),), listed, self.because(where))
        yield from self.bucket_key(place, ("kms:Decrypt",), where)

    def data(self, source: Any, where: str) -> Iterator[Permission]:
        """An ``S3DataSource``: objects, or a manifest, which may list objects anywhere."""
        yield from self.read(member(source, "S3Uri"), where)
        if member(source, "S3DataType") in _MANIFESTS:
            yield Permission(_READ, (), because=self.because(where), unknown="content of the manifest")

    def read_object(self, uri: Any, where: str) -> Iterator[Permission]:
        """The one object at an S3 URI."""
        place = location(self.definition, uri)
        if place is None:
            yield from self.undecided(uri, _READ, "bucket", where)
            return
        yield Permission(_READ, (place.object(self.place),), because=self.because(where))
        yield from self.bucket_key(place, ("kms:Decrypt",), where)

    def write(self, uri: Any, where: str) -> Iterator[Permission]:
        """The objects below an S3 URI. Multipart uploads need to decrypt their own parts."""
        place = location(self.definition, uri)
        if place is None:
            yield from self.undecided(uri, _WRITE, "bucket", where)
            return
        below = place if not place.key or place.key.endswith(("/", "*")) else Location(place.bucket, place.key + "/")
        yield Permission(_WRITE, (below.objects(self.place),), because=self.because(where))
        yield from self.bucket_key(place, ("kms:Decrypt", "kms:GenerateDataKey"), where)

    def bucket_key(self, place: Location, actions: tuple[str, ...], where: str) -> Iterator[Permission]:
        """The KMS key of the objects' bucket, where it is known to have one."""
        key = self.place.bucket_keys.get(place.bucket)
        if key is not None:
            yield Permission(actions, (key,), because=self.because(where))

    def image(self, uri: Any, where: str) -> Iterator[Permission]:
        """A private image must be pulled with the job's role; AWS's own need no permission."""
        known = pattern(self.definition, uri)
        repository = repository_arn(known, self.place)
        if repository is None:
            made = step_of(self.definition, uri)
            if UNKNOWN in known and (made is None or made.type != "AutoML"):  # whose candidates run in AWS's images
                yield from self.undecided(uri, _PULL, "image", where)
            return
        because = self.because(where)
        yield Permission(_PULL, (repository,), because=because)
        # the token is for the whole registry: IAM knows no resource for it
        yield Permission(("ecr:GetAuthorizationToken",), ("*",), because=because)

    def algorithm(self, name: Any, where: str) -> Iterator[Permission]:
        """An algorithm of the account, or one subscribed to, by its name or ARN."""
        if isinstance(name, str) and name:
            arn = name if name.startswith("arn:") else self.place.sagemaker(f"algorithm/{name}")
            yield Permission(("sagemaker:DescribeAlgorithm",), (arn,), because=self.because(where))
        yield from self.undecided(name, ("sagemaker:DescribeAlgorithm",), "algorithm", where)

    def output_key(
        self, key: Any, where: str, actions: tuple[str, ...] = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey")
    ) -> Iterator[Permission]:
        """The key that outputs are encrypted with."""
        yield from self.undecided(key, actions, "key", where)
        if isinstance(key, str) and key:
            arn, only = key_arn(key, self.place)
            yield Permission(actions, (arn,), only, self.because(where))

    def volume_key(self, key: Any, where: str) -> Iterator[Permission]:
        """The key of the instances' volumes, which EC2 uses by a grant."""
        yield from self.undecided(key, ("kms:CreateGrant", "kms:DescribeKey"), "key", where)
        if isinstance(key, str) and key:
            arn, only = key_arn(key, self.place)
            only_services = {**only, "Bool": {"kms:GrantIsForAWSResource": "true"}}
            yield Permission(("kms:CreateGrant",), (arn,), only_services, self.because(where))
            yield Permission(("kms:DescribeKey",), (arn,), only, self.because(where))

    def network(self, vpc: Any, where: str) -> Iterator[Permission]:
        """Network interfaces in a VPC. The service's own check of processing jobs fails when they are narrowed."""
        if isinstance(vpc, Mapping) and vpc:
            yield Permission(NETWORK, ("*",), because=self.because(where))

    def logs(self, group: str) -> Iterator[Permission]:
        """The job's log streams, and metrics in SageMaker's namespaces."""
        arn = self.place.arn("logs", f"log-group:/aws/sagemaker/{group}")
        because = self.because(f"{self.step.type}, its logs and metrics")
        actions = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")
        yield Permission(actions, (arn,) if arn.endswith("*") else (arn, f"{arn}:*"), because=because)
        # metrics have no ARN: the namespace is what narrows them
        spaces = ["AWS/SageMaker", "/aws/sagemaker/*"]
        yield Permission(
            ("cloudwatch:PutMetricData",), ("*",), {"StringLike": {"cloudwatch:namespace": spaces}}, because
        )


_TOKEN = STRING_TOKEN.pattern
_ECR = re.compile(rf"(\d{{12}}|{_TOKEN})\.dkr\.ecr\.((?:{_TOKEN}|(?!\${{Token\[)[^./])+)\.[^/]+/([^:@]+)")


def repository_arn(uri: str, place: Place) -> str | None:
    """The ARN of a private image's repository; None for an image of AWS, or one that is no ECR URI."""
    if uri in place.image_repositories:
        return place.image_repositories[uri]
    match = _ECR.match(uri)
    if match is None:
        return None
    account, region, name = match.groups()
    return f"arn:{place.partition}:ecr:{region}:{account}:repository/{name}"


def model_package_group_arns(group: Any, place: Place) -> tuple[str, ...]:
    """The ARNs that IAM may see of a ``ModelPackageGroupName``, which may be an ARN itself; none of an expression.

    The service has written groups in lower case into ARNs, and IAM compares with case, so such a name gives two.
    """
    if not isinstance(group, str) or not group:
        return ()
    arn = group if group.startswith("arn:") else place.sagemaker(f"model-package-group/{group}")
    head, slash, name = arn.rpartition("/")
    lower = name if has_string_token(name) else name.lower()
    return tuple(dict.fromkeys([arn, f"{head}{slash}{lower}"]))


def key_arn(key: str, place: Place) -> tuple[str, Conditions]:
    """The ARN of a KMS key given by its ARN, id or alias, and the conditions that narrow it.

    IAM knows keys by their ARN alone, so an alias is a condition on all keys of the account.
    """
    _, alias, name = key.rpartition("alias/")
    if alias:
        return place.arn("kms", "key/*"), {"ForAnyValue:StringEquals": {"kms:ResourceAliases": f"alias/{name}"}}
    return (key if key.startswith(("arn:", "${Token[")) else place.arn("kms", f"key/{key}")), {}


def field_of(definition: Definition, permission: Permission) -> tuple[Step, str]:
    """The step and the field that a need is for, as it says itself."""
    because = permission.because[0]
    # a name may hold the separator, in a definition that a rule refuses
    cuts = (match.start() for match in re.finditer(": ", because))
    cut = next(cut for cut in cuts if definition.find(because[:cut]) is not None)
    return definition.step(because[:cut]), because[cut + 2 :]


def member(value: Any, *names: str) -> Any:
    """What these names lead to, one below the other; None where they lead nowhere."""
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def elements(value: Mapping[str, Any], name: str) -> tuple[Any, ...]:
    """The elements of a list; none where there is no list."""
    items = value.get(name)
    return tuple(items) if isinstance(items, (list, tuple)) else ()


def step_of(definition: Definition, name: Any) -> Step | None:
    """The step that a reference to the name of what it makes leads to; None for what is not made here."""
    get = name.get("Get") if isinstance(name, Mapping) else None
    try:
        reference = Reference.parse(get)
        return definition.step(reference.name) if reference.kind == "Steps" else None
    except PipelineError:
        return None


def argument_of(definition: Definition, name: Any, argument: str) -> Any:
    """An argument of that step."""
    step = step_of(definition, name)
    return None if step is None else step.arguments.get(argument)


def named_arns(kind: str, name: Any, definition: Definition, place: Place) -> tuple[str, ...]:
    """The ARNs that IAM may see: the service has written names in lower case into them, and IAM compares with case."""
    text = pattern(definition, name)
    lower = text if has_string_token(text) else text.lower()
    return tuple(dict.fromkeys(place.sagemaker(f"{kind}/{one}") for one in (text, lower)))
