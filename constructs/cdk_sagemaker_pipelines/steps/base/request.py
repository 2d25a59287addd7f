"""What steps that run a job share: cache, retries, overrides, tags; and what those that run containers share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from aws_cdk import Duration
from constructs import Construct

from ...assets import Image, ImageUse, S3Location
from ...iam.trust import Given, Trust
from ...language import (
    BooleanLike,
    CacheConfig,
    ExecutionVariables,
    IntegerLike,
    PipelineError,
    Rendering,
    RetryPolicy,
    StringLike,
    an,
    choices,
    did_you_mean,
)
from ...language.expressions import MISSING
from ...language.step_types import STEP_TYPES, row_of
from ...properties.service_model import request_shape
from .compute_defaults import apply_compute_defaults
from .data_access import DataFields, grant_data
from .field_checks import TextOrPlace, entries, items, of_type, seconds, shown, text_or_s3_uri
from .fields import field
from .job_defaults import DefaultedFields, apply_defaults
from .job_role import take_job_role
from .network import vpc_config
from .overriding import merged
from .scope import TagsOf, refuse_shared
from .step import Step, without_none

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_kms as kms


class _OutputPlace(S3Location):
    """Where a step writes that was given no place; tells who takes it for a function what others can read."""

    def __init__(self, step: Step, place: S3Location) -> None:
        vars(self).update(vars(place))
        self._step = step

    def __call__(self, *_: Any) -> NoReturn:
        step = self._step
        raise PipelineError(f"{step.owner()}: 'output' is the place that it writes to{step._what_it_has()}")


class WritingStep(Step):
    """A step whose job writes to S3, by default below the pipeline's artifacts, and receives texts."""

    def _run_prefix(self) -> S3Location:
        """Where the outputs of this step in one execution go that are given no place."""
        work = self.host.workplace
        return work.artifacts.below(f"{work.pipeline_name}/{ExecutionVariables.PIPELINE_EXECUTION_ID}/{self.name}")

    def _only_run_prefix(self) -> S3Location:
        """As ``run_prefix``, where nothing tells the runs of a for-each's body apart: refused there."""
        refuse_shared(self, "output", "write to one place", 'S3Location(bucket, f"answers/{each.item}/")')
        return self._run_prefix()

    def _output_place(self) -> S3Location:
        """Where the outputs go of a type that has ``output``, when it was not given."""
        return self._run_prefix()

    def _finish(self) -> None:
        super()._finish()
        if self.__dict__.get("output", MISSING) is None:
            self.__dict__["output"] = _OutputPlace(self, self._output_place())

    def _text_map(self, values: Mapping[str, Any] | None, what: str) -> dict[str, Any] | None:
        """A map of texts; numbers and expressions in it become texts, places in S3 their URIs."""
        work = self.host.workplace
        given = entries(values, what).items()
        return {key: text_or_s3_uri(value, f"{what}[{key!r}]", work) for key, value in given} or None


class ApiStep(WritingStep):
    """A step whose arguments are the request of an API."""

    overrides: Mapping[str, Any] | None = None
    """More members of the API's request, in its own names, merged into the arguments; None removes an entry.

    Elements of a list are merged by the list's own key, such as ``InputName``, or are appended. What would lose
    something that the step wrote is refused: docs/steps.md, "Overrides".
    """
    trust: Trust | None = None
    """The roles, buckets and accounts of others that ``overrides`` may name. Default: none."""

    _taggable: ClassVar[bool] = True
    """Whether the request takes tags."""

    def bind(self) -> None:
        super().bind()
        of_type(self.trust, Trust, "trust", "Trust(...)")
        self._in_code: Mapping[str, Any] = {}
        shape = request_shape(self._runs or self.type)
        if entries(self.overrides, "overrides") and shape is not None:
            for name in self.overrides or ():
                if name not in shape.members:
                    hint = did_you_mean(str(name), shape.members) or f"; allowed are {choices(shape.members)}"
                    raise PipelineError(f"overrides: {name!r} is not a member of the request{hint}")
            row = row_of(self._runs or self.type)
            if row.has_default_role and (self.overrides or {}).get(str(row.role), MISSING) is None:
                raise PipelineError(
                    f"overrides: {row.role!r} is None, so that the job would run with the role of the pipeline; name "
                    "its role by role="
                )

    def _check_numbers(self) -> None:
        if not self.overrides:  # which may replace them
            super()._check_numbers()

    def _render_arguments(self, rendering: Rendering, tags: TagsOf) -> dict[str, Any]:
        rendered = super()._render_arguments(rendering, tags)
        if self._taggable and (more := tags(self)):
            own = rendered.get("Tags", [])
            rendered["Tags"] = [*own, *({"Key": key, "Value": value} for key, value in more.items())]
        self._in_code = rendered
        shape = request_shape(self._runs or self.type)
        try:
            return merged(rendered, rendering.render(self.overrides or {}, "overrides"), shape)
        except PipelineError as error:
            rendering.find("Arguments", "overrides", str(error))
            return rendered

    def given(self) -> Given | None:
        return Given(self.trust or Trust(), self._in_code) if self.overrides else None


class DefaultedStep(DefaultedFields, ApiStep):
    """A step with fields that the pipeline's ``job_defaults`` fill."""

    def bind(self) -> None:
        apply_defaults(self, self.host.job_defaults, self.overrides, self.host.default_of)
        apply_compute_defaults(self, self.host.compute_defaults, self.overrides)
        super().bind()


class RequestStep(ApiStep):
    """A step whose request is tried again when it fails."""

    retry_policies: Sequence[RetryPolicy] | None = None
    """When a failed request is sent again, and how often. Default: those of the pipeline that the step supports."""

    def bind(self) -> None:
        super().bind()
        policies = () if self.retry_policies is None else items(self.retry_policies, "retry_policies")
        for index, policy in enumerate(policies):
            of_type(policy, RetryPolicy, f"retry_policies[{index}]", "RetryPolicy(...)", optional=False)
            self._check_retry(policy)

    def _more_keys(self) -> dict[str, Any]:
        return {**super()._more_keys(), **without_none({"RetryPolicies": self._retries()})}

    def _retries(self) -> list[dict[str, Any]] | None:
        if self.retry_policies is not None:
            return [policy.to_json() for policy in self.retry_policies] or None
        defaults = []
        for policy in self.host.default_retry_policies:
            written, wrong = policy.to_json(), self._wrong_retries(policy)
            written["ExceptionType"] = [kind for kind in written["ExceptionType"] if kind not in wrong]
            if written["ExceptionType"]:
                defaults.append(written)
        return defaults or None

    def _wrong_retries(self, policy: RetryPolicy) -> list[str]:
        if STEP_TYPES[self.type].job_retries:
            return []
        return [str(kind) for kind in policy.to_json()["ExceptionType"] if kind.startswith("SageMaker.")]

    def _check_retry(self, policy: RetryPolicy) -> None:
        wrong = self._wrong_retries(policy)
        if wrong:
            raise PipelineError(
                f"retry_policies: {an(self.type)} step is not retried for {wrong[0]!r}, only for 'Step.' exceptions"
            )


class CachedStep(Step):
    """A step whose results can be reused."""

    cache: CacheConfig | None = None
    """How old the results of the same arguments may be to be reused. Default: the pipeline's ``cache``."""

    def bind(self) -> None:
        super().bind()
        of_type(self.cache, CacheConfig, "cache", "CacheConfig(...)")

    def _more_keys(self) -> dict[str, Any]:
        cache = self.cache or self.host.default_cache
        return {**without_none({"CacheConfig": cache.to_json() if cache else None}), **super()._more_keys()}


class RunsJobStep(CachedStep, RequestStep):
    """A step that runs a job: its results can be reused, and it is tried again when it fails."""


class JobRoleStep(DataFields, RunsJobStep):
    """A step that runs a job under a role of its own."""

    role: iam.IRole | None = None
    """The role that the job assumes. Default: the pipeline's ``default_job_role``, else a new one with exactly what the
    step needs."""

    job_role: iam.IRole = field(init=False)
    """The role that the job assumes, given or created; grant it what cannot be derived."""

    def bind(self) -> None:
        super().bind()
        self.job_role = take_job_role(self, self.role)
        grant_data(self, self.job_role, self)


class ContainerFields(DefaultedFields, DataFields):
    """What a job that runs a container is told, besides its code and data."""

    image: Image
    """The container image that the job runs, such as ``Image.xgboost("1.7-1")``."""
    instance_type: StringLike
    """The type of the instances, such as "ml.m5.xlarge"."""
    instance_count: IntegerLike = 1
    """The number of instances that run the job."""
    volume_size_in_gb: IntegerLike = 30
    """The size of the storage of each instance, in GB."""
    role: iam.IRole | None = None
    """The role that the job assumes. Default: the pipeline's ``default_job_role``, else a new one with exactly what the
    step needs."""
    environment: Mapping[str, TextOrPlace] | None = None
    """The environment variables of the container, as texts by name. An ``S3Location`` is passed as its URI; see
    ``reads``."""
    max_runtime: Duration | IntegerLike | None = None
    """How long the job may run, a ``Duration`` or seconds. Default: the service's."""
    vpc: ec2.IVpc | None = None
    """The VPC that the instances join. Default: none of yours."""
    vpc_subnets: ec2.SubnetSelection | None = None
    """The subnets to use. Default: the private ones of ``vpc``. Subnets that are given by id need no ``vpc``."""
    security_groups: Sequence[ec2.ISecurityGroup] | None = None
    """The security groups of the instances. Default: a new one, in which only they reach one another."""
    enable_network_isolation: BooleanLike | None = None
    """Whether the container is cut off from every network. Default: the service's, false."""
    encrypt_inter_container_traffic: BooleanLike | None = None
    """Whether traffic between the instances is encrypted. Default: the service's, false."""
    output_kms_key: kms.IKey | None = None
    """The KMS key of the outputs. Default: the bucket's or AWS's own; AWS's pages contradict one another."""
    volume_kms_key: kms.IKey | None = None
    """The KMS key of the instances' storage. Default: a key of the service's own."""

    def _types(self) -> Sequence[Any]:
        """The types of instances that the job can have, the one that it is meant for first."""
        return [self.instance_type]

    def _counts(self) -> Sequence[Any]:
        """The numbers of instances that it can have."""
        return [self.instance_count]

    def _stopping_condition(self) -> dict[str, Any] | None:
        """The time limit as the API takes it."""
        return None if self.max_runtime is None else {"MaxRuntimeInSeconds": seconds(self.max_runtime, "max_runtime")}


class Container:
    """What surrounds a job's container: its role, its image and its network.

    ``use`` chooses between the images of a framework. ``scope``: where role, image and security group are made.
    ``shared``: the role that other steps have, too, and where their security group is made.
    """

    def __init__(
        self,
        step: Step,
        given: ContainerFields,
        use: ImageUse,
        scope: Construct,
        shared: tuple[iam.IRole, Construct] | None = None,
    ) -> None:
        self.role = take_job_role(step, given.role, scope) if shared is None else shared[0]
        grant_data(step, self.role, given)
        of_type(given.image, Image, "image", "an Image such as Image.sklearn('1.2-1')", optional=False)
        first, *others = given._types()
        self.image_uri = given.image.bind(scope, step.host.workplace, use, first)
        for other in others if given.image._follows_instances else ():
            image_uri = given.image.bind(scope, step.host.workplace, use, other)
            if _without_registry(image_uri) != _without_registry(self.image_uri):
                raise PipelineError(
                    f"instance_preferences: {shown(first)} and {shown(other)} take different images of AWS's; give "
                    "types with GPUs only, or without, or say which by the image's processor="
                )
        self.vpc_config = vpc_config(
            scope if shared is None else shared[1],
            given.vpc,
            given.vpc_subnets,
            given.security_groups,
            several=any(map(_several, given._counts())),
            shared=shared is not None,
        )


class ContainerJobStep(ContainerFields, DefaultedStep, RunsJobStep):
    """A step that runs a container on instances of its own, under a role of its own."""

    _image_use: ClassVar[ImageUse]

    job_role: iam.IRole = field(init=False)
    """The role that the job assumes, given or created; grant it what cannot be derived."""

    def bind(self) -> None:
        super().bind()
        self._container = Container(self, self, self._image_use, self, self._shared())
        self.job_role = self._container.role

    def _shared(self) -> tuple[iam.IRole, Construct] | None:
        """The role and the scope of the security group that it shares with other steps; None for its own."""
        return None


def _without_registry(image_uri: Any) -> str:
    """The repository and the tag: where the region is known at deployment only, so is the registry."""
    return str(image_uri).partition("/")[2]


def _several(count: Any) -> bool:
    """Whether there may be more instances than one: an expression can be any number."""
    return not isinstance(count, int) or count > 1
