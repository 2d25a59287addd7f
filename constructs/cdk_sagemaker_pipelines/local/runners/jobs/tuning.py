"""Tuning steps: training jobs with different hyperparameters, and the best of them.

https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-how-it-works.html
The trials are training jobs that really run, like those of training steps. Differences from AWS: the strategies
Bayesian and Hyperband draw at random; early stopping, warm start, Autotune and the convergence criteria are ignored
(the step's note says which of them were requested); MaxRuntimeInSeconds and TargetObjectiveMetricValue keep further
trials from starting, while running ones continue to their end.
"""

from __future__ import annotations

import itertools
import random
import secrets
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from ....language import StepView
from ...endings import StepFailed, StepResult, StepStopped, StopSignal
from ...engine.runner import StepContext
from ..base.request import checked_request
from .training import train
from .tuning_ranges import Draw, grid_draws, random_draws

SUMMARIES = 50
"""The number of trials in Steps.<name>.TrainingJobSummaries."""

_OWN_MEMBERS = (
    "DefinitionName", "TuningObjective", "HyperParameterRanges", "StaticHyperParameters",
    "HyperParameterTuningResourceConfig",
)  # fmt: skip


class TuningRunner:
    """Runs the trials of a tuning job, some at once."""

    def run(self, context: StepContext, step: StepView, arguments: dict[str, Any]) -> StepResult:
        named = {**arguments, "HyperParameterTuningJobName": context.job_name}
        request = checked_request(context.services.client("sagemaker"), "CreateHyperParameterTuningJob", named)
        return _Tuning(context, step, request).run()


@dataclass
class _Trial:
    """One training job of the tuning job."""

    number: int
    definition: dict[str, Any]
    objective: dict[str, str]
    draw: Draw
    name: str
    summary: dict[str, Any] = field(default_factory=dict)

    @property
    def value(self) -> float | None:
        """The value of the objective; None if the trial did not emit one."""
        metric = self.summary.get("FinalHyperParameterTuningJobObjectiveMetric")
        return None if metric is None else float(metric["Value"])


class _Tuning:
    def __init__(self, context: StepContext, step: StepView, request: dict[str, Any]) -> None:
        self._given = context.stopping
        self.context = context = replace(context, stopping=StopSignal())
        self.step = step
        self.request = request
        self.config: dict[str, Any] = request["HyperParameterTuningJobConfig"]
        self.limits: dict[str, Any] = self.config["ResourceLimits"]
        self.name = context.job_name
        self.arn = context.arn("hyper-parameter-tuning-job", self.name)
        self.trials: list[_Trial] = []
        self.lock = threading.Lock()
        self.description: dict[str, Any] = {
            **request,
            "HyperParameterTuningJobName": self.name,
            "HyperParameterTuningJobArn": self.arn,
            "HyperParameterTuningJobStatus": "InProgress",
            "CreationTime": context.clock.now(),
            "Tags": [*request.get("Tags", ()), *context.tags],
        }

    def run(self) -> StepResult:
        services = self.context.services
        with self._given.calling(self._stop), services.stoppable("HyperParameterTuningJob", self.name, self._stop):
            return self._run_job()

    def _stop(self) -> None:
        with self.lock:
            if self.description["HyperParameterTuningJobStatus"] == "InProgress":
                self.description["HyperParameterTuningJobStatus"] = "Stopping"
        self._record()
        self.context.stopping.set()

    def _run_job(self) -> StepResult:
        metadata = {"TuningJob": {"Arn": self.arn}}
        self.context.report(metadata)
        self._say_what_is_ignored()
        self._record()
        try:
            self._run_trials()
            best = self._best()
        except StepStopped:
            self._end("Stopped")
            raise
        except StepFailed as error:
            self._end("Failed", FailureReason=error.reason[:1024])
            raise
        self._end("Completed", BestTrainingJob=best.summary)
        summaries = [trial.summary for trial in self._sorted()][:SUMMARIES]
        return StepResult({**self.description, "TrainingJobSummaries": summaries}, metadata)

    def _say_what_is_ignored(self) -> None:
        strategy = self.config["Strategy"]
        said = [f"{strategy} draws at random"] if strategy in ("Bayesian", "Hyperband") else []
        ignored = {
            "early stopping": self.config.get("TrainingJobEarlyStoppingType") == "Auto",
            "warm start": "WarmStartConfig" in self.request,
            "Autotune": "Autotune" in self.request,
        }
        names = [name for name, asked in ignored.items() if asked]
        if names:
            said.append(f"without {' and '.join(names)}")
        if said:
            self.context.note(f"local tuning: {', '.join(said)}")

    def _run_trials(self) -> None:
        parallel = int(self.limits["MaxParallelTrainingJobs"])
        trials = self._to_run()
        until = time.monotonic() + float(self.limits.get("MaxRuntimeInSeconds", float("inf")))

        def work() -> None:
            while time.monotonic() < until and not self._is_reached() and not self.context.stopping.is_set():
                with self.lock:
                    trial = next(trials, None)
                    if trial is None:
                        return
                    self.trials.append(trial)
                self._run(trial)

        with ThreadPoolExecutor(parallel, thread_name_prefix=self.name) as pool:
            for worker in [pool.submit(work) for _ in range(parallel)]:
                worker.result()
        self.context.stopping.check()

    def _to_run(self) -> Iterator[_Trial]:
        """The trials in the order in which they start."""
        definitions = self.request.get("TrainingJobDefinitions") or [self.request.get("TrainingJobDefinition")]
        if definitions == [None]:
            raise StepFailed("ClientError: the tuning job has neither TrainingJobDefinition nor TrainingJobDefinitions")
        chance = random.Random(self.config.get("RandomSeed"))
        grid = self.config["Strategy"] == "Grid"
        sources = []
        for definition in definitions:
            ranges = definition.get("HyperParameterRanges") or self.config.get("ParameterRanges") or {}
            objective = definition.get("TuningObjective") or self.config.get("HyperParameterTuningJobObjective")
            if objective is None:
                raise StepFailed("ClientError: the tuning job has no HyperParameterTuningJobObjective")
            draws = grid_draws(ranges) if grid else random_draws(ranges, chance)
            sources.append((definition, objective, draws))
        number = 0
        most = self.limits.get("MaxNumberOfTrainingJobs")
        if most is None and not grid:
            raise StepFailed("ClientError: ResourceLimits has no MaxNumberOfTrainingJobs")
        # The definitions take turns.
        for definition, objective, draws in itertools.cycle(list(sources)):
            draw = next(draws, None)
            if draw is None:
                sources = [source for source in sources if source[2] is not draws]
                if not sources:
                    return
                continue
            if most is not None and number >= int(most):
                return
            number += 1
            name = f"{self.name}-{number:03}-{secrets.token_hex(4)}"
            yield _Trial(number, definition, objective, draw, name)

    def _run(self, trial: _Trial) -> None:
        definition = trial.definition
        arguments = {key: value for key, value in definition.items() if key not in _OWN_MEMBERS}
        resources = definition.get("HyperParameterTuningResourceConfig")
        if resources is not None and "ResourceConfig" not in arguments:
            first = (resources.get("InstanceConfigs") or [{}])[0]
            allowed = ("InstanceType", "InstanceCount", "VolumeSizeInGB", "VolumeKmsKeyId")
            arguments["ResourceConfig"] = {
                key: value for key, value in {**first, **resources}.items() if key in allowed
            }
        arguments["HyperParameters"] = {
            **definition.get("StaticHyperParameters", {}),
            **trial.draw,
            "_tuning_objective_metric": trial.objective["MetricName"],
        }
        trial.summary = {
            **({"TrainingJobDefinitionName": definition["DefinitionName"]} if "DefinitionName" in definition else {}),
            "TrainingJobName": trial.name,
            "TrainingJobArn": self.context.arn("training-job", trial.name),
            "CreationTime": self.context.clock.now(),
            "TrainingStartTime": self.context.clock.now(),
            "TrainingJobStatus": "InProgress",
            "TunedHyperParameters": trial.draw,
            "ObjectiveStatus": "Pending",
        }
        self._record()
        context = replace(self.context, job_name=trial.name, report=lambda metadata: None)
        status, objective = "Completed", "Failed"
        try:
            properties = train(context, arguments, TuningJobArn=self.arn).properties
            metrics = {metric["MetricName"]: metric["Value"] for metric in properties.get("FinalMetricDataList", [])}
            name = trial.objective["MetricName"]
            if name in metrics:
                objective = "Succeeded"
                metric = {"Type": trial.objective["Type"], "MetricName": name, "Value": metrics[name]}
                trial.summary["FinalHyperParameterTuningJobObjectiveMetric"] = metric
        except StepStopped:
            status = "Stopped"
        except StepFailed as error:
            status = "Failed"
            trial.summary["FailureReason"] = error.reason[:1024]
        trial.summary.update(
            TrainingJobStatus=status, ObjectiveStatus=objective, TrainingEndTime=self.context.clock.now()
        )
        self._record()

    def _sorted(self) -> list[_Trial]:
        """The trials, best first; those without an objective last."""

        def key(trial: _Trial) -> tuple[bool, float, int]:
            if trial.value is None:
                return True, 0.0, trial.number
            sign = 1 if trial.objective["Type"] == "Minimize" else -1
            return False, sign * trial.value, trial.number

        return sorted(self.trials, key=key)

    def _best(self) -> _Trial:
        if self.trials and all(trial.summary.get("TrainingJobStatus") == "Failed" for trial in self.trials):
            first = self.trials[0]
            raise StepFailed(
                "All training jobs failed. Please take a look at the training jobs failures to get more details. "
                f"The first, {first.name}: {first.summary['FailureReason']}"
            )
        found = [trial for trial in self._sorted() if trial.value is not None]
        if not found:
            raise StepFailed(
                f"No objective metrics found after running {len(self.trials)} training jobs. Please ensure that the "
                "custom algorithm is emitting the objective metric as defined by the regular expression provided."
            )
        return found[0]

    def _is_reached(self) -> bool:
        criteria = self.config.get("TuningJobCompletionCriteria", {})
        target = criteria.get("TargetObjectiveMetricValue")
        if target is None:
            return False
        with self.lock:
            trials = [trial for trial in self.trials if trial.value is not None]
        return any(
            trial.value <= target if trial.objective["Type"] == "Minimize" else trial.value >= target
            for trial in trials
            if trial.value is not None
        )

    def _end(self, status: str, **members: Any) -> None:
        with self.lock:
            self.description.update(
                HyperParameterTuningJobStatus=status, HyperParameterTuningEndTime=self.context.clock.now(), **members
            )
        self._record()

    def _record(self) -> None:
        with self.lock:
            summaries = [dict(trial.summary) for trial in self.trials if trial.summary]

            def count(member: str, value: str) -> int:
                return sum(summary[member] == value for summary in summaries)

            self.description.update(
                LastModifiedTime=self.context.clock.now(),
                TrainingJobStatusCounters={
                    "Completed": count("TrainingJobStatus", "Completed"),
                    "InProgress": count("TrainingJobStatus", "InProgress"),
                    "NonRetryableError": count("TrainingJobStatus", "Failed"),
                    "RetryableError": 0,
                    "Stopped": count("TrainingJobStatus", "Stopped"),
                },
                ObjectiveStatusCounters={
                    status: count("ObjectiveStatus", status) for status in ("Succeeded", "Pending", "Failed")
                },
            )
            # The summaries are not in Describe's response, but come from ListTrainingJobsForHyperParameterTuningJob.
            recorded = {**self.description, "TrainingJobSummaries": summaries}
            self.context.services.record_job("HyperParameterTuningJob", self.name, recorded)
