"""The parts of a training job, for training steps and for the definitions of a tuning."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from aws_cdk import Duration
from constructs import Construct

from ...assets import S3Location, SourceDir, StagedCode
from ...language import Expression, IntegerLike, PipelineError, StringLike, as_text
from ...language.distributions import INSTANCE_TYPE
from ...language.documentation import documented
from ...language.keyword_options import by_name
from ...language.no_value import NoValue
from ..base.field_checks import entries, kms_key, of_type, one_of, s3_uri, seconds, served_code, shown
from ..base.request import Container, ContainerFields, WritingStep
from .distribution import Distribution
from .file_system import FileSystemSource


@documented
@dataclass(frozen=True)
class Channel(NoValue):
    """An input channel of a training job, with more settings than its location.

    ```python
    Channel(prepare.output("train"), content_type="text/csv")
    Channel("s3://sales/train/", input_mode="FastFile", s3_data_distribution_type="ShardedByS3Key")
    ```

    API: [Channel](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Channel.html),
    [S3DataSource](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3DataSource.html).
    """

    source: S3Location | FileSystemSource | StringLike
    """Where the data is: an ``S3Location``, another step's output, an S3 URI, or a file system."""
    content_type: StringLike | None = None
    """The content type, such as "text/csv"; built-in algorithms need it."""
    input_mode: str | None = None
    """``File``, ``FastFile`` or ``Pipe``. Default: the job's ``input_mode``."""
    s3_data_type: str = "S3Prefix"
    """``S3Prefix`` for all objects below the location, ``ManifestFile`` for a list of them, or another type of the API.
    """
    s3_data_distribution_type: str = "FullyReplicated"
    """``FullyReplicated`` for all data on each instance, or ``ShardedByS3Key``."""
    compression_type: str | None = None
    """``None`` or ``Gzip``, as a text; with ``Pipe`` only. Default: not compressed."""
    record_wrapper_type: str | None = None
    """``RecordIO`` wraps each object in a record for algorithms that need it. Default: not."""


@documented
@dataclass(frozen=True)
class Checkpoints(NoValue):
    """Where a training job keeps its checkpoints, so that an interrupted job can continue.

    ```python
    TrainingStep(
        pipeline, "Fit", image=Image.xgboost("1.7-1"), instance_type="ml.m5.large", max_wait=Duration.hours(4),
        max_runtime=Duration.hours(2), checkpoints=Checkpoints(S3Location(bucket, "checkpoints/")),
    )
    ```

    API: [CheckpointConfig](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CheckpointConfig.html).
    """

    destination: S3Location | StringLike
    """Where they are in S3: an ``S3Location`` or a URI."""
    local_path: str | None = None
    """Where the code writes them in the container. Default: ``/opt/ml/checkpoints``."""


class TrainingFields(ContainerFields):
    """The fields of a training job."""

    source: SourceDir | None = None
    """The training code, for an image with the SageMaker training toolkit (all framework images)."""
    distribution: Distribution | None = None
    """How ``source`` runs on several processes and instances, such as ``Torchrun()``. Default: once an instance."""
    inputs: Mapping[str, Channel | FileSystemSource | S3Location | StringLike] | None = None
    """The input channels by name: locations in S3, file systems or ``Channel``; at most 20."""
    output: S3Location | StringLike | None = None
    """Where the model archive goes. Default: below the pipeline's artifacts."""
    output_compression: Literal["GZIP", "NONE"] | None = None
    """``NONE`` for a model as files below ``output/model/``, which an ``UncompressedModel`` takes. Default: GZIP."""
    hyperparameters: Mapping[str, Any] | None = None
    """The settings of the algorithm or script, by name; at most 100.

    With ``source`` all values are written as JSON, which the toolkit reads; without, texts are unchanged, the rest is
    JSON. An ``S3Location``, even in a list or dict, is passed as its URI; see ``reads``.
    """
    input_mode: str = "File"
    """How the container gets the data: ``File``, ``FastFile`` or ``Pipe``."""
    metric_definitions: Mapping[str, str] | None = None
    """Regular expressions that find metrics in the log, by metric name, with one group each; at most 40."""
    checkpoints: Checkpoints | None = None
    """Where checkpoints are kept, so that an interrupted job can continue. Default: nowhere."""
    max_wait: Duration | IntegerLike | None = None
    """Uses spot capacity and waits at most this long, at least ``max_runtime``. Default: on demand."""


class TrainingSettings(TrainingFields):
    """The fields of a training job, as a value."""

    @by_name
    def __init__(self, **given: Any) -> None:
        self._take_fields(given)


class TrainingJob:
    """A training job as the API expects it.

    ``scope``: where the code is staged. ``output``: creates the location of the model archive if none is given.
    """

    def __init__(
        self,
        step: WritingStep,
        given: TrainingFields,
        container: Container,
        *,
        scope: Construct,
        output: Callable[[], S3Location],
    ) -> None:
        self._step = step
        self._given = given
        self._container = container
        self._work = step.host.workplace
        self._output = output
        served_code(given.source, "source")
        if given.output_compression is not None:
            one_of(given.output_compression, ("GZIP", "NONE"), "output_compression")
        of_type(given.checkpoints, Checkpoints, "checkpoints", "Checkpoints(...)")
        self._check_waiting()
        names = entries(given.hyperparameters, "hyperparameters")
        reserved = [name for name in names if name.startswith("sagemaker_")] if given.source else []
        if reserved:
            raise PipelineError(
                f"hyperparameters: {reserved[0]!r} is the toolkit's own and set by source= and distribution=; "
                "overrides takes what these do not offer"
            )
        self._launcher = self._distribution()
        own = [*_TOOLKIT, *self._launcher]
        if given.source is not None and _MOST - len(own) < len(names) <= _MOST:
            adds = "source= adds" if given.distribution is None else "source= and distribution= add"
            raise PipelineError(
                f"hyperparameters has {len(names)} entries, and {adds} {len(own)}: {', '.join(own)}; "
                f"at most {_MOST} are allowed together"
            )
        self._code: StagedCode | None = None
        if given.source is not None:
            self._code = self._work.staged(step.name, given.source.stage(scope, "Code"))
        isolated = given.enable_network_isolation
        # an isolated container cannot reach S3; isolation that depends on a parameter must count as isolation
        self._code_in_channel = isolated is not None and isolated is not False

    def _distribution(self) -> Mapping[str, Any]:
        """What the toolkit is given about the distribution."""
        given = self._given
        example = "Torchrun(), MPI(...), ParameterServer(), SMDataParallel(...) or MultiWorkerMirrored()"
        of_type(given.distribution, Distribution, "distribution", example)
        if given.distribution is None:
            return {}
        if given.source is None:
            raise PipelineError("distribution is for a script, which the toolkit launches; give source= too")
        first, *others = given._types()
        found = given.distribution._hyperparameters(first)
        known = isinstance(first, str) and all(isinstance(other, str) and other == first for other in others)
        if INSTANCE_TYPE in found and others and not known:
            raise PipelineError(
                "distribution: the toolkit has to know the type of the instances; give instance_preferences of one type"
            )
        return found

    def _check_waiting(self) -> None:
        if self._given.max_wait is None:
            return
        if self._given.max_runtime is None:
            raise PipelineError("max_wait is for spot capacity and needs max_runtime too")
        wait, run = seconds(self._given.max_wait, "max_wait"), seconds(self._given.max_runtime, "max_runtime")
        if isinstance(wait, int) and isinstance(run, int) and wait < run:
            raise PipelineError(f"max_wait is {wait} seconds and max_runtime {run}; the wait includes the run")

    def encoded(self, value: Any, what: str) -> Any:
        """A hyperparameter's value, encoded as the algorithm or the script reads it."""
        if value is None:
            raise PipelineError(f"{what} must be a value, not None; leave it out")
        return (hyperparameter if self._code is None else script_hyperparameter)(self._with_uris(value), what)

    def _with_uris(self, value: Any) -> Any:
        """The value, with S3 locations in it as URIs."""
        if isinstance(value, S3Location):
            return value.bind(self._work)
        if isinstance(value, Mapping):
            return {key: self._with_uris(item) for key, item in value.items()}
        return [self._with_uris(item) for item in value] if isinstance(value, (list, tuple)) else value

    def output_path(self) -> Any:
        """Where the model archive goes."""
        return s3_uri(self._output() if self._given.output is None else self._given.output, "output", self._work)

    def request(self, hyperparameters: str = "HyperParameters", resources: str = "ResourceConfig") -> dict[str, Any]:
        """The part that requests of training jobs and tunings have in common.

        ``hyperparameters``, ``resources``: the names of these members.
        """
        given = self._given
        metrics = entries(given.metric_definitions, "metric_definitions")
        for name, regex in metrics.items():
            if regex is None:
                raise PipelineError(f"metric_definitions[{name!r}] must be a text, not None")
        stopping = given._stopping_condition() or {"MaxRuntimeInSeconds": 86400}
        if given.max_wait is not None:
            stopping["MaxWaitTimeInSeconds"] = seconds(given.max_wait, "max_wait")
        return {
            "AlgorithmSpecification": {
                "TrainingImage": self._container.image_uri,
                "TrainingInputMode": given.input_mode,
                "MetricDefinitions": [{"Name": name, "Regex": regex} for name, regex in metrics.items()] or None,
            },
            "RoleArn": self._work.role_arn(self._container.role),
            "InputDataConfig": self._channels() or None,
            "OutputDataConfig": {
                "S3OutputPath": self.output_path(),
                "KmsKeyId": kms_key(given.output_kms_key, "output_kms_key"),
                "CompressionType": given.output_compression,
            },
            resources: {
                "InstanceType": given.instance_type,
                "InstanceCount": given.instance_count,
                "VolumeSizeInGB": given.volume_size_in_gb,
                "VolumeKmsKeyId": kms_key(given.volume_kms_key, "volume_kms_key"),
            },
            "StoppingCondition": stopping,
            hyperparameters: self._hyperparameters() or None,
            "Environment": self._step._text_map(given.environment, "environment"),
            "VpcConfig": self._container.vpc_config,
            "EnableNetworkIsolation": given.enable_network_isolation,
            "EnableInterContainerTrafficEncryption": given.encrypt_inter_container_traffic,
            "EnableManagedSpotTraining": True if given.max_wait is not None else None,
            "CheckpointConfig": self._checkpoint_config(),
        }

    def _channels(self) -> list[dict[str, Any]]:
        given = {
            name: value if isinstance(value, Channel) else Channel(value)
            for name, value in entries(self._given.inputs, "inputs").items()
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
            "DataSource": self._source(value, f"inputs[{name!r}]"),
            "ContentType": value.content_type,
            "CompressionType": value.compression_type,
            "InputMode": value.input_mode,
            "RecordWrapperType": value.record_wrapper_type,
        }

    def _source(self, channel: Channel, what: str) -> dict[str, Any]:
        source = channel.source
        if not isinstance(source, FileSystemSource):
            place = {
                "S3DataType": channel.s3_data_type,
                "S3Uri": s3_uri(source, what, self._work),
                "S3DataDistributionType": channel.s3_data_distribution_type,
            }
            return {"S3DataSource": place}
        for name in ("s3_data_type", "s3_data_distribution_type"):
            if getattr(channel, name) != getattr(Channel, name):
                raise PipelineError(f"{what}: {name} is for data in S3, and this is a file system")
        if self._container.vpc_config is None:
            raise PipelineError(f"{what}: the job reaches a file system through its network; give vpc= too")
        return {"FileSystemDataSource": source._bind(what)}

    def _hyperparameters(self) -> dict[str, Any]:
        given = entries(self._given.hyperparameters, "hyperparameters")
        values = {name: self.encoded(value, f"hyperparameters[{name!r}]") for name, value in given.items()}
        if self._code is None or self._given.source is None:
            return values
        code = f"/opt/ml/input/data/code/{self._code.file_name}" if self._code_in_channel else self._code.uri
        return {
            **values,
            "sagemaker_submit_directory": json.dumps(code),
            "sagemaker_program": json.dumps(self._given.source.entry_point),
            "sagemaker_container_log_level": "20",
            "sagemaker_region": json.dumps(self._work.where.region),
            **{name: script_hyperparameter(value, "distribution") for name, value in self._launcher.items()},
        }

    def _checkpoint_config(self) -> dict[str, Any] | None:
        if self._given.checkpoints is None:
            return None
        uri = s3_uri(self._given.checkpoints.destination, "checkpoints", self._work)
        return {"S3Uri": uri, "LocalPath": self._given.checkpoints.local_path}


_MOST = 100
_TOOLKIT = ("sagemaker_submit_directory", "sagemaker_program", "sagemaker_container_log_level", "sagemaker_region")
"""What ``source=`` passes to the toolkit in the image."""


def hyperparameter(value: Any, what: str) -> Any:
    """A hyperparameter of an algorithm: texts unchanged, other values as JSON."""
    if isinstance(value, Expression):
        return as_text(value)
    return value if isinstance(value, str) else script_hyperparameter(value, what)


def script_hyperparameter(value: Any, what: str) -> Any:
    """A hyperparameter of a script, as JSON."""
    if isinstance(value, Expression):
        return as_text(value)
    try:
        return json.dumps(value, allow_nan=False, default=_plain)
    except (TypeError, ValueError):
        raise PipelineError(
            f"{what}: {shown(value)} is neither an expression nor a value that JSON can write"
        ) from None


def _plain(value: Any) -> Any:
    """A dict for a value that was made read-only."""
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError
