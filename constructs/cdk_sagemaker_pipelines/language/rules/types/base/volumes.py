"""Keys for volumes of instances with local disks.

Source: the API's ``ResourceConfig``, ``ProcessingClusterConfig``, ``TransformResources`` and ``CreateEndpointConfig``.
"""

from __future__ import annotations

from collections.abc import Iterator

from ....definition import StepView
from ....field import Field
from ....findings import Finding
from ....instance_types import has_own_disks
from ....step_types import row_of
from ...subject import Subject
from .training_jobs import TYPES, jobs


def volume_keys(subject: Subject) -> Iterator[Finding]:
    """A key is for EBS volumes; local disks of an instance are encrypted by its hardware."""
    for step in subject.definition.all_steps() if subject.model is not None else ():
        for key, instances in _keys(step):
            if not key.given:
                continue
            types = [name for field in instances for name in _known(subject, field.at("InstanceType"))]
            own = next(filter(has_own_disks, types), None)
            if own is not None:
                text = (
                    f"is for EBS volumes, but {own!r} has local disks, which its hardware encrypts; sources disagree "
                    "on whether the service refuses the key, as the API reference says, or ignores it; leave it out"
                )
                yield key.finding("volume-key", text, "warning")


def _keys(step: StepView) -> Iterator[tuple[Field, list[Field]]]:
    """The volume keys of a step, each with the member for the instance type."""
    arguments = Field.of_arguments(step)
    request = row_of(step.type).job
    if step.type in TYPES:
        names = ("ResourceConfig", "HyperParameterTuningResourceConfig")
        clusters = [job.at(name) for job in jobs(arguments) for name in names]
    else:
        clusters = [arguments.at(*request.cluster.split("."))] if request and request.cluster else []
    for cluster in clusters:
        choices = ("InstanceGroups", "InstancePreferences", "InstanceConfigs")
        yield cluster.at("VolumeKmsKeyId"), [cluster, *(item for name in choices for item in cluster.at(name).items())]
    if step.type == "EndpointConfig":
        variants = ("ProductionVariants", "ShadowProductionVariants")
        yield arguments.at("KmsKeyId"), [item for name in variants for item in arguments.at(name).items()]


def _known(subject: Subject, field: Field) -> list[str]:
    """The text, or the default of a parameter."""
    if field.text is not None:
        return [field.text]
    get = field.value.get("Get") if isinstance(field.value, dict) else None
    parameter = subject.definition.parameters.get(str(get).removeprefix("Parameters."))
    return [parameter.default] if parameter is not None and isinstance(parameter.default, str) else []
