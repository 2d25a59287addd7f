"""What the condition keys of a request say: its tags, and the keys of services, such as SageMaker's of what it creates.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemakerai.html
https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from moto.iam.models import iam_backends

from .call import Call

Values = dict[str, "str | Sequence[str] | None"]

TAGGED = ("aws:RequestTag/", "aws:TagKeys")
"""The keys of which the tags in a request say all."""


class Known(NamedTuple):
    """The values of condition keys, and the keys of which they say all."""

    context: Values
    complete: tuple[str, ...]


def conditions(call: Call) -> Known:
    """What is known of a request besides what holds for all."""
    found = Known({**_tags(call)}, TAGGED)
    own = _OF_SERVICES.get(call.service)
    if own is None:
        return found
    more = own(call)
    return Known({**found.context, **more.context}, (*found.complete, *more.complete))


def tags_in(call: Call) -> dict[str, str]:
    """The tags in a request, whatever form its service gives them."""
    found: dict[str, str] = {}
    given = call.get("Tags")
    for each in given if isinstance(given, (list, tuple)) else ():
        lower = {str(key).lower(): value for key, value in each.items()} if isinstance(each, Mapping) else {}
        key = lower.get("key", lower.get("tagkey"))
        if key is not None:
            found[str(key)] = str(lower.get("value", lower.get("tagvalue", "")))
    if isinstance(given, Mapping):
        found.update((str(key), str(value)) for key, value in given.items())
    return found


def _tags(call: Call) -> Values:
    tags = tags_in(call)
    keys = list(tags) or call.texts("TagKeys", "TagKeyList", "tagKeys")
    return {"aws:TagKeys": tuple(keys) or None, **{f"aws:RequestTag/{key}": value for key, value in tags.items()}}


_COMPUTE = ("sagemaker:InstanceTypes", "sagemaker:MaxRuntimeInSeconds", "sagemaker:KeepAlivePeriod")
_NETWORK = (
    *("sagemaker:VpcSubnets", "sagemaker:VpcSecurityGroupIds", "sagemaker:NetworkIsolation"),
    "sagemaker:InterContainerTrafficEncryption",
)
_KEYS = tuple(f"sagemaker:{key}KmsKey{end}" for key in ("Output", "Volume") for end in ("", "Arn"))


def of_sagemaker(call: Call) -> Known:
    """What SageMaker's own keys say of a request that creates something."""
    if not call.operation.startswith(("Create", "Update")):
        return Known({}, ())
    given = call.members()
    outputs = [each.get("KmsKeyId") for each in given.of("OutputDataConfig", "TransformOutput", "DataCaptureConfig")
               if isinstance(each, Mapping)]  # fmt: skip
    volumes = given.of("VolumeKmsKeyId") or call.texts("KmsKeyId")
    values: Values = {
        "sagemaker:InstanceTypes": _all(given.of("InstanceType")),
        "sagemaker:MaxRuntimeInSeconds": _one(given.of("MaxRuntimeInSeconds")),
        "sagemaker:KeepAlivePeriod": _one(given.of("KeepAlivePeriodInSeconds")),
        "sagemaker:VpcSubnets": _all(given.of("Subnets", "SubnetIds")),
        "sagemaker:VpcSecurityGroupIds": _all(given.of("SecurityGroupIds", "SecurityGroups")),
        "sagemaker:NetworkIsolation": _one(given.of("EnableNetworkIsolation")),
        "sagemaker:InterContainerTrafficEncryption": _one(given.of("EnableInterContainerTrafficEncryption")),
        **dict.fromkeys(_KEYS[:2], _one(each for each in outputs if each)),
        **dict.fromkeys(_KEYS[2:], _one(volumes)),
        "sagemaker:ModelApprovalStatus": _one(call.texts("ModelApprovalStatus")),
    }
    return Known(values, (*_COMPUTE, *_NETWORK, *_KEYS, "sagemaker:ModelApprovalStatus"))


def _of_cloudwatch(call: Call) -> Known:
    return Known({"cloudwatch:namespace": _one(call.texts("Namespace"))}, ("cloudwatch:namespace",))


def _of_events(call: Call) -> Known:
    if call.operation != "PutEvents":
        return Known({}, ())
    entries = call.get("Entries") or ()
    sources, kinds = ({str(each.get(key)) for each in entries} for key in ("Source", "DetailType"))
    context: Values = {"events:eventBusInvocation": "false"}
    for key, values in (("events:source", sources), ("events:detail-type", kinds)):
        if len(values) == 1:  # several entries are asked one by one on AWS
            context[key] = values.pop()
    return Known(context, ())


def _of_lambda(call: Call) -> Known:
    context: Values = {"lambda:EventSourceToken": None}
    if call.operation.endswith("EventSourceMapping") and call.get("FunctionName"):
        named = str(call.get("FunctionName"))
        context["lambda:FunctionArn"] = named if named.startswith("arn:") else call.arn(f"function:{named}")
    return Known(context, ())


def _of_emr(call: Call) -> Known:
    key = "elasticmapreduce:ExecutionRoleArn"
    return Known({key: _one(call.texts("ExecutionRoleArn"))}, (key,))


def _of_kms(call: Call) -> Known:
    """Of who calls KMS directly: what calls it for somebody says so in ``kms:ViaService``."""
    given = next(iter(call.members().of("EncryptionContext", "SourceEncryptionContext")), None)
    encryption = given if isinstance(given, Mapping) else {}
    named = str(call.get("KeyId") or "")
    alias = named.rpartition(":")[2]
    context: Values = {
        "kms:CallerAccount": call.account,
        "kms:EncryptionContextKeys": tuple(encryption) or None,
        "kms:RequestAlias": alias if alias.startswith("alias/") else None,
        "kms:ViaService": None,
        **{f"kms:EncryptionContext:{key}": str(value) for key, value in encryption.items()},
    }
    if "Grant" in call.operation:
        context["kms:GrantIsForAWSResource"] = "false"
    return Known(context, ("kms:EncryptionContext:",))


def _of_iam(call: Call) -> Known:
    """The boundary is the one that is given, or that which a role has whose policies change."""
    boundary, name = _one(call.texts("PermissionsBoundary")), call.get("RoleName")
    if boundary is None and name and not call.operation.startswith("Create"):
        role = next((one for one in iam_backends[call.account][call.partition].get_roles() if one.name == name), None)
        boundary = None if role is None else role.permissions_boundary_arn
    return Known(
        {
            "iam:AWSServiceName": _one(call.texts("AWSServiceName")),
            "iam:PermissionsBoundary": boundary,
            "iam:PolicyARN": _one(call.texts("PolicyArn")),
        },
        (),
    )


_OF_SERVICES = {
    "cloudwatch": _of_cloudwatch, "elasticmapreduce": _of_emr, "events": _of_events, "iam": _of_iam,
    "kms": _of_kms, "lambda": _of_lambda, "sagemaker": of_sagemaker,
}  # fmt: skip


def _all(values: Iterable[Any]) -> tuple[str, ...] | None:
    found: dict[str, None] = {}
    for value in values:
        for each in value if isinstance(value, (list, tuple)) else (value,):
            if isinstance(each, str):
                found[each] = None
    return tuple(found) or None


def _one(values: Iterable[Any]) -> str | None:
    found = next(iter(values), None)
    return str(found).lower() if isinstance(found, bool) else None if found is None else str(found)
