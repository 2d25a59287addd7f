"""Why a derived permission holds a wildcard: for reviewers, and for cdk-nag's rule AwsSolutions-IAM5."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ..language.tokens import STRING_TOKEN
from .needs import CHANNELS, HOSTING_NETWORK
from .permissions import Permission

_ALL: Mapping[str, str] = {
    "cloudwatch:PutMetricData": "metrics have no ARN; the condition narrows them to SageMaker's namespaces",
    "ecr:GetAuthorizationToken": "the token to pull images is of the whole registry; what is pulled is narrowed to the "
    "one repository",
    **dict.fromkeys(
        HOSTING_NETWORK,
        "the service's own check of jobs in a VPC fails when network interfaces are narrowed",
    ),
    **dict.fromkeys(CHANNELS, "the channels of Systems Manager have no ARN"),
    "sagemaker:ListHubs": "the service looks for the hub among all; IAM knows no resource for it",
    **dict.fromkeys(
        (
            "redshift-data:CancelStatement",
            "redshift-data:DescribeStatement",
            "redshift-data:GetStatementResult",
        ),
        "a statement has no ARN; the condition narrows it to who made it",
    ),
}
"""By the action on ``*``: what has no resource in IAM, or none that the service would take."""

_SHORT = "names of 32 characters leave no room for 'pipelines-', and how the service makes them is told nowhere"
_TOLD = "an expression tells the name, or an AutoML job makes it up, when the pipeline runs"
_ANY_ENTITY = "the association names an entity that only the run tells"
_SHADOW = "Clarify's job names what it serves the model with when it runs"
_WHOLE: Mapping[tuple[str, str], str] = {
    ("elasticmapreduce", "cluster/*"): "EMR gives a cluster its id when the step creates it",
    ("emr-serverless", "/*"): "an application has no ARN before it is created",
    ("emr-serverless", "/applications/*"): "the service gives an application its id when the step creates it",
    ("ec2", "network-interface/*"): "EC2 gives a network interface its id when it makes it",
    ("kms", "key/*"): "IAM knows a key by its id alone; the condition narrows it to the one with this alias",
    ("logs", "*"): "the service looks for the log group among all of the account",
    ("sagemaker", "action/*"): _ANY_ENTITY,
    ("sagemaker", "artifact/*"): "the service names an artifact by a hash of its source",
    ("sagemaker", "automl-job/*"): _SHORT,
    ("sagemaker", "context/*"): _ANY_ENTITY,
    ("sagemaker", "endpoint-config/*"): _TOLD,
    ("sagemaker", "endpoint/*"): _TOLD,
    ("sagemaker", "hyper-parameter-tuning-job/*"): _SHORT,
    ("sagemaker", "inference-component/*"): _TOLD,
    ("sagemaker", "model/*"): _TOLD,
    ("sagemaker", "reserved-capacity/*"): "the service decides which capacity of a training plan it takes",
}
"""By service and resource: what covers all of a kind."""
_KIND = re.compile(r"/?[^/:]*[/:]?\*")
_PART: tuple[tuple[str, str, str], ...] = (
    ("bedrock-agentcore", "runtime/", "which of its endpoints an agent is called at the run tells"),
    ("emr-serverless", "/applications/", "the service gives applications and job runs their ids when they begin"),
    ("events", "rule/", "the name of the rule that the service makes is told nowhere, but for how it begins"),
    ("glue", "table/", "the job names the table of a query's result; which tables a query reads its text tells"),
    ("logs", "log-group:", "the log streams are named after the jobs, which are named when they run"),
    ("s3", "jumpstart-", "AWS's own buckets with the models of its hub, whose names begin so"),
    ("s3", "", "the objects below the step's own place, and the execution in their names, are known when it runs"),
    ("sagemaker", "endpoint-config/sm-clarify", _SHADOW),
    ("sagemaker", "endpoint/sm-clarify", _SHADOW),
    ("sagemaker", "hub-content/", "the service takes the newest version of a model of a hub, whichever is named"),
    ("sagemaker", "model-package/", "the service numbers the versions of a model package group"),
    ("sagemaker", "pipeline/", "the service gives an execution its id when it starts"),
    ("sagemaker", "", "the service names what the pipeline creates, or an expression does, when it runs"),
    ("", "", "an expression tells this part of the name when the pipeline runs"),
)
"""By service and how the resource begins: what covers a part of a kind."""
_OF_AN_ARN = {("lambda", ":*"): "an execution calls the version that was the current one when it was started"}
"""By service and what follows an ARN that a token stands for."""


def reason(action: str, resource: str) -> str | None:
    """Why the action is on a resource with a wildcard; None without one, and where no reason is known."""
    parts = resource.split(":", 5)
    if resource == "*":
        return _ALL.get(action)
    arn = STRING_TOKEN.match(resource)
    if arn is not None:
        return _OF_AN_ARN.get((action.partition(":")[0], resource[arn.end() :]))
    if len(parts) < 6:
        return None
    service, name = parts[2], parts[5]
    if "*" not in name:
        return None
    if service != "s3" and _KIND.fullmatch(name):
        return _WHOLE.get((service, name))
    return next((why for of, start, why in _PART if of in ("", service) and name.startswith(start)), None)


def reasons(permissions: list[Permission]) -> Iterator[tuple[str, str]]:
    """Each resource with a wildcard, and why it cannot be smaller; a resource once."""
    found: dict[str, dict[str, None]] = {}
    for permission in permissions:
        for resource in permission.resources:
            for action in permission.actions:
                why = reason(action, resource)
                if why is not None:
                    found.setdefault(resource, {})[why] = None
    for resource, why_all in found.items():
        yield resource, "; ".join(why_all)
