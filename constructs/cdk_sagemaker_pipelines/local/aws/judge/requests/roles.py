"""The roles that a request hands over to a service, for which IAM asks ``iam:PassRole``.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from moto.iam.models import iam_backends

from ...principals import role_of, tags_of
from ..question import Question
from .call import Call

_TAGS = ("aws:ResourceTag/", "iam:ResourceTag/")
_PASSED = "iam:PassedToService"
_SERVICES = {
    "batch": "sagemaker", "cloudformation": "cloudformation", "emr-serverless": "emr-serverless", "events": "events",
    "glue": "glue", "lambda": "lambda", "logs": "logs", "pipes": "pipes", "sagemaker": "sagemaker",
    "scheduler": "scheduler", "states": "states",
}  # fmt: skip
"""To which service the roles in a request of a service go."""
_MEMBERS = ("RoleArn", "Role", "ExecutionRoleArn", "DefaultExecutionRoleArn")
_WRITES = ("Create", "Put", "Start", "Submit", "Update")
_OF_EMR = {
    "ServiceRole": "elasticmapreduce", "JobFlowRole": "ec2", "AutoScalingRole": "application-autoscaling",
}  # fmt: skip


def passed(call: Call) -> Iterator[Question]:
    """The questions about the roles in a request, each role once."""
    found = list(_passed(call))
    for arn, service in dict.fromkeys(found):
        name = f"{service}.{'amazonaws.com.cn' if _is_chinese(call, service) else 'amazonaws.com'}"
        tags = tags_of(role_of(arn)) if arn.count(":") == 5 else {}
        known = {f"{prefix}:ResourceTag/{key}": value for prefix in ("aws", "iam") for key, value in tags.items()}
        yield Question(
            "iam:PassRole", arn, {_PASSED: name, **known}, complete=(_PASSED, "iam:AssociatedResourceArn", *_TAGS)
        )


def _passed(call: Call) -> Iterator[tuple[str, str]]:
    """The ARNs of the roles, each with the service."""
    if call.service == "elasticmapreduce" and call.operation == "RunJobFlow":
        for member, service in _OF_EMR.items():
            for named in call.texts(member):
                yield _role(call, named), service
    elif (call.service, call.operation) == ("iam", "AddRoleToInstanceProfile"):
        for named in call.texts("RoleName"):
            yield _role(call, named), "ec2"
    elif call.service in _SERVICES and call.operation.startswith(_WRITES):
        for given in call.members().of(*_MEMBERS):
            if isinstance(given, str) and given:
                yield _role(call, given), _SERVICES[call.service]
        for text in call.texts("serviceRequestPayload"):
            role = _json(text).get("RoleArn")
            if isinstance(role, str):
                yield role, _SERVICES[call.service]


def _role(call: Call, named: str) -> str:
    """The ARN of a role that is given by it, by its name, or by the instance profile that holds it."""
    if ":role/" in named:
        return named
    backend = iam_backends[call.account][call.partition]
    name = named.rpartition("/")[2]
    profile = next((one for one in list(backend.instance_profiles.values()) if one.name == name), None)
    if profile is not None and profile.roles:
        return str(profile.roles[0].arn)
    return next(
        (str(role.arn) for role in backend.get_roles() if role.name == name), call.arn(f"role/{name}", "iam", region="")
    )


def _is_chinese(call: Call, service: str) -> bool:
    return call.partition == "aws-cn" and service in ("ec2", "elasticmapreduce")


def _json(text: str) -> Mapping[str, object]:
    try:
        read = json.loads(text)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}
