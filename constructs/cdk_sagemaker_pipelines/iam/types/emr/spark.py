"""What jobs on EMR and on EMR Serverless share: files that their commands name, the service's role and its rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from ....language.field import Field
from ....language.tokens import begins_at_deployment
from ...needs import Needs
from ...patterns import is_told_whole, pattern
from ...permissions import Permission
from ...s3_needs import READ

_URI = re.compile(r"s3[an]?://(?:\$\{Token\[[^\[\]]*\]\}|[^\s,;'\"=#])+")
_SETTING = re.compile(r"['\"]?(?:--conf=['\"]?)?(?!--)([\w.-]+)=")
_FILES = re.compile(r"spark\.(jars|files|archives|submit\.pyFiles|yarn\.(jars|archive|dist\.\w+)|\w+\.extraClassPath)")
"""The settings of Spark that name files for it to load (its documentation, "Configuration" and "Running on YARN")."""


def objects_in(need: Needs, field: Field, *names: str) -> Iterator[Permission]:
    """The objects whose URIs stand in a text, such as ``--py-files s3://bucket/a.zip,s3a://bucket/b.zip``.

    Of a setting, ``--conf spark.eventLog.dir=s3://bucket/logs/``, nothing says what becomes of the place that it names,
    unless it is one of those that name files.
    """
    text = replace(field, value=field.at(*names).value)
    known = pattern(need.definition, text.value)
    if is_told_whole(known):
        yield from need.undecided(text, READ, "bucket")
    if begins_at_deployment(known):
        known = need.environment.told(known)
        if len(known.split()) == 1:  # of several words the first may be no place
            yield from need.undecided_bucket(known, READ, need.because(field))
    for word in known.split():
        setting = _SETTING.match(word)
        if setting is None or _FILES.fullmatch(setting[1]):
            for uri in _URI.findall(word):
                yield from need.read_object(replace(field, value=uri))


def service_linked_role(need: Needs, service: str | list[str], name: str, field: Field) -> Permission:
    """The role that the service makes for itself when it is used for the first time in an account."""
    services, environment = [service] if isinstance(service, str) else service, need.environment
    arns = tuple(
        f"arn:{environment.partition}:iam::{environment.account}:role/aws-service-role/{one}/{name}" for one in services
    )
    only = {"StringEquals": {"iam:AWSServiceName": service}}
    return Permission(("iam:CreateServiceLinkedRole",), arns, only, need.because(field))


def rules(need: Needs, *names: str, field: Field | None = None) -> Permission:
    """The EventBridge rules by which the service learns how a step goes on; it makes them in the account itself."""
    arns = tuple(need.environment.arn("events", f"rule/{name}") for name in names)
    actions = ("events:DescribeRule", "events:PutRule", "events:PutTargets")
    return Permission(actions, arns, because=need.because(field))
