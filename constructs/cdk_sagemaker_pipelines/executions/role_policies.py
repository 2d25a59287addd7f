"""What the policies of a role in IAM allow: each statement with its actions and resources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..iam import globs
from ..iam.globs import Share
from ..iam.statements import listed
from .answers import code, pages


@dataclass(frozen=True)
class Patterns:
    """Actions or resources, as a statement has them: one that counts alone, or several that are excepted together."""

    texts: tuple[str, ...]
    excepted: bool

    def __str__(self) -> str:
        return f"all but {', '.join(self.texts)}" if self.excepted else self.texts[0]

    def are_about(self, text: str) -> bool:
        """Whether they are about an action or a resource; a pattern with a variable may be about any."""
        found = any(globs.share(globs.symbols(each), globs.plain(text)) is not Share.NONE for each in self.texts)
        return found is not self.excepted


@dataclass(frozen=True)
class AllowStatement:
    """A statement that allows something."""

    policy: str
    """The name of an inline policy, or the ARN of a managed one."""
    place: str
    """Which of its statements, such as ``statement 2 (Read)``."""
    actions: tuple[Patterns, ...]
    resources: tuple[Patterns, ...]
    conditional: bool
    """Whether it has conditions."""


def allow_statements(iam: Any, role_arn: str) -> list[AllowStatement] | None:
    """What the role's policies allow, inline ones first; None if the role does not exist.

    ``iam``: a client of IAM.
    """
    name = role_arn.rpartition("/")[2]
    try:
        inline = list(pages(iam, "list_role_policies", "PolicyNames", RoleName=name))
    except iam.exceptions.ClientError as error:
        if code(error) == "NoSuchEntity":
            return None
        raise
    found: list[AllowStatement] = []
    for each in inline:
        found += _of(each, iam.get_role_policy(RoleName=name, PolicyName=each)["PolicyDocument"])
    for each in pages(iam, "list_attached_role_policies", "AttachedPolicies", RoleName=name):
        arn = each["PolicyArn"]
        version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        answer = iam.get_policy_version(PolicyArn=arn, VersionId=version)
        found += _of(arn, answer["PolicyVersion"]["Document"])
    return found


def _of(policy: str, document: Mapping[str, Any]) -> Iterator[AllowStatement]:
    for number, statement in enumerate(listed(document.get("Statement")), 1):
        if statement.get("Effect") != "Allow":
            continue
        sid = f" ({statement['Sid']})" if statement.get("Sid") else ""
        place = f"statement {number}{sid}"
        actions, resources = _patterns(statement, "Action"), _patterns(statement, "Resource")
        yield AllowStatement(policy, place, actions, resources, bool(statement.get("Condition")))


def _patterns(statement: Mapping[str, Any], element: str) -> tuple[Patterns, ...]:
    inverted = f"Not{element}"
    if inverted in statement:
        return (Patterns(tuple(map(str, listed(statement[inverted]))), True),)
    return tuple(Patterns((str(each),), False) for each in listed(statement.get(element)))
