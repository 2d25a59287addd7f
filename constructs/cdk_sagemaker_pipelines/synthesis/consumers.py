"""Who uses the versions of a model: other accounts, which what these are made of lets in, and endpoints of the app."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import aws_cdk as cdk

from ..assets import Workplace
from ..iam.consumers import permissions
from ..iam.cross_environment import by_name, kind_on
from ..iam.environment import Environment
from ..iam.permissions import GrantPermissions, Permission
from ..iam.resource_policies import is_written, let_accounts_in
from ..language import Definition, Finding, choices
from .inventory import Inventory

_CONSUMERS = "consumers"
_WITH_POLICIES = ("bucket", "key", "repository")
_OF_AWS = ":alias/aws/"


def let_in(
    definition: Definition,
    environment: Environment,
    consumers: Mapping[str, Sequence[str]],
    workplace: Workplace,
    app: Inventory,
) -> Iterator[Finding]:
    """Opens buckets, keys and repositories of the app; yields what is not the app's, and what nobody can open.

    ``consumers``: the accounts, by the step that registers the versions.
    """
    for step, accounts in consumers.items():
        needed = permissions(definition, step, environment)
        for each in needed:
            if not each.resources:
                text = f"the {each.unknown} {each.why}, so that it cannot be opened to {choices(accounts)}"
                yield Finding(_CONSUMERS, text, step, each.because[0].where, "warning")
        with_policies = (each for each in needed if kind_on(each) in _WITH_POLICIES)
        for name, part in chain.from_iterable(map(by_name, with_policies)):
            if name == "*":  # a token for the consumers' own registry
                continue
            where = part.because[0].where
            owner = workplace.owners.of(name) or _of_app(name, kind_on(part), app)
            if _OF_AWS in name or (kind_on(part) == "bucket" and _has_key_of_aws(owner)):
                text = (
                    f"the key {name} is AWS's" if _OF_AWS in name else f"the bucket {name} encrypts with a key of AWS's"
                )
                mend = "which no other account can use; encrypt the models with a key of yours"
                yield Finding(_CONSUMERS, f"{text}, {mend}", step, where)
            elif owner is None or is_written(owner, workplace.stack) or not let_accounts_in(owner, part, accounts):
                why = "is not created by the app" if owner is None else "is in a stage that CDK writes before this one"
                text = f"the {kind_on(part)} {name} {why}; its policy needs"
                yield Finding(_CONSUMERS, f"{text} {_statement(part, accounts, environment)}", step, where, "warning")


def grant_endpoints(
    definition: Definition,
    environment: Environment,
    endpoints: Mapping[str, Sequence[GrantPermissions]],
) -> None:
    """Grants endpoints what their containers need of the versions; ``endpoints``: by the step that registers these."""
    for step, grants in endpoints.items():
        for grant in grants:
            grant(permissions(definition, step, environment))


def _of_app(name: str, kind: str, app: Inventory) -> Any:
    """The construct of the app with a literal name."""
    if kind == "bucket":
        return app.bucket(name)
    return app.key(name) if kind == "key" and ":alias/" in name else None


def _has_key_of_aws(bucket: Any) -> bool:
    """Whether objects of a bucket of the app are encrypted with the key of AWS, where nobody names another."""
    made = bucket.node.default_child if isinstance(bucket, cdk.aws_s3.Bucket) else None
    if not isinstance(made, cdk.aws_s3.CfnBucket):
        return False
    encryption = cdk.Stack.of(made).resolve(made.bucket_encryption) or {}
    defaults = [
        rule.get("serverSideEncryptionByDefault", {})
        for rule in encryption.get("serverSideEncryptionConfiguration", ())
    ]
    return any(each.get("sseAlgorithm") == "aws:kms" and not each.get("kmsMasterKeyId") for each in defaults)


def _statement(permission: Permission, accounts: Sequence[str], environment: Environment) -> str:
    """The statement of the owner's policy, as JSON."""
    roots = [f"arn:{environment.partition}:iam::{account}:root" for account in accounts]
    statement = {**permission.statement(), "Principal": {"AWS": roots}}
    if kind_on(permission) == "key":
        statement["Resource"] = "*"
    if kind_on(permission) == "repository":
        del statement["Resource"]
    return json.dumps(statement)
