"""A dashboard of CloudWatch for one training pool."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from ... import assets
from ...assets import LambdaHandler
from ...language import PipelineError
from ...language.errors import shown
from ...language.keyword_options import GivenOnce, by_name
from ...language.no_value import NoValue
from ...language.queued_training import ANY_TYPE
from ...undo import Whole, removing
from .training_pool import TrainingPool

NAMESPACE = "SageMakerPipelines/TrainingPools"
_CODE = Path(assets.__file__).parent / "scripts" / "pool_metrics.py"
_JOBS = {"GPUUtilization": "GPU, 100 % for each", "GPUMemoryUtilization": "GPU memory, 100 % for each GPU"}
_WHOLE = 24
_TEAM = "${PROP('Dim.Team')}"


class PoolDashboard(GivenOnce, NoValue, cloudwatch.Dashboard, metaclass=Whole):
    """A dashboard with the instances that each team of a pool uses, the jobs that wait, and what jobs make of GPUs.

    ```python
    PoolDashboard(self, "Dashboard", pool=pool)
    ```

    AWS Batch has no metrics of such a queue. So a function asks it each minute and puts metrics of the namespace
    ``SageMakerPipelines/TrainingPools`` into CloudWatch: ``InstancesUsed`` with the dimensions ``Pool``, ``Team`` and
    ``InstanceType``, and ``JobsWaiting`` with ``Pool`` and ``Team``. AWS bills the function, and the metrics: one for
    each team and type, and one for each team. GPUs are those of all training jobs of the account and region: Batch
    names jobs itself, and no page says how, so those of a pool cannot be searched for.

    Args:
        scope: The construct in which it is declared, such as a stack.
        construct_id: The construct's id, unique in its scope.
        pool: The pool that is shown, with all teams that it has when the app is synthesized.
        dashboard_name: The name: letters, digits, '-' and '_'. Default: made by CloudFormation.
        interval: The time that is shown at first. Default: one day.

    Raises:
        PipelineError: Not a pool.

    CloudFormation: [AWS::CloudWatch::Dashboard](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-dashboard.html).
    Source: [GetJobQueueSnapshot](https://docs.aws.amazon.com/batch/latest/APIReference/API_GetJobQueueSnapshot.html).
    """

    _instead = "write its dashboard_name or dashboard_arn"

    @by_name
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        pool: TrainingPool,
        dashboard_name: str | None = None,
        interval: Duration | None = None,
    ) -> None:
        if not isinstance(pool, TrainingPool):
            raise PipelineError(f"PoolDashboard takes a TrainingPool, not {shown(pool)}")
        super().__init__(
            scope, construct_id, dashboard_name=dashboard_name, default_interval=interval or Duration.days(1)
        )
        removing(self)
        self._measure(pool)
        kinds = pool._counted
        waits = _search(f'Pool,Team}} Pool="{pool.pool_name}" MetricName="JobsWaiting"')
        graphs = [_graph(f"Jobs that wait in {pool.pool_name}", waits, width=_WHOLE // 2)]
        for kind, capacity in kinds.items():
            used = _search(
                f'Pool,Team,InstanceType}} Pool="{pool.pool_name}" InstanceType="{kind}" MetricName="InstancesUsed"'
            )
            title = f"Instances in use: {'any type' if kind == ANY_TYPE else kind}"
            limit = cloudwatch.HorizontalAnnotation(value=capacity, label="capacity")
            graphs.append(_graph(title, used, width=_WHOLE // 2, stacked=True, left_annotations=[limit]))
        for start in range(0, len(graphs), 2):
            self.add_widgets(*graphs[start : start + 2])
        self.add_widgets(
            *(
                _graph(f"{title}: all training jobs", _of_jobs(metric), width=_WHOLE // 2, label="")
                for metric, title in _JOBS.items()
            )
        )

    def _measure(self, pool: TrainingPool) -> None:
        """Asks Batch each minute."""
        variables = {"POOL": pool.pool_name}
        handler = LambdaHandler(_CODE, function="put", timeout=Duration.seconds(50), environment=variables)
        function = handler.bind(self, "Measure")
        function.add_environment("JOB_QUEUE", pool.job_queue_arn)
        role: Any = function.role
        only = {"StringEquals": {"cloudwatch:namespace": NAMESPACE}}
        for actions, resource, conditions in (
            (["batch:GetJobQueueSnapshot", "batch:ListQuotaShares"], pool.job_queue_arn, None),
            (["batch:ListServiceJobs"], "*", None),
            (["cloudwatch:PutMetricData"], "*", only),
        ):
            role.add_to_principal_policy(
                cdk.aws_iam.PolicyStatement(actions=actions, resources=[resource], conditions=conditions)
            )
        cdk.aws_events.Rule(
            self,
            "EachMinute",
            schedule=cdk.aws_events.Schedule.rate(Duration.minutes(1)),
            # the next minute asks again, and says what is then
            targets=[cdk.aws_events_targets.LambdaFunction(function, retry_attempts=0)],
        )


def _search(terms: str) -> str:
    return f"SEARCH('{{\"{NAMESPACE}\",{terms}', 'Maximum')"


def _of_jobs(metric: str) -> str:
    return f"SEARCH('{{\"/aws/sagemaker/TrainingJobs\",Host}} MetricName=\"{metric}\"', 'Average')"


def _graph(title: str, expression: str, *, label: str = _TEAM, **options: Any) -> cloudwatch.GraphWidget:
    found = cloudwatch.MathExpression(expression=expression, using_metrics={}, label=label, period=Duration.minutes(1))
    return cloudwatch.GraphWidget(title=title, left=[found], **options)
