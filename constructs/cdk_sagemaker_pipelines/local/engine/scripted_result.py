"""What a scripted step has instead of its job's description: its arguments, its names, and where its results are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...language import StepView
from ...language.step_types import StepType, row_of
from ..container.storage import join_uri
from ..endings import StepResult
from ..service_members import service_members
from .runner import StepContext

MODEL_ARCHIVE = "model.tar.gz"


def described(context: StepContext, step: StepView, arguments: dict[str, Any]) -> StepResult:
    """The result of a step that succeeds without having run."""
    row = row_of(step.type)
    if row.family == "checks":
        return _check(context, step, arguments)
    if step.type == "RegisterModel":
        arn = context.arn("model-package", f"{arguments.get('ModelPackageGroupName', 'group')}/1")
        return StepResult({**arguments, "ModelPackageArn": arn}, {"RegisterModel": {"Arn": arn}})
    if row.api is None or row.resource is None:
        return StepResult(dict(arguments), {})
    name = context.job_name if row.name_prefix else str(arguments.get(f"{row.api}Name", context.job_name))
    arn = _arn(context, row, arguments, name)
    properties = {**arguments, f"{row.api}Name": name, f"{row.api}Arn": arn}
    if not row.lasts:
        properties[f"{row.api}Status"] = "Completed"
    if step.type == "Training":
        properties |= _artifacts(arguments, name)
    elif step.type == "Tuning":
        best = _best(context, arguments, name)
        properties |= {"BestTrainingJob": best, "TrainingJobSummaries": [best]}
    return StepResult(properties, {"TuningJob" if step.type == "Tuning" else row.api: {"Arn": arn}})


def record(context: StepContext, step: StepView, properties: Mapping[str, Any]) -> None:
    """Records the job that a scripted step would have run, so that it is described and listed."""
    row = row_of(step.type)
    if row.api is None or f"{row.api}Status" not in properties:
        return
    now = context.clock.now()
    times = {f"{row.times}{end}Time": now for end in ("Start", "End")}
    tags = [*properties.get("Tags", ()), *context.tags]
    job = {"CreationTime": now, "LastModifiedTime": now, **times, **properties, "Tags": tags}
    context.services.record_job(row.api, job[f"{row.api}Name"], {**job, **service_members(row.api, job)})


def places(step: StepView, properties: Mapping[str, Any]) -> dict[str, str]:
    """Where a scripted step can leave files: URIs by the names under which an outcome has them.

    The URI of an archive is its own, others are prefixes. A transform has one place, with an empty name.
    """
    if step.type == "Tuning":
        best = properties.get("BestTrainingJob", {}).get("TrainingJobName")
        uri = _artifacts(_definition(properties), str(best)).get("ModelArtifacts", {}).get("S3ModelArtifacts")
        return {MODEL_ARCHIVE: uri} if uri else {}
    artifacts = properties.get("ModelArtifacts", {}).get("S3ModelArtifacts")
    if artifacts:
        archived = str(artifacts).endswith(".tar.gz")
        beside = {"output.tar.gz": join_uri(str(artifacts).rpartition("/")[0], "output.tar.gz")} if archived else {}
        return {MODEL_ARCHIVE if archived else "model": artifacts, **beside}
    if "TransformOutput" in properties:
        return {"": properties["TransformOutput"]["S3OutputPath"]}
    outputs = properties.get("ProcessingOutputConfig", {}).get("Outputs", [])
    return {output["OutputName"]: output["S3Output"]["S3Uri"] for output in outputs if "S3Output" in output}


def _arn(context: StepContext, row: StepType, arguments: Mapping[str, Any], name: str) -> str:
    above = () if row.above is None else (str(arguments.get(row.above)),)
    return context.arn("/".join((str(row.resource), *above)), name)


def _artifacts(arguments: Mapping[str, Any], job: str) -> dict[str, Any]:
    output = arguments.get("OutputDataConfig") or {}
    if "S3OutputPath" not in output:
        return {}
    name = "model/" if output.get("CompressionType") == "NONE" else MODEL_ARCHIVE
    return {"ModelArtifacts": {"S3ModelArtifacts": join_uri(output["S3OutputPath"], job, "output", name)}}


def _definition(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """The training job of a tuning, the first if there are several."""
    several = arguments.get("TrainingJobDefinitions") or [{}]
    definition: Mapping[str, Any] = arguments.get("TrainingJobDefinition") or several[0]
    return definition


def _best(context: StepContext, arguments: Mapping[str, Any], tuning: str) -> dict[str, Any]:
    job = f"{tuning}-001"
    best = {
        "TrainingJobName": job,
        "TrainingJobArn": context.arn("training-job", job),
        "TrainingJobStatus": "Completed",
        "ObjectiveStatus": "Succeeded",
        "TunedHyperParameters": {},
    }
    named = _definition(arguments).get("DefinitionName")
    return {**best, **({"TrainingJobDefinitionName": named} if named else {})}


def _check(context: StepContext, step: StepView, arguments: dict[str, Any]) -> StepResult:
    arn = context.arn("processing-job", context.job_name)
    files = {"Constraints": "constraints.json" if step.type == "QualityCheck" else "analysis.json"}
    if step.type == "QualityCheck":
        files["Statistics"] = "statistics.json"
    place = next(iter(places(step, arguments).values()), None)
    baselines = {
        f"{which}{part}": join_uri(place, file)
        for which in ("CalculatedBaseline", "BaselineUsedForDriftCheck")
        for part, file in files.items()
        if place is not None
    }
    told = {"CheckType": str(step.json.get("CheckType")), "CheckJobArn": arn, **baselines}
    return StepResult({**arguments, **baselines}, {step.type: told})
