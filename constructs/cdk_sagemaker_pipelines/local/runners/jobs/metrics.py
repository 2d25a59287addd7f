"""The metrics that a training job's MetricDefinitions find in its log."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from ...container.log import JobLog
from ...endings import StepFailed

NAMESPACE = "/aws/sagemaker/TrainingJobs"
"""Where CloudWatch has the values, by MetricName and the dimension TrainingJobName."""

MOST = 10_000
"""Values of a job that reach CloudWatch; the last of each metric is kept in any case."""

_AT_ONCE = 500


class Metrics:
    """Reads the lines of a log. Raises ``StepFailed`` for a definition that is not a regular expression."""

    def __init__(self, definitions: Sequence[dict[str, str]], now: Callable[[], datetime]) -> None:
        self.definitions = list(definitions)
        self._now = now
        self._last: dict[str, dict[str, Any]] = {}
        self._all: list[dict[str, Any]] = []
        self._left_out = 0
        self._patterns = []
        for definition in definitions:
            try:
                self._patterns.append((definition["Name"], re.compile(definition["Regex"])))
            except re.error as error:
                name, regex = definition["Name"], definition["Regex"]
                raise StepFailed(
                    f"ClientError: the Regex {regex!r} of metric {name!r} is not readable: {error}"
                ) from error

    def read(self, line: str) -> None:
        """Looks for values in a line of the log."""
        shown = line.replace("\t", "#011")  # as CloudWatch shows it; the service's own definitions look for that
        for name, pattern in self._patterns:
            for match in list(pattern.finditer(line)) or (pattern.finditer(shown) if shown != line else ()):
                try:
                    value = float(match.group(1) if pattern.groups else match.group(0))
                except (TypeError, ValueError):
                    continue
                self._last[name] = {"MetricName": name, "Value": value, "Timestamp": self._now()}
                if len(self._all) < MOST:
                    self._all.append(self._last[name])
                else:
                    self._left_out += 1

    def final(self) -> list[dict[str, Any]]:
        """The last value of each metric, as FinalMetricDataList."""
        return list(self._last.values())

    def publish(self, cloudwatch: Any, job_name: str, log: JobLog) -> None:
        """Puts what was found into CloudWatch, without what is no number there."""
        dimensions = [{"Name": "TrainingJobName", "Value": job_name}]
        data = [{**item, "Dimensions": dimensions} for item in self._all if abs(item["Value"]) < float("inf")]
        for start in range(0, len(data), _AT_ONCE):
            cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=data[start : start + _AT_ONCE])
        if self._left_out:
            log.note(f"{self._left_out} more values of metrics are not in CloudWatch: it gets {MOST} of a job")
