"""What measures a pool may ask for the state of its queue, and put metrics of its namespace alone."""

from __future__ import annotations

from collections.abc import Mapping

import aws_cdk as cdk
import pytest

from cdk_sagemaker_pipelines import PoolDashboard, TrainingPool
from tests.permissions.calls import HERE
from tests.permissions.evaluator import Request, allowed
from tests.permissions.template import Template

QUEUE, OTHER = (f"arn:aws:batch:{HERE['r']}:{HERE['a']}:job-queue/{name}" for name in ("gpus", "gpus2"))
OF_POOLS = {"cloudwatch:namespace": "SageMakerPipelines/TrainingPools"}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Template:
    app = cdk.App(outdir=str(tmp_path_factory.mktemp("pool") / "cdk.out"), analytics_reporting=False)
    made = cdk.Stack(app, "Stack", env=cdk.Environment(account=HERE["a"], region=HERE["r"]))
    pool = TrainingPool(made, "Pool", capacity={"ml.g5.xlarge": 8}, pool_name="gpus")
    pool.add_team("vision", guaranteed={"ml.g5.xlarge": 5})
    PoolDashboard(made, "Dashboard", pool=pool)
    return Template(app.synth().get_stack_by_name("Stack").template, HERE["a"], HERE["r"])


@pytest.mark.parametrize(
    ("action", "resource", "context", "may"),
    [
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsbatch.html
        ("batch:GetJobQueueSnapshot", QUEUE, {}, True),
        ("batch:GetJobQueueSnapshot", OTHER, {}, False),
        ("batch:ListQuotaShares", QUEUE, {}, True),
        ("batch:ListServiceJobs", "*", {}, True),
        ("batch:SubmitServiceJob", QUEUE, {}, False),
        ("batch:TerminateServiceJob", "*", {}, False),
        ("cloudwatch:PutMetricData", "*", OF_POOLS, True),
        ("cloudwatch:PutMetricData", "*", {"cloudwatch:namespace": "AWS/Other"}, False),
        ("cloudwatch:PutMetricData", "*", {}, False),
    ],
    ids=lambda value: value if isinstance(value, str) and value.count(":") == 1 else "",
)
def test_the_function_measures_its_pool(
    stack: Template, action: str, resource: str, context: Mapping[str, str], may: bool
) -> None:
    (role,) = stack.roles().values()
    assert allowed([Request(stack.arn(role), action, resource, context, identity=stack.policies(role))]) == [may]
