"""Transforms, AutoML and the service's own jobs."""

from __future__ import annotations

from typing import Any

from ...steps.jobs.auto_ml import AutoMLInput
from ...steps.jobs.transform import TransformInput
from ..request import (
    Request,
    Table,
    at,
    dicts,
    duration,
    key,
    literal,
    made,
    of_step,
    one_of,
    or_source,
    place,
    plain,
    read,
    role,
    text_map,
)
from .base import network

_TRANSFORM: Table = {
    "model": ("ModelName", of_step("ModelName", "ModelStep")),
    "instance_type": ("TransformResources.InstanceType", plain),
    "instance_count": ("TransformResources.InstanceCount", plain),
    "volume_kms_key": ("TransformResources.VolumeKmsKeyId", key),
    "output": ("TransformOutput.S3OutputPath", place),
    "output_kms_key": ("TransformOutput.KmsKeyId", key),
    "accept": ("TransformOutput.Accept", plain),
    "assemble_with": ("TransformOutput.AssembleWith", literal),
    "strategy": ("BatchStrategy", literal),
    "max_concurrent_transforms": ("MaxConcurrentTransforms", plain),
    "max_payload_in_mb": ("MaxPayloadInMB", plain),
    "input_filter": ("DataProcessing.InputFilter", plain),
    "output_filter": ("DataProcessing.OutputFilter", plain),
    "join_source": ("DataProcessing.JoinSource", one_of("Input", "None")),
    "environment": ("Environment", text_map),
}


def transform(request: Request) -> dict[str, Any]:
    """Those of a ``TransformStep``."""
    uri = request.at("TransformInput.DataSource.S3DataSource.S3Uri")
    data = made(
        TransformInput,
        source=None if uri is None else place(uri),
        content_type=request.at("TransformInput.ContentType"),
        split_type=request.at("TransformInput.SplitType"),
        compression_type=request.at("TransformInput.CompressionType"),
        s3_data_type=request.at("TransformInput.DataSource.S3DataSource.S3DataType"),
    )
    return {**read(request.arguments, _TRANSFORM), "input": or_source(data)}


_CRITERIA = "AutoMLJobConfig.CompletionCriteria"
_SECURITY = "AutoMLJobConfig.SecurityConfig"
_AUTO_ML: Table = {
    "problem_type": ("ProblemType", literal),
    "objective": ("AutoMLJobObjective.MetricName", plain),
    "output": ("OutputDataConfig.S3OutputPath", place),
    "output_kms_key": ("OutputDataConfig.KmsKeyId", key),
    "max_candidates": (f"{_CRITERIA}.MaxCandidates", plain),
    "max_runtime_per_training_job": (f"{_CRITERIA}.MaxRuntimePerTrainingJobInSeconds", duration),
    "max_runtime": (f"{_CRITERIA}.MaxAutoMLJobRuntimeInSeconds", duration),
    "encrypt_inter_container_traffic": (f"{_SECURITY}.EnableInterContainerTrafficEncryption", plain),
    "volume_kms_key": (f"{_SECURITY}.VolumeKmsKeyId", key),
    "role": ("RoleArn", role),
}


def auto_ml(request: Request) -> dict[str, Any]:
    """Those of an ``AutoMLStep``."""
    found = {**read(request.arguments, _AUTO_ML), **network(request.at(f"{_SECURITY}.VpcConfig"))}
    for one in dicts(request.at("InputDataConfig")):
        uri, kind = at(one, "DataSource.S3DataSource.S3Uri"), str(one.get("ChannelType") or "training")
        found.setdefault("target_attribute", one.get("TargetAttributeName"))
        found[kind] = or_source(
            made(
                AutoMLInput,
                source=None if uri is None else place(uri),
                content_type=one.get("ContentType"),
                compression_type=one.get("CompressionType"),
                s3_data_type=at(one, "DataSource.S3DataSource.S3DataType"),
                sample_weight_attribute=one.get("SampleWeightAttributeName"),
            )
        )
    return found


_JOB: Table = {
    "role": ("RoleArn", role),
    "category": ("JobCategory", literal),
    "schema_version": ("JobConfigSchemaVersion", plain),
    "document": ("JobConfigDocument", plain),
}


def job(request: Request) -> dict[str, Any]:
    """Those of a ``JobStep``."""
    return read(request.arguments, _JOB)
