"""A dashboard of CloudWatch for one pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import jsii
from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from ..language import PipelineError
from ..language.errors import shown
from ..language.keyword_options import GivenOnce, by_name
from ..language.no_value import NoValue
from ..undo import Whole, removing
from .metrics import name_of
from .searches import of_jobs, of_steps

if TYPE_CHECKING:
    from aws_cdk import aws_sagemaker as sagemaker

_JOBS = {
    "GPUUtilization": "GPU, 100 % for each",
    "GPUMemoryUtilization": "GPU memory, 100 % for each GPU",
    "MemoryUtilization": "Memory, %",
    "CPUUtilization": "CPU, 100 % for each core",
}
"""What is shown of jobs: the metrics of their instances, and the titles of the graphs."""
_WHOLE, _HEIGHT = 24, 6


class PipelineDashboard(GivenOnce, NoValue, cloudwatch.Dashboard, metaclass=Whole):
    """A dashboard with the executions of a pipeline, the durations and failures of its steps, and what its jobs use.

    ```python
    dashboard = PipelineDashboard(self, "Dashboard", pipeline=pipeline)
    dashboard.add_widgets(cdk.aws_cloudwatch.TextWidget(markdown="On call: the team of the orders"))
    ```

    What jobs use is found by the names of their steps, since jobs have another name in each execution: jobs of other
    pipelines whose steps have the same names are shown, too, and for an imported pipeline, whose steps are not known,
    the jobs of all pipelines. Jobs that waited in a pool are on its own dashboard, ``PoolDashboard``. A GPU counts
    100 %, so that eight have 800 %.

    Args:
        scope: The construct in which it is declared, such as a stack.
        construct_id: The construct's id, unique in its scope.
        pipeline: The ``Pipeline`` that is shown, or an imported one.
        dashboard_name: The name: letters, digits, '-' and '_'. Default: made by CloudFormation.
        interval: The time that is shown at first. Default: 14 days, in which CloudWatch finds what had data.

    Raises:
        PipelineError: Not a pipeline.

    CloudFormation: [AWS::CloudWatch::Dashboard](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-dashboard.html).
    Source: [Monitoring with CloudWatch](https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html).
    """

    _instead = "write its dashboard_name or dashboard_arn"

    @by_name
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        pipeline: sagemaker.IPipeline,
        dashboard_name: str | None = None,
        interval: Duration | None = None,
    ) -> None:
        measured: Any = pipeline
        if not hasattr(measured, "metric_duration") or not hasattr(measured, "pipeline_arn"):
            raise PipelineError(f"PipelineDashboard takes a Pipeline or an imported one, not {shown(pipeline)}")
        super().__init__(
            scope, construct_id, dashboard_name=dashboard_name, default_interval=interval or Duration.days(14)
        )
        removing(self)
        name, region = name_of(measured), measured.env.region
        graph = cloudwatch.GraphWidget
        states = [
            measured.metric_started(label="started", color=cloudwatch.Color.BLUE),
            measured.metric_succeeded(label="succeeded", color=cloudwatch.Color.GREEN),
            measured.metric_failed(label="failed", color=cloudwatch.Color.RED),
            measured.metric_stopped(label="stopped", color=cloudwatch.Color.GREY),
        ]
        duration = measured.metric_duration(label="duration")
        half = _WHOLE // 2
        self.add_widgets(
            graph(title=f"Executions of {name}", left=states, width=half),
            graph(title="Duration of executions, ms", left=[duration], width=half),
        )
        steps: list[Any] = [
            _Searches("Duration of steps, ms", region, lambda: [of_steps(name, "StepDuration", "Average")], half),
            _Searches("Failures of steps", region, lambda: [of_steps(name, "StepFailed", "Sum")], half),
        ]
        self.add_widgets(*steps)
        for titles in (list(_JOBS)[:2], list(_JOBS)[2:]):
            self.add_widgets(*(_of_jobs(measured, metric, region, half) for metric in titles))


def _of_jobs(pipeline: Any, metric: str, region: str, width: int) -> Any:
    host = getattr(pipeline, "host", None)
    title = _JOBS[metric] if host is not None else f"{_JOBS[metric]}: jobs of all pipelines"
    return _Searches(title, region, lambda: list(of_jobs(metric, None if host is None else host.current)), width)


@jsii.implements(cloudwatch.IWidget)
class _Searches:
    """A graph of search expressions, which are written with the template, when all steps are known."""

    def __init__(self, title: str, region: str, expressions: Any, width: int) -> None:
        self._title, self._region, self._expressions = title, region, expressions
        self._width, self._x, self._y = width, 0.0, 0.0

    @property
    @jsii.member(jsii_name="width")
    def width(self) -> int:
        return self._width

    @property
    @jsii.member(jsii_name="height")
    def height(self) -> int:
        return _HEIGHT

    @property
    @jsii.member(jsii_name="warnings")
    def warnings(self) -> Sequence[str]:
        return []

    @property
    @jsii.member(jsii_name="warningsV2")
    def warnings_v2(self) -> dict[str, str]:
        return {}

    @jsii.member(jsii_name="position")
    def position(self, x: float, y: float) -> None:
        self._x, self._y = x, y

    @jsii.member(jsii_name="toJson")
    def to_json(self) -> list[Any]:
        metrics = [[{"expression": expression}] for expression in self._expressions()]
        if not metrics:
            return []  # CloudWatch refuses a graph without metrics
        properties = {
            "view": "timeSeries", "title": self._title, "region": self._region, "metrics": metrics, "yAxis": {},
        }  # fmt: skip
        place = {"x": self._x, "y": self._y, "width": self._width, "height": _HEIGHT}
        return [{"type": "metric", **place, "properties": properties}]
