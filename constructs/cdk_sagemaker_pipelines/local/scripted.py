"""A runner whose steps do nothing but end as told: for tests of a graph, without scripts or data."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..language import Step
from .container.storage import join_uri, split_uri
from .runner import StepContext, StepFailed, StepResult, StepRunner, StepStopped


@dataclass(frozen=True)
class Outcome:
    """How a scripted step ends."""

    properties: Mapping[str, Any] = field(default_factory=dict)
    """Members of the step's Describe answer, beside those of its arguments and its names."""
    fail: str | None = None
    """The step fails with this reason."""
    exception: str | None = None
    """With fail: the type of exception that a retry policy may name, such as "SageMaker.CAPACITY_ERROR"."""
    failures: int | None = None
    """With fail: attempts that fail before one succeeds; None: all of them."""
    seconds: float = 0.0
    """How long each attempt takes."""
    files: Mapping[str, Any] = field(default_factory=dict)
    """What the step leaves in its outputs: content (text, or anything that is JSON) by "<output name>/<path>"."""


class ScriptedRunner:
    """Ends each step by its name's outcome; a step without one succeeds at once."""

    def __init__(self, outcomes: Mapping[str, Outcome] | None = None) -> None:
        self.outcomes = dict(outcomes or {})
        self.attempts: list[str] = []
        """The names of the steps that ran, once for each attempt, in order of starting."""
        self.arguments: dict[str, dict[str, Any]] = {}
        """What each step was given, by its name."""

    def run(self, context: StepContext, step: Step, arguments: dict[str, Any]) -> StepResult:
        outcome = self.outcomes.get(step.name, Outcome())
        self.attempts.append(step.name)
        self.arguments[step.name] = arguments
        if context.stopping.wait(outcome.seconds):
            raise StepStopped
        again = outcome.failures is None or self.attempts.count(step.name) <= outcome.failures
        if outcome.fail is not None and again:
            raise StepFailed(outcome.fail, outcome.exception)
        properties, metadata = _described(context, step, arguments)
        properties.update(outcome.properties)
        _leave(context, outcome.files, properties)
        return StepResult(properties, metadata)

    def for_all_types(self) -> Mapping[str, StepRunner]:
        """This runner for the steps of every type, as PipelineExecution takes it."""
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


def _described(context: StepContext, step: Step, arguments: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    properties = dict(arguments)
    if step.type in ("Processing", "Training", "Transform"):
        job = f"{step.type}Job"
        arn = context.arn(f"{step.type.lower()}-job", context.job_name)
        properties.update({f"{job}Name": context.job_name, f"{job}Arn": arn, f"{job}Status": "Completed"})
        if step.type == "Training" and "OutputDataConfig" in arguments:
            place = join_uri(arguments["OutputDataConfig"]["S3OutputPath"], context.job_name, "output/model.tar.gz")
            properties["ModelArtifacts"] = {"S3ModelArtifacts": place}
        return properties, {job: {"Arn": arn}}
    if step.type == "Model":
        arn = context.arn("model", context.job_name)
        return {**properties, "ModelName": context.job_name, "ModelArn": arn}, {"Model": {"Arn": arn}}
    if step.type == "RegisterModel":
        arn = context.arn("model-package", f"{arguments.get('ModelPackageGroupName', 'group')}/1")
        return {**properties, "ModelPackageArn": arn}, {"RegisterModel": {"Arn": arn}}
    return properties, {}


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
