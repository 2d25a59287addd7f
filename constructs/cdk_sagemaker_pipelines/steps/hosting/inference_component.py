"""A step that puts a model on an endpoint that several models share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aws_cdk import Duration

from ...assets import Image, S3Location
from ...language import FloatLike, IntegerLike, PipelineError, StringLike
from ...properties.inference_component import InferenceComponentProperties
from ..base.field_checks import TextOrPlace, of_type, s3_uri, seconds, text
from ..base.request import ApiStep
from ..models.model import ModelStep
from .endpoint import EndpointStep
from .endpoint_config import model_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...iam.trust import Trust
    from ..base.scope import Dependable, StepScope


class InferenceComponentStep(ApiStep):
    """Puts a model on an endpoint, with a part of its instances, or updates the component of that name.

    ```python
    config = EndpointConfigStep(
        pipeline, "Config", variants=[ProductionVariant(instance_type="ml.g5.xlarge", max_instances=2)]
    )
    endpoint = EndpointStep(pipeline, "Endpoint", endpoint_name="shared", config=config)
    InferenceComponentStep(
        pipeline, "Age", inference_component_name="age", endpoint=endpoint, model=model, min_memory_in_mb=1024
    )
    ```

    Give one of ``model``; ``image``, whose container runs with the role of the endpoint's configuration; and
    ``base_component``, to which ``model_data`` is an adapter. The service does not retry the step.

    API: [CreateInferenceComponent](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateInferenceComponent.html),
    [UpdateInferenceComponent](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateInferenceComponent.html).
    Source: [SageMaker Python SDK](https://github.com/aws/sagemaker-python-sdk) from 2.257.6 and 3.23 on; the developer
    guide has no page on it.
    """

    type = "InferenceComponent"

    inference_component_name: StringLike
    """The name of the component, unique in the account and region: at most 63 letters, digits and '-'."""
    endpoint: EndpointStep | StringLike
    """The step that deploys the endpoint, or the name of an existing one."""
    variant: StringLike | None = "AllTraffic"
    """The variant of the endpoint, which must have no model of its own."""
    model: ModelStep | StringLike | None = None
    """The step that creates the model, or the name of an existing one."""
    image: Image | None = None
    """The image of a container, instead of a model."""
    model_data: S3Location | StringLike | None = None
    """With ``image`` or ``base_component``: the S3 URI of the ``model.tar.gz``."""
    environment: Mapping[str, TextOrPlace] | None = None
    """With ``image``: environment variables of the container."""
    instance_type: str | None = None
    """With ``image``: the type of instance that it will run on; it selects the CPU or GPU image."""
    base_component: InferenceComponentStep | StringLike | None = None
    """The component that this one is an adapter to."""
    min_memory_in_mb: IntegerLike | None = None
    """The memory of the instance that each copy needs, in MB; required without ``base_component``."""
    max_memory_in_mb: IntegerLike | None = None
    """The maximum memory of each copy, in MB. Default: no limit."""
    cpu_cores: FloatLike | None = None
    """The number of CPU cores that each copy needs."""
    accelerators: FloatLike | None = None
    """The number of accelerators, such as GPUs, for each copy."""
    copies: IntegerLike | None = None
    """The number of copies. Default: 1; none for an adapter, which runs with its base."""
    model_data_download_timeout: Duration | IntegerLike | None = None
    """How long the download of the model may take, a ``Duration`` or seconds. Default: the service's."""
    startup_health_check_timeout: Duration | IntegerLike | None = None
    """How long the container may take to become healthy, a ``Duration`` or seconds. Default: the service's."""

    if TYPE_CHECKING:  # `make generate` writes this from the fields

        def __init__(
            self,
            scope: StepScope,
            construct_id: str,
            *,
            inference_component_name: StringLike,
            endpoint: EndpointStep | StringLike,
            variant: StringLike | None = "AllTraffic",
            model: ModelStep | StringLike | None = None,
            image: Image | None = None,
            model_data: S3Location | StringLike | None = None,
            environment: Mapping[str, TextOrPlace] | None = None,
            instance_type: str | None = None,
            base_component: InferenceComponentStep | StringLike | None = None,
            min_memory_in_mb: IntegerLike | None = None,
            max_memory_in_mb: IntegerLike | None = None,
            cpu_cores: FloatLike | None = None,
            accelerators: FloatLike | None = None,
            copies: IntegerLike | None = None,
            model_data_download_timeout: Duration | IntegerLike | None = None,
            startup_health_check_timeout: Duration | IntegerLike | None = None,
            overrides: Mapping[str, Any] | None = None,
            trust: Trust | None = None,
            step_name: str | None = None,
            display_name: str | None = None,
            description: str | None = None,
            depends_on: Sequence[Dependable] = (),
        ) -> None:
            """Puts a model on an endpoint, with a part of its instances, or updates the component of that name.

            :param scope: The pipeline, group, branch of a condition or body of a for-each in which it is declared.
            :param construct_id: The construct's id, unique in its scope; the step's name unless there is ``step_name``.
            :param inference_component_name: The name of the component, unique in the account and region: at most 63
                letters, digits and '-'.
            :param endpoint: The step that deploys the endpoint, or the name of an existing one.
            :param variant: The variant of the endpoint, which must have no model of its own.
            :param model: The step that creates the model, or the name of an existing one.
            :param image: The image of a container, instead of a model.
            :param model_data: With ``image`` or ``base_component``: the S3 URI of the ``model.tar.gz``.
            :param environment: With ``image``: environment variables of the container.
            :param instance_type: With ``image``: the type of instance that it will run on; it selects the CPU or GPU
                image.
            :param base_component: The component that this one is an adapter to.
            :param min_memory_in_mb: The memory of the instance that each copy needs, in MB; required without
                ``base_component``.
            :param max_memory_in_mb: The maximum memory of each copy, in MB. Default: no limit.
            :param cpu_cores: The number of CPU cores that each copy needs.
            :param accelerators: The number of accelerators, such as GPUs, for each copy.
            :param copies: The number of copies. Default: 1; none for an adapter, which runs with its base.
            :param model_data_download_timeout: How long the download of the model may take, a ``Duration`` or seconds.
                Default: the service's.
            :param startup_health_check_timeout: How long the container may take to become healthy, a ``Duration`` or
                seconds. Default: the service's.
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
        of_type(self.image, Image, "image", "an Image such as Image.sklearn('1.2-1')")
        if sum(given is not None for given in (self.model, self.image, self.base_component)) != 1:
            raise PipelineError("give exactly one of model, image and base_component")
        for what in ("environment", "instance_type"):
            if getattr(self, what) is not None and self.image is None:
                raise PipelineError(f"{what} needs image")
        if self.model_data is not None and self.model is not None:
            raise PipelineError("model_data: the model has its own")
        sizes = ("min_memory_in_mb", "max_memory_in_mb", "cpu_cores", "accelerators", "copies")
        if self.base_component is None and self.min_memory_in_mb is None:
            raise PipelineError("min_memory_in_mb is needed without base_component")
        for what in sizes:
            if getattr(self, what) is not None and self.base_component is not None:
                raise PipelineError(f"{what}: an adapter runs with its base component")
        self._image_uri = self.image and self.image.bind(self, self.host.workplace, "inference", self.instance_type)

    @property
    def properties(self) -> InferenceComponentProperties:
        """The component's description, as expressions.

        API: [DescribeInferenceComponent](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeInferenceComponent.html).
        """
        return InferenceComponentProperties(self.name, ())

    def arguments(self) -> dict[str, Any]:
        endpoint, base = self.endpoint, self.base_component
        if isinstance(endpoint, EndpointStep):
            endpoint = endpoint.properties.endpoint_name
        if isinstance(base, InferenceComponentStep):
            base = base.properties.inference_component_name
        alone = base is None
        return {
            "InferenceComponentName": text(self.inference_component_name, "inference_component_name"),
            "EndpointName": text(endpoint, "endpoint"),
            "VariantName": self.variant,
            "Specification": {
                "ModelName": model_name(self.model, "model"),
                "BaseInferenceComponentName": None if base is None else text(base, "base_component"),
                "Container": self._container(),
                "StartupParameters": self._startup() or None,
                "ComputeResourceRequirements": self._resources() if alone else None,
            },
            "RuntimeConfig": {"CopyCount": 1 if self.copies is None else self.copies} if alone else None,
        }

    def _container(self) -> dict[str, Any] | None:
        data = None if self.model_data is None else s3_uri(self.model_data, "model_data", self.host.workplace)
        if self._image_uri is None and data is None:
            return None
        environment = self._text_map(self.environment, "environment")
        return {"Image": self._image_uri, "ArtifactUrl": data, "Environment": environment}

    def _startup(self) -> dict[str, Any]:
        given = {
            "ModelDataDownloadTimeoutInSeconds": "model_data_download_timeout",
            "ContainerStartupHealthCheckTimeoutInSeconds": "startup_health_check_timeout",
        }
        return {
            key: seconds(getattr(self, what), what) for key, what in given.items() if getattr(self, what) is not None
        }

    def _resources(self) -> dict[str, Any]:
        return {
            "NumberOfCpuCoresRequired": self.cpu_cores,
            "NumberOfAcceleratorDevicesRequired": self.accelerators,
            "MinMemoryRequiredInMb": self.min_memory_in_mb,
            "MaxMemoryRequiredInMb": self.max_memory_in_mb,
        }
