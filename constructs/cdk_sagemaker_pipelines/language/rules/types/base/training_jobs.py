"""The training jobs of a step: the one of a training step, and those that a tuning job starts."""

from __future__ import annotations

from ....field import Field

TYPES = ("Training", "Tuning")


def jobs(arguments: Field) -> list[Field]:
    """What describes training jobs: the arguments themselves, or the definitions of a tuning job."""
    if arguments.step.type == "Training":
        return [arguments]
    single = arguments.at("TrainingJobDefinition")
    return [*([single] if single.given else []), *arguments.at("TrainingJobDefinitions").items()]
