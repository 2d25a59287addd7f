"""A step that creates a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...assets import Image, S3Prefix, SourceDir
from ...language import BooleanLike, Expression, PipelineError, StepReference, StringLike
from ...properties.model import ModelProperties
from ..base.data_access import DataFields, grant_data
from ..base.fields import field
from ..base.given import TextOrPlace, items, of_type, shown
from ..base.job_role import take_job_role
from ..base.network import vpc_config
from ..base.request import RequestStep
from ..base.step import Step
from .model_container import ModelContainer

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_iam as iam


class ModelStep(DataFields, RequestStep):
    """Creates a model, which transform jobs and endpoints serve. API: ``CreateModel``.

    ::

        model = ModelStep(pipeline, "Create", image=Image.xgboost("1.7-1"), model_data=train.model_artifacts)
        TransformStep(pipeline, "Score", model=model, input=S3Prefix(data, "batch/"), instance_type="ml.m5.xlarge")

    Give ``image`` and what goes with it for one container, or ``containers`` for several that run one after the other.
    The service names the model; read it as ``step.model_name``. Its role is that of the transform jobs that use it, so
    it may read and write their data. Source: "CreateModel step" of the developer guide.
    """

    type = "Model"

    image: Image | None = None
    """The one container's image."""
    model_data: S3Prefix | StringLike | None = None
    """The S3 URI of the ``model.tar.gz``."""
    source: SourceDir | None = None
    """Inference code, see ``ModelContainer``."""
    environment: Mapping[str, TextOrPlace] | None = None
    """Environment variables of the container."""
    instance_type: str | None = None
    """Where the model will run, to choose between CPU and GPU images."""
    containers: Sequence[ModelContainer] | None = None
    """Several containers instead, at most 15."""
    role: iam.IRole | None = None
    """What the containers may do.

    Default: the pipeline's default_job_role, else a new role with just what is needed.
    """
    vpc: ec2.IVpc | None = None
    """The network that the containers join. Default: none of yours."""
    vpc_subnets: ec2.SubnetSelection | None = None
    """Default: the private subnets of the VPC."""
    security_groups: Sequence[ec2.ISecurityGroup] | None = None
    """Default: a new one that lets everything out and nothing in."""
    enable_network_isolation: BooleanLike | None = None
    """Whether the containers may not reach any network. Default: the service's, false."""

    job_role: iam.IRole = field(init=False)
    """The role of the model."""

    def bind(self) -> None:
        super().bind()
        self.job_role = take_job_role(self, self.role)
        grant_data(self, self.job_role, self)
        self._containers = bind_containers(self)
        self._vpc_config = vpc_config(self, self.vpc, self.vpc_subnets, self.security_groups)

    @property
    def properties(self) -> ModelProperties:
        """Everything that the model describes. API: ``DescribeModel``."""
        return ModelProperties(self.name, ())

    @property
    def model_name(self) -> Expression[str]:
        """The name that the service gave the model."""
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


def model_name(step: Step, model: Any, what: str) -> Any:
    """The name of a model: of one that a step of the same pipeline creates, or of one that exists."""
    if isinstance(model, ModelStep):
        if model.host is not step.host:
            raise PipelineError(f"{what}: '{model.name}' is a step of another pipeline")
        return model.model_name
    if isinstance(model, (str, Expression)):
        return model
    raise PipelineError(f"{what} must be a ModelStep or the name of a model, not {shown(model)}")


def bind_containers(step: Any) -> list[dict[str, Any]]:
    """The containers of a step that takes either one in its own fields or a list of them."""
    single = (step.image, step.model_data, step.source, step.environment, step.instance_type)
    if step.containers is None and step.image is not None:
        return [ModelContainer(*single[:4], instance_type=step.instance_type).bind(step, "Code", "")]
    containers = () if step.containers is None else items(step.containers, "containers")
    if not containers or any(value is not None for value in single):
        raise PipelineError("give either image (with model_data, source, environment, instance_type) or containers")
    rendered = []
    for number, container in enumerate(containers, start=1):
        where = f"containers[{number - 1}]"
        of_type(container, ModelContainer, where, "ModelContainer(...)")
        rendered.append(container.bind(step, "Code" if len(containers) == 1 else f"Code{number}", f"{where}."))
    return rendered
