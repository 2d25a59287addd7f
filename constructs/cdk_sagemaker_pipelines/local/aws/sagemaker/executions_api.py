"""The operations for executions, their steps and what their callbacks wait for."""

from __future__ import annotations

from collections.abc import Callable

from moto.core.responses import ActionResult

from ...decided import ANSWER, ASKED, written
from ...engine.callbacks import AnsweredError, Callback, Callbacks, UnknownTokenError
from .errors import ConflictException, ResourceNotFound
from .executions import Executions
from .request import SageMakerRequest
from .run import Run


class ExecutionOperations(SageMakerRequest):
    """Each public method is an operation."""

    @property
    def _executions(self) -> Executions:
        """Those among which the execution of the request is."""
        return self._store_with(self._request["PipelineExecutionArn"]).executions

    @property
    def _run(self) -> Run:
        """The execution of the request."""
        return self._executions.find(self._request["PipelineExecutionArn"])

    def start_pipeline_execution(self) -> ActionResult:
        executions = self._store_with(self._request["PipelineName"]).executions
        arn = self._once(lambda: executions.start(self._request).record.arn)
        return ActionResult({"PipelineExecutionArn": arn})

    def stop_pipeline_execution(self) -> ActionResult:
        arn = self._once(lambda: self._executions.stop(self._request["PipelineExecutionArn"]).record.arn)
        return ActionResult({"PipelineExecutionArn": arn})

    def retry_pipeline_execution(self) -> ActionResult:
        arn = self._once(lambda: self._executions.retry(self._request).record.arn)
        return ActionResult({"PipelineExecutionArn": arn})

    def update_pipeline_execution(self) -> ActionResult:
        run = self._executions.update(self._request)
        return ActionResult({"PipelineExecutionArn": run.record.arn})

    def describe_pipeline_execution(self) -> ActionResult:
        run = self._run
        if (asked := str(self.headers.get(ASKED, ""))).isdecimal():
            judge = self._world.judge
            self.response_headers[ANSWER] = written(judge.used(run.record.arn), judge.mode, int(asked))
        return ActionResult(run.described())

    def describe_pipeline_definition_for_execution(self) -> ActionResult:
        run = self._run
        return ActionResult({"PipelineDefinition": run.version.definition, "CreationTime": run.pipeline.created})

    def list_pipeline_executions(self) -> ActionResult:
        store = self._store_with(self._request["PipelineName"])
        pipeline = store.pipelines.find(self._request["PipelineName"])
        runs = store.executions.of(pipeline)
        if "PipelineVersionAlias" in self._request:
            version = pipeline.versions.alias(self._request["PipelineVersionAlias"])
            runs = [run for run in runs if run.version is version]
        member = "PipelineExecutionArn" if self._request.get("SortBy") == "PipelineExecutionArn" else "StartTime"
        found = [run.summary() for run in runs]
        return self._page("PipelineExecutionSummaries", found, by="StartTime", key=lambda run: run[member])

    def list_pipeline_execution_steps(self) -> ActionResult:
        self._needed("PipelineExecutionArn")
        return self._page("PipelineExecutionSteps", self._run.execution.steps())

    def list_pipeline_parameters_for_execution(self) -> ActionResult:
        return self._page("PipelineParameters", self._run.record.parameters, default_size=50)

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
