"""Why a derived permission has a wildcard: for reviewers, and for cdk-nag's rule AwsSolutions-IAM5.

A wildcard without a reason here is an error of the synthesis, and so is one that a literal text brings into a policy.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache, partial

from ..language import Definition, Finding, choices
from ..language.later import later_pattern
from ..language.rules import Rule, Subject
from ..language.tokens import STRING_TOKEN
from . import job_roles, pipeline_role
from .environment import Environment
from .escaping import ESCAPE, written
from .needs import CHANNELS, HOSTING_NETWORK
from .patterns import is_told_whole
from .permissions import WHOLE, Permission, Reason

_ALL: Mapping[str, str] = {
    "batch:DescribeServiceJob": "IAM knows no resource for it",
    "batch:ListServiceJobs": "IAM knows no resource for it",
    "cloudwatch:PutMetricData": "metrics have no ARN; the condition narrows them to SageMaker's namespaces",
    "ecr:GetAuthorizationToken": "the token to pull images is of the whole registry; what is pulled is narrowed to the "
    "one repository",
    **dict.fromkeys(
        HOSTING_NETWORK,
        "the service's own check of jobs in a VPC fails when network interfaces are narrowed",
    ),
    **dict.fromkeys(CHANNELS, "the channels of Systems Manager have no ARN"),
    "sagemaker:ListEndpointConfigs": "IAM knows no resource for it",
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

_SHORT = "names of 32 characters leave no room for 'pipelines-', and how the service makes them is undocumented"
_TOLD = "an expression gives the name when the pipeline runs, or an AutoML job chooses it"
_ANY_ENTITY = "the association names an entity that is only known when the pipeline runs"
_SHADOW = "Clarify's job names what it serves the model with when it runs"
_WHOLE: Mapping[tuple[str, str], str] = {
    ("batch", "service-job/*"): "Batch assigns a job its ID when it is submitted",
    ("elasticmapreduce", "cluster/*"): "EMR assigns the cluster its ID when the step runs",
    ("emr-serverless", "/*"): "an application has no ARN before it is created",
    ("emr-serverless", "/applications/*"): "the service assigns an application its ID when the step runs",
    ("ec2", "network-interface/*"): "EC2 assigns a network interface its ID when it creates it",
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
_KIND = later_pattern(r"/?[^/:]*[/:]?\*")
_TOLD_IN_PART = "an expression gives this part of the name when the pipeline runs"
_PART: tuple[tuple[str, str, str], ...] = (
    ("athena", "", _TOLD_IN_PART),
    ("bedrock-agentcore", "runtime/", "the endpoint at which an agent is called is only known when the pipeline runs"),
    ("ecr", "repository/", _TOLD_IN_PART),
    ("emr-serverless", "/applications/", "the service assigns applications and job runs their IDs when they start"),
    ("events", "rule/", "only the beginning of the rule's name is documented; the service makes the rule"),
    ("glue", "database/", _TOLD_IN_PART),
    ("glue", "table/", "the job names the table of a query's result; the tables are named in the text of the query"),
    ("logs", "log-group:", "the log streams are named after the jobs, which are named when they run"),
    ("redshift", "", _TOLD_IN_PART),
    ("s3", "jumpstart-", "AWS's own buckets with the models of its hub, whose names begin so"),
    ("s3", "", "the objects below the step's own place, and the execution in their names, are known when it runs"),
    ("sagemaker", "endpoint-config/sm-clarify", _SHADOW),
    ("sagemaker", "endpoint/sm-clarify", _SHADOW),
    ("sagemaker", "hub-content/", "the service takes the newest version of a model of a hub, whichever is named"),
    ("sagemaker", "model-package/", "the service numbers the versions of a model package group"),
    ("sagemaker", "pipeline/", "the service assigns an execution its ID when it starts"),
    (
        "sagemaker",
        "",
        "the name is known when it is created: the service, an expression or a version's number gives it",
    ),
)
"""By service and how the resource begins: what covers a part of a kind."""
_NAMED = ("athena", "ecr", "glue", "redshift")
"""Whose resources others name: those of which expressions tell all are not granted."""
_OF_A_FUNCTION = later_pattern(r"(?:arn:[^*?]*:function:[^:*?]+|token):\*")
_ITS_VERSIONS = "an execution calls the version that was the current one when it was started"

_CONDITIONS: Mapping[tuple[str, str], str] = {
    ("ForAllValues:StringLike", "sagemaker:InstanceTypes"): "the compute policy allows a family of instance types",
    ("StringLike", "cloudwatch:namespace"): "every kind of job has a namespace below SageMaker's",
    ("StringLike", "s3:prefix"): "what is looked for is named as the objects are that are read",
}
"""By operator and key: what stands in a condition as a pattern."""
_OWN_USER = "${aws:userid}"
"""The one variable that a condition holds: it narrows to what the role did itself."""
_VERSIONS = "each change of code is a file of its own, and an execution that still runs reads the one of before"


def wild(text: str) -> bool:
    """Whether a text of a policy stands for more than itself; tokens, and what is escaped, do not."""
    return _WILD.search(text) is not None and _WILD.search(_read(text)) is not None


@lru_cache(4096)
def _read(text: str) -> str:
    """The text with words for tokens and escapes, which are not patterns."""
    return ESCAPE.sub("literal", STRING_TOKEN.sub("token", text))


def reason(action: str, resource: str, code: Collection[str] = ()) -> str | None:
    """Why the action is on a resource with a wildcard; None without one, and where no reason is known.

    ``code``: where steps have code of their own, as ``Place.versions`` tells.
    """
    if resource == "*":
        return _ALL.get(action)
    read = _read(resource)
    if not _WILD.search(read):
        return None
    if action == "lambda:InvokeFunction" and _OF_A_FUNCTION.fullmatch(read):
        return _ITS_VERSIONS
    *place, name = read.split(":", 5)
    if len(place) != 5 or any(map(wild, place)) or "?" in name or "${" in name:
        return None
    service = place[2]
    if service == "s3" and resource.partition(":::")[2] in code:
        return _VERSIONS
    if service != "s3" and _KIND.fullmatch(name):
        return _WHOLE.get((service, name))
    if service in _NAMED and is_told_whole(re.split("[:/]", name, maxsplit=1)[-1]):
        return None
    return next((why for of, start, why in _PART if of == service and name.startswith(start)), None)


def reasons(permissions: Iterable[Permission], code: Collection[str] = ()) -> Iterator[tuple[str, str]]:
    """Each resource with a wildcard, and why it cannot be smaller; a resource once."""
    found: dict[str, dict[str, None]] = {}
    for permission in permissions:
        for resource in permission.resources:
            for action in permission.actions:
                why = reason(action, resource, code)
                if why is not None:
                    found.setdefault(resource, {})[why] = None
    for resource, why_all in found.items():
        yield resource, "; ".join(why_all)


# -- what has none


LITERAL, UNEXPLAINED = "wildcard-in-literal", "wildcard-without-reason"
"""The codes of what is found."""
Values = Callable[[str], Iterable[str]]
"""The literal texts in what a token of CDK stands for."""


def rule(environment: Environment, values: Values = lambda token: ()) -> Rule:
    """The rule that nothing but the derivation brings a wildcard into the policies of a definition."""

    def wildcards(subject: Subject) -> Iterator[Finding]:
        return judge(subject.definition, environment, values)

    return wildcards


def judge(definition: Definition, environment: Environment, values: Values = lambda token: ()) -> Iterator[Finding]:
    """An error for each field that brings a wildcard into a policy, or from which one follows that has no reason."""
    known: set[tuple[str, str, str]] = set()
    of_jobs = (need for _, need in job_roles.needs(definition, environment))
    # what many steps need is judged once
    marks = cache(partial(_marks_in, values=values))
    unexplained = cache(partial(_is_unexplained, code=environment.versions))
    unexplained_pattern = cache(_is_unexplained_pattern)

    permissions = [*pipeline_role.needs(definition, environment), *of_jobs]
    resources = {(each.actions, resource) for each in permissions for resource in each.resources}
    patterns = {pattern for each in permissions if each.conditions for pattern in _conditions(each)}
    in_doubt = (
        any(marks(resource) or any(unexplained(one, resource) for one in actions) for actions, resource in resources),
        any(marks(value) or unexplained_pattern(operator, key, value) for operator, key, value in patterns),
    )
    for permission in permissions if any(in_doubt) else ():
        told = [(LITERAL, *each) for each in _literals(permission, marks)]
        told += [(UNEXPLAINED, *each) for each in _without_reason(permission, unexplained, unexplained_pattern)]
        for code, text, reason in told:
            at = "" if reason.where == WHOLE else reason.where
            if (reason.step, at, code) not in known:
                known.add((reason.step, at, code))
                yield Finding(code, text, reason.step, at)


def literals(permission: Permission, values: Values = lambda token: ()) -> Iterator[tuple[str, Reason]]:
    """Of wildcards that are written in the definition, or in what a token stands for, what is wrong; and for whom."""
    return _literals(permission, partial(_marks_in, values=values))


def _literals(permission: Permission, marks_in: Callable[[str], Sequence[str]]) -> Iterator[tuple[str, Reason]]:
    of_resources, of_conditions = permission.because[0], permission.because[-1]
    on_what = [(resource, of_resources) for resource in permission.resources]
    on_what += [(value, of_conditions) for *_, value in _conditions(permission)]
    for text, because in on_what:
        found = marks_in(text)
        if found:
            marks = choices(dict.fromkeys("${" if mark == "$" else mark for mark in found))
            yield (
                f"{marks} in {written(text)!r}, on which {', '.join(permission.actions)} is granted: a policy "
                "matches any text with it, the service takes it literally; write the name itself",
                because,
            )


def _marks_in(text: str, values: Values) -> Sequence[str]:
    """The wildcards that a text of a policy has of the definition, or of what a token stands for."""
    pieces = _PIECES.split(text)
    known = [said for token in pieces[1::2] for said in values(token)]
    if not known and "$" not in "".join(pieces[::2]):
        return ()
    found = [match[0][2] for match in ESCAPE.finditer(_BEFORE_TOKEN.sub("", text))]
    found += [mark for said in known for mark in _MARKS if mark in said]
    found += ["$"] * _meet(written(text), values)
    return found


_BEFORE_TOKEN = later_pattern(rf"(?:\$\{{\$\}})+(?={STRING_TOKEN.pattern})")
"""A dollar that is escaped only because nobody knows here what follows it."""
_PIECES = later_pattern(f"({STRING_TOKEN.pattern})")


def _meet(text: str, values: Values) -> bool:
    """Whether a dollar and a brace may meet at a token, or inside of what one stands for."""
    before = [""]
    for piece in _PIECES.split(text):
        said = list(values(piece)) if STRING_TOKEN.fullmatch(piece) else [piece]
        dollars = [*before, *(said if len(said) > 1 else ())]
        if any(one.endswith("$") for one in dollars) and any(one.startswith("{") for one in said):
            return True
        before = [*said, *(before if "" in said else ())]
    return False


def _without_reason(
    permission: Permission,
    unexplained: Callable[[str, str], bool],
    unexplained_pattern: Callable[[str, str, str], bool],
) -> Iterator[tuple[str, Reason]]:
    """Wildcards of the derivation that no row above excuses, and for whom."""
    for resource in permission.resources:
        for action in permission.actions if "*" in resource or "?" in resource or "${" in resource else ():
            if unexplained(action, resource):
                told = f"{action} would be granted on {written(resource)!r}, and why so wide is not known"
                yield told, permission.because[0]
    for operator, key, value in _conditions(permission):
        if unexplained_pattern(operator, key, value):
            told = f"{', '.join(permission.actions)} would be granted for {key} {written(value)!r}"
            yield f"{told}, and why so wide is not known", permission.because[-1]


def _is_unexplained(action: str, resource: str, code: Collection[str]) -> bool:
    return wild(resource) and reason(action, resource, code) is None


def _is_unexplained_pattern(operator: str, key: str, value: str) -> bool:
    told_by_a_row = (operator, key) in _CONDITIONS and not any(mark in _read(value) for mark in ("?", "${"))
    return wild(value) and value != _OWN_USER and not told_by_a_row


_MARKS = ("*", "?", "${")
_WILD = re.compile("|".join(map(re.escape, _MARKS)))


def _conditions(permission: Permission) -> Iterator[tuple[str, str, str]]:
    """Operator, key and value of each condition."""
    for operator, keys in permission.conditions.items():
        for key, value in keys.items():
            for text in value if isinstance(value, (list, tuple)) else [value]:
                yield operator, key, str(text)
