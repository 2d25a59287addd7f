"""The parts of a processing job, apart from the step that runs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ...assets import S3Location
from ...language import ExecutionVariables, PipelineError, StringLike
from ...language.no_value import NoValue
from ..base.field_checks import kms_key, s3_uri
from ..base.request import ApiStep, Container, ContainerFields
from ..base.scope import loop_around
from .datasets import Dataset, FeatureGroupOutput
from .file_system import FileSystemSource

INPUT = "/opt/ml/processing/input"
OUTPUT = "/opt/ml/processing/output"


@dataclass(frozen=True)
class ProcessingInput(NoValue):
    """An input of a processing job with more settings than its location.

    ``source``: an ``S3Location``, another step's output or an S3 URI. ``local_path``: default
    ``/opt/ml/processing/input/<name>``. The others are as in the API's ``ProcessingS3Input``, with the SDK's defaults.
    """

    source: S3Location | StringLike
    local_path: str | None = None
    s3_data_type: str = "S3Prefix"
    s3_input_mode: str = "File"
    s3_data_distribution_type: str = "FullyReplicated"
    s3_compression_type: str = "None"


@dataclass(frozen=True)
class ProcessingOutput(NoValue):
    """An output of a processing job with more settings than its name.

    ``destination``: default ``<artifacts>/<pipeline>/<execution id>/<step>/output/<name>``; in the body of a for-each
    the job's name follows the step's, so that each run has its own place. ``local_path``: default
    ``/opt/ml/processing/output/<name>``. ``s3_upload_mode``: ``EndOfJob`` or ``Continuous``.
    """

    destination: S3Location | StringLike | None = None
    local_path: str | None = None
    s3_upload_mode: str = "EndOfJob"


def processing_job(
    step: ApiStep,
    given: ContainerFields,
    container: Container,
    *,
    inputs: Mapping[str, ProcessingInput | Dataset],
    outputs: Mapping[str, ProcessingOutput | FeatureGroupOutput],
) -> dict[str, Any]:
    """The request of ``CreateProcessingJob``, without the container's command."""
    work = step.host.workplace
    output_key = kms_key(given.output_kms_key, "output_kms_key")
    rendered = [_output(step, name, value) for name, value in outputs.items()]
    network = {
        "EnableNetworkIsolation": given.enable_network_isolation,
        "EnableInterContainerTrafficEncryption": given.encrypt_inter_container_traffic,
        "VpcConfig": container.vpc_config,
    }
    return {
        "ProcessingResources": {
            "ClusterConfig": {
                "InstanceType": given.instance_type,
                "InstanceCount": given.instance_count,
                "VolumeSizeInGB": given.volume_size_in_gb,
                "VolumeKmsKeyId": kms_key(given.volume_kms_key, "volume_kms_key"),
            }
        },
        "AppSpecification": {"ImageUri": container.image_uri},
        "RoleArn": work.role_arn(container.role),
        "ProcessingInputs": [_input(step, given, name, value) for name, value in inputs.items()] or None,
        "ProcessingOutputConfig": {"Outputs": rendered, "KmsKeyId": output_key} if rendered else None,
        "Environment": step._text_map(given.environment, "environment"),
        "StoppingCondition": given._stopping_condition(),
        "NetworkConfig": network if any(value is not None for value in network.values()) else None,
    }


def job_prefix(step: ApiStep) -> S3Location:
    """Where outputs without a destination go; in the body of a for-each each run has its own folder."""
    prefix = step._run_prefix()
    return prefix if loop_around(step) is None else prefix.below(f"{ExecutionVariables.PROCESSING_JOB_NAME}")


def _input(step: ApiStep, given: ContainerFields, name: str, value: ProcessingInput | Dataset) -> dict[str, Any]:
    if isinstance(value, Dataset):
        below = partial(job_prefix(step).below, f"input/{name}/")
        definition = value._bind(step, given, f"inputs[{name!r}]", f"{INPUT}/{name}", below)
        return {"InputName": name, "DatasetDefinition": definition}
    if isinstance(value.source, FileSystemSource):
        raise PipelineError(
            f"inputs[{name!r}]: a processing job takes no file systems, only files in S3 and results of queries; a "
            "training job takes them"
        )
    return {
        "InputName": name,
        "S3Input": {
            "S3Uri": s3_uri(value.source, f"inputs[{name!r}]", step.host.workplace),
            "LocalPath": f"{INPUT}/{name}" if value.local_path is None else value.local_path,
            "S3DataType": value.s3_data_type,
            "S3InputMode": value.s3_input_mode,
            "S3DataDistributionType": value.s3_data_distribution_type,
            "S3CompressionType": value.s3_compression_type,
        },
    }


def _output(step: ApiStep, name: str, value: ProcessingOutput | FeatureGroupOutput) -> dict[str, Any]:
    if isinstance(value, FeatureGroupOutput):
        return {"OutputName": name, **value._bind(f"outputs[{name!r}]")}
    destination = value.destination
    if destination is None:
        destination = job_prefix(step).below(f"output/{name}")
    return {
        "OutputName": name,
        "S3Output": {
            "S3Uri": s3_uri(destination, f"outputs[{name!r}]", step.host.workplace),
            "LocalPath": f"{OUTPUT}/{name}" if value.local_path is None else value.local_path,
            "S3UploadMode": value.s3_upload_mode,
        },
    }
