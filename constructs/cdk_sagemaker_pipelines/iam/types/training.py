"""A training job: its channels, code, outputs, checkpoints, algorithm or image, keys, network and logs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...language import Definition, Step
from ..needs import Needs, RoleNeeds, creates, elements, member
from ..permissions import Permission
from ..places import Place, pattern

pipeline = creates("TrainingJob", "training-job", "RoleArn")
"""What the pipeline's role needs."""


def jobs(definition: Definition, step: Step, place: Place) -> RoleNeeds:
    """What the role of the step's job needs."""
    need = Needs(definition, step, place)
    yield from need.of(step.arguments.get("RoleArn"), training_job(need, step.arguments))


def training_job(
    need: Needs, request: Mapping[str, Any], where: str = "", *, hyperparameters: str = "HyperParameters"
) -> Iterator[Permission]:
    """What one training job needs, also one of a tuning.

    ``where``: the path of ``request`` in the arguments, with a dot at its end. ``hyperparameters``: their name in it.
    """
    for index, item in enumerate(elements(request, "InputDataConfig")):
        yield from need.read(member(item, "DataSource", "S3DataSource", "S3Uri"), f"{where}InputDataConfig[{index}]")
    # the SDK writes hyperparameters as JSON, so the URI may stand in quotes
    code = pattern(need.definition, member(request, hyperparameters, "sagemaker_submit_directory")).strip('"')
    yield from need.read_object(code, f"{where}{hyperparameters}.sagemaker_submit_directory")
    yield from need.write(member(request, "OutputDataConfig", "S3OutputPath"), f"{where}OutputDataConfig")
    for config in ("DebugHookConfig", "ProfilerConfig", "TensorBoardOutputConfig"):
        yield from need.write(member(request, config, "S3OutputPath"), f"{where}{config}")
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
