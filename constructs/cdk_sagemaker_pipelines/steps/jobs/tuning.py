"""A step that tunes hyperparameters."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from constructs import Construct

from ...assets import S3Location
from ...language import Expression, IntegerLike, Join, PipelineError, StringLike
from ...language.documentation import documented
from ...language.expressions import has_placeholder
from ...language.no_value import NoValue
from ...properties.base import ListOf
from ...properties.tuning import HyperParameterTrainingJobSummary, TuningProperties
from ..base.compute_defaults import apply_compute_defaults
from ..base.field_checks import entries, items, of_type, one_of, seconds, shown, text
from ..base.fields import field
from ..base.job_defaults import JobDefaults, apply_defaults
from ..base.request import Container, RunsJobStep
from .training_job import TrainingJob, TrainingSettings
from .tuning_ranges import CategoricalRange, Range, parameter_ranges

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_kms as kms

    from ...assets import Image, SourceDir
    from ...iam.trust import Trust
    from ...language import BooleanLike, CacheConfig, RetryPolicy
    from ..base.field_checks import TextOrPlace
    from ..base.scope import Dependable, StepScope
    from .distribution import Distribution
    from .file_system import FileSystemSource
    from .training_job import Channel, Checkpoints


Strategy = Literal["Bayesian", "Random", "Hyperband", "Grid"]
"""How a tuning chooses the next hyperparameters."""
_STRATEGIES = ("Bayesian", "Random", "Hyperband", "Grid")
_WARM_STARTS = ("IdenticalDataAndAlgorithm", "TransferLearning")
_MOST_PARENTS = 5
_MOST_DEFINITIONS = 10
_MOST_SUMMARIES = 50
_DEFINITION_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,63}")


@documented
@dataclass(frozen=True)
class Objective(NoValue):
    """The goal of a tuning: the lowest or the highest value of a metric that the jobs write to their log.

    ```python
    Objective.minimize("validation:rmse")
    Objective.maximize("validation:auc")
    ```

    API: [HyperParameterTuningJobObjective](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_HyperParameterTuningJobObjective.html).
    """

    metric: StringLike
    """The name of the metric, such as "validation:rmse"."""
    type: Literal["Minimize", "Maximize"] = "Minimize"
    """Whether the lowest or the highest value is best."""

    @staticmethod
    def minimize(metric: StringLike) -> Objective:
        """An objective whose lowest value is best.

        Args:
            metric: The name of the metric, such as "validation:rmse".
        """
        return Objective(metric, "Minimize")

    @staticmethod
    def maximize(metric: StringLike) -> Objective:
        """An objective whose highest value is best.

        Args:
            metric: The name of the metric, such as "validation:rmse".
        """
        return Objective(metric, "Maximize")

    def to_json(self) -> dict[str, Any]:
        """The objective as the API expects it."""
        one_of(self.type, ("Minimize", "Maximize"), "objective: type")
        return {"Type": self.type, "MetricName": text(self.metric, "objective: the metric")}


class TrainingDefinition(TrainingSettings):
    """The training jobs of a tuning: what they run, what varies, and which result is better.

    ```python
    TrainingDefinition(
        image=Image.xgboost("1.7-1"), instance_type="ml.m5.large", inputs={"train": prepare.output("train")},
        objective=Objective.minimize("validation:rmse"), ranges={"max_depth": IntegerRange(2, 8)},
    )
    ```

    The fields are those of ``TrainingStep``; the code gets a tuned hyperparameter like any other.

    API: [HyperParameterTrainingJobDefinition](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_HyperParameterTrainingJobDefinition.html).
    """

    objective: Objective
    """The metric to minimize or maximize: from ``metric_definitions``, or one of the algorithm's own."""
    ranges: Mapping[str, Range]
    """The range of each tuned hyperparameter, by name; at most 30."""

    if TYPE_CHECKING:  # `make generate` writes this from the fields

        def __init__(
            self,
            *,
            objective: Objective,
            ranges: Mapping[str, Range],
            image: Image,
            instance_type: StringLike,
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
        ) -> None:
            """The training jobs of a tuning: what they run, what varies, and which result is better.

            :param objective: The metric to minimize or maximize: from ``metric_definitions``, or one of the algorithm's
                own.
            :param ranges: The range of each tuned hyperparameter, by name; at most 30.
            :param image: The container image that the job runs, such as ``Image.xgboost("1.7-1")``.
            :param instance_type: The type of the instances, such as "ml.m5.xlarge".
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
            """

    def _lacks(self, missing: str) -> None:
        # the step reports it, which has a name
        self._missing = missing

    def _check_complete(self) -> None:
        """Raises ``PipelineError`` if fields are missing."""
        missing = self.__dict__.get("_missing")
        if missing is not None:
            raise PipelineError(f"TrainingDefinition needs {missing}")


@documented
@dataclass(frozen=True)
class WarmStart(NoValue):
    """Earlier tunings whose results a new one builds on.

    ```python
    WarmStart("TransferLearning", ["abalone-2029"])
    ```

    API: [HyperParameterTuningJobWarmStartConfig](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_HyperParameterTuningJobWarmStartConfig.html).
    """

    type: Literal["IdenticalDataAndAlgorithm", "TransferLearning"]
    """``IdenticalDataAndAlgorithm`` for more of the same, or ``TransferLearning``."""
    parents: Sequence[TuningStep | StringLike]
    """The earlier tunings, 1 to 5, as steps or by the names of their jobs."""

    def to_json(self) -> dict[str, Any]:
        """The API's ``WarmStartConfig``."""
        one_of(self.type, _WARM_STARTS, "warm_start: type")
        parents = items(self.parents, "warm_start: parents")
        if not 1 <= len(parents) <= _MOST_PARENTS:
            raise PipelineError(f"warm_start: parents must be 1 to {_MOST_PARENTS}, not {len(parents)}")
        names = [step.tuning_job_name if isinstance(step, TuningStep) else step for step in parents]
        return {
            "WarmStartType": self.type,
            "ParentHyperParameterTuningJobs": [
                {"HyperParameterTuningJobName": text(name, f"warm_start: parents[{index}]")}
                for index, name in enumerate(names)
            ],
        }


class TuningStep(RunsJobStep):
    """Runs training jobs with different hyperparameters and finds the best.

    ```python
    tune = TuningStep(
        pipeline, "Tune", max_jobs=20, max_parallel_jobs=4,
        training=TrainingDefinition(
            image=Image.xgboost("1.7-1"), instance_type="ml.m5.large", inputs={"train": prepare.output("train")},
            hyperparameters={"num_round": 50},
            objective=Objective.minimize("validation:rmse"),
            ranges={"eta": ContinuousRange(0.1, 0.5), "max_depth": IntegerRange(2, 8)},
        ),
    )
    ModelStep(pipeline, "Model", image=Image.xgboost("1.7-1"), model_data=tune.best_model())
    ```

    Several definitions, given by name, are tried together. Put what is not a field, such as
    ``TuningJobCompletionCriteria`` of ``HyperParameterTuningJobConfig``, into ``overrides``.

    API: [CreateHyperParameterTuningJob](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateHyperParameterTuningJob.html).
    Source: [Tuning step](https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-tuning).
    """

    type = "Tuning"

    training: TrainingDefinition | Mapping[str, TrainingDefinition]
    """The jobs to tune: one definition, or up to 10 by name, each with its own objective, ranges and role."""
    max_jobs: IntegerLike | None = None
    """How many training jobs run in total. Optional only for the strategy Grid, which tries every combination."""
    max_parallel_jobs: IntegerLike = 1
    """The number of training jobs that run at once."""
    max_runtime: Duration | IntegerLike | None = None
    """The time limit of the whole tuning, 2 minutes to half a year. Default: none."""
    strategy: Strategy = "Bayesian"
    """How the next values are chosen. Grid takes only categorical ranges."""
    early_stopping: Literal["Off", "Auto"] = "Off"
    """Whether to stop jobs that will not get better. Hyperband does so by itself and only takes ``Off``."""
    random_seed: IntegerLike | None = None
    """Makes the choice of values reproducible. Default: different each time."""
    warm_start: WarmStart | None = None
    """Earlier tunings to build on. Default: none."""

    job_roles: Sequence[iam.IRole] = field(init=False)
    """The roles of the training jobs, one for each definition, in their order."""

    if TYPE_CHECKING:  # `make generate` writes this from the fields

        def __init__(
            self,
            scope: StepScope,
            construct_id: str,
            *,
            training: TrainingDefinition | Mapping[str, TrainingDefinition],
            max_jobs: IntegerLike | None = None,
            max_parallel_jobs: IntegerLike = 1,
            max_runtime: Duration | IntegerLike | None = None,
            strategy: Strategy = "Bayesian",
            early_stopping: Literal["Off", "Auto"] = "Off",
            random_seed: IntegerLike | None = None,
            warm_start: WarmStart | None = None,
            cache: CacheConfig | None = None,
            retry_policies: Sequence[RetryPolicy] | None = None,
            overrides: Mapping[str, Any] | None = None,
            trust: Trust | None = None,
            step_name: str | None = None,
            display_name: str | None = None,
            description: str | None = None,
            depends_on: Sequence[Dependable] = (),
        ) -> None:
            """Runs training jobs with different hyperparameters and finds the best.

            :param scope: The pipeline, group, branch of a condition or body of a for-each in which it is declared.
            :param construct_id: The construct's id, unique in its scope; the step's name unless there is ``step_name``.
            :param training: The jobs to tune: one definition, or up to 10 by name, each with its own objective, ranges
                and role.
            :param max_jobs: How many training jobs run in total. Optional only for the strategy Grid, which tries every
                combination.
            :param max_parallel_jobs: The number of training jobs that run at once.
            :param max_runtime: The time limit of the whole tuning, 2 minutes to half a year. Default: none.
            :param strategy: How the next values are chosen. Grid takes only categorical ranges.
            :param early_stopping: Whether to stop jobs that will not get better. Hyperband does so by itself and only
                takes ``Off``.
            :param random_seed: Makes the choice of values reproducible. Default: different each time.
            :param warm_start: Earlier tunings to build on. Default: none.
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
        one_of(self.strategy, _STRATEGIES, "strategy")
        one_of(self.early_stopping, ("Off", "Auto"), "early_stopping")
        of_type(self.warm_start, WarmStart, "warm_start", "WarmStart(...)")
        self._check_limits()
        self._bound: list[_Bound] = []
        for name, definition in self._definitions().items():
            try:
                self._bound.append(self._bind(name, definition))
            except PipelineError as error:
                raise PipelineError(f"training{f'[{name!r}]' if name else ''}: {error}") from None
        self.job_roles = [bound.role for bound in self._bound]

    def _check_limits(self) -> None:
        if self.max_jobs is None and self.strategy != "Grid":
            raise PipelineError("max_jobs is needed: only the strategy Grid knows when everything has been tried")
        most, at_once = self.max_jobs, self.max_parallel_jobs
        if isinstance(most, int) and isinstance(at_once, int) and at_once > most:
            raise PipelineError(f"max_parallel_jobs is {at_once}, but max_jobs is {most}")
        if self.strategy == "Hyperband" and self.early_stopping != "Off":
            raise PipelineError("early_stopping must be 'Off' with the strategy Hyperband, which stops jobs by itself")

    def _definitions(self) -> dict[str | None, TrainingDefinition]:
        if isinstance(self.training, TrainingDefinition):
            return {None: self.training}
        of_type(self.training, Mapping, "training", "TrainingDefinition(...) or a dict of them by name", optional=False)
        if not 1 <= len(self.training) <= _MOST_DEFINITIONS:
            raise PipelineError(f"training must be 1 to {_MOST_DEFINITIONS} definitions, not {len(self.training)}")
        found: dict[str | None, TrainingDefinition] = {}
        for name, definition in entries(self.training, "training").items():
            if not _DEFINITION_NAME.fullmatch(name):
                raise PipelineError(
                    f"training: the name {shown(name)} must have 1 to 64 letters, digits and single '-' between them"
                )
            of_type(definition, TrainingDefinition, f"training[{name!r}]", "TrainingDefinition(...)", optional=False)
            found[name] = definition
        return found

    def _bind(self, name: str | None, definition: TrainingDefinition) -> _Bound:
        definition._check_complete()
        definition = copy(definition)  # another pipeline may have it too
        apply_defaults(definition, self.host.job_defaults, self.overrides, self.host.default_of)
        apply_compute_defaults(definition, self.host.compute_defaults, self.overrides)
        scope = Construct(self, name) if name else self
        container = Container(self, definition, "training", scope)
        job = TrainingJob(self, definition, container, scope=scope, output=self._place)
        of_type(definition.objective, Objective, "objective", "Objective.minimize(...) or .maximize(...)")
        objective = definition.objective.to_json()
        metrics = entries(definition.metric_definitions, "metric_definitions")
        metric = definition.objective.metric
        told = not isinstance(metric, str) or has_placeholder(metric) or metric in metrics
        if definition.source is not None and not told:
            raise PipelineError(
                f"objective: metric_definitions must say how to read the metric {metric!r} from the script's log"
            )
        ranges = parameter_ranges(definition.ranges, job.encoded)
        both = [tuned for tuned in definition.ranges if tuned in (definition.hyperparameters or {})]
        if both:
            raise PipelineError(f"hyperparameters: {both[0]!r} is tuned by ranges and cannot also have a value")
        if self.strategy == "Grid" and set(ranges) != {"CategoricalParameterRanges"}:
            wrong = next(key for key, range_ in definition.ranges.items() if not isinstance(range_, CategoricalRange))
            raise PipelineError(f"ranges[{wrong!r}]: the strategy Grid only takes CategoricalRange([...])")
        request = job.request("StaticHyperParameters", "HyperParameterTuningResourceConfig")
        return _Bound(name, container.role, request, objective, ranges)

    def _place(self) -> S3Location:
        """The default location, without the execution: a reused tuning has models from another execution."""
        work = self.host.workplace
        return work.artifacts.below(f"{work.pipeline_name}/{self.name}")

    # -- what others read

    @property
    def properties(self) -> TuningProperties:
        """The tuning job's description, as expressions.

        API: [DescribeHyperParameterTuningJob](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeHyperParameterTuningJob.html).
        """
        return TuningProperties(self.name, ())

    @property
    def tuning_job_name(self) -> Expression[str]:
        """The name that the service gives the tuning job."""
        return self.properties.hyper_parameter_tuning_job_name

    @property
    def best_training_job_name(self) -> Expression[str]:
        """The name of the best training job."""
        return self.properties.best_training_job.training_job_name

    @property
    def training_job_summaries(self) -> ListOf[HyperParameterTrainingJobSummary]:
        """The training jobs, best first: ``[0]`` to ``[49]``."""
        return self.properties.training_job_summaries

    def best_model(self, k: int = 0) -> Expression[str]:
        """The S3 URI of the ``model.tar.gz`` of the best training job, or of one that ranks below.

        Of models that are not compressed, it is the prefix of their files.

        Args:
            k: The rank, counted from 0: at most 49 and less than ``max_jobs``.

        Raises:
            PipelineError: There is no such rank, or the definitions write their models differently.
        """
        with self.naming():
            if not isinstance(k, int) or isinstance(k, bool) or not 0 <= k < _MOST_SUMMARIES:
                raise PipelineError(f"best_model takes 0 to {_MOST_SUMMARIES - 1}, not {shown(k)}")
            if isinstance(self.max_jobs, int) and k >= self.max_jobs:
                most = self.max_jobs
                raise PipelineError(f"best_model takes 0 to {most - 1}, not {k}: max_jobs is {most}")
            places = {str(bound.request["OutputDataConfig"]["S3OutputPath"]).rstrip("/") for bound in self._bound}
            if len(places) > 1:
                raise PipelineError(
                    "best_model: the definitions write their models to different places, so the best model's is not "
                    "known; give them all the same output="
                )
            written = {bound.request["OutputDataConfig"].get("CompressionType") or "GZIP" for bound in self._bound}
            if len(written) > 1:
                raise PipelineError("best_model: some definitions compress their models; give all output_compression=")
            model = "output/model/" if written == {"NONE"} else "output/model.tar.gz"
            return Join("/", [places.pop(), self.training_job_summaries[k].training_job_name, model])

    # -- what is written

    def arguments(self) -> dict[str, Any]:
        runtime = None if self.max_runtime is None else seconds(self.max_runtime, "max_runtime")
        first = self._bound[0]
        several = None if first.name is None else [bound.named() for bound in self._bound]
        return {
            "HyperParameterTuningJobConfig": {
                "Strategy": self.strategy,
                "HyperParameterTuningJobObjective": None if several else first.objective,
                "ResourceLimits": {
                    "MaxNumberOfTrainingJobs": self.max_jobs,
                    "MaxParallelTrainingJobs": self.max_parallel_jobs,
                    "MaxRuntimeInSeconds": runtime,
                },
                "ParameterRanges": None if several else first.ranges,
                "TrainingJobEarlyStoppingType": self.early_stopping,
                "RandomSeed": self.random_seed,
            },
            "TrainingJobDefinition": None if several else first.request,
            "TrainingJobDefinitions": several,
            "WarmStartConfig": None if self.warm_start is None else self.warm_start.to_json(),
        }


@dataclass(frozen=True)
class _Bound:
    """A definition as the API expects it; the only one if it has no name."""

    name: str | None
    role: iam.IRole
    request: Mapping[str, Any]
    objective: Mapping[str, Any]
    ranges: Mapping[str, Any]

    def named(self) -> dict[str, Any]:
        """The definition as one of several."""
        own = {"DefinitionName": self.name, "TuningObjective": self.objective, "HyperParameterRanges": self.ranges}
        return {**own, **self.request}
