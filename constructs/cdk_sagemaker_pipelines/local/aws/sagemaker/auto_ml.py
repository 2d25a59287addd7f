"""An AutoML job that CreateAutoMLJob made, as DescribeAutoMLJobV2 describes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_OF_BOTH = (
    "AutoMLJobName", "AutoMLJobArn", "OutputDataConfig", "RoleArn", "AutoMLJobObjective", "CreationTime", "EndTime",
    "LastModifiedTime", "FailureReason", "PartialFailureReasons", "BestCandidate", "AutoMLJobStatus",
    "AutoMLJobSecondaryStatus", "AutoMLJobArtifacts", "ModelDeployConfig", "ModelDeployResult",
)  # fmt: skip
_OF_CHANNEL = ("ChannelType", "ContentType", "CompressionType", "DataSource")


def as_v2(job: Mapping[str, Any]) -> dict[str, Any]:
    """The members of DescribeAutoMLJobV2's response: the problem is that of a table, the only one of version 1."""
    config, channels = job.get("AutoMLJobConfig") or {}, job.get("InputDataConfig") or []
    generation = config.get("CandidateGenerationConfig") or {}
    members = {
        **{name: job.get(name) for name in _OF_BOTH},
        "AutoMLJobInputDataConfig": [_part(channel, _OF_CHANNEL) for channel in channels],
        "AutoMLProblemTypeConfigName": "Tabular",
        "AutoMLProblemTypeConfig": {"TabularJobConfig": _table(job, config, generation, channels)},
        "DataSplitConfig": config.get("DataSplitConfig"),
        "SecurityConfig": config.get("SecurityConfig"),
    }
    return {name: value for name, value in members.items() if value is not None}


def _table(
    job: Mapping[str, Any], config: Mapping[str, Any], generation: Mapping[str, Any], channels: list[Mapping[str, Any]]
) -> dict[str, Any]:
    first = channels[0] if channels else {}
    algorithms = _part(generation, ("AlgorithmsConfig",))
    members = {
        "CandidateGenerationConfig": algorithms or None,
        "CompletionCriteria": config.get("CompletionCriteria"),
        "FeatureSpecificationS3Uri": generation.get("FeatureSpecificationS3Uri"),
        "Mode": config.get("Mode"),
        "GenerateCandidateDefinitionsOnly": job.get("GenerateCandidateDefinitionsOnly"),
        "ProblemType": job.get("ProblemType"),
        "TargetAttributeName": first.get("TargetAttributeName"),
        "SampleWeightAttributeName": first.get("SampleWeightAttributeName"),
    }
    return {name: value for name, value in members.items() if value is not None}


def _part(value: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: value[name] for name in names if name in value}
