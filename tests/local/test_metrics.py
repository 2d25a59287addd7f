"""The metrics of executions and steps in CloudWatch."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from cdk_sagemaker_pipelines.local.aws.sagemaker import metrics
from cdk_sagemaker_pipelines.local.engine.clock import VIRTUAL_START, VirtualClock
from cdk_sagemaker_pipelines.local.engine.record import History, StepRecord
from cdk_sagemaker_pipelines.local.engine.scripted import Outcome
from tests.local.embedding import Embedded, finished
from tests.local.support import condition, run, step
from tests.local.test_operations import until

NAMESPACE = "AWS/Sagemaker/ModelBuildingPipeline"


class Heard:
    """Collects what an execution adds."""

    def __init__(self) -> None:
        self.measured: list[metrics.Measured] = []

    def step_changed(self, record: StepRecord, previous: str | None) -> None:
        if record.status != previous:
            self.measured += metrics.of_step("p", record, previous)

    def status_changed(self, history: History, previous: str | None) -> None:
        self.measured += metrics.of_execution("p", history, previous)

    def values(self) -> list[tuple[str, str, float, str]]:
        """Name, step, value and unit of each."""
        return [(one.name, dict(one.dimensions).get("StepName", ""), one.value, one.unit) for one in self.measured]


def test_what_an_execution_adds() -> None:
    heard = Heard()
    outcomes = {"A": Outcome(seconds=90), "B": Outcome(fail="x", seconds=5)}
    run([step("A"), step("B", DependsOn=["A"])], outcomes=outcomes, clock=VirtualClock(), observer=heard)
    assert heard.values() == [
        ("ExecutionStarted", "", 1, "Count"),
        ("StepStarted", "A", 1, "Count"),
        ("StepSucceeded", "A", 1, "Count"),
        ("StepDuration", "A", 90_000, "Milliseconds"),
        ("StepStarted", "B", 1, "Count"),
        ("StepFailed", "B", 1, "Count"),
        ("StepDuration", "B", 5_000, "Milliseconds"),
        ("ExecutionFailed", "", 1, "Count"),
        ("ExecutionDuration", "", 95_000, "Milliseconds"),
    ]
    assert heard.measured[-1].moment == VIRTUAL_START + timedelta(seconds=95)
    assert {one.dimensions[0] for one in heard.measured} == {("PipelineName", "p")}


def test_a_stop_and_a_handled_failure() -> None:
    heard, clock = Heard(), VirtualClock()
    after = step("B", DependsOn=[{"Step": "A", "Trigger": "Failed"}])
    run([step("A"), after], outcomes={"A": Outcome(fail="x")}, clock=clock, observer=heard)
    assert heard.values()[-1][0] == "ExecutionDuration"
    assert "ExecutionFailed" not in {name for name, *_ in heard.values()}
    stopped = Heard()
    run([step("A")], outcomes={"A": Outcome(stop=True)}, clock=clock, observer=stopped)
    assert [name for name, *_ in stopped.values()][1:4] == ["StepStarted", "StepStopped", "StepDuration"]


def test_values_of_a_metric_are_one_set() -> None:
    def measured(value: float) -> metrics.Measured:
        return metrics.Measured("D", (("PipelineName", "p"),), value, "Milliseconds", VIRTUAL_START)

    (one,) = metrics.together([measured(5), measured(1), measured(3)])
    assert one["StatisticValues"] == {"SampleCount": 3, "Sum": 9, "Minimum": 1, "Maximum": 5}
    assert metrics.together([measured(5)])[0]["Value"] == 5


def test_cloudwatch_shows_them(embedded: Embedded) -> None:
    cloudwatch = embedded.client("cloudwatch")
    begin = datetime.now(timezone.utc) - timedelta(minutes=1)
    end = begin + timedelta(hours=1)

    def total(name: str, statistic: str = "Sum", **dimensions: str) -> Any:
        found = cloudwatch.get_metric_statistics(
            Namespace=NAMESPACE, MetricName=name, StartTime=begin, EndTime=end, Period=3600, Statistics=[statistic],
            Dimensions=[{"Name": member, "Value": value} for member, value in dimensions.items()],
        )  # fmt: skip
        return sum(point[statistic] for point in found["Datapoints"])

    finished(embedded, "measured-one", [condition("C", [])])
    finished(embedded, "measured-two", [step("F", "Fail", {"ErrorMessage": "no"})])
    until(lambda: total("ExecutionFailed") == 1)
    assert (total("ExecutionStarted"), total("ExecutionStarted", PipelineName="measured-one")) == (2, 1)
    assert total("ExecutionSucceeded", PipelineName="measured-two") == 0
    assert total("StepSucceeded", PipelineName="measured-one", StepName="C") == 1
    assert total("StepFailed", PipelineName="measured-two", StepName="F") == 1
    assert total("ExecutionDuration", "SampleCount") == 2
    dimensions = [{"Name": "StepName", "Value": "C"}, {"Name": "PipelineName", "Value": "measured-one"}]
    metric = {"Namespace": NAMESPACE, "MetricName": "StepStarted", "Dimensions": dimensions}
    query = {"Id": "a", "MetricStat": {"Metric": metric, "Period": 3600, "Stat": "Sum"}}
    answer = cloudwatch.get_metric_data(MetricDataQueries=[query], StartTime=begin, EndTime=end)
    assert answer["MetricDataResults"][0]["Values"] == [1]
