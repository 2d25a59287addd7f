"""Processing jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...notation.nodes import Made
from ...steps.jobs.datasets import AthenaDataset, FeatureGroupOutput, RedshiftDataset
from ...steps.jobs.processing_job import INPUT, OUTPUT, ProcessingInput, ProcessingOutput
from ..request import (
    Request,
    Table,
    at,
    dicts,
    duration,
    image,
    key,
    made,
    or_source,
    place,
    plain,
    read,
    role,
    text_map,
)
from .base import network

_CLUSTER = "ProcessingResources.ClusterConfig"
PROCESSING_JOB: Table = {
    "image": ("AppSpecification.ImageUri", image),
    "instance_type": (f"{_CLUSTER}.InstanceType", plain),
    "instance_count": (f"{_CLUSTER}.InstanceCount", plain),
    "volume_size_in_gb": (f"{_CLUSTER}.VolumeSizeInGB", plain),
    "role": ("RoleArn", role),
    "environment": ("Environment", text_map),
    "max_runtime": ("StoppingCondition.MaxRuntimeInSeconds", duration),
    "enable_network_isolation": ("NetworkConfig.EnableNetworkIsolation", plain),
    "encrypt_inter_container_traffic": ("NetworkConfig.EnableInterContainerTrafficEncryption", plain),
    "output_kms_key": ("ProcessingOutputConfig.KmsKeyId", key),
    "volume_kms_key": (f"{_CLUSTER}.VolumeKmsKeyId", key),
}
"""What ``steps/jobs/processing_job`` writes of the fields of a container."""


def processing_job(request: Request) -> dict[str, Any]:
    """The fields of a container that runs as a processing job."""
    return {**read(request.arguments, PROCESSING_JOB), **network(request.at("NetworkConfig.VpcConfig"))}


def processing(request: Request) -> dict[str, Any]:
    """Those of a ``ProcessingStep``."""
    app = request.at("AppSpecification") or {}
    inputs = {one.get("InputName"): _input(one) for one in dicts(request.at("ProcessingInputs"))}
    outputs = {one.get("OutputName"): _output(one) for one in dicts(request.at("ProcessingOutputConfig.Outputs"))}
    property_files = [
        Made("PropertyFile", positional=(one.get("PropertyFileName"), one.get("OutputName"), one.get("FilePath")))
        for one in dicts(request.step.get("PropertyFiles"))
    ]
    return {
        **processing_job(request),
        "container_entrypoint": at(app, "ContainerEntrypoint"),
        "container_arguments": at(app, "ContainerArguments"),
        "inputs": inputs or None,
        "outputs": outputs or None,
        "property_files": property_files or None,
    }


def _input(one: Mapping[str, Any]) -> Any:
    if "DatasetDefinition" in one:
        return _dataset(one, one["DatasetDefinition"])
    source, path = at(one, "S3Input.S3Uri"), at(one, "S3Input.LocalPath")
    return or_source(
        made(
            ProcessingInput,
            source=None if source is None else place(source),
            local_path=None if path == f"{INPUT}/{one.get('InputName')}" else path,
            s3_data_type=at(one, "S3Input.S3DataType"),
            s3_input_mode=at(one, "S3Input.S3InputMode"),
            s3_data_distribution_type=at(one, "S3Input.S3DataDistributionType"),
            s3_compression_type=at(one, "S3Input.S3CompressionType"),
        )
    )


def _dataset(one: Mapping[str, Any], given: Any) -> Made:
    path = at(given, "LocalPath")
    both = {
        "local_path": None if path == f"{INPUT}/{one.get('InputName')}" else path,
        "data_distribution_type": at(given, "DataDistributionType"),
        "input_mode": at(given, "InputMode"),
    }
    if at(given, "RedshiftDatasetDefinition") is not None:
        table = {**_QUERY, **_REDSHIFT}
        return made(RedshiftDataset, **read(at(given, "RedshiftDatasetDefinition"), table), **both)
    return made(AthenaDataset, **read(at(given, "AthenaDatasetDefinition"), {**_QUERY, **_ATHENA}), **both)


_QUERY: Table = {
    "query": ("QueryString", plain),
    "database": ("Database", plain),
    "output": ("OutputS3Uri", place),
    "kms_key": ("KmsKeyId", key),
    "output_format": ("OutputFormat", plain),
    "output_compression": ("OutputCompression", plain),
}
_ATHENA: Table = {"catalog": ("Catalog", plain), "work_group": ("WorkGroup", plain)}
_REDSHIFT: Table = {
    "cluster_id": ("ClusterId", plain),
    "db_user": ("DbUser", plain),
    "cluster_role": ("ClusterRoleArn", role),
}


def _output(one: Mapping[str, Any]) -> Any:
    group = at(one, "FeatureStoreOutput.FeatureGroupName")
    if group is not None:
        return Made(FeatureGroupOutput.__name__, positional=(group,))
    uri, path = at(one, "S3Output.S3Uri"), at(one, "S3Output.LocalPath")
    found = made(
        ProcessingOutput,
        destination=None if uri is None else place(uri),
        local_path=None if path == f"{OUTPUT}/{one.get('OutputName')}" else path,
        s3_upload_mode=at(one, "S3Output.S3UploadMode"),
    )
    return found.fields["destination"] if set(found.fields) == {"destination"} else found
