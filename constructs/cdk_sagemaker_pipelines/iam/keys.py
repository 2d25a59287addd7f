"""KMS keys: their ARNs, and which of them encrypt what lies at a place in S3. Keys follow the data.

An object has the key of whoever wrote it: one that a step of the definition names for its outputs, or that of the
bucket. Source: "Protecting data with SSE-KMS" of the S3 user guide.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from ..language import Definition, Finding, Step
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
    """Objects that a step writes below a place. ``key``: what it encrypts them with, as JSON; None for none given.

    ``where``: the path of the place in the arguments.
    """

    step: str
    below: Location
    key: Any
    where: str


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
        same = written.key is not None and written.below.bucket == place.bucket
        if same and _meet(written.below.key, keys):
            yield written


def without_key(definition: Definition, place: Place) -> Iterator[Finding]:
    """A warning for each bucket with a key of its own that steps write to without naming one.

    Sources: the API says of outputs without ``KmsKeyId`` that they get the account's default key for S3, the S3 user
    guide that this is AWS's own; issues 3699 and 4340 of aws/sagemaker-python-sdk saw it.
    """
    told: dict[str, None] = {}
    for written in _all_written(definition):
        bucket = written.below.bucket
        if written.key is None and bucket in place.bucket_keys and bucket not in told:
            told[bucket] = None
            yield Finding("output-key", _WITHOUT_KEY, written.step, f"Arguments.{written.where}", "warning")


_WITHOUT_KEY = (
    "outputs go to a bucket with a KMS key and name none: pages of AWS contradict one another on whether they get the "
    "bucket's key or AWS's own, which other accounts cannot read and which a bucket's policy may refuse; give "
    "output_kms_key"
)


_KNOWN: WeakKeyDictionary[Definition, tuple[Written, ...]] = WeakKeyDictionary()


def _all_written(definition: Definition) -> tuple[Written, ...]:
    """All that steps write with keys of their own; looked for once in a definition, since every reader asks."""
    if definition not in _KNOWN:
        steps = definition.all_steps()
        _KNOWN[definition] = tuple(written for step in steps for written in _written(definition, step))
    return _KNOWN[definition]


def _written(definition: Definition, step: Step) -> Iterator[Written]:
    of_document = step.type == "Job"
    told, start = (document(definition, step), "JobConfigDocument") if of_document else (step.arguments, "")
    for holder, uri, key in _JOB if of_document else _OUTPUTS.get(step.type, ()):
        for above, config in every(told, *holder.split("."), where=start):
            given = next((value for _, value in every(config, key) if value), None)
            for where, target in every(config, *uri.split("."), where=above):
                below = location(definition, target)
                if below is not None:
                    yield Written(step.name, below, given, where)


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
