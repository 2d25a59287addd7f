"""The container of a model, for the steps that create and register models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...assets import Image, S3Location, SourceDir, Workplace
from ...assets.image import serves_scripts_from_s3
from ...language import Expression, PipelineError, StringLike
from ...language.documentation import documented
from ...language.expressions import has_placeholder
from ...language.no_value import NoValue
from ..base.field_checks import TextOrPlace, entries, items, of_type, s3_uri, served_code, shown, text_or_s3_uri
from ..base.step import Step


@documented
@dataclass(frozen=True)
class UncompressedModel(NoValue):
    """The files of a model that are not in an archive, as a training with ``output_compression="NONE"`` writes them.

    ```python
    fit = TrainingStep(
        pipeline, "Fit", image=Image.xgboost("1.7-1"), instance_type="ml.m5.large", output_compression="NONE",
    )
    ModelStep(pipeline, "Model", image=Image.xgboost("1.7-1"), model_data=UncompressedModel(fit.model_artifacts))
    ```

    API: [ModelDataSource](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ModelDataSource.html).
    """

    source: S3Location | StringLike
    """What the files are below, a prefix that ends with '/': an ``S3Location``, ``model_artifacts`` of a training or an
    S3 URI.

    They are in the container's ``/opt/ml/model``.
    """

    def _bind(self, step: Step, what: str) -> dict[str, Any]:
        """The API's ``ModelDataSource``."""
        uri = s3_uri(self.source, what, step.host.workplace)
        if isinstance(uri, str) and not uri.endswith("/") and not has_placeholder(uri[-30:]):
            raise PipelineError(f"{what}: {shown(uri)} must end with '/', since the model's files are below it")
        return {"S3DataSource": {"S3Uri": uri, "S3DataType": "S3Prefix", "CompressionType": "None"}}


@documented
@dataclass(frozen=True)
class ModelContainer(NoValue):
    """A container that serves a model.

    ```python
    ModelStep(
        pipeline, "Model",
        containers=[
            ModelContainer(Image.sklearn("1.2-1"), source=SourceDir("jobs/inference", entry_point="inference.py")),
            ModelContainer(Image.xgboost("1.7-1"), train.model_artifacts),
        ],
    )
    ```

    API: [ContainerDefinition](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ContainerDefinition.html).
    """

    image: Image
    """The image that serves the model."""
    model_data: UncompressedModel | S3Location | StringLike | None = None
    """The S3 URI of the ``model.tar.gz``, such as ``train.model_artifacts``, or an ``UncompressedModel``. Default:
    none."""
    source: SourceDir | None = None
    """The inference code (``model_fn`` and so on), for the scikit-learn and XGBoost images, which fetch it themselves.

    For others it belongs under ``code/`` in the model archive, where ``RepackModelStep`` puts it.
    """
    environment: Mapping[str, TextOrPlace] | None = None
    """The environment variables of the container, as texts by name."""
    container_hostname: str | None = None
    """The name of the container among several. Default: none."""
    instance_type: str | None = None
    """The type of instance that it will run on, which selects the CPU or GPU image."""

    def bind(self, step: Step, construct_id: str, where: str) -> dict[str, Any]:
        """The container as the API expects it; steps call this.

        Args:
            step: The step that creates or registers the model.
            construct_id: The id of what is created for the container, unique in the step.
            where: A prefix for the names of fields in messages.
        """
        workplace = step.host.workplace
        of_type(self.image, Image, f"{where}image", "an Image such as Image.sklearn('1.2-1')", optional=False)
        served_code(self.source, f"{where}source")
        of_type(self.instance_type, (str, Expression), f"{where}instance_type", "a text such as 'ml.m5.xlarge'")
        environment = environment_variables(self.environment, f"{where}environment", workplace)
        if self.source is not None:
            if not serves_scripts_from_s3(self.image):
                raise PipelineError(
                    f"{where}source: only the scikit-learn and XGBoost images fetch inference code themselves; for "
                    "this image put the code under code/ in the model archive (RepackModelStep puts it there, or the "
                    "training script)"
                )
            code = workplace.staged(step.name, self.source.stage(step, construct_id))
            environment = {
                **environment,
                "SAGEMAKER_PROGRAM": self.source.entry_point,
                "SAGEMAKER_SUBMIT_DIRECTORY": code.uri,
                "SAGEMAKER_CONTAINER_LOG_LEVEL": "20",
                "SAGEMAKER_REGION": workplace.where.region,
            }
        data, what = self.model_data, f"{where}model_data"
        files = data._bind(step, what) if isinstance(data, UncompressedModel) else None
        return {
            "Image": self.image.bind(step, workplace, "inference", self.instance_type),
            "ModelDataUrl": None if data is None or files is not None else s3_uri(data, what, workplace),
            "ModelDataSource": files,
            "Environment": environment or None,
            "ContainerHostname": self.container_hostname,
        }


def environment_variables(given: Any, where: str, workplace: Workplace) -> dict[str, Any]:
    """The environment variables of a container; of a place in S3 its URI. ``where``: the field, for messages."""
    return {key: text_or_s3_uri(value, f"{where}[{key!r}]", workplace) for key, value in entries(given, where).items()}


def bind_containers(step: Any, *others: str) -> list[dict[str, Any]]:
    """The containers of a step that has either one in its own fields or a list of them.

    ``others``: the fields that say instead what the step is about, for the message.
    """
    single = (step.image, step.model_data, step.source, step.environment, step.instance_type)
    if step.containers is None and step.image is not None:
        return [ModelContainer(*single[:4], instance_type=step.instance_type).bind(step, "Code", "")]
    containers = () if step.containers is None else items(step.containers, "containers")
    if not containers or any(value is not None for value in single):
        *ways, last = "image (with model_data, source, environment, instance_type)", "containers", *others
        raise PipelineError(f"give either {', '.join(ways)} or {last}")
    rendered = []
    for number, container in enumerate(containers, start=1):
        where = f"containers[{number - 1}]"
        of_type(container, ModelContainer, where, "ModelContainer(...)")
        rendered.append(container.bind(step, "Code" if len(containers) == 1 else f"Code{number}", f"{where}."))
    return rendered
