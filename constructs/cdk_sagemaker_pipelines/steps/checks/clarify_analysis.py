"""What Clarify analyzes, as its container reads it: the members of ``analysis_config.json``, under their own names.

Source: "Analysis Configuration Files" of the developer guide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from ...assets import S3Location
from ...language import PipelineError, StringLike
from ...language.documentation import documented
from ...language.no_value import NoValue
from ..base.field_checks import items, one_of
from ..base.value_types import check_fields
from ..models.model import ModelStep

Column = str | int
"""A column of a table, by name or position, or a JMESPath expression."""

DATASET_TYPES = (
    "text/csv",
    "application/jsonlines",
    "application/json",
    "application/x-parquet",
    "application/x-image",
)
AGGREGATIONS = ("mean_abs", "median", "mean_sq")


def _members(value: Any, *, without: Sequence[str] = ()) -> dict[str, Any]:
    """The fields of a dataclass that are given, by name."""
    named = ((item.name, getattr(value, item.name)) for item in fields(value) if item.name not in without)
    return {name: member for name, member in named if member is not None}


@documented
@dataclass(frozen=True)
class ClarifyDataset(NoValue):
    """The data that Clarify analyzes, and its format.

    ```python
    ClarifyDataset(prepare.output("train"), headers=["age", "sex", "length"], label="age")
    ClarifyDataset("s3://sales/rows.jsonl", "application/jsonlines", features="[age, length]", label="age")
    ```

    A column is given by name or position, or by a JMESPath expression for JSON.

    Source: [Analysis configuration files](https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-processing-job-configure-analysis.html).
    """

    source: S3Location | StringLike
    """Where the data is: an ``S3Location``, another step's output or an S3 URI."""
    dataset_type: str = "text/csv"
    """The format: "text/csv", "application/jsonlines", "application/json", "application/x-parquet" or
    "application/x-image"."""
    headers: Sequence[str] | None = None
    """The names of the columns, in their order. Default: none."""
    label: Column | None = None
    """The column of the true values. Default: the data has none."""
    features: str | None = None
    """A JMESPath expression that finds the features in a record; needed for "application/json",
    except for time series."""
    joinsource_name_or_index: Column | None = None
    """The column that identifies a row, if the data is in several files."""
    excluded_columns: Sequence[Column] | None = None
    """The columns that are not sent to the model. Default: none."""
    predicted_label: Column | None = None
    """The column of predictions, if they are in the data."""
    facet_dataset_uri: S3Location | str | None = None
    """A second dataset with the facets, for "text/csv" only."""
    facet_headers: Sequence[str] | None = None
    """The names of the columns of the dataset with the facets."""
    predicted_label_dataset_uri: S3Location | str | None = None
    """A second dataset with the predictions, for "text/csv" only."""
    predicted_label_headers: Sequence[str] | None = None
    """The names of the columns of the dataset with the predictions."""
    segment_config: Sequence[Mapping[str, Any]] | None = None
    """The segments of the data that are analyzed separately, as in the file."""
    time_series_data_config: Mapping[str, Any] | None = None
    """How time series are laid out in the data, as in the file."""
    s3_compression_type: str = "None"
    """``None`` or ``Gzip``, as a text.

    The SageMaker Python SDK allows ``Gzip`` for this data; the API's documentation only allows it for streams.
    """

    def _config(self) -> dict[str, Any]:
        """This object's part of the file."""
        check_fields(self, "dataset")
        one_of(self.dataset_type, DATASET_TYPES, "dataset: dataset_type")
        for name in ("facet_dataset_uri", "predicted_label_dataset_uri"):
            if getattr(self, name) is not None and self.dataset_type != "text/csv":
                raise PipelineError(f"dataset: {name} is for 'text/csv' only, not for {self.dataset_type!r}")
        needs_features = self.dataset_type == "application/json" and self.time_series_data_config is None
        if needs_features and self.features is None:
            raise PipelineError("dataset: 'application/json' needs features, the JMESPath of the features")
        return _members(self, without=("source", "s3_compression_type"))


@documented
@dataclass(frozen=True)
class ClarifyFacet(NoValue):
    """A column whose groups of values are compared.

    ```python
    ClarifyFacet("sex", ["F"])
    ClarifyFacet("age", [40])
    ```

    Source: [Analysis configuration files](https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-processing-job-configure-analysis.html).
    """

    name_or_index: Column
    """The column, by name or position, or a JMESPath expression for JSON."""
    value_or_threshold: Sequence[str | float] | None = None
    """The group that is compared with the rest: its values, or a threshold. Default: each value of the column is a
    group."""


@documented
@dataclass(frozen=True)
class ClarifyModel(NoValue):
    """The model that Clarify serves on an endpoint of its own for the job, and the format of requests to it.

    ```python
    ExplainabilityCheck(ClarifyModel(model, "ml.m5.large", content_type="text/csv", accept_type="text/csv"))
    ```

    Source: [Analysis configuration files](https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-processing-job-configure-analysis.html).
    """

    model: ModelStep | StringLike
    """The step that creates the model, or the name of an existing one."""
    instance_type: str
    """The type of the instances of the endpoint, such as "ml.m5.large"."""
    initial_instance_count: int = 1
    """The number of instances of the endpoint."""
    content_type: str | None = None
    """The content type of the requests, such as "text/csv". Default: that of the data."""
    accept_type: str | None = None
    """The content type of the answers, such as "text/csv". Default: that of the data."""
    content_template: str | Mapping[str, str] | None = None
    """The template of a request, for JSON content types."""
    record_template: str | None = None
    """The template of one record in a request, for "application/json"."""
    label: Column | None = None
    """Where the predicted label is in an answer: a position, or a JMESPath expression for JSON."""
    probability: Column | None = None
    """Where the probability is in an answer: a position, or a JMESPath expression for JSON."""
    label_headers: Sequence[Column] | None = None
    """The names of the labels, in the order of the probabilities."""
    probability_threshold: float | None = None
    """The probability above which the label is the positive one. Default: the container's, 0.5."""
    target_model: str | None = None
    """The name of the model on a multi-model endpoint."""
    custom_attributes: str | None = None
    """A text that is passed to the model with each request."""
    time_series_predictor_config: Mapping[str, str] | None = None
    """How forecasts are found in an answer, as in the file."""

    def _config(self) -> dict[str, Any]:
        """This object's part of the file; the service adds the name of the model."""
        check_fields(self, "check: predictor")
        if self.content_type == "application/json" and (self.content_template is None or self.record_template is None):
            raise PipelineError(
                "check: predictor: content_type 'application/json' needs content_template and record_template"
            )
        if self.content_type == "application/jsonlines" and self.content_template is None:
            raise PipelineError("check: predictor: content_type 'application/jsonlines' needs content_template")
        predictor = {"predictor": _members(self, without=("model", "probability_threshold"))}
        threshold = self.probability_threshold
        return predictor if threshold is None else {**predictor, "probability_threshold": threshold}


@documented
@dataclass(frozen=True)
class ClarifyShap(NoValue):
    """How much each feature contributes to a prediction, as Shapley values.

    ```python
    predictor = ClarifyModel(model, "ml.m5.large")
    ExplainabilityCheck(predictor, shap=ClarifyShap(num_samples=100, agg_method="mean_sq", seed=1))
    ```

    Source: [Analysis configuration files](https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-processing-job-configure-analysis.html).
    """

    baseline: S3Location | str | Sequence[Any] | Mapping[str, Any] | None = None
    """What features are replaced with: rows, or a file in S3. Default: the container clusters the data."""
    num_samples: int | None = None
    """The number of samples for each record. Default: the container's choice."""
    agg_method: str | None = None
    """How the values of the records are aggregated: ``mean_abs``, ``median`` or ``mean_sq``. Default: the container's,
    ``mean_abs``."""
    use_logit: bool = False
    """Whether log-odds are used instead of probabilities."""
    save_local_shap_values: bool = True
    """Whether the values of each record are kept, too."""
    seed: int | None = None
    """A number that makes the values reproducible. Default: different each time."""
    num_clusters: int | None = None
    """The number of rows of the baseline that the container computes; not with ``baseline``."""
    features_to_explain: Sequence[Column] | None = None
    """The features whose values are computed. Default: all of them."""
    text_config: Mapping[str, Any] | None = None
    """The settings for features that are texts, as in the file."""
    image_config: Mapping[str, Any] | None = None
    """The settings for features that are images, as in the file."""

    def _config(self) -> dict[str, Any]:
        """This object's part of the file."""
        check_fields(self, "check: shap")
        if self.agg_method is not None:
            one_of(self.agg_method, AGGREGATIONS, "check: shap: agg_method")
        if self.baseline is not None and self.num_clusters is not None:
            raise PipelineError(
                "check: shap: num_clusters is for the baseline that the container computes; give no baseline then"
            )
        return _members(self)


@dataclass(frozen=True)
class _BiasCheck(NoValue):
    """Measures bias between groups of the facets, in how often the label is positive."""

    label_values_or_threshold: Sequence[str | float]
    """The positive values of the label, or a number above which it is positive; at least one."""
    facet: Sequence[ClarifyFacet]
    """The columns whose groups are compared; at least one."""
    group_variable: Column | None = None
    """A column of subgroups, for the metrics of conditional disparity. Default: none."""
    methods: str | Sequence[str] = "all"
    """The names of the metrics, such as ``["CI", "DPL"]``, or "all" of them."""

    def _bias_config(self, method: str) -> dict[str, Any]:
        """The part of the file that both kinds have in common."""
        check_fields(self, "check")
        facets = items(self.facet, "check: facet")
        for index, facet in enumerate(facets):
            check_fields(facet, f"check: facet[{index}]")
        if not facets or not items(self.label_values_or_threshold, "check: label_values_or_threshold"):
            raise PipelineError("check: facet and label_values_or_threshold need at least one entry")
        if isinstance(self.methods, str) and self.methods != "all":
            raise PipelineError(f"check: methods takes 'all' or a list of names, not {self.methods!r}")
        group = {} if self.group_variable is None else {"group_variable": self.group_variable}
        return {
            "label_values_or_threshold": self.label_values_or_threshold,
            "facet": [_members(facet) for facet in facets],
            **group,
            "methods": {method: {"methods": self.methods}},
        }


@documented
@dataclass(frozen=True)
class DataBiasCheck(_BiasCheck):
    """Measures the bias in the data, before any training.

    ```python
    ClarifyCheckStep(
        pipeline, "CheckBias",
        check=DataBiasCheck(label_values_or_threshold=[1], facet=[ClarifyFacet("sex", ["F"])], methods=["CI", "DPL"]),
        dataset=ClarifyDataset(prepare.output("train"), headers=["age", "sex", "length"], label="age"),
        instance_type="ml.c5.xlarge", model_package_group="abalone",
    )
    ```

    Source: [Analysis configuration files](https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-processing-job-configure-analysis.html).
    """

    _check_type: ClassVar[str] = "DATA_BIAS"

    def _config(self) -> dict[str, Any]:
        """This object's part of the file."""
        return self._bias_config("pre_training_bias")


@documented
@dataclass(frozen=True)
class ModelBiasCheck(_BiasCheck):
    """Measures the bias in the predictions of a model.

    ```python
    ClarifyCheckStep(
        pipeline, "CheckBias",
        check=ModelBiasCheck([1], [ClarifyFacet("sex", ["F"])], predictor=ClarifyModel(model, "ml.m5.large")),
        dataset=ClarifyDataset(prepare.output("test"), headers=["age", "sex", "length"], label="age"),
        instance_type="ml.c5.xlarge", model_package_group="abalone",
    )
    ```

    Source: [Analysis configuration files](https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-processing-job-configure-analysis.html).
    """

    _check_type: ClassVar[str] = "MODEL_BIAS"

    predictor: ClarifyModel = field(kw_only=True)
    """The model whose predictions are measured."""

    def _config(self) -> dict[str, Any]:
        """This object's part of the file."""
        return {**self._bias_config("post_training_bias"), **self.predictor._config()}


@documented
@dataclass(frozen=True)
class ExplainabilityCheck(NoValue):
    """Explains a model's predictions by its features.

    ```python
    ClarifyCheckStep(
        pipeline, "Explain", check=ExplainabilityCheck(ClarifyModel(model, "ml.m5.large")),
        dataset=ClarifyDataset(prepare.output("test"), headers=["age", "sex", "length"], label="age"),
        instance_type="ml.c5.xlarge", model_package_group="abalone",
    )
    ```

    Source: [Analysis configuration files](https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-processing-job-configure-analysis.html).
    """

    _check_type: ClassVar[str] = "MODEL_EXPLAINABILITY"

    predictor: ClarifyModel
    """The model whose predictions are explained."""
    shap: ClarifyShap | None = ClarifyShap()
    """The settings of the Shapley values; None to compute none."""
    methods: Mapping[str, Any] | None = None
    """More methods, as in the file, such as ``{"pdp": {"grid_resolution": 10}}`` or, for time series,
    ``asymmetric_shapley_value``."""

    def _config(self) -> dict[str, Any]:
        """This object's part of the file."""
        check_fields(self, "check")
        shap = {} if self.shap is None else {"shap": self.shap._config()}
        methods = {**shap, **(self.methods or {})}
        if not methods:
            raise PipelineError("check: give shap or other methods")
        return {"methods": methods, **self.predictor._config()}
