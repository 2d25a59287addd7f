"""A step that runs a batch transform job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ...assets import S3Location
from ...language import Expression, IntegerLike, StepReference, StringLike
from ...language.documentation import documented
from ...language.no_value import NoValue
from ...properties.transform import TransformProperties
from ..base.data_access import DataFields, grant_data
from ..base.field_checks import TextOrPlace, kms_key, one_of, s3_uri, text
from ..base.request import DefaultedStep, RunsJobStep
from ..models.model import ModelStep, model_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_kms as kms

    from ...iam.trust import Trust
    from ...language import CacheConfig, RetryPolicy
    from ..base.job_defaults import JobDefaults
    from ..base.scope import Dependable, StepScope


@documented
@dataclass(frozen=True)
class TransformInput(NoValue):
    """The data of a transform job, with more settings than its location.

    ```python
    TransformInput(S3Location(data, "batch/"), content_type="text/csv", split_type="Line")
    ```

    API: [TransformInput](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_TransformInput.html).
    """

    source: S3Location | StringLike
    """Where the data is: an ``S3Location``, another step's output or an S3 URI."""
    content_type: StringLike | None = None
    """The content type of the requests to the model, such as "text/csv". Default: none."""
    split_type: str | None = None
    """How objects are split into records: ``None``, ``Line``, ``RecordIO`` or ``TFRecord``, as a text. Default: not at
    all."""
    compression_type: str | None = None
    """``None`` or ``Gzip``, as a text. Default: not compressed."""
    s3_data_type: str = "S3Prefix"
    """``S3Prefix`` for all objects below the location, or ``ManifestFile`` for a list of them."""


class TransformStep(DefaultedStep, DataFields, RunsJobStep):
    """Gets a model's answers to every record of the data in S3; for each object ``x`` it writes ``x.out``.

    ```python
    score = TransformStep(
        pipeline, "Score", model=model, instance_type="ml.m5.xlarge",
        input=TransformInput(S3Location(data, "batch/"), content_type="text/csv", split_type="Line"),
    )
    LambdaStep(pipeline, "Tell", handler=LambdaHandler("functions/tell.py"), inputs={"answers": score.output_path})
    ```

    The job runs with the role of the model, which gets the permissions for the data.

    API: [CreateTransformJob](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTransformJob.html).
    Source: [Transform step](https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-transform).
    """

    type = "Transform"

    model: ModelStep | StringLike
    """The step that creates the model, or the name of an existing one."""
    input: TransformInput | S3Location | StringLike
    """The data to get answers for: a location in S3, or a ``TransformInput``."""
    instance_type: StringLike
    """The type of the instances, such as ``"ml.m5.xlarge"``."""
    instance_count: IntegerLike = 1
    """The number of instances that run the job."""
    output: S3Location | StringLike | None = None
    """Where the answers go. Default: ``<artifacts>/<pipeline>/<execution id>/<step>``.

    There is no default in the body of a for-each.
    """
    accept: StringLike | None = None
    """The content type of the answers, such as "text/csv". Default: the service's."""
    assemble_with: str | None = None
    """How the answers for one object are assembled: ``None`` or ``Line``, as a text."""
    strategy: str | None = None
    """How many records a request contains: ``SingleRecord`` or ``MultiRecord``."""
    max_concurrent_transforms: IntegerLike | None = None
    """The number of concurrent requests to each instance. Default: the service's."""
    max_payload_in_mb: IntegerLike | None = None
    """The largest request in MB, 0 for no limit. Default: the service's, 6."""
    input_filter: StringLike | None = None
    """A JSONPath of at most 63 characters: the part of each record that the model gets. Default: all of it."""
    output_filter: StringLike | None = None
    """A JSONPath of at most 63 characters: the part of each answer, or joined record, that is kept. Default: all."""
    join_source: Literal["Input", "None"] | None = None
    """``Input``: each answer is joined with its record. Default: ``None``, the answers alone."""
    environment: Mapping[str, TextOrPlace] | None = None
    """Environment variables of the container."""
    output_kms_key: kms.IKey | None = None
    """The KMS key of the answers. Default: the bucket's or AWS's own; AWS's pages contradict one another."""
    volume_kms_key: kms.IKey | None = None
    """The KMS key of the instances' storage. Default: a key of the service's own."""

    if TYPE_CHECKING:  # `make generate` writes this from the fields

        def __init__(
            self,
            scope: StepScope,
            construct_id: str,
            *,
            model: ModelStep | StringLike,
            input: TransformInput | S3Location | StringLike,
            instance_type: StringLike,
            instance_count: IntegerLike = 1,
            output: S3Location | StringLike | None = None,
            accept: StringLike | None = None,
            assemble_with: str | None = None,
            strategy: str | None = None,
            max_concurrent_transforms: IntegerLike | None = None,
            max_payload_in_mb: IntegerLike | None = None,
            input_filter: StringLike | None = None,
            output_filter: StringLike | None = None,
            join_source: Literal["Input", "None"] | None = None,
            environment: Mapping[str, TextOrPlace] | None = None,
            output_kms_key: kms.IKey | None = None,
            volume_kms_key: kms.IKey | None = None,
            job_defaults: JobDefaults | None = None,
            reads: Sequence[S3Location | StringLike] = (),
            writes: Sequence[S3Location | StringLike] = (),
            cache: CacheConfig | None = None,
            retry_policies: Sequence[RetryPolicy] | None = None,
            overrides: Mapping[str, Any] | None = None,
            trust: Trust | None = None,
            step_name: str | None = None,
            display_name: str | None = None,
            description: str | None = None,
            depends_on: Sequence[Dependable] = (),
        ) -> None:
            """Gets a model's answers to every record of the data in S3; for each object ``x`` it writes ``x.out``.

            :param scope: The pipeline, group, branch of a condition or body of a for-each in which it is declared.
            :param construct_id: The construct's id, unique in its scope; the step's name unless there is ``step_name``.
            :param model: The step that creates the model, or the name of an existing one.
            :param input: The data to get answers for: a location in S3, or a ``TransformInput``.
            :param instance_type: The type of the instances, such as ``"ml.m5.xlarge"``.
            :param instance_count: The number of instances that run the job.
            :param output: Where the answers go. Default: ``<artifacts>/<pipeline>/<execution id>/<step>``.
            :param accept: The content type of the answers, such as "text/csv". Default: the service's.
            :param assemble_with: How the answers for one object are assembled: ``None`` or ``Line``, as a text.
            :param strategy: How many records a request contains: ``SingleRecord`` or ``MultiRecord``.
            :param max_concurrent_transforms: The number of concurrent requests to each instance. Default: the
                service's.
            :param max_payload_in_mb: The largest request in MB, 0 for no limit. Default: the service's, 6.
            :param input_filter: A JSONPath of at most 63 characters: the part of each record that the model gets.
                Default: all of it.
            :param output_filter: A JSONPath of at most 63 characters: the part of each answer, or joined record, that
                is kept. Default: all.
            :param join_source: ``Input``: each answer is joined with its record. Default: ``None``, the answers alone.
            :param environment: Environment variables of the container.
            :param output_kms_key: The KMS key of the answers. Default: the bucket's or AWS's own; AWS's pages
                contradict one another.
            :param volume_kms_key: The KMS key of the instances' storage. Default: a key of the service's own.
            :param job_defaults: The settings that apply where the step's own fields are not given. Default: the
                pipeline's.
            :param reads: What else the code reads: each an ``S3Location``, another step's output or an S3 URI. Default:
                nothing.
            :param writes: Where else the code writes: each an ``S3Location``, another step's output or an S3 URI.
                Default: nowhere.
            :param cache: How old the results of the same arguments may be to be reused. Default: the pipeline's
                ``cache``.
            :param retry_policies: When a failed request is sent again, and how often. Default: those of the pipeline
                that the step supports.
            :param overrides: More members of the API's request, in its own names, merged into the arguments; None
                removes an entry.
            :param trust: The roles, buckets and accounts of others that ``overrides`` may name. Default: none.
            :param step_name: The name in the pipeline: 1 to 64 letters, digits, '-' and '_', unique in the pipeline.
            :param display_name: The name shown in Studio, at most 256 characters.
            :param description: The description shown in Studio, at most 3072 characters.
            :param depends_on: Steps and groups of steps to wait for; those that it reads data of need no entry.
            """

    def bind(self) -> None:
        super().bind()
        if self.join_source is not None:
            one_of(self.join_source, ("Input", "None"), "join_source")
        self._model = model_name(self, self.model, "model")
        role = self.model.job_role if isinstance(self.model, ModelStep) else None
        unknown = "the role of the model, which is only known for a ModelStep; grant them where the model is created"
        grant_data(self, role, self, unknown=unknown)

    @property
    def properties(self) -> TransformProperties:
        """The job's description, as expressions.

        API: [DescribeTransformJob](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeTransformJob.html).
        """
        return TransformProperties(self.name, ())

    @property
    def output_path(self) -> Expression[str]:
        """The S3 URI that the answers are below."""
        return StepReference(self.name, ("TransformOutput", "S3OutputPath"))

    def arguments(self) -> dict[str, Any]:
        data = self.input if isinstance(self.input, TransformInput) else TransformInput(self.input)
        work = self.host.workplace
        return {
            "ModelName": self._model,
            "TransformInput": {
                "DataSource": {
                    "S3DataSource": {"S3DataType": data.s3_data_type, "S3Uri": s3_uri(data.source, "input", work)},
                },
                "ContentType": data.content_type,
                "CompressionType": data.compression_type,
                "SplitType": data.split_type,
            },
            "TransformOutput": {
                "S3OutputPath": s3_uri(self._only_run_prefix() if self.output is None else self.output, "output", work),
                "Accept": self.accept,
                "AssembleWith": self.assemble_with,
                "KmsKeyId": kms_key(self.output_kms_key, "output_kms_key"),
            },
            "TransformResources": {
                "InstanceType": self.instance_type,
                "InstanceCount": self.instance_count,
                "VolumeKmsKeyId": kms_key(self.volume_kms_key, "volume_kms_key"),
            },
            "DataProcessing": self._data_processing(),
            "BatchStrategy": self.strategy,
            "MaxConcurrentTransforms": self.max_concurrent_transforms,
            "MaxPayloadInMB": self.max_payload_in_mb,
            "Environment": self._text_map(self.environment, "environment"),
        }

    def _data_processing(self) -> dict[str, Any] | None:
        written = {
            "InputFilter": None if self.input_filter is None else text(self.input_filter, "input_filter"),
            "OutputFilter": None if self.output_filter is None else text(self.output_filter, "output_filter"),
            "JoinSource": self.join_source,
        }
        return written if any(value is not None for value in written.values()) else None
