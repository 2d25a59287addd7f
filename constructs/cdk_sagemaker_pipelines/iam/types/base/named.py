"""What requests name by an ARN and is described elsewhere: hub content, MLflow, versions of models, functions.

Source: the roles of the SageMaker SDK (``sagemaker.core.helper.iam_policies``); AWS's AmazonSageMakerJobFullAccess.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ....language.tokens import has_string_token
from ...arns import kind_of, version_arns
from ...needs import Needs
from ...patterns import UNKNOWN
from ...permissions import ELSEWHERE, RUN_TIME, UNSAID, Permission

_HUB = ("sagemaker:DescribeHub", "sagemaker:ListHubContents")
_CONTENT = ("sagemaker:DescribeHubContent",)
_TRACK = tuple(
    f"sagemaker-mlflow:{action}"
    for action in (
        "CreateExperiment",
        "CreateRun",
        "FinalizeLoggedModel",
        "GetExperiment",
        "GetExperimentByName",
        "GetLoggedModel",
        "GetMetricHistory",
        "GetRun",
        "ListArtifacts",
        "ListLoggedModelArtifacts",
        "LogBatch",
        "LogInputs",
        "LogLoggedModelParams",
        "LogMetric",
        "LogModel",
        "LogOutputs",
        "LogParam",
        "SearchExperiments",
        "SearchLoggedModels",
        "SearchRuns",
        "SetExperimentTag",
        "SetLoggedModelTags",
        "SetTag",
        "UpdateRun",
    )
)
"""What it takes to record a run; nothing of MLflow's own registry of models, and nothing that deletes."""
_TRACES = tuple(f"sagemaker-mlflow:{action}" for action in ("EndTrace", "SearchTraces", "StartTrace"))
_SERVER = ("sagemaker:DescribeMlflowTrackingServer",)
_APP = ("sagemaker:CallMlflowAppApi", "sagemaker:DescribeMlflowApp")
_READ_VERSION = ("sagemaker:AccessModelPackage", "sagemaker:DescribeModelPackage")
_ADD_VERSION = (
    "sagemaker:AddTags",
    "sagemaker:CreateModelPackage",
    "sagemaker:DescribeModelPackage",
    "sagemaker:ListModelPackages",
    "sagemaker:UpdateModelPackage",
)
_AGENT = ("bedrock-agentcore:InvokeAgentRuntime", "bedrock-agentcore:StopRuntimeSession")


def hub_of(content: str) -> str:
    """The ARN of the hub that a hub content's ARN names."""
    head, _, path = content.partition(":hub-content/")
    return f"{head}:hub/{path.partition('/')[0]}"


def hub_model(need: Needs, content: Any, action: str, where: str) -> Iterator[Permission]:
    """Training or deploying what a hub holds; it is checked on both the hub and its content."""
    yield from need.undecided(content, (action,), "hub content", where)
    if isinstance(content, str) and content:
        hub = (hub_of(content),) if ":hub-content/" in content else ()
        yield Permission((action,), (*hub, content), because=need.because(where))
        if not hub:
            yield need.note((action,), "hub", ELSEWHERE, where)


def hub_content(need: Needs, content: Any, where: str, *, latest: bool = False) -> Iterator[Permission]:
    """Reading what a hub holds: the service looks for the hub first, and the files lie in buckets of AWS's own.

    ``latest``: whether the service takes the newest version, whichever is named.
    """
    reads = (*_CONTENT, *_HUB)
    yield from need.undecided(content, reads, "hub content", where)
    if not isinstance(content, str) or not content:
        return
    because = need.because(where)
    if ":hub-content/" not in content:
        yield Permission(_CONTENT, (content,), because=because)
        yield need.note(reads, "hub", ELSEWHERE, where)
        return
    hub, head = hub_of(content), "/".join(content.split("/")[:4])
    yield Permission(_CONTENT, (hub, f"{head}/*" if latest else content), because=because)
    yield Permission(_HUB, (hub,), because=because)
    yield Permission(("sagemaker:ListHubs",), ("*",), because=because)
    yield Permission(("s3:GetObject",), (f"arn:{need.environment.partition}:s3:::jumpstart-*/*",), because=because)


def base_model(need: Needs, content: Any, where: str) -> Iterator[Permission]:
    """Reading a model of a hub to train it further: the service takes its newest version, whichever is named."""
    yield from hub_content(need, content, where, latest=True)


def mlflow(need: Needs, arn: Any, where: str) -> Iterator[Permission]:
    """Recording runs on a tracking server or in an MLflow app."""
    yield from need.undecided(arn, (*_TRACK, *_SERVER, *_APP), "MLflow resource", where)
    if not isinstance(arn, str) or not arn:
        return
    kind = kind_of(arn)
    of_kind = {"sagemaker:mlflow-tracking-server": _SERVER, "sagemaker:mlflow-app": _APP}
    # a resource of the app does not tell here which of both it is
    yield Permission((*_TRACK, *of_kind.get(kind, (*_SERVER, *_APP))), (arn,), because=need.because(where))


def model_package(need: Needs, arn: Any, where: str) -> Iterator[Permission]:
    """Going on from a version of a model."""
    yield from need.undecided(arn, _READ_VERSION, "model package", where)
    if isinstance(arn, str) and arn:
        yield Permission(_READ_VERSION, (arn,), because=need.because(where))


def model_package_group(need: Needs, arn: Any, where: str) -> Iterator[Permission]:
    """A job that adds a version to a group by itself."""
    of_group = ("sagemaker:DescribeModelPackageGroup",)
    yield from need.undecided(arn, (*_ADD_VERSION, *of_group), "model package group", where)
    if not isinstance(arn, str) or not arn:
        return
    because = need.because(where)
    yield Permission(of_group, (arn,), because=because)
    if ":model-package-group/" in arn:
        yield Permission(_ADD_VERSION, version_arns((arn,)), because=because)
    else:
        yield need.note(_ADD_VERSION, "name of the group", ELSEWHERE, where)


def evaluator(need: Needs, arn: Any, where: str) -> Iterator[Permission]:
    """What judges the answers of a model that learns: a function, or a prompt in a hub."""
    yield from need.undecided(arn, ("lambda:InvokeFunction", *_CONTENT), "evaluator", where)
    if isinstance(arn, str) and arn:
        yield from hub_content(need, arn, where) if ":hub-content/" in arn else need.invoke(arn, where)


def _traced(need: Needs, arn: Any, where: str) -> Iterator[Permission]:
    yield from mlflow(need, arn, where)
    yield Permission(_TRACES, (arn,), because=need.because(where))


def _agent(need: Needs, arn: Any, where: str) -> Iterator[Permission]:
    yield Permission(("bedrock-agentcore:GetAgentRuntime",), (arn,), because=need.because(where))
    yield Permission(_AGENT, (arn, f"{arn}/runtime-endpoint/*"), because=need.because(where))


_BY_KIND: Mapping[str, Callable[[Needs, Any, str], Iterator[Permission]]] = {
    "bedrock-agentcore:runtime": _agent,
    "lambda:function": Needs.invoke,
    "sagemaker:hub-content": hub_content,
    "sagemaker:mlflow-app": _traced,
    "sagemaker:mlflow-tracking-server": mlflow,
    "sagemaker:model-package": model_package,
    "sagemaker:model-package-group": model_package_group,
}


def anything(need: Needs, arn: str, where: str) -> Iterator[Permission]:
    """What a document names by an ARN, of which its kind alone tells what the job does with it."""
    if UNKNOWN in arn:
        yield need.note((), "resource", RUN_TIME, where)
        return
    if has_string_token(arn) and not kind_of(arn):
        yield need.note((), "kind of the resource", ELSEWHERE, where)
        return
    derive = _BY_KIND.get(kind_of(arn))
    if derive is None:
        yield need.note((), "use of the resource", UNSAID, where)
    else:
        yield from derive(need, arn, where)
