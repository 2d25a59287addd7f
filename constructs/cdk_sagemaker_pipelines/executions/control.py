"""How executions are stopped, go on, and are answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..language import Definition, PipelineError, did_you_mean
from ..local.endings import StepFailed
from ..local.engine.output_parameters import typed_output
from . import execution
from .answers import pages
from .execution import Execution
from .lookup import NotFound
from .rows import RUNNING


def stop(client: Any, arn: str) -> None:
    """Stops an execution. Raises ``PipelineError`` for one that has ended."""
    status = client.describe_pipeline_execution(PipelineExecutionArn=arn)["PipelineExecutionStatus"]
    if status != "Executing":
        raise PipelineError(f"the execution is {status}; only one that is Executing can be stopped")
    client.stop_pipeline_execution(PipelineExecutionArn=arn)


def resume(client: Any, arn: str, parallel: int | None) -> Execution:
    """Lets an execution go on where it failed or was stopped, and returns how it was before.

    Raises ``PipelineError`` where it cannot.
    """
    found = execution.read(client, arn)
    refused = not_resumable(found)
    if refused is not None:
        raise PipelineError(refused)
    at_once = {} if parallel is None else {"ParallelismConfiguration": {"MaxParallelExecutionSteps": parallel}}
    client.retry_pipeline_execution(PipelineExecutionArn=arn, **at_once)
    return found


def not_resumable(found: Execution) -> str | None:
    """Why an execution cannot go on; None if it can."""
    if not found.over:
        return f"the execution is {found.status}; only one that failed or was stopped can be resumed"
    if found.status == "Succeeded":
        return "the execution has succeeded; there is nothing to resume"
    failed = {str(record["StepName"]) for record in found.steps if record["StepStatus"] == "Failed"}
    ended = next((step.name for step in _steps(found.definition) if step.type == "Fail" and step.name in failed), None)
    if ended is not None:
        return f"the execution was ended by its Fail step '{ended}', so it cannot be resumed; start a new one"
    return None


def waiting(client: Any, arn: str) -> list[str]:
    """The callback steps of an execution that wait for an answer."""
    return list(_tokens(client, arn))


def answer(client: Any, arn: str, step: str, given: Mapping[str, str], failure: str | None) -> None:
    """Answers a callback step. Raises ``NotFound`` for a step that does not wait, with what does."""
    tokens = _tokens(client, arn)
    if step not in tokens:
        found = execution.look(client, arn, None).step(step)
        state = "is not among its steps, or has not started" if found is None else f"is {found['StepStatus']}"
        hint = did_you_mean(step, tokens) or (f"; waiting are {', '.join(map(repr, tokens))}" if tokens else "")
        raise NotFound(f"no callback step {step!r} of this execution waits for an answer: it {state}{hint}")
    _check(execution.definition(client, arn), step, given, failure)
    if failure is None:
        listed = [{"Name": name, "Value": value} for name, value in given.items()]
        client.send_pipeline_execution_step_success(CallbackToken=tokens[step], OutputParameters=listed)
    else:
        client.send_pipeline_execution_step_failure(CallbackToken=tokens[step], FailureReason=failure)


def outputs(definition: Definition | None, step: str) -> list[str]:
    """The names of the outputs that a callback step declares, which its answer has to have."""
    view = definition.find(step) if definition else None
    return [str(item.get("OutputName")) for item in (view.json.get("OutputParameters") or [] if view else [])]


def _check(definition: Definition | None, step: str, given: Mapping[str, str], failure: str | None) -> None:
    """Refuses outputs that the step does not declare, or in another type, and an answer that lacks one."""
    view = definition.find(step) if definition else None
    if view is None or failure is not None:
        return
    declared = outputs(definition, step)
    for name in given:
        if name not in declared:
            hint = did_you_mean(name, declared) or f"; it declares {', '.join(map(repr, declared)) or 'none'}"
            raise PipelineError(f"step {step!r} declares no output {name!r}{hint}")
    missing = [name for name in declared if name not in given]
    if missing:
        raise PipelineError(
            f"step {step!r} needs a value for {', '.join(map(repr, missing))}: --output {missing[0]}=..."
        )
    for item in view.json.get("OutputParameters") or []:
        name = str(item.get("OutputName"))
        try:
            typed_output(name, str(item.get("OutputType")), given[name], f"the answer to {step!r}")
        except StepFailed as error:
            raise PipelineError(error.reason) from None


def _steps(definition: Definition | None) -> Any:
    return definition.all_steps() if definition else ()


def _tokens(client: Any, arn: str) -> dict[str, str]:
    """The tokens of the callback steps that wait, by step."""
    listed = pages(client, "list_pipeline_execution_steps", "PipelineExecutionSteps", PipelineExecutionArn=arn)
    return {
        str(record["StepName"]): record["Metadata"]["Callback"]["CallbackToken"] for record in listed if asks(record)
    }


def asks(record: Mapping[str, Any]) -> bool:
    """Whether a step, by its record, waits for the answer to its callback."""
    token = (record.get("Metadata") or {}).get("Callback", {}).get("CallbackToken")
    return bool(token) and record["StepStatus"] in RUNNING
