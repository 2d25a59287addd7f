"""Training jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...notation.nodes import Made
from ...steps.jobs.file_system import EfsSource, FsxLustreSource
from ...steps.jobs.instance_preference import InstancePreference
from ...steps.jobs.training_job import Channel, Checkpoints
from ..request import (
    Request,
    Table,
    at,
    dicts,
    duration,
    image,
    key,
    literal,
    made,
    one_of,
    or_source,
    place,
    plain,
    read,
    role,
    text_map,
)
from .base import hyperparameters, network


def _training_job(resources: str, static: str) -> Table:
    return {
        "image": ("AlgorithmSpecification.TrainingImage", image),
        "input_mode": ("AlgorithmSpecification.TrainingInputMode", literal),
        "instance_type": (f"{resources}.InstanceType", plain),
        "instance_count": (f"{resources}.InstanceCount", plain),
        "volume_size_in_gb": (f"{resources}.VolumeSizeInGB", plain),
        "role": ("RoleArn", role),
        "output": ("OutputDataConfig.S3OutputPath", place),
        "output_compression": ("OutputDataConfig.CompressionType", one_of("GZIP", "NONE")),
        "hyperparameters": (static, hyperparameters),
        "environment": ("Environment", text_map),
        "max_runtime": ("StoppingCondition.MaxRuntimeInSeconds", duration),
        "enable_network_isolation": ("EnableNetworkIsolation", plain),
        "encrypt_inter_container_traffic": ("EnableInterContainerTrafficEncryption", plain),
        "output_kms_key": ("OutputDataConfig.KmsKeyId", key),
        "volume_kms_key": (f"{resources}.VolumeKmsKeyId", key),
    }


_TRAINING = {
    **_training_job("ResourceConfig", "HyperParameters"),
    "keep_alive_period": ("ResourceConfig.KeepAlivePeriodInSeconds", duration),
    "training_plan": ("ResourceConfig.TrainingPlanArn", plain),
    "max_pending_time": ("StoppingCondition.MaxPendingTimeInSeconds", duration),
}
TUNED = _training_job("HyperParameterTuningResourceConfig", "StaticHyperParameters")
TUNED_ALIKE = _training_job("ResourceConfig", "StaticHyperParameters")
"""As newer SDKs write it, which the API takes as well."""
_A_DAY = Made("Duration.days", positional=(1,))


def training(request: Request) -> dict[str, Any]:
    """Those of a ``TrainingStep``."""
    preferences = [
        made(
            InstancePreference,
            instance_type=one.get("InstanceType"),
            instance_count=one.get("InstanceCount"),
            training_plan=next(iter(one.get("TrainingPlanArns") or ()), None),
        )
        for one in dicts(request.at("ResourceConfig.InstancePreferences"))
    ]
    more = {"instance_preferences": preferences} if preferences else {}
    return {**training_fields(request.arguments, _TRAINING), **more}


def training_fields(arguments: Any, table: Table) -> dict[str, Any]:
    """The fields of a training job, by what its table and its lists say."""
    found = read(arguments, table)
    metrics = {
        one.get("Name"): one.get("Regex") for one in dicts(at(arguments, "AlgorithmSpecification.MetricDefinitions"))
    }
    channels = {one.get("ChannelName"): _channel(one) for one in dicts(at(arguments, "InputDataConfig"))}
    checkpoints = at(arguments, "CheckpointConfig")
    wait = at(arguments, "StoppingCondition.MaxWaitTimeInSeconds")
    if at(arguments, "EnableManagedSpotTraining") is True and wait is not None:
        found["max_wait"] = duration(wait)
    elif found.get("max_runtime") == _A_DAY:
        del found["max_runtime"]  # which is what the step writes anyway
    if isinstance(checkpoints, Mapping):
        uri, local = checkpoints.get("S3Uri"), checkpoints.get("LocalPath")
        found["checkpoints"] = made(Checkpoints, destination=uri and place(uri), local_path=local)
    more = {"inputs": channels, "metric_definitions": metrics, **network(at(arguments, "VpcConfig"))}
    return {**found, **{name: value for name, value in more.items() if value}}


def _channel(one: Mapping[str, Any]) -> Any:
    system = at(one, "DataSource.FileSystemDataSource")
    uri = at(one, "DataSource.S3DataSource.S3Uri")
    return or_source(
        made(
            Channel,
            source=_file_system(system) if isinstance(system, Mapping) else uri and place(uri),
            content_type=one.get("ContentType"),
            input_mode=one.get("InputMode"),
            s3_data_type=at(one, "DataSource.S3DataSource.S3DataType"),
            s3_data_distribution_type=at(one, "DataSource.S3DataSource.S3DataDistributionType"),
            compression_type=one.get("CompressionType"),
            record_wrapper_type=one.get("RecordWrapperType"),
        )
    )


def _file_system(system: Mapping[str, Any]) -> Made:
    return made(
        FsxLustreSource if system.get("FileSystemType") == "FSxLustre" else EfsSource,
        file_system=system.get("FileSystemId"),
        directory_path=system.get("DirectoryPath"),
        access_mode=system.get("FileSystemAccessMode"),
    )
