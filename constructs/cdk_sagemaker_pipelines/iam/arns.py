"""The ARNs that IAM sees of what a definition names by a name, a URI or an ARN."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from ..language import Definition
from ..language.later import later_pattern
from ..language.tokens import DYNAMIC_REFERENCE, STRING_TOKEN, any_of, has_string_token, is_filled_in
from ..properties.image_uris import is_aws_account
from .aws_urls import SUFFIXES
from .environment import Environment
from .patterns import UNKNOWN, is_told_whole, pattern

_TOKEN = STRING_TOKEN.pattern
_ECR = later_pattern(
    rf"(\d{{12}}|{_TOKEN})\.dkr\.ecr\.({any_of('[^./]')}+)"
    rf"\.(?:{_TOKEN}|{'|'.join(map(re.escape, SUFFIXES))})/({any_of('[^:@]')}+)"
)


def repository_arn(uri: str, environment: Environment) -> str | None:
    """The ARN of a private image's repository; None for an image of AWS, or one that is no ECR URI.

    None, too, where the region or the whole name is only known at run time.
    """
    if uri in environment.image_repositories:
        return environment.image_repositories[uri]
    parts = image_parts(uri)
    if parts is None:
        return None
    account, region, name = parts
    if UNKNOWN in region or is_told_whole(name) or is_aws_account(account):
        return None
    return f"arn:{environment.partition}:ecr:{region}:{account}:repository/{name}"


@lru_cache(4096)
def image_parts(uri: str) -> tuple[str, str, str] | None:
    """The account, the region and the repository of an image in ECR; None of another URI."""
    match = _ECR.match(uri)
    return None if match is None else (match[1], match[2], match[3])


def registry_of(uri: str) -> str | None:
    """What an image's URI begins with, up to the repository; None where a deployment tells whose registry that is.

    Of an ECR registry its account may be told then, and the rest of the URI be known.
    """
    registry = _REGISTRY.match(uri)
    assert registry is not None
    return None if image_parts(uri) is None and is_filled_in(registry[0]) else registry[0]


_REGISTRY = later_pattern(rf"(?:{_TOKEN}|{DYNAMIC_REFERENCE.pattern}|[^/])*")


def arn_of(text: str, service: str, kind: str, environment: Environment) -> str:
    """The ARN of what is given by its ARN or its name, or by a reference to a resource of the app.

    Of a reference to something else, such as a parameter, nothing tells which of both it gives: see ``_BY_ARN``.
    """
    told = environment.told(text)
    if told.startswith("arn:") or (kind in _BY_ARN and STRING_TOKEN.fullmatch(told)):
        return told
    return environment.arn(service, f"{kind}/{told}")


_BY_ARN = ("key", "model-package")
"""What a reference is taken to give by its ARN, as CDK hands it on; the others by their names."""


def model_package_group_arns(group: Any, environment: Environment) -> tuple[str, ...]:
    """The ARNs that IAM may see of a ``ModelPackageGroupName``, which may be an ARN itself; none of an expression.

    The service has written groups in lower case into ARNs, and IAM compares with case, so such a name gives two.
    """
    if not isinstance(group, str) or not group:
        return ()
    arn = arn_of(group, "sagemaker", "model-package-group", environment)
    head, slash, name = arn.rpartition("/")
    lower = name if has_string_token(name) else name.lower()
    return tuple(dict.fromkeys([arn, f"{head}{slash}{lower}"]))


def version_arns(groups: tuple[str, ...]) -> tuple[str, ...]:
    """The ARNs of all versions of model package groups."""
    return tuple(arn.replace(":model-package-group/", ":model-package/") + "/*" for arn in groups)


def named_arns(kind: str, name: Any, definition: Definition, environment: Environment) -> tuple[str, ...]:
    """The ARNs that IAM may see: the service has written names in lower case into them, and IAM compares with case."""
    text = pattern(definition, name)
    lower = text if has_string_token(text) else text.lower()
    return tuple(dict.fromkeys(environment.sagemaker(f"{kind}/{one}") for one in (text, lower)))


def is_elsewhere(arn: str, environment: Environment) -> bool:
    """Whether an ARN is one of another account; not where one of both is only known at deployment."""
    parts = parts_of(arn)
    account = parts[4] if parts else environment.account
    return account != environment.account and not has_string_token(f"{account}{environment.account}")


def kind_of(arn: str) -> str:
    """The service and the kind of resource in an ARN, such as ``sagemaker:hub-content``; empty for other texts."""
    parts = parts_of(arn)
    return f"{parts[2]}:{re.split('[:/]', parts[5], maxsplit=1)[0]}" if parts else ""


@lru_cache(4096)
def named_by(resource: str) -> str:
    """What a resource of a permission is of: a bucket's name, a version's group, or an ARN without its ``:*``."""
    parts = parts_of(resource)
    if parts and parts[2] == "s3" and not parts[4]:
        return parts[5].partition("/")[0]
    version = _VERSION.fullmatch(parts[5]) if parts and parts[2] == "sagemaker" else None
    if version is not None:
        return f"{':'.join(parts[:5])}:model-package-group/{version[1]}"
    return resource.removesuffix(":*")


_VERSION = later_pattern(rf"model-package/({any_of('[^/]')}+)/.+", re.DOTALL)
"""Of a group; what a marketplace sells has no versions, and is nobody's to let in."""


def is_group(arn: str) -> bool:
    """Whether an ARN is one of a model package group."""
    return kind_of(arn) == "sagemaker:model-package-group"


@lru_cache(4096)
def parts_of(arn: str) -> tuple[str, ...]:
    """The six parts of an ARN, whose tokens may hold colons; none of another text."""
    found = _PARTS.fullmatch(arn)
    return found.groups() if found else ()


_PARTS = later_pattern(rf"(arn):{rf'((?:{_TOKEN}|[^:$])*):' * 4}(.*)", re.DOTALL)
