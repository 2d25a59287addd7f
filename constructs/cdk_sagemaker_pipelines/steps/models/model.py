"""A step that creates a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...assets import Image, S3Location, SourceDir
from ...language import BooleanLike, Expression, PipelineError, StepReference, StringLike
from ...properties.model import ModelProperties
from ..base.data_access import DataFields, grant_data
from ..base.field_checks import TextOrPlace, shown
from ..base.fields import field
from ..base.job_role import take_job_role
from ..base.network import vpc_config
from ..base.request import DefaultedStep, RequestStep
from ..base.step import Step
from .model_container import ModelContainer, UncompressedModel, bind_containers, environment_variables
from .model_package import ModelPackageLike, package_arn

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_iam as iam

    from ...iam.trust import Trust
    from ...language import RetryPolicy
    from ..base.job_defaults import JobDefaults
    from ..base.scope import Dependable, StepScope


class ModelStep(DefaultedStep, DataFields, RequestStep):
    """Creates a model for transform jobs and endpoints.

    ```python
    model = ModelStep(pipeline, "Create", image=Image.xgboost("1.7-1"), model_data=train.model_artifacts)
    TransformStep(pipeline, "Score", model=model, input=S3Location(data, "batch/"), instance_type="ml.m5.xlarge")
    ```

    Give ``image`` and its settings for one container, ``containers`` for several that run one after the other, or
    ``model_package`` for a registered version, which has image and data of its own. The service chooses the name,
    ``step.model_name``. Transform jobs run with the model's role, so it may read and write their data.

    API: [CreateModel](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModel.html).
    Source: [Create model step](https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-create-model).
    """

    type = "Model"

    image: Image | None = None
    """The image of the model's only container."""
    model_data: UncompressedModel | S3Location | StringLike | None = None
    """Where the model is: the S3 URI of a ``model.tar.gz``, such as ``train.model_artifacts``, or an
    ``UncompressedModel``."""
    source: SourceDir | None = None
    """The inference code, for images that fetch it themselves; see ``ModelContainer``."""
    environment: Mapping[str, TextOrPlace] | None = None
    """The environment variables of the container, as texts by name."""
    instance_type: str | None = None
    """The type of instance that the model will run on; it selects the CPU or GPU image."""
    containers: Sequence[ModelContainer] | None = None
    """The containers that run one after the other, instead of one, at most 15."""
    model_package: ModelPackageLike | None = None
    """A registered version to create the model from: the step that registers or finds it, a construct, or its ARN.

    Only ``environment`` may be given with it. For a version that this pipeline does not register, the model's role may
    use the version, but what the version is made of is not known here: name its data in ``reads``, and grant the pull
    of a private image with ``repository.grant_pull(step.job_role)``. A version of another account also needs the policy
    of its group to allow ``sagemaker:CreateModel`` and ``sagemaker:DescribeModelPackage``.
    """
    role: iam.IRole | None = None
    """The role that the containers assume. Default: the pipeline's ``default_job_role``, else a new one with exactly
    what they need."""
    vpc: ec2.IVpc | None = None
    """The VPC that the containers join. Default: none of yours."""
    vpc_subnets: ec2.SubnetSelection | None = None
    """The subnets of ``vpc`` to use. Default: the private ones."""
    security_groups: Sequence[ec2.ISecurityGroup] | None = None
    """The security groups. Default: a new one that allows all outbound and no inbound traffic."""
    enable_network_isolation: BooleanLike | None = None
    """Whether the containers are cut off from every network. Default: the service's, false."""

    job_role: iam.IRole = field(init=False)
    """The role of the model's containers, given or created."""

    if TYPE_CHECKING:  # `make generate` writes this from the fields

        def __init__(
            self,
            scope: StepScope,
            construct_id: str,
            *,
            image: Image | None = None,
            model_data: UncompressedModel | S3Location | StringLike | None = None,
            source: SourceDir | None = None,
            environment: Mapping[str, TextOrPlace] | None = None,
            instance_type: str | None = None,
            containers: Sequence[ModelContainer] | None = None,
            model_package: ModelPackageLike | None = None,
            role: iam.IRole | None = None,
            vpc: ec2.IVpc | None = None,
            vpc_subnets: ec2.SubnetSelection | None = None,
            security_groups: Sequence[ec2.ISecurityGroup] | None = None,
            enable_network_isolation: BooleanLike | None = None,
            job_defaults: JobDefaults | None = None,
            reads: Sequence[S3Location | StringLike] = (),
            writes: Sequence[S3Location | StringLike] = (),
            retry_policies: Sequence[RetryPolicy] | None = None,
            overrides: Mapping[str, Any] | None = None,
            trust: Trust | None = None,
            step_name: str | None = None,
            display_name: str | None = None,
            description: str | None = None,
            depends_on: Sequence[Dependable] = (),
        ) -> None:
            """Creates a model for transform jobs and endpoints.

            :param scope: The pipeline, group, branch of a condition or body of a for-each in which it is declared.
            :param construct_id: The construct's id, unique in its scope; the step's name unless there is ``step_name``.
            :param image: The image of the model's only container.
            :param model_data: Where the model is: the S3 URI of a ``model.tar.gz``, such as ``train.model_artifacts``,
                or an ``UncompressedModel``.
            :param source: The inference code, for images that fetch it themselves; see ``ModelContainer``.
            :param environment: The environment variables of the container, as texts by name.
            :param instance_type: The type of instance that the model will run on; it selects the CPU or GPU image.
            :param containers: The containers that run one after the other, instead of one, at most 15.
            :param model_package: A registered version to create the model from: the step that registers or finds it, a
                construct, or its ARN.
            :param role: The role that the containers assume. Default: the pipeline's ``default_job_role``, else a new
                one with exactly what they need.
            :param vpc: The VPC that the containers join. Default: none of yours.
            :param vpc_subnets: The subnets of ``vpc`` to use. Default: the private ones.
            :param security_groups: The security groups. Default: a new one that allows all outbound and no inbound
                traffic.
            :param enable_network_isolation: Whether the containers are cut off from every network. Default: the
                service's, false.
            :param job_defaults: The settings that apply where the step's own fields are not given. Default: the
                pipeline's.
            :param reads: What else the code reads: each an ``S3Location``, another step's output or an S3 URI. Default:
                nothing.
            :param writes: Where else the code writes: each an ``S3Location``, another step's output or an S3 URI.
                Default: nowhere.
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
        self.job_role = take_job_role(self, self.role)
        grant_data(self, self.job_role, self)
        self._containers = (
            bind_containers(self, "model_package") if self.model_package is None else [self._from_package()]
        )
        self._check_isolation()
        self._vpc_config = vpc_config(self, self.vpc, self.vpc_subnets, self.security_groups)

    def _check_isolation(self) -> None:
        sources = [self.source, *(container.source for container in self.containers or ())]
        if self.enable_network_isolation is True and any(source is not None for source in sources):
            raise PipelineError(
                "source: an isolated container cannot fetch its code; put it into the model archive, as "
                "RepackModelStep does, or give enable_network_isolation=False"
            )

    @property
    def properties(self) -> ModelProperties:
        """The model's description, as expressions.

        API: [DescribeModel](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeModel.html).
        """
        return ModelProperties(self.name, ())

    @property
    def model_name(self) -> Expression[str]:
        """The name that the service gives the model."""
        return StepReference(self.name, ("ModelName",))

    def arguments(self) -> dict[str, Any]:
        one = len(self._containers) == 1
        return {
            "ExecutionRoleArn": self.host.workplace.role_arn(self.job_role),
            "PrimaryContainer": self._containers[0] if one else None,
            "Containers": None if one else self._containers,
            "VpcConfig": self._vpc_config,
            "EnableNetworkIsolation": self.enable_network_isolation,
        }

    def _from_package(self) -> dict[str, Any]:
        beside = ("image", "model_data", "source", "instance_type", "containers")
        given = [name for name in beside if getattr(self, name) is not None]
        if given:
            raise PipelineError(f"model_package has an image and data of its own; leave out {' and '.join(given)}")
        variables = environment_variables(self.environment, "environment", self.host.workplace)
        return {"ModelPackageName": package_arn(self, self.model_package), "Environment": variables or None}


def model_name(step: Step, model: Any, what: str) -> Any:
    """The name of a model that a step of the same pipeline creates, or of an existing one."""
    if isinstance(model, ModelStep):
        if model.host is not step.host:
            raise PipelineError(f"{what}: '{model.name}' is a step of another pipeline")
        return model.model_name
    if isinstance(model, (str, Expression)):
        return model
    raise PipelineError(f"{what} must be a ModelStep or the name of a model, not {shown(model)}")
