"""How trainings are distributed; tests/steps/test_goldens.py compares each way with what the SDK writes."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_sagemaker_pipelines import (
    MPI,
    IntegerRange,
    Objective,
    Parameter,
    Pipeline,
    PipelineError,
    SMDataParallel,
    SourceDir,
    Torchrun,
    TrainingDefinition,
    TrainingStep,
    TuningStep,
)
from tests.steps.support import JOB, arguments, findings

pytestmark = pytest.mark.usefixtures("working_directory")


@pytest.fixture
def source() -> SourceDir:
    return SourceDir("code", entry_point="train.py")


def test_a_tuning_distributes_its_trainings(pipeline: Pipeline, source: SourceDir) -> None:
    job = {**JOB, "instance_type": "ml.g5.12xlarge", "source": source}
    training = TrainingDefinition(
        **job, distribution=Torchrun(), objective=Objective("loss"), ranges={"x": IntegerRange(1, 2)},
        metric_definitions={"loss": "(.*)"},
    )  # fmt: skip
    step = TuningStep(pipeline, "A", training=training, max_jobs=1)
    written = arguments(step)["TrainingJobDefinition"]["StaticHyperParameters"]
    assert written["sagemaker_torch_distributed_enabled"] == "true"
    assert written["sagemaker_instance_type"] == '"ml.g5.12xlarge"'


def test_a_parameter_can_say_how_many_processes(pipeline: Pipeline, source: SourceDir) -> None:
    way = MPI(processes_per_host=Parameter.integer("Processes", default=2))
    written = arguments(TrainingStep(pipeline, "A", **JOB, source=source, distribution=way))["HyperParameters"]
    count = written["sagemaker_mpi_num_of_processes_per_host"]
    assert count == {"Std:Join": {"On": "", "Values": [{"Get": "Parameters.Processes"}]}}


def test_instances_that_cannot_are_told_of(pipeline: Pipeline, source: SourceDir) -> None:
    step = TrainingStep(pipeline, "A", **JOB, source=source, distribution=Torchrun())
    assert findings(step) == [
        "step 'A': Arguments.HyperParameters.sagemaker_torch_distributed_enabled: torchrun needs GPUs or AWS Trainium, "
        "and 'ml.m5.large' has neither [distribution]"
    ]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"distribution": Torchrun()}, "distribution is for a script, which the toolkit launches; give source= too"),
        ({"distribution": {"mpi": True}}, r"distribution takes Torchrun\(\), MPI\(...\), ParameterServer\(\), "),
        ({"distribution": Torchrun}, r"distribution takes Torchrun\(\), MPI\(...\), ParameterServer\(\), "),
    ],
    ids=["no-source", "dict", "class"],
)
def test_what_is_refused(fields: dict[str, Any], message: str, pipeline: Pipeline) -> None:
    with pytest.raises(PipelineError, match=message):
        TrainingStep(pipeline, "A", **JOB, **fields)


@pytest.mark.parametrize("count", [0, -1, True, "2", 1.5])
def test_processes_are_a_number(count: Any) -> None:
    with pytest.raises(PipelineError, match="MPI: processes_per_host takes a whole number from 1 on, not "):
        MPI(processes_per_host=count)


def test_options_are_one_text() -> None:
    options: Any = ["-x", "A"]
    for kind in (MPI, SMDataParallel):
        with pytest.raises(PipelineError, match=f"{kind.__name__}: custom_options takes a text, not "):
            kind(custom_options=options)


def test_the_toolkits_own_hyperparameters_count(pipeline: Pipeline, source: SourceDir) -> None:
    many = {f"p{number}": 1 for number in range(95)}
    TrainingStep(pipeline, "A", **JOB, source=source, hyperparameters=many)
    with pytest.raises(PipelineError, match="has 95 entries, and source= and distribution= add 6: "):
        TrainingStep(pipeline, "B", **JOB, source=source, hyperparameters=many, distribution=Torchrun())


def test_a_hyperparameter_of_the_toolkit_leads_to_the_field(pipeline: Pipeline, source: SourceDir) -> None:
    told = "is the toolkit's own and set by source= and distribution=; overrides takes what these do not offer"
    with pytest.raises(PipelineError, match=told):
        TrainingStep(pipeline, "A", **JOB, source=source, hyperparameters={"sagemaker_mpi_enabled": True})
