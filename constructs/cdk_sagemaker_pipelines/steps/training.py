"""A step that runs a training job."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aws_cdk import Duration

from ..assets import S3Prefix, SourceDir, StagedCode
from ..language import Expression, IntegerLike, PipelineError, StepReference, StringLike, as_text
from ..properties.training import TrainingProperties
from .checks import entries, kms_key, of_type, place, seconds, shown
from .job import ContainerJobStep


@dataclass(frozen=True)
class Channel:
    """An input channel with more than its place said. The fields are the API's ``Channel`` and ``S3DataSource``.

    ``source``: an ``S3Prefix``, another step's output or an S3 URI. ``content_type``: such as "text/csv"; built-in
    algorithms need it. ``input_mode``: ``File``, ``FastFile`` or ``Pipe``; default: the job's.
    """

    source: S3Prefix | StringLike
    content_type: StringLike | None = None
    input_mode: str | None = None
    s3_data_type: str = "S3Prefix"
    s3_data_distribution_type: str = "FullyReplicated"
    compression_type: str | None = None
    record_wrapper_type: str | None = None


@dataclass(frozen=True)
class Checkpoints:
    """Where a job keeps its checkpoints: in S3, and in the container (default ``/opt/ml/checkpoints``)."""

    destination: S3Prefix | StringLike
    local_path: str | None = None


class TrainingStep(ContainerJobStep):
    """Trains a model. API: ``CreateTrainingJob``.

    With ``source`` the framework's image runs your code: channels are under ``/opt/ml/input/data/<name>``, the model
    goes to ``/opt/ml/model``, hyperparameters arrive as ``--name value``, and the ``SM_*`` variables tell all of it.
    Without, the image is an algorithm of its own.

    ::

        train = TrainingStep(
            pipeline, "Train",
            image=Image.sklearn("1.2-1"), source=SourceDir("jobs/train", entry_point="train.py"),
            instance_type="ml.m5.large", inputs={"train": prepare.output("train")},
            hyperparameters={"max_depth": 6},
        )

    Source: "Training step" of the developer guide.
    """

    type = "Training"
    image_use = "training"
    job_arns = "training-job/*"

    source: SourceDir | None = None
    """The training code, for an image with the SageMaker training toolkit (all framework images)."""
    inputs: Mapping[str, Channel | S3Prefix | StringLike] | None = None
    """The channels by name; at most 20."""
    output: S3Prefix | StringLike | None = None
    """Where the model archive goes. Default: ``<artifacts>/<pipeline>/<execution id>/<step>``."""
    hyperparameters: Mapping[str, Any] | None = None
    """At most 100. With ``source`` values are written as JSON, which the toolkit reads;

    else texts as they are, the rest as JSON.
    """
    input_mode: str = "File"
    """``File``, ``FastFile`` or ``Pipe``."""
    metric_definitions: Mapping[str, str] | None = None
    """Regular expressions by metric name, with one group, over the log; at most 40."""
    checkpoints: Checkpoints | None = None
    """Default: none."""
    max_wait: Duration | IntegerLike | None = None
    """Train on spot capacity, waiting no longer than this, at least ``max_runtime``. Default: on demand."""
    keep_alive_period: Duration | IntegerLike | None = None
    """Keep the instances warm for a next job with the same role and resources, at most 6 hours. Default: not."""

    def bind(self) -> None:
        super().bind()
        of_type(self.source, SourceDir, "source", "SourceDir(...)")
        of_type(self.checkpoints, Checkpoints, "checkpoints", "Checkpoints(...)")
        self._check_waiting()
        names = entries(self.hyperparameters, "hyperparameters")
        reserved = [name for name in names if name.startswith("sagemaker_")] if self.source else []
        if reserved:
            raise PipelineError(f"hyperparameters: {reserved[0]!r} is the toolkit's own and written by source=")
        self._code: StagedCode | None = self.source.stage(self, "Code") if self.source is not None else None
        # an isolated container cannot reach S3; an isolation that a parameter decides must be taken for one
        self._code_in_channel = self.enable_network_isolation is not None and self.enable_network_isolation is not False

    def _check_waiting(self) -> None:
        if self.max_wait is None:
            return
        if self.max_runtime is None:
            raise PipelineError("max_wait is for spot capacity and needs max_runtime beside it")
        wait, run = seconds(self.max_wait, "max_wait"), seconds(self.max_runtime, "max_runtime")
        if isinstance(wait, int) and isinstance(run, int) and wait < run:
            raise PipelineError(f"max_wait is {wait} seconds and max_runtime {run}; the wait includes the run")

    @property
    def properties(self) -> TrainingProperties:
        """Everything that the job describes. API: ``DescribeTrainingJob``."""
        return TrainingProperties(self.name, ())

    @property
    def model_artifacts(self) -> Expression[str]:
        """The S3 URI of the ``model.tar.gz``."""
        return StepReference(self.name, ("ModelArtifacts", "S3ModelArtifacts"))

    def arguments(self) -> dict[str, Any]:
        work = self.host.workplace
        stopping = self.stopping_condition() or {"MaxRuntimeInSeconds": 86400}
        if self.max_wait is not None:
            stopping["MaxWaitTimeInSeconds"] = seconds(self.max_wait, "max_wait")
        return {
            "AlgorithmSpecification": {
                "TrainingImage": self.image_uri,
                "TrainingInputMode": self.input_mode,
                "MetricDefinitions": [
                    {"Name": n, "Regex": r} for n, r in entries(self.metric_definitions, "metric_definitions").items()
                ]
                or None,
            },
            "RoleArn": self.host.workplace.role_arn(self.job_role),
            "InputDataConfig": self._channels() or None,
            "OutputDataConfig": {
                "S3OutputPath": place(self.run_prefix() if self.output is None else self.output, "output", work),
                "KmsKeyId": kms_key(self.output_kms_key, "output_kms_key"),
            },
            "ResourceConfig": {
                "InstanceType": self.instance_type,
                "InstanceCount": self.instance_count,
                "VolumeSizeInGB": self.volume_size_in_gb,
                "VolumeKmsKeyId": kms_key(self.volume_kms_key, "volume_kms_key"),
                "KeepAlivePeriodInSeconds": None
                if self.keep_alive_period is None
                else seconds(self.keep_alive_period, "keep_alive_period"),
            },
            "StoppingCondition": stopping,
            "HyperParameters": self._hyperparameters() or None,
            "Environment": self.texts(self.environment, "environment"),
            "VpcConfig": self._vpc_config,
            "EnableNetworkIsolation": self.enable_network_isolation,
            "EnableInterContainerTrafficEncryption": self.encrypt_inter_container_traffic,
            "EnableManagedSpotTraining": True if self.max_wait is not None else None,
            "CheckpointConfig": self._checkpoint_config(),
        }

    def _channels(self) -> list[dict[str, Any]]:
        given = {
            name: value if isinstance(value, Channel) else Channel(value)
            for name, value in entries(self.inputs, "inputs").items()
        }
        if self._code is not None and self._code_in_channel:
            if "code" in given:
                raise PipelineError(
                    "inputs: with network isolation 'code' is the channel of the code; choose another name"
                )
            given["code"] = Channel(self._code.uri)
        return [self._channel(name, value) for name, value in given.items()]

    def _channel(self, name: str, value: Channel) -> dict[str, Any]:
        return {
            "ChannelName": name,
            "DataSource": {
                "S3DataSource": {
                    "S3DataType": value.s3_data_type,
                    "S3Uri": place(value.source, f"inputs[{name!r}]", self.host.workplace),
                    "S3DataDistributionType": value.s3_data_distribution_type,
                }
            },
            "ContentType": value.content_type,
            "CompressionType": value.compression_type,
            "InputMode": value.input_mode,
            "RecordWrapperType": value.record_wrapper_type,
        }

    def _hyperparameters(self) -> dict[str, Any]:
        encode = hyperparameter if self._code is None else script_hyperparameter
        values = {name: encode(value, name) for name, value in entries(self.hyperparameters, "hyperparameters").items()}
        if self._code is None or self.source is None:
            return values
        code = f"/opt/ml/input/data/code/{self._code.file_name}" if self._code_in_channel else self._code.uri
        return {
            **values,
            "sagemaker_submit_directory": json.dumps(code),
            "sagemaker_program": json.dumps(self.source.entry_point),
            "sagemaker_container_log_level": "20",
            "sagemaker_region": json.dumps(self.host.workplace.place.region),
        }

    def _checkpoint_config(self) -> dict[str, Any] | None:
        if self.checkpoints is None:
            return None
        uri = place(self.checkpoints.destination, "checkpoints", self.host.workplace)
        return {"S3Uri": uri, "LocalPath": self.checkpoints.local_path}


def hyperparameter(value: Any, name: str) -> Any:
    """A hyperparameter of an algorithm: texts as they are, the rest as JSON."""
    if isinstance(value, Expression):
        return as_text(value)
    return value if isinstance(value, str) else script_hyperparameter(value, name)


def script_hyperparameter(value: Any, name: str) -> Any:
    """A hyperparameter of a script, as JSON."""
    if isinstance(value, Expression):
        return as_text(value)
    try:
        return json.dumps(value, allow_nan=False, default=_plain)
    except (TypeError, ValueError):
        raise PipelineError(
            f"hyperparameters[{name!r}]: {shown(value)} is neither an expression nor a value that JSON can write"
        ) from None


def _plain(value: Any) -> Any:
    """A dict that was made read-only."""
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError
