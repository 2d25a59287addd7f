"""The ARNs of resources whose names in requests are not those in their ARNs: URLs, aliases, paths, qualified names."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from moto.athena.models import athena_backends
from moto.iam.models import iam_backends
from moto.secretsmanager.models import secretsmanager_backends

from ...held_keys import held_key, key_in
from .call import Call


def other_names(arn: str) -> tuple[str, ...]:
    """Other ARNs by which IAM may know the same resource.

    SageMaker has written names in lower case into ARNs. Refusals of CloudWatch Logs name a group as such or with
    ``:log-stream:`` behind it.
    """
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return ()
    place, name = ":".join(parts[:5]), parts[5]
    if parts[2] == "sagemaker":
        kind, slash, rest = name.partition("/")
        names = [f"{place}:{kind}{slash}{rest.lower()}"]
        if kind == "model-package" and rest.endswith("/*"):
            # what is done in a group concerns its versions; the guide speaks of the group, the reference of them
            names += [f"{place}:model-package-group/{group.removesuffix('/*')}" for group in (rest, rest.lower())]
        return tuple(each for each in dict.fromkeys(names) if each != arn)
    if parts[2] == "logs" and name.startswith("log-group:") and ":log-stream:" not in name:
        return (f"{arn}:log-stream:",)
    if parts[2] == "ssm" and name.endswith("/"):
        return (arn[:-1],)
    return ()


def _all(call: Call, *names: str) -> list[str]:
    """The values of all these members: which of several the service uses, it alone knows."""
    return [text for name in names for text in call.texts(name)]


def key_arn(call: Call, named: str) -> str:
    """The ARN of a KMS key that is named by its id, an alias, or the ARN of either."""
    found = held_key(named, call.account, call.region)
    return str(found.arn) if found is not None else _placed(call, named, "key/")


def _placed(call: Call, named: str, prefix: str, service: str = "") -> str:
    return named if named.startswith("arn:") else call.arn(f"{prefix}{named.rpartition('/')[2]}", service)


def _keys(call: Call) -> list[str]:
    named = call.texts("KeyId", "TargetKeyId", "SourceKeyId")
    if not named and call.operation in ("DeleteAlias", "UpdateAlias"):
        named = call.texts("AliasName")
    named = named or list(filter(None, map(key_in, call.texts("CiphertextBlob"))))
    return [key_arn(call, each) for each in named]


def _aliases(call: Call) -> list[str]:
    return [each if each.startswith("arn:") else call.arn(each) for each in call.texts("AliasName")]


def _queues(call: Call) -> list[str]:
    arns = call.texts("SourceArn")
    names = [(call.get("QueueOwnerAWSAccountId") or call.account, name) for name in call.texts("QueueName")]
    for url in call.texts("QueueUrl"):
        *_, account, name = ("", "", *url.split("/"))  # all that moto looks at
        names.append((account if account.isdigit() else call.account, name))
    return [*arns, *(f"arn:{call.partition}:sqs:{call.region}:{account}:{name}" for account, name in names)]


def _topics(call: Call) -> list[str]:
    given = _all(call, "TopicArn", "TargetArn", "ResourceArn", "SubscriptionArn")
    if not given:
        return [call.arn(name) for name in call.texts("Name")]
    return [":".join(arn.split(":")[:6]) for arn in given]


def _functions(call: Call) -> list[str]:
    return [function_arn(call, name) for name in call.texts("FunctionName", "Resource", "ResourceArn")]


def function_arn(call: Call, named: str) -> str:
    """The ARN of a function that is named by its name, a part of its ARN or all of it, with the request's qualifier."""
    account, region = call.account, call.region
    if named.startswith("arn:"):
        region, account = named.split(":")[3:5]
    elif ":function:" in named:
        account = named.split(":", 1)[0]
    name, _, qualifier = named.rpartition("function:")[2].partition(":")
    qualifier = qualifier or str(call.get("Qualifier") or "")
    arn = f"arn:{call.partition}:lambda:{region}:{account}:function:{name}"
    return f"{arn}:{qualifier}" if qualifier else arn


def _layers(call: Call) -> list[str]:
    return [_placed(call, name, "layer:") for name in call.texts("LayerName")]


def _layer_versions(call: Call) -> list[str]:
    return [f"{arn}:{call.get('VersionNumber')}" for arn in _layers(call)] or call.texts("Arn")


def _mappings(call: Call) -> list[str]:
    return [call.arn(f"event-source-mapping:{uuid}") for uuid in call.texts("UUID")] or call.texts("Resource")


def _secrets(call: Call) -> list[str]:
    found = []
    for named in call.texts("SecretId", "Name"):
        secret = secretsmanager_backends[call.account][call.region].secrets.get(named)
        found.append(
            named if named.startswith("arn:") else call.arn(f"secret:{named}") if secret is None else secret.arn
        )
    return found


def _parameters(call: Call) -> list[str]:
    named = call.texts("Name", "Names", "Path", "ResourceId", "ResourceArn")
    given = [each for each in named if each.startswith("arn:")]
    slash = "/" if call.operation == "GetParametersByPath" else ""
    names = [each.split(":")[0].strip("/") for each in named if each not in given]
    return [*given, *(call.arn(f"parameter/{name}{slash if name else ''}") for name in names)]


def _groups(call: Call) -> list[str]:
    named = _all(call, "logGroupName", "logGroupNames", "logGroupIdentifier", "logGroupIdentifiers", "resourceArn")
    return [each.removesuffix(":*") if each.startswith("arn:") else call.arn(f"log-group:{each}") for each in named]


def _streams(call: Call) -> list[str]:
    streams = call.texts("logStreamName", "logStreamNames") or [""]
    return [f"{group}:log-stream:{stream}" for group in _groups(call) for stream in streams]


def _bus(call: Call) -> str:
    named = str(call.get("EventBusName") or "default")
    return named.rpartition(":event-bus/")[2]


def _buses(call: Call) -> list[str]:
    if call.operation == "PutEvents":
        named = [str(entry.get("EventBusName") or "default") for entry in call.get("Entries") or ()]
    else:
        named = call.texts("EventBusName", "Name", "EventSourceArn", "ResourceARN") or ["default"]
    return list(dict.fromkeys(each if each.startswith("arn:") else call.arn(f"event-bus/{each}") for each in named))


def _rules(*, default: bool) -> Callable[[Call], list[str]]:
    def rules(call: Call) -> list[str]:
        bus, given = _bus(call), call.texts("ResourceARN")
        if given:
            return [arn for arn in given if (arn.count("/") == 1) is default and ":rule/" in arn]
        if (bus == "default") is not default:
            return []
        place = _buses(call)[0].split(":event-bus/")[0] if call.get("EventBusName") else call.arn("").removesuffix(":")
        return [f"{place}:rule/{'' if default else bus + '/'}{name}" for name in call.texts("Rule", "Name")]

    return rules


def _schedules(call: Call) -> list[str]:
    return [call.arn(f"schedule/{call.get('GroupName') or 'default'}/{name}") for name in call.texts("Name")]


def _schedule_groups(call: Call) -> list[str]:
    return [_placed(call, name, "schedule-group/") for name in call.texts("ResourceArn", "Name", "GroupName")]


def _stacks(call: Call) -> list[str]:
    named = call.texts("StackName")
    return [each if each.startswith("arn:") else call.arn(f"stack/{each}/*") for each in named]


def _packages(call: Call) -> list[str]:
    """Versions of a group, which a request may name, are ``group/*``."""
    given = call.texts("ModelPackageName", "ModelPackageArn", "ModelPackageArnList")
    if given:
        return [_placed(call, each, "model-package/") for each in given]
    groups = [_placed(call, each, "model-package-group/") for each in call.texts("ModelPackageGroupName")]
    return [arn.replace(":model-package-group/", ":model-package/") + "/*" for arn in groups]


def _of_iam(kind: str, member: str, held: str, *arns: str) -> Callable[[Call], list[str]]:
    """``held``: where moto has those of the kind."""

    def named(call: Call) -> list[str]:
        given = [arn for arn in call.texts(*arns) if f":{kind}/" in arn] if arns else []
        if given:
            return given
        backend = iam_backends[call.account][call.partition]
        path = str(call.get("Path") or "/") if call.operation.startswith("Create") else "/"
        found = []
        for name in call.texts(member):
            known = next((one for one in list(getattr(backend, held).values()) if one.name == name), None)
            arn = call.arn(f"{kind}{path}{name}", region="")
            found.append(str(known.arn) if known is not None and not call.operation.startswith("Create") else arn)
        return found

    return named


def _tables(call: Call) -> list[str]:
    named = _all(call, "TableName", "ResourceArn", "SourceTableName", "TargetTableName", "TableArn")
    named += [str(name) for name in (call.get("RequestItems") or {})]
    return list(dict.fromkeys(each if each.startswith("arn:") else call.arn(f"table/{each}") for each in named))


def _work_groups(call: Call) -> list[str]:
    """Of a query, the work group that it was started in."""
    named = call.texts("WorkGroup", "WorkGroupName")
    for query in call.texts("QueryExecutionId"):
        started = athena_backends[call.account][call.region].executions.get(query)
        named.append(getattr(started, "workgroup", None) or "primary")
    return [call.arn(f"workgroup/{getattr(each, 'name', each)}") for each in named or ["primary"]]


RESOLVED: Mapping[tuple[str, str], Callable[[Call], list[str]]] = {
    ("athena", "workgroup"): _work_groups,
    ("cloudformation", "stack"): _stacks,
    ("dynamodb", "table"): _tables,
    ("events", "event-bus"): _buses,
    ("events", "event-busv2"): lambda call: [],
    ("events", "rule-on-custom-event-bus"): _rules(default=False),
    ("events", "rule-on-default-event-bus"): _rules(default=True),
    ("iam", "group"): _of_iam("group", "GroupName", "groups"),
    ("iam", "instance-profile"): _of_iam("instance-profile", "InstanceProfileName", "instance_profiles"),
    ("iam", "policy"): _of_iam("policy", "PolicyName", "managed_policies", "PolicyArn"),
    ("iam", "role"): _of_iam("role", "RoleName", "roles", "PolicySourceArn", "Arn"),
    ("iam", "user"): _of_iam("user", "UserName", "users", "PolicySourceArn", "Arn"),
    ("kms", "alias"): _aliases,
    ("kms", "key"): _keys,
    ("lambda", "eventSourceMapping"): _mappings,
    ("lambda", "function"): _functions,
    ("lambda", "layer"): _layers,
    ("lambda", "layerVersion"): _layer_versions,
    ("logs", "log-group"): _groups,
    ("logs", "log-stream"): _streams,
    ("sagemaker", "model-package"): _packages,
    ("scheduler", "schedule"): _schedules,
    ("scheduler", "schedule-group"): _schedule_groups,
    ("secretsmanager", "Secret"): _secrets,
    ("sns", "topic"): _topics,
    ("sqs", "queue"): _queues,
    ("ssm", "parameter"): _parameters,
    ("sts", "role"): lambda call: call.texts("RoleArn"),
}
"""By service and kind."""
