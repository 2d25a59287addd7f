"""The parts of a processing job, apart from the step that runs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from ...assets import S3Location
from ...language import ExecutionVariables, Expression, PipelineError, StringLike
from ...language.documentation import documented
from ...language.later import Later
from ...language.no_value import NoValue
from ..base.field_checks import kms_key, s3_uri
from ..base.request import ApiStep, Container, ContainerFields
from ..base.scope import loop_around

if TYPE_CHECKING:
    from . import datasets, file_system
    from .datasets import Dataset, FeatureGroupOutput
else:  # which few jobs need
    datasets = Later(f"{__package__}.datasets")
    file_system = Later(f"{__package__}.file_system")

INPUT = "/opt/ml/processing/input"
OUTPUT = "/opt/ml/processing/output"


@documented
@dataclass(frozen=True)
class ProcessingInput(NoValue):
    """An input of a processing job, with more settings than its location.

    ```python
    ProcessingInput(S3Location(bucket, "raw/"), s3_data_distribution_type="ShardedByS3Key")
    ```

    API: [ProcessingS3Input](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingS3Input.html).
    """

    source: S3Location | StringLike
    """Where the data is: an ``S3Location``, another step's output or an S3 URI."""
    local_path: str | None = None
    """Where it is in the container. Default: ``/opt/ml/processing/input/<name>``."""
    s3_data_type: str = "S3Prefix"
    """``S3Prefix`` for all objects below the location, or ``ManifestFile`` for a list of them."""
    s3_input_mode: str = "File"
    """``File`` for files in the container, or ``Pipe`` for streams."""
    s3_data_distribution_type: str = "FullyReplicated"
    """``FullyReplicated`` for all data on each instance, or ``ShardedByS3Key``."""
    s3_compression_type: str = "None"
    """``Gzip`` decompresses the data, with ``Pipe`` only; else ``None``, as a text."""


@documented
@dataclass(frozen=True)
class ProcessingOutput(NoValue):
    """An output of a processing job, with more settings than its name.

    ```python
    ProcessingStep(
        pipeline, "Split", image=Image.sklearn("1.2-1"), script=Script("jobs/count.py"), instance_type="ml.m5.large",
        outputs={"train": ProcessingOutput(S3Location(bucket, "train/"), s3_upload_mode="Continuous")},
    )
    ```

    API: [ProcessingOutput](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingOutput.html).
    """

    destination: S3Location | StringLike | None = None
    """Where it goes in S3. Default: ``<artifacts>/<pipeline>/<execution id>/<step>/output/<name>``.

    In the body of a for-each the job's name follows the step's, so that each run has its own place.
    """
    local_path: str | None = None
    """Where the code writes it in the container. Default: ``/opt/ml/processing/output/<name>``."""
    s3_upload_mode: str = "EndOfJob"
    """``EndOfJob`` uploads the files at the end, ``Continuous`` as they are written."""


def is_place(value: Any) -> bool:
    """Whether an input or an output is given as a place in S3, or as none, and so as nothing more special."""
    return value is None or isinstance(value, (str, Expression, S3Location))


def input_of(value: Any) -> ProcessingInput | Dataset:
    """An input with its settings."""
    is_whole = isinstance(value, ProcessingInput) or (not is_place(value) and isinstance(value, datasets.Dataset))
    return value if is_whole else ProcessingInput(value)


def is_feature_group(value: Any) -> bool:
    """Whether an output is written to a feature group."""
    return not is_place(value) and isinstance(value, datasets.FeatureGroupOutput)


def output_of(value: Any) -> ProcessingOutput | FeatureGroupOutput:
    """An output with its settings."""
    return value if isinstance(value, ProcessingOutput) or is_feature_group(value) else ProcessingOutput(value)


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
    if not isinstance(value, ProcessingInput):
        below = partial(job_prefix(step).below, f"input/{name}/")
        definition = value._bind(step, given, f"inputs[{name!r}]", f"{INPUT}/{name}", below)
        return {"InputName": name, "DatasetDefinition": definition}
    if not is_place(value.source) and isinstance(value.source, file_system.FileSystemSource):
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
    if not isinstance(value, ProcessingOutput):
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
