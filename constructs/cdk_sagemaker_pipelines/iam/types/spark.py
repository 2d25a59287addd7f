"""What jobs on EMR and on EMR Serverless share: the data that their steps say they read and write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ..needs import READ, Needs, RoleNeeds
from ..permissions import Permission
from ..places import UNKNOWN, Place, pattern

_URI = re.compile(r"s3://(?:\$\{Token\[[^\[\]]*\]\}|[^\s,;'\"=#])+")


def data(need: Needs) -> RoleNeeds:
    """The data that is not told by the arguments. What is written is listed, read and cleared up as well."""
    access = need.place.accesses.get(need.step.name)
    if access is None:
        return
    for index, uri in enumerate(access.reads):
        yield from need.of(access.role, need.read(uri, f"reads[{index}]"))
    for index, uri in enumerate(access.writes):
        yield from need.of(access.role, _written(need, uri, f"writes[{index}]"))


def _written(need: Needs, uri: Any, where: str) -> Iterator[Permission]:
    # Spark lists and reads what its tasks have written, and deletes the parts that it does not keep
    yield from need.read(uri, where)
    for permission in need.write(uri, where):
        deletes = ("s3:DeleteObject",) if "s3:PutObject" in permission.actions else ()
        yield replace(permission, actions=(*permission.actions, *deletes))


def objects_in(need: Needs, text: Any, where: str) -> Iterator[Permission]:
    """The objects whose URIs stand in a text, such as ``--py-files s3://bucket/a.zip,s3://bucket/b.zip``."""
    known = pattern(need.definition, text)
    if known == UNKNOWN:
        yield from need.undecided(text, READ, "bucket", where)
    for uri in _URI.findall(known):
        yield from need.read_object(uri, where)


def service_linked_role(service: str | list[str], name: str, because: str, place: Place) -> Permission:
    """The role that the service makes for itself when it is used for the first time in an account."""
    services = [service] if isinstance(service, str) else service
    arns = tuple(f"arn:{place.partition}:iam::{place.account}:role/aws-service-role/{one}/{name}" for one in services)
    only = {"StringEquals": {"iam:AWSServiceName": service}}
    return Permission(("iam:CreateServiceLinkedRole",), arns, only, (because,))


def rules(names: tuple[str, ...], because: str, place: Place) -> Permission:
    """The EventBridge rules by which the service learns how a step goes on; it makes them in the account itself."""
    arns = tuple(place.arn("events", f"rule/{name}") for name in names)
    return Permission(("events:DescribeRule", "events:PutRule", "events:PutTargets"), arns, because=(because,))
