"""Every member of a request is reached: by a typed field, or by ``overrides``."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_sagemaker_pipelines import (
    Parameter,
    Pipeline,
    PipelineError,
    Step,
    TrainingStep,
)
from cdk_sagemaker_pipelines.language.step_types import row_of
from cdk_sagemaker_pipelines.properties.service_model import Shape, check_request, request_shape
from cdk_sagemaker_pipelines.steps.base.request import ApiStep
from tests.steps.least import CLASSES, least
from tests.steps.support import JOB, arguments, errors, findings, get, processing, sample

LEAST: dict[str, type[ApiStep]] = {
    kind.type: kind for kind in CLASSES if issubclass(kind, ApiStep) and request_shape(kind.type) is not None
}
"""One class of each type."""

WITHOUT_OVERRIDES = {"Callback", "Cleanup", "Condition", "Fail", "ForEach", "Lambda", "Lineage"}
"""The types whose arguments are no request of an API."""


def shape_of(step_type: str) -> Shape:
    shape = request_shape(step_type)
    assert shape is not None
    return shape


MEMBERS = [(step_type, name) for step_type in LEAST for name in shape_of(step_type).members]
ROLES = [(step_type, row_of(step_type).role) for step_type in LEAST if row_of(step_type).has_default_role]
"""What is not taken out: without it the job would run with the role of the pipeline."""


@pytest.mark.parametrize("step_type", LEAST)
def test_overrides_take_the_whole_request(step_type: str, pipeline: Pipeline) -> None:
    shape = shape_of(step_type)
    whole = {name: sample(shape.members[name], name) for name in shape.members}
    assert check_request(step_type, whole) == [], "the sample itself"
    found = arguments(least(LEAST[step_type], pipeline, overrides=whole))
    # what the step writes below a structure stays unless it is taken out
    assert _covers(found, whole)


@pytest.mark.parametrize(("step_type", "name"), MEMBERS)
def test_overrides_take_each_member_and_take_it_out(step_type: str, name: str, pipeline: Pipeline) -> None:
    value = sample(shape_of(step_type).members[name], name)
    if (step_type, name) not in ROLES:
        assert name not in arguments(least(LEAST[step_type], pipeline, overrides={name: None}))
    check_ = Pipeline(pipeline.node.scope, "Q", default_job_role=pipeline.host.default_job_role)  # type: ignore[arg-type]
    assert _covers(arguments(least(LEAST[step_type], check_, overrides={name: value}))[name], value)


@pytest.mark.parametrize(("step_type", "name"), ROLES)
def test_overrides_do_not_take_the_role_of_a_job_out(step_type: str, name: str, pipeline: Pipeline) -> None:
    message = f"overrides: '{name}' is None, so that the job would run with the role of the pipeline; name its role by"
    with pytest.raises(PipelineError, match=f"{message} role="):
        least(LEAST[step_type], pipeline, overrides={name: None})


def _covers(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, dict) and isinstance(found, dict):
        return all(name in found and _covers(found[name], value) for name, value in wanted.items())
    if isinstance(wanted, list) and isinstance(found, list) and wanted and isinstance(wanted[0], dict):
        return all(any(_covers(element, value) for element in found) for value in wanted)
    return bool(found == wanted)


def test_overrides_merge_into_what_the_fields_say(pipeline: Pipeline) -> None:
    found = arguments(
        processing(
            pipeline,
            environment={"A": "1", "B": "2"},
            outputs={"o": "s3://bucket/o"},
            overrides={
                "Environment": {"B": None, "C": "3"},
                "ProcessingResources": {"ClusterConfig": {"InstanceCount": 3, "VolumeSizeInGB": None}},
                "ProcessingOutputConfig": None,
                "ExperimentConfig": {"TrialName": "t", "ExperimentName": None},
                "StoppingCondition": {"MaxRuntimeInSeconds": Parameter.integer("Limit", default=60)},
            },
        )
    )
    assert found["Environment"] == {"A": "1", "C": "3"}
    assert found["ProcessingResources"] == {"ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 3}}
    assert "ProcessingOutputConfig" not in found
    assert found["ExperimentConfig"] == {"TrialName": "t"}
    assert found["StoppingCondition"] == {"MaxRuntimeInSeconds": get("Parameters.Limit")}
    assert pipeline.definition.parameters["Limit"].default == 60


def test_overrides_replace_an_expression_and_merge_a_list(pipeline: Pipeline) -> None:
    first = processing(pipeline, "First", outputs=["o"])
    step = TrainingStep(
        pipeline,
        "Step",
        **JOB,
        inputs={"a": "s3://bucket/a", "b": "s3://bucket/b"},
        overrides={
            "OutputDataConfig": {"S3OutputPath": first.output("o")},
            "InputDataConfig": [{"ChannelName": "c"}],
            "VpcConfig": {"Subnets": ["subnet-1"]},
        },
    )
    found = arguments(step)
    # by default a Std:Join: merging key by key would leave both functions
    assert found["OutputDataConfig"] == {
        "S3OutputPath": get("Steps.First.ProcessingOutputConfig.Outputs['o'].S3Output.S3Uri")
    }
    assert [channel["ChannelName"] for channel in found["InputDataConfig"]] == ["a", "b", "c"]
    assert found["VpcConfig"] == {"Subnets": ["subnet-1"]}


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_overrides_take_members_of_the_request_alone(kind: type[Step], pipeline: Pipeline) -> None:
    api = kind._runs or kind.type
    if api in WITHOUT_OVERRIDES:
        with pytest.raises(TypeError) as missing:
            least(kind, pipeline, overrides={})
        assert str(missing.value) == f"{kind.__name__} 'Stack/P/Step' has no field 'overrides'"
        return
    first = next(iter(shape_of(api).members))
    with pytest.raises(PipelineError) as error:
        least(kind, pipeline, overrides={f"{first}z": 1})
    said = f"{kind.__name__} 'Stack/P/Step': overrides: '{first}z' is not a member of the request; did you mean '"
    assert str(error.value).startswith(said)


def test_an_unknown_member_is_refused_with_the_closest(pipeline: Pipeline) -> None:
    with pytest.raises(PipelineError) as error:
        processing(pipeline, overrides={"AppSpecificaton": {}})
    assert str(error.value).endswith(
        "/P/Prepare': overrides: 'AppSpecificaton' is not a member of the request; did you mean 'AppSpecification'?"
    )
    with pytest.raises(PipelineError, match="'Zzz' is not a member of the request; allowed are 'ProcessingInputs', "):
        processing(pipeline, "Other", overrides={"Zzz": 1})


def test_an_unknown_member_further_down_is_found_at_synth(pipeline: Pipeline) -> None:
    processing(pipeline, overrides={"AppSpecification": {"ImageUrl": "x"}})
    (error,) = errors(pipeline)
    assert error.startswith(
        "step 'Prepare': Arguments.AppSpecification.ImageUrl: 'ImageUrl' is not a member here; did you mean 'ImageUri'?"
    )
    assert error.endswith(f"(at {pipeline.node.path}/Prepare)")


@pytest.mark.parametrize("step_type", LEAST)
def test_the_least_breaks_no_rule(step_type: str, pipeline: Pipeline) -> None:
    assert findings(least(LEAST[step_type], pipeline)) == []
