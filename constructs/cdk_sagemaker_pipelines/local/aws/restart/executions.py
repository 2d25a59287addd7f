"""Executions, what they may reuse, and jobs as records."""

from __future__ import annotations

import dataclasses
import hashlib
import logging
from collections.abc import Callable, Mapping
from typing import Any

from ...endings import StepResult
from ...engine.cache import CachedStep, StepCache
from ...engine.record import History, Observer, StepRecord
from ...errors import StateError
from ...state.journal import Journal
from ..repeating import again, moment
from .recording import keep_now

_EXECUTION, _STEP, _CACHED, _JOB = "execution", "step", "cached step", "job"
_ENDED = "InternalServerError: the local AWS ended while the job ran"

_logger = logging.getLogger("cdk_sagemaker_pipelines.local")


class KeptExecutions:
    """The executions and jobs of one account and region in a journal; implements ``sagemaker.keeping.Keeper``."""

    def __init__(self, journal: Journal, account: str, region: str) -> None:
        self._journal, self._place = journal, f"{account}/{region}/"

    def past(self, arn: str) -> History | None:
        """What an execution did before the restart; None for one that starts now."""
        if not again():
            return None
        kept = self._journal.records(_EXECUTION, f"{arn}\n")
        steps = self._journal.records(_STEP, f"{arn}\n").values()
        if not kept:  # it was deleted, or the server ended before it began
            return History(
                arn, "Failed", moment(), moment(), "InternalServerError: it had not begun when the local AWS ended"
            )
        (summary,) = kept.values()
        return History(**{**summary, "steps": sorted(steps, key=lambda step: int(step["number"]))})

    def begin(self) -> None:
        """Keeps the request that starts an execution, before anything of it runs."""
        keep_now("StartPipelineExecution")

    def went(self, history: History) -> None:
        """Keeps an execution as it is now."""
        _keep(self._journal, history.execution_arn, history)

    def observer(self, arn: str, history: Callable[[], History], then: Observer) -> Observer:
        """Keeps what an execution does, and tells it to another observer; ``history`` gives all of it."""
        return _Kept(self._journal, arn, history, then)

    def cache(self, arn: str) -> StepCache:
        """What executions of a pipeline may reuse; nothing if it is new."""
        if not again():
            self._journal.remove_all(_CACHED, f"{arn}\n")
        cache = _KeptCache(self._journal, arn)
        for saved in self._journal.records(_CACHED, f"{arn}\n").values():
            result = StepResult(saved["properties"], saved["metadata"])
            cached = CachedStep(saved["key"], result, saved["execution_arn"], saved["ended"])
            StepCache.keep(cache, saved["name"], cached)
        return cache

    def job(self, kind: str, name: str, description: Mapping[str, Any] | None) -> None:
        """Keeps the description of a job, or forgets the job."""
        key = f"{self._place}{kind}\n{name}"
        if description is None:
            self._journal.remove(_JOB, key)
        else:
            _put(self._journal, _JOB, key, {"kind": kind, "name": name, "description": description})

    def jobs(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Kind, name and description of every job. Those that ran have failed."""
        jobs = []
        for each in self._journal.records(_JOB, self._place).values():
            kind, name, description = each["kind"], each["name"], _ended(each["kind"], each["description"])
            if description is not each["description"]:
                self.job(kind, name, description)
            jobs.append((kind, name, description))
        return jobs


class _Kept:
    """An observer of one execution that keeps what it is told."""

    def __init__(self, journal: Journal, arn: str, history: Callable[[], History], then: Observer) -> None:
        self._journal, self._arn, self._history, self._then = journal, arn, history, then

    def step_changed(self, record: StepRecord, previous: str | None) -> None:
        _put(self._journal, _STEP, f"{self._arn}\n{record.step.name}", record.saved())
        self._then.step_changed(record, previous)

    def status_changed(self, history: History, previous: str | None) -> None:
        # At its beginning, and again at a retry, there are steps that it was not told of, and others are gone.
        begins = history.status == "Executing"
        _keep(self._journal, self._arn, self._history() if begins else history, all_steps=begins)
        self._then.status_changed(history, previous)


def _keep(journal: Journal, arn: str, history: History, *, all_steps: bool = True) -> None:
    summary = {each.name: getattr(history, each.name) for each in dataclasses.fields(history)}
    _put(journal, _EXECUTION, f"{arn}\n", {**summary, "steps": ()})
    if not all_steps:
        return
    steps = {f"{arn}\n{step['name']}": step for step in history.steps}
    kept = journal.records(_STEP, f"{arn}\n")
    for key in kept.keys() - steps.keys():
        journal.remove(_STEP, key)
    for key, step in steps.items():
        if kept.get(key) != step:
            _put(journal, _STEP, key, step)


class _KeptCache(StepCache):
    def __init__(self, journal: Journal, arn: str) -> None:
        super().__init__()
        self._journal, self._arn = journal, arn

    def keep(self, name: str, step: CachedStep) -> None:
        super().keep(name, step)
        plain = {
            "name": name, "key": step.key, "execution_arn": step.execution_arn, "ended": step.ended,
            "properties": step.result.properties, "metadata": step.result.metadata,
        }  # fmt: skip
        digest = hashlib.sha256(step.key.encode()).hexdigest()
        _put(self._journal, _CACHED, f"{self._arn}\n{name}\n{digest}", plain)


def _put(journal: Journal, kind: str, key: str, value: Mapping[str, Any]) -> None:
    try:
        journal.put(kind, key, value)
    except (TypeError, StateError) as error:  # it must not keep the execution from going on
        _logger.error("the state does not keep the %s %s: %s", kind, key.replace("\n", " "), error)


def _ended(kind: str, description: dict[str, Any]) -> dict[str, Any]:
    member = f"{kind}Status"
    if description.get(member) not in ("InProgress", "Stopping"):
        return description
    ended = {**description, member: "Failed", "FailureReason": _ENDED, "LastModifiedTime": moment()}
    if "SecondaryStatus" in description:
        ended["SecondaryStatus"] = "Failed"
    return ended
