"""Cache and retries: only the types that the service caches and retries take them."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam

from cdk_sagemaker_pipelines import (
    CacheConfig,
    ExceptionType,
    Pipeline,
    PipelineError,
    QueuedTrainingStep,
    RetryPolicy,
    Step,
)
from cdk_sagemaker_pipelines.language.step_types import STEP_TYPES
from tests.steps.least import CLASSES, least
from tests.steps.support import ROLE, errors, rendered

pytestmark = pytest.mark.usefixtures("working_directory")

DAY = CacheConfig(cdk.Duration.days(1))
STEP = RetryPolicy([ExceptionType.THROTTLING])
JOB = RetryPolicy([ExceptionType.CAPACITY_ERROR])
NOTHING, BOTH_KINDS, STEP_KIND = (), (STEP, JOB), (STEP,)

TAKES: dict[str, tuple[bool, tuple[RetryPolicy, ...]]] = {
    "AutoML": (True, BOTH_KINDS),
    "Callback": (True, NOTHING),
    "ClarifyCheck": (True, NOTHING),
    "Cleanup": (False, NOTHING),
    "Condition": (False, NOTHING),
    "EMR": (True, STEP_KIND),
    "EMRServerless": (True, STEP_KIND),
    "Endpoint": (True, NOTHING),
    "EndpointConfig": (True, BOTH_KINDS),
    "Fail": (False, NOTHING),
    "ForEach": (False, NOTHING),
    "InferenceComponent": (False, NOTHING),
    "Job": (True, BOTH_KINDS),
    "Lambda": (True, NOTHING),
    "Lineage": (False, NOTHING),
    "Model": (False, STEP_KIND),
    "Processing": (True, BOTH_KINDS),
    "QualityCheck": (True, NOTHING),
    "RegisterModel": (False, STEP_KIND),
    "Training": (True, BOTH_KINDS),
    "Transform": (True, BOTH_KINDS),
    "Tuning": (True, BOTH_KINDS),
}
"""By type whether it takes a cache, and which retries, as the SageMaker SDK and the developer guide say."""


def takes(kind: type[Step]) -> tuple[bool, tuple[RetryPolicy, ...]]:
    return (False, NOTHING) if kind is QueuedTrainingStep else TAKES[kind.type]


def named(kind: type[Step]) -> str:
    return kind.__name__


@pytest.mark.parametrize("name", ["cache", "retry_policies"])
@pytest.mark.parametrize("kind", CLASSES, ids=named)
def test_a_field_is_there_where_the_service_takes_it(kind: type[Step], name: str, pipeline: Pipeline) -> None:
    taken = bool(takes(kind)[name == "retry_policies"])
    assert (name in kind._declared_fields) == taken
    if not taken:
        with pytest.raises(TypeError) as error:
            least(kind, pipeline, **{name: None})
        start, _, why = str(error.value).partition("; ")
        assert start == f"{kind.__name__} 'Stack/P/Step' has no field {name!r}"
        disputed = STEP_TYPES[kind.type].disputed
        assert why.startswith("it is not settled that the service re" if disputed else "the service never re")


@pytest.mark.parametrize("kind", CLASSES, ids=named)
def test_what_is_given_is_written(kind: type[Step], pipeline: Pipeline) -> None:
    cached, retried = takes(kind)
    fields: dict[str, Any] = {
        **({"cache": DAY} if cached else {}),
        **({"retry_policies": [*retried]} if retried else {}),
    }
    written = rendered(least(kind, pipeline, **fields))
    assert written.get("CacheConfig") == ({"Enabled": True, "ExpireAfter": "P1D"} if cached else None)
    assert written.get("RetryPolicies") == ([policy.to_json() for policy in retried] or None)
    assert errors(pipeline) == []


@pytest.mark.parametrize("kind", CLASSES, ids=named)
def test_a_step_takes_the_options_of_its_pipeline_that_fit(kind: type[Step], stack: cdk.Stack) -> None:
    role = iam.Role.from_role_arn(stack, "JobRole", ROLE, mutable=False)
    given: dict[str, Any] = {"cache": DAY, "retry_policies": [STEP, JOB], "default_job_role": role}
    pipeline = Pipeline(stack, "P", **given)
    cached, retried = takes(kind)
    written = rendered(least(kind, pipeline))
    assert written.get("CacheConfig") == ({"Enabled": True, "ExpireAfter": "P1D"} if cached else None)
    assert written.get("RetryPolicies") == ([policy.to_json() for policy in retried] or None)
    assert errors(pipeline) == []


@pytest.mark.parametrize("kind", [kind for kind in CLASSES if takes(kind)[1] == STEP_KIND], ids=named)
def test_a_failed_job_is_retried_only_where_there_is_one(kind: type[Step], pipeline: Pipeline) -> None:
    with pytest.raises(PipelineError) as error:
        least(kind, pipeline, retry_policies=[JOB])
    article = "an" if kind.type.startswith("E") else "a"
    assert str(error.value) == (
        f"{kind.__name__} 'Stack/P/Step': retry_policies: {article} {kind.type} step is not retried for "
        "'SageMaker.CAPACITY_ERROR', only for 'Step.' exceptions"
    )
