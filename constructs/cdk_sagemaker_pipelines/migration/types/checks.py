"""Checks of quality."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ...notation.nodes import Made
from ...steps.checks.quality_check import DataQualityCheck, ModelQualityCheck
from ..request import (
    Request,
    at,
    dicts,
    made,
    place,
)
from .base import location
from .processing import processing_job


def quality_check(request: Request) -> dict[str, Any]:
    """Those of a ``QualityCheckStep``."""
    found, step = processing_job(request), request.step
    inputs = {one.get("InputName"): at(one, "S3Input.S3Uri") for one in dicts(request.at("ProcessingInputs"))}
    outputs = dicts(request.at("ProcessingOutputConfig.Outputs"))
    environment = dict(found.pop("environment", {}))
    scripts = {name: _script(environment, inputs, name) for name in _SCRIPTS}
    options = environment.pop("dataset_format", None)
    for name in ("output_path", "publish_cloudwatch_metrics", "dataset_source"):
        environment.pop(name, None)
    attributes = {name: environment.pop(name, None) for name in _ATTRIBUTES}
    environment.pop("analysis_type", None)
    dataset, output = inputs.get("baseline_dataset_input"), at(outputs[0], "S3Output.S3Uri") if outputs else None
    if step.get("CheckType") == "MODEL_QUALITY":
        check = made(ModelQualityCheck, **attributes)
    else:
        check = made(DataQualityCheck, record_preprocessor_script=scripts["record_preprocessor_script"])
    return {
        **found,
        "check": check,
        "dataset": dataset and place(dataset),
        "dataset_format": _format(options),
        "post_analytics_processor_script": scripts["post_analytics_processor_script"],
        "output": output and place(output),
        "environment": environment or None,
        "model_package_group": step.get("ModelPackageGroupName"),
        "skip_check": step.get("SkipCheck"),
        "fail_on_violation": step.get("FailOnViolation"),
        "register_new_baseline": step.get("RegisterNewBaseline"),
        "supplied_baseline_constraints": location(step.get("SuppliedBaselineConstraints")),
        "supplied_baseline_statistics": location(step.get("SuppliedBaselineStatistics")),
    }


_SCRIPTS = ("record_preprocessor_script", "post_analytics_processor_script")
_ATTRIBUTES = (
    *("problem_type", "inference_attribute", "probability_attribute", "ground_truth_attribute"),
    "probability_threshold_attribute",
)


def _script(environment: dict[str, Any], inputs: Mapping[Any, Any], name: str) -> Any:
    environment.pop(name, None)
    uri = inputs.get(f"{name}_input")
    return uri if isinstance(uri, str) else None


def _format(options: Any) -> Any:
    """The format of a data set; as a whole, where it is none that a method makes."""
    try:
        given = json.loads(options)
    except (TypeError, ValueError):
        return None
    if not isinstance(given, dict) or len(given) != 1:
        return None
    ((kind, settings),) = given.items()
    if kind == "csv" and isinstance(settings, dict) and set(settings) == {"header", "output_columns_position"}:
        said = {} if settings["header"] is True else {"header": settings["header"]}
        if settings["output_columns_position"] != "START":
            said["output_columns_position"] = settings["output_columns_position"]
        return Made("DatasetFormat.csv", said)
    if kind == "json" and isinstance(settings, dict) and set(settings) == {"lines"}:
        return Made("DatasetFormat.json", {} if settings["lines"] is True else settings)
    if settings == {} and kind in ("parquet", "sagemakerCaptureJson"):
        return Made("DatasetFormat.parquet" if kind == "parquet" else "DatasetFormat.sagemaker_capture_json")
    return None
