"""Pipelines: what they are called, and the versions of their definitions."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ...engine.cache import StepCache
from .definitions import requested
from .errors import ResourceNotFound, ValidationException
from .keeper import Keeper
from .moments import now
from .versions import Version, Versions


@dataclass
class Pipeline:
    """A pipeline as it was created or last updated."""

    name: str
    arn: str
    role_arn: str
    display_name: str
    description: str | None
    parallelism: dict[str, int] | None
    created: datetime
    modified: datetime
    versions: Versions
    last_run: datetime | None = None
    cache: StepCache = field(default_factory=StepCache)

    def described(self, version: Version | None = None) -> dict[str, Any]:
        """The members of the API's ``DescribePipelineResponse``, and of ``PipelineSummary``; by default of the latest
        version.
        """
        version = version or self.versions.latest
        return {
            "PipelineArn": self.arn,
            "PipelineName": self.name,
            "PipelineDisplayName": self.display_name,
            "PipelineDefinition": version.definition,
            "PipelineDescription": self.description,
            "RoleArn": self.role_arn,
            "PipelineStatus": "Active",
            "CreationTime": self.created,
            "LastModifiedTime": self.modified,
            "LastRunTime": self.last_run,
            "LastExecutionTime": self.last_run,
            "CreatedBy": {},
            "LastModifiedBy": {},
            "ParallelismConfiguration": self.parallelism,
            **version.named(),
        }


class Pipelines:
    """The pipelines of one account and region."""

    def __init__(self, services: Any, keeper: Keeper) -> None:
        self._services, self._keeper = services, keeper
        self._pipelines: dict[str, Pipeline] = {}
        self._lock = threading.RLock()

    def __iter__(self) -> Iterator[Pipeline]:
        return iter(list(self._pipelines.values()))

    def create(self, request: Mapping[str, Any]) -> Pipeline:
        """Carries out CreatePipeline."""
        definition = requested(request, self._services)
        if definition is None:
            raise ValidationException(
                "Either Pipeline Definition or Pipeline Definition S3 location should be provided"
            )
        name, moment = request["PipelineName"], now()
        arn = self._arn(name)
        versions = Versions(arn)
        versions.add(definition, request.get("PipelineVersionAliases") or [], moment)
        with self._lock:
            if name.lower() in self._pipelines:
                raise ValidationException(
                    "Pipeline names must be unique within an AWS account and region. "
                    f"Pipeline with name ({name}) already exists."
                )
            pipeline = self._pipelines[name.lower()] = Pipeline(
                name=name,
                arn=arn,
                role_arn=request["RoleArn"],
                display_name=request.get("PipelineDisplayName") or name,
                description=request.get("PipelineDescription"),
                parallelism=request.get("ParallelismConfiguration"),
                created=moment,
                modified=moment,
                versions=versions,
                cache=self._keeper.cache(arn),
            )
        return pipeline

    def update(self, request: Mapping[str, Any]) -> Pipeline:
        """Carries out UpdatePipeline: what is not given stays, and only another text makes another version."""
        pipeline = self.find(request["PipelineName"])
        definition = requested(request, self._services)
        aliases, moment = request.get("PipelineVersionAliases") or [], now()
        with self._lock:
            if definition is not None and definition != pipeline.versions.latest.definition:
                pipeline.versions.add(definition, aliases, moment)
            elif aliases:
                raise ValidationException(
                    "PipelineVersionAliases are for the version that an update makes, and this one makes none: the "
                    "definition stays; UpdatePipelineVersion changes the aliases of an existing version"
                )
            pipeline.role_arn = request.get("RoleArn", pipeline.role_arn)
            pipeline.display_name = request.get("PipelineDisplayName", pipeline.display_name)
            pipeline.description = request.get("PipelineDescription", pipeline.description)
            pipeline.parallelism = request.get("ParallelismConfiguration", pipeline.parallelism)
            pipeline.modified = moment
        return pipeline

    def update_version(self, request: Mapping[str, Any]) -> tuple[Pipeline, Version]:
        """Carries out UpdatePipelineVersion."""
        pipeline = self.find(request["PipelineArn"])
        with self._lock:
            return pipeline, pipeline.versions.update(request, now())

    def remove(self, pipeline: Pipeline) -> None:
        with self._lock:
            self._pipelines.pop(pipeline.name.lower(), None)

    def find(self, name_or_arn: str) -> Pipeline:
        """The pipeline with this name or ARN, without regard to case. Raises ``ResourceNotFound``."""
        arn = name_or_arn if name_or_arn.startswith("arn:") else self._arn(name_or_arn)
        pipeline = self._pipelines.get(arn.rpartition("/")[2].lower())
        if pipeline is None or pipeline.arn != arn.lower():
            raise ResourceNotFound(f"Pipeline '{arn}' does not exist.")
        return pipeline

    def _arn(self, name: str) -> str:
        services = self._services
        return f"arn:{services.partition}:sagemaker:{services.region}:{services.account}:pipeline/{name.lower()}"
