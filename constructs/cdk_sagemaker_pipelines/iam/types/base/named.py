"""What requests name by an ARN and is described elsewhere: hub content, MLflow, versions of models, functions.

Source: the roles of the SageMaker SDK (``sagemaker.core.helper.iam_policies``); AWS's AmazonSageMakerJobFullAccess.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ....language.field import Field
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


def hub_model(need: Needs, content: Field, action: str) -> Iterator[Permission]:
    """Training or deploying what a hub holds; it is checked on both the hub and its content."""
    yield from need.undecided(content, (action,), "hub content")
    if content.name:
        hub = (hub_of(content.name),) if ":hub-content/" in content.name else ()
        yield Permission((action,), (*hub, content.name), because=need.because(content))
        if not hub:
            yield need.note((action,), "hub", ELSEWHERE, content)


def hub_content(need: Needs, content: Field, *, latest: bool = False) -> Iterator[Permission]:
    """Reading what a hub holds: the service looks for the hub first, and the files lie in buckets of AWS's own.

    ``latest``: whether the service takes the newest version, whichever is named.
    """
    reads = (*_CONTENT, *_HUB)
    yield from need.undecided(content, reads, "hub content")
    arn = content.name
    if arn is None:
        return
    because = need.because(content)
    if ":hub-content/" not in arn:
        yield Permission(_CONTENT, (arn,), because=because)
        yield need.note(reads, "hub", ELSEWHERE, content)
        return
    hub, head = hub_of(arn), "/".join(arn.split("/")[:4])
    yield Permission(_CONTENT, (hub, f"{head}/*" if latest else arn), because=because)
    yield Permission(_HUB, (hub,), because=because)
    yield Permission(("sagemaker:ListHubs",), ("*",), because=because)
    yield Permission(("s3:GetObject",), (f"arn:{need.environment.partition}:s3:::jumpstart-*/*",), because=because)


def base_model(need: Needs, content: Field) -> Iterator[Permission]:
    """Reading a model of a hub to train it further: the service takes its newest version, whichever is named."""
    yield from hub_content(need, content, latest=True)


def mlflow(need: Needs, arn: Field) -> Iterator[Permission]:
    """Recording runs on a tracking server or in an MLflow app."""
    yield from need.undecided(arn, (*_TRACK, *_SERVER, *_APP), "MLflow resource")
    if arn.name:
        of_kind = {"sagemaker:mlflow-tracking-server": _SERVER, "sagemaker:mlflow-app": _APP}
        # a resource of the app does not tell here which of both it is
        described = of_kind.get(kind_of(arn.name), (*_SERVER, *_APP))
        yield Permission((*_TRACK, *described), (arn.name,), because=need.because(arn))


def model_package(need: Needs, arn: Field) -> Iterator[Permission]:
    """Going on from a version of a model."""
    yield from need.undecided(arn, _READ_VERSION, "model package")
    if arn.name:
        yield Permission(_READ_VERSION, (arn.name,), because=need.because(arn))


def model_package_group(need: Needs, arn: Field) -> Iterator[Permission]:
    """A job that adds a version to a group by itself."""
    of_group = ("sagemaker:DescribeModelPackageGroup",)
    yield from need.undecided(arn, (*_ADD_VERSION, *of_group), "model package group")
    if arn.name is None:
        return
    yield Permission(of_group, (arn.name,), because=need.because(arn))
    if ":model-package-group/" in arn.name:
        yield Permission(_ADD_VERSION, version_arns((arn.name,)), because=need.because(arn))
    else:
        yield need.note(_ADD_VERSION, "name of the group", ELSEWHERE, arn)


def evaluator(need: Needs, arn: Field) -> Iterator[Permission]:
    """What judges the answers of a model that learns: a function, or a prompt in a hub."""
    yield from need.undecided(arn, ("lambda:InvokeFunction", *_CONTENT), "evaluator")
    if arn.name:
        yield from hub_content(need, arn) if ":hub-content/" in arn.name else need.invoke(arn)


def _traced(need: Needs, arn: Field) -> Iterator[Permission]:
    yield from mlflow(need, arn)
    yield Permission(_TRACES, (arn.value,), because=need.because(arn))


def _agent(need: Needs, arn: Field) -> Iterator[Permission]:
    yield Permission(("bedrock-agentcore:GetAgentRuntime",), (arn.value,), because=need.because(arn))
    yield Permission(_AGENT, (arn.value, f"{arn.value}/runtime-endpoint/*"), because=need.because(arn))


_BY_KIND: Mapping[str, Callable[[Needs, Field], Iterator[Permission]]] = {
    "bedrock-agentcore:runtime": _agent,
    "lambda:function": Needs.invoke,
    "sagemaker:hub-content": hub_content,
    "sagemaker:mlflow-app": _traced,
    "sagemaker:mlflow-tracking-server": mlflow,
    "sagemaker:model-package": model_package,
    "sagemaker:model-package-group": model_package_group,
}


def anything(need: Needs, arn: Field) -> Iterator[Permission]:
    """What a document names by an ARN, of which its kind alone tells what the job does with it."""
    kind = kind_of(arn.value)
    if UNKNOWN in arn.value:
        yield need.note((), "resource", RUN_TIME, arn)
    elif has_string_token(arn.value) and not kind:
        yield need.note((), "kind of the resource", ELSEWHERE, arn)
    elif kind not in _BY_KIND:
        yield need.note((), "use of the resource", UNSAID, arn)
    else:
        yield from _BY_KIND[kind](need, arn)
