"""A step that runs a training job."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aws_cdk import Duration

from ...language import Expression, IntegerLike, PipelineError, StepReference, StringLike
from ...properties.training import TrainingProperties
from ..base.field_checks import seconds, text
from ..base.request import ContainerJobStep
from .instance_preference import InstancePreference, check_preferences
from .training_job import TrainingFields, TrainingJob
from .warm_pool import WarmPool, check_warm_pool

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal

    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_kms as kms
    from constructs import Construct

    from ...assets import Image, S3Location, SourceDir
    from ...iam.trust import Trust
    from ...language import BooleanLike, CacheConfig, RetryPolicy
    from ..base.field_checks import TextOrPlace
    from ..base.job_defaults import JobDefaults
    from ..base.scope import Dependable, StepScope
    from .distribution import Distribution
    from .file_system import FileSystemSource
    from .training_job import Channel, Checkpoints


class TrainingStep(TrainingFields, ContainerJobStep):
    """Trains a model with your code or with an algorithm.

    With ``source`` the framework's image runs your code: channels are under ``/opt/ml/input/data/<name>``, the model
    goes to ``/opt/ml/model``, hyperparameters are passed as ``--name value``, and the ``SM_*`` variables have all of
    them. Without ``source`` the image contains the algorithm.

    ```python
    train = TrainingStep(
        pipeline, "Train",
        image=Image.sklearn("1.2-1"), source=SourceDir("jobs/train", entry_point="train.py"),
        instance_type="ml.m5.large", inputs={"train": prepare.output("train")},
        hyperparameters={"max_depth": 6},
    )
    ```

    API: [CreateTrainingJob](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html).
    Source: [Training step](https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-training).
    """

    type = "Training"
    _image_use = "training"

    instance_type: StringLike | None = None  # type: ignore[assignment]  # here the preferences may say it
    """The type of the instances, such as "ml.m5.xlarge". Needed unless there are ``instance_preferences``."""
    instance_preferences: Sequence[InstancePreference] | None = None
    """The kinds of instances that the job can have, 1 to 5, best first: it gets the first that is available. Default:
    ``instance_type`` alone."""
    training_plan: StringLike | None = None
    """The ARN of a training plan, whose reserved capacity is used. Default: none."""
    max_pending_time: Duration | IntegerLike | None = None
    """How long the job may wait for instances with accelerators, 30 minutes to 28 days. Default: the service's."""
    keep_alive_period: Duration | IntegerLike | None = None
    """How long the instances are kept warm for a job with the same role and resources, at most 6 hours. Default: not.
    """

    warm_pool: WarmPool | None = None
    """The pool with whose steps it shares instances that are kept warm, its role and its security group. Default: none.
    """

    if TYPE_CHECKING:  # `make generate` writes this from the fields

        def __init__(
            self,
            scope: StepScope,
            construct_id: str,
            *,
            image: Image,
            instance_type: StringLike | None = None,
            instance_preferences: Sequence[InstancePreference] | None = None,
            training_plan: StringLike | None = None,
            max_pending_time: Duration | IntegerLike | None = None,
            keep_alive_period: Duration | IntegerLike | None = None,
            warm_pool: WarmPool | None = None,
            source: SourceDir | None = None,
            distribution: Distribution | None = None,
            inputs: Mapping[str, Channel | FileSystemSource | S3Location | StringLike] | None = None,
            output: S3Location | StringLike | None = None,
            output_compression: Literal["GZIP", "NONE"] | None = None,
            hyperparameters: Mapping[str, Any] | None = None,
            input_mode: str = "File",
            metric_definitions: Mapping[str, str] | None = None,
            checkpoints: Checkpoints | None = None,
            max_wait: Duration | IntegerLike | None = None,
            instance_count: IntegerLike = 1,
            volume_size_in_gb: IntegerLike = 30,
            role: iam.IRole | None = None,
            environment: Mapping[str, TextOrPlace] | None = None,
            max_runtime: Duration | IntegerLike | None = None,
            vpc: ec2.IVpc | None = None,
            vpc_subnets: ec2.SubnetSelection | None = None,
            security_groups: Sequence[ec2.ISecurityGroup] | None = None,
            enable_network_isolation: BooleanLike | None = None,
            encrypt_inter_container_traffic: BooleanLike | None = None,
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
            """Trains a model with your code or with an algorithm.

            :param scope: The pipeline, group, branch of a condition or body of a for-each in which it is declared.
            :param construct_id: The construct's id, unique in its scope; the step's name unless there is ``step_name``.
            :param image: The container image that the job runs, such as ``Image.xgboost("1.7-1")``.
            :param instance_type: The type of the instances, such as "ml.m5.xlarge". Needed unless there are
                ``instance_preferences``.
            :param instance_preferences: The kinds of instances that the job can have, 1 to 5, best first: it gets the
                first that is available. Default: ``instance_type`` alone.
            :param training_plan: The ARN of a training plan, whose reserved capacity is used. Default: none.
            :param max_pending_time: How long the job may wait for instances with accelerators, 30 minutes to 28 days.
                Default: the service's.
            :param keep_alive_period: How long the instances are kept warm for a job with the same role and resources,
                at most 6 hours. Default: not.
            :param warm_pool: The pool with whose steps it shares instances that are kept warm, its role and its
                security group. Default: none.
            :param source: The training code, for an image with the SageMaker training toolkit (all framework images).
            :param distribution: How ``source`` runs on several processes and instances, such as ``Torchrun()``.
                Default: once an instance.
            :param inputs: The input channels by name: locations in S3, file systems or ``Channel``; at most 20.
            :param output: Where the model archive goes. Default: below the pipeline's artifacts.
            :param output_compression: ``NONE`` for a model as files below ``output/model/``, which an
                ``UncompressedModel`` takes. Default: GZIP.
            :param hyperparameters: The settings of the algorithm or script, by name; at most 100.
            :param input_mode: How the container gets the data: ``File``, ``FastFile`` or ``Pipe``.
            :param metric_definitions: Regular expressions that find metrics in the log, by metric name, with one group
                each; at most 40.
            :param checkpoints: Where checkpoints are kept, so that an interrupted job can continue. Default: nowhere.
            :param max_wait: Uses spot capacity and waits at most this long, at least ``max_runtime``. Default: on
                demand.
            :param instance_count: The number of instances that run the job.
            :param volume_size_in_gb: The size of the storage of each instance, in GB.
            :param role: The role that the job assumes. Default: the pipeline's ``default_job_role``, else a new one
                with exactly what the step needs.
            :param environment: The environment variables of the container, as texts by name. An ``S3Location`` is
                passed as its URI; see ``reads``.
            :param max_runtime: How long the job may run, a ``Duration`` or seconds. Default: the service's.
            :param vpc: The VPC that the instances join. Default: none of yours.
            :param vpc_subnets: The subnets to use. Default: the private ones of ``vpc``. Subnets that are given by id
                need no ``vpc``.
            :param security_groups: The security groups of the instances. Default: a new one, in which only they reach
                one another.
            :param enable_network_isolation: Whether the container is cut off from every network. Default: the
                service's, false.
            :param encrypt_inter_container_traffic: Whether traffic between the instances is encrypted. Default: the
                service's, false.
            :param output_kms_key: The KMS key of the outputs. Default: the bucket's or AWS's own; AWS's pages
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
        check_preferences(self, self.instance_preferences)
        if self.training_plan is not None and self.max_wait is not None:
            raise PipelineError("training_plan: its capacity is reserved and not spot; omit max_wait")
        check_warm_pool(self, self.warm_pool)
        super().bind()
        if self.keep_alive_period is not None and self.max_wait is not None:
            raise PipelineError("keep_alive_period: spot capacity is not kept warm; omit max_wait")
        if self.warm_pool is not None:
            self.warm_pool._join(self, self.instance_type, self.instance_count)
        self._job = TrainingJob(self, self, self._container, scope=self, output=self._run_prefix)

    def _shared(self) -> tuple[iam.IRole, Construct] | None:
        return None if self.warm_pool is None else (self.warm_pool.job_role, self.warm_pool)

    @property
    def properties(self) -> TrainingProperties:
        """The job's description, as expressions.

        API: [DescribeTrainingJob](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeTrainingJob.html).
        """
        return TrainingProperties(self.name, ())

    @property
    def model_artifacts(self) -> Expression[str]:
        """The S3 URI of the ``model.tar.gz`` that the job writes."""
        return StepReference(self.name, ("ModelArtifacts", "S3ModelArtifacts"))

    def arguments(self) -> dict[str, Any]:
        request = self._job.request()
        resources = request["ResourceConfig"]
        if self.instance_preferences is not None:
            resources["InstancePreferences"] = [each.to_json() for each in self.instance_preferences]
            if self.instance_preferences[0].instance_count is not None:
                resources["InstanceCount"] = None
        if self.training_plan is not None:
            resources["TrainingPlanArn"] = text(self.training_plan, "training_plan")
        if self.max_pending_time is not None:
            waits = seconds(self.max_pending_time, "max_pending_time")
            request["StoppingCondition"]["MaxPendingTimeInSeconds"] = waits
        if self.warm_pool is not None:
            resources["KeepAlivePeriodInSeconds"] = self.warm_pool._seconds
        if self.keep_alive_period is not None:
            resources["KeepAlivePeriodInSeconds"] = seconds(self.keep_alive_period, "keep_alive_period")
        return request

    def _types(self) -> Sequence[Any]:
        if self.instance_preferences is None:
            return super()._types()
        return [each.instance_type for each in self.instance_preferences]

    def _counts(self) -> Sequence[Any]:
        counts = [each.instance_count for each in self.instance_preferences or ()]
        return [count for count in counts if count is not None] or super()._counts()
