"""What opens a resource, or gives somebody an identity, without a policy that says so: by type and member."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from .entry import Entry

LETS_IN = ("AWS::Lambda::Permission", "AWS::Lambda::LayerVersionPermission", "AWS::Events::EventBusPolicy")
"""Resources that are themselves a permission of somebody else."""
_CONDITION = "Condition"
"""The type of what a template says under ``Conditions``, and the member that names it."""
_OF_ACCESS = ("AWS::IAM::", *LETS_IN)
_GONE = "(gone)"
"""In place of the value of a member that has gone."""
_ANY = re.compile(rf"^(?!{re.escape(_GONE)})")
_ANY_OR_NONE = re.compile("")
_ANYWHERE = re.compile(r'"(0\.0\.0\.0|::)/0"')
_ON_A_CONDITION = re.compile(r"\$\{(If|FindInMap)\b")
"""A value that the deployment chooses, which may be any."""
_NOT_BLOCKED = re.compile(rf"\bfalse\b|{re.escape(_GONE)}")
_IDENTITY = re.compile(r':iam::[^"\s]*?:(role|user|group|policy)/')
_OPENING: Mapping[str, Sequence[tuple[str, re.Pattern[str]]]] = {
    "AWS::ApiGateway::Method": [("AuthorizationType", re.compile('"NONE"'))],
    "AWS::ApiGatewayV2::Route": [("AuthorizationType", re.compile('"NONE"'))],
    "AWS::EC2::SecurityGroup": [
        ("SecurityGroupIngress", _ANYWHERE),
        (r"SecurityGroupIngress\[\d+\]\.(FromPort|ToPort|IpProtocol)", _ANY),
    ],
    "AWS::EC2::SecurityGroupIngress": [("CidrIp", _ANYWHERE), ("CidrIpv6", _ANYWHERE)],
    "AWS::IAM::AccessKey": [("UserName", _ANY)],
    "AWS::IAM::GroupPolicy": [("GroupName", _ANY)],
    "AWS::IAM::InstanceProfile": [("Roles", _ANY)],
    "AWS::IAM::ManagedPolicy": [("Users|Groups|Roles", _ANY)],
    "AWS::IAM::OIDCProvider": [("", _ANY)],
    "AWS::IAM::Policy": [("Users|Groups|Roles", _ANY)],
    "AWS::IAM::SAMLProvider": [("", _ANY)],
    "AWS::IAM::User": [("LoginProfile", _ANY), ("PermissionsBoundary", _ANY_OR_NONE)],
    "AWS::IAM::UserPolicy": [("UserName", _ANY)],
    "AWS::IAM::UserToGroupAddition": [("", _ANY)],
    "AWS::Lambda::Url": [("AuthType", re.compile('"NONE"'))],
    "AWS::RAM::ResourceShare": [("Principals|AllowExternalPrincipals", _ANY)],
    "AWS::S3::AccessPoint": [("PublicAccessBlockConfiguration", _NOT_BLOCKED)],
    "AWS::S3::Bucket": [
        ("AccessControl", re.compile('"(Public|Authenticated)')),
        ("PublicAccessBlockConfiguration", _NOT_BLOCKED),
    ],
    "AWS::SSO::Assignment": [("", _ANY)],
    "Mapping": [("", _IDENTITY)],
    "Parameter": [("Default", _IDENTITY)],
}
"""What opens something without a policy: by type the members, as patterns of how their paths begin, and the values."""


def opens_without_a_policy(entry: Entry) -> bool:
    """Whether a change of a resource lets somebody in, or somebody be another, by other means than a policy."""
    if entry.type == _CONDITION or (entry.path == _CONDITION and entry.type.startswith(_OF_ACCESS)):
        return bool(entry.path)
    if entry.path and entry.sign == "~" and _IDENTITY.search(entry.new or ""):
        return True  # what runs or is allowed as somebody else
    members = _OPENING.get(entry.type, ())
    return any(
        re.match(rf"({path})(?![A-Za-z0-9])" if path else "", name)
        and (value.search(told) or _ON_A_CONDITION.search(told))
        for name, told in (_members(entry) if members else ())
        for path, value in members
    )


def _members(entry: Entry) -> Iterator[tuple[str, str]]:
    """The members that are new or have changed, each with its value as JSON; of a member that is gone, that."""
    if entry.path:
        yield entry.path, _GONE if entry.new is None else entry.new
    elif entry.sign == "+":
        given = json.loads(entry.new or "{}")
        yield from ((name, json.dumps(value)) for name, value in given.items())
