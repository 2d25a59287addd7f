"""A step that creates the configuration of an endpoint."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ...assets import S3Location, Workplace
from ...language import (
    BooleanLike,
    ExecutionVariables,
    FloatLike,
    IntegerLike,
    PipelineError,
    StringLike,
    choices,
    did_you_mean,
)
from ...language.documentation import documented
from ...language.no_value import NoValue
from ...properties.endpoint_config import EndpointConfigProperties
from ...properties.service_model import Shape
from ..base.field_checks import entries, items, kms_key, member, of_type, s3_uri, text
from ..base.fields import field
from ..base.job_role import take_job_role
from ..base.network import vpc_config
from ..base.overriding import merged, shape_at
from ..base.request import CachedStep, RequestStep
from ..base.scope import refuse_shared
from ..base.step import without_none
from ..models.model import ModelStep

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_sns as sns

    from ...iam.trust import Trust
    from ...language import CacheConfig, RetryPolicy
    from ..base.scope import Dependable, StepScope

REJECTED = ("DataCaptureConfig", "ExplainerConfig")


@documented
@dataclass(frozen=True)
class ServerlessInference(NoValue):
    """The capacity of a variant that scales with the requests, instead of instances.

    ```python
    ProductionVariant(model, serverless=ServerlessInference(memory_size_in_mb=2048, max_concurrency=5))
    ```

    API: [ProductionVariantServerlessConfig](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariantServerlessConfig.html).
    """

    memory_size_in_mb: IntegerLike
    """The memory of the endpoint in MB, 1024 to 6144, in steps of 1024."""
    max_concurrency: IntegerLike
    """The number of requests that run at the same time, 1 to 200."""
    provisioned_concurrency: IntegerLike | None = None
    """How many of them are kept warm, 1 to 200, at most ``max_concurrency``. Default: none."""


@documented
@dataclass(frozen=True)
class ProductionVariant(NoValue):
    """A model behind an endpoint, and what it runs on.

    ```python
    ProductionVariant(model, instance_type="ml.m5.large", initial_instance_count=2)
    ProductionVariant(instance_type="ml.g5.xlarge", max_instances=2)  # for inference components
    ```

    Give either ``instance_type`` or ``serverless``.

    Raises:
        PipelineError: A member that the API does not have; when a step uses the variant.

    API: [ProductionVariant](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariant.html).
    """

    model: ModelStep | StringLike | None = None
    """The step that creates the model, or the name of an existing one. Default: none, for inference components."""
    instance_type: StringLike | None = None
    """The type of the instances, such as "ml.m5.large"."""
    initial_instance_count: IntegerLike | None = None
    """The number of instances at first, at least 1. Default: 1, if there is an ``instance_type``."""
    serverless: ServerlessInference | None = None
    """The capacity that scales with the requests, instead of instances."""
    name: StringLike = "AllTraffic"
    """The name of the variant, unique in its endpoint: at most 63 letters, digits and '-'."""
    initial_weight: FloatLike | None = None
    """The share of the requests among several variants, at least 0. Default: the service's, 1."""
    min_instances: IntegerLike | None = None
    """The fewest instances of the service's own scaling, for inference components. Default: the service's."""
    max_instances: IntegerLike | None = None
    """The most instances of the service's own scaling, for inference components. Default: the service's."""
    routing_strategy: Literal["LEAST_OUTSTANDING_REQUESTS", "RANDOM"] | None = None
    """How requests are spread over the instances. Default: the service's, ``RANDOM``."""
    volume_size_in_gb: IntegerLike | None = None
    """The size of the storage of each instance, in GB, 1 to 512. Default: the service's."""
    overrides: Mapping[str, Any] | None = None
    """More members of the variant, in the API's own names."""

    def to_json(self, where: str) -> dict[str, Any]:
        """The variant as the API expects it; the step calls this.

        Args:
            where: The field that it is in, for messages.
        """
        of_type(self.serverless, ServerlessInference, f"{where}.serverless", "ServerlessInference(...)")
        more = _known(self.overrides, f"{where}.overrides")
        kinds = [self.instance_type, self.serverless, more.get("InstancePools")]
        if sum(kind is not None for kind in kinds) != 1:
            raise PipelineError(f"{where}: give exactly one of instance_type and serverless")
        if self.serverless is not None and self.initial_instance_count is not None:
            raise PipelineError(f"{where}: initial_instance_count needs instance_type; serverless has no instances")
        scaling = self.min_instances is not None or self.max_instances is not None
        count = self.initial_instance_count
        variant = {
            "VariantName": text(self.name, f"{where}.name"),
            "ModelName": model_name(self.model, f"{where}.model"),
            "InstanceType": self.instance_type,
            "InitialInstanceCount": 1 if self.instance_type is not None and count is None else count,
            "InitialVariantWeight": self.initial_weight,
            "ServerlessConfig": self.serverless
            and {
                "MemorySizeInMB": self.serverless.memory_size_in_mb,
                "MaxConcurrency": self.serverless.max_concurrency,
                "ProvisionedConcurrency": self.serverless.provisioned_concurrency,
            },
            "ManagedInstanceScaling": {
                "Status": "ENABLED",
                "MinInstanceCount": self.min_instances,
                "MaxInstanceCount": self.max_instances,
            }
            if scaling
            else None,
            "RoutingConfig": None if self.routing_strategy is None else {"RoutingStrategy": self.routing_strategy},
            "VolumeSizeInGB": self.volume_size_in_gb,
        }
        return merged(without_none(variant), more, _variant(), f"{where}.overrides")


@documented
@dataclass(frozen=True)
class AsyncInference(NoValue):
    """Requests that wait in a queue, and whose answers go to S3.

    ```python
    EndpointConfigStep(
        pipeline, "Config", variants=[ProductionVariant(model, instance_type="ml.m5.large")],
        async_inference=AsyncInference(S3Location(bucket, "answers/"), failures=S3Location(bucket, "failures/")),
    )
    ```

    API: [AsyncInferenceConfig](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AsyncInferenceConfig.html).
    """

    output: S3Location | StringLike
    """Where the answers go in S3; written with the role of the model."""
    failures: S3Location | StringLike | None = None
    """Where errors go in S3; written with the role of the model. Default: nowhere."""
    success_topic: sns.ITopic | None = None
    """The SNS topic that is notified of each answer. Default: none."""
    error_topic: sns.ITopic | None = None
    """The SNS topic that is notified of each failure. Default: none."""
    max_concurrent_invocations_per_instance: IntegerLike | None = None
    """How many requests an instance handles at once, 1 to 1000. Default: the service's choice."""
    kms_key: kms.IKey | None = None
    """The KMS key of the answers. Default: what the bucket says."""

    def to_json(self, workplace: Workplace) -> dict[str, Any]:
        """The configuration as the API expects it; the step calls this.

        Args:
            workplace: What the pipeline knows of its stack, buckets, images and keys.
        """
        topics = {
            "SuccessTopic": (self.success_topic, "success_topic"),
            "ErrorTopic": (self.error_topic, "error_topic"),
        }
        told = {}
        for key, (topic, what) in topics.items():
            if topic is not None:
                member(topic, "topic_arn", f"async_inference.{what}", "an SNS topic such as sns.Topic(...)")
                told[key] = workplace.use_topic(topic)
        most = self.max_concurrent_invocations_per_instance
        return {
            "ClientConfig": None if most is None else {"MaxConcurrentInvocationsPerInstance": most},
            "OutputConfig": {
                "S3OutputPath": s3_uri(self.output, "async_inference.output", workplace),
                "S3FailurePath": None
                if self.failures is None
                else s3_uri(self.failures, "async_inference.failures", workplace),
                "NotificationConfig": told or None,
                "KmsKeyId": kms_key(self.kms_key, "async_inference.kms_key"),
            },
        }


class EndpointConfigStep(CachedStep, RequestStep):
    """Creates the configuration of an endpoint: the models and what they run on.

    ```python
    config = EndpointConfigStep(
        pipeline, "Config", variants=[ProductionVariant(model, instance_type="ml.m5.large")]
    )
    EndpointStep(pipeline, "Deploy", endpoint_name="age", config=config)
    ```

    The service accepts neither data capture nor an explainer here. A model's container runs with the role of the model,
    which gets the permissions for what is configured here; a variant without a model needs ``role``.

    API: [CreateEndpointConfig](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateEndpointConfig.html).
    Source: [SageMaker Python SDK](https://github.com/aws/sagemaker-python-sdk) from 2.257.6 and 3.23 on; the developer
    guide has no page on it.
    """

    type = "EndpointConfig"

    variants: Sequence[ProductionVariant]
    """The variants that share the requests, 1 to 10."""
    endpoint_config_name: StringLike | None = None
    """The name, unique in the account and region, at most 63 characters.

    Default: the step's name and the execution's id; none in the body of a for-each. A configuration cannot be created
    twice, so with a literal name the pipeline only runs once.
    """
    shadow_variants: Sequence[ProductionVariant] | None = None
    """A variant that gets copies of the requests and whose answers are dropped: one, for exactly one variant."""
    async_inference: AsyncInference | None = None
    """The settings of an asynchronous endpoint. Default: the endpoint answers at once."""
    volume_kms_key: kms.IKey | None = None
    """The KMS key of the instances' storage. Default: a key of the service's own."""
    role: iam.IRole | None = None
    """For variants without a model: the role of the containers.

    Default: the pipeline's default_job_role, else a new role with exactly what the inference components need.
    """
    vpc: ec2.IVpc | None = None
    """For variants without a model: the VPC that the containers join. Default: none of yours."""
    vpc_subnets: ec2.SubnetSelection | None = None
    """The subnets of ``vpc`` to use. Default: the private ones."""
    security_groups: Sequence[ec2.ISecurityGroup] | None = None
    """The security groups. Default: a new one that allows all outbound and no inbound traffic."""
    enable_network_isolation: BooleanLike | None = None
    """For variants without a model: whether the containers are cut off from every network. Default: false."""

    job_role: iam.IRole | None = field(init=False)
    """The role of the containers of inference components, if there is one."""

    if TYPE_CHECKING:  # `make generate` writes this from the fields

        def __init__(
            self,
            scope: StepScope,
            construct_id: str,
            *,
            variants: Sequence[ProductionVariant],
            endpoint_config_name: StringLike | None = None,
            shadow_variants: Sequence[ProductionVariant] | None = None,
            async_inference: AsyncInference | None = None,
            volume_kms_key: kms.IKey | None = None,
            role: iam.IRole | None = None,
            vpc: ec2.IVpc | None = None,
            vpc_subnets: ec2.SubnetSelection | None = None,
            security_groups: Sequence[ec2.ISecurityGroup] | None = None,
            enable_network_isolation: BooleanLike | None = None,
            cache: CacheConfig | None = None,
            retry_policies: Sequence[RetryPolicy] | None = None,
            overrides: Mapping[str, Any] | None = None,
            trust: Trust | None = None,
            step_name: str | None = None,
            display_name: str | None = None,
            description: str | None = None,
            depends_on: Sequence[Dependable] = (),
        ) -> None:
            """Creates the configuration of an endpoint: the models and what they run on.

            :param scope: The pipeline, group, branch of a condition or body of a for-each in which it is declared.
            :param construct_id: The construct's id, unique in its scope; the step's name unless there is ``step_name``.
            :param variants: The variants that share the requests, 1 to 10.
            :param endpoint_config_name: The name, unique in the account and region, at most 63 characters.
            :param shadow_variants: A variant that gets copies of the requests and whose answers are dropped: one, for
                exactly one variant.
            :param async_inference: The settings of an asynchronous endpoint. Default: the endpoint answers at once.
            :param volume_kms_key: The KMS key of the instances' storage. Default: a key of the service's own.
            :param role: For variants without a model: the role of the containers.
            :param vpc: For variants without a model: the VPC that the containers join. Default: none of yours.
            :param vpc_subnets: The subnets of ``vpc`` to use. Default: the private ones.
            :param security_groups: The security groups. Default: a new one that allows all outbound and no inbound
                traffic.
            :param enable_network_isolation: For variants without a model: whether the containers are cut off from every
                network. Default: false.
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
        refuse_rejected(self.overrides, REJECTED, self.type)
        super().bind()
        of_type(self.async_inference, AsyncInference, "async_inference", "AsyncInference(...)")
        self._variants = self._rendered(self.variants, "variants")
        if not self._variants:
            raise PipelineError("variants: there must be at least one")
        self._shadows = [] if self.shadow_variants is None else self._rendered(self.shadow_variants, "shadow_variants")
        if self._shadows and (len(self._variants), len(self._shadows)) != (1, 1):
            raise PipelineError(
                f"shadow_variants: there are {len(self._shadows)} for {len(self._variants)} variants; the service "
                "accepts one for one"
            )
        for_components = any("ModelName" not in variant for variant in self._variants)
        for what in ("role", "vpc", "enable_network_isolation"):
            if getattr(self, what) is not None and not for_components:
                raise PipelineError(f"{what}: every variant has a model, whose own {what} applies")
        self.job_role = take_job_role(self, self.role) if for_components else None
        self._vpc_config = vpc_config(self, self.vpc, self.vpc_subnets, self.security_groups)

    def _rendered(self, variants: Any, what: str) -> list[dict[str, Any]]:
        rendered = []
        for index, variant in enumerate(items(variants, what)):
            of_type(variant, ProductionVariant, f"{what}[{index}]", "ProductionVariant(...)", optional=False)
            rendered.append(variant.to_json(f"{what}[{index}]"))
        return rendered

    @property
    def properties(self) -> EndpointConfigProperties:
        """The configuration's description, as expressions.

        API: [DescribeEndpointConfig](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeEndpointConfig.html).
        """
        return EndpointConfigProperties(self.name, ())

    def arguments(self) -> dict[str, Any]:
        work = self.host.workplace
        return {
            "EndpointConfigName": self._config_name(),
            "ProductionVariants": self._variants,
            "ShadowProductionVariants": self._shadows or None,
            "AsyncInferenceConfig": self.async_inference and self.async_inference.to_json(work),
            "KmsKeyId": kms_key(self.volume_kms_key, "volume_kms_key"),
            "ExecutionRoleArn": None if self.job_role is None else work.role_arn(self.job_role),
            "VpcConfig": self._vpc_config,
            "EnableNetworkIsolation": self.enable_network_isolation,
        }

    def _config_name(self) -> Any:
        if self.endpoint_config_name is not None:
            return text(self.endpoint_config_name, "endpoint_config_name")
        example = 'f"age-{each.item}-{ExecutionVariables.PIPELINE_EXECUTION_ID}"'
        refuse_shared(self, "endpoint_config_name", "make the same configuration", example)
        # at most 63 letters, digits and '-', 12 of them for the execution's id
        plain = re.sub(r"[^A-Za-z0-9]+", "-", self.name).strip("-")[:50] or "config"
        return f"{plain.rstrip('-')}-{ExecutionVariables.PIPELINE_EXECUTION_ID}"


def model_name(model: Any, what: str) -> Any:
    """The name of a model that a step creates, or of an existing one; None for none."""
    if isinstance(model, ModelStep):
        return model.model_name
    return None if model is None else text(model, what)


def refuse_rejected(overrides: Any, rejected: Sequence[str], step_type: str) -> None:
    """Raises ``PipelineError`` for members of the API's request that the service rejects in a pipeline."""
    for name in rejected:
        if name in entries(overrides, "overrides"):
            raise PipelineError(f"overrides: the service accepts no {name} in a pipeline's {step_type} step")


def _variant() -> Shape | None:
    variants = shape_at("EndpointConfig", "ProductionVariants")
    return None if variants is None else variants.member


def _known(overrides: Any, what: str) -> Mapping[str, Any]:
    variant = _variant()
    allowed = variant.members if variant is not None else {}
    for name in entries(overrides, what):
        if name not in allowed:
            hint = did_you_mean(str(name), allowed) or f"; allowed are {choices(allowed)}"
            raise PipelineError(f"{what}: {name!r} is not a member of a variant{hint}")
    return entries(overrides, what)
