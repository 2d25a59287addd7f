"""Typed references have the paths that the service expects."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from cdk_sagemaker_pipelines.language import Expression, PipelineError, StepReference
from cdk_sagemaker_pipelines.properties import service_model
from cdk_sagemaker_pipelines.properties.base import ListOf, MapOf, Member, Structure, Untyped
from cdk_sagemaker_pipelines.properties.for_each import ForEachProperties
from cdk_sagemaker_pipelines.properties.processing import ProcessingProperties
from cdk_sagemaker_pipelines.properties.training import TrainingProperties
from cdk_sagemaker_pipelines.properties.tuning import TuningProperties
from scripts.generate_properties import MODULES

train = TrainingProperties("Train")
prepare = ProcessingProperties("Prepare")
tune = TuningProperties("Tune")
each = ForEachProperties("Each")


@pytest.mark.parametrize(
    ("reference", "get"),
    [
        (train.model_artifacts.s3_model_artifacts, "Steps.Train.ModelArtifacts.S3ModelArtifacts"),
        (train.training_job_name, "Steps.Train.TrainingJobName"),
        (train.final_metric_data_list["auc"].value, "Steps.Train.FinalMetricDataList['auc'].Value"),
        (train.hyper_parameters["max-depth"], "Steps.Train.HyperParameters['max-depth']"),
        (
            train.algorithm_specification.container_arguments[1],
            "Steps.Train.AlgorithmSpecification.ContainerArguments[1]",
        ),
        (train.model_artifacts, "Steps.Train.ModelArtifacts"),
        (
            prepare.processing_output_config.outputs["train"].s3_output.s3_uri,
            "Steps.Prepare.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri",
        ),
        (tune.training_job_summaries[0].training_job_name, "Steps.Tune.TrainingJobSummaries[0].TrainingJobName"),
        (
            each.iteration_outputs[2]["Fit"]["ModelArtifacts"]["S3ModelArtifacts"],
            "Steps.Each.IterationOutputs[2].Fit.ModelArtifacts.S3ModelArtifacts",
        ),
    ],
)
def test_the_path_is_the_services(reference: Expression[Any], get: str) -> None:
    assert reference.to_json() == {"Get": get}


def test_a_typo_names_the_closest_member() -> None:
    with pytest.raises(
        AttributeError, match=r"'Steps.Train' has no property 'model_artefacts'; did you mean 'model_artifacts'\?"
    ):
        train.model_artefacts  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(AttributeError, match="allowed are 's3_model_artifacts'"):
        train.model_artifacts.zzz  # type: ignore[attr-defined]  # noqa: B018


def test_python_adds_no_hint_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(AttributeError) as error:
        train.model_artefacts  # type: ignore[attr-defined]  # noqa: B018
    sys.__excepthook__(error.type, error.value, None)
    assert capsys.readouterr().err.lower().count("did you mean") == 1


def test_positions_and_names_are_literals() -> None:
    with pytest.raises(PipelineError, match="counts from 0"):
        train.final_metric_data_list[-1]
    with pytest.raises(PipelineError, match="literal text"):
        train.final_metric_data_list[f"{train.training_job_name}"]
    with pytest.raises(TypeError, match="literal"):
        train.hyper_parameters[train.training_job_name]  # type: ignore[index]


def test_a_reference_has_no_value_at_synth() -> None:
    with pytest.raises(TypeError, match="known when the pipeline runs"):
        bool(train.model_artifacts)
    with pytest.raises(TypeError, match="known when the pipeline runs"):
        list(train.final_metric_data_list)


def every_reference(reference: Any, depth: int = 0) -> Iterator[StepReference[Any]]:
    """All references below one, with a position or key for each list and map."""
    yield reference
    if isinstance(reference, ListOf):
        yield from every_reference(reference[0], depth + 1)
        yield from every_reference(reference["name"], depth + 1)
    elif isinstance(reference, MapOf):
        yield from every_reference(reference["key"], depth + 1)
    elif isinstance(reference, Structure):
        for name, member in vars(type(reference)).items():
            if isinstance(member, Member):
                yield from every_reference(getattr(reference, name), depth + 1)


@pytest.mark.parametrize(("step_type", "module"), MODULES.items())
def test_every_reference_is_in_the_service_model(step_type: str, module: str) -> None:
    loaded = importlib.import_module(f"cdk_sagemaker_pipelines.properties.{module}")
    count = 0
    for reference in every_reference(getattr(loaded, f"{step_type}Properties")("S")):
        shape = service_model.resolve(step_type, reference.path)
        nested = {Structure: "structure", ListOf: "list", MapOf: "map", Untyped: "any"}
        expected = [kind for cls, kind in nested.items() if isinstance(reference, cls)]
        assert not expected or expected == [shape.kind]
        count += 1
    assert count > 1
