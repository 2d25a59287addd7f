"""Refused calls in the reasons of steps and in logs, and the permission that each was refused for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..iam import globs, job_roles, pipeline_role
from ..iam.environment import Environment
from ..iam.environment_json import from_json
from ..iam.globs import Share
from ..iam.permissions import Permission
from ..language import Definition
from ..local.endings import ABSENT

_CALL = re.compile(r"Failed to invoke ([\w-]+:\w+)")
_NOT_AUTHORIZED = re.compile(
    r"(?:assumed-role/(?P<role>[^/\s]{1,64})/[^/\s]{1,64} )?is not authorized to perform: (?P<action>[\w-]+:\w+)"
    r"(?: on resource: \"?(?P<resource>[^\s\"]+))?"
    r"(?: because (?P<missing>no [A-Za-z -]+?) allows"
    r"| with (?P<deny>an explicit deny in (?:an?|the) [A-Za-z -]+(?:: (?P<policy>arn:\S+))?))?"
)
_UNTRUSTED = re.compile(r"Could not assume role (?P<role>arn:\S+)\. [^']{1,100}allows principal '(?P<service>[^'\s]+)'")
_BUCKET = re.compile(r"Access denied for bucket: ([^\s,]+), object key: ([^\s,]+)")
_READING = re.compile(rf"when calling the GetObject operation: |{ABSENT}")
_NO_TRUST = "no role trust policy allows it"
MOST = 20
"""Refusals that are told of one failure: anybody who writes a log can write any number."""
_INSTEAD = {
    "an explicit deny": "the statement that denies it has to go",
    "no permissions boundary": "the permissions boundary of the role has to allow it, too",
    "no session policy": "the policy of the session has to allow it, too",
    "no resource-based policy": "the policy of the resource has to allow it",
    "no service control policy": "a service control policy of the organization has to allow it, too",
    "no resource control policy": "a resource control policy of the organization has to allow it, too",
    "no VPC endpoint policy": "the policy of the VPC endpoint has to allow it, too",
    "no role trust policy": "the trust policy of that role has to let it in",
}
"""What has to change, by how the words of AWS begin."""


@dataclass(frozen=True)
class Refusal:
    """A call that was refused."""

    call: str | None = None
    """What the pipeline called, such as ``sagemaker:CreateTrainingJob``; None of a call by a job."""
    action: str | None = None
    """The action that is not allowed; None where the call was refused for another reason."""
    resource: str | None = None
    role: str | None = None
    """The name of the role that is not allowed it."""
    because: str | None = None
    """The kind of policy that does not allow it, or denies it, in AWS's words; None where they do not say."""
    policy: str | None = None
    """The ARN of the policy that denies it; None where the words do not say."""
    service: str | None = None
    """The service that may not take the role, which is the resource; None where a role is not allowed something."""
    is_absent: bool = False
    """Whether an object was to be read that does not exist, which S3 admits only to those who may list its bucket."""

    @property
    def instead(self) -> str | None:
        """What has to change where a grant to the role does not help; None where it may."""
        if self.is_absent:
            return ABSENT
        return next((text for start, text in _INSTEAD.items() if (self.because or "").startswith(start)), None)


@dataclass(frozen=True)
class Derived:
    """A permission that the definition leads to: whoever lacks it has not been given what a field needs."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    step: str
    field: str


def refusals(texts: Iterable[str]) -> list[Refusal]:
    """The refused calls that texts tell of, each once."""
    found: dict[Refusal, Refusal] = {}
    for text in texts:
        call = _CALL.search(text)
        for match in _NOT_AUTHORIZED.finditer(text):
            because = _bare(match["deny"]) or (match["missing"] and f"{match['missing']} allows it")
            told = Refusal(call and call[1], match["action"], _bare(match["resource"]), match["role"])
            if because or told not in found:  # the end of a text may have been cut
                absent = told.action == "s3:ListBucket" and _READING.search(text) is not None
                found[told] = replace(told, because=because, policy=_bare(match["policy"]), is_absent=absent)
        for match in _UNTRUSTED.finditer(text):
            told = Refusal(call and call[1], "sts:AssumeRole", match["role"], None, _NO_TRUST, service=match["service"])
            found[told] = told
        for match in _BUCKET.finditer(text):
            read = Refusal(call and call[1], "s3:GetObject", f"arn:aws:s3:::{match[1]}/{match[2]}")
            found[read] = read
        if call and not any(told.call == call[1] for told in found):
            found[Refusal(call[1])] = Refusal(call[1])
    return list(found.values())


def _bare(resource: str | None) -> str | None:
    return None if resource is None else resource.rstrip(".,")


def missing_permissions(refusal: Refusal, step: str, definition: Definition, environment: Environment) -> list[Derived]:
    """What the definition leads to that would allow a refused action, for this step; of one field once."""
    if refusal.action is None:
        return []
    found: dict[Derived, None] = {}
    for permission in _needs(definition, environment):
        allowing = tuple(action for action in permission.actions if action.lower() == str(refusal.action).lower())
        for reason in permission.because if allowing else ():
            if reason.step == step and _about(permission, refusal.resource):
                found[Derived(allowing, permission.resources, reason.step, reason.field)] = None
    return list(found)


def job_permissions(step: str, definition: Definition, environment: Environment) -> list[Derived]:
    """What the definition leads to for the role of a step's job; of one field once."""
    found: dict[Derived, None] = {}
    for _, permission in job_roles.needs(definition, environment):
        for reason in permission.because:
            if reason.step == step:
                resources = permission.resources or (permission.unknown,)
                found[Derived(permission.actions, resources, step, reason.field)] = None
    return list(found)


def environment_of(described: Mapping[str, Any]) -> Environment:
    """Where a pipeline is, from the answer of ``DescribePipeline``; what its template would tell is not known."""
    arn = str(described["PipelineArn"]).split(":")
    known = from_json(None, str(described["PipelineName"]), str(described["RoleArn"]))
    return replace(known, partition=arn[1], region=arn[3], account=arn[4])


def _needs(definition: Definition, environment: Environment) -> Iterator[Permission]:
    yield from pipeline_role.needs(definition, environment)
    yield from (permission for _, permission in job_roles.needs(definition, environment))


def _about(permission: Permission, resource: str | None) -> bool:
    """Whether a permission is about a resource, as far as that is known; one on what is not known here may be."""
    if resource is None or not permission.resources or resource == "*":
        return True
    asked = globs.plain(resource)
    return any(globs.share(globs.symbols(each), asked) is not Share.NONE for each in permission.resources)
