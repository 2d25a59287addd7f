"""Calls around the registry of models, and of the checks that compare with what it holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .call import CLOUDTRAIL, DOUBT, REFERENCE, REGISTRY, SAGEMAKER, STEPS, Call
from .jobs import NAME, NOT_TOLD, image, keys, logs, made, network, passes, reads, reads_asset, writes

LOWER = '; in lower case: ARNs in "Run a pipeline" of the guide of 2023'


def _registers(group: str, note: str = "") -> Iterator[Call]:
    package = f"{SAGEMAKER}model-package/{{{group}}}/{{version}}"
    yield Call("pipeline", "sagemaker:CreateModelPackage", package, REGISTRY + note)
    yield Call("pipeline", "sagemaker:DescribeModelPackage", package, DOUBT + "the step's properties say it" + note)
    yield Call("pipeline", "sagemaker:AddTags", package, CLOUDTRAIL + note)
    owner = f"{SAGEMAKER}model-package-group/{{{group}}}"
    # asked for at every registration, also when the group exists
    yield Call("pipeline", "sagemaker:CreateModelPackageGroup", owner, CLOUDTRAIL + note)
    context = {"sagemaker:TaggingAction": "CreateModelPackageGroup"}
    free = {"sagemaker:TaggingAction": NOT_TOLD}
    yield Call("pipeline", "sagemaker:AddTags", owner, CLOUDTRAIL + note, context, free=free)


def _looks_up(group: str, note: str = "") -> Iterator[Call]:
    """A check reads the baselines of the latest approved version."""
    package = f"{SAGEMAKER}model-package/{{{group}}}/{{version}}"
    yield Call("pipeline", "sagemaker:ListModelPackages", package, REFERENCE + "; " + STEPS + note)
    yield Call("pipeline", "sagemaker:DescribeModelPackage", package, DOUBT + STEPS + note)
    owner = f"{SAGEMAKER}model-package-group/{{{group}}}"
    for action in ("ListModelPackages", "DescribeModelPackage"):
        seen = STEPS + " speaks of the group, the reference of its versions"
        yield Call("pipeline", f"sagemaker:{action}", owner, DOUBT + seen + note, unlisted=seen)


def _checks(*baselines: str) -> Iterator[Call]:
    yield from made("ProcessingJob", "processing-job/" + NAME)
    yield passes()
    yield from (*_looks_up("group"), *_looks_up("group_lower", LOWER))
    for role in ("pipeline", "job"):
        for what in baselines:
            source = DOUBT + "no page says whether the pipeline or the job reads supplied baselines"
            yield Call(role, "s3:GetObject", f"arn:{{p}}:s3:::{{{what}_bucket}}/{{{what}_file}}", source)
            yield Call(role, "kms:Decrypt", f"{{{what}_bucket_key}}", source)
    yield from (*reads("input"), *writes("output"))
    yield from (*image(), *keys(), *network(), *logs("ProcessingJobs"))


_CLARIFY = 'SageMaker AI developer guide, "How Processing Jobs with SageMaker Clarify work": a shadow endpoint'
_MLOPS = "; the names: AWS Solutions MLOps Workload Orchestrator, policies"


def _shadow_endpoint() -> Iterator[Call]:
    """Clarify serves the model to itself, and clears it away."""
    free, given = {"run": "the job makes it up"}, {"start": "sm-clarify"}
    config, endpoint = SAGEMAKER + "endpoint-config/{start}-config-{run}", SAGEMAKER + "endpoint/{start}-{run}"
    for action in ("CreateEndpointConfig", "DeleteEndpointConfig", "AddTags"):
        yield Call("job", f"sagemaker:{action}", config, _CLARIFY + _MLOPS, when="predictor", given=given, free=free)
    for action in ("CreateEndpoint", "DescribeEndpoint", "InvokeEndpoint", "DeleteEndpoint", "AddTags"):
        yield Call("job", f"sagemaker:{action}", endpoint, _CLARIFY + _MLOPS, when="predictor", given=given, free=free)
    source = REFERENCE + ": CreateEndpoint is checked on the configuration too"
    yield Call("job", "sagemaker:CreateEndpoint", config, source, when="predictor", given=given, free=free)
    model = SAGEMAKER + "model/{prefix}-{execution}-{model_step}-{token}"
    own = {"model_step": "models stand in lower case in ARNs, so no step is named in them"}
    yield Call("job", "sagemaker:DescribeModel", model, _CLARIFY, free=own)


CALLS: Mapping[str, tuple[Call, ...]] = {
    "RegisterModel": (*_registers("group"), *_registers("group_lower", LOWER)),
    "QualityCheck": tuple(_checks("constraints", "statistics")),
    "ClarifyCheck": (*_checks("constraints"), *reads_asset("config"), *_shadow_endpoint()),
}
