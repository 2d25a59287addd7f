"""The arguments of steps with the values that they had in an execution."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from ..language import Definition, PipelineError, StepView, is_expression_json
from ..language.step_types import JOB_NAMES
from ..local.endings import StepFailed
from ..local.engine.parameters import convert
from ..local.engine.values import Values
from ..local.errors import ParameterError
from . import jobs
from .answers import message, says_nothing
from .execution import Execution

LONGEST = 2**20
"""Bytes that are read of an object."""
_OBJECT = re.compile(
    r"s3://([A-Za-z0-9._-]{1,255}|arn:aws[a-z-]*:s3[a-z-]*:[a-z0-9-]*:\d{12}:accesspoint:[A-Za-z0-9.-]{1,63})/.+",
    re.ASCII | re.DOTALL,
)
"""The address of an object: other buckets are refused by boto3, with an error that is not the service's."""
_SECOND = timedelta(seconds=1)
"""S3 has times without fractions of seconds."""


@dataclass
class Resolution:
    """What the expressions of an execution evaluate to, as far as the service still tells."""

    client: Any
    execution: Execution
    given: Mapping[str, str]
    """The values of parameters that the service lists for it."""
    pipeline: str | None = None
    """The name of the pipeline; by default as in its ARN, which may be in lower case."""
    read_object: Callable[[str, str], bytes] = field(default_factory=lambda: _unread)
    """What reads an object in S3 that an expression refers to; by default nothing does."""
    described: dict[str, Mapping[str, Any] | None] = field(default_factory=dict)
    """What the service has described already, by ARN: nothing is asked for twice."""
    _tried: dict[str, list[Any]] = field(default_factory=dict)
    """The jobs of tunings, by name."""
    _asking: set[str] = field(default_factory=set)
    """Steps whose properties are being found, which may lead back to them."""

    def arguments(self, step: str) -> tuple[dict[str, Any], list[str]]:
        """The arguments of a step, and what cannot be told: such expressions stay as they are.

        Raises ``PipelineError`` for an unknown step.
        """
        view = self._definition.step(step)
        arguments, problems = self.partly(view, view.own_arguments)
        return dict(arguments), problems

    def partly(self, step: StepView, value: Any) -> tuple[Any, list[str]]:
        """A document of a step with the values of its expressions, except those that cannot be told, and why not."""
        problems: dict[str, None] = {}

        def told(value: Any) -> Any:
            if is_expression_json(value):
                try:
                    return self.value(step, value)
                except PipelineError as error:
                    problems[str(error)] = None
                    return value
            if isinstance(value, Mapping):
                return {name: told(item) for name, item in value.items()}
            return [told(item) for item in value] if isinstance(value, (list, tuple)) else value

        return told(value), list(problems)

    def value(self, step: StepView, value: Any) -> Any:
        """The value of an expression of a step, or of a document with expressions. Raises ``PipelineError``."""
        try:
            return self._values(step).evaluate(value)
        except StepFailed as error:
            raise PipelineError(error.reason) from error

    def job(self, step: str) -> Mapping[str, Any] | None:
        """How the service describes what a step created; None if it created nothing that can be described."""
        arn = self.arn(step)
        if arn is None:
            return None
        if arn not in self.described:
            self.described[arn] = jobs.describe(self.client, arn)
        return self.described[arn]

    def _trials(self, tuning: Mapping[str, Any]) -> list[Any]:
        name = str(tuning["HyperParameterTuningJobName"])
        if name not in self._tried:
            self._tried[name] = jobs.trials(self.client, tuning)
        return self._tried[name]

    def arn(self, step: str) -> str | None:
        """The ARN of what a step created; None if it created nothing with one."""
        return jobs.arn_of(self.execution.step(step) or {})

    @property
    def _definition(self) -> Definition:
        if self.execution.definition is None:
            raise PipelineError(f"the definition of {self.execution.parts.short} cannot be read")
        return self.execution.definition

    @cached_property
    def _parameters(self) -> dict[str, Any]:
        values = {name: each.default for name, each in self._definition.parameters.items() if each.has_default}
        for name, text in self.given.items():
            declared = self._definition.parameters.get(name)
            try:
                values[name] = text if declared is None else convert(name, declared.type, text)
            except ParameterError:
                values[name] = text
        return values

    def _values(self, step: StepView) -> Values:
        execution, parts = self.execution, self.execution.parts
        started = execution.described.get("CreationTime")
        variables = {
            "PipelineName": self.pipeline or parts.name,
            "PipelineArn": parts.pipeline,
            "PipelineExecutionId": parts.id,
            "PipelineExecutionArn": execution.arn,
            **({"StartDateTime": started} if started else {}),
        }
        arn = jobs.arn_of(execution.step(step.name) or {})
        own = [name for name, types in JOB_NAMES.items() if step.type in types]
        variables |= dict.fromkeys(own, jobs.name_of(arn)) if arn else {}
        return Values(
            definition=self._definition,
            parameters=self._parameters,
            execution={name: constant(value) for name, value in variables.items()},
            read_object=self.read_object,
            properties=_Properties(self),
        )

    def properties(self, step: str) -> Mapping[str, Any] | None:
        """What can be read of a step; None if it has not succeeded in this execution, or waits for itself."""
        record = self.execution.step(step)
        if record is None or record.get("StepStatus") != "Succeeded" or step in self._asking:
            return None
        self._asking.add(step)
        try:
            return self._found(step, record)
        finally:
            self._asking.discard(step)

    def _found(self, step: str, record: Mapping[str, Any]) -> dict[str, Any]:
        job, view = self.job(step), self._definition.find(step)
        if job is None and view is not None:  # it is gone, or may not be read; what it was asked for is still known
            job = self.partly(view, view.own_arguments)[0]
        found: dict[str, Any] = dict(job or {})
        if "HyperParameterTuningJobName" in found:
            found["TrainingJobSummaries"] = self._trials(found)
        for told in (record.get("Metadata") or {}).values():
            if isinstance(told, Mapping):
                outputs = told.get("OutputParameters")
                found |= {key: value for key, value in told.items() if key != "Arn"}
                if isinstance(outputs, list):
                    found["OutputParameters"] = {item["Name"]: item["Value"] for item in outputs}
        return found


class _Properties(Mapping[str, Mapping[str, Any]]):
    """The properties of the steps that succeeded, each asked for when it is read."""

    def __init__(self, resolution: Resolution) -> None:
        self._resolution = resolution

    def __getitem__(self, step: str) -> Mapping[str, Any]:
        found = self._resolution.properties(step)
        if found is None:
            raise KeyError(step)
        return found

    def __iter__(self) -> Any:
        return (record["StepName"] for record in self._resolution.execution.steps if record["StepName"] in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def constant(value: Any) -> Callable[[], Any]:
    """A function of nothing."""
    return lambda: value


def reading(s3: Any, until: datetime | None) -> Callable[[str, str], bytes]:
    """What reads objects in S3, up to ``LONGEST`` bytes, with a client; none that was written after ``until``."""

    def read(uri: str, what: str) -> bytes:
        if not _OBJECT.fullmatch(uri):
            raise StepFailed(f"{what}: {uri!r} is not the address of an object in S3")
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        try:
            answer = s3.get_object(Bucket=bucket, Key=key, Range=f"bytes=0-{LONGEST - 1}")
            body: bytes = answer["Body"].read(LONGEST)
        except s3.exceptions.ClientError as error:
            if says_nothing(error):
                raise
            raise StepFailed(f"{what}: {uri} cannot be read: {message(error)}") from error
        if until is not None and answer["LastModified"] > until + _SECOND:
            raise StepFailed(f"{what}: {uri} has been written again since")
        return body

    return read


def _unread(uri: str, what: str) -> bytes:
    raise StepFailed(f"{what} is the content of {uri}, which is not read here")
