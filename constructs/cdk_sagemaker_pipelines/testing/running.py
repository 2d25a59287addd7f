"""Runs a pipeline in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..local.endings import StepFailed
from ..local.engine.assumptions import DEFAULT, Assumptions
from ..local.engine.clock import VirtualClock
from ..local.engine.execution import PipelineExecution
from ..local.engine.memory_account import MemoryAccount
from ..local.engine.record import StepRecord
from ..local.engine.values import to_text
from .given import Telling
from .result import ByStep, RanStep, Result
from .sources import Target, definition_of

EXECUTION_ID = "abcdefghijkl"
_ARN = f"arn:aws:sagemaker:{MemoryAccount.region}:{MemoryAccount.account}:pipeline"


def run(
    target: Target,
    outcomes: Mapping[str, object] | None = None,
    *,
    parameters: Mapping[str, Any] | None = None,
    pipeline: str | None = None,
    max_parallel_steps: int | None = None,
    stop_after: float | None = None,
    objects: Mapping[str, bytes | str] | None = None,
    role_arn: str | None = None,
    clock: VirtualClock | None = None,
    seed: int = 0,
    assumptions: Assumptions | Iterable[str] = DEFAULT,
) -> Result:
    """Runs a pipeline whose steps end as ``outcomes`` say, and returns what happened.

    ``target``: a stack, stage, app or pipeline of CDK, which is read once and must be complete by then; a definition
    (the object, its document or its JSON text); or the path of a definition, a template or a cdk.out.
    ``outcomes``: by step, or by step of a for-each's body, with ``-0``, ``-1``, ... for one item of it. Each is an
    object with members of ``Outcome`` (``fail``, ``exception``, ``failures``, ``seconds``, ``stop``, ``violation``,
    ``properties``, ``files``), contents by property file or its output, values by output parameter of a Lambda or
    callback step, and contents by ``<output>/<path>``; or an ``Outcome``; or a function of an ``Attempt`` that returns
    one of these. Other steps succeed at once and leave nothing.
    ``parameters``: start values; by default, the pipeline's. ``pipeline``: which one, if the target holds several: its
    name, or its construct's path or id. ``max_parallel_steps``: default: no limit, as on AWS.
    ``stop_after``: after how many seconds on the clock the run is stopped. ``objects``: what is in S3 already, by URI.
    ``role_arn``: the pipeline's role, which jobs have that name none.
    ``clock``: where its time begins, and goes on; default: 2030-01-01. ``seed`` changes the names of jobs.
    ``assumptions``: see docs/local.md; also as texts, ``["after_failure=finish"]``.

    The result is the same to the byte each time. Raises ``DefinitionError`` for a target without one valid definition,
    ``OutcomesError`` for outcomes that do not fit it, ``ParameterError`` for start values that do not, and whatever a
    function in ``outcomes`` raises.
    """
    definition = definition_of(target, pipeline)
    runner = Telling(definition, outcomes or {})
    time = clock or VirtualClock()
    services = MemoryAccount(
        {uri: body.encode() if isinstance(body, str) else body for uri, body in (objects or {}).items()}
    )
    execution = PipelineExecution(
        definition,
        pipeline_name="pipeline",
        pipeline_arn=f"{_ARN}/pipeline",
        execution_id=EXECUTION_ID,
        execution_arn=f"{_ARN}/pipeline/execution/{EXECUTION_ID}",
        parameters={name: to_text(value) for name, value in (parameters or {}).items()},
        max_parallel_steps=max_parallel_steps,
        services=services,
        runners=runner.for_all_types(),
        role_arn=role_arn,
        clock=time,
        seed=seed,
        assumptions=assumptions if isinstance(assumptions, Assumptions) else DEFAULT.assume(assumptions),
    )
    if stop_after is not None:
        time.call_later(stop_after, execution.stop)
    execution.start()
    if runner.error is not None:
        raise runner.error
    return _result(execution, runner, services)


def _result(execution: PipelineExecution, runner: Telling, services: MemoryAccount) -> Result:
    definition = execution.definition
    records = sorted(execution.records.values(), key=lambda record: record.number)
    steps = {record.step.name: _ran(execution, runner, record) for record in records}
    ran = {record.step.name for record in records} | {_written(record) for record in records}
    ended = max((step.ended for step in steps.values()), default=execution.start_time)
    return Result(
        status=execution.status,
        failure_reason=execution.failure_reason or "",
        steps=ByStep(steps, definition),
        not_run=tuple(name for name in definition.step_names if name not in ran),
        seconds=(ended - execution.start_time).total_seconds(),
        objects=services.objects,
        definition=definition,
    )


def _written(record: StepRecord) -> str:
    """The name in the definition."""
    return record.step.name if record.iteration is None else record.step.name.rpartition("-")[0]


def _ran(execution: PipelineExecution, runner: Telling, record: StepRecord) -> RanStep:
    step = record.step
    arguments = runner.arguments.get(step.name)
    if arguments is None:
        try:
            arguments = execution.values.evaluate(step.own_arguments)
        except StepFailed:
            arguments = {}
    return RanStep(
        name=step.name,
        type=step.type,
        state=record.status,
        reason=record.failure_reason or "",
        arguments=arguments,
        properties=record.properties or {},
        attempts=record.attempts,
        started=record.start_time,
        ended=record.end_time or record.start_time,
    )
