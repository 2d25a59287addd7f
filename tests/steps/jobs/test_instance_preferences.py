"""Several kinds of instances, training plans, and how long a training waits for its instances."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms

from cdk_sagemaker_pipelines import (
    Image,
    InstancePreference,
    JobDefaults,
    Parameter,
    Pipeline,
    PipelineError,
    Torchrun,
    TrainingStep,
)
from tests.ids import short
from tests.steps.support import IMAGE as URI
from tests.steps.support import KEY, arguments, findings, get, source

IMAGE = Image.from_uri(URI)
P5, P4, CPU = "ml.p5.48xlarge", "ml.p4d.24xlarge", "ml.m5.large"
PLAN = "arn:aws:sagemaker:eu-west-1:111122223333:training-plan/autumn"
PREFERRED = [InstancePreference(P5), InstancePreference(P4)]


def resources(step: TrainingStep) -> Any:
    return arguments(step)["ResourceConfig"]


def test_one_number_for_all_kinds(pipeline: Pipeline) -> None:
    step = TrainingStep(pipeline, "Train", image=IMAGE, instance_preferences=PREFERRED, instance_count=2)
    assert resources(step) == {
        "InstanceCount": 2,
        "VolumeSizeInGB": 30,
        "InstancePreferences": [{"InstanceType": P5}, {"InstanceType": P4}],
    }
    assert findings(step) == []


def test_a_number_and_a_plan_for_each_kind(pipeline: Pipeline) -> None:
    several = Parameter.integer("Several", default=4)
    preferences = [InstancePreference(P5, 2, PLAN), InstancePreference(P4, instance_count=several)]
    step = TrainingStep(pipeline, "Train", image=IMAGE, instance_preferences=preferences)
    assert resources(step) == {
        "VolumeSizeInGB": 30,
        "InstancePreferences": [
            {"InstanceType": P5, "InstanceCount": 2, "TrainingPlanArns": [PLAN]},
            {"InstanceType": P4, "InstanceCount": get("Parameters.Several")},
        ],
    }
    assert findings(step) == []


def test_a_plan_and_a_limit_of_the_wait(pipeline: Pipeline) -> None:
    hours = cdk.Duration.hours(2)
    step = TrainingStep(
        pipeline, "Train", image=IMAGE, instance_type=P5, training_plan=PLAN, max_pending_time=hours, max_runtime=60
    )
    assert resources(step)["TrainingPlanArn"] == PLAN
    assert arguments(step)["StoppingCondition"] == {"MaxRuntimeInSeconds": 60, "MaxPendingTimeInSeconds": 7200}
    assert findings(step) == []


def test_what_the_api_and_the_rules_say(pipeline: Pipeline) -> None:
    step = TrainingStep(pipeline, "Train", image=IMAGE, instance_type=CPU, training_plan="plan", max_pending_time=1800)
    told = [str(finding) for finding in findings(step)]
    with pytest.raises(PipelineError, match="max_pending_time is 60; allowed is 1800 to 2419200"):
        TrainingStep(pipeline, "Other", image=IMAGE, instance_type=CPU, max_pending_time=60)
    assert any("TrainingPlanArn: has 4 characters" in each for each in told), told
    assert any("has no effect on 'ml.m5.large', which has no accelerator" in each for each in told)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "give instance_type, or several kinds of instances by instance_preferences"),
        ({"instance_preferences": []}, "instance_preferences takes 1 to 5, not 0"),
        ({"instance_preferences": PREFERRED * 3}, "instance_preferences takes 1 to 5, not 6"),
        ({"instance_preferences": [P5]}, "instance_preferences[0] takes InstancePreference('ml.p5.48xlarge'), not"),
        ({"instance_preferences": P5}, "instance_preferences must be a list, not 'ml.p5.48xlarge'"),
        ({"instance_preferences": PREFERRED, "instance_type": P5}, "cannot be combined with instance_type"),
        ({"instance_preferences": PREFERRED, "max_runtime": 1, "max_wait": 2}, "cannot be combined with max_wait"),
        (
            {"instance_preferences": [InstancePreference(P5, training_plan=PLAN)], "training_plan": PLAN},
            "cannot be combined with training_plan: give each preference its own training_plan",
        ),
        (
            {"instance_preferences": [InstancePreference(P5, 1), InstancePreference(P4)]},
            "give instance_count in all of them or in none",
        ),
        (
            {"instance_preferences": [InstancePreference(P5, 1)], "instance_count": 2},
            "instance_count is given in them and of the step; leave the latter out",
        ),
        (
            {"instance_type": P5, "training_plan": PLAN, "max_runtime": 1, "max_wait": 2},
            "training_plan: its capacity is reserved and not spot; omit max_wait",
        ),
        ({"instance_type": P5, "max_pending_time": "1h"}, "max_pending_time takes a Duration or whole seconds"),
    ],
    ids=lambda value: short(value if isinstance(value, str) else next(reversed(value), "nothing"), 32),
)
def test_what_a_step_refuses(pipeline: Pipeline, fields: dict[str, Any], told: str) -> None:
    with pytest.raises(PipelineError) as raised:
        arguments(TrainingStep(pipeline, "Train", image=IMAGE, **fields))
    assert "TrainingStep 'Stack/P/Train': " in str(raised.value)
    assert told in str(raised.value)


def test_the_image_is_the_same_for_all_kinds(pipeline: Pipeline, tmp_path: Path) -> None:
    mixed, code = [InstancePreference(P5), InstancePreference(CPU)], source(tmp_path)
    with pytest.raises(PipelineError, match="take different images of AWS's"):
        TrainingStep(pipeline, "Mixed", image=Image.pytorch("2.1"), source=code, instance_preferences=mixed)
    said = Image.pytorch("2.1", processor="gpu")
    TrainingStep(pipeline, "Said", image=said, source=code, instance_preferences=mixed)
    TrainingStep(pipeline, "Own", image=IMAGE, instance_preferences=mixed)
    gpus = TrainingStep(pipeline, "Gpus", image=Image.pytorch("2.1"), source=code, instance_preferences=PREFERRED)
    assert "gpu" in arguments(gpus)["AlgorithmSpecification"]["TrainingImage"]


def test_the_toolkit_knows_the_type(pipeline: Pipeline, tmp_path: Path) -> None:
    image = Image.pytorch("2.1", processor="gpu")
    fields: Any = {"image": image, "source": source(tmp_path), "distribution": Torchrun()}
    with pytest.raises(PipelineError, match="distribution: the toolkit has to know the type of the instances"):
        TrainingStep(pipeline, "Unlike", instance_preferences=PREFERRED, **fields)
    open_to = InstancePreference(Parameter.string("Type", default=P5))
    with pytest.raises(PipelineError, match="distribution: the toolkit has to know the type of the instances"):
        TrainingStep(pipeline, "Later", instance_preferences=[PREFERRED[0], open_to], **fields)
    alike = [InstancePreference(P5, training_plan=PLAN), InstancePreference(P5)]
    step = TrainingStep(pipeline, "Alike", instance_preferences=alike, **fields)
    assert f'"{P5}"' in arguments(step)["HyperParameters"].values()


def test_a_key_is_not_for_disks_that_encrypt_themselves(stack: cdk.Stack) -> None:
    defaults = JobDefaults(key=kms.Key.from_key_arn(stack, "K", KEY))
    pipeline = Pipeline(stack, "Keyed", job_defaults=defaults)
    step = TrainingStep(pipeline, "Train", image=IMAGE, instance_preferences=PREFERRED)
    assert "VolumeKmsKeyId" not in resources(step)
