"""What jobs on EMR and on EMR Serverless share: files that their commands name, the service's role and its rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ...environment import Environment
from ...needs import READ, Needs
from ...patterns import is_told_whole, pattern
from ...permissions import Permission

_URI = re.compile(r"s3[an]?://(?:\$\{Token\[[^\[\]]*\]\}|[^\s,;'\"=#])+")
_SETTING = re.compile(r"['\"]?(?:--conf=['\"]?)?(?!--)([\w.-]+)=")
_FILES = re.compile(r"spark\.(jars|files|archives|submit\.pyFiles|yarn\.(jars|archive|dist\.\w+)|\w+\.extraClassPath)")
"""The settings of Spark that name files for it to load (its documentation, "Configuration" and "Running on YARN")."""


def objects_in(need: Needs, text: Any, where: str) -> Iterator[Permission]:
    """The objects whose URIs stand in a text, such as ``--py-files s3://bucket/a.zip,s3a://bucket/b.zip``.

    Of a setting, ``--conf spark.eventLog.dir=s3://bucket/logs/``, nothing says what becomes of the place that it names,
    unless it is one of those that name files.
    """
    known = pattern(need.definition, text)
    if is_told_whole(known):
        yield from need.undecided(text, READ, "bucket", where)
    for word in known.split():
        setting = _SETTING.match(word)
        if setting is None or _FILES.fullmatch(setting[1]):
            for uri in _URI.findall(word):
                yield from need.read_object(uri, where)


def service_linked_role(service: str | list[str], name: str, because: str, environment: Environment) -> Permission:
    """The role that the service makes for itself when it is used for the first time in an account."""
    services = [service] if isinstance(service, str) else service
    arns = tuple(
        f"arn:{environment.partition}:iam::{environment.account}:role/aws-service-role/{one}/{name}" for one in services
    )
    only = {"StringEquals": {"iam:AWSServiceName": service}}
    return Permission(("iam:CreateServiceLinkedRole",), arns, only, (because,))


def rules(names: tuple[str, ...], because: str, environment: Environment) -> Permission:
    """The EventBridge rules by which the service learns how a step goes on; it makes them in the account itself."""
    arns = tuple(environment.arn("events", f"rule/{name}") for name in names)
    return Permission(("events:DescribeRule", "events:PutRule", "events:PutTargets"), arns, because=(because,))
