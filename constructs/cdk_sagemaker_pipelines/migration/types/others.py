"""Conditions, loops, calls, checks, EMR and records."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ...notation.nodes import SKIP, Comparison, Made, OfStep
from ...steps.checks.quality_check import DataQualityCheck, ModelQualityCheck
from ...steps.emr.emr_serverless import HiveQuery, SparkSubmit
from ...steps.records.lineage import LineageAction, LineageArtifact, LineageAssociation, LineageContext
from ..request import (
    Request,
    Table,
    at,
    dicts,
    existing,
    made,
    minutes,
    place,
    plain,
    read,
    role,
    text_map,
)
from .jobs import processing_job

# -- control


def condition(request: Request) -> dict[str, Any]:
    """The fields of a ``ConditionStep``."""
    conditions = [Comparison(one) for one in dicts(request.at("Conditions"))]
    return {"condition": conditions[0] if len(conditions) == 1 else conditions}


def fail(request: Request) -> dict[str, Any]:
    """Those of a ``FailStep``."""
    message = request.at("ErrorMessage")
    return {} if message is None else {"message": message}


def for_each(request: Request) -> dict[str, Any]:
    """Those of a ``ForEachStep``."""
    return read(request.arguments, {"items": ("IterableItems", plain), "max_concurrency": ("MaxConcurrency", plain)})


# -- calls


def _call(request: Request) -> dict[str, Any]:
    outputs = {one.get("OutputName"): one.get("OutputType") for one in dicts(request.step.get("OutputParameters"))}
    return {"inputs": dict(request.arguments) or None, "outputs": outputs or None}


_queue = existing("queue", r"https://sqs\.[a-z0-9\-]+\.amazonaws\.com(\.cn)?/\d{12}/[A-Za-z0-9\-_.]+")
_function = existing("function", r"arn:[^:]+:lambda:[^:]+:[^:]*:function:.+")


def callback(request: Request) -> dict[str, Any]:
    """Those of a ``CallbackStep``."""
    queue = _queue(request.step.get("SqsQueueUrl"))
    return {**_call(request), "queue": None if queue is SKIP else queue}


def lambda_(request: Request) -> dict[str, Any]:
    """Those of a ``LambdaStep``."""
    function = _function(request.step.get("FunctionArn"))
    return {**_call(request), "function": None if function is SKIP else function}


# -- checks


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
        "supplied_baseline_constraints": _file(step.get("SuppliedBaselineConstraints")),
        "supplied_baseline_statistics": _file(step.get("SuppliedBaselineStatistics")),
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


def _file(value: Any) -> Any:
    return None if value is None else place(value)


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


# -- EMR

_EMR: Table = {
    "jar": ("StepConfig.HadoopJarStep.Jar", plain),
    "args": ("StepConfig.HadoopJarStep.Args", plain),
    "main_class": ("StepConfig.HadoopJarStep.MainClass", plain),
    "cluster_id": ("ClusterId", plain),
    "execution_role": ("ExecutionRoleArn", role),
    "cluster_config": ("ClusterConfig", plain),
}


def emr(request: Request) -> dict[str, Any]:
    """The fields of an ``EMRStep``."""
    properties = {one.get("Key"): one.get("Value") for one in dicts(request.at("StepConfig.HadoopJarStep.Properties"))}
    return {**read(request.arguments, _EMR), "java_properties": properties or None}


_SERVERLESS: Table = {
    "role": ("ExecutionRoleArn", role),
    "application_id": ("ApplicationId", plain),
    "application_config": ("ApplicationConfig", plain),
    "timeout": ("JobConfig.executionTimeoutMinutes", minutes),
    "job_name": ("JobConfig.name", plain),
    "job_tags": ("JobConfig.tags", text_map),
}
_SPARK: Table = {
    "entry_point": ("entryPoint", place),
    "args": ("entryPointArguments", plain),
    "parameters": ("sparkSubmitParameters", plain),
}
_HIVE: Table = {"query": ("query", place), "init_query": ("initQueryFile", place), "parameters": ("parameters", plain)}


def emr_serverless(request: Request) -> dict[str, Any]:
    """Those of an ``EMRServerlessStep``."""
    found = read(request.arguments, _SERVERLESS)
    spark, hive = request.at("JobConfig.jobDriver.sparkSubmit"), request.at("JobConfig.jobDriver.hive")
    found["driver"] = made(HiveQuery, **read(hive, _HIVE)) if hive else made(SparkSubmit, **read(spark or {}, _SPARK))
    given = request.at("JobConfig.configurationOverrides")
    logs = at(given, "monitoringConfiguration.s3MonitoringConfiguration")
    if isinstance(logs, Mapping) and set(logs) == {"logUri"}:
        found["logs"] = place(logs["logUri"])
        rest = {**given, "monitoringConfiguration": {**given["monitoringConfiguration"]}}
        del rest["monitoringConfiguration"]["s3MonitoringConfiguration"]
        given = {name: value for name, value in rest.items() if value}
    if given:
        found["configuration_overrides"] = given
    return found


# -- records


def lineage(request: Request) -> dict[str, Any]:
    """The fields of a ``LineageStep``."""
    found: dict[str, Any] = {}
    known: dict[tuple[Any, Any], Any] = {}
    for kind in (LineageAction, LineageArtifact, LineageContext):
        word = kind.__name__.removeprefix("Lineage")
        entities = [_entity(one, kind, word) for one in dicts(request.at(f"{word}s"))]
        known |= {(word, json.dumps(node.positional[0])): node for node in entities}
        if entities:
            found[f"{word.lower()}s"] = entities
    associations = [_association(one, known) for one in dicts(request.at("Associations"))]
    return {**found, "associations": associations or None}


def _entity(one: Mapping[str, Any], kind: type, word: str) -> Made:
    source = one.get("Source")
    ids = {each.get("SourceIdType"): each.get("Value") for each in dicts(at(source, "SourceTypes"))}
    more = {
        "properties": one.get("Properties"),
        "source_type": at(source, "SourceType"),
        "source_id": at(source, "SourceId"),
        "description": one.get("Description"),
        "status": one.get("Status"),
        "source_ids": ids or None,
    }
    return Made(
        kind.__name__,
        {name: value for name, value in more.items() if value is not None},
        (one.get(f"{word}Name"), one.get(f"{word}Type"), _file(at(source, "SourceUri"))),
    )


def _association(one: Mapping[str, Any], known: Mapping[tuple[Any, Any], Any]) -> Made:
    ends = []
    for side in ("Source", "Destination"):
        end = one.get(side)
        named = known.get((at(end, "Type"), json.dumps(at(end, "Name"))))
        ends.append(at(end, "Arn") if named is None else named)
    kind = one.get("AssociationType")
    return Made(LineageAssociation.__name__, positional=(*ends, *([] if kind is None else [kind])))


def cleanup(request: Request) -> dict[str, Any]:
    """The fields of a ``CleanupStep``."""
    sources = []
    for one in dicts(request.at("Resources.S3")):
        step = OfStep(str(one.get("StepName")), "Step", None)
        uris = one.get("S3Uris")
        sources.append(step if uris is None else Made("CleanupSource", positional=(step, uris)))
    return {"sources": sources}
