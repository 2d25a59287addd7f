"""A step whose training job waits in a pool for its team's instances."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk

from ...language import (
    Expression,
    IntegerLike,
    Key,
    Parameter,
    PipelineError,
    Rendering,
    StepReference,
    an,
    is_expression_json,
)
from ...language.errors import has_no
from ...language.expressions import has_placeholder
from ...language.queued_training import ARTIFACTS, KIND, PAYLOAD, pointers
from ...language.tokens import has_string_token, is_number_token
from ...properties.callback import CallbackProperties
from ..base.compute_defaults import apply_compute_defaults
from ..base.field_checks import entries, literal, of_type, shown, whole
from ..base.fields import field
from ..base.job_defaults import apply_defaults
from ..base.request import ApiStep, Container
from ..base.step import without_none
from .pool_functions import pool_functions
from .queued_overrides import refuse_overrides
from .training_job import TrainingFields, TrainingJob
from .training_pool import TrainingPool

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

    from aws_cdk import Duration
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_kms as kms

    from ...assets import Image, S3Location, SourceDir
    from ...iam.trust import Trust
    from ...language import BooleanLike, StringLike
    from ..base.field_checks import TextOrPlace
    from ..base.job_defaults import JobDefaults
    from ..base.scope import Dependable, StepScope, TagsOf
    from .distribution import Distribution
    from .file_system import FileSystemSource
    from .training_job import Channel, Checkpoints

_OF_JOB = ("TrainingJobArn", "TrainingJobName", ARTIFACTS)
"""The outputs of every step."""
_KEPT = "instances that are kept would be held from the other teams of the pool"
_WHY_NOT = {
    "cache": "the service never reuses a job that waited in a pool",
    "instance_preferences": "a pool counts by one instance type; give instance_type=",
    "keep_alive_period": _KEPT,
    "max_pending_time": "a job waits in the pool as long as it takes",
    "retry_policies": "the service never retries it; give attempts= for Batch to do so",
    "training_plan": "a pool counts instances that no training plan reserves",
    "warm_pool": _KEPT,
}
"""Why it lacks fields of a ``TrainingStep``."""


class QueuedTrainingStep(TrainingFields, ApiStep):
    """Trains a model when its team's turn comes in a pool.

    ```python
    QueuedTrainingStep(
        pipeline, "Train", pool=pool, team="vision", priority=10,
        image=Image.pytorch("2.1"), source=SourceDir("jobs/train", entry_point="train.py"),
        instance_type="ml.g5.xlarge", inputs={"train": prepare.output("train")},
        checkpoints=Checkpoints("s3://vision-checkpoints/train/"),
    )
    ```

    The fields are those of a ``TrainingStep``; ``overrides`` are members of the training job's request, and CDK's tags
    reach it and the job of Batch. In the definition it is a callback step, which two functions of the
    pipeline answer: one submits the job, the other waits for its end. So the service neither caches nor retries it, nor
    records its lineage, and its duration includes the wait. Where a job can be stopped for another one, checkpoints are
    required: it starts again from them. Stopping the execution terminates the job.

    API: [SubmitServiceJob](https://docs.aws.amazon.com/batch/latest/APIReference/API_SubmitServiceJob.html).
    Source: [Submitting jobs to a quota share](https://docs.aws.amazon.com/batch/latest/userguide/submit-job-quota-share.html).
    """

    type = "Callback"
    _runs = "Training"
    _image_use = "training"

    pool: TrainingPool
    """The pool that the job waits in, of the same account and region."""
    team: str
    """The team of the pool whose instances it takes."""
    priority: IntegerLike = 0
    """Which of the team's jobs comes first, 0 to 9999: the higher one."""
    max_preemptions: int | None = None
    """How often the job may be stopped for another and start again before it fails. Default: without limit."""
    attempts: int = 1
    """How often the job is tried when it fails, 1 to 10."""

    job_role: iam.IRole = field(init=False)
    """The role that the job assumes, given or created; grant it what cannot be derived."""

    if TYPE_CHECKING:  # `make generate` writes this from the fields

        def __init__(
            self,
            scope: StepScope,
            construct_id: str,
            *,
            pool: TrainingPool,
            team: str,
            image: Image,
            instance_type: StringLike,
            priority: IntegerLike = 0,
            max_preemptions: int | None = None,
            attempts: int = 1,
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
            overrides: Mapping[str, Any] | None = None,
            trust: Trust | None = None,
            step_name: str | None = None,
            display_name: str | None = None,
            description: str | None = None,
            depends_on: Sequence[Dependable] = (),
        ) -> None:
            """Trains a model when its team's turn comes in a pool.

            :param scope: The pipeline, group, branch of a condition or body of a for-each in which it is declared.
            :param construct_id: The construct's id, unique in its scope; the step's name unless there is ``step_name``.
            :param pool: The pool that the job waits in, of the same account and region.
            :param team: The team of the pool whose instances it takes.
            :param image: The container image that the job runs, such as ``Image.xgboost("1.7-1")``.
            :param instance_type: The type of the instances, such as "ml.m5.xlarge".
            :param priority: Which of the team's jobs comes first, 0 to 9999: the higher one.
            :param max_preemptions: How often the job may be stopped for another and start again before it fails.
                Default: without limit.
            :param attempts: How often the job is tried when it fails, 1 to 10.
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
            :param overrides: More members of the API's request, in its own names, merged into the arguments; None
                removes an entry.
            :param trust: The roles, buckets and accounts of others that ``overrides`` may name. Default: none.
            :param step_name: The name in the pipeline: 1 to 64 letters, digits, '-' and '_', unique in the pipeline.
            :param display_name: The name shown in Studio, at most 256 characters.
            :param description: The description shown in Studio, at most 3072 characters.
            :param depends_on: Steps and groups of steps to wait for; those that it reads data of need no entry.
            """

    def bind(self) -> None:
        apply_defaults(self, self.host.job_defaults, self.overrides, self.host.default_of)
        apply_compute_defaults(self, self.host.compute_defaults, self.overrides, spot=False)
        super().bind()
        self._check_values()
        self._check_pool()
        self._check_numbers()
        can_be_preempted = self._share is not None and self._share.can_be_preempted
        refuse_overrides(self.overrides or {}, can_be_preempted=can_be_preempted)
        self._container = Container(self, self, "training", self)
        self.job_role = self._container.role
        self._job = TrainingJob(self, self, self._container, scope=self, output=self._run_prefix)
        for name in _OF_JOB:
            if name in entries(self.metric_definitions, "metric_definitions"):
                raise PipelineError(f"metric_definitions: {name!r} is an output of the step already; name it otherwise")
        self._functions = pool_functions(self.outer, self.host)
        self._functions.check_room(self.pool, self.host.workplace.role_arn(self.job_role))
        self._url = self.host.workplace.use_queue(self._functions.queue)
        if cdk.Stack.of(self.pool) == self.host.workplace.stack:
            self.host.deploy_after(self.pool)

    @property
    def properties(self) -> CallbackProperties:
        """The outputs of the step, as texts by name."""
        return CallbackProperties(self.name, ())

    @property
    def model_artifacts(self) -> Expression[str]:
        """The S3 URI of the ``model.tar.gz`` that the job writes."""
        return self._output(ARTIFACTS)

    @property
    def training_job_name(self) -> Expression[str]:
        """The name that Batch gave to the training job; of several attempts the last."""
        return self._output("TrainingJobName")

    @property
    def training_job_arn(self) -> Expression[str]:
        """The ARN of the training job; of several attempts that of the last."""
        return self._output("TrainingJobArn")

    def final_metric(self, name: str) -> Expression[float]:
        """The last value of a metric of ``metric_definitions``, which the job must have logged.

        Args:
            name: The name of the metric in ``metric_definitions``.

        Raises:
            PipelineError: A metric that the step does not have.
        """
        with self.naming():
            known = self.metric_definitions or {}
            if name not in known:
                raise PipelineError(f"it {has_no('metric', str(name), known, shown(name))}")
        return self._output(name)

    def arguments(self) -> dict[str, Any]:
        """The request of the training job, which becomes a part of the message."""
        return self._job.request()

    def _render_arguments(self, rendering: Rendering, tags: TagsOf) -> dict[str, Any]:
        request = super()._render_arguments(rendering, tags)
        share = "shareIdentifier" if self._share is None else "quotaShareName"
        beside = {
            "jobName": self.name,
            "jobQueue": self.pool.job_queue_arn,
            "serviceJobType": KIND,
            share: self.team,
            "schedulingPriority": self.priority,
            "attempts": self.attempts,
            "preemptionRetriesBeforeTermination": self.max_preemptions,
        }
        rendered = rendering.render(without_none(beside), "Arguments")
        self._in_code = {**rendered, **_message(self._in_code)}
        return {**rendered, **_message(request)}

    def _more_keys(self) -> dict[str, Any]:
        kinds = {**dict.fromkeys(_OF_JOB, "String"), **dict.fromkeys(self.metric_definitions or {}, "Float")}
        outputs = [{"OutputName": name, "OutputType": kind} for name, kind in kinds.items()]
        return {"SqsQueueUrl": self._url, "OutputParameters": outputs}

    def _finish(self) -> None:
        super()._finish()
        share = None if self._share is None else self.team
        role = self.host.workplace.role_arn(self.job_role)
        self._functions.use(self.name, self.pool, share, role)

    def _output(self, name: str) -> StepReference[Any]:
        return StepReference(self.name, ("OutputParameters", Key(name)))

    def _why_not(self, name: str) -> str:
        why = _WHY_NOT.get(name)
        return f"; {why}" if why else super()._why_not(name)

    def _check_values(self) -> None:
        """The request is a text by the time that rules look at it."""
        for name, kind, example in (
            ("instance_type", str, "a text such as 'ml.g5.xlarge'"),
            ("input_mode", str, "'File', 'FastFile' or 'Pipe'"),
            ("instance_count", int, "a whole number"),
            ("volume_size_in_gb", int, "a whole number"),
            ("enable_network_isolation", bool, "True or False"),
            ("encrypt_inter_container_traffic", bool, "True or False"),
        ):
            value = self.__dict__[name]
            if not is_number_token(value):
                of_type(value, (kind, Expression), name, example)

    def _check_pool(self) -> None:
        of_type(self.pool, TrainingPool, "pool", "a TrainingPool", optional=False)
        work = self.host.workplace
        if work.is_of_another_account(self.pool) or work.is_of_another_region(self.pool):
            raise PipelineError("pool: it is in another account or region, where the pipeline can submit no job")
        self._share = share = self.pool._share_of(literal(self.team, "team"))
        kind, count = self.instance_type, self.instance_count
        known = kind if isinstance(kind, str) and not (has_placeholder(kind) or has_string_token(kind)) else None
        if share is not None and known is not None and known not in share.guaranteed:
            raise PipelineError(f"instance_type: team {self.team!r} {has_no('instance type', known, share.guaranteed)}")
        if isinstance(count, int) and not is_number_token(count) and (share is None or known is not None):
            most = self.pool._most(known or "", self.team)
            most = most if share is None else min(most, share.most(known or "") or most)
            if count > most:
                raise PipelineError(
                    f"instance_count is {count}, and team {self.team!r} can have at most {most} at once; the job would "
                    "wait for ever"
                )
        if share is not None and share.can_be_preempted and self.checkpoints is None:
            why = "borrows instances" if share.borrow != 0 else "lets a higher priority stop its jobs"
            raise PipelineError(
                f"checkpoints: team {self.team!r} {why}, so the job can be stopped for another and start again; give "
                "checkpoints=Checkpoints(...), or add the team with borrow=0"
            )

    def _check_numbers(self) -> None:
        if not isinstance(self.priority, Parameter):
            whole(self.priority, 0, 9999, "priority")
        elif self.priority.type != "Integer":
            raise PipelineError(f"priority takes 0 to 9999 or an Integer parameter, not {an(self.priority.type)} one")
        whole(self.attempts, 1, 10, "attempts")
        if self.max_preemptions is not None:
            if self._share is None:
                raise PipelineError("max_preemptions: a pool with fair_share stops no job for another")
            whole(self.max_preemptions, 0, 2**31 - 1, "max_preemptions")


def _message(request: Mapping[str, Any]) -> dict[str, Any]:
    """The request of the training job as a text, and next to it the values that are only known later."""
    text = json.dumps(_known(request), ensure_ascii=False)
    return {PAYLOAD: text, **dict(pointers(request, _is_later))}


def _is_later(value: Any) -> bool:
    """Whether a value is only known later than the text of the payload is written."""
    return is_expression_json(value) or is_number_token(value)


def _known(value: Any) -> Any:
    """The value with null for what is only known later."""
    if _is_later(value):
        return None
    if isinstance(value, Mapping):
        return {key: _known(item) for key, item in value.items()}
    return [_known(item) for item in value] if isinstance(value, list) else value
