"""The metrics of pipelines and steps, and the dashboard, which finds what has another name in each execution."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch

from cdk_sagemaker_pipelines import FailStep, Pipeline, PipelineDashboard, PipelineError
from cdk_sagemaker_pipelines.language import Definition
from cdk_sagemaker_pipelines.monitoring.searches import of_jobs, of_steps
from tests.monitoring.test_events import line
from tests.pipeline.support import ACCOUNT, REGION, Bench, pipeline, processing

NAMESPACE = "AWS/Sagemaker/ModelBuildingPipeline"
STATES = ("started", "succeeded", "failed", "stopped")


def told(metric: cloudwatch.Metric) -> tuple[Any, ...]:
    assert (metric.namespace, metric.account, metric.region) == (NAMESPACE, ACCOUNT, REGION)
    return metric.metric_name, metric.statistic, metric.dimensions


def test_the_metrics_of_a_pipeline(bench: Bench) -> None:
    made = pipeline(bench, pipeline_name="Line")
    own = {"PipelineName": "Line"}
    found = [told(getattr(made, f"metric_{state}")()) for state in STATES]
    assert found == [(f"Execution{state.capitalize()}", "Sum", own) for state in STATES]
    assert told(made.metric_duration()) == ("ExecutionDuration", "Average", own)
    assert told(made.metric_duration(statistic="Maximum")) == ("ExecutionDuration", "Maximum", own)


def test_the_metrics_of_a_step(bench: Bench) -> None:
    made = pipeline(bench, pipeline_name="Line")
    stop = FailStep(made, "Stop")
    own = {"PipelineName": "Line", "StepName": "Stop"}
    found = [told(getattr(stop, f"metric_{state}")()) for state in STATES]
    assert found == [(f"Step{state.capitalize()}", "Sum", own) for state in STATES]
    assert told(stop.metric_duration()) == ("StepDuration", "Average", own)
    assert stop.metric_failed(period=cdk.Duration.minutes(1)).period.to_seconds() == 60


def test_an_alarm_of_an_imported_pipeline(bench: Bench) -> None:
    imported = Pipeline.from_pipeline_name(bench.stack, "Imported", "Line")
    imported.metric_failed().create_alarm(bench.stack, "Alarm", threshold=1, evaluation_periods=1)
    alarm = bench.resource("AWS::CloudWatch::Alarm")
    assert (alarm["Namespace"], alarm["MetricName"]) == (NAMESPACE, "ExecutionFailed")
    assert alarm["Dimensions"] == [{"Name": "PipelineName", "Value": "Line"}]


def test_a_step_of_a_for_each_has_no_metric_of_its_own(bench: Bench) -> None:
    made = line(bench)
    (score,) = made.step_list()[0].body.step_list()  # type: ignore[attr-defined]
    example = "{'PipelineName': 'Line', 'StepName': 'Score-0'}"
    with pytest.raises(PipelineError) as refusal:
        score.metric_failed()
    assert str(refusal.value) == (
        "step 'Score' runs once for each item, each time under another name; write "
        f"pipeline.metric('StepFailed', dimensions_map={example})"
    )
    assert told(made.metric("StepFailed", dimensions_map={"PipelineName": "Line", "StepName": "Score-0"}))


def body(bench: Bench) -> Any:
    """The body of the only dashboard."""
    found = bench.resource("AWS::CloudWatch::Dashboard")["DashboardBody"]
    texts = found["Fn::Join"][1] if isinstance(found, dict) else [found]
    return json.loads("".join(REGION if isinstance(text, dict) else text for text in texts))


def shown(bench: Bench) -> dict[str, list[Any]]:
    """The metrics of the graphs by their titles."""
    widgets = [widget["properties"] for widget in body(bench)["widgets"]]
    assert {widget["region"] for widget in widgets} == {REGION}
    return {widget["title"]: widget["metrics"] for widget in widgets}


def test_a_dashboard_knows_steps_that_are_declared_after_it(bench: Bench) -> None:
    made = pipeline(bench, pipeline_name="Line")
    dashboard = PipelineDashboard(bench.stack, "Dashboard", pipeline=made, dashboard_name="line")
    dashboard.add_widgets(cloudwatch.TextWidget(markdown="ours"))
    processing(made, "Prepare", container_entrypoint=["a"])
    found = body(bench)
    assert found["start"] == "-P14D"
    widgets = found["widgets"]
    places = [(widget["x"], widget["y"], widget["width"], widget["height"]) for widget in widgets[:-1]]
    assert places == [(x, y, 12, 6) for y in (0, 6, 12, 18) for x in (0, 12)]
    assert (widgets[-1]["type"], widgets[-1]["y"]) == ("text", 24)
    graphs = {widget["properties"]["title"]: widget["properties"]["metrics"] for widget in widgets[:-1]}
    names = [metric[1] for metric in graphs["Executions of Line"]]
    assert names == [f"Execution{state.capitalize()}" for state in STATES]
    assert [metric[1] for metric in graphs["Duration of executions, ms"]] == ["ExecutionDuration"]
    assert graphs["Duration of steps, ms"] == [
        [
            {
                "expression": f'SEARCH(\'{{"{NAMESPACE}",PipelineName,StepName}} '
                'PipelineName="Line" MetricName="StepDuration"\', \'Average\')'
            }
        ]
    ]
    assert graphs["GPU, 100 % for each"] == [
        [
            {
                "expression": 'SEARCH(\'{"/aws/sagemaker/ProcessingJobs",Host} '
                "MetricName=\"GPUUtilization\" Host=pipelines (Host=Prepare)', 'Average')"
            }
        ]
    ]


def test_a_pipeline_without_jobs_has_no_empty_graphs(bench: Bench) -> None:
    made = pipeline(bench, pipeline_name="Line")
    FailStep(made, "Stop")
    PipelineDashboard(bench.stack, "Dashboard", pipeline=made)
    assert list(shown(bench)) == [
        "Executions of Line", "Duration of executions, ms", "Duration of steps, ms", "Failures of steps",
    ]  # fmt: skip


def test_the_jobs_of_an_imported_pipeline_are_not_known(bench: Bench) -> None:
    imported = Pipeline.from_pipeline_name(bench.stack, "Imported", "Line")
    PipelineDashboard(bench.stack, "Dashboard", pipeline=imported)
    found = shown(bench)["Memory, %: jobs of all pipelines"]
    assert [one["expression"].partition("} ")[2] for (one,) in found] == [
        "MetricName=\"MemoryUtilization\" Host=pipelines', 'Average')"
    ] * 3


def test_a_dashboard_takes_a_pipeline(bench: Bench) -> None:
    with pytest.raises(PipelineError, match="PipelineDashboard takes a Pipeline or an imported one, not 'line'"):
        PipelineDashboard(bench.stack, "Dashboard", pipeline="line")  # type: ignore[arg-type]


def test_a_step_is_searched_where_its_jobs_report() -> None:
    types = ("Training", "Tuning", "Processing", "QualityCheck", "Transform", "Lambda", "Nonsense")
    document = {"Version": "2020-12-01", "Steps": [{"Name": f"My{kind}", "Type": kind} for kind in types]}
    found = list(of_jobs("CPUUtilization", Definition(document)))
    assert [expression.partition("Host=pipelines ")[2] for expression in found] == [
        "(Host=MyProcessing OR Host=MyQualityCheck)', 'Average')",
        "(Host=MyTraining OR Host=MyTuning)', 'Average')",
        "(Host=MyTransform)', 'Average')",
    ]


def test_no_expression_is_longer_than_cloudwatch_takes() -> None:
    steps = [{"Name": f"{'x' * 60}{number:03}", "Type": "Training"} for number in range(60)]
    found = list(of_jobs("GPUMemoryUtilization", Definition({"Version": "2020-12-01", "Steps": steps})))
    assert max(map(len, found)) <= 1024
    assert all(any(f"Host={step['Name']}" in one for one in found) for step in steps)
    assert len(found) == 5


def test_a_name_cannot_leave_its_expression() -> None:
    assert "'" not in of_steps("a'b", "StepFailed", "Sum").removeprefix("SEARCH('").partition("', 'Sum')")[0]
