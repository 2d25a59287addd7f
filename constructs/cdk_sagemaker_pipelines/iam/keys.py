"""KMS keys: their ARNs, and which of them encrypt what lies at a place in S3. Keys follow the data.

An object has the key of whoever wrote it: one that a step of the definition names for its outputs, or that of the
bucket. Source: "Protecting data with SSE-KMS" of the S3 user guide.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from ..language import Definition, Step
from .following import every
from .job_document import document
from .permissions import Conditions
from .places import Location, Place, location


def key_arn(key: str, place: Place) -> tuple[str, Conditions]:
    """The ARN of a KMS key given by its ARN, id or alias, and the conditions that narrow it.

    IAM knows keys by their ARN alone, so an alias is a condition on all keys of its account and region.
    """
    head, alias, name = key.partition("alias/")
    if alias:
        of_account = head if head.startswith("arn:") else place.arn("kms", "")
        return f"{of_account}key/*", {"ForAnyValue:StringEquals": {"kms:ResourceAliases": f"alias/{name}"}}
    return (key if key.startswith(("arn:", "${Token[")) else place.arn("kms", f"key/{key}")), {}


@dataclass(frozen=True)
class Written:
    """Objects that a step writes below a place and encrypts with a key of its own. ``key``: as JSON."""

    step: str
    below: Location
    key: Any


_PROCESSING = (
    ("ProcessingOutputConfig", "Outputs[].S3Output.S3Uri", "KmsKeyId"),
    ("ProcessingInputs[].DatasetDefinition.AthenaDatasetDefinition", "OutputS3Uri", "KmsKeyId"),
    ("ProcessingInputs[].DatasetDefinition.RedshiftDatasetDefinition", "OutputS3Uri", "KmsKeyId"),
)
_OUTPUTS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "AutoML": (("OutputDataConfig", "S3OutputPath", "KmsKeyId"),),
    "ClarifyCheck": _PROCESSING,
    "EMR": (("ClusterConfig", "LogUri", "LogEncryptionKmsKeyId"),),
    "EMRServerless": (
        (
            "JobConfig.configurationOverrides.monitoringConfiguration.s3MonitoringConfiguration",
            "logUri",
            "encryptionKeyArn",
        ),
    ),
    "EndpointConfig": (
        ("AsyncInferenceConfig.OutputConfig", "S3OutputPath", "KmsKeyId"),
        ("AsyncInferenceConfig.OutputConfig", "S3FailurePath", "KmsKeyId"),
        ("ProductionVariants[].CoreDumpConfig", "DestinationS3Uri", "KmsKeyId"),
        ("ShadowProductionVariants[].CoreDumpConfig", "DestinationS3Uri", "KmsKeyId"),
    ),
    "Processing": _PROCESSING,
    "QualityCheck": _PROCESSING,
    "Training": (("OutputDataConfig", "S3OutputPath", "KmsKeyId"),),
    "Transform": (
        ("TransformOutput", "S3OutputPath", "KmsKeyId"),
        ("DataCaptureConfig", "DestinationS3Uri", "KmsKeyId"),
    ),
    "Tuning": (
        ("TrainingJobDefinition.OutputDataConfig", "S3OutputPath", "KmsKeyId"),
        ("TrainingJobDefinitions[].OutputDataConfig", "S3OutputPath", "KmsKeyId"),
    ),
}
"""By the step's type: the member that holds a place and its key, the place in it, and the key in it."""
_JOB = (("OutputDataConfig", "S3OutputPath", "KmsKeyArn"),)
"""Of the document of a job of the service's own."""


def written_at(definition: Definition, place: Location, keys: str) -> Iterator[Written]:
    """What steps write with a key of their own to ``place``'s bucket where objects have keys like the pattern."""
    for written in _all_written(definition):
        if written.below.bucket == place.bucket and _meet(written.below.key, keys):
            yield written


_KNOWN: WeakKeyDictionary[Definition, tuple[Written, ...]] = WeakKeyDictionary()


def _all_written(definition: Definition) -> tuple[Written, ...]:
    """All that steps write with keys of their own; looked for once in a definition, since every reader asks."""
    if definition not in _KNOWN:
        steps = definition.all_steps()
        _KNOWN[definition] = tuple(written for step in steps for written in _written(definition, step))
    return _KNOWN[definition]


def _written(definition: Definition, step: Step) -> Iterator[Written]:
    told = document(definition, step) if step.type == "Job" else step.arguments
    for holder, uri, key in _JOB if step.type == "Job" else _OUTPUTS.get(step.type, ()):
        for _, config in every(told, *holder.split(".")):
            for _, given in every(config, key):
                for _, target in every(config, *uri.split(".")):
                    below = location(definition, target)
                    if below is not None and given:
                        yield Written(step.name, below, given)


def _meet(below: str, pattern: str) -> bool:
    """Whether an object below a place can have a key like the pattern; folder by folder, since expressions stand for
    parts of one.
    """
    folders = [folder for folder in below.split("/") if folder]
    wanted = pattern.split("/")
    if len(folders) >= len(wanted):  # the pattern ends above the place, or goes on below it by a star alone
        folders = folders[: len(wanted)]
        if not wanted[-1].endswith("*"):
            return False
    return all(alike(folder, other) for folder, other in zip(folders, wanted, strict=False))


def alike(one: str, other: str) -> bool:
    """Whether some text is like both of two patterns with ``*``."""
    if "*" not in one and "*" not in other:
        return one == other
    # the places in `other` that can be reached with what has been read of `one`
    reached = _past_stars({0}, other)
    for letter in one:
        if letter == "*":
            reached = set(range(min(reached), len(other) + 1)) if reached else reached
        else:
            on = {place for place in reached if place < len(other) and other[place] in (letter, "*")}
            reached = _past_stars({place + (other[place] != "*") for place in on}, other)
    return len(other) in reached


def _past_stars(places: set[int], pattern: str) -> set[int]:
    found = set(places)
    for place in sorted(places):
        while place < len(pattern) and pattern[place] == "*":
            place += 1
            found.add(place)
    return found
