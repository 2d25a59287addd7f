"""The executions of pipelines: they start, stop and go on."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from typing import Any

from moto.moto_api._internal import mock_random

from ....language import Definition
from ...endings import EXECUTION_ENDED, StepFailed
from ...engine.parameters import start_values
from ...engine.selection import Selection
from ...engine.values import Values, to_text
from ..events.bus import EventBus
from .announcer import Announcer
from .errors import ConflictException, ResourceNotFound, ValidationException
from .keeper import Keeper
from .metrics import Metrics
from .moments import now
from .pipelines import Pipeline, Pipelines
from .run import ExecutionFactory, Record, Run


class Executions:
    """The executions of all pipelines of one account and region; ``services`` is what they use."""

    def __init__(
        self, services: Any, pipelines: Pipelines, bus: EventBus, keeper: Keeper, make: ExecutionFactory
    ) -> None:
        self._services, self._pipelines, self._bus, self._keeper = services, pipelines, bus, keeper
        self._metrics = Metrics(services, bus)
        self._make = make
        self._runs: dict[str, Run] = {}

    def __iter__(self) -> Iterator[Run]:
        return iter(list(self._runs.values()))

    def of(self, pipeline: Pipeline) -> list[Run]:
        """The executions of a pipeline, the oldest first."""
        return [run for run in self if run.pipeline is pipeline]

    def find(self, arn: str) -> Run:
        """The execution with this ARN, without regard to case. Raises ``ResourceNotFound``."""
        run = self._runs.get(arn.lower())
        if run is None:
            raise ResourceNotFound(f"Pipeline execution '{arn}' does not exist.")
        return run

    def versions(self) -> Iterator[dict[str, Any]]:
        """Every version of every pipeline, each as the members of the API's ``PipelineVersion``."""
        for pipeline in self._pipelines:
            for version in pipeline.versions:
                last = self._runs.get(version.last_execution or "")
                yield {
                    **version.summary(pipeline.arn),
                    "LastModifiedTime": version.modified,
                    "CreatedBy": {},
                    "LastModifiedBy": {},
                    "LastExecutedPipelineExecutionArn": version.last_execution,
                    "LastExecutedPipelineExecutionDisplayName": last and last.record.display_name,
                    "LastExecutedPipelineExecutionStatus": last and last.execution.status,
                }

    def start(self, request: Mapping[str, Any]) -> Run:
        """Carries out StartPipelineExecution."""
        pipeline = self._pipelines.find(request["PipelineName"])
        version = pipeline.versions.asked(request)
        _refuse(request)
        definition, moment = Definition.parse(version.definition), now()
        given = {parameter["Name"]: parameter["Value"] for parameter in request.get("PipelineParameters") or []}
        execution_id = "".join(mock_random.choices(string.ascii_lowercase + string.digits, k=12))
        try:
            values = start_values(definition, given)
        except ValueError as error:
            raise ValidationException(str(error)) from error
        record = Record(
            arn=f"{pipeline.arn}/execution/{execution_id}",
            parameters=[{"Name": name, "Value": to_text(value)} for name, value in values.items()],
            experiment=_experiment(definition, values, pipeline.name, execution_id),
            display_name=request.get("PipelineExecutionDisplayName") or f"execution-{int(moment.timestamp() * 1000)}",
            description=request.get("PipelineExecutionDescription"),
            parallelism=request.get("ParallelismConfiguration") or pipeline.parallelism,
            selection=request.get("SelectiveExecutionConfig"),
        )
        past = self._keeper.past(record.arn)
        if past is not None and past.max_parallel_steps is not None:
            record.parallelism = {"MaxParallelExecutionSteps": past.max_parallel_steps}
        announcer = Announcer(self._bus, self._metrics, pipeline, record)
        try:
            execution = self._make(
                definition,
                pipeline_name=pipeline.name,
                pipeline_arn=pipeline.arn,
                execution_id=execution_id,
                execution_arn=record.arn,
                parameters=given,
                max_parallel_steps=record.max_parallel_steps,
                services=self._services,
                cache=pipeline.cache,
                role_arn=pipeline.role_arn,
                selection=self._selection(record.selection, pipeline),
                observer=self._keeper.observer(record.arn, lambda: run.execution.history(), announcer),
                history=past,
                permissions=self._services.permissions,
            )
        except ValueError as error:
            raise ValidationException(str(error)) from error
        run = self._runs[record.arn] = Run(record, pipeline, version, execution)
        if past is None:
            self._keeper.begin()
            execution.start()
        else:
            self._keeper.went(execution.history())
        pipeline.last_run = execution.start_time
        version.last_execution = record.arn
        return run

    def retry(self, request: Mapping[str, Any]) -> Run:
        """Carries out RetryPipelineExecution: the same execution goes on."""
        run = self.find(request["PipelineExecutionArn"])
        parallelism = request.get("ParallelismConfiguration") or run.record.parallelism
        try:
            run.execution.retry((parallelism or {}).get("MaxParallelExecutionSteps"))
        except ValueError as error:  # it cannot be retried, or the file of outcomes cannot be read
            raise ValidationException(str(error)) from error
        run.record.parallelism = parallelism
        return run

    def update(self, request: Mapping[str, Any]) -> Run:
        """Carries out UpdatePipelineExecution; what is not given stays."""
        run = self.find(request["PipelineExecutionArn"])
        record, parallelism = run.record, request.get("ParallelismConfiguration")
        if parallelism is not None:
            run.execution.update(max_parallel_steps=parallelism["MaxParallelExecutionSteps"])
            record.parallelism = parallelism
        record.display_name = request.get("PipelineExecutionDisplayName", record.display_name)
        record.description = request.get("PipelineExecutionDescription", record.description)
        record.modified = now()
        return run

    def stop(self, arn: str) -> Run:
        """Carries out StopPipelineExecution."""
        run = self.find(arn)
        status = run.execution.status
        if status != "Executing":
            raise ValidationException(
                f"Only pipelines with 'Executing' status can be stopped; pipeline execution {arn} is {status}"
            )
        run.execution.stop()
        return run

    def _selection(self, config: Mapping[str, Any] | None, pipeline: Pipeline) -> Selection | None:
        if config is None:
            return None
        names, source = [step["StepName"] for step in config["SelectedSteps"]], config.get("SourcePipelineExecutionArn")
        if source is None:
            return Selection(names)
        run = self.find(source)
        if run.pipeline is not pipeline:
            raise ValidationException(f"the source execution {source} is not one of pipeline {pipeline.arn}")
        return Selection(names, run.execution.history())

    def forget(self, pipeline: Pipeline) -> None:
        """Forgets the executions of a pipeline. Raises ``ConflictException`` while one of them runs."""
        runs = self.of(pipeline)
        running = [run.record.arn for run in runs if run.execution.status not in EXECUTION_ENDED]
        if running:
            raise ConflictException(
                f"Pipeline {pipeline.arn} has executions that are still running: {', '.join(running)}"
            )
        for run in runs:
            self._runs.pop(run.record.arn, None)

    def stop_all(self) -> None:
        """Stops every running execution, including what does not stop when asked, and waits for the end."""
        running = [run.execution for run in self if run.execution.status not in EXECUTION_ENDED]
        for execution in running:
            execution.abandon()
        for execution in running:
            execution.wait(None)
        self._metrics.close()


def _refuse(request: Mapping[str, Any]) -> None:
    """Raises ``ValidationException`` for what no execution here can be started with."""
    if "RoleArn" in request:
        raise ValidationException(
            "RoleArn is only for executions of pipelines that AWS manages; this one runs with the role of its pipeline"
        )
    if "MlflowExperimentName" in request:
        raise ValidationException("the local AWS has no MLflow; leave MlflowExperimentName out")
    parameters = request.get("PipelineParameters") or []
    if len({parameter["Name"] for parameter in parameters}) < len(parameters):
        raise ValidationException("Duplicate parameter names in PipelineParameters")
    if any(not parameter["Value"] for parameter in parameters):
        raise ValidationException('[string "" is too short (length: 0, required minimum: 1)]')


def _experiment(
    definition: Definition, parameters: Mapping[str, Any], pipeline_name: str, execution_id: str
) -> dict[str, str] | None:
    """The values of a definition's PipelineExperimentConfig, with the pipeline's name in lower case, as on AWS."""
    config = definition.json.get("PipelineExperimentConfig")
    if not config:
        return None
    execution = {"PipelineName": pipeline_name.lower, "PipelineExecutionId": lambda: execution_id}
    values = Values(definition, parameters, execution, lambda uri, what: b"")
    try:
        return {name: to_text(values.evaluate(value)) for name, value in config.items()}
    except StepFailed as error:
        raise ValidationException(f"PipelineExperimentConfig: {error.reason}") from error
