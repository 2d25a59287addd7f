"""Operations that need other actions, or are about other resources, than the reference's row for them says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ...held_keys import key_in
from . import partiql
from .call import Call
from .named import function_arn, key_arn
from .resources import arns

Asked = Iterator[tuple[str, str]]
"""Actions, each with the ARN of its resource."""

_NOTHING = frozenset({("sts", "GetAccessKeyInfo"), ("sts", "GetCallerIdentity"), ("sts", "GetSessionToken")})
"""What everybody may call, whatever policies say. https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html"""


_TAGS_OF_SSM = ("AddTagsToResource", "ListTagsForResource", "RemoveTagsFromResource")


def special(call: Call) -> list[tuple[str, str]] | None:
    """What such an operation needs; None of any other."""
    if (call.service, call.operation) in _NOTHING:
        return []
    own = _SPECIAL.get((call.service, call.operation))
    return None if own is None else list(own(call))


def _transaction(call: Call) -> Asked:
    names = {"get": "GetItem", "put": "PutItem", "delete": "DeleteItem", "update": "UpdateItem"}
    for item in call.get("TransactItems") or ():
        for kind, about in item.items():
            name = names.get(str(kind).lower(), "ConditionCheckItem")
            for arn in arns(call._replace(values=about), "table"):
                yield f"dynamodb:{name}", arn


def _with_index(call: Call) -> Asked:
    index = call.get("IndexName")
    for arn in arns(call, "table"):
        yield f"dynamodb:{call.operation}", f"{arn}/index/{index}" if index else arn


def _reencrypted(call: Call) -> Asked:
    for member, action in (("SourceKeyId", "ReEncryptFrom"), ("DestinationKeyId", "ReEncryptTo")):
        of_text = map(key_in, call.texts("CiphertextBlob")) if member == "SourceKeyId" else ()
        for named in dict.fromkeys([*call.texts(member), *filter(None, of_text)]):
            yield f"kms:{action}", key_arn(call, named)


def _aliased(call: Call) -> Asked:
    yield from ((f"kms:{call.operation}", arn) for kind in ("alias", "key") for arn in arns(call, kind))


def _assumed(call: Call) -> Asked:
    for arn in call.texts("RoleArn"):
        yield "sts:AssumeRole", arn
        if call.get("Tags"):
            yield "sts:TagSession", arn
        if call.get("SourceIdentity"):
            yield "sts:SetSourceIdentity", arn


def _submitted(call: Call) -> Asked:
    """Of a job of a share, the share is asked, too."""
    queues, share = arns(call, "job-queue"), call.get("quotaShareName")
    shares = [f"{arn}/quota-share/{share}" for arn in queues] if share else []
    for arn in (call.arn("service-job/*"), *queues, *shares):
        yield "batch:SubmitServiceJob", arn


def _made_model(call: Call) -> Asked:
    """The versions of a shared group that a model is made of are asked, too, by the guide to shared registries."""
    yield from (("sagemaker:CreateModel", call.arn(f"model/{name}")) for name in call.texts("ModelName"))


def _attached(call: Call) -> Asked:
    kind = next(kind for kind in ("Group", "Role", "User") if kind in call.operation)
    yield from ((f"iam:{call.operation}", arn) for arn in arns(call, kind.lower()))


def _mapped(call: Call) -> Asked:
    """A mapping has no ARN before it is there; the function of one is a condition."""
    yield f"lambda:{call.operation}", "*"


def _invoked_later(call: Call) -> Asked:
    for name in call.texts("FunctionName"):
        yield "lambda:InvokeFunction", function_arn(call, name)


def _on_all_groups(call: Call) -> Asked:
    """Groups without a name are those of the whole account, as refusals write it."""
    yield "logs:DescribeLogGroups", call.arn("log-group::log-stream:")


def _on_any_query(call: Call) -> Asked:
    yield f"logs:{call.operation}", "*"


def _on_a_parameter(call: Call) -> Asked:
    found = arns(call, "parameter") if call.get("ResourceType") == "Parameter" else []
    yield from ((f"ssm:{call.operation}", arn) for arn in found or ["*"])


def _with_unnamed(resource: str) -> Callable[[Call], Asked]:
    """What refusals name, although the reference lists no resource."""

    def asked(call: Call) -> Asked:
        yield f"{call.service}:{call.operation}", call.arn(resource)

    return asked


def _disassociated(call: Call) -> Asked:
    for kind in ("experiment-trial", "experiment-trial-component"):
        yield from (("sagemaker:DisassociateTrialComponent", arn) for arn in arns(call, kind))


_SPECIAL: Mapping[tuple[str, str], Callable[[Call], Asked]] = {
    ("batch", "SubmitServiceJob"): _submitted,
    **{("dynamodb", f"{kind}Statement"): partiql.asked for kind in ("BatchExecute", "Execute")},
    ("dynamodb", "ExecuteTransaction"): partiql.asked,
    ("dynamodb", "Query"): _with_index,
    ("dynamodb", "Scan"): _with_index,
    ("dynamodb", "TransactGetItems"): _transaction,
    ("dynamodb", "TransactWriteItems"): _transaction,
    **{
        ("iam", f"{verb}{kind}Policy"): _attached
        for verb in ("Attach", "Detach", "Put", "Delete", "Get")
        for kind in ("Group", "Role", "User")
    },
    ("elasticmapreduce", "RunJobFlow"): _with_unnamed("cluster/*"),
    ("emr-serverless", "CreateApplication"): _with_unnamed("/applications"),
    ("kms", "CreateAlias"): _aliased,
    ("kms", "ReEncrypt"): _reencrypted,
    ("kms", "UpdateAlias"): _aliased,
    ("lambda", "CreateEventSourceMapping"): _mapped,
    ("lambda", "InvokeAsync"): _invoked_later,
    ("logs", "DescribeLogGroups"): _on_all_groups,
    ("logs", "GetQueryResults"): _on_any_query,
    ("logs", "StopQuery"): _on_any_query,
    ("sagemaker", "CreateModel"): _made_model,
    ("sagemaker", "DisassociateTrialComponent"): _disassociated,
    **{("ssm", operation): _on_a_parameter for operation in _TAGS_OF_SSM},
    ("sts", "AssumeRole"): _assumed,
}
