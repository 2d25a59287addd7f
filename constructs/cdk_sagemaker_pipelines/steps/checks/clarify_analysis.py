"""What Clarify analyzes, as its container reads it: the members of ``analysis_config.json``, under their own names.

Source: "Analysis Configuration Files" of the developer guide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

from ...assets import S3Location
from ...language import PipelineError, StringLike
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


@dataclass(frozen=True)
class ClarifyDataset(NoValue):
    """The data and its format.

    - ``source``: an ``S3Location``, another step's output or an S3 URI.
    - ``headers``: the names of the columns; ``label``: that of the true values; ``features``: a JMESPath, for JSON.
    - ``joinsource_name_or_index``: the column that identifies a row, if the data is in several files.
    - ``excluded_columns``: columns not to send to the model. ``predicted_label``: predictions that are in the data.
    - ``facet_dataset_uri``, ``predicted_label_dataset_uri``: more data, ``text/csv`` only, with their headers.
    - ``segment_config``, ``time_series_data_config``: as in the file.
    - ``s3_compression_type``: ``None`` or ``Gzip``, which the SDK allows for this data; the API's documentation only
      allows it for streams.
    """

    source: S3Location | StringLike
    dataset_type: str = "text/csv"
    headers: Sequence[str] | None = None
    label: Column | None = None
    features: str | None = None
    joinsource_name_or_index: Column | None = None
    excluded_columns: Sequence[Column] | None = None
    predicted_label: Column | None = None
    facet_dataset_uri: S3Location | str | None = None
    facet_headers: Sequence[str] | None = None
    predicted_label_dataset_uri: S3Location | str | None = None
    predicted_label_headers: Sequence[str] | None = None
    segment_config: Sequence[Mapping[str, Any]] | None = None
    time_series_data_config: Mapping[str, Any] | None = None
    s3_compression_type: str = "None"

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


@dataclass(frozen=True)
class ClarifyFacet(NoValue):
    """A column whose groups are compared. ``value_or_threshold``: the group, by its values or a threshold.

    Default: each value of the column is a group.
    """

    name_or_index: Column
    value_or_threshold: Sequence[str | float] | None = None


@dataclass(frozen=True)
class ClarifyModel(NoValue):
    """The model, which Clarify serves on an endpoint of its own for the job, and the format of requests to it.

    - ``model``: the step that creates it, or the name of an existing one.
    - ``instance_type``, ``initial_instance_count``: those of the endpoint.
    - ``content_type``, ``accept_type``: those of the requests and the answers; default: that of the data.
    - ``content_template``, ``record_template``: for JSON, the templates of a request.
    - ``label``, ``probability``: where these are in the answers; ``label_headers``: the names of the labels.
    - ``probability_threshold``: above it, a probability means the positive label. Default: the container's, 0.5.
    - ``target_model``: for a multi-model endpoint. ``custom_attributes``: passed to the model with each request.
    - ``time_series_predictor_config``: as in the file.
    """

    model: ModelStep | StringLike
    instance_type: str
    initial_instance_count: int = 1
    content_type: str | None = None
    accept_type: str | None = None
    content_template: str | Mapping[str, str] | None = None
    record_template: str | None = None
    label: Column | None = None
    probability: Column | None = None
    label_headers: Sequence[Column] | None = None
    probability_threshold: float | None = None
    target_model: str | None = None
    custom_attributes: str | None = None
    time_series_predictor_config: Mapping[str, str] | None = None

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


@dataclass(frozen=True)
class ClarifyShap(NoValue):
    """How much each feature contributes to a prediction, as Shapley values.

    - ``baseline``: what features are replaced with: rows, or a file in S3. Default: the container clusters the data.
    - ``num_samples``: the samples for each record. ``num_clusters``: those of the baseline that the container computes.
    - ``agg_method``: ``mean_abs``, ``median`` or ``mean_sq`` over the records. Default: the container's, mean_abs.
    - ``use_logit``: whether to use log-odds. ``save_local_shap_values``: whether to keep the values of each record.
    - ``seed``: for reproducible values. ``features_to_explain``: default: all.
    - ``text_config``, ``image_config``: as in the file.
    """

    baseline: S3Location | str | Sequence[Any] | Mapping[str, Any] | None = None
    num_samples: int | None = None
    agg_method: str | None = None
    use_logit: bool = False
    save_local_shap_values: bool = True
    seed: int | None = None
    num_clusters: int | None = None
    features_to_explain: Sequence[Column] | None = None
    text_config: Mapping[str, Any] | None = None
    image_config: Mapping[str, Any] | None = None

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
    """Measures bias between groups of the facets, in how often the label is positive.

    - ``label_values_or_threshold``: the positive values of the label, or a number above which it is positive.
    - ``facet``: one or more. ``group_variable``: a column of subgroups, for conditional disparity.
    - ``methods``: the names of the metrics, such as ``["CI", "DPL"]``. Default: all.
    """

    label_values_or_threshold: Sequence[str | float]
    facet: Sequence[ClarifyFacet]
    group_variable: Column | None = None
    methods: str | Sequence[str] = "all"

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


@dataclass(frozen=True)
class DataBiasCheck(_BiasCheck):
    """Bias in the data, before any training.

    - ``label_values_or_threshold``: the positive values of the label, or a number above which it is positive.
    - ``facet``: one or more. ``group_variable``: a column of subgroups, for conditional disparity.
    - ``methods``: the names of the metrics, such as ``["CI", "DPL"]``. Default: all.
    """

    _check_type: ClassVar[str] = "DATA_BIAS"

    def _config(self) -> dict[str, Any]:
        """This object's part of the file."""
        return self._bias_config("pre_training_bias")


@dataclass(frozen=True)
class ModelBiasCheck(_BiasCheck):
    """Bias in the predictions of a model. ``predictor``: the model; the others as in ``DataBiasCheck``."""

    _check_type: ClassVar[str] = "MODEL_BIAS"

    predictor: ClarifyModel = field(kw_only=True)

    def _config(self) -> dict[str, Any]:
        """This object's part of the file."""
        return {**self._bias_config("post_training_bias"), **self.predictor._config()}


@dataclass(frozen=True)
class ExplainabilityCheck(NoValue):
    """Explains a model's predictions by its features.

    ``predictor``: the model. ``shap``: None to omit it. ``methods``: more methods, as in the file, such as
    ``{"pdp": {"grid_resolution": 10}}`` or, for time series, ``asymmetric_shapley_value``.
    """

    _check_type: ClassVar[str] = "MODEL_EXPLAINABILITY"

    predictor: ClarifyModel
    shap: ClarifyShap | None = ClarifyShap()
    methods: Mapping[str, Any] | None = None

    def _config(self) -> dict[str, Any]:
        """This object's part of the file."""
        check_fields(self, "check")
        shap = {} if self.shap is None else {"shap": self.shap._config()}
        methods = {**shap, **(self.methods or {})}
        if not methods:
            raise PipelineError("check: give shap or other methods")
        return {"methods": methods, **self.predictor._config()}
