"""The values of processing, training, tuning, AutoML, transform jobs and of jobs of the service's own."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ...language.step_types import TRAINING_REQUEST, JobRequest, row_of
from .attempt import Attempt, Use
from .named import hub, mlflow, packages
from .places import code, file, images, is_place, read, written

_DATASET = "ProcessingInputs[].DatasetDefinition"
_RULES = ("DebugRuleConfigurations[]", "ProfilerRuleConfigurations[]")


def processing(attempt: Attempt) -> Iterator[Use]:
    """A processing job; also that of a check."""
    role = attempt.role_arn(attempt.text("RoleArn"))
    vpc = ("vpc",) if attempt.has("NetworkConfig.VpcConfig") else ()
    yield from _of_job(attempt, role, "", vpc)
    for uri in _places(attempt, "ProcessingInputs[].S3Input.S3Uri"):
        yield attempt.use(read(attempt, "input", uri), job=role)
    for uri in _places(attempt, "ProcessingOutputConfig.Outputs[].S3Output.S3Uri"):
        yield attempt.use(written(attempt, "output", uri), job=role)
    for name in attempt.texts("ProcessingOutputConfig.Outputs[].FeatureStoreOutput.FeatureGroupName"):
        group = name.rpartition("/")[2]
        lower = group.lower()
        yield attempt.use({"feature_group": group, "feature_group_lower": lower if lower != group else None}, job=role)
    for asked in attempt.every(f"{_DATASET}.AthenaDatasetDefinition"):
        values = {
            "work_group": asked.get("WorkGroup", "primary"),
            "catalog": asked.get("Catalog"),
            "database": asked.get("Database"),
            "table": "table",
            **_results(attempt, "results", asked),
        }
        yield attempt.use(values, "athena", job=role)
    for asked in attempt.every(f"{_DATASET}.RedshiftDatasetDefinition"):
        values = {
            "redshift": asked.get("ClusterId"),
            "redshift_database": asked.get("Database"),
            "redshift_user": asked.get("DbUser"),
            **_results(attempt, "unloaded", asked),
        }
        yield attempt.use(values, "redshift", job=role, cluster=attempt.role_arn(asked.get("ClusterRoleArn", "")))


def _results(attempt: Attempt, what: str, asked: Mapping[str, Any]) -> dict[str, str | None]:
    key = asked.get("KmsKeyId")
    values = written(attempt, what, asked["OutputS3Uri"]) if is_place(asked.get("OutputS3Uri")) else {}
    return {**values, f"{what}_key": attempt.key_arn(key)}


def training(attempt: Attempt) -> Iterator[Use]:
    """A training job."""
    role = attempt.role_arn(attempt.text("RoleArn"))
    has = {
        "vpc": attempt.has("VpcConfig"),
        "remote debugging": attempt.has("RemoteDebugConfig.EnableRemoteDebug"),
        "rules": attempt.has(*(path.removesuffix("[]") for path in _RULES)),
    }
    yield from _of_job(attempt, role, "", tuple(name for name, there in has.items() if there))
    yield from _trained(attempt, "", role)
    for plan in attempt.texts(
        "ResourceConfig.TrainingPlanArn", "ResourceConfig.InstancePreferences[].TrainingPlanArns[]"
    ):
        yield attempt.use({"training_plan": plan, "capacity": "reserved-capacity-1a2b3c"})
    for uri in _places(attempt, *(f"{rule}.S3OutputPath" for rule in _RULES)):
        yield attempt.use(written(attempt, "found", uri), job=role)
    for uri in _places(attempt, "DebugHookConfig.S3OutputPath"):
        yield attempt.use(written(attempt, "tensors", uri), *(("rules",) if has["rules"] else ()), job=role)
    for uri in _places(attempt, "ProfilerConfig.S3OutputPath", "TensorBoardOutputConfig.S3OutputPath"):
        yield attempt.use(written(attempt, "output", uri), job=role)
    registry = "AlgorithmSpecification.TrainingImageConfig.TrainingRepositoryAuthConfig"
    for function in attempt.texts(f"{registry}.TrainingRepositoryCredentialsProviderArn"):
        yield attempt.use({"registry_function": function}, job=role)
    yield from mlflow(attempt, attempt.text("MlflowConfig.MlflowResourceArn"), role)
    yield from packages(attempt, attempt.arguments.get("ModelPackageConfig"), role)
    for base in attempt.texts("ServerlessJobConfig.BaseModelArn"):
        # the job alone looks it up: the service trains what is named by its ARN
        found = hub(base)
        yield attempt.use({"hub": found.get("hub")}, "hub", pipeline="", job=role)
        yield attempt.use({"base_model": base.rpartition("/")[0]}, job=role)
    for evaluator in attempt.texts("ServerlessJobConfig.EvaluatorArn"):
        if ":lambda:" in evaluator:
            yield attempt.use({"evaluator": evaluator}, job=role)
        else:
            yield attempt.use({"hub_content": evaluator}, pipeline="", job=role)


def tuning(attempt: Attempt) -> Iterator[Use]:
    """The training jobs of a tuning."""
    for start in ("TrainingJobDefinition", "TrainingJobDefinitions[]"):
        for definition in attempt.every(start):
            inner = replace(attempt, arguments=definition)
            role = inner.role_arn(inner.text("RoleArn"))
            vpc = ("vpc",) if inner.has("VpcConfig") else ()
            yield from _of_job(inner, role, "tuning", vpc, TRAINING_REQUEST)
            resources = inner.text("HyperParameterTuningResourceConfig.VolumeKmsKeyId")
            if resources:
                yield inner.use({"volume_key": inner.key_arn(resources)}, job=role)
            yield from _trained(inner, "StaticHyperParameters", role)


def _trained(attempt: Attempt, hyperparameters: str, role: str) -> Iterator[Use]:
    """What all trainings can have."""
    source = "InputDataConfig[].DataSource.S3DataSource"
    for uri in _places(attempt, f"{source}.S3Uri"):
        yield attempt.use(read(attempt, "input", uri), job=role)
    for content in attempt.texts(f"{source}.HubAccessConfig.HubContentArn"):
        yield attempt.use(hub(content), "hub", job=role)
    for uri in _places(attempt, "OutputDataConfig.S3OutputPath"):
        yield attempt.use(written(attempt, "output", uri), job=role)
    for uri in _places(attempt, "CheckpointConfig.S3Uri"):
        yield attempt.use(written(attempt, "checkpoint", uri), job=role)
    submitted = attempt.text(f"{hyperparameters or 'HyperParameters'}.sagemaker_submit_directory").strip('"')
    if is_place(submitted):
        yield attempt.use(code("code", submitted), job=role)
    for name in attempt.texts("AlgorithmSpecification.AlgorithmName"):
        yield attempt.use({"algorithm": name.rpartition("/")[2]}, job=role)


def auto_ml(attempt: Attempt) -> Iterator[Use]:
    """A search by Autopilot."""
    role = attempt.role_arn(attempt.text("RoleArn"))
    vpc = ("vpc",) if attempt.has("AutoMLJobConfig.SecurityConfig.VpcConfig") else ()
    yield from _of_job(attempt, role, "search", vpc)
    yield attempt.use({"trial": f"{attempt.job_name[:16].rstrip('-')}-trial-1"}, job=role)
    for uri in _places(attempt, "InputDataConfig[].DataSource.S3DataSource.S3Uri"):
        yield attempt.use(read(attempt, "input", uri), job=role)
    for uri in _places(attempt, "OutputDataConfig.S3OutputPath"):
        yield attempt.use(written(attempt, "output", uri), job=role)
    for uri in _places(attempt, "AutoMLJobConfig.CandidateGenerationConfig.FeatureSpecificationS3Uri"):
        yield attempt.use(file(attempt, "features", uri), job=role)


def transform(attempt: Attempt) -> Iterator[Use]:
    """A transform job, which runs with the role of its model."""
    model = attempt.known.described("Model", attempt.text("ModelName")) or {}
    role = str(model.get("ExecutionRoleArn") or "")
    yield attempt.use({"step": attempt.job_name}, model=role)
    for name, path in (("output_key", "TransformOutput.KmsKeyId"), ("volume_key", "TransformResources.VolumeKmsKeyId")):
        if attempt.text(path):
            yield attempt.use({name: attempt.key_arn(attempt.text(path))}, model=role)
    for uri in _places(attempt, "TransformInput.DataSource.S3DataSource.S3Uri"):
        yield attempt.use(read(attempt, "input", uri), model=role)
    for uri in _places(attempt, "TransformOutput.S3OutputPath"):
        yield attempt.use(written(attempt, "output", uri), model=role)
    for uri in _places(attempt, "DataCaptureConfig.DestinationS3Uri"):
        key = attempt.text("DataCaptureConfig.KmsKeyId")
        values = {**written(attempt, "captured", uri), "captured_key": attempt.key_arn(key)}
        yield attempt.use(values, model=role)


def job(attempt: Attempt) -> Iterator[Use]:
    """A job of the service's own, whose request is a document."""
    role = attempt.role_arn(attempt.text("RoleArn"))
    try:
        document = json.loads(attempt.text("JobConfigDocument") or "{}")
    except ValueError:
        document = {}
    inner = replace(attempt, arguments=document if isinstance(document, dict) else {})
    vpc = ("vpc",) if inner.has("VpcConfig") else ()
    names = {"step": attempt.job_name, "category": attempt.text("JobCategory"), "job_role": role}
    yield attempt.use(names, *vpc, job=role)
    inputs = document.get("InputDataConfig") if isinstance(document, dict) else None
    for uri in _uris(inputs):
        yield attempt.use(read(attempt, "input", uri), job=role)
    for uri in _places(inner, "OutputDataConfig.S3OutputPath"):
        yield attempt.use(written(attempt, "output", uri), job=role)
    for key in inner.texts("OutputDataConfig.KmsKeyArn"):
        yield attempt.use({"document_key": attempt.key_arn(key)}, job=role)
    for content in inner.texts("OutputDataConfig.DatasetArn"):
        found = hub(content)
        both = {"written_hub": found.get("hub"), "written_content": found.get("hub_content")}
        yield attempt.use({**both, **found}, "hub", job=role)
    for content in inner.texts("BaseModelArn"):
        yield attempt.use(hub(content), "hub", job=role)
    for agent in inner.texts("AgentConfig.AgentRuntimeArn"):
        yield attempt.use({"agent": agent}, job=role)
    for function in inner.texts("AgentConfig.LambdaArn"):
        yield attempt.use({"agent_function": function}, job=role)
    yield from mlflow(attempt, inner.text("MlflowConfig.MlflowResourceArn"), role)
    yield from packages(attempt, inner.arguments.get("ModelPackageConfig"), role)


def _of_job(
    attempt: Attempt, role: str, name: str, has: tuple[str, ...], request: JobRequest | None = None
) -> Iterator[Use]:
    """What all jobs have: a name, a role, keys and an image. ``name``: the variable of the name, if it has its own."""
    row = request or row_of(attempt.type).job or JobRequest()
    yield attempt.use({name or "step": attempt.job_name, "job_role": role}, *has, job=role)
    for variable, path in (("output_key", row.output_key), ("volume_key", row.volume_key)):
        if path and attempt.text(path):
            yield attempt.use({variable: attempt.key_arn(attempt.text(path))}, job=role)
    pulled = [row.image] if row.image else []
    if attempt.type == "Training":
        pulled += [f"{rule}.RuleEvaluatorImage" for rule in _RULES]
    for image in images(attempt, *pulled):
        yield attempt.use(image, "private image", job=role)


def _places(attempt: Attempt, *paths: str) -> Iterator[str]:
    yield from (uri for uri in attempt.texts(*paths) if is_place(uri))


def _uris(value: Any) -> Iterator[str]:
    """Every place in S3 that a document names, however deep."""
    if isinstance(value, str):
        yield from (value,) if is_place(value) else ()
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _uris(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _uris(inner)
