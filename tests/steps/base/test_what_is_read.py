"""What steps say when something is read of them that they do not have."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_sagemaker_pipelines import FailStep, LambdaStep, Pipeline, PipelineError, S3Location, StepGroup, TrainingStep
from tests.steps.least import CLASSES, least

pytestmark = pytest.mark.usefixtures("working_directory")


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_a_step_without_named_outputs_tells_what_it_has(kind: type[Any], pipeline: Pipeline) -> None:
    step: Any = least(kind, StepGroup(pipeline, "Group"))
    with pytest.raises((AttributeError, PipelineError)) as told:
        step.output("nothing")
    text = str(told.value)
    assert text.startswith(f"{kind.__name__} 'Stack/P/Group/Step'")
    if "outputs" in kind._declared_fields:
        assert text.endswith("it has no output 'nothing'; it has none")
    else:
        readable = [name for name in ("properties", "model_artifacts", "model_name") if hasattr(kind, name)]
        assert [name for name in readable if repr(name) not in text] == []
        assert bool(readable) != text.endswith("; nothing of it can be read")


def test_the_message(pipeline: Pipeline) -> None:
    train: Any = least(TrainingStep, pipeline)
    with pytest.raises(PipelineError) as told:
        train.output("model")
    assert str(told.value) == (
        "TrainingStep 'Stack/P/Step': 'output' is the place that it writes to; what can be read of it is "
        "'model_artifacts', 'properties'"
    )
    with pytest.raises(AttributeError, match=r"/Step' has no 'model_artefact'; did you mean 'model_artifacts'\?"):
        _ = train.model_artefact
    stop: Any = FailStep(StepGroup(pipeline, "Group"), "Stop", message="no")
    with pytest.raises(AttributeError, match=r"'Stack/P/Group/Stop' has no 'property_file'; nothing of it can be read"):
        stop.property_file("a", "b")


def test_what_python_asks_for_is_just_not_there(pipeline: Pipeline) -> None:
    step: Any = least(LambdaStep, pipeline)
    assert getattr(step, "model_artifacts", None) is None
    with pytest.raises(AttributeError, match=r"^'LambdaStep' object has no attribute '_nothing'$"):
        _ = step._nothing


def test_the_place_of_the_output_can_be_read(pipeline: Pipeline) -> None:
    place = S3Location.from_uri("s3://models/a/")
    given: Any = least(TrainingStep, StepGroup(pipeline, "Given"), output=place)
    assert given.output is place
    made: Any = least(TrainingStep, StepGroup(pipeline, "Default"))
    assert str(made.output).startswith("s3://artifacts/P/")
    assert made.arguments()["OutputDataConfig"]["S3OutputPath"] == made.output.bind(pipeline.host.workplace)
