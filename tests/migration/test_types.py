"""Every type has a reader, and what the classes write comes back in their fields."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

import cdk_sagemaker_pipelines as library
from cdk_sagemaker_pipelines import (
    Definition,
    Image,
    InstancePreference,
    Pipeline,
    ProcessingStep,
    QualityCheckStep,
    Step,
    TrainingStep,
)
from cdk_sagemaker_pipelines.language.step_types import STEP_TYPES
from cdk_sagemaker_pipelines.migration.trial import TYPES, WITHOUT
from cdk_sagemaker_pipelines.notation.declaring import step_classes
from tests.migration.support import program
from tests.steps.full import CODE, beside, full
from tests.steps.least import CLASSES, least
from tests.steps.support import KEY, ROLE

OTHERWISE = {
    # what it is told stands in files and hyperparameters of a training job
    "NotebookJobStep": "TrainingStep",
    "RepackModelStep": "TrainingStep",
    # its job is a text in the message
    "QueuedTrainingStep": "CallbackStep",
    # its configuration is in a file
    "ClarifyCheckStep": "RawStep",
}
"""The classes whose steps come back as those of another."""
WITH_OVERRIDES = {"NotebookJobStep"}
"""The class whose steps have what a training step has no field for: an entry point, retries and tags."""


def test_every_type_is_read() -> None:
    assert {*TYPES, *WITHOUT} == set(STEP_TYPES)


def test_every_class_has_a_word_for_files() -> None:
    exported = [getattr(library, name) for name in library._HOME]
    kinds = {one for one in exported if isinstance(one, type) and issubclass(one, Step) and one is not Step}
    assert set(step_classes().values()) == kinds


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_what_a_class_writes_comes_back(kind: type[Step], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "code").mkdir()
    for name in ("answer", "train"):
        (tmp_path / "code" / f"{name}.py").write_text(CODE, encoding="utf-8")
    place = cdk.Environment(account="111122223333", region="eu-west-1")
    stack = cdk.Stack(cdk.App(analytics_reporting=False), "Stack", env=place)
    pipeline = Pipeline(stack, "P")
    made = full(kind, pipeline, beside(kind, pipeline))
    found = program(Definition(pipeline.definition.json)).step(made.name)
    assert found is not None
    assert found.class_name == OTHERWISE.get(kind.__name__, kind.__name__)
    assert ("overrides" in found.fields) == (kind.__name__ in WITH_OVERRIDES)


def job_fields(stack: cdk.Stack) -> dict[str, Any]:
    """Every field of a job that is one value, none of them what holds anyway."""
    key = kms.Key.from_key_arn(stack, "Key", KEY)
    return {
        "instance_count": 2,
        "volume_size_in_gb": 50,
        "max_runtime": 7200,
        "environment": {"A": "b"},
        "enable_network_isolation": True,
        "encrypt_inter_container_traffic": True,
        "output_kms_key": key,
        "volume_kms_key": key,
        "role": iam.Role.from_role_arn(stack, "Jobs", ROLE),
    }


@pytest.mark.parametrize("kind", [ProcessingStep, TrainingStep, QualityCheckStep], ids=lambda kind: kind.__name__)
def test_each_field_of_a_job_comes_back(kind: type[Step]) -> None:
    place = cdk.Environment(account="111122223333", region="eu-west-1")
    stack = cdk.Stack(cdk.App(analytics_reporting=False), "Stack", env=place)
    given = job_fields(stack)
    pipeline = Pipeline(stack, "P")
    more = {"outputs": {"x": "s3://bucket/x"}} if kind is ProcessingStep else {}
    made = least(kind, pipeline, **given, **more)
    found = program(Definition(pipeline.definition.json)).step(made.name)
    assert found is not None
    assert given.keys() - found.fields.keys() == set()
    assert "overrides" not in found.fields


def test_kinds_of_instances_come_back() -> None:
    place = cdk.Environment(account="111122223333", region="eu-west-1")
    pipeline = Pipeline(cdk.Stack(cdk.App(analytics_reporting=False), "Stack", env=place), "P")
    plan = "arn:aws:sagemaker:eu-west-1:111122223333:training-plan/autumn"
    preferences = [InstancePreference("ml.p5.48xlarge", 2, plan), InstancePreference("ml.g5.xlarge", 1)]
    wait = cdk.Duration.hours(2)
    TrainingStep(
        pipeline, "Either", image=Image.xgboost("1.7-1"), instance_preferences=preferences, max_pending_time=wait
    )
    TrainingStep(pipeline, "Planned", image=Image.xgboost("1.7-1"), instance_type="ml.p5.48xlarge", training_plan=plan)
    found = program(Definition(pipeline.definition.json))
    either, planned = found.step("Either"), found.step("Planned")
    assert either is not None
    assert planned is not None
    assert {"instance_preferences", "max_pending_time"} <= either.fields.keys()
    assert planned.fields["training_plan"] == plan
    assert not {"overrides"} & {*either.fields, *planned.fields}
