"""Processing, training, tuning, AutoML, transforms and the service's own jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...notation.nodes import Made
from ...steps.jobs.auto_ml import AutoMLInput
from ...steps.jobs.datasets import AthenaDataset, FeatureGroupOutput, RedshiftDataset
from ...steps.jobs.file_system import EfsSource, FsxLustreSource
from ...steps.jobs.processing_job import INPUT, OUTPUT, ProcessingInput, ProcessingOutput
from ...steps.jobs.training_job import Channel, Checkpoints
from ...steps.jobs.transform import TransformInput
from ...steps.jobs.tuning import Objective, TrainingDefinition, WarmStart
from ...steps.jobs.tuning_ranges import CategoricalRange, ContinuousRange, IntegerRange
from ..request import (
    Request,
    Table,
    at,
    dicts,
    duration,
    equal,
    image,
    key,
    literal,
    made,
    number_or_text,
    of_step,
    one_of,
    or_source,
    place,
    plain,
    read,
    role,
    text_map,
)
from .base import hyperparameters, network

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


# -- training


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
}
_TUNED = _training_job("HyperParameterTuningResourceConfig", "StaticHyperParameters")
_TUNED_ALIKE = _training_job("ResourceConfig", "StaticHyperParameters")
"""As newer SDKs write it, which the API takes as well."""
_A_DAY = Made("Duration.days", positional=(1,))


def training(request: Request) -> dict[str, Any]:
    """Those of a ``TrainingStep``."""
    return _training_fields(request.arguments, _TRAINING)


def _training_fields(arguments: Any, table: Table) -> dict[str, Any]:
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


# -- tuning

_LIMITS = "HyperParameterTuningJobConfig.ResourceLimits"
_TUNING: Table = {
    "max_jobs": (f"{_LIMITS}.MaxNumberOfTrainingJobs", plain),
    "max_parallel_jobs": (f"{_LIMITS}.MaxParallelTrainingJobs", plain),
    "max_runtime": (f"{_LIMITS}.MaxRuntimeInSeconds", duration),
    "strategy": ("HyperParameterTuningJobConfig.Strategy", literal),
    "early_stopping": ("HyperParameterTuningJobConfig.TrainingJobEarlyStoppingType", literal),
    "random_seed": ("HyperParameterTuningJobConfig.RandomSeed", plain),
}


def tuning(request: Request) -> dict[str, Any]:
    """Those of a ``TuningStep``."""
    config = request.at("HyperParameterTuningJobConfig")
    several = dicts(request.at("TrainingJobDefinitions"))
    if several:
        training: Any = {
            one.get("DefinitionName"): _definition(one, one.get("TuningObjective"), one.get("HyperParameterRanges"))
            for one in several
        }
    else:
        objective, ranges = at(config, "HyperParameterTuningJobObjective"), at(config, "ParameterRanges")
        training = _definition(request.at("TrainingJobDefinition"), objective, ranges)
    found = {**read(request.arguments, _TUNING), "training": training}
    warm = request.at("WarmStartConfig")
    if isinstance(warm, Mapping):
        parents = [
            _parent(one.get("HyperParameterTuningJobName")) for one in dicts(warm.get("ParentHyperParameterTuningJobs"))
        ]
        found["warm_start"] = made(WarmStart, type=warm.get("WarmStartType"), parents=parents)
    return found


_parent = of_step("HyperParameterTuningJobName", "TuningStep")


def _definition(given: Any, objective: Any, ranges: Any) -> Made:
    goal = at(objective, "Type")
    better = {"Minimize": "minimize", "Maximize": "maximize"}.get(goal) if isinstance(goal, str) else None
    fields = {
        **_training_fields(given, _TUNED if at(given, "ResourceConfig") is None else _TUNED_ALIKE),
        "objective": Made(f"Objective.{better}", positional=(at(objective, "MetricName"),))
        if better
        else made(Objective, metric=at(objective, "MetricName"), type=goal),
        "ranges": _ranges(ranges),
    }
    defaults = TrainingDefinition._declared_fields
    said = {name: value for name, value in fields.items() if not equal(defaults.get(name), value)}
    return Made(TrainingDefinition.__name__, said)


def _ranges(given: Any) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for kind, member in ((IntegerRange, "IntegerParameterRanges"), (ContinuousRange, "ContinuousParameterRanges")):
        for one in dicts(at(given, member)):
            scaling = one.get("ScalingType")
            bounds = [_number(one.get(side)) for side in ("MinValue", "MaxValue")]
            more = {} if scaling in (None, "Auto") else {"scaling": scaling}
            found[one.get("Name")] = Made(kind.__name__, more, tuple(bounds))
    for one in dicts(at(given, "CategoricalParameterRanges")):
        values = one.get("Values")
        found[one.get("Name")] = Made(CategoricalRange.__name__, positional=(values,))
    return found


def _number(value: Any) -> Any:
    """A bound: the number of a text, or the parameter that a join of one makes a text."""
    values = at(value, "Std:Join.Values") if isinstance(value, Mapping) else None
    if isinstance(value, Mapping) and "Std:Join" in value:
        values = value["Std:Join"].get("Values")
    return values[0] if isinstance(values, list) and len(values) == 1 else number_or_text(value)


# -- transform, AutoML, jobs

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
