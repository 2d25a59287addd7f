"""The operations for executions, their steps and what their callbacks wait for."""

from __future__ import annotations

from collections.abc import Callable

from moto.core.responses import ActionResult

from ...engine.callbacks import AnsweredError, Callback, Callbacks, UnknownTokenError
from .errors import ConflictException, ResourceNotFound
from .request import SageMakerRequest


class ExecutionOperations(SageMakerRequest):
    """Each public method is an operation."""

    def start_pipeline_execution(self) -> ActionResult:
        arn = self._once(lambda: self._store.executions.start(self._request).record.arn)
        return ActionResult({"PipelineExecutionArn": arn})

    def stop_pipeline_execution(self) -> ActionResult:
        arn = self._once(lambda: self._store.executions.stop(self._request["PipelineExecutionArn"]).record.arn)
        return ActionResult({"PipelineExecutionArn": arn})

    def retry_pipeline_execution(self) -> ActionResult:
        arn = self._once(lambda: self._store.executions.retry(self._request).record.arn)
        return ActionResult({"PipelineExecutionArn": arn})

    def update_pipeline_execution(self) -> ActionResult:
        run = self._store.executions.update(self._request)
        return ActionResult({"PipelineExecutionArn": run.record.arn})

    def describe_pipeline_execution(self) -> ActionResult:
        return ActionResult(self._store.executions.find(self._request["PipelineExecutionArn"]).described())

    def describe_pipeline_definition_for_execution(self) -> ActionResult:
        run = self._store.executions.find(self._request["PipelineExecutionArn"])
        return ActionResult({"PipelineDefinition": run.version.definition, "CreationTime": run.pipeline.created})

    def list_pipeline_executions(self) -> ActionResult:
        pipeline = self._store.pipelines.find(self._request["PipelineName"])
        runs = self._store.executions.of(pipeline)
        if "PipelineVersionAlias" in self._request:
            version = pipeline.versions.alias(self._request["PipelineVersionAlias"])
            runs = [run for run in runs if run.version is version]
        member = "PipelineExecutionArn" if self._request.get("SortBy") == "PipelineExecutionArn" else "StartTime"
        found = [run.summary() for run in runs]
        return self._page("PipelineExecutionSummaries", found, by="StartTime", key=lambda run: run[member])

    def list_pipeline_execution_steps(self) -> ActionResult:
        run = self._store.executions.find(self._needed("PipelineExecutionArn"))
        return self._page("PipelineExecutionSteps", run.execution.steps())

    def list_pipeline_parameters_for_execution(self) -> ActionResult:
        run = self._store.executions.find(self._request["PipelineExecutionArn"])
        return self._page("PipelineParameters", run.record.parameters, default_size=50)

    def send_pipeline_execution_step_success(self) -> ActionResult:
        outputs = [(given["Name"], given["Value"]) for given in self._request.get("OutputParameters") or []]
        return self._answered(lambda waiting, token, request: waiting.succeed(token, outputs, request))

    def send_pipeline_execution_step_failure(self) -> ActionResult:
        reason = self._request.get("FailureReason", "")
        return self._answered(lambda waiting, token, request: waiting.fail(token, reason, request))

    def _answered(self, answer: Callable[[Callbacks, str, str | None], Callback]) -> ActionResult:
        callbacks = self._world.services(self.current_account, self.region).callbacks
        try:
            callback = answer(callbacks, self._request["CallbackToken"], self._request.get("ClientRequestToken"))
        except UnknownTokenError as error:
            raise ResourceNotFound(str(error)) from error
        except AnsweredError as error:
            raise ConflictException(str(error)) from error
        return ActionResult({"PipelineExecutionArn": callback.execution_arn})
