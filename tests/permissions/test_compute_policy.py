"""The conditions of a compute policy, by an evaluator that is not ours: allowed within, denied beyond and without."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_sagemaker_pipelines import (
    ComputePolicy,
    ContinuousRange,
    Image,
    Objective,
    Pipeline,
    ProcessingStep,
    TrainingDefinition,
    TrainingStep,
    TransformInput,
    TransformStep,
    TuningStep,
)
from tests.permissions.calls import HERE
from tests.permissions.evaluator import Request, allowed
from tests.permissions.template import Template

JOB: dict[str, Any] = {"image": Image.xgboost("1.7-1"), "instance_type": "ml.m5.large"}
TYPES, RUNTIME, KEPT = "sagemaker:InstanceTypes", "sagemaker:MaxRuntimeInSeconds", "sagemaker:KeepAlivePeriod"
WITHIN = {TYPES: ["ml.m5.large", "ml.g5.xlarge"], RUNTIME: "3600", KEPT: "600"}
KEYS = {
    "Training": ("training-job", (TYPES, RUNTIME, KEPT)),
    "Processing": ("processing-job", (TYPES, RUNTIME)),
    "HyperParameterTuning": ("hyper-parameter-tuning-job", (TYPES, RUNTIME)),
    "Transform": ("transform-job", (TYPES,)),
}
"""The jobs and their keys, by the service authorization reference; the evaluator refuses keys that an action lacks."""


@pytest.fixture(scope="module")
def policies() -> list[Any]:
    app = cdk.App(analytics_reporting=False)
    stack = cdk.Stack(app, "Stack", env=cdk.Environment(account=HERE["a"], region=HERE["r"]))
    ComputePolicy(instance_types=["ml.m5.*", "ml.g5.*"], max_runtime=3600, keep_alive=600).apply(stack)
    pipeline = Pipeline(stack, "Pipeline")
    ComputePolicy(instance_types=["ml.m5.large", "ml.g5.xlarge"]).apply(pipeline)
    TrainingStep(pipeline, "Train", **JOB)
    ProcessingStep(pipeline, "Prepare", container_entrypoint=["prepare"], **JOB)
    TransformStep(pipeline, "Apply", model="m", instance_type="ml.m5.large", input=TransformInput("s3://b/in/"))
    tuned = TrainingDefinition(
        objective=Objective.minimize("validation:rmse"), ranges={"eta": ContinuousRange(0.1, 0.5)}, **JOB
    )
    TuningStep(pipeline, "Tune", training=tuned, max_jobs=2)
    template = Template(app.synth().get_stack_by_name("Stack").template, HERE["a"], HERE["r"])
    (role,) = (arn for arn, name in template.roles().items() if name.startswith("PipelineRole"))
    return [role, *template.policies(template.roles()[role])]


def asked(policies: list[Any], api: str, **changes: Any) -> Request:
    kind, keys = KEYS[api]
    names = {"types": TYPES, "runtime": RUNTIME, "kept": KEPT}
    context = {key: WITHIN[key] for key in keys}
    for name, value in changes.items():
        context[names[name]] = value
    context = {key: value for key, value in context.items() if value is not None}
    resource = f"arn:aws:sagemaker:{HERE['r']}:{HERE['a']}:{kind}/pipelines-l040kjgtiq4n-a"
    role, *documents = policies
    return Request(role, f"sagemaker:Create{api}Job", resource, context, documents)


def cases() -> Iterator[tuple[str, bool, dict[str, Any]]]:
    for api, (_, keys) in KEYS.items():
        yield api, True, {}
        yield api, True, {"types": ["ml.g5.xlarge"]}
        yield api, False, {"types": ["ml.m5.xlarge"]}  # which the outer policy alone would allow
        yield api, False, {"types": ["ml.m5.large", "ml.p4d.24xlarge"]}
        yield api, False, {"types": None}
        if RUNTIME in keys:
            yield api, True, {"runtime": "1"}
            yield api, False, {"runtime": "3601"}
            yield api, False, {"runtime": None}
        if KEPT in keys:
            yield api, True, {"kept": None}
            yield api, False, {"kept": "601"}


def test_jobs_are_created_within_the_policy_only(policies: list[Any]) -> None:
    expected = list(cases())
    answers = allowed([asked(policies, api, **changes) for api, _, changes in expected])
    wrong = [case for case, answer in zip(expected, answers, strict=True) if answer is not case[1]]
    assert not wrong
