"""A training job: its channels, code, outputs, checkpoints, algorithm or image, keys, network and logs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...language import Definition, Step
from ..needs import Needs, RoleNeeds, creates, elements, member, role_of
from ..permissions import Permission
from ..places import Place, pattern

_create = creates("TrainingJob", "training-job", "RoleArn")


def pipeline(definition: Definition, step: Step, place: Place) -> Iterator[Permission]:
    """What the pipeline's role needs: the job, and the reserved capacity that it runs on."""
    yield from _create(definition, step, place)
    plan, where = member(step.arguments, "ResourceConfig", "TrainingPlanArn"), "ResourceConfig.TrainingPlanArn"
    need = Needs(definition, step, place)
    yield from need.undecided(plan, ("sagemaker:CreateTrainingJob",), "training plan", where)
    if isinstance(plan, str) and plan:
        # which capacity of the plan it is the service decides
        arns = (plan, place.sagemaker("reserved-capacity/*"))
        yield Permission(("sagemaker:CreateTrainingJob",), arns, because=need.because(where))


def jobs(definition: Definition, step: Step, place: Place) -> RoleNeeds:
    """What the role of the step's job needs."""
    need = Needs(definition, step, place)
    yield from need.of(role_of(step.arguments, place), training_job(need, step.arguments))


def training_job(
    need: Needs, request: Mapping[str, Any], where: str = "", *, hyperparameters: str = "HyperParameters"
) -> Iterator[Permission]:
    """What one training job needs, also one of a tuning.

    ``where``: the path of ``request`` in the arguments, with a dot at its end. ``hyperparameters``: their name in it.
    """
    for index, item in enumerate(elements(request, "InputDataConfig")):
        yield from need.data(member(item, "DataSource", "S3DataSource"), f"{where}InputDataConfig[{index}]")
    # the SDK writes hyperparameters as JSON, so the URI may stand in quotes
    code = pattern(need.definition, member(request, hyperparameters, "sagemaker_submit_directory")).strip('"')
    yield from need.read_object(code, f"{where}{hyperparameters}.sagemaker_submit_directory")
    yield from need.write(member(request, "OutputDataConfig", "S3OutputPath"), f"{where}OutputDataConfig")
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
    yield from need.image(member(request, "AlgorithmSpecification", "TrainingImage"), f"{specification}.TrainingImage")
    yield from need.output_key(member(request, "OutputDataConfig", "KmsKeyId"), f"{where}OutputDataConfig.KmsKeyId")
    for config in ("ResourceConfig", "HyperParameterTuningResourceConfig"):
        yield from need.volume_key(member(request, config, "VolumeKmsKeyId"), f"{where}{config}.VolumeKmsKeyId")
    yield from need.network(request.get("VpcConfig"), f"{where}VpcConfig")
    yield from need.logs("TrainingJobs")


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
