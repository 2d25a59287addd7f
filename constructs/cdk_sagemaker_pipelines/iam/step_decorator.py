"""A function that the SageMaker SDK runs as a step (``@step``): what its driver in the container reads and writes.

The request names the code of the driver alone; its arguments tell where the function, what it is called with, and the
results of other functions lie. Source: ``sagemaker.remote_function`` of the SDK, versions 2 and 3 (``job.py``,
``invoke_function.py``, ``core/stored_function.py``, ``core/serialization.py``, ``errors.py``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

from ..language import Definition, Reference
from ..language.field import Field

_DRIVER = "/sagemaker_remote_function_bootstrap/job_driver.sh"
_BASE, _FOLDER = "--s3_base_uri", "--func_step_s3_dir"
_STEP, _EXECUTION = "--pipeline_step_name", "--pipeline_execution_id"
_REFERENCES = "--property_references"
_RESULTS = ("OutputDataConfig", "S3OutputPath")
FILES = ("payload.pkl", "metadata.json")
"""What the SDK writes of each object: itself, and the hash of it."""


class StepFunction(NamedTuple):
    """A function as the arguments of its job tell it. ``read``: folders, of which each has ``FILES``.

    ``own``: the paths of the arguments that only the driver uses, none of which the function gets to see.
    """

    read: tuple[Field, ...]
    written: Field
    own: frozenset[str]


def step_function(definition: Definition, request: Field) -> StepFunction | None:
    """The function that a training job runs; None for any other job."""
    algorithm = request.at("AlgorithmSpecification")
    if not _is_driven(algorithm):
        return None
    told = _options(algorithm.at("ContainerArguments").items())
    if any(len(told.get(name, ())) != 1 for name in (_BASE, _STEP, _FOLDER, _EXECUTION)):
        return None
    (base,), (step,), (folder,), (execution,) = (told[name] for name in (_BASE, _STEP, _FOLDER, _EXECUTION))

    def below(*parts: Any) -> Field:
        start = base.value.rstrip("/") if isinstance(base.value, str) else base.value
        return replace(base, value={"Std:Join": {"On": "/", "Values": [start, *parts]}})

    references = told.get(_REFERENCES, [])
    results = [
        value
        for name, value in zip(references[::2], references[1::2], strict=False)
        if _is_result(definition, name.value)
    ]
    read = (below(step.value, folder.value, "function"), below(step.value, folder.value, "arguments"), *results)
    own = frozenset(field.where for field in (base, *results))
    return StepFunction(read, below(execution.value, step.value, "exception"), own)


def _options(arguments: list[Field]) -> dict[str, list[Field]]:
    """The values of each option."""
    told: dict[str, list[Field]] = {}
    values: list[Field] = []
    for one in arguments:
        if isinstance(one.value, str) and one.value.startswith("--"):
            values = told[one.value] = []
        else:
            values.append(one)
    return told


def _is_result(definition: Definition, name: Any) -> bool:
    """Whether a property is where another function puts its result, which the driver reads for this one."""
    reference = Reference.of(name)
    if reference is None or reference.kind != "Steps" or reference.path != _RESULTS:
        return False
    step = definition.find(reference.name)
    return step is not None and _is_driven(Field.of_arguments(step).at("AlgorithmSpecification"))


def _is_driven(algorithm: Field) -> bool:
    """Whether a container starts the driver."""
    entrypoint = algorithm.at("ContainerEntrypoint").items()
    return any(isinstance(one.value, str) and one.value.endswith(_DRIVER) for one in entrypoint)
