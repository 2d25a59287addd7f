"""Writes properties/service_model.json: the part of botocore's service models that synthesis and references need.

Run it after upgrading botocore: ``python -m scripts.generate``. The table records botocore's version.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import botocore
from botocore.loaders import Loader

from cdk_sagemaker_pipelines.language.step_types import STEP_TYPES

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "constructs/cdk_sagemaker_pipelines/properties/service_model.json"

Shapes = dict[str, dict[str, Any]]


ROWS = STEP_TYPES.values()
REQUESTS = {row.name: f"Create{row.api}" for row in ROWS if row.api}
"""The operation whose request is a step's Arguments, by step type."""

# the service adds values to these faster than releases of this library can follow
OPEN_ENUM = re.compile(r"(InstanceType|AmiVersion|AcceleratorType|TextLanguage)$")

KINDS = {"long": "integer", "double": "float", "blob": "string"}


def structure(*required: str, **members: str) -> dict[str, Any]:
    """A structure that is not in a service model."""
    shape: dict[str, Any] = {"type": "structure", "members": members}
    if required:
        shape["required"] = list(required)
    return shape


def list_of(member: str, **limits: int) -> dict[str, Any]:
    """A list that is not in a service model; ``min`` and ``max`` are numbers of elements."""
    return {"type": "list", "member": member, **limits}


STRING = "StepString"
# what the pipeline service itself returns or accepts; source: "Step properties" in the developer guide, the SDK's steps
# and their checks, and the limits of PipelineExecutionStepMetadata
OWN_SHAPES: Shapes = {
    STRING: {"type": "string"},
    "StepInteger": {"type": "integer"},
    "StepBoolean": {"type": "boolean"},
    "StepStringMap": {"type": "map", "key": STRING, "value": STRING},
    "StepStringList": list_of(STRING),
    "StepAny": {"type": "any"},
    "StepAnyList": list_of("StepAny"),
    "StepScalar": {"type": "scalar"},
    "StepScalarMap": {"type": "map", "key": STRING, "value": "StepScalar"},
    "ClarifyCheckProperties": structure(
        CalculatedBaselineConstraints=STRING, BaselineUsedForDriftCheckConstraints=STRING
    ),
    "QualityCheckProperties": structure(
        CalculatedBaselineConstraints=STRING,
        CalculatedBaselineStatistics=STRING,
        BaselineUsedForDriftCheckConstraints=STRING,
        BaselineUsedForDriftCheckStatistics=STRING,
    ),
    "ConditionProperties": structure(Outcome="StepBoolean"),
    "CallbackProperties": structure(OutputParameters="StepStringMap"),
    "LambdaProperties": structure(OutputParameters="StepStringMap"),
    "LineageProperties": structure(
        ActionArns="StepStringMap",
        ArtifactArns="StepStringMap",
        ContextArns="StepStringMap",
        Associations="StepStringList",
    ),
    "ForEachProperties": structure(
        Status=STRING,
        InputItemCount="StepInteger",
        TotalStepCount="StepInteger",
        SucceededStepCount="StepInteger",
        FailedStepCount="StepInteger",
        StoppedStepCount="StepInteger",
        IterationOutputs="StepAnyList",
        Selected="StepAny",
    ),
    "FailProperties": structure(),
    "CleanupProperties": structure(),
    "BestCandidateProperties": structure(ModelInsightsJsonReportPath=STRING, ExplainabilityJsonReportPath=STRING),
    "EMRArguments": structure(
        "StepConfig",
        StepConfig="EMR.StepConfig",
        ClusterId=STRING,
        ExecutionRoleArn=STRING,
        ClusterConfig="EMR.RunJobFlowInput",
    ),
    "EMRServerlessArguments": structure(
        "ExecutionRoleArn",
        "JobConfig",
        ExecutionRoleArn="EMRServerless.IAMRoleArn",
        JobConfig="EMRServerless.StartJobRunRequest",
        ApplicationId="EMRServerless.ApplicationId",
        ApplicationConfig="EMRServerless.CreateApplicationRequest",
    ),
    "FailArguments": structure(ErrorMessage="FailMessage"),
    "FailMessage": {"type": "string", "max": 3072},
    "LineageArguments": structure(
        Actions="LineageActions",
        Artifacts="LineageArtifacts",
        Contexts="LineageContexts",
        Associations="LineageAssociations",
    ),
    "LineageActions": list_of("CreateActionRequest", max=5),
    "LineageArtifacts": list_of("CreateArtifactRequest", max=5),
    "LineageContexts": list_of("CreateContextRequest", max=5),
    "LineageAssociations": list_of("LineageAssociation", max=10),
    "LineageAssociation": structure(
        "Source",
        "Destination",
        Source="LineageEntity",
        Destination="LineageEntity",
        AssociationType="AssociationEdgeType",
    ),
    "LineageEntity": structure(Name=STRING, Type="LineageEntityType", Arn="AssociationEntityArn"),
    "LineageEntityType": {"type": "string", "enum": ["Action", "Artifact", "Context"]},
    "CleanupArguments": structure("Resources", Resources="CleanupResources"),
    "CleanupResources": structure("S3", S3="CleanupSources"),
    "CleanupSources": list_of("CleanupSource", min=1, max=100),
    "CleanupSource": structure("StepName", StepName="CleanupStepName", S3Uris="CleanupUris"),
    "CleanupStepName": {"type": "string", "pattern": "[A-Za-z0-9\\-_]{1,64}"},
    "CleanupUris": list_of("CleanupUri", min=1),
    "CleanupUri": {"type": "string", "pattern": "s3://[^/]+/.+"},
    "ForEachArguments": structure(
        "IterableItems",
        "MaxConcurrency",
        "ForEachBody",
        IterableItems="ForEachItems",
        MaxConcurrency="ForEachConcurrency",
        Selector="ForEachSelector",
        ForEachBody="ForEachBody",
    ),
    "ForEachItems": {**list_of("ForEachItem", min=1, max=100), "or_text": True},
    "ForEachItem": {"type": "scalar", "max": 12800},
    "ForEachConcurrency": {"type": "integer", "min": 1, "max": 50},
    "ForEachSelector": structure("Pick", "Field", Pick="ForEachPick", Field="StepAny"),
    "ForEachPick": {"type": "string", "enum": ["MaxBy", "MinBy"]},
    "ForEachBody": list_of("StepAny", min=1),  # steps, each checked as a step
}
OWN_REQUESTS = {name.removesuffix("Arguments"): name for name in OWN_SHAPES if name.endswith("Arguments")} | {
    row.name: "StepScalarMap" for row in ROWS if row.family == "calls"
}
OWN_PROPERTIES = {
    name.removesuffix("Properties"): name for name in OWN_SHAPES if name.endswith("Properties") and name[:4] != "Best"
} | {"EMR": "EMR.Step"}
DESCRIPTIONS = {row.name: f"Describe{row.api}" for row in ROWS if row.api and row.name not in OWN_PROPERTIES}
"""The operation whose response is a step's properties, by step type."""


def generate() -> str:
    """The text of the table."""
    sagemaker = _model("sagemaker")
    shapes = _shapes(sagemaker["shapes"])
    others = (
        _shapes(_model("emr")["shapes"], prefix="EMR.")
        | _shapes(_model("emr-serverless")["shapes"], prefix="EMRServerless.")
        | OWN_SHAPES
    )
    if set(shapes) & set(others):
        raise SystemExit(f"shapes with the same name: {set(shapes) & set(others)}")
    shapes |= others
    _adapt_members(shapes)

    requests = dict(OWN_REQUESTS)
    for step_type, operation in REQUESTS.items():
        name = sagemaker["operations"][operation]["input"]["shape"]
        requests[step_type] = name
        _without(shapes[name], STEP_TYPES[step_type].optional, STEP_TYPES[step_type].refused)
    properties = dict(OWN_PROPERTIES)
    for step_type, operation in DESCRIPTIONS.items():
        properties[step_type] = sagemaker["operations"][operation]["output"]["shape"]

    checked = reachable(shapes, requests.values())
    read = reachable(shapes, properties.values())
    kept = {
        name: shapes[name] if name in checked else _only_read(shapes[name]) for name in sorted(set(checked) | set(read))
    }
    return _lines(
        {
            "source": "service models sagemaker, emr and emr-serverless of botocore; scripts/generate_service_model.py",
            "botocore": botocore.__version__,
            "requests": dict(sorted(requests.items())),
            "properties": dict(sorted(properties.items())),
            "shapes": kept,
        }
    )


def write() -> None:
    """Writes the table."""
    TARGET.write_text(generate(), encoding="utf-8")


def reachable(shapes: Mapping[str, Mapping[str, Any]], roots: Iterable[str]) -> list[str]:
    """The names of the shapes that the roots consist of, each before the shapes that contain it."""
    found: dict[str, None] = {}
    open_names: set[str] = set()

    def visit(name: str) -> None:
        if name in found or name in open_names:
            return
        open_names.add(name)
        for part in parts(shapes[name]):
            visit(part)
        found[name] = None

    for root in roots:
        visit(root)
    return list(found)


def parts(shape: Mapping[str, Any]) -> list[str]:
    """The names of the shapes that a shape directly refers to."""
    return [*shape.get("members", {}).values(), *(shape[key] for key in ("member", "key", "value") if key in shape)]


def _model(service: str) -> Any:
    return Loader().load_service_model(service, "service-2")


def _shapes(model: Mapping[str, Any], prefix: str = "") -> Shapes:
    return {prefix + name: _shape(name, shape, prefix) for name, shape in model.items()}


def _shape(name: str, shape: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    kept: dict[str, Any] = {"type": KINDS.get(shape["type"], shape["type"])}
    if "members" in shape:
        kept["members"] = {member: prefix + target["shape"] for member, target in shape["members"].items()}
    for key in ("member", "key", "value"):
        if key in shape:
            kept[key] = prefix + shape[key]["shape"]
    for key in ("required", "union", "min", "max"):
        if key in shape:
            kept[key] = shape[key]
    if "enum" in shape:
        kept["enum"] = list(shape["enum"])
        if OPEN_ENUM.search(name):
            kept["open"] = True
    pattern = _python_pattern(shape.get("pattern", ""))
    if pattern:
        kept["pattern"] = pattern
    return kept


_AMBIGUOUS = ("(.[0-9A-Za-z]{2,4})+", ".{3,}")
"""A pattern that takes exponential time on a string that does not match, and its linear-time replacement."""


def _python_pattern(pattern: str) -> str:
    """The pattern in Python's syntax, never stricter than the service's; empty if Python cannot express it."""
    pattern = pattern.replace(*_AMBIGUOUS)
    for java, python in ((r"\p{L}", r"\w"), (r"\p{N}", r"\w"), (r"\p{Z}", r"\s"), (r"\p{Alnum}", "A-Za-z0-9")):
        pattern = pattern.replace(java, python)
    if "${" in pattern or re.search(r"[+*?}]\+", pattern) or pattern in (".*", r"[\S\s]*", r"[\s\S]*"):
        return ""
    try:
        re.compile(pattern)
    except re.error:
        return ""
    return pattern


def _adapt_members(shapes: Shapes) -> None:
    """Adds members that a step has in addition to the API's, and removes those that it lacks."""
    shapes["DescribeHyperParameterTuningJobResponse"]["members"]["TrainingJobSummaries"] = (
        "HyperParameterTrainingJobSummaries"
    )
    shapes["DescribeAutoMLJobResponse"]["members"]["BestCandidateProperties"] = "BestCandidateProperties"
    shapes["DescribeJobResponse"]["members"]["JobConfigDocument"] = "StepAny"
    # the service names the cluster and ends it
    _without(shapes["EMR.StepConfig"], ("Name",), ("Name", "ActionOnFailure"))
    _without(shapes["EMR.RunJobFlowInput"], ("Name",), ("Name", "Steps", "AutoTerminationPolicy"))
    _without(shapes["EMR.JobFlowInstancesConfig"], (), ("KeepJobFlowAliveWhenNoSteps", "TerminationProtected"))
    # the service provides the token, and the application if the step creates one
    _without(shapes["EMRServerless.StartJobRunRequest"], ("applicationId",), ("clientToken",))
    _without(shapes["EMRServerless.CreateApplicationRequest"], (), ("clientToken",))


def _without(shape: dict[str, Any], optional: Iterable[str], refused: Iterable[str]) -> None:
    required = [name for name in shape.get("required", ()) if name not in {*optional, *refused}]
    shape.pop("required", None)
    if required:
        shape["required"] = required
    for name in refused:
        shape["members"].pop(name, None)


def _only_read(shape: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in shape.items() if key in ("type", "members", "member", "key", "value")}


def _lines(document: Mapping[str, Any]) -> str:
    """JSON with one line per entry, so that a newer botocore produces a readable diff."""
    blocks = []
    for key, value in document.items():
        if isinstance(value, dict):
            entries = ",\n".join(f"{json.dumps(name)}:{_compact(item)}" for name, item in value.items())
            blocks.append(f'"{key}":{{\n{entries}\n}}')
        else:
            blocks.append(f'"{key}":{_compact(value)}')
    return "{\n" + ",\n".join(blocks) + "\n}\n"


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
