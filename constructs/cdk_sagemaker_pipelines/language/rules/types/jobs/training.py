"""Training jobs, and those that a tuning job starts.

Source: API shapes ``AlgorithmSpecification``, ``ResourceConfig`` and ``StoppingCondition``; "SageMaker AI Managed Warm
Pools" of the developer guide. "Invalid MaxWaitTimeInSeconds. It is only supported when EnableManagedSpotTraining is set
to true" is the service's own message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ....field import Field, repeated
from ....findings import Finding
from ....references import is_expression_json
from ....tokens import STRING_TOKEN, any_of
from ...over import over
from ...subject import Subject
from ..base.training_jobs import TYPES, jobs

Member = tuple[str, ...]

KEEP: Member = ("ResourceConfig", "KeepAlivePeriodInSeconds")
LONGEST_POOL = 3600
SIZE: tuple[Member, ...] = (("ResourceConfig", "InstanceType"), ("ResourceConfig", "InstanceCount"))
POOLED: tuple[Member, ...] = (
    *SIZE,
    ("ResourceConfig", "VolumeSizeInGB"),
    ("ResourceConfig", "VolumeKmsKeyId"),
    ("RoleArn",),
    ("VpcConfig",),
    ("EnableNetworkIsolation",),
    ("EnableInterContainerTrafficEncryption",),
)
"""What must be the same for a job to use a pool."""
# those of AWS's images that run the user's program: sagemaker-xgboost, for one, is also an algorithm
FRAMEWORKS = (
    *("sagemaker-scikit-learn", "sagemaker-chainer", "sagemaker-mxnet", "sagemaker-pytorch", "mxnet-training"),
    *("sagemaker-tensorflow-scriptmode", "tensorflow-training", "pytorch-training", "autogluon-training"),
    *("huggingface-pytorch-training", "huggingface-tensorflow-training"),
)
_TOKEN = STRING_TOKEN.pattern
IMAGE = re.compile(
    rf"(?:[0-9]{{12}}\.dkr\.ecr[.-]{any_of('[^/]')}+|{_TOKEN}{any_of('[^/]')}*)/([^:@$]+)(?:[:@].*)?", re.DOTALL
)
"""The repository of an image in ECR, whose registry may be known at deployment only."""
READ_ONLY = ("SelectedInstanceType", "SelectedInstanceCount")


@over("Training")
def training_requests(arguments: Field) -> Iterator[Finding]:
    """A job that is not serverless specifies what runs and where."""
    if arguments.at("ServerlessJobConfig").given:
        return
    for name in ("AlgorithmSpecification", "ResourceConfig"):
        if not arguments.at(name).given:
            text = f"needs the member {name!r}, unless there is a ServerlessJobConfig"
            yield arguments.finding("argument", text)


@over(*TYPES)
def training_algorithms(arguments: Field) -> Iterator[Finding]:
    """An algorithm is an image or an algorithm resource."""
    for job in jobs(arguments):
        yield from job.at("AlgorithmSpecification").exactly_one("training-algorithm", "TrainingImage", "AlgorithmName")


@over(*TYPES)
def framework_scripts(arguments: Field) -> Iterator[Finding]:
    """The image of a framework needs a script, given by hyperparameters or as its entry point."""
    for job in jobs(arguments):
        image = job.at("AlgorithmSpecification", "TrainingImage")
        if repository(image) in FRAMEWORKS and not may_run_a_program(job):
            text = (
                f"{repository(image)!r} is the image of a framework, which needs a script; give the hyperparameters "
                "sagemaker_program and sagemaker_submit_directory, unless it is your own image that contains one"
            )
            yield image.finding("framework-script", text, "warning")


def repository(image: Field) -> str:
    """The repository of an image in ECR; empty where it is not known."""
    found = IMAGE.fullmatch(image.name or "")
    return found[1] if found else ""


def may_run_a_program(job: Field) -> bool:
    """Whether a job says what runs in the image, or says what is only known at run time."""
    told = [job.at("AlgorithmSpecification", name) for name in ("ContainerEntrypoint", "ContainerArguments")]
    for name in ("HyperParameters", "StaticHyperParameters", "Environment"):
        values = job.at(name)
        told += [values] if values.given and not values.is_object else []
        told += [values.at("sagemaker_program"), values.at("SAGEMAKER_PROGRAM")]
    return any(field.given for field in told)


@over(*TYPES)
def spot_times(arguments: Field) -> Iterator[Finding]:
    """A wait for spot capacity is for spot jobs, and includes the job's run time."""
    for job in jobs(arguments):
        wait = job.at("StoppingCondition", "MaxWaitTimeInSeconds")
        runtime = job.at("StoppingCondition", "MaxRuntimeInSeconds")
        spot = job.at("EnableManagedSpotTraining")
        if wait.given and (not spot.given or spot.value is False):
            text = "is only for spot capacity; set EnableManagedSpotTraining to true or leave it out"
            yield wait.finding("spot-wait", text)
        elif wait.number is not None and runtime.number is not None and wait.number < runtime.number:
            text = f"is {wait.value}, less than MaxRuntimeInSeconds, {runtime.value}, which it includes"
            yield wait.finding("spot-wait", text)


@over(*TYPES)
def spot_checkpoints(arguments: Field) -> Iterator[Finding]:
    """A spot job that is interrupted resumes from its checkpoint, or starts over."""
    for job in jobs(arguments):
        spot = job.at("EnableManagedSpotTraining")
        if spot.value is True and not job.at("CheckpointConfig").given:
            text = (
                "spot capacity can be reclaimed at any time, and without a CheckpointConfig the job then starts over; "
                "built-in algorithms without checkpoints may wait at most 3600 seconds"
            )
            yield spot.finding("spot-checkpoints", text, "warning")


@over(*TYPES)
def warm_pools(arguments: Field) -> Iterator[Finding]:
    """Instances that are kept warm are on demand and all of one type."""
    for job in jobs(arguments):
        keep = job.at("ResourceConfig", "KeepAlivePeriodInSeconds")
        if not keep.number:
            continue
        if job.at("EnableManagedSpotTraining").value is True:
            yield keep.finding("warm-pool", "a warm pool has no spot capacity; leave EnableManagedSpotTraining out")
        if job.at("ResourceConfig", "InstanceGroups").given:
            yield keep.finding("warm-pool", "a warm pool only has instances of one type; leave InstanceGroups out")
        if keep.number > LONGEST_POOL:
            text = f"is {keep.value}, on which sources disagree: the API takes it, the developer guide {LONGEST_POOL}"
            yield keep.finding("warm-pool", f"{text} at most", "warning")


def shared_pools(subject: Subject) -> Iterator[Finding]:
    """Instances that a step keeps warm fit a later step that asks for the same, including role and network."""
    trainings = subject.by_type.get("Training", ()) if subject.model is not None else ()
    jobs = [Field.of_arguments(step) for step in trainings]
    kept = {job.step.name: job for job in jobs if job.at(*KEEP).number}
    asked = {name: {member: _pooled(job.at(*member)) for member in POOLED} for name, job in kept.items()}
    for name, job in kept.items():
        found = [(other, _different(asked[other], asked[name])) for other in kept if name in subject.graph.after(other)]
        unfit = [(other, different) for other, different in found if different and not set(different) & set(SIZE)]
        if unfit and all(different for _, different in found):
            other, different = unfit[-1]
            members = " and ".join(".".join(member) for member in different)
            text = f"this step cannot use the instances that '{other}' keeps warm, since it has a different {members}"
            yield job.at(*KEEP).finding("warm-pool", f"{text}; give both steps the same", "warning")


def _different(one: Mapping[Member, Any], other: Mapping[Member, Any]) -> list[Member]:
    """What prevents a job from using another's pool; nothing where that is only known at run time."""
    different = [member for member in POOLED if one[member] != other[member]]
    unknown = any(is_expression_json(each[member]) for member in different for each in (one, other))
    return [] if unknown else different


def _pooled(field: Field) -> Any:
    """A value to compare: a switch that is off counts as missing, and subnets and security groups have no order."""
    if field.is_object:
        return {key: sorted(map(str, item)) if isinstance(item, list) else item for key, item in field.value.items()}
    return field.value or None


@over(*TYPES)
def training_instances(arguments: Field) -> Iterator[Finding]:
    """The instances are of one type, in groups, or of the first type that is available."""
    for job in jobs(arguments):
        resources = job.at("ResourceConfig")
        if not job.at("ServerlessJobConfig").given:
            yield from resources.exactly_one(
                "training-instances", "InstanceType", "InstanceGroups", "InstancePreferences"
            )
        preferences = resources.at("InstancePreferences")
        for other in (resources.at("InstancePlacementConfig"), job.at("EnableManagedSpotTraining")):
            if preferences.given and other.given and other.value is not False:
                name = other.where.rpartition(".")[2]
                yield preferences.finding("training-instances", f"cannot be combined with {name}")
        for name in READ_ONLY:
            if resources.at(name).given:
                yield resources.at(name).finding(
                    "training-instances", "is read-only: the service sets it to what it chose"
                )


@over(*TYPES)
def training_channels(arguments: Field) -> Iterator[Finding]:
    """Each channel is a separate directory."""
    for job in jobs(arguments):
        names = [channel.at("ChannelName") for channel in job.at("InputDataConfig").items()]
        yield from repeated("duplicate-name", names, "channel", "warning")


@over(*TYPES)
def training_file_systems(arguments: Field) -> Iterator[Finding]:
    """A file system is reached through the network that the job joins."""
    for job in jobs(arguments):
        for channel in job.at("InputDataConfig").items():
            source = channel.at("DataSource", "FileSystemDataSource")
            if source.given and not job.at("VpcConfig").given:
                yield source.finding("file-system", "is reached through the job's network; give the job a VpcConfig")
