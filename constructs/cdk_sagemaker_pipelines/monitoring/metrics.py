"""The metrics that SageMaker publishes of executions and steps, each minute.

https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk

from ..language import PipelineError

if TYPE_CHECKING:
    from aws_cdk import aws_cloudwatch as cloudwatch

NAMESPACE = "AWS/Sagemaker/ModelBuildingPipeline"


def metric(construct: Any, name: str, dimensions: Mapping[str, str], options: Mapping[str, Any]) -> cloudwatch.Metric:
    """A metric in the account and region of a construct; durations are averages, all else is added up."""
    given = {"statistic": "Average" if name.endswith("Duration") else "Sum", "dimensions_map": dimensions, **options}
    made = cdk.aws_cloudwatch.Metric(namespace=NAMESPACE, metric_name=name, **given)
    return made.attach_to(construct)


def name_of(pipeline: Any) -> str:
    """The name of a pipeline: literal, if it is one of the app."""
    host = getattr(pipeline, "host", None)
    return str(pipeline.pipeline_name if host is None else host.workplace.pipeline_name)


class MeasuredStep:
    """The metrics of a step."""

    if TYPE_CHECKING:

        @property
        def _is_repeated(self) -> bool: ...  # whether it runs once for each item of a for-each

    def metric(self, metric_name: str, **options: Any) -> cloudwatch.Metric:
        """A metric of the step, by the name that SageMaker publishes it under.

        Args:
            metric_name: The service's name of the metric, such as ``StepFailed``.
            **options: CDK's ``MetricOptions``, such as ``period``, ``statistic`` and ``label``.

        Raises:
            PipelineError: The step is in the body of a for-each, where each run has a name of its own.

        Source: [Monitoring with CloudWatch](https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html).
        """
        step: Any = self
        if self._is_repeated:
            names = {"PipelineName": step.host.workplace.pipeline_name, "StepName": f"{step.name}-0"}
            example = f"pipeline.metric({metric_name!r}, dimensions_map={names})"
            raise PipelineError(
                f"step '{step.name}' runs once for each item, each time under another name; write {example}"
            )
        dimensions = {"PipelineName": step.host.workplace.pipeline_name, "StepName": step.name}
        return metric(step, metric_name, dimensions, options)

    def metric_started(self, **options: Any) -> cloudwatch.Metric:
        """How often the step started, added up over each period.

        Args:
            **options: CDK's ``MetricOptions``, such as ``period``, ``statistic`` and ``label``.

        Raises:
            PipelineError: The step is in the body of a for-each.
        """
        return self.metric("StepStarted", **options)

    def metric_succeeded(self, **options: Any) -> cloudwatch.Metric:
        """How often the step succeeded, added up over each period.

        Args:
            **options: CDK's ``MetricOptions``, such as ``period``, ``statistic`` and ``label``.

        Raises:
            PipelineError: The step is in the body of a for-each.
        """
        return self.metric("StepSucceeded", **options)

    def metric_failed(self, **options: Any) -> cloudwatch.Metric:
        """How often the step failed, added up over each period.

        Args:
            **options: CDK's ``MetricOptions``, such as ``period``, ``statistic`` and ``label``.

        Raises:
            PipelineError: The step is in the body of a for-each.
        """
        return self.metric("StepFailed", **options)

    def metric_stopped(self, **options: Any) -> cloudwatch.Metric:
        """How often the step was stopped, added up over each period.

        Args:
            **options: CDK's ``MetricOptions``, such as ``period``, ``statistic`` and ``label``.

        Raises:
            PipelineError: The step is in the body of a for-each.
        """
        return self.metric("StepStopped", **options)

    def metric_duration(self, **options: Any) -> cloudwatch.Metric:
        """How long the step took, in milliseconds; the average unless ``statistic`` says otherwise.

        Args:
            **options: CDK's ``MetricOptions``, such as ``period``, ``statistic`` and ``label``.

        Raises:
            PipelineError: The step is in the body of a for-each.
        """
        return self.metric("StepDuration", **options)
