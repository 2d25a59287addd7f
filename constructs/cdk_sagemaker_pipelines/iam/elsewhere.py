"""What a pipeline names that is of another region or account than itself, as far as both are known.

Names do not always say where they are; what constructs know stands in ``Place.elsewhere``. What is known at deployment
only is never taken for something else.

Sources: SageMaker's own refusal "Cross region ECR image pulls are not allowed"; ``S3DataSource`` of the API, whose
bucket is in the job's region; the KMS developer guide, "Allowing users in other accounts to use a KMS key"; the S3 user
guide, "Bucket owner granting cross-account bucket permissions".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..language import Definition, Finding, StepView, choices
from ..language.field import Field
from ..language.findings import Level
from ..language.rules import Rule, Subject
from ..language.tokens import has_string_token
from ..properties.image_uris import dns_suffix, is_aws_account, owners
from ..properties.regions import source, without
from . import job_roles, pipeline_role
from .arns import image_parts, named_by, parts_of
from .environment import Environment
from .keys import key_arn
from .needs import path_of
from .patterns import UNKNOWN, pattern
from .permissions import Permission, merge
from .trust import images

_KINDS = {"ecr": "image", "iam": "role", "kms": "key", "lambda": "function", "s3": "bucket", "sqs": "queue"}
"""By the service of an action: what it is on, and where that is matters."""
_ANY_REGION = ("EMR", "EMRServerless")
"""Steps whose jobs read buckets wherever they are, as code does that calls S3 itself."""
_OF_CODE = ("reads[", "writes[")
_OWN_POLICY = ("bucket", "key")
"""What another account lets in by a policy of its own, and of which that is told of imports as well."""
_ROLE = re.compile(r"arn:[^:]*:iam::(\d{12}):role/.+")


@dataclass(frozen=True)
class _Named:
    """What a field of a step names. ``region`` and ``account``: empty where they are not known."""

    kind: str
    name: str
    region: str
    account: str
    step: StepView
    where: str

    def finding(self, code: str, text: str, level: Level) -> Finding:
        return Finding(code, text, self.step.name, self.where, level)


@dataclass(frozen=True)
class OwnersPolicy:
    """What the policy of something of another account has to allow. ``kind``: ``bucket``, ``key``, ``queue``, ..."""

    kind: str
    name: str
    account: str
    statements: tuple[Mapping[str, Any], ...]


def rule(environment: Environment) -> Rule:
    """The findings as a rule, to be run with the others."""

    def elsewhere(subject: Subject) -> Iterator[Finding]:
        yield from found_elsewhere(subject.definition, environment)

    return elsewhere


def found_elsewhere(definition: Definition, environment: Environment) -> Iterator[Finding]:
    """``other-region`` and ``other-account``: each image of a step, and anything else once, at the first field."""
    named = list(_named(definition, environment))
    region = _known(environment.region) or next((one.region for one in named if one.region), "")
    runs = f"the pipeline runs in {region}" if _known(environment.region) else f"it names what is of {region} as well"
    account = home_account(definition, environment)
    for one in named:
        if region and one.region not in ("", region):
            yield _of_region(one, region, runs)
        elif one.kind == "role" and account and one.account not in ("", account):
            text = f"the role {one.name} is of account {one.account}, the pipeline of {account}: IAM passes roles of"
            yield one.finding("other-account", f"{text} its own account only; name one there", "error")
        elif one.kind == "image":
            yield from _of_registry(one)
        if _is_closed(
            one.kind, environment.image_repositories.get(one.name) or one.name, one.account, account, environment
        ):
            yield one.finding(
                "other-account",
                f"the {one.kind} {one.name} is of account {one.account}, the roles are of {account}: both have to "
                "allow it; 'smpipe explain' prints what its own policy needs",
                "warning",
            )


def owners_policies(definition: Definition, environment: Environment) -> Iterator[OwnersPolicy]:
    """What other accounts have to allow by policies of their own, where the app does not write them."""
    account = home_account(definition, environment)
    needed: dict[tuple[str, str, str], dict[str, list[Permission]]] = {}
    for whose, permission in _needs(definition, environment):
        role = environment.role if whose is None else whose
        if not isinstance(role, str):
            continue  # who it is, is known at run time only
        for kind, name, _, of in _on(permission, environment):
            if _is_closed(kind, name, of, account, environment):
                resources = [resource for resource in permission.resources if named_by(resource) == name]
                needed.setdefault((kind, name, of), {}).setdefault(role, []).append(permission.on(resources))
    root = {"AWS": f"arn:{environment.partition}:iam::{account}:root"}
    for (kind, name, of), of_roles in needed.items():
        asked: dict[str, tuple[Permission, list[str]]] = {}
        for role, permissions in of_roles.items():
            for permission in merge(permissions):
                asked.setdefault(json.dumps(permission.statement()), (permission, []))[1].append(role)
        yield OwnersPolicy(kind, name, of, tuple(_for_roles(kind, one, roles, root) for one, roles in asked.values()))


def _for_roles(kind: str, permission: Permission, roles: Sequence[str], root: Any) -> Mapping[str, Any]:
    """The statement of the owner's policy: it lets in the account, where it is one of the roles that asks."""
    asks = {"aws:PrincipalArn": roles[0] if len(roles) == 1 else list(roles)}
    statement = {**permission.statement(), "Principal": root}
    if kind == "key":
        statement["Resource"] = "*"  # in the policy of a key all that there is, is the key
    if kind == "image":
        del statement["Resource"]  # ECR takes none in the policy of a repository
    return {**statement, "Condition": {**statement.get("Condition", {}), "ArnEquals": asks}}


def home_account(definition: Definition, environment: Environment) -> str:
    """The pipeline's account; of a definition alone that of the roles that it names, when it is one."""
    if _known(environment.account):
        return environment.account
    roles = (_ROLE.fullmatch(role) for role, _ in job_roles.needs(definition, environment) if isinstance(role, str))
    accounts = {match[1] for match in roles if match}
    return accounts.pop() if len(accounts) == 1 else ""


def _is_closed(kind: str, name: str, of: str, account: str, environment: Environment) -> bool:
    """Whether another account must allow it, and the app does not write the policy that does."""
    known = environment.elsewhere.get(name)
    is_told = kind in _OWN_POLICY or (known is not None and kind != "role")
    return is_told and bool(of and account) and of != account and not (known is not None and known.is_open)


def _known(text: str) -> str:
    return "" if has_string_token(text) or UNKNOWN in text else text


# -- what is named, and where that is


def _named(definition: Definition, environment: Environment) -> Iterator[_Named]:
    for step in definition.all_steps():
        for image in images(Field(step, "", step.own_arguments)):
            uri = pattern(definition, image.value)
            region, account = _of_image(uri, environment)
            yield _Named("image", uri, region, account, step, f"Arguments.{image.where}")
    told: set[tuple[str, str]] = set()
    for _, permission in _needs(definition, environment):
        for kind, name, region, account in _on(permission, environment):
            if kind == "image" or {(name, region), (name, account)} <= told:
                continue
            reason = permission.because[0]
            step = definition.step(reason.step)
            if kind == "bucket" and (step.type in _ANY_REGION or reason.where.startswith(_OF_CODE)):
                region = ""
            # each once, at the first field for which it matters
            new = tuple("" if (name, known) in told else known for known in (region, account))
            told.update((name, known) for known in (region, account))
            if any(new):
                yield _Named(kind, name, new[0], new[1], step, path_of(step, reason.field))


def _needs(definition: Definition, environment: Environment) -> Iterator[tuple[Any, Permission]]:
    """Each need with the role that has it: its ARN, None for the pipeline's, or what is said of one not known here."""
    yield from ((None, permission) for permission in pipeline_role.needs(definition, environment))
    yield from job_roles.needs(definition, environment)


def _on(permission: Permission, environment: Environment) -> Iterator[tuple[str, str, str, str]]:
    """The kind, the name, the region and the account of what a permission is on; of keys not those of buckets there."""
    kind = kind_on(permission)
    of_buckets = {
        key_arn(key, environment)[0]
        for bucket, key in environment.bucket_keys.items()
        if bucket in environment.elsewhere
    }
    for name in dict.fromkeys(map(named_by, permission.resources)) if kind else ():
        region, account = _whereabouts(name, environment)
        if kind == "role" or (kind == "key" and name in of_buckets):
            region = ""  # such a key has to be where its bucket is, and roles are everywhere
        yield kind, name, region, account


def kind_on(permission: Permission) -> str:
    """What a permission is on, where it matters where that is; else empty."""
    return _KINDS.get(permission.actions[0].partition(":")[0], "") if permission.actions else ""


def _whereabouts(name: str, environment: Environment) -> tuple[str, str]:
    """The region and the account of a bucket or an ARN, empty where they are not known."""
    at = environment.elsewhere.get(name)
    if at is not None:
        return at.region, at.account
    parts = parts_of(name)
    return (_known(parts[3]), _known(parts[4])) if parts else ("", "")


def _of_image(uri: str, environment: Environment) -> tuple[str, str]:
    parts = image_parts(uri)
    if parts is not None:
        account, region, _ = parts
        return _known(region), _known(account)
    repository = environment.image_repositories.get(uri)
    return ("", "") if repository is None else _whereabouts(repository, environment)


# -- what is said of it


_GROUP = "AWS::SageMaker::ModelPackageGroup"


def not_in_region(types: Mapping[str, str], region: str) -> Iterator[tuple[str, Finding]]:
    """The resources of a template whose type the region's registry lacks, by their keys in ``types``."""
    for key, name in types.items():
        if region in without(name):
            text = f"CloudFormation has no {name} in {region} ({source()}), so that a deployment there fails"
            text += "; a RegisterModel step makes the group that it names" if name == _GROUP else ""
            yield key, Finding("not-in-region", text, level="warning")


_MENDS = {
    "key": "SageMaker and S3 use keys of their own region; name one there, such as a replica of a multi-Region key",
    "bucket": "jobs read and write buckets of their own region; copy or replicate the data",
    "function": "the step calls functions of its own region",
    "queue": "the step sends to queues of its own region",
}


def _of_region(one: _Named, region: str, runs: str) -> Finding:
    if one.kind != "image":
        text = f"the {one.kind} {one.name} is of {one.region}, and {runs}: {_MENDS[one.kind]}"
        return one.finding("other-region", text, "warning")
    text = f"the image {one.name} is in {one.region}, and {runs}: SageMaker pulls no image from another region"
    parts = image_parts(one.name)
    accounts = owners(parts[2], region) if parts is not None and is_aws_account(parts[0]) else frozenset()
    if parts is not None and len(accounts) == 1:
        text += f"; AWS has it there in {next(iter(accounts))}.dkr.ecr.{region}.{dns_suffix(region)}/{parts[2]}"
    else:
        text += "; copy or replicate it"
    return one.finding("other-region", text, "error")


def _of_registry(one: _Named) -> Iterator[Finding]:
    """AWS's images lie in accounts that differ by region."""
    parts = image_parts(one.name)
    if parts is None or not is_aws_account(parts[0]) or not one.region:
        return
    accounts = owners(parts[2], one.region)
    if accounts and parts[0] not in accounts:
        yield one.finding(
            "other-account",
            f"AWS has {parts[2]} in {one.region} in the account {choices(sorted(accounts))}, not in {parts[0]!r}",
            "warning",
        )
