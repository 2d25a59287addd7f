"""Calls around the jobs of SageMaker: processing, training, tuning, AutoML, models, transforms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .call import ACCESS, CLOUDTRAIL, DOUBT, LOG, REFERENCE, ROLES, SAGEMAKER, SDK, Call

PASSED = {"iam:PassedToService": "sagemaker.amazonaws.com"}
NOT_TOLD = "no page says whether the key is set when it is the pipeline that creates"
NAME = "{prefix}-{execution}-{step}-{token}"
SHORT = "names of 32 characters leave no room for 'pipelines-'; how the service makes them is told nowhere"

OF_A_GROUP = "refusals name the group, or the group with ':log-stream:' behind it"


def made(api: str, arn: str, *, stops: bool = True, free: Mapping[str, str] | None = None) -> Iterator[Call]:
    """What the pipeline does with a job or a model."""
    free = free or {}
    resource = SAGEMAKER + arn
    yield Call("pipeline", f"sagemaker:Create{api}", resource, ACCESS, free=free)
    yield Call("pipeline", f"sagemaker:Describe{api}", resource, ACCESS, free=free)
    if stops:
        source = DOUBT + "StopPipelineExecution stops the jobs; modern-data-architecture-accelerator grants it"
        yield Call("pipeline", f"sagemaker:Stop{api}", resource, source, free=free)
    context = {"sagemaker:TaggingAction": f"Create{api}"}
    free = {**free, "sagemaker:TaggingAction": NOT_TOLD}
    yield Call("pipeline", "sagemaker:AddTags", resource, CLOUDTRAIL, context, free=free)


def passes(variable: str = "job_role") -> Call:
    """The pipeline hands a role to SageMaker."""
    return Call("pipeline", "iam:PassRole", f"{{{variable}}}", ROLES + ', "Passing Roles"', PASSED)


def reads(what: str, role: str = "job") -> Iterator[Call]:
    """Objects below a prefix: ``<what>_bucket``, ``<what>_object``, ``<what>_prefix``, ``<what>_bucket_key``."""
    yield Call(role, "s3:GetObject", f"arn:{{p}}:s3:::{{{what}_bucket}}/{{{what}_object}}", ROLES)
    listed = {"s3:prefix": f"{{{what}_prefix}}"}
    yield Call(role, "s3:ListBucket", f"arn:{{p}}:s3:::{{{what}_bucket}}", ROLES, listed)
    yield Call(role, "kms:Decrypt", f"{{{what}_bucket_key}}", ROLES + ", for input with SSE-KMS")


def reads_file(what: str, role: str = "job") -> Iterator[Call]:
    """One object: ``<what>_bucket``, ``<what>_file``, ``<what>_bucket_key``."""
    yield Call(role, "s3:GetObject", f"arn:{{p}}:s3:::{{{what}_bucket}}/{{{what}_file}}", ROLES)
    yield Call(role, "kms:Decrypt", f"{{{what}_bucket_key}}", ROLES + ", for input with SSE-KMS")


def reads_asset(what: str, role: str = "job", *, finds: bool = True) -> Iterator[Call]:
    """A file of the app; ``finds``: as an input it is looked for as a prefix."""
    resource = f"arn:{{p}}:s3:::{{{what}_bucket}}"
    yield Call(role, "s3:GetObject", f"{resource}/{{{what}_file}}", ROLES)
    if finds:
        listed = {"s3:prefix": f"{{{what}_file}}"}
        yield Call(role, "s3:ListBucket", resource, ROLES, listed, when=f"{what} as input")


def writes(what: str, role: str = "job") -> Iterator[Call]:
    """Objects below a prefix: ``<what>_bucket``, ``<what>_object``, ``<what>_bucket_key``."""
    resource = f"arn:{{p}}:s3:::{{{what}_bucket}}/{{{what}_object}}"
    yield Call(role, "s3:PutObject", resource, ROLES)
    yield Call(role, "s3:AbortMultipartUpload", resource, CLOUDTRAIL)
    for action in ("kms:Decrypt", "kms:GenerateDataKey"):
        yield Call(role, action, f"{{{what}_bucket_key}}", CLOUDTRAIL + "; " + SDK)


def keys(role: str = "job") -> Iterator[Call]:
    """``output_key`` and ``volume_key``."""
    yield Call(role, "kms:Encrypt", "{output_key}", ROLES)
    for action in ("kms:Decrypt", "kms:GenerateDataKey"):
        yield Call(role, action, "{output_key}", SDK)
    yield from volume_key(role)


def volume_key(role: str) -> Iterator[Call]:
    """EC2 uses the key of a volume by a grant."""
    grant = {"kms:GrantIsForAWSResource": "true"}
    yield Call(role, "kms:CreateGrant", "{volume_key}", ROLES + "; the condition: KMS developer guide", grant)
    source = DOUBT + "modern-data-architecture-accelerator, for keys with imported material"
    yield Call(role, "kms:DescribeKey", "{volume_key}", source)


def image(role: str = "job") -> Iterator[Call]:
    """A private ``repository``; what AWS owns needs none of it (a third party's CloudTrail)."""
    for action in ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"):
        yield Call(role, action, "arn:{p}:ecr:{r}:{a}:repository/{repository}", ROLES)
    yield Call(role, "ecr:GetAuthorizationToken", "*", ROLES, when="private image")


def network(role: str = "job") -> Iterator[Call]:
    """In a VPC; "don't scope in the policy with any conditions or resource filters"."""
    actions = [f"{verb}NetworkInterface{what}" for verb in ("Create", "Delete") for what in ("", "Permission")]
    actions += [f"Describe{what}" for what in ("DhcpOptions", "NetworkInterfaces", "SecurityGroups", "Subnets", "Vpcs")]
    for action in actions:
        yield Call(role, f"ec2:{action}", "*", ROLES, when="vpc")


def logs(group: str, role: str = "job", *, below: str = "", free: Mapping[str, str] | None = None) -> Iterator[Call]:
    """Log streams and metrics of a kind of job. ``below``: what follows in the name of the log group."""
    given = {"log": group}
    arn = LOG + "/aws/sagemaker/{log}" + below
    for action in ("logs:CreateLogGroup", "logs:DescribeLogStreams"):
        yield Call(role, action, arn, ROLES + "; " + CLOUDTRAIL, given=given, free=free or {})
        yield Call(role, action, arn + ":log-stream:", ROLES, given=given, free=free or {}, unlisted=OF_A_GROUP)
    for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
        yield Call(role, action, arn + ":log-stream:{stream}", ROLES, given=given, free=free or {})
    for space in (f"/aws/sagemaker/{group}", "AWS/SageMaker"):
        source = ROLES + "; the namespace: " + '"Metrics for monitoring SageMaker AI with CloudWatch"'
        yield Call(role, "cloudwatch:PutMetricData", "*", source, {"cloudwatch:namespace": space})


def trains() -> Iterator[Call]:
    """What a training job does, also that of a tuning."""
    yield from reads("input")
    yield from reads_asset("code", finds=False)
    yield from writes("output")
    yield from reads("checkpoint")
    yield from writes("checkpoint")
    yield from (*image(), *keys(), *network(), *logs("TrainingJobs"))


_TUNING = "hyper-parameter-tuning-job/{tuning}"
_TRIALS = (
    *(f"sagemaker:{verb}{what}" for what in ("Endpoint", "EndpointConfig", "Model") for verb in ("Create", "Describe")),
    *(f"sagemaker:Delete{what}" for what in ("Endpoint", "EndpointConfig", "Model")),
    "sagemaker:ListTags",
)
_KINDS = {"Endpoint": "endpoint", "EndpointConfig": "endpoint-config", "Model": "model"}


def _tries_models() -> Iterator[Call]:
    """An AutoML job serves what it has found, under names of its own."""
    free = {"trial": "the names are the job's own"}
    for action in _TRIALS:
        for name, kind in _KINDS.items():
            if action.endswith((name, "ListTags")) and not (name == "Endpoint" and action.endswith("Config")):
                yield Call("job", action, f"{SAGEMAKER}{kind}/{{trial}}", ROLES, free=free)
    yield Call("job", "sagemaker:InvokeEndpoint", SAGEMAKER + "endpoint/{trial}", ROLES, free=free)
    # it is checked on both
    yield Call("job", "sagemaker:CreateEndpoint", SAGEMAKER + "endpoint-config/{trial}", REFERENCE, free=free)
    for kind in _KINDS.values():
        source = DOUBT + CLOUDTRAIL + " saw it asked for on all that SageMaker creates"
        yield Call("job", "sagemaker:AddTags", f"{SAGEMAKER}{kind}/{{trial}}", source, free=free)


CALLS: Mapping[str, tuple[Call, ...]] = {
    "Processing": (
        *made("ProcessingJob", "processing-job/" + NAME),
        passes(),
        *reads("input"),
        *reads_asset("code"),
        *writes("output"),
        *(*image(), *keys(), *network(), *logs("ProcessingJobs")),
    ),
    "Training": (
        *made("TrainingJob", "training-job/" + NAME),
        passes(),
        *trains(),
        Call("job", "sagemaker:DescribeAlgorithm", SAGEMAKER + "algorithm/{algorithm}", ROLES),
    ),
    "Tuning": (
        *made("HyperParameterTuningJob", _TUNING, free={"tuning": SHORT}),
        Call(
            "pipeline",
            "sagemaker:ListTrainingJobsForHyperParameterTuningJob",
            SAGEMAKER + _TUNING,
            "SageMaker Python SDK, sagemaker.workflow.steps: the properties of a tuning come from both calls",
            free={"tuning": SHORT},
        ),
        passes(),
        *trains(),
    ),
    "AutoML": (
        *made("AutoMLJob", "automl-job/{search}", free={"search": SHORT}),
        passes(),
        Call("job", "iam:PassRole", "{job_role}", ROLES, PASSED),
        *reads("input"),
        *writes("output"),
        *(call for call in reads("output") if call.action != "kms:Decrypt"),
        *(*keys(), *network(), *_tries_models()),
        *(call for kind in ("Endpoints", "ProcessingJobs", "TrainingJobs", "TransformJobs") for call in logs(kind)),
    ),
    "Model": (
        *made("Model", "model/" + NAME, stops=False),
        passes(),
        *(*reads_file("model"), *reads_asset("code", finds=False), *image(), *network()),
    ),
    # a transform has no role in its request, it runs with its model's (the guide's API permissions reference)
    "Transform": (
        *made("TransformJob", "transform-job/" + NAME),
        *(*reads("input", "model"), *writes("output", "model"), *keys("model"), *logs("TransformJobs", "model")),
    ),
}
