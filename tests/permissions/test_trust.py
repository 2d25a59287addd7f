"""Who may assume each role that the library creates: the service for this account, and nobody for another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.permissions.calls import HERE
from tests.permissions.conftest import Pipeline
from tests.permissions.evaluator import Request, allowed
from tests.permissions.questions import OTHER_ACCOUNT, OTHER_REGION

Pipelines = dict[str, Pipeline]


@dataclass(frozen=True)
class Trust:
    """What a service says of itself when it takes a role for something of this account, and how narrow it can be.

    ``source``: the page that says so. ``arns``: what it comes from, in ``HERE``'s account and region; ``others``: what
    it may not come from; ``anywhere``: why the role cannot tell accounts apart. ``tags``: whether it tags the session.
    """

    service: str
    source: str
    arns: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    anywhere: str = ""
    tags: bool = False

    def also(self, other: Trust) -> Trust:
        """That of a role for two purposes."""
        return self if self == other else Trust(self.service, self.source, (*self.arns, *other.arns))


_DEPUTY = 'SageMaker AI developer guide, "Cross-service confused deputy prevention"'
_OF_THE_ACCOUNT = _DEPUTY + ": no narrower ARN is named"
_SAGEMAKER = f"arn:aws:sagemaker:{HERE['r']}:{HERE['a']}:"
_EMR = f"arn:aws:elasticmapreduce:{HERE['r']}:{HERE['a']}:"


def _job(kind: str) -> Trust:
    others = tuple(f"{_SAGEMAKER}{other}/x" for other in ("notebook-instance", "domain", "pipeline"))
    return Trust("sagemaker.amazonaws.com", _DEPUTY, (f"{_SAGEMAKER}{kind}/pipelines-l040kjgtiq4n-a",), others)


_ANY_JOB = Trust("sagemaker.amazonaws.com", _OF_THE_ACCOUNT, (_SAGEMAKER + "*", _SAGEMAKER + "endpoint/age"))
JOBS = {
    "AutoML": _ANY_JOB,
    "ClarifyCheck": _ANY_JOB,
    "EndpointConfig": _ANY_JOB,
    "Job": Trust(
        "job.sagemaker.amazonaws.com",
        "SageMaker AI developer guide, prerequisites and encryption of multi-turn RL: SourceArn like job/*",
        (_SAGEMAKER + "job/AgentRFT/pipelines-l040kjgtiq4n-a",),
        tags=True,
    ),
    "Model": _ANY_JOB,
    "Processing": _job("processing-job"),
    "QualityCheck": _job("processing-job"),
    "Training": _job("training-job"),
    "Tuning": _ANY_JOB,
    "EMRServerless": Trust("emr-serverless.amazonaws.com", "EMR Serverless user guide: names no ARN"),
}
FUNCTION = Trust("lambda.amazonaws.com", "Lambda developer guide", anywhere="Lambda says nothing of whom it works for")
OTHERS = {
    "function": FUNCTION,
    **dict.fromkeys(("worker", "submitter", "answerer"), FUNCTION),
    "nodes": Trust("ec2.amazonaws.com", "EMR management guide", anywhere="EC2 says nothing of whom it works for"),
    "emr": Trust("elasticmapreduce.amazonaws.com", 'EMR management guide, "Service role"', (_EMR + "cluster/j-1",)),
}


def _pipeline(name: str) -> Trust:
    # the service writes the name in lower case into ARNs
    executions = tuple(f"{_SAGEMAKER}pipeline/{one}/execution/l040kjgtiq4n" for one in (name, name.lower()))
    others = (f"{_SAGEMAKER}pipeline/{name}-other/execution/x", f"{_SAGEMAKER}training-job/x")
    return Trust("sagemaker.amazonaws.com", _DEPUTY, executions, others)


def _trusts(pipelines: Pipelines) -> Iterator[tuple[Pipeline, str, Trust]]:
    """Each role that the library makes, by its ARN."""
    for pipeline in pipelines.values():
        ((_, properties),) = pipeline.synthesized.template.of_type("AWS::SageMaker::Pipeline")
        found = {pipeline.synthesized.pipeline_role: _pipeline(properties["PipelineName"])}
        for use in pipeline.uses:
            for kind, role in use.roles.items():
                told = JOBS.get(use.type) if kind in ("job", "model", "config") else OTHERS.get(kind)
                if told is not None:
                    found[role] = found[role].also(told) if role in found else told
        for role, trust in found.items():
            yield pipeline, role, trust


def _takes(
    pipeline: Pipeline, role: str, service: str, account: str | None, arn: str | None, action: str = "AssumeRole"
) -> Request:
    context = {"aws:SourceAccount": account, "aws:SourceArn": arn}
    told = {key: value for key, value in context.items() if value is not None}
    trust = pipeline.synthesized.template.trust(pipeline.roles[role])
    return Request(service, f"sts:{action}", role, told, on=trust)


def test_session_tags_are_allowed_if_the_service_sets_them(pipelines: Pipelines) -> None:
    """Those of jobs of the service's own, and of a training whose request asks for it; of no other role."""
    chains = pipelines["named-by-trainings"]
    chained = (chains, chains.synthesized.argument("Hub", "RoleArn"))
    asked = [
        (trust.tags or (pipeline, role) == chained, _takes(pipeline, role, trust.service, HERE["a"], arn, "TagSession"))
        for pipeline, role, trust in _trusts(pipelines)
        for arn in trust.arns or (None,)
        if not trust.anywhere
    ]
    assert {tagged for tagged, _ in asked} == {True, False}
    answers = allowed([request for _, request in asked])
    wrong = [request.resource for (tagged, request), answer in zip(asked, answers, strict=True) if tagged != answer]
    assert not wrong


def test_every_role_of_a_pipeline_is_checked(pipelines: Pipelines) -> None:
    seen = {(pipeline.name, role) for pipeline, role, _ in _trusts(pipelines)}
    made = {(pipeline.name, role) for pipeline in pipelines.values() for role in pipeline.roles}
    # the roles that cases make by themselves
    assert sorted(role.partition("-")[2] for _, role in made - seen) == [
        "Redshift8A119849-1a2b3c",
        "Runtime99E3DDFA-1a2b3c",
        "ValidationBF173457-1a2b3c",
    ]


def test_the_service_may_assume_a_role_for_this_account(pipelines: Pipelines) -> None:
    asked = [
        _takes(pipeline, role, trust.service, HERE["a"], arn)
        for pipeline, role, trust in _trusts(pipelines)
        for arn in trust.arns or (None,)
    ]
    answers = allowed(asked)
    refused = [(one.principal, one.resource, one.context) for one, ok in zip(asked, answers, strict=True) if not ok]
    assert not refused


def test_nobody_else_may_assume_a_role(pipelines: Pipelines) -> None:
    asked = []
    for pipeline, role, trust in _trusts(pipelines):
        for service in {"ec2.amazonaws.com", "lambda.amazonaws.com", "sagemaker.amazonaws.com"} - {trust.service}:
            asked += [_takes(pipeline, role, service, HERE["a"], arn) for arn in trust.arns or (None,)]
        if trust.anywhere:
            continue
        foreign: list[str | None] = [arn.replace(HERE["a"], OTHER_ACCOUNT) for arn in trust.arns]
        elsewhere = [arn.replace(HERE["r"], OTHER_REGION) for arn in trust.arns]
        # the ARN alone or the account alone is another's; it is not told at all
        everywhere = (*trust.arns, *(foreign or [None]))
        asked += [_takes(pipeline, role, trust.service, OTHER_ACCOUNT, arn) for arn in everywhere]
        others = [arn for arn in (*foreign, *elsewhere, *trust.others) if arn is not None]
        asked += [_takes(pipeline, role, trust.service, HERE["a"], arn) for arn in others]
        asked += [_takes(pipeline, role, trust.service, None, arn) for arn in trust.arns or (None,)]
        asked += [_takes(pipeline, role, trust.service, HERE["a"], None)] if trust.arns else []
    assert len(asked) > 100
    answers = allowed(asked)
    taken = [(one.principal, one.resource, one.context) for one, ok in zip(asked, answers, strict=True) if ok]
    assert not taken


def test_the_role_of_a_step_on_emr_is_only_assumed_by_the_nodes(pipelines: Pipelines) -> None:
    pipeline = pipelines["emr-cluster-of-the-stack"]
    (use, *_) = pipeline.uses
    role, nodes = use.values["runtime_role"], use.roles["nodes"]
    trust = pipeline.synthesized.template.trust(pipeline.roles[role])
    policies = pipeline.policies(nodes)
    asked = [
        Request(principal, action, role, identity=policies, on=trust)
        for principal in (nodes, f"{nodes}-other")
        for action in ("sts:AssumeRole", "sts:TagSession")
    ]
    assert allowed(asked) == [True, True, False, False]
