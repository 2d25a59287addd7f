"""What the permissions of the step types share: from the fields of a request to the permissions that they need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..language import Definition, StepView, is_expression_json
from ..language.field import Field
from ..language.tokens import begins_at_deployment
from .arns import arn_of, image_parts, is_elsewhere, registry_of, repository_arn
from .environment import Environment, Location
from .keys import key_arn, written_at
from .patterns import UNKNOWN, pattern, place
from .permissions import DEPLOYED, ELSEWHERE, IMPORTED, RUN_TIME, WHOLE, Conditions, Permission, Reason
from .producers import step_of

READ = ("s3:GetObject",)
_LIST = "s3:ListBucket"
_DECRYPT = ("kms:Decrypt",)
PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
_MANIFESTS = ("AugmentedManifestFile", "ManifestFile")
_WRITE = ("s3:AbortMultipartUpload", "s3:PutObject")
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


class Needs:
    """The permissions that one step's fields lead to.

    Names behind a field lead to a value below it; the permissions are still reported for the field itself.
    """

    def __init__(self, definition: Definition, step: StepView, environment: Environment) -> None:
        self.definition = definition
        self.step = step
        self.environment = environment
        self.arguments = Field.of_arguments(step)
        self.beside = Field.of_step(step)
        """The members of the step beside its arguments."""

    def of(self, role: Any, permissions: Iterator[Permission]) -> RoleNeeds:
        """The permissions as those of a role, by its ARN."""
        for permission in permissions:
            yield role, permission

    def because(self, field: Field | None = None, note: str = "") -> tuple[Reason, ...]:
        """The step and the field, by default the step as a whole."""
        return (Reason(self.step.name, WHOLE if field is None else field.where, note),)

    def undecided(self, field: Field, actions: tuple[str, ...], what: str) -> Iterator[Permission]:
        """A note that ``what`` is only known at run time, if it is, so that nothing can be granted."""
        yield from self._undecided(field.value, actions, what, self.because(field))

    def _undecided(
        self, value: Any, actions: tuple[str, ...], what: str, because: tuple[Reason, ...]
    ) -> Iterator[Permission]:
        if is_expression_json(value):
            yield Permission(actions, (), because=because, unknown=what)

    def note(self, actions: tuple[str, ...], what: str, why: str, field: Field) -> Permission:
        """A note that ``what`` is not known here, for a reason from ``permissions``, so that nothing can be granted."""
        return Permission(actions, (), because=self.because(field), unknown=what, why=why)

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

    def location(self, uri: Any) -> Location | None:
        """As ``place``, but every version of the step's own code."""
        found = self.place(uri)
        return None if found is None else self.environment.every_version(self.step.name, found)

    def place(self, uri: Any) -> Location | None:
        """What an S3 URI can mean; None when even the bucket is known at run time, or at deployment, only."""
        return place(self.definition, uri, self.environment)

    def undecided_bucket(self, uri: Any, actions: tuple[str, ...], because: tuple[Reason, ...]) -> Iterator[Permission]:
        """A note that the bucket is not known here, where an S3 URI has no ``place``."""
        if begins_at_deployment(uri):
            yield Permission(actions, (), because=because, unknown="bucket", why=DEPLOYED)
        elif isinstance(uri, str) and uri.startswith("https://"):  # which the API takes, wherever that is
            yield Permission(actions, (), because=because, unknown="bucket", why=ELSEWHERE)
        yield from self._undecided(uri, actions, "bucket", because)

    def read(self, field: Field, *names: str, note: str = "") -> Iterator[Permission]:
        """The objects at and below an S3 URI."""
        uri, because = field.at(*names).value, self.because(field, note)
        found = self.location(uri)
        if found is None:
            yield from self.undecided_bucket(uri, (*READ, _LIST), because)
            return
        yield from self._at(found, READ, found.objects(self.environment), because)
        yield from self._listing(found, because)
        yield from self._decrypt(found, found.prefix(), because)

    def data(self, field: Field, *names: str) -> Iterator[Permission]:
        """An ``S3DataSource``: objects, or a manifest, which may list objects anywhere."""
        yield from self.read(field, *names, "S3Uri")
        if field.at(*names, "S3DataType").value in _MANIFESTS:
            yield self.note(READ, "content of the manifest", RUN_TIME, field)

    def read_object(self, field: Field, *names: str, below: str = "") -> Iterator[Permission]:
        """The one object at an S3 URI, or at a path below it."""
        uri, because = field.at(*names).value, self.because(field)
        found = self.location(uri)
        if found is None:
            yield from self.undecided_bucket(uri, READ, because)
            return
        found = found.below(below) if below else found
        yield from self._at(found, READ, found.object(self.environment), because)
        yield from self._decrypt(found, found.key, because)

    def write(self, field: Field, *names: str) -> Iterator[Permission]:
        """The objects below an S3 URI. Multipart uploads need to decrypt their own parts."""
        uri, because = field.at(*names).value, self.because(field)
        found = self.place(uri)
        if found is None:
            yield from self.undecided_bucket(uri, _WRITE, because)
            return
        below = found if not found.key or found.key.endswith(("/", "*")) else Location(found.bucket, found.key + "/")
        yield from self._at(below, _WRITE, below.objects(self.environment), because)
        yield from self._bucket_key(found, ("kms:Decrypt", "kms:GenerateDataKey"), because)

    def delete(self, found: Location, field: Field) -> Iterator[Permission]:
        """The one object at a location, or those that are like it."""
        yield from self._at(found, ("s3:DeleteObject",), found.object(self.environment), self.because(field))

    def listing(self, found: Location, field: Field) -> Iterator[Permission]:
        """The names of the objects at and below a location."""
        yield from self._listing(found, self.because(field))

    def _listing(self, found: Location, because: tuple[Reason, ...]) -> Iterator[Permission]:
        listed = {"StringLike": {"s3:prefix": [found.prefix()]}}
        if not found.is_directory:
            yield from self._at(found, (_LIST,), found.bucket_arn(self.environment), because, listed)

    def _at(
        self,
        found: Location,
        actions: tuple[str, ...],
        arn: str,
        because: tuple[Reason, ...],
        conditions: Conditions | None = None,
    ) -> Iterator[Permission]:
        """Actions on objects or their bucket; through a session of a directory bucket, or an access point."""
        if found.is_alias:
            yield Permission(actions, (), because=because, unknown="access point behind the alias", why=ELSEWHERE)
        elif found.is_directory:
            mode = {"StringEquals": {"s3express:SessionMode": "ReadOnly" if actions == READ else "ReadWrite"}}
            yield Permission(("s3express:CreateSession",), (found.bucket_arn(self.environment),), mode, because)
        else:
            yield Permission(actions, (arn,), conditions or {}, because)
        if found.is_access_point:
            yield self._behind(found, actions, because)

    def _behind(self, point: Location, actions: tuple[str, ...], because: tuple[Reason, ...]) -> Permission:
        """The note on the bucket of an access point, one for each step and access point."""
        what = f"bucket behind the access point {point.bucket!r}"
        return Permission(actions, (), because=because, unknown=what, why=ELSEWHERE, once=True)

    def _decrypt(self, found: Location, keys: str, because: tuple[Reason, ...]) -> Iterator[Permission]:
        """The keys of what lies at a location: the bucket's, and those that steps encrypt with what they write there.

        ``keys``: the pattern of the objects' names, which S3 calls keys.
        """
        yield from self._bucket_key(found, _DECRYPT, because)
        told: set[str] = set()  # each key once, since very many steps may write there
        for written in written_at(self.definition, self.environment, found, keys):
            if written.step == self.step.name or str(written.key) in told:
                continue  # the role that writes has the key
            told.add(str(written.key))
            if isinstance(written.key, str) and UNKNOWN not in written.key:
                arn, only = key_arn(written.key, self.environment)
                yield Permission(_DECRYPT, (arn,), only, because)
            else:
                what = f"key that step {written.step!r} encrypts with"
                yield Permission(_DECRYPT, (), because=because, unknown=what, once=True)

    def _bucket_key(
        self, found: Location, actions: tuple[str, ...], because: tuple[Reason, ...]
    ) -> Iterator[Permission]:
        """The KMS key of the objects' bucket, where it is known to have one."""
        key = self.environment.bucket_keys.get(found.bucket)
        if key is not None:
            arn, only = key_arn(key, self.environment)
            yield Permission(actions, (arn,), only, because)
        elif found.bucket in self.environment.keyless and not self._is_keyed(found):
            if found.is_access_point:
                yield self._behind(found, actions, because)
            else:
                yield self.unsaid_key(actions, "bucket", found.bucket, because)

    def unsaid_key(self, actions: tuple[str, ...], kind: str, name: str, because: tuple[Reason, ...]) -> Permission:
        """A note that nobody gives the key of a bucket, a queue or a topic, if it has one."""
        return Permission(actions, (), because=because, unknown=f"key of the {kind} {name!r}", why=IMPORTED[kind])

    def _is_keyed(self, found: Location) -> bool:
        """Whether all that lies at a location was written by a step that says with which key."""
        written = written_at(self.definition, self.environment, found, found.prefix())
        return any(found.key.startswith(one.below.key) for one in written)

    def image(self, uri: Field, actions: tuple[str, ...] = PULL) -> Iterator[Permission]:
        """A private image, by default to pull it with the job's role; AWS's own need no permission."""
        known = pattern(self.definition, uri.value)
        if known not in self.environment.image_repositories and image_parts(known) is None:
            known = self.environment.told(known) if begins_at_deployment(known) else known
        repository = repository_arn(known, self.environment)
        if repository is None:
            made = step_of(self.definition, uri.value)
            if UNKNOWN in known:
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
