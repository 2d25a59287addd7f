"""A runner whose steps only end as told, for tests of a graph without scripts or data."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ...language import StepView
from ..container.storage import join_uri, split_uri
from ..endings import StepFailed, StepResult, StepStopped
from .outcomes import Outcome
from .runner import StepContext, StepRunner

__all__ = ["Outcome", "ScriptedRunner"]

_SUCCESS = Outcome()


class ScriptedRunner:
    """Ends each step with the outcome under its name; a step without one succeeds at once."""

    def __init__(self, outcomes: Mapping[str, Outcome] | None = None) -> None:
        self.outcomes = dict(outcomes or {})
        self.attempts: list[str] = []
        """The names of the steps that ran, once per attempt, in the order in which they started."""
        self.arguments: dict[str, dict[str, Any]] = {}
        """The arguments of each step, by name."""
        self._failed: Counter[str] = Counter()

    def tells(self, step: StepView) -> bool:
        """Whether there is an outcome of the step, or of its body step, whose name has no index."""
        return bool(self.outcomes) and self._outcome(step) is not None

    def begin(self, step: StepView, arguments: dict[str, Any]) -> Outcome:
        """Notes an attempt of the step, and returns how it ends after ``Outcome.seconds``."""
        outcome = self._outcome(step) or _SUCCESS
        self.attempts.append(step.name)
        self.arguments[step.name] = arguments
        if outcome.fail is None or outcome.failures is None:
            return outcome
        self._failed[step.name] += 1
        return outcome if self._failed[step.name] <= outcome.failures else replace(outcome, fail=None)

    def run(self, context: StepContext, step: StepView, arguments: dict[str, Any]) -> StepResult:
        """Ends the step as ``context.outcome`` says."""
        return self.run_after(None, context, step, arguments)

    def run_after(
        self, inner: StepRunner | None, context: StepContext, step: StepView, arguments: dict[str, Any]
    ) -> StepResult:
        """Ends the step as told; if it is to succeed and there is an inner runner, it modifies that one's result."""
        outcome = context.outcome or _SUCCESS
        if outcome.fail is not None:
            raise StepFailed(outcome.fail, outcome.exception)
        if outcome.stop:
            raise StepStopped
        result = _described(context, step, arguments) if inner is None else inner.run(context, step, arguments)
        properties = {**result.properties, **outcome.properties}
        _leave(context, outcome.files, properties)
        return StepResult(properties, result.metadata)

    def _outcome(self, step: StepView) -> Outcome | None:
        found = self.outcomes.get(step.name)
        if found is None and step.branch == "ForEachBody":
            found = self.outcomes.get(step.name.rpartition("-")[0])
        return found

    def for_all_types(self) -> Mapping[str, StepRunner]:
        """This runner for every step type, as PipelineExecution expects it."""
        return _Everything(self)


class _Everything(Mapping[str, StepRunner]):
    def __init__(self, runner: StepRunner) -> None:
        self._runner = runner

    def __getitem__(self, step_type: str) -> StepRunner:
        return self._runner

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def _described(context: StepContext, step: StepView, arguments: dict[str, Any]) -> StepResult:
    properties = dict(arguments)
    if step.type in ("Processing", "Training", "Transform"):
        job = f"{step.type}Job"
        arn = context.arn(f"{step.type.lower()}-job", context.job_name)
        properties.update({f"{job}Name": context.job_name, f"{job}Arn": arn, f"{job}Status": "Completed"})
        if step.type == "Training" and "OutputDataConfig" in arguments:
            place = join_uri(arguments["OutputDataConfig"]["S3OutputPath"], context.job_name, "output/model.tar.gz")
            properties["ModelArtifacts"] = {"S3ModelArtifacts": place}
        return StepResult(properties, {job: {"Arn": arn}})
    if step.type == "Model":
        arn = context.arn("model", context.job_name)
        return StepResult({**properties, "ModelName": context.job_name, "ModelArn": arn}, {"Model": {"Arn": arn}})
    if step.type == "RegisterModel":
        arn = context.arn("model-package", f"{arguments.get('ModelPackageGroupName', 'group')}/1")
        return StepResult({**properties, "ModelPackageArn": arn}, {"RegisterModel": {"Arn": arn}})
    return StepResult(properties, {})


def _leave(context: StepContext, files: Mapping[str, Any], properties: Mapping[str, Any]) -> None:
    outputs = properties.get("ProcessingOutputConfig", {}).get("Outputs", [])
    places = {output["OutputName"]: output["S3Output"]["S3Uri"] for output in outputs}
    for where, content in files.items():
        output, _, path = where.partition("/")
        if output not in places:
            raise StepFailed(f"the scripted outcome writes to {where!r}, but the step has no output {output!r}")
        bucket, key = split_uri(join_uri(places[output], path))
        body = content if isinstance(content, str) else json.dumps(content)
        context.services.client("s3").put_object(Bucket=bucket, Key=key, Body=body.encode())
