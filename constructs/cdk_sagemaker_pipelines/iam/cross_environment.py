"""What a pipeline names that is of another region or account than itself, as far as both are known.

Names do not always tell where a resource is; what constructs know is in ``Environment.elsewhere``. What is only known
at deployment is never taken for another account or region.

Sources: SageMaker's own refusal "Cross region ECR image pulls are not allowed"; ``S3DataSource`` of the API, whose
bucket is in the job's region; the KMS developer guide, "Allowing users in other accounts to use a KMS key"; the S3 user
guide, "Bucket owner granting cross-account bucket permissions"; the Lambda developer guide, "Granting function access
to other accounts"; the ECR, SQS and SNS guides on the policies of repositories, queues and topics; SageMaker's guide,
"Register a Model Version from a Different Account", and ``PutModelPackageGroupPolicy`` of the API.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..language import Definition, Finding, StepView, choices
from ..language.findings import Level
from ..language.later import later_pattern
from ..language.rules import Rule, Subject
from ..language.step_types import row_of
from ..language.tokens import has_string_token
from ..properties.image_uris import is_aws_account, owners
from ..properties.regions import dns_suffix, source, without
from . import job_roles, pipeline_role
from .arns import image_parts, is_group, named_by, parts_of
from .environment import Elsewhere, Environment
from .keys import key_arn, key_name
from .names import images
from .patterns import UNKNOWN, pattern
from .permissions import Permission, merge

_GROUP = "model package group"
_KINDS = {
    "ecr": "repository",
    "iam": "role",
    "kms": "key",
    "lambda": "function",
    "s3": "bucket",
    "sns": "topic",
    "sqs": "queue",
}
"""By the service of an action: what it is on, and where that is matters. Of SageMaker's own that is a group."""
_OF_CODE = ("reads[", "writes[")
_REGION_OF_CODE = ("sagemaker_region", "SAGEMAKER_REGION")
"""Where code in AWS's images reads in which region it runs: a hyperparameter, and a variable of the environment."""
_ROLE = later_pattern(r"arn:[^:]*:iam::(\d{12}):role/.+")


class _Named(NamedTuple):
    """What a field of a step names. ``region`` and ``account``: empty where they are not known, or need no finding."""

    kind: str
    name: str
    region: str
    account: str
    step: StepView
    where: str

    def finding(self, code: str, text: str, level: Level) -> Finding:
        return Finding(code, text, self.step.name, self.where, level)


class OwnersPolicy(NamedTuple):
    """What the policy of something of another account has to allow. ``kind``: ``bucket``, ``function``, ``key``,
    ``model package group``, ``queue``, ``repository`` or ``topic``.
    """

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
    account = home_account(definition, environment)
    named = list(_named(definition, environment, account))
    region = _known(environment.region) or next((one.region for one in named if one.region), "")
    runs = f"the pipeline runs in {region}" if _known(environment.region) else f"it also names what is in {region}"
    for one in named:
        if region and one.region not in ("", region):
            yield _of_region(one, region, runs)
        elif one.kind == "image":
            yield from _of_registry(one)
        if one.account and one.kind == "role":
            text = f"the role {one.name} is in account {one.account}, the pipeline in {account}: IAM passes roles of"
            yield one.finding("other-account", f"{text} its own account only; name one there", "error")
        elif one.account:
            known = environment.elsewhere.get(one.name)
            yield one.finding(
                "other-account",
                f"the {one.kind} {one.name} is in account {one.account}, the roles are in {account}: both have to "
                f"allow it; 'smpipe explain' prints what its own policy needs{_for_a_name(known)}",
                "warning",
            )
    if _known(environment.region):
        yield from _regions_of_code(definition, environment.region)


def _regions_of_code(definition: Definition, region: str) -> Iterator[Finding]:
    """The literal regions that code is given, as the toolkit of the SageMaker SDK writes them, where they differ."""
    for step in definition.all_steps():
        for where, given in step.objects:
            for name in _REGION_OF_CODE:
                value = given.get(name)
                said = value.strip('"') if isinstance(value, str) else ""  # hyperparameters are JSON
                if said and not has_string_token(said) and said != region:
                    text = f"is {said}, which code takes for the region it runs in, and the pipeline runs in {region}"
                    told = f"{text}; name that region, or leave it out"
                    yield Finding("other-region", told, step.name, f"{where}.{name}", "warning")


def _for_a_name(known: Elsewhere | None) -> str:
    """What has the app write the policy, where a role lacks but a name for it."""
    if known is None or not known.nameless:
        return ""
    roles, of = choices(known.nameless), "the roles" if len(known.nameless) > 1 else "the role"
    return f"; the app writes it for {of} {roles} with a role_name=, such as PhysicalName.GENERATE_IF_NEEDED"


def owners_policies(definition: Definition, environment: Environment) -> Iterator[OwnersPolicy]:
    """What other accounts have to allow in policies of their own, where the app does not write those."""
    account = home_account(definition, environment)
    needed: dict[tuple[str, str, str], dict[str, list[Permission]]] = {}
    for role, permission in _needs(definition, environment):
        if not isinstance(role, str):
            continue  # who it is, is only known at run time
        for kind, name, _, of, part in _on(permission, environment):
            if kind != "role" and _is_closed(name, of, role, account, environment):
                needed.setdefault((kind, name, of), {}).setdefault(role, []).append(part)
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
    if kind == "function":
        return statement  # Lambda's permissions know no condition on a role
    if kind == "key":
        statement["Resource"] = "*"  # in the policy of a key all that there is, is the key
    if kind == "repository":
        del statement["Resource"]  # ECR takes none in the policy of a repository
    return {**statement, "Condition": {**statement.get("Condition", {}), "ArnEquals": asks}}


def home_account(definition: Definition, environment: Environment) -> str:
    """The pipeline's account; of a definition alone that of the roles that it names, when it is one."""
    if _known(environment.account):
        return environment.account
    roles = (_ROLE.fullmatch(role) for role, _ in job_roles.needs(definition, environment) if isinstance(role, str))
    accounts = {match[1] for match in roles if match}
    return accounts.pop() if len(accounts) == 1 else ""


def _is_closed(name: str, of: str, role: Any, account: str, environment: Environment) -> bool:
    """Whether another account has to let a role in by a policy that the app does not write."""
    known = environment.elsewhere.get(name)
    return bool(of and account) and of != account and not (known is not None and known.is_open_to(role))


def _known(text: str) -> str:
    return "" if has_string_token(text) or UNKNOWN in text else text


# -- what is named, and where that is


def _named(definition: Definition, environment: Environment, home: str) -> Iterator[_Named]:
    """``home``: the account of the pipeline; what is of another one is reported where it is not let in."""
    for step in definition.all_steps():
        for image in images(step):
            uri = pattern(definition, image.value)
            yield _Named("image", uri, _region_of_image(uri, environment), "", step, image.where)
    told: set[tuple[str, str]] = set()
    for role, permission in _needs(definition, environment):
        for kind, name, region, of, _ in _on(permission, environment):
            account = of if _is_closed(name, of, role, home, environment) else ""
            if {(name, region), (name, account)} <= told:
                continue
            reason = permission.because[0]
            step = definition.step(reason.step)
            # Spark reads buckets wherever they are, as code does that calls S3 itself
            if kind == "bucket" and (row_of(step.type).family == "emr" or reason.where.startswith(_OF_CODE)):
                region = ""
            # each once, at the first field for which it matters
            new = tuple("" if (name, known) in told else known for known in (region, account))
            told.update((name, known) for known in (region, account))
            if any(new):
                yield _Named(kind, name, new[0], new[1], step, reason.path)


def _needs(definition: Definition, environment: Environment) -> Iterator[tuple[Any, Permission]]:
    """Each need with the role that has it: its ARN, or what is said of one that is not known here."""
    yield from ((environment.role, permission) for permission in pipeline_role.needs(definition, environment))
    yield from job_roles.needs(definition, environment)


def _on(permission: Permission, environment: Environment) -> Iterator[tuple[str, str, str, str, Permission]]:
    """The kind, the name, the region and the account of all that a permission is on, and the part of it on that.

    Where the region does not matter it is empty: of keys it does not where their buckets are.
    """
    kind = kind_on(permission)
    if not kind:
        return
    of_buckets = _of_buckets(environment) if kind == "key" else ()
    for name, part in by_name(permission):
        region, account = _whereabouts(name, environment)
        if kind in _ANYWHERE or name in of_buckets:
            region = ""
        yield kind, name, region, account, part


def _of_buckets(environment: Environment) -> set[str]:
    """The keys of buckets that are elsewhere."""
    return {
        key_name(*key_arn(key, environment))
        for bucket, key in environment.bucket_keys.items()
        if bucket in environment.elsewhere
    }


_ANYWHERE = ("repository", "role", "topic")
"""Roles are everywhere, no page says where topics have to be, and of images it is told at each."""


def by_name(permission: Permission) -> Iterator[tuple[str, Permission]]:
    """The permission in parts of which each is on one bucket, one key and the like, with its name or ARN."""
    if len(permission.resources) == 1:
        yield key_name(named_by(permission.resources[0]), permission.conditions), permission
        return
    names: dict[str, list[str]] = {}
    groups: dict[str, str] = {}
    for resource in permission.resources:
        name = key_name(named_by(resource), permission.conditions)
        if is_group(name):  # which goes by two ARNs where it has capital letters
            name = groups.setdefault(name.lower(), name)
        names.setdefault(name, []).append(resource)
    for name, resources in names.items():
        yield name, permission if len(names) == 1 else permission.on(resources)


def kind_on(permission: Permission) -> str:
    """What a permission is on, where it matters where that is; else empty."""
    service = permission.actions[0].partition(":")[0] if permission.actions else ""
    if service == "sagemaker":
        return _GROUP if any(is_group(named_by(resource)) for resource in permission.resources) else ""
    return _KINDS.get(service, "")


def _whereabouts(name: str, environment: Environment) -> tuple[str, str]:
    """The region and the account of a bucket or an ARN, empty where they are not known."""
    at = environment.elsewhere.get(name)
    if at is not None:
        return at.region, at.account
    parts = parts_of(name)
    return (_known(parts[3]), _known(parts[4])) if parts else ("", "")


def _region_of_image(uri: str, environment: Environment) -> str:
    parts = image_parts(uri)
    if parts is not None:
        return _known(parts[1])
    repository = environment.image_repositories.get(uri)
    return "" if repository is None else _whereabouts(repository, environment)[0]


# -- what is said of it


_TYPE_OF_GROUPS = "AWS::SageMaker::ModelPackageGroup"


def not_in_region(types: Mapping[str, str], region: str) -> Iterator[tuple[str, Finding]]:
    """The resources of a template whose type the region's registry lacks, by their keys in ``types``."""
    for key, name in types.items():
        if region in without(name):
            text = f"CloudFormation has no {name} in {region} ({source()}), so that a deployment there fails"
            text += "; a RegisterModel step makes the group that it names" if name == _TYPE_OF_GROUPS else ""
            yield key, Finding("not-in-region", text, level="warning")


_MENDS = {
    "key": "SageMaker and S3 use keys of their own region; name one there, such as a replica of a multi-Region key",
    "bucket": "jobs read and write buckets of their own region; copy or replicate the data",
    "function": "the step calls functions of its own region",
    _GROUP: "versions are registered in groups of their own region",
    "queue": "the step sends to queues of its own region",
}


def _of_region(one: _Named, region: str, runs: str) -> Finding:
    if one.kind != "image":
        text = f"the {one.kind} {one.name} is in {one.region}, and {runs}: {_MENDS[one.kind]}"
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
