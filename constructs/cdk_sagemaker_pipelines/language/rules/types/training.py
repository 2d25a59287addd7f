"""Training jobs, and those that a tuning job starts.

Source: API shapes ``AlgorithmSpecification``, ``ResourceConfig`` and ``StoppingCondition``; "SageMaker AI Managed Warm
Pools" of the developer guide. "Invalid MaxWaitTimeInSeconds. It is only supported when EnableManagedSpotTraining is set
to true" is the service's own.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...findings import Finding
from ..place import Place, over, repeated

TYPES = ("Training", "Tuning")
READ_ONLY = ("SelectedInstanceType", "SelectedInstanceCount")


def jobs(arguments: Place) -> list[Place]:
    """What describes training jobs: the arguments themselves, or the definitions of a tuning job."""
    if arguments.step.type == "Training":
        return [arguments]
    single = arguments.at("TrainingJobDefinition")
    return [*([single] if single.given else []), *arguments.at("TrainingJobDefinitions").items()]


@over("Training")
def training_requests(arguments: Place) -> Iterator[Finding]:
    """A job that is not serverless says what runs and where."""
    if arguments.at("ServerlessJobConfig").given:
        return
    for name in ("AlgorithmSpecification", "ResourceConfig"):
        if not arguments.at(name).given:
            text = f"needs the member {name!r}, unless there is a ServerlessJobConfig"
            yield arguments.finding("argument", text)


@over(*TYPES)
def training_algorithms(arguments: Place) -> Iterator[Finding]:
    """An algorithm is an image or a resource."""
    for job in jobs(arguments):
        yield from job.at("AlgorithmSpecification").exactly_one("training-algorithm", "TrainingImage", "AlgorithmName")


@over(*TYPES)
def spot_times(arguments: Place) -> Iterator[Finding]:
    """A wait for spot capacity is for spot jobs, and includes the time that the job runs."""
    for job in jobs(arguments):
        wait = job.at("StoppingCondition", "MaxWaitTimeInSeconds")
        runtime = job.at("StoppingCondition", "MaxRuntimeInSeconds")
        spot = job.at("EnableManagedSpotTraining")
        if wait.given and (not spot.given or spot.value is False):
            text = "is for spot capacity only; set EnableManagedSpotTraining to true or leave it out"
            yield wait.finding("spot-wait", text)
        elif wait.number is not None and runtime.number is not None and wait.number < runtime.number:
            text = f"is {wait.value}, less than MaxRuntimeInSeconds, {runtime.value}, which it includes"
            yield wait.finding("spot-wait", text)


@over(*TYPES)
def warm_pools(arguments: Place) -> Iterator[Finding]:
    """Instances that are kept are on demand and all of one type."""
    for job in jobs(arguments):
        keep = job.at("ResourceConfig", "KeepAlivePeriodInSeconds")
        if not keep.number:
            continue
        if job.at("EnableManagedSpotTraining").value is True:
            yield keep.finding("warm-pool", "a warm pool has no spot capacity; leave EnableManagedSpotTraining out")
        if job.at("ResourceConfig", "InstanceGroups").given:
            yield keep.finding("warm-pool", "a warm pool has instances of one type only; leave InstanceGroups out")


@over(*TYPES)
def training_instances(arguments: Place) -> Iterator[Finding]:
    """The instances are of one type, in groups, or of the first type that is to be had."""
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
                yield preferences.finding("training-instances", f"does not go with {name}")
        for name in READ_ONLY:
            if resources.at(name).given:
                yield resources.at(name).finding("training-instances", "is read only: what the service has chosen")


@over(*TYPES)
def training_channels(arguments: Place) -> Iterator[Finding]:
    """Each channel is a directory of its own."""
    for job in jobs(arguments):
        names = [channel.at("ChannelName") for channel in job.at("InputDataConfig").items()]
        yield from repeated("duplicate-name", names, "channel", "warning")
