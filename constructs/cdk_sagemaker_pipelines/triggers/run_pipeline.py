"""A part of a state machine of Step Functions that runs a pipeline."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import jsii
from aws_cdk import Duration, Stack
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from ..language import PipelineError
from ..language.errors import shown
from ..language.keyword_options import GivenOnce, by_name
from ..language.no_value import NoValue
from ..undo import Whole, removing
from .access import are_different, whole_seconds
from .known import Start, remember
from .values import Given, of_state_machine

if TYPE_CHECKING:
    from aws_cdk import aws_sagemaker as sagemaker

_RESULT = re.compile(r"\$(\.[A-Za-z_]\w*)*")
ERROR = "PipelineExecutionFailed"
"""The error of the state machine where the execution ends otherwise than succeeded."""


class RunPipeline(GivenOnce, NoValue, sfn.StateMachineFragment, metaclass=Whole):
    """A part of a state machine that starts a pipeline, waits for its end and reads the result.

    ```python
    pipeline = Pipeline(self, "Orders", parameters=[Parameter.string("Key")])
    key = cdk.aws_stepfunctions.JsonPath.string_at("$.key")
    run = RunPipeline(self, "Train", pipeline=pipeline, parameters={"Key": key})
    body = cdk.aws_stepfunctions.DefinitionBody.from_chainable(run)
    cdk.aws_stepfunctions.StateMachine(self, "Nightly", definition_body=body)
    ```

    Its result is that of ``DescribePipelineExecution``, such as ``PipelineExecutionArn``, and of
    ``ListPipelineExecutionSteps`` in ``Steps.PipelineExecutionSteps``: of each step its name, status and ``Metadata``,
    the first 100 in the order of their starts. An execution that ends otherwise than succeeded, also one that completed
    with failures, fails the state machine with the error ``PipelineExecutionFailed``. When the state machine is
    stopped, the execution goes on.

    Args:
        scope: The construct in which it is declared, such as a stack.
        construct_id: The construct's id, unique in its scope, with which the names of its states begin.
        pipeline: The ``Pipeline`` that is run, or an imported one, in the account and region of the state machine,
            whose role is granted what it calls.
        parameters: Values by the parameters of the pipeline or their names: texts, numbers, booleans, and texts of the
            input, ``JsonPath.string_at``. They are compared as those of ``StartPipelineExecution``. Default: none.
        interval: How long it waits between two looks, at least a second. Default: one minute.
        result_path: Where the result goes in the input, such as ``$.training``. Default: it replaces the input.

    Raises:
        PipelineError: A value that the service does not take, or a pipeline in another account or region.

    API: [StartPipelineExecution](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StartPipelineExecution.html).
    API: [DescribePipelineExecution](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribePipelineExecution.html).
    API: [ListPipelineExecutionSteps](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ListPipelineExecutionSteps.html).
    """

    _instead = "chain it"

    @by_name
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        pipeline: sagemaker.IPipeline,
        parameters: Given | None = None,
        interval: Duration | None = None,
        result_path: str = "$",
    ) -> None:
        if not hasattr(pipeline, "pipeline_arn"):
            raise PipelineError(f"RunPipeline takes a pipeline, not {shown(pipeline)}")
        if not isinstance(result_path, str) or not _RESULT.fullmatch(result_path):
            raise PipelineError(f"result_path is a path such as '$.training', not {shown(result_path)}")
        looks = Duration.minutes(1) if interval is None else interval
        if whole_seconds(looks, "interval") < 1:
            raise PipelineError("interval must be at least one second")
        given = of_state_machine(parameters)
        stack, place = Stack.of(scope), pipeline.env
        if are_different(place.account, stack.account) or are_different(place.region, stack.region):
            raise PipelineError(
                f"RunPipeline '{scope.node.path}/{construct_id}': the pipeline is in {place.account}/{place.region}, "
                f"and the state machine in {stack.account}/{stack.region}; run it from one there"
            )
        super().__init__(scope, construct_id)
        removing(self)
        arn = str(pipeline.pipeline_arn)
        request: dict[str, Any] = {"PipelineName": arn}
        if given:
            request["PipelineParameters"] = [{"Name": one.name, "Value": one.text} for one in given]
        self._start = self._calls("Start", "StartPipelineExecution", request, arn, result_path)
        execution = {"PipelineExecutionArn": sfn.JsonPath.string_at(f"{result_path}.PipelineExecutionArn")}
        wait = sfn.Wait(self, "Wait", state_name=f"{construct_id}: Wait", time=sfn.WaitTime.duration(looks))
        look = self._calls("Look", "DescribePipelineExecution", execution, f"{arn}/execution/*", result_path)
        listed = {**execution, "SortOrder": "Ascending", "MaxResults": 100}
        self._read = self._calls(
            "Read", "ListPipelineExecutionSteps", listed, f"{arn}/execution/*", f"{result_path}.Steps"
        )
        for call in (look, self._read):
            call.add_retry(interval=Duration.seconds(10), backoff_rate=2, max_attempts=5)
        self._start.next(wait).next(look).next(self._judge(result_path, wait))
        remember(Start(self, "state machine", arn, given))

    @property
    @jsii.member(jsii_name="startState")
    def start_state(self) -> sfn.State:
        """The state that starts the execution."""
        return self._start

    @property
    @jsii.member(jsii_name="endStates")
    def end_states(self) -> list[sfn.INextable]:
        """The state that reads the result."""
        ends: list[Any] = [self._read]
        return ends

    def _calls(
        self, construct_id: str, operation: str, request: dict[str, Any], resource: str, result_path: str
    ) -> tasks.CallAwsService:
        return tasks.CallAwsService(
            self,
            construct_id,
            state_name=f"{self.node.id}: {construct_id}",
            service="sagemaker",
            action=operation[:1].lower() + operation[1:],
            iam_action=f"sagemaker:{operation}",
            iam_resources=[resource],
            parameters=request,
            result_path=result_path,
        )

    def _judge(self, result: str, wait: sfn.Wait) -> sfn.Choice:
        status, reason = f"{result}.PipelineExecutionStatus", f"{result}.FailureReason"
        told = f"{result}.PipelineExecutionArn, {status}"
        failed = self._fails("Failed", f"States.Format('{{}} is {{}}: {{}}', {told}, {reason})")
        ended = self._fails("NotSucceeded", f"States.Format('{{}} is {{}}', {told})")
        is_status = sfn.Condition.string_equals
        return (
            sfn.Choice(self, "IsOver", state_name=f"{self.node.id}: IsOver")
            .when(sfn.Condition.or_(is_status(status, "Executing"), is_status(status, "Stopping")), wait)
            .when(is_status(status, "Succeeded"), self._read)
            .when(sfn.Condition.is_present(reason), failed)
            .otherwise(ended)
        )

    def _fails(self, construct_id: str, cause: str) -> sfn.Fail:
        name = f"{self.node.id}: {construct_id}"
        return sfn.Fail(self, construct_id, state_name=name, error=ERROR, cause_path=cause)
