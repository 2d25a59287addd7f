"""What the permissions of the step types share: from the fields of a request to the permissions that they need.

What concerns S3 is in ``s3_needs``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..language import is_expression_json
from ..language.field import Field
from ..language.tokens import begins_at_deployment
from .arns import arn_of, image_parts, is_elsewhere, registry_of, repository_arn
from .environment import Environment
from .keys import key_arn
from .patterns import UNKNOWN, pattern
from .permissions import DEPLOYED, ELSEWHERE, RUN_TIME, Permission
from .producers import step_of
from .s3_needs import S3Needs
from .statements import Conditions

PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
CHANNELS = (
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
)
"""What the agent of Systems Manager does in a container."""
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
HOSTING_NETWORK = (*NETWORK, "ec2:DescribeVpcEndpoints")
"""What a model in a VPC does with them."""

RoleNeeds = Iterator[tuple[Any, Permission]]
"""Permissions with the role that needs each: its ARN, an expression, or what is known of one that is told elsewhere."""


@dataclass(frozen=True)
class RoleElsewhere:
    """The role of something that exists already, which is not known here. ``whose``: what it belongs to, such as
    ``model``; ``where``: the field that names that.
    """

    whose: str
    where: str


class Needs(S3Needs):
    """The permissions that one step's fields lead to.

    Names behind a field lead to a value below it; the permissions are still reported for the field itself.
    """

    def of(self, role: Any, permissions: Iterator[Permission]) -> RoleNeeds:
        """The permissions as those of a role, by its ARN."""
        for permission in permissions:
            yield role, permission

    def role(self, field: Field) -> Field:
        """The role that a job runs with: by default the pipeline's."""
        return field if field.given else replace(field, value=self.environment.role)

    def pass_role(self, role: Field, service: str | list[str], note: str = "") -> Iterator[Permission]:
        """The permission to pass a role to a service."""
        only, because = {"StringEquals": {"iam:PassedToService": service}}, self.because(role, note)
        if is_expression_json(role.value):
            yield Permission(("iam:PassRole",), (), only, because, unknown="role")
        if role.name:
            yield Permission(("iam:PassRole",), (role.name,), only, because)

    def image(self, uri: Field, actions: tuple[str, ...] = PULL) -> Iterator[Permission]:
        """A private image, by default to pull it with the job's role; AWS's own need no permission."""
        known = pattern(self.definition, uri.value)
        if known not in self.environment.image_repositories and image_parts(known) is None:
            known = self.environment.told(known) if begins_at_deployment(known) else known
        repository = repository_arn(known, self.environment)
        if repository is None:
            if UNKNOWN in known:
                made = step_of(self.definition, uri.value)
                if made is None or made.type != "AutoML":  # whose candidates run in AWS's images
                    yield from self.undecided(uri, actions, "image")
            elif known not in self.environment.image_repositories and registry_of(known) is None:
                yield self.note(actions, "image", DEPLOYED, uri)
            return
        because = self.because(uri)
        yield Permission(actions, (repository,), because=because)
        if actions == PULL:
            # the token is for the whole registry: IAM knows no resource for it
            yield Permission(("ecr:GetAuthorizationToken",), ("*",), because=because)

    def algorithm(self, algorithm: Field, image: tuple[str, ...] = PULL) -> Iterator[Permission]:
        """An algorithm of the account, or one subscribed to, by its name or ARN.

        ``image``: what its image asks for, which the algorithm tells. That of one subscribed to is the seller's.
        """
        if algorithm.name:
            arn = arn_of(algorithm.name, "sagemaker", "algorithm", self.environment)
            yield Permission(("sagemaker:DescribeAlgorithm",), (arn,), because=self.because(algorithm))
            if not is_elsewhere(arn, self.environment):
                yield self.note(image, "image of the algorithm", ELSEWHERE, algorithm)
        yield from self.undecided(algorithm, ("sagemaker:DescribeAlgorithm",), "algorithm")

    def invoke(self, function: Field) -> Iterator[Permission]:
        """A Lambda function by its ARN."""
        yield from self.undecided(function, ("lambda:InvokeFunction",), "function")
        if function.name:
            yield Permission(("lambda:InvokeFunction",), (function.name,), because=self.because(function))

    def remote_shell(self, enabled: Field) -> Iterator[Permission]:
        """What the agent of Systems Manager in a container calls; IAM knows no resource for it."""
        yield from self.undecided(enabled, CHANNELS, "choice")
        if enabled.value is True:
            yield Permission(CHANNELS, ("*",), because=self.because(enabled))

    def key(
        self, field: Field, *names: str, actions: tuple[str, ...], only: Conditions | None = None
    ) -> Iterator[Permission]:
        """Actions on a KMS key, given by its ARN, id or alias. ``only``: conditions beside that of an alias."""
        key, because = field.at(*names), self.because(field)
        yield from self._undecided(key.value, actions, "key", because)
        if key.name:
            arn, of_alias = key_arn(key.name, self.environment)
            yield Permission(actions, (arn,), {**of_alias, **(only or {})}, because)

    def output_key(self, field: Field, *names: str) -> Iterator[Permission]:
        """The key that outputs are encrypted with."""
        yield from self.key(field, *names, actions=("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"))

    def volume_key(self, key: Field) -> Iterator[Permission]:
        """The key of the instances' volumes, which EC2 uses by a grant."""
        if is_expression_json(key.value):
            yield self.note(("kms:CreateGrant", "kms:DescribeKey"), "key", RUN_TIME, key)
            return
        yield from self.key(key, actions=("kms:CreateGrant",), only={"Bool": {"kms:GrantIsForAWSResource": "true"}})
        yield from self.key(key, actions=("kms:DescribeKey",))

    def network(self, vpc: Field, actions: tuple[str, ...] = NETWORK) -> Iterator[Permission]:
        """Network interfaces in a VPC. The service's own check of processing jobs fails when they are narrowed."""
        if isinstance(vpc.value, dict) and vpc.value:
            yield Permission(actions, ("*",), because=self.because(vpc))

    def logs(self, group: str, *, metrics: bool = True) -> Iterator[Permission]:
        """The job's log streams, and metrics in SageMaker's namespaces."""
        arn = self.environment.arn("logs", f"log-group:/aws/sagemaker/{group}")
        because = self.because(note="its logs and metrics")
        actions = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")
        yield Permission(actions, (arn,) if arn.endswith("*") else (arn, f"{arn}:*"), because=because)
        if not metrics:
            return
        # metrics have no ARN: the namespace is what narrows them
        spaces = ["AWS/SageMaker", "/aws/sagemaker/*"]
        yield Permission(
            ("cloudwatch:PutMetricData",), ("*",), {"StringLike": {"cloudwatch:namespace": spaces}}, because
        )


def role_of(request: Mapping[str, Any], environment: Environment, name: str = "RoleArn") -> Any:
    """The role that a job runs with: by default the pipeline's."""
    role = request.get(name)
    return environment.role if role is None else role


def member(value: Any, *names: str) -> Any:
    """What these names lead to, one below the other; None where they lead nowhere."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def elements(value: Any, name: str) -> tuple[Any, ...]:
    """The elements of a list; none where there is no list."""
    items = member(value, name)
    return tuple(items) if isinstance(items, (list, tuple)) else ()
