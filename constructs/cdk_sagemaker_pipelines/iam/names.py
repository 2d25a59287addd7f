"""What a definition names that may be somebody's: roles, buckets, images, queues and the like, by its permissions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ..language import Definition, StepView
from ..language.field import ARGUMENTS, Field, in_arguments
from ..language.later import later_pattern
from ..language.step_types import row_of
from ..properties.regions import dns_suffixes
from . import job_roles, pipeline_role
from .arns import image_parts
from .aws_urls import queue_of
from .environment import Environment
from .escaping import ESCAPE
from .globs import meet, starred, symbols
from .patterns import UNKNOWN, TooFarError, pattern
from .permissions import Permission
from .wildcards import wild


class Name(NamedTuple):
    """What a definition names. ``kind``: in a word; ``account``: whose it is, empty for buckets.

    ``written``: whether objects of a bucket are written or deleted.
    """

    kind: str
    text: str
    account: str = ""
    written: bool = False

    @property
    def read(self) -> Name:
        """The same where it is only read."""
        return self._replace(written=False)

    @property
    def last(self) -> str:
        """The name without what stands before it in an ARN, and without the version of a function."""
        resource = self.text.split(":", 5)[-1]
        return resource.split(":")[1] if resource.startswith("function:") else re.split("[:/]", resource)[-1]


ASSETS = later_pattern(r"cdk-[a-z0-9]+-assets-[0-9]+-[a-z0-9-]+")
"""What ``cdk bootstrap`` calls the bucket of an account's assets in a region."""
_KINDS = {
    "kms": "key",
    "lambda": "function",
    "sns": "topic",
    "sqs": "queue",
}
"""By the service: what is somebody's in the same account as well."""
_IMAGES = ("image", "imageuri", "ruleevaluatorimage", "trainingimage")
_OF_AWS = later_pattern(r"role/aws-service-role/.*|alias/aws/.*")


def names_in(definition: Definition, environment: Environment) -> Iterator[tuple[StepView, str, Name]]:
    """All that is named, each with the step and the field; defaults of parameters count."""
    definition = Definition(_with_defaults(definition.json, definition))
    passed: set[str] = {str(environment.role)}
    for step in definition.all_steps():
        for path in row_of(step.type).other_roles:
            for role in Field.of_arguments(step, own=True).every(*path.split(".")):
                if role.name and role.name != environment.role:
                    passed.add(role.name)
                    yield step, in_arguments(role.where), _role(role.name)
    for permission in pipeline_role.needs(definition, environment):
        yield from _in(permission, definition, environment)
        passed |= set(permission.resources)
    for role, permission in job_roles.needs(definition, environment):
        yield from _in(permission, definition, environment)
        if isinstance(role, str) and role not in passed:
            passed.add(role)
            yield *_field_of(permission, definition), _role(role)
    for step in definition.all_steps():
        for image in images(step):
            name = _image(definition, image.value, environment)
            if name is not None:
                yield step, in_arguments(image.where), name
        url = Field.of_step(step).at("SqsQueueUrl")
        name = _queue(pattern(definition, url.value), environment) if url.given else None
        if name is not None:
            yield step, url.where, name


def _in(
    permission: Permission, definition: Definition, environment: Environment
) -> Iterator[tuple[StepView, str, Name]]:
    """What a permission is on, where it is not the pipeline's to make; what holds a literal wildcard is refused."""
    passes = "iam:PassRole" in permission.actions
    for resource in permission.resources:
        if resource == environment.role or ESCAPE.search(resource):
            continue
        name = _role(resource) if passes else _of_arn(resource, permission, environment)
        if name is not None and name.account != "aws" and not _OF_AWS.fullmatch(name.text.split(":", 5)[-1]):
            yield *_field_of(permission, definition), name


def _field_of(permission: Permission, definition: Definition) -> tuple[StepView, str]:
    reason = permission.because[0]
    return definition.step(reason.step), reason.field


def _of_arn(arn: str, permission: Permission, environment: Environment) -> Name | None:
    parts = arn.split(":", 5)
    if len(parts) < 6 or any(map(wild, parts[:5])):
        return None  # of a construct, all that there is, or so wide that another rule refuses it
    service, account, resource = parts[2], parts[4], parts[5]
    if service == "s3express":
        mode = permission.conditions.get("StringEquals", {}).get("s3express:SessionMode")
        return Name("bucket", resource.removeprefix("bucket/"), written=mode != "ReadOnly")
    if service == "s3" and not account:
        bucket = resource.partition("/")[0]
        changed = any(not action.startswith(("s3:Get", "s3:List")) for action in permission.actions)
        return None if wild(bucket) else Name("bucket", bucket, written=changed)  # AWS's own have a pattern
    if service in ("ecr", "iam") or not account:
        return None  # images are told by their URIs
    if service.startswith("s3"):
        return Name("access point", arn.partition("/object/")[0], account)
    if service == "kms" and resource == "key/*":
        aliases = permission.conditions.get("ForAnyValue:StringEquals", {}).get("kms:ResourceAliases")
        return None if ESCAPE.search(str(aliases)) else Name("key", str(aliases), account)
    if service in _KINDS:
        return Name(_KINDS[service], arn.removesuffix(":*"), account)
    elsewhere = account != environment.account
    return Name(resource.partition("/")[0].replace("-", " "), arn.removesuffix("/*"), account) if elsewhere else None


def _role(arn: str) -> Name:
    parts = arn.split(":", 5)
    return Name("role", arn, parts[4] if len(parts) == 6 else "")


def _image(definition: Definition, value: Any, environment: Environment) -> Name | None:
    """The image, unless a parameter or a job tells its registry when the pipeline runs."""
    try:
        uri = pattern(definition, value, whole=True)
    except TooFarError:  # the definition contains the text, behind too many references to follow
        told = json.dumps(value)
        return Name("image", told, told)
    if not uri or uri in environment.image_repositories:
        return None
    parts = image_parts(uri)
    registry = uri.partition("/")[0] if parts is None else parts[0]
    return None if UNKNOWN in registry and _may_be_of_aws(registry) else Name("image", uri, registry)


def _queue(url: str, environment: Environment) -> Name | None:
    """The queue of which no permission tells: at a host that is none of SQS, or with a name that the run tells."""
    told = queue_of(url)
    if told is None or url in environment.queues:
        return None
    owner = told.account if told.region else told.host
    is_open = UNKNOWN in owner if told.region else owner == UNKNOWN  # whose it is, the run alone tells
    return None if told.is_known or is_open else Name("queue", url, owner)


def _may_be_of_aws(registry: str) -> bool:
    """Whether a host of which the run tells a part may be a registry of ECR, and not just anybody's."""
    start = registry.partition(UNKNOWN)[0]
    hosts = (symbols(f"{'?' * 12}.dkr.ecr*.{suffix}") for suffix in dns_suffixes())
    is_account = not start or (start.isdigit() and len(start) < 12)  # of one that is known, it is not left to the run
    return is_account and any(meet(starred(registry), host) for host in hosts)


def images(step: StepView) -> list[Field]:
    """Every image of a step but for those of the steps inside: its URI as JSON."""
    return [
        Field(step, f"{where}.{key}", value)
        for where, found in step.objects
        if where.startswith(ARGUMENTS)
        for key, value in found.items()
        if isinstance(value, (str, dict)) and key.lower() in _IMAGES
    ]


def _with_defaults(value: Any, definition: Definition) -> Any:
    """A JSON value with the defaults of parameters in place of them."""
    if isinstance(value, Mapping):
        get = value.get("Get") if len(value) == 1 else None
        if isinstance(get, str) and get.startswith("Parameters."):
            declared = definition.parameters.get(get.removeprefix("Parameters."))
            if declared is not None and isinstance(declared.default, (str, int)):
                return declared.default
        return {key: _with_defaults(item, definition) for key, item in value.items()}
    return [_with_defaults(item, definition) for item in value] if isinstance(value, (list, tuple)) else value


def texts_of(value: Any) -> Iterable[str]:
    """Every text in a JSON value."""
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, Mapping) else value if isinstance(value, (list, tuple)) else ():
        yield from texts_of(item)
