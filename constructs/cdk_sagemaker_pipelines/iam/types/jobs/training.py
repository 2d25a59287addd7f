"""A training job: its channels, code, outputs, checkpoints, algorithm or image, keys, network and logs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ....language import Definition, Finding
from ....language.field import Field
from ....language.step_types import STEP_TYPES, TUNED_REQUEST
from ...environment import Environment
from ...needs import Needs, RoleNeeds
from ...patterns import pattern
from ...permissions import ELSEWHERE, UNSAID, Permission
from ...step_decorator import FILES, step_function
from ..base import job, named

_ROW = STEP_TYPES["Training"]
_TUNED = _ROW._replace(job=TUNED_REQUEST)
_ON_A_PLAN = ("sagemaker:CreateTrainingJob",)
_HUB_CONTENT = ("InputDataConfig[]", "DataSource", "S3DataSource", "HubAccessConfig", "HubContentArn")
_FILE_SYSTEMS: Mapping[Any, tuple[str, ...]] = {
    "EFS": ("elasticfilesystem:DescribeFileSystems", "elasticfilesystem:DescribeMountTargets"),
    "FSxLustre": ("fsx:DescribeFileSystems",),
}


def pipeline(need: Needs) -> Iterator[Permission]:
    """What the pipeline's role needs beside the job: the reserved capacity that it runs on, and models of hubs."""
    for plan in plans(need.arguments):
        yield from need.undecided(plan, _ON_A_PLAN, "training plan")
        if plan.name:
            # which capacity of the plan it is the service decides
            arns = (plan.name, need.environment.sagemaker("reserved-capacity/*"))
            yield Permission(_ON_A_PLAN, arns, because=need.because(plan))
    yield from hub_models(need, need.arguments)


def chained(definition: Definition, environment: Environment) -> Iterator[tuple[str, Any]]:
    """The steps whose jobs get the tags of the session that creates them, and the roles whose trust must allow it."""
    for step in definition.all_steps():
        need = Needs(definition, step, environment)
        enabled = need.arguments.at("SessionChainingConfig", "EnableSessionTagChaining")
        if step.type == "Training" and enabled.given and enabled.value is not False:
            yield step.name, need.role(need.arguments.at("RoleArn")).value


def tags_elsewhere(step: str) -> Finding:
    """The warning that a role is made elsewhere, where its trust policy has to allow the tags of the session."""
    text = "who may assume the role is defined where it is made; allow sagemaker.amazonaws.com sts:TagSession there"
    return Finding("undecided-permission", text, step, "Arguments.SessionChainingConfig", "warning")


def plans(request: Field) -> Iterator[Field]:
    """The training plans that a job can run on."""
    yield from request.every("ResourceConfig", "TrainingPlanArn")
    for arns in request.every("ResourceConfig", "InstancePreferences[]", "TrainingPlanArns"):
        yield from arns.items() if isinstance(arns.value, (list, tuple)) else [arns]


def hub_models(need: Needs, request: Field) -> Iterator[Permission]:
    """Who creates the job must be let train each hub content that it reads."""
    for content in request.every(*_HUB_CONTENT):
        yield from named.hub_model(need, content, "sagemaker:TrainHubModel")


def jobs(need: Needs) -> RoleNeeds:
    """What the role of the step's job needs."""
    yield from need.of(need.role(need.arguments.at("RoleArn")).value, training_job(need, need.arguments))


def training_job(need: Needs, request: Field, *, hyperparameters: str = "HyperParameters") -> Iterator[Permission]:
    """What one training job needs, also one of a tuning. ``hyperparameters``: their name in the request."""
    row = _TUNED if request.at("HyperParameterTuningResourceConfig").given else _ROW
    yield from job.inputs(need, request, row)
    code = request.at(hyperparameters, "sagemaker_submit_directory")
    # the SDK writes hyperparameters as JSON, so the URI may stand in quotes
    yield from need.read_object(replace(code, value=pattern(need.definition, code.value).strip('"')))
    yield from job.outputs(need, request, row)
    for config in ("DebugHookConfig", "ProfilerConfig", "TensorBoardOutputConfig"):
        yield from need.write(request.at(config), "S3OutputPath")
    yield from _rules(need, request)
    checkpoints = request.at("CheckpointConfig")
    yield from need.read(checkpoints, "S3Uri")
    yield from need.write(checkpoints, "S3Uri")
    yield from need.algorithm(request.at("AlgorithmSpecification", "AlgorithmName"))
    yield from job.image(need, request, row)
    yield from _sources(need, request)
    yield from _function(need, request)
    yield from _surroundings(need, request)
    yield from job.surroundings(need, request, row)


def _sources(need: Needs, request: Field) -> Iterator[Permission]:
    """Data that lies in a hub or on a file system."""
    for content in request.every(*_HUB_CONTENT):
        yield from named.hub_content(need, content)
    source = ("InputDataConfig[]", "DataSource")
    for data_set in request.every(*source, "DatasetSource", "DatasetArn"):
        yield need.note(("sagemaker:DescribeHubContent", "s3:GetObject"), "place of the data set", ELSEWHERE, data_set)
    for file_system in request.every(*source, "FileSystemDataSource"):
        kind = pattern(need.definition, file_system.at("FileSystemType").value)
        actions = _FILE_SYSTEMS.get(kind) or tuple(action for some in _FILE_SYSTEMS.values() for action in some)
        yield need.note(actions, "role that looks up the file system", UNSAID, file_system.at("FileSystemId"))


def _function(need: Needs, request: Field) -> Iterator[Permission]:
    """A function of the SDK's, whose driver gets and puts objects by itself."""
    function = step_function(need.definition, request)
    if function is None:
        return
    for folder in function.read:
        for file in FILES:
            yield from need.read_object(folder, below=file)
    yield from need.write(function.written)


def _surroundings(need: Needs, request: Field) -> Iterator[Permission]:
    """What the job calls beside its data: registries, MLflow, the agent of Systems Manager, models to go on from."""
    for *path, derive in _CALLED:
        for field in request.every(*path):
            yield from derive(need, field)


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


def _rules(need: Needs, request: Field) -> Iterator[Permission]:
    """Debugger's rules: processing jobs under the same role, which look at what the training writes."""
    output = request.at("OutputDataConfig", "S3OutputPath")
    for rules, watched in (
        ("DebugRuleConfigurations", "DebugHookConfig"),
        ("ProfilerRuleConfigurations", "ProfilerConfig"),
    ):
        written = request.at(watched, "S3OutputPath").value or output.value
        for rule in request.at(rules).items():
            yield from need.read(replace(rule, value=written), note=f"which reads {watched}")
            yield from need.read_object(rule.at("RuleParameters"), "source_s3_uri")
            yield from need.write(rule.at("S3OutputPath"))
            yield from need.image(rule.at("RuleEvaluatorImage"))
            yield from need.logs("ProcessingJobs")
