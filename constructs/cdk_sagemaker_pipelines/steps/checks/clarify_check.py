"""A step that compares the bias of data or a model, or the reasons of its predictions, with a baseline."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from constructs import Construct

from ...assets import Image, S3Prefix
from ...assets.named_file import deploy_file, stage_file
from ...iam.environment import DataAccess
from ...language import Expression, PipelineError, StringLike
from ...language.expressions import has_placeholder
from ...language.tokens import is_list_token
from ...properties.clarify_check import ClarifyCheckProperties
from ...text import TokenText
from ..base.given import of_type, s3_uri, shown
from ..jobs.processing_job import INPUT, ProcessingInput
from ..models.model import model_name
from .baseline_check import CheckStep
from .clarify_analysis import ClarifyDataset, DataBiasCheck, ExplainabilityCheck, ModelBiasCheck

CONFIG = "analysis_config.json"
_REPORT = {"name": "report", "title": "Analysis Report"}


class ClarifyCheckStep(CheckStep):
    """Checks data or a model with Clarify's container. API: ``CreateProcessingJob``.

    ::

        check = ClarifyCheckStep(
            pipeline, "CheckBias",
            check=DataBiasCheck(label_values_or_threshold=[1], facet=[Facet("sex", ["F"])]),
            dataset=ClarifyDataset(prepare.output("train"), headers=["age", "sex", "length"], label="age"),
            instance_type="ml.c5.xlarge", model_package_group="abalone",
        )

    What is analysed stands in a file that is written when the app is synthesized, or deployed where it holds CDK
    tokens, so nothing in ``check`` and ``dataset`` can be an expression but the model and the data. To look at a model
    the job serves it on an endpoint of its own, which the job's role may make, ask and delete.
    Source: "ClarifyCheck step" of the developer guide, which says that Clarify is closed to new customers.
    """

    type = "ClarifyCheck"

    check: DataBiasCheck | ModelBiasCheck | ExplainabilityCheck
    """What is checked."""
    dataset: ClarifyDataset | S3Prefix | StringLike
    """The data that the new baseline is calculated from."""
    image: Image = Image.framework("clarify", "1.0")
    """Default: AWS's own, in the account of the pipeline's region."""

    def bind(self) -> None:
        kinds = (DataBiasCheck, ModelBiasCheck, ExplainabilityCheck)
        of_type(self.check, kinds, "check", "DataBiasCheck(...), ModelBiasCheck(...) or ExplainabilityCheck(...)")
        super().bind()
        check = self.check
        self._model = None
        if not isinstance(check, DataBiasCheck):
            if self.enable_network_isolation is True:
                raise PipelineError("enable_network_isolation: the job must reach the endpoint that it makes")
            config = check.config()
            self._model = model_name(self, check.predictor.model, "check: predictor: model")
        else:
            config = check.config()
        given = self.dataset
        self._dataset = given if isinstance(given, ClarifyDataset) else ClarifyDataset(given)
        config = {**self._dataset.config(), **config}
        config["methods"] = {**config["methods"], "report": _REPORT}
        self._named: list[str] = []
        self._deploy: Callable[[], Construct] | None = None
        self._config = self._write(self._plain(config, "analysis_config"))

    def finish(self) -> None:
        super().finish()
        if self._deploy is not None:
            self.host.deploy_after(self._deploy())

    @property
    def properties(self) -> ClarifyCheckProperties:
        """The baselines: the new one, and that to register for the next check."""
        return ClarifyCheckProperties(self.name, ())

    def check_type(self) -> str:
        return self.check.check_type

    def more_keys(self) -> dict[str, Any]:
        model = {} if self._model is None else {"ModelName": self._model}
        return {**super().more_keys(), **model}

    def arguments(self) -> dict[str, Any]:
        data = self._dataset
        source = s3_uri(data.source, "dataset", self.host.workplace)
        compression = data.s3_compression_type
        inputs = {
            "analysis_config": ProcessingInput(self._config, f"{INPUT}/config"),
            "dataset": ProcessingInput(source, f"{INPUT}/data", s3_compression_type=compression),
        }
        # of images there are many results, each by itself
        images = data.dataset_type == "application/x-image"
        return self.request(inputs, "analysis_result", "Continuous" if images else "EndOfJob")

    def _write(self, config: Any) -> S3Prefix | str:
        """Where the file lies; the job's role may read what it names."""
        work = self.host.workplace
        text = TokenText(json.dumps(config, indent=2, ensure_ascii=False).split("\n"), work.stack)
        if self._named:
            named = tuple(dict.fromkeys(self._named))
            work.keep_access(self.name, DataAccess(work.role_arn(self.job_role), named, told=CONFIG))
        staged = stage_file(self, CONFIG, text)
        if staged is not None:
            return work.staged(self.name, staged).uri
        below = work.artifacts.below(f"{work.pipeline_name}/{self.name}")
        deployed, self._deploy = deploy_file(self, CONFIG, text, below, work.deployment_log_group)
        work.keeps(self.name, below.below(f"*/{CONFIG}"))
        return deployed.bind(work)

    def _plain(self, value: Any, where: str) -> Any:
        """The value as JSON; notes the URIs in it."""
        if isinstance(value, S3Prefix):
            value = s3_uri(value, where, self.host.workplace)
        if isinstance(value, Expression) or (isinstance(value, str) and has_placeholder(value)):
            raise PipelineError(
                f"{where}: {shown(value)} must be literal, since the file is written before the pipeline runs"
            )
        if is_list_token(value):
            raise PipelineError(
                f"{where}: a list that is known at deployment only (a CDK list token) cannot stand here"
            )
        if isinstance(value, str) and value.startswith("s3://"):
            self._named.append(value)
        if isinstance(value, Mapping):
            return {key: self._plain(item, f"{where}.{key}") for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._plain(item, f"{where}[{index}]") for index, item in enumerate(value)]
        if value is None or isinstance(value, (str, int, float)):
            return value
        raise PipelineError(f"{where}: {shown(value)} cannot be written as JSON")
