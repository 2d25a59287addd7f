"""The jobs of a pipeline: where the request of each type has what the rules look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..iam.needs import elements, member
from ..language import StepView
from ..language.queued_training import queued_request
from ..language.step_types import TRAINING_REQUEST, TUNED_REQUEST, JobRequest, row_of


@dataclass(frozen=True)
class Instances:
    """Instances of one type. ``where``: what holds the type and the count."""

    where: str
    type: Any
    count: Any


@dataclass(frozen=True)
class Job:
    """A request for a job: a step's arguments, or one of the training definitions of a tuning."""

    step: StepView
    where: str
    request: Mapping[str, Any]
    shape: JobRequest

    def get(self, path: str) -> Any:
        """The member at a dotted path; None if there is none."""
        return member(self.request, *path.split("."))

    def place(self, path: str) -> str:
        """A path inside the step."""
        return f"{self.where}.{path}"

    def clusters(self) -> list[list[Instances]]:
        """The instances of the job; the service uses one of several clusters."""
        path = self.shape.cluster
        cluster = self.get(path) if path else None
        if path is None or not isinstance(cluster, Mapping):
            return []
        groups = _instances(cluster, "InstanceGroups", self.place(path))
        if groups:
            return [groups]
        for choice in ("InstancePreferences", "InstanceConfigs"):
            one_of = _instances(cluster, choice, self.place(path))
            if one_of:
                # without a count of its own a preference has that of the job
                count = cluster.get("InstanceCount")
                return [[each if each.count is not None else replace(each, count=count)] for each in one_of]
        return [[Instances(self.place(path), cluster.get("InstanceType"), cluster.get("InstanceCount"))]]

    def debuggers(self) -> list[Instances]:
        """What Debugger's rules run on besides the training job, one instance each; those without a type are free."""
        rules = [
            rule
            for name in ("DebugRuleConfigurations", "ProfilerRuleConfigurations")
            for rule in _instances(self.request, name, self.where)
        ]
        return [replace(rule, count=1) for rule in rules if rule.type is not None]


def _instances(cluster: Mapping[str, Any], name: str, where: str) -> list[Instances]:
    return [
        Instances(f"{where}.{name}[{index}]", item.get("InstanceType"), item.get("InstanceCount"))
        for index, item in enumerate(elements(cluster, name))
        if isinstance(item, Mapping)
    ]


def other_types(step: StepView) -> Iterator[tuple[str, Any]]:
    """The instance types of endpoints and EMR clusters rather than jobs, each with its location."""
    if step.type == "EndpointConfig":
        for name in ("ProductionVariants", "ShadowProductionVariants"):
            yield from _listed(step.arguments, "Arguments", name)
            for index, variant in enumerate(elements(step.arguments, name)):
                if isinstance(variant, Mapping):
                    yield from _listed(variant, f"Arguments.{name}[{index}]", "InstancePools")
    if step.type == "EMR":
        cluster, where = member(step.arguments, "ClusterConfig", "Instances"), "Arguments.ClusterConfig.Instances"
        if not isinstance(cluster, Mapping):
            return
        for name in ("MasterInstanceType", "SlaveInstanceType"):
            if name in cluster:
                yield f"{where}.{name}", cluster[name]
        yield from _listed(cluster, where, "InstanceGroups")
        for index, fleet in enumerate(elements(cluster, "InstanceFleets")):
            if isinstance(fleet, Mapping):
                yield from _listed(fleet, f"{where}.InstanceFleets[{index}]", "InstanceTypeConfigs")


def _listed(holder: Mapping[str, Any], where: str, *names: str) -> Iterator[tuple[str, Any]]:
    for name in names:
        yield from ((f"{one.where}.InstanceType", one.type) for one in _instances(holder, name, where))


def retries(step: StepView) -> Iterator[tuple[Mapping[str, Any], tuple[str, ...]]]:
    """The retry policies of a step, each with its exceptions."""
    for policy in elements(step.json, "RetryPolicies"):
        if isinstance(policy, Mapping):
            yield policy, tuple(map(str, elements(policy, "ExceptionType")))


def jobs(step: StepView) -> Iterator[Job]:
    """The requests of a step, each of which creates jobs."""
    shape = row_of(step.type).job
    if shape is not None:
        yield Job(step, "Arguments", step.arguments, shape)
    queued = queued_request(step)
    if queued is not None:
        yield Job(step, "Arguments", queued, TRAINING_REQUEST)
    if step.type == "Tuning":
        one = [("TrainingJobDefinition", step.arguments.get("TrainingJobDefinition"))]
        several = elements(step.arguments, "TrainingJobDefinitions")
        for name, request in (*one, *((f"TrainingJobDefinitions[{i}]", item) for i, item in enumerate(several))):
            if isinstance(request, Mapping):
                tuned = "HyperParameterTuningResourceConfig" in request
                yield Job(step, f"Arguments.{name}", request, TUNED_REQUEST if tuned else TRAINING_REQUEST)
