"""What a monitoring schedule looks at: the quality of data and predictions, their bias, and their explanations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from aws_cdk import Duration

from ..assets import S3Location, Workplace
from ..language import Expression, PipelineError
from ..language.documentation import documented
from ..language.no_value import NoValue
from ..steps.base.field_checks import literal, of_type, one_of, s3_uri
from ..steps.checks.baseline_check import CheckStep
from ..steps.checks.quality_check import PROBLEM_TYPES

if TYPE_CHECKING:
    from ..steps.checks.clarify_check import ClarifyCheckStep
    from ..steps.checks.quality_check import QualityCheckStep


class Monitor(NoValue):
    """A kind of monitoring. ``kind``: as the API calls it; ``image``: the name of AWS's image and its version."""

    _kind: ClassVar[str]
    _image: ClassVar[tuple[str, str]] = ("model-monitor", "")
    _checks: ClassVar[str]
    """The kind of check whose baseline it takes."""

    def _baseline(self, work: Workplace) -> dict[str, str]:
        """The URIs of the files of the baseline, by what they are."""
        given: Any = self
        found = {}
        step = given.baseline
        of_type(step, CheckStep, "baseline", "the step that calculates it, a QualityCheckStep or a ClarifyCheckStep")
        statistics = getattr(given, "statistics", None)
        if step is not None and (given.constraints is not None or statistics is not None):
            raise PipelineError("give either baseline, or constraints and statistics")
        if step is not None:
            return self._of_step(step, work)
        for what, value in (("constraints", given.constraints), ("statistics", statistics)):
            if value is not None:
                found[what] = literal(s3_uri(value, what, work), what)
        return found

    def _of_step(self, step: Any, work: Workplace) -> dict[str, str]:
        kind = step._check_type()
        if kind != self._checks:
            raise PipelineError(f"baseline: the step {step.name!r} makes a check of type {kind}, not {self._checks}")
        place = None if step.output is None else s3_uri(step.output, "baseline", work)
        if place is None or isinstance(place, Expression) or "{" in str(place).replace("${Token[", ""):
            raise PipelineError(
                f"baseline: the step {step.name!r} writes into another place in each execution; give it "
                "output=S3Location(bucket, 'baseline/'), or name the files in constraints and statistics"
            )
        names = ("constraints", "statistics") if self._image[0] == "model-monitor" else ("analysis",)
        files = [f"{str(place).rstrip('/')}/{name}.json" for name in names]
        return dict(zip(("constraints", "statistics"), files, strict=False))

    def _places(self, work: Workplace) -> dict[str, str]:
        """The URIs of what else its jobs read, by the name of the field."""
        given = {
            what: getattr(self, what, None) for what in ("config", "ground_truth", "preprocessor", "postprocessor")
        }
        return {what: literal(s3_uri(value, what, work), what) for what, value in given.items() if value is not None}

    def _app(self, places: Mapping[str, str]) -> dict[str, Any]:
        """What is special in the specification of its container."""
        return {} if "config" not in places else {"ConfigUri": places["config"]}

    def _input(self) -> dict[str, Any]:
        """How captured data is read."""
        given: Any = self
        members = {
            "FeaturesAttribute": "features_attribute",
            "InferenceAttribute": "inference_attribute",
            "ProbabilityAttribute": "probability_attribute",
            "ProbabilityThresholdAttribute": "probability_threshold",
            "StartTimeOffset": "start_offset",
            "EndTimeOffset": "end_offset",
        }
        found = {member: getattr(given, name, None) for member, name in members.items()}
        for member, name in (("StartTimeOffset", "start_offset"), ("EndTimeOffset", "end_offset")):
            offset = found[member]
            of_type(offset, Duration, f"monitor: {name}", "a Duration such as Duration.hours(6)")
            if offset is not None:
                found[member] = f"-{offset.to_iso_string()}"
        return {member: value for member, value in found.items() if value is not None}


@documented
@dataclass(frozen=True)
class DataQualityMonitor(Monitor):
    """Compares the requests of an endpoint with the data that its model was trained with.

    ```python
    DataQualityMonitor(constraints="s3://sales/baseline/constraints.json", statistics="s3://sales/baseline/statistics.json")
    ```

    API: [CreateDataQualityJobDefinition](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateDataQualityJobDefinition.html).
    """

    _kind: ClassVar[str] = "DataQuality"
    _checks: ClassVar[str] = "DATA_QUALITY"

    baseline: QualityCheckStep | None = None
    """The step that calculates the baseline, which needs a literal ``output``. Default: the files below."""
    constraints: S3Location | str | None = None
    """The file of constraints in S3. Default: no baseline, so that only statistics are calculated."""
    statistics: S3Location | str | None = None
    """The file of statistics in S3."""
    preprocessor: S3Location | str | None = None
    """A script in S3 that processes each record before. Default: none."""
    postprocessor: S3Location | str | None = None
    """A script in S3 that processes the results. Default: none."""

    def _app(self, places: Mapping[str, str]) -> dict[str, Any]:
        scripts = {"RecordPreprocessorSourceUri": "preprocessor", "PostAnalyticsProcessorSourceUri": "postprocessor"}
        return {member: places[what] for member, what in scripts.items() if what in places}


@documented
@dataclass(frozen=True)
class ModelQualityMonitor(Monitor):
    """Compares the predictions of an endpoint with what turned out to be true.

    ```python
    ModelQualityMonitor("Regression", ground_truth="s3://sales/truth/", inference_attribute="0")
    ```

    The true values are merged by the ids of inferences, from ``<ground_truth>/<year>/<month>/<day>/<hour>/``.

    API: [CreateModelQualityJobDefinition](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelQualityJobDefinition.html).
    Source: [Ingest ground truth labels](https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-merge.html).
    """

    _kind: ClassVar[str] = "ModelQuality"
    _checks: ClassVar[str] = "MODEL_QUALITY"

    problem_type: str
    """The kind of problem: ``Regression``, ``BinaryClassification`` or ``MulticlassClassification``."""
    ground_truth: S3Location | str
    """Where the true values are in S3."""
    baseline: QualityCheckStep | None = None
    """The step that calculates the baseline, which needs a literal ``output``. Default: the files below."""
    constraints: S3Location | str | None = None
    """The file of constraints in S3. Default: no baseline."""
    inference_attribute: str | None = None
    """The index or JSON path of the prediction in an answer."""
    probability_attribute: str | None = None
    """The index or JSON path of the predicted probability in an answer."""
    probability_threshold: float | None = None
    """The threshold above which a probability is the positive label."""
    start_offset: Duration | None = None
    """How long before a run the data begins, at most a day longer than ``end_offset``. Default: the service's."""
    end_offset: Duration | None = None
    """How long before a run the data ends: as long as the true values take. Default: the service's."""

    def _app(self, places: Mapping[str, str]) -> dict[str, Any]:
        one_of(self.problem_type, PROBLEM_TYPES, "monitor: problem_type")
        return {"ProblemType": self.problem_type}


@documented
@dataclass(frozen=True)
class ModelBiasMonitor(Monitor):
    """Looks for bias in the predictions of an endpoint.

    ```python
    ModelBiasMonitor("s3://sales/bias/analysis_config.json", ground_truth="s3://sales/truth/")
    ```

    API: [CreateModelBiasJobDefinition](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelBiasJobDefinition.html).
    Source: [Schedule bias drift monitoring](https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-model-monitor-bias-drift-schedule.html).
    """

    _kind: ClassVar[str] = "ModelBias"
    _checks: ClassVar[str] = "MODEL_BIAS"
    _image: ClassVar[tuple[str, str]] = ("clarify", "1.0")

    config: S3Location | str
    """The file in S3 that configures Clarify's analysis."""
    ground_truth: S3Location | str
    """Where the true values are in S3."""
    baseline: ClarifyCheckStep | None = None
    """The step that calculates the baseline, which needs a literal ``output``. Default: the file below."""
    constraints: S3Location | str | None = None
    """The file of constraints in S3. Default: no baseline."""
    features_attribute: str | None = None
    """The JSON path of the features in a request."""
    inference_attribute: str | None = None
    """The index or JSON path of the prediction in an answer."""
    probability_attribute: str | None = None
    """The index or JSON path of the predicted probability in an answer."""
    probability_threshold: float | None = None
    """The threshold above which a probability is the positive label."""
    start_offset: Duration | None = None
    """How long before a run the data begins, at most a day longer than ``end_offset``. Default: the service's."""
    end_offset: Duration | None = None
    """How long before a run the data ends: as long as the true values take. Default: the service's."""


@documented
@dataclass(frozen=True)
class ExplainabilityMonitor(Monitor):
    """Looks for a change of what the predictions of an endpoint depend on.

    ```python
    ExplainabilityMonitor("s3://sales/shap/analysis_config.json", model_name="age")
    ```

    Its jobs serve the model once more, on an endpoint of their own, which their role may create, invoke and delete.

    API: [CreateModelExplainabilityJobDefinition](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateModelExplainabilityJobDefinition.html).
    Source: [Schedule feature attribution drift monitoring](https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-model-monitor-feature-attribution-drift-schedule.html).
    """

    _kind: ClassVar[str] = "ModelExplainability"
    _checks: ClassVar[str] = "MODEL_EXPLAINABILITY"
    _image: ClassVar[tuple[str, str]] = ("clarify", "1.0")

    config: S3Location | str
    """The file in S3 that configures Clarify's analysis, and names the model."""
    model_name: str
    """The name of the model in that file, to grant it. That of a ``ModelEndpoint`` changes with each version."""
    baseline: ClarifyCheckStep | None = None
    """The step that calculates the baseline, which needs a literal ``output``. Default: the file below."""
    constraints: S3Location | str | None = None
    """The file of constraints in S3. Default: no baseline."""
    features_attribute: str | None = None
    """The JSON path of the features in a request."""
    inference_attribute: str | None = None
    """The index or JSON path of the prediction in an answer."""
