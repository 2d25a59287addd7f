"""Pipelines and their executions."""

from __future__ import annotations

import json
import random
import re
import string
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Protocol

from ....language import Definition, PipelineError, check
from ....properties.service_model import Model
from ...engine.cache import StepCache
from .errors import ConflictException, ResourceNotFound, ValidationException

_ENDED = ("Succeeded", "Failed", "Stopped", "CompletedWithFailures")
_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,255}")


class Execution(Protocol):
    """One run of a definition, as ``engine.execution.PipelineExecution`` offers it."""

    @property
    def status(self) -> str: ...

    @property
    def failure_reason(self) -> str | None: ...

    @property
    def start_time(self) -> datetime: ...

    @property
    def last_modified_time(self) -> datetime: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def abandon(self) -> None: ...

    def wait(self, timeout: float | None = None) -> str: ...

    def steps(self) -> list[dict[str, Any]]: ...


class ExecutionFactory(Protocol):
    """Creates an execution; raises ``ValueError`` for start parameters that do not match the definition."""

    def __call__(
        self,
        definition: Definition,
        *,
        pipeline_name: str,
        pipeline_arn: str,
        execution_id: str,
        execution_arn: str,
        parameters: Mapping[str, str],
        max_parallel_steps: int | None,
        services: Any,
        cache: StepCache,
        role_arn: str,
    ) -> Execution: ...


@dataclass
class Run:
    """An execution together with its start request."""

    arn: str
    pipeline: Pipeline
    execution: Execution
    definition: str
    parameters: list[dict[str, str]]
    display_name: str
    description: str | None
    parallelism: dict[str, int] | None
    token: str | None

    def summary(self) -> dict[str, Any]:
        """The members of the API's ``PipelineExecutionSummary``."""
        return {
            "PipelineExecutionArn": self.arn,
            "StartTime": self.execution.start_time,
            "PipelineExecutionStatus": self.execution.status,
            "PipelineExecutionDescription": self.description,
            "PipelineExecutionDisplayName": self.display_name,
            "PipelineExecutionFailureReason": self.execution.failure_reason,
        }

    def described(self) -> dict[str, Any]:
        """The members of the API's ``DescribePipelineExecutionResponse``."""
        return {
            "PipelineArn": self.pipeline.arn,
            "PipelineExecutionArn": self.arn,
            "PipelineExecutionDisplayName": self.display_name,
            "PipelineExecutionStatus": self.execution.status,
            "PipelineExecutionDescription": self.description,
            "FailureReason": self.execution.failure_reason,
            "CreationTime": self.execution.start_time,
            "LastModifiedTime": self.execution.last_modified_time,
            "CreatedBy": {},
            "LastModifiedBy": {},
            "ParallelismConfiguration": self.parallelism,
        }


@dataclass
class Pipeline:
    """A pipeline as it was created or last updated."""

    name: str
    arn: str
    definition: str
    role_arn: str
    display_name: str
    description: str | None
    parallelism: dict[str, int] | None
    created: datetime
    modified: datetime
    last_run: datetime | None = None
    runs: dict[str, Run] = field(default_factory=dict)
    cache: StepCache = field(default_factory=StepCache)

    def described(self) -> dict[str, Any]:
        """The members of the API's ``DescribePipelineResponse``, and of ``PipelineSummary``."""
        return {
            "PipelineArn": self.arn,
            "PipelineName": self.name,
            "PipelineDisplayName": self.display_name,
            "PipelineDefinition": self.definition,
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
        }


class Pipelines:
    """The pipelines of one account and region; ``services`` is what their executions use."""

    def __init__(self, services: Any, executions: ExecutionFactory) -> None:
        self._services, self._executions = services, executions
        self._pipelines: dict[str, Pipeline] = {}
        self._lock = threading.RLock()

    def __iter__(self) -> Iterator[Pipeline]:
        return iter(list(self._pipelines.values()))

    def create(self, request: Mapping[str, Any]) -> Pipeline:
        """Carries out CreatePipeline."""
        name = request["PipelineName"]
        if not _NAME.fullmatch(name):
            raise ValidationException(
                f"Value '{name}' at 'pipelineName' failed to satisfy constraint: Member must satisfy regular "
                "expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,255}"
            )
        definition = self._definition(request)
        if definition is None:
            raise ValidationException(
                "Either Pipeline Definition or Pipeline Definition S3 location should be provided"
            )
        moment = _now()
        with self._lock:
            if name.lower() in self._pipelines:
                raise ValidationException(
                    "Pipeline names must be unique within an AWS account and region. "
                    f"Pipeline with name ({name}) already exists."
                )
            pipeline = self._pipelines[name.lower()] = Pipeline(
                name=name,
                arn=self._arn(name),
                definition=definition,
                role_arn=request["RoleArn"],
                display_name=request.get("PipelineDisplayName") or name,
                description=request.get("PipelineDescription"),
                parallelism=request.get("ParallelismConfiguration"),
                created=moment,
                modified=moment,
            )
        return pipeline

    def update(self, request: Mapping[str, Any]) -> Pipeline:
        """Carries out UpdatePipeline; what is not given stays."""
        pipeline = self.find(request["PipelineName"])
        definition = self._definition(request)
        with self._lock:
            pipeline.definition = definition or pipeline.definition
            pipeline.role_arn = request.get("RoleArn", pipeline.role_arn)
            pipeline.display_name = request.get("PipelineDisplayName", pipeline.display_name)
            pipeline.description = request.get("PipelineDescription", pipeline.description)
            pipeline.parallelism = request.get("ParallelismConfiguration", pipeline.parallelism)
            pipeline.modified = _now()
        return pipeline

    def delete(self, name: str) -> Pipeline:
        """Carries out DeletePipeline; refuses while an execution runs."""
        pipeline = self.find(name)
        running = [run.arn for run in pipeline.runs.values() if run.execution.status not in _ENDED]
        if running:
            raise ConflictException(
                f"Pipeline {pipeline.arn} has executions that are still running: {', '.join(running)}"
            )
        with self._lock:
            del self._pipelines[pipeline.name.lower()]
        return pipeline

    def find(self, name_or_arn: str) -> Pipeline:
        """The pipeline with this name or ARN. Raises ``ResourceNotFound``."""
        name = name_or_arn.split("/")[-1] if name_or_arn.startswith("arn:") else name_or_arn
        pipeline = self._pipelines.get(name.lower())
        if pipeline is None:
            raise ResourceNotFound(f"Pipeline '{self._arn(name)}' does not exist.")
        return pipeline

    def run(self, arn: str) -> Run:
        """The execution with this ARN. Raises ``ResourceNotFound``."""
        for pipeline in self:
            if arn in pipeline.runs:
                return pipeline.runs[arn]
        raise ResourceNotFound(f"Pipeline execution '{arn}' does not exist.")

    def start(self, request: Mapping[str, Any]) -> Run:
        """Carries out StartPipelineExecution; a repeated ClientRequestToken returns the same execution."""
        pipeline = self.find(request["PipelineName"])
        if request.get("SelectiveExecutionConfig"):
            raise ValidationException(
                "the embedded AWS cannot run selected steps only; leave SelectiveExecutionConfig out"
            )
        token = request.get("ClientRequestToken")
        with self._lock:
            for run in pipeline.runs.values():
                if token is not None and run.token == token:
                    return run
            parameters = request.get("PipelineParameters") or []
            names = [parameter["Name"] for parameter in parameters]
            if len(set(names)) < len(names):
                raise ValidationException("Duplicate parameter names in PipelineParameters")
            execution_id = "".join(random.choices(string.ascii_lowercase + string.digits, k=12))
            arn = f"{pipeline.arn}/execution/{execution_id}"
            parallelism = request.get("ParallelismConfiguration") or pipeline.parallelism
            try:
                execution = self._executions(
                    Definition.parse(pipeline.definition),
                    pipeline_name=pipeline.name,
                    pipeline_arn=pipeline.arn,
                    execution_id=execution_id,
                    execution_arn=arn,
                    parameters={parameter["Name"]: parameter["Value"] for parameter in parameters},
                    max_parallel_steps=(parallelism or {}).get("MaxParallelExecutionSteps"),
                    services=self._services,
                    cache=pipeline.cache,
                    role_arn=pipeline.role_arn,
                )
            except ValueError as error:
                raise ValidationException(str(error)) from error
            run = pipeline.runs[arn] = Run(
                arn=arn,
                pipeline=pipeline,
                execution=execution,
                definition=pipeline.definition,
                parameters=parameters,
                display_name=request.get("PipelineExecutionDisplayName")
                or f"execution-{int(_now().timestamp() * 1000)}",
                description=request.get("PipelineExecutionDescription"),
                parallelism=parallelism,
                token=token,
            )
            execution.start()
            pipeline.last_run = execution.start_time
        return run

    def stop(self, arn: str) -> Run:
        """Carries out StopPipelineExecution."""
        run = self.run(arn)
        if run.execution.status in _ENDED:
            raise ConflictException(
                f"Pipeline execution {arn} has ended with status {run.execution.status}; it cannot be stopped."
            )
        run.execution.stop()
        return run

    def stop_all(self) -> None:
        """Stops every running execution, including what does not stop when asked, and waits for the end."""
        running = [run.execution for pipeline in self for run in pipeline.runs.values()]
        running = [execution for execution in running if execution.status not in _ENDED]
        for execution in running:
            execution.abandon()
        for execution in running:
            execution.wait(None)

    def _definition(self, request: Mapping[str, Any]) -> str | None:
        """The definition in the request, checked; None if there is none."""
        text: str | bytes | None = request.get("PipelineDefinition")
        location = request.get("PipelineDefinitionS3Location")
        if text and location:
            raise ValidationException(
                "Both Pipeline Definition and Pipeline Definition S3 Location shouldn't be present"
            )
        if location:
            text = self._fetched(location)
        if text is None:
            return None
        try:
            definition = Definition.parse(text)
        except PipelineError as error:
            raise ValidationException(f"Unable to parse pipeline definition. {error}") from error
        errors = [str(finding) for finding in check(definition, Model()) if finding.level == "error"]
        if errors:
            raise ValidationException(f"The pipeline definition is not valid: {'; '.join(errors)}")
        return text if isinstance(text, str) else text.decode(json.detect_encoding(text))

    def _fetched(self, location: Mapping[str, str]) -> bytes:
        version = {"VersionId": location["VersionId"]} if "VersionId" in location else {}
        s3 = self._services.client("s3")
        try:
            answer = s3.get_object(Bucket=location["Bucket"], Key=location["ObjectKey"], **version)
        except s3.exceptions.ClientError as error:
            place = f"s3://{location['Bucket']}/{location['ObjectKey']}"
            raise ValidationException(f"Unable to read the pipeline definition at {place}: {error}") from error
        content: bytes = answer["Body"].read()
        return content

    def _arn(self, name: str) -> str:
        services = self._services
        return f"arn:{services.partition}:sagemaker:{services.region}:{services.account}:pipeline/{name.lower()}"


def _now() -> datetime:
    return datetime.now(timezone.utc)
