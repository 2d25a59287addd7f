"""A training job: its channels, code, outputs, checkpoints, algorithm or image, keys, network and logs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ....language import Definition, Finding, StepView
from ....language.step_types import STEP_TYPES, TUNED_REQUEST
from ...environment import Environment
from ...following import every
from ...needs import Needs, RoleNeeds, elements, member, role_of
from ...patterns import pattern
from ...permissions import ELSEWHERE, UNSAID, Permission
from ..base import job, named

_ROW = STEP_TYPES["Training"]
_TUNED = replace(_ROW, job=TUNED_REQUEST)
_ON_A_PLAN = ("sagemaker:CreateTrainingJob",)
_HUB_CONTENT = ("InputDataConfig[]", "DataSource", "S3DataSource", "HubAccessConfig", "HubContentArn")
_FILE_SYSTEMS: Mapping[Any, tuple[str, ...]] = {
    "EFS": ("elasticfilesystem:DescribeFileSystems", "elasticfilesystem:DescribeMountTargets"),
    "FSxLustre": ("fsx:DescribeFileSystems",),
}


def pipeline(definition: Definition, step: StepView, environment: Environment) -> Iterator[Permission]:
    """What the pipeline's role needs beside the job: the reserved capacity that it runs on, and models of hubs."""
    need = Needs(definition, step, environment)
    for where, plan in plans(step.arguments):
        yield from need.undecided(plan, _ON_A_PLAN, "training plan", where)
        if isinstance(plan, str) and plan:
            # which capacity of the plan it is the service decides
            arns = (plan, environment.sagemaker("reserved-capacity/*"))
            yield Permission(_ON_A_PLAN, arns, because=need.because(where))
    yield from hub_models(need, step.arguments)


def chained(definition: Definition, environment: Environment) -> Iterator[tuple[str, Any]]:
    """The steps whose jobs get the tags of the session that creates them, and the roles whose trust must allow it."""
    for step in definition.all_steps():
        enabled = member(step.arguments, "SessionChainingConfig", "EnableSessionTagChaining")
        if step.type == "Training" and enabled not in (None, False):
            yield step.name, role_of(step.arguments, environment)


def tags_elsewhere(step: str) -> Finding:
    """The warning that a role is not ours, so that who may take it, and tag the session, is told where it is made."""
    text = "who may take the role is told where it is made; let sagemaker.amazonaws.com sts:TagSession there"
    return Finding("undecided-permission", text, step, "Arguments.SessionChainingConfig", "warning")


def plans(request: Any, where: str = "") -> Iterator[tuple[str, Any]]:
    """The training plans that a job can run on, with their paths."""
    yield from every(request, "ResourceConfig", "TrainingPlanArn", where=where)
    for place, arns in every(request, "ResourceConfig", "InstancePreferences[]", "TrainingPlanArns", where=where):
        if isinstance(arns, (list, tuple)):
            yield from ((f"{place}[{index}]", arn) for index, arn in enumerate(arns))
        else:
            yield place, arns


def hub_models(need: Needs, request: Any, where: str = "") -> Iterator[Permission]:
    """Who creates the job must be let train each hub content that it reads."""
    for place, content in every(request, *_HUB_CONTENT, where=where):
        yield from named.hub_model(need, content, "sagemaker:TrainHubModel", place)


def jobs(definition: Definition, step: StepView, environment: Environment) -> RoleNeeds:
    """What the role of the step's job needs."""
    need = Needs(definition, step, environment)
    yield from need.of(role_of(step.arguments, environment), training_job(need, step.arguments))


def training_job(
    need: Needs, request: Mapping[str, Any], where: str = "", *, hyperparameters: str = "HyperParameters"
) -> Iterator[Permission]:
    """What one training job needs, also one of a tuning.

    ``where``: the path of ``request`` in the arguments, with a dot at its end. ``hyperparameters``: their name in it.
    """
    row, above = _TUNED if "HyperParameterTuningResourceConfig" in request else _ROW, where.rstrip(".")
    yield from job.inputs(need, request, row, above)
    # the SDK writes hyperparameters as JSON, so the URI may stand in quotes
    code = pattern(need.definition, member(request, hyperparameters, "sagemaker_submit_directory")).strip('"')
    yield from need.read_object(code, f"{where}{hyperparameters}.sagemaker_submit_directory")
    yield from job.outputs(need, request, row, above)
    for config in ("DebugHookConfig", "ProfilerConfig", "TensorBoardOutputConfig"):
        yield from need.write(member(request, config, "S3OutputPath"), f"{where}{config}")
    yield from _rules(need, request, where)
    checkpoints = member(request, "CheckpointConfig", "S3Uri")
    yield from need.read(checkpoints, f"{where}CheckpointConfig")
    yield from need.write(checkpoints, f"{where}CheckpointConfig")
    specification = f"{where}AlgorithmSpecification"
    yield from need.algorithm(
        member(request, "AlgorithmSpecification", "AlgorithmName"), f"{specification}.AlgorithmName"
    )
    yield from job.image(need, request, row, above)
    yield from _sources(need, request, where)
    yield from _surroundings(need, request, where)
    yield from job.surroundings(need, request, row, above)


def _sources(need: Needs, request: Mapping[str, Any], where: str) -> Iterator[Permission]:
    """Data that lies in a hub or on a file system."""
    start = where.rstrip(".")
    for place, content in every(request, *_HUB_CONTENT, where=start):
        yield from named.hub_content(need, content, place)
    source = ("InputDataConfig[]", "DataSource")
    for place, _ in every(request, *source, "DatasetSource", "DatasetArn", where=start):
        yield need.note(("sagemaker:DescribeHubContent", "s3:GetObject"), "place of the data set", ELSEWHERE, place)
    for place, file_system in every(request, *source, "FileSystemDataSource", where=start):
        kind = pattern(need.definition, member(file_system, "FileSystemType"))
        actions = _FILE_SYSTEMS.get(kind) or tuple(action for some in _FILE_SYSTEMS.values() for action in some)
        yield need.note(actions, "role that looks up the file system", UNSAID, f"{place}.FileSystemId")


def _surroundings(need: Needs, request: Mapping[str, Any], where: str) -> Iterator[Permission]:
    """What the job calls beside its data: registries, MLflow, the agent of Systems Manager, models to go on from."""
    start = where.rstrip(".")
    for *path, derive in _CALLED:
        for place, value in every(request, *path, where=start):
            yield from derive(need, value, place)


_REGISTRY = ("TrainingImageConfig", "TrainingRepositoryAuthConfig", "TrainingRepositoryCredentialsProviderArn")
_CALLED: tuple[tuple[Any, ...], ...] = (
    ("AlgorithmSpecification", *_REGISTRY, Needs.invoke),
    ("MlflowConfig", "MlflowResourceArn", named.mlflow),
    ("ModelPackageConfig", "ModelPackageGroupArn", named.model_package_group),
    ("ModelPackageConfig", "SourceModelPackageArn", named.model_package),
    ("RemoteDebugConfig", "EnableRemoteDebug", Needs.remote_shell),
    ("ServerlessJobConfig", "BaseModelArn", named.base_model),
    ("ServerlessJobConfig", "EvaluatorArn", named.evaluator),
)
"""Where the request says it, and what that leads to."""


def _rules(need: Needs, request: Mapping[str, Any], where: str) -> Iterator[Permission]:
    """Debugger's rules: processing jobs under the same role, which look at what the training writes."""
    output = member(request, "OutputDataConfig", "S3OutputPath")
    for rules, watched in (
        ("DebugRuleConfigurations", "DebugHookConfig"),
        ("ProfilerRuleConfigurations", "ProfilerConfig"),
    ):
        for index, rule in enumerate(elements(request, rules)):
            here = f"{where}{rules}[{index}]"
            yield from need.read(member(request, watched, "S3OutputPath") or output, f"{here}, which reads {watched}")
            yield from need.read_object(member(rule, "RuleParameters", "source_s3_uri"), f"{here}.RuleParameters")
            yield from need.write(member(rule, "S3OutputPath"), f"{here}.S3OutputPath")
            yield from need.image(member(rule, "RuleEvaluatorImage"), f"{here}.RuleEvaluatorImage")
            yield from need.logs("ProcessingJobs")
