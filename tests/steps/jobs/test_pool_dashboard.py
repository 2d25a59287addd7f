"""The dashboard of a pool: what it shows, and the function that measures."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template
from cfnlint.api import lint

from cdk_sagemaker_pipelines import PipelineError, PoolDashboard, TrainingPool

G5, P4 = "ml.g5.xlarge", "ml.p4d.24xlarge"
BY_CDK = "W3005"
"""CDK has functions wait for their roles once more than needed."""
QUEUE = {"Ref": "Gpus5EC48D8E"}


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(
        cdk.App(analytics_reporting=False), "Stack", env=cdk.Environment(account="111122223333", region="eu-west-1")
    )


def shown(stack: cdk.Stack) -> tuple[Template, dict[str, dict[str, Any]]]:
    """The template, and the properties of the graphs by their titles."""
    template = Template.from_stack(stack)
    assert [one for one in lint(json.dumps(template.to_json())) if one.rule.id != BY_CDK] == []
    (dashboard,) = template.find_resources("AWS::CloudWatch::Dashboard").values()
    body = dashboard["Properties"]["DashboardBody"]
    text = body if isinstance(body, str) else "".join(p if isinstance(p, str) else "X" for p in body["Fn::Join"][1])
    return template, {one["properties"]["title"]: one["properties"] for one in json.loads(text)["widgets"]}


def test_a_pool_with_guarantees(stack: cdk.Stack) -> None:
    pool = TrainingPool(stack, "Gpus", capacity={G5: 8, P4: 2}, pool_name="gpus")
    PoolDashboard(stack, "Dashboard", pool=pool)
    pool.add_team("vision", guaranteed={G5: 5})  # the search finds it
    template, graphs = shown(stack)
    assert list(graphs) == [
        "Jobs that wait in gpus",
        f"Instances in use: {G5}",
        f"Instances in use: {P4}",
        "GPU, 100 % for each: all training jobs",
        "GPU memory, 100 % for each GPU: all training jobs",
    ]
    graph = graphs[f"Instances in use: {G5}"]
    ((metric,),) = graph["metrics"]
    assert metric["expression"] == (
        'SEARCH(\'{"SageMakerPipelines/TrainingPools",Pool,Team,InstanceType} Pool="gpus" '
        'InstanceType="ml.g5.xlarge" MetricName="InstancesUsed"\', \'Maximum\')'
    )
    assert metric["label"] == "${PROP('Dim.Team')}"
    assert (graph["stacked"], graph["annotations"]["horizontal"]) == (
        True,
        [{"value": 8, "label": "capacity", "yAxis": "left"}],
    )
    template.has_resource_properties("AWS::Events::Rule", {"ScheduleExpression": "rate(1 minute)"})
    template.has_resource_properties(
        "AWS::Lambda::Function",
        {"Handler": "pool_metrics.put", "Environment": {"Variables": {"POOL": "gpus", "JOB_QUEUE": QUEUE}}},
    )


def test_what_the_function_may_do(stack: cdk.Stack) -> None:
    pool = TrainingPool(stack, "Gpus", capacity={G5: 8})
    PoolDashboard(stack, "Dashboard", pool=pool)
    template, _ = shown(stack)
    (policy,) = template.find_resources("AWS::IAM::Policy").values()
    statements = policy["Properties"]["PolicyDocument"]["Statement"]
    told = [(one["Action"], one["Resource"], one.get("Condition")) for one in statements]
    namespace = {"StringEquals": {"cloudwatch:namespace": "SageMakerPipelines/TrainingPools"}}
    for expected in (
        (["batch:GetJobQueueSnapshot", "batch:ListQuotaShares"], QUEUE, None),
        ("batch:ListServiceJobs", "*", None),
        ("cloudwatch:PutMetricData", "*", namespace),
    ):
        assert expected in told
    others = {action for actions, _, _ in told for action in ([actions] if isinstance(actions, str) else actions)}
    assert others == {
        *("batch:GetJobQueueSnapshot", "batch:ListQuotaShares", "batch:ListServiceJobs", "cloudwatch:PutMetricData"),
        *("logs:CreateLogStream", "logs:PutLogEvents"),
    }


def test_a_pool_with_weights(stack: cdk.Stack) -> None:
    pool = TrainingPool(stack, "Gpus", capacity=8, fair_share={"vision": 3}, pool_name="gpus")
    PoolDashboard(stack, "Dashboard", pool=pool, dashboard_name="gpus", interval=cdk.Duration.days(3))
    template, graphs = shown(stack)
    assert 'InstanceType="NUM_INSTANCES"' in graphs["Instances in use: any type"]["metrics"][0][0]["expression"]
    template.has_resource_properties("AWS::CloudWatch::Dashboard", {"DashboardName": "gpus"})


def test_what_is_no_pool(stack: cdk.Stack) -> None:
    with pytest.raises(PipelineError, match="PoolDashboard takes a TrainingPool, not 'gpus'"):
        PoolDashboard(stack, "Dashboard", pool="gpus")  # type: ignore[arg-type]
    assert stack.node.try_find_child("Dashboard") is None
