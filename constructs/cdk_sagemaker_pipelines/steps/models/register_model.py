"""A step that registers a version of a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_cdk import aws_sagemaker as sagemaker

from ...assets import Image, S3Location, SourceDir
from ...language import Expression, PipelineError, StepReference, StringLike
from ...language.documentation import documented
from ...language.no_value import NoValue
from ...properties.register_model import RegisterModelProperties
from ..base.field_checks import TextLike, TextOrPlace, of_type, s3_uri, shown, texts
from ..base.request import RequestStep
from .model_container import ModelContainer, UncompressedModel, bind_containers
from .model_package_group import ModelPackageGroup, group_of

if TYPE_CHECKING:
    from ...iam.trust import Trust
    from ...language import RetryPolicy
    from ..base.scope import Dependable, StepScope


@documented
@dataclass(frozen=True)
class ModelMetrics(NoValue):
    """Reports about a model, which the registry shows with the version.

    ```python
    RegisterModelStep(
        pipeline, "Register", image=Image.xgboost("1.7-1"), model_data=train.model_artifacts, model_package_group=group,
        model_metrics=ModelMetrics(model_statistics=f"{evaluate.output('report')}/evaluation.json"),
    )
    ```

    API: [ModelMetrics](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ModelMetrics.html).
    """

    model_statistics: S3Location | StringLike | None = None
    """The statistics of the quality of the model, an ``S3Location`` or a URI."""
    model_constraints: S3Location | StringLike | None = None
    """The constraints on the quality of the model, an ``S3Location`` or a URI."""
    model_data_statistics: S3Location | StringLike | None = None
    """The statistics of the data, an ``S3Location`` or a URI."""
    model_data_constraints: S3Location | StringLike | None = None
    """The constraints on the data, an ``S3Location`` or a URI."""
    bias: S3Location | StringLike | None = None
    """The report on bias, an ``S3Location`` or a URI."""
    bias_pre_training: S3Location | StringLike | None = None
    """The report on bias in the data, before the training, an ``S3Location`` or a URI."""
    bias_post_training: S3Location | StringLike | None = None
    """The report on bias in the predictions, after the training, an ``S3Location`` or a URI."""
    explainability: S3Location | StringLike | None = None
    """The report that explains the predictions, an ``S3Location`` or a URI."""
    content_type: str = "application/json"
    """The content type of all reports."""


METRICS = {
    "model_statistics": ("ModelQuality", "Statistics"),
    "model_constraints": ("ModelQuality", "Constraints"),
    "model_data_statistics": ("ModelDataQuality", "Statistics"),
    "model_data_constraints": ("ModelDataQuality", "Constraints"),
    "bias": ("Bias", "Report"),
    "bias_pre_training": ("Bias", "PreTrainingReport"),
    "bias_post_training": ("Bias", "PostTrainingReport"),
    "explainability": ("Explainability", "Report"),
}


@documented
@dataclass(frozen=True)
class DriftCheckBaselines(NoValue):
    """The baselines that later check steps compare with, once the version is approved.

    ```python
    quality = QualityCheckStep(
        pipeline, "CheckData", check=DataQualityCheck(), dataset=prepare.output("train"),
        dataset_format=DatasetFormat.csv(), instance_type="ml.c5.xlarge", model_package_group="abalone",
    )
    RegisterModelStep(
        pipeline, "Register", image=Image.xgboost("1.7-1"), model_data=train.model_artifacts, model_package_group=group,
        drift_check_baselines=DriftCheckBaselines(
            model_data_statistics=quality.baseline_used_for_drift_check_statistics,
            model_data_constraints=quality.baseline_used_for_drift_check_constraints,
        ),
    )
    ```

    Each is an ``S3Location`` or a URI, such as a check step's ``baseline_used_for_drift_check_constraints``.

    API: [DriftCheckBaselines](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DriftCheckBaselines.html).
    Source: [Baseline calculation, drift detection and lifecycle](https://docs.aws.amazon.com/sagemaker/latest/dg/pipelines-quality-clarify-baseline-lifecycle.html).
    """

    model_statistics: S3Location | StringLike | None = None
    """The statistics of the quality of the model, of a ``ModelQualityCheck``."""
    model_constraints: S3Location | StringLike | None = None
    """The constraints on the quality of the model, of a ``ModelQualityCheck``."""
    model_data_statistics: S3Location | StringLike | None = None
    """The statistics of the data, of a ``DataQualityCheck``."""
    model_data_constraints: S3Location | StringLike | None = None
    """The constraints on the data, of a ``DataQualityCheck``."""
    bias_config: S3Location | StringLike | None = None
    """The ``analysis_config.json`` of the checks of bias."""
    bias_pre_training_constraints: S3Location | StringLike | None = None
    """The constraints on bias in the data, of a ``DataBiasCheck``."""
    bias_post_training_constraints: S3Location | StringLike | None = None
    """The constraints on bias in the predictions, of a ``ModelBiasCheck``."""
    explainability_config: S3Location | StringLike | None = None
    """The ``analysis_config.json`` of the explanation."""
    explainability_constraints: S3Location | StringLike | None = None
    """The constraints on the explanation, of an ``ExplainabilityCheck``."""
    content_type: str = "application/json"
    """The content type of all files."""


BASELINES = {
    "model_statistics": ("ModelQuality", "Statistics"),
    "model_constraints": ("ModelQuality", "Constraints"),
    "model_data_statistics": ("ModelDataQuality", "Statistics"),
    "model_data_constraints": ("ModelDataQuality", "Constraints"),
    "bias_config": ("Bias", "ConfigFile"),
    "bias_pre_training_constraints": ("Bias", "PreTrainingConstraints"),
    "bias_post_training_constraints": ("Bias", "PostTrainingConstraints"),
    "explainability_config": ("Explainability", "ConfigFile"),
    "explainability_constraints": ("Explainability", "Constraints"),
}


class RegisterModelStep(RequestStep):
    """Registers a version of a model in a model package group.

    ```python
    RegisterModelStep(
        check.if_steps, "Register",
        image=Image.xgboost("1.7-1"), model_data=train.model_artifacts, model_package_group=group,
    )
    ```

    API: [CreateModelPackage](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelPackage.html).
    Source: [Register model step](https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-register-model).
    """

    type = "RegisterModel"
    _taggable = False  # a version has the tags of its group; the API refuses others

    model_package_group: ModelPackageGroup | sagemaker.CfnModelPackageGroup | str
    """The group, as a construct, a name, or the ARN of one in another account.

    A construct in another account's stack is used by its ARN, and its resource policy must allow the pipeline's
    account; one in another region is refused.
    """
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
    content_types: Sequence[StringLike] = ("text/csv",)
    """The content types of requests that the model takes."""
    response_types: Sequence[StringLike] = ("text/csv",)
    """The content types of answers that the model gives."""
    inference_instances: Sequence[StringLike] | None = None
    """The instance types that endpoints may use. Default: any."""
    transform_instances: Sequence[StringLike] | None = None
    """The instance types that transform jobs may use. Default: any."""
    approval_status: StringLike = "PendingManualApproval"
    """The status at first: ``PendingManualApproval``, ``Approved`` or ``Rejected``."""
    model_metrics: ModelMetrics | None = None
    """Reports about the model, which the registry shows. Default: none."""
    drift_check_baselines: DriftCheckBaselines | None = None
    """The baselines that later check steps with this group compare with. Default: none."""
    customer_metadata: Mapping[str, TextLike] | None = None
    """Your own texts by name, at most 50."""
    model_package_description: StringLike | None = None
    """The description of the version, at most 1024 characters."""

    if TYPE_CHECKING:  # `make generate` writes this from the fields

        def __init__(
            self,
            scope: StepScope,
            construct_id: str,
            *,
            model_package_group: ModelPackageGroup | sagemaker.CfnModelPackageGroup | str,
            image: Image | None = None,
            model_data: UncompressedModel | S3Location | StringLike | None = None,
            source: SourceDir | None = None,
            environment: Mapping[str, TextOrPlace] | None = None,
            instance_type: str | None = None,
            containers: Sequence[ModelContainer] | None = None,
            content_types: Sequence[StringLike] = ("text/csv",),
            response_types: Sequence[StringLike] = ("text/csv",),
            inference_instances: Sequence[StringLike] | None = None,
            transform_instances: Sequence[StringLike] | None = None,
            approval_status: StringLike = "PendingManualApproval",
            model_metrics: ModelMetrics | None = None,
            drift_check_baselines: DriftCheckBaselines | None = None,
            customer_metadata: Mapping[str, TextLike] | None = None,
            model_package_description: StringLike | None = None,
            retry_policies: Sequence[RetryPolicy] | None = None,
            overrides: Mapping[str, Any] | None = None,
            trust: Trust | None = None,
            step_name: str | None = None,
            display_name: str | None = None,
            description: str | None = None,
            depends_on: Sequence[Dependable] = (),
        ) -> None:
            """Registers a version of a model in a model package group.

            :param scope: The pipeline, group, branch of a condition or body of a for-each in which it is declared.
            :param construct_id: The construct's id, unique in its scope; the step's name unless there is ``step_name``.
            :param model_package_group: The group, as a construct, a name, or the ARN of one in another account.
            :param image: The image of the model's only container.
            :param model_data: Where the model is: the S3 URI of a ``model.tar.gz``, such as ``train.model_artifacts``,
                or an ``UncompressedModel``.
            :param source: The inference code, for images that fetch it themselves; see ``ModelContainer``.
            :param environment: The environment variables of the container, as texts by name.
            :param instance_type: The type of instance that the model will run on; it selects the CPU or GPU image.
            :param containers: The containers that run one after the other, instead of one, at most 15.
            :param content_types: The content types of requests that the model takes.
            :param response_types: The content types of answers that the model gives.
            :param inference_instances: The instance types that endpoints may use. Default: any.
            :param transform_instances: The instance types that transform jobs may use. Default: any.
            :param approval_status: The status at first: ``PendingManualApproval``, ``Approved`` or ``Rejected``.
            :param model_metrics: Reports about the model, which the registry shows. Default: none.
            :param drift_check_baselines: The baselines that later check steps with this group compare with. Default:
                none.
            :param customer_metadata: Your own texts by name, at most 50.
            :param model_package_description: The description of the version, at most 1024 characters.
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
        self._containers = bind_containers(self)
        if isinstance(self.model_package_group, Expression):
            raise PipelineError(
                "model_package_group takes a ModelPackageGroup, a name or an ARN, not "
                f"{shown(self.model_package_group)}"
            )
        self._group = group_of(self.model_package_group, self)
        of_type(self.model_metrics, ModelMetrics, "model_metrics", "ModelMetrics(...)")
        baselines = self.drift_check_baselines
        of_type(baselines, DriftCheckBaselines, "drift_check_baselines", "DriftCheckBaselines(...)")

    @property
    def properties(self) -> RegisterModelProperties:
        """The version's description, as expressions.

        API: [DescribeModelPackage](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeModelPackage.html).
        """
        return RegisterModelProperties(self.name, ())

    @property
    def model_package_arn(self) -> Expression[str]:
        """The ARN of the registered version."""
        return StepReference(self.name, ("ModelPackageArn",))

    def arguments(self) -> dict[str, Any]:
        return {
            "ModelPackageGroupName": self._group,
            "InferenceSpecification": {
                "Containers": self._containers,
                "SupportedContentTypes": texts(self.content_types, "content_types"),
                "SupportedResponseMIMETypes": texts(self.response_types, "response_types"),
                "SupportedRealtimeInferenceInstanceTypes": texts(self.inference_instances, "inference_instances"),
                "SupportedTransformInstanceTypes": texts(self.transform_instances, "transform_instances"),
            },
            "ModelApprovalStatus": self.approval_status,
            "ModelMetrics": self._files(self.model_metrics, "model_metrics", METRICS),
            "DriftCheckBaselines": self._files(self.drift_check_baselines, "drift_check_baselines", BASELINES),
            "CustomerMetadataProperties": self._text_map(self.customer_metadata, "customer_metadata"),
            "ModelPackageDescription": self.model_package_description,
        }

    def _files(self, given: Any, what: str, homes: Mapping[str, tuple[str, str]]) -> dict[str, Any] | None:
        """The files of a value object, in the structure of the API."""
        if given is None:
            return None
        rendered: dict[str, Any] = {}
        for name, (kind, file) in homes.items():
            value = getattr(given, name)
            if value is not None:
                uri = s3_uri(value, f"{what}.{name}", self.host.workplace)
                rendered.setdefault(kind, {})[file] = {"S3Uri": uri, "ContentType": given.content_type}
        return rendered
