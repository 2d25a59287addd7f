"""Calls of the steps that the guide has no page on: endpoints, lineage, jobs of the service's own, cleanup."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .call import API, CLOUDTRAIL, DOUBT, REFERENCE, SAGEMAKER, Call
from .jobs import NOT_TOLD, image, logs, network, passes, reads, reads_file, volume_key, writes

_DEPLOY = 'SageMaker AI developer guide, "Deploy model" step of the visual editor; '
_TAGS = DOUBT + CLOUDTRAIL + " saw it asked for on all that SageMaker creates"


def _named(api: str, kind: str, *verbs: str) -> Iterator[Call]:
    """What the pipeline does with something whose name stands in the request, and in lower case in ARNs."""
    for name in (kind, f"{kind}_lower"):
        resource = f"{SAGEMAKER}{kind.replace('_', '-')}/{{{name}}}"
        for verb in verbs:
            yield Call("pipeline", f"sagemaker:{verb}{api}", resource, _DEPLOY + REFERENCE)
        context = {"sagemaker:TaggingAction": f"Create{api}"}
        yield Call(
            "pipeline", "sagemaker:AddTags", resource, _TAGS, context, free={"sagemaker:TaggingAction": NOT_TOLD}
        )


def _also(action: str, kind: str) -> Iterator[Call]:
    """What it is checked on beside its own resource."""
    for name in (kind, f"{kind}_lower"):
        yield Call("pipeline", action, f"{SAGEMAKER}{kind.replace('_', '-')}/{{{name}}}", REFERENCE)


def _asynchronous() -> Iterator[Call]:
    source = 'SageMaker AI developer guide, "Asynchronous inference": prerequisites'
    yield from writes("answers", "model")
    yield Call("model", "sns:Publish", "{topic}", source)


_ENTITIES = {"Action": "{action}", "Artifact": "{artifact}", "Context": "{context}"}


def _lineage() -> Iterator[Call]:
    free = {"artifact": "the service names an artifact by a hash of its source"}
    for api, name in _ENTITIES.items():
        arn = f"{SAGEMAKER}{api.lower()}/{name}"
        for verb in ("Create", "Describe"):
            yield Call("pipeline", f"sagemaker:{verb}{api}", arn, DOUBT + REFERENCE, free=free)
        yield Call("pipeline", "sagemaker:AddTags", arn, _TAGS, free=free)
        yield Call("pipeline", "sagemaker:AddAssociation", arn, DOUBT + REFERENCE, when="associations", free=free)


_SERVED = {"endpoint": "a configuration does not say which endpoints will have it"}
_SPELT = {"inference_component": "how the service spells the name in that of the log group is told nowhere"}

CALLS: Mapping[str, tuple[Call, ...]] = {
    "EndpointConfig": (
        *_named("EndpointConfig", "endpoint_config", "Create", "Describe"),
        passes(),
        *(Call(c.role, c.action, c.resource, API + "; " + c.source, c.context) for c in volume_key("pipeline")),
        *(*network(), *_asynchronous()),
        *(call for role in ("model", "job") for call in logs("Endpoints", role, below="/{endpoint}", free=_SERVED)),
    ),
    "Endpoint": (
        *_named("Endpoint", "endpoint", "Create", "Update", "Describe"),
        *(call for verb in ("Create", "Update") for call in _also(f"sagemaker:{verb}Endpoint", "endpoint_config")),
    ),
    "InferenceComponent": (
        *_named("InferenceComponent", "inference_component", "Create", "Update", "Describe"),
        *_also("sagemaker:CreateInferenceComponent", "endpoint"),
        *(*reads_file("model"), *image(), *logs("InferenceComponents", below="/{inference_component}", free=_SPELT)),
    ),
    "Lineage": tuple(_lineage()),
    "Job": (
        *(
            Call(
                "pipeline",
                f"sagemaker:{action}",
                SAGEMAKER + "job/{category}/{prefix}-{execution}-{step}-{token}",
                DOUBT + REFERENCE,
                free={"category": "its spelling in ARNs is told nowhere"},
                given={"category": "data-transformation"},
            )
            for action in ("CreateJob", "DescribeJob", "StopJob", "AddTags")
        ),
        passes(),
        *(call for call in (*reads("input"), *writes("output")) if call.action.startswith("s3:")),
    ),
    "Cleanup": (
        Call("pipeline", "s3:DeleteObject", "arn:{p}:s3:::{dropped_bucket}/{dropped_file}", "SageMaker Python SDK"),
        Call("pipeline", "s3:DeleteObject", "arn:{p}:s3:::{cleared_bucket}/{cleared_object}", "SageMaker Python SDK"),
    ),
}
