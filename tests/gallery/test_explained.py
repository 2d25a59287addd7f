"""Every permission of the gallery's roles is told, for a field of a step, and none that is needed is missing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines.review.explain.access import Explanation, explain, of_stacks
from cdk_sagemaker_pipelines.review.explain.reasons import DERIVED, Pipeline
from cdk_sagemaker_pipelines.review.explain.roles import Roles
from cdk_sagemaker_pipelines.review.explain.text import text
from cdk_sagemaker_pipelines.review.reading.files import contents
from cdk_sagemaker_pipelines.review.reading.stacks import Template, linked
from tests.gallery.catalog import EXHIBITS


@pytest.fixture(scope="module")
def explanations(assembly: Path) -> dict[str, Explanation]:
    """The explanation of each stack's pipeline, by stack."""
    stacks = linked([content for content in contents(assembly) if isinstance(content, Template)])
    pipelines = [each for each in of_stacks(stacks) if isinstance(each, Pipeline)]
    found = explain(pipelines, Roles(stacks))
    return {Path(each.pipeline.file).name.removesuffix(".template.json"): each for each in found}


@pytest.fixture(params=[exhibit.name for exhibit in EXHIBITS])
def explanation(request: pytest.FixtureRequest, explanations: dict[str, Explanation]) -> Explanation:
    """The explanation of one of them."""
    return explanations[request.param]


def statements(explanation: Explanation) -> Iterator[tuple[str, Any]]:
    """Role and statement of each policy of an explained role."""
    for role in explanation.roles:
        assert role.role.resource is not None
        for policy in role.role.resource.properties.get("Policies", ()):
            for statement in policy["PolicyDocument"]["Statement"]:
                yield role.role.arn, statement


def of(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_explain_lists_each_written_permission_once(explanation: Explanation) -> None:
    written = [
        (role, action)
        for role, statement in statements(explanation)
        for action in of(statement["Action"])
        for _ in of(statement["Resource"])
        for _ in of(next(iter(statement.get("Condition", {}).get("StringLike", {"": ""}).values())))
    ]
    told = [
        (role.role.arn, action)
        for role in explanation.roles
        for row in role.allowed
        if "inline policy" in row.statement.policy
        for action in row.actions
    ]
    assert sorted(told) == sorted(written)


def test_every_permission_is_needed_by_a_field(explanation: Explanation) -> None:
    foreign = [
        (row.actions, row.statement.policy)
        for role in explanation.roles
        for row in role.allowed
        if row.origin != DERIVED
    ]
    # a cluster's construct fills the role that EMR takes, CDK's that of a function
    own_clusters = [(("iam:PassRole",), "EMR/Pipeline/Own/Roles/ServiceRole, inline policy Cluster")]
    policy = "Callback/Pipeline/Review/WorkerRole/DefaultPolicy"
    worker = [
        (("logs:CreateLogStream", "logs:PutLogEvents"), policy),
        (("sqs:ChangeMessageVisibility", "sqs:GetQueueUrl"), policy),
    ]
    # what the function that submits to a pool may do beside a worker
    submits = "QueuedTraining/Pipeline/PoolFunctions/SubmitRole/DefaultPolicy"
    (logs, of_queue) = (actions for actions, _ in worker)
    pool = [
        logs,
        ("sagemaker:DescribePipelineExecution",),  # whether it still runs
        of_queue,
        *(("batch:SubmitServiceJob",) for _ in range(3)),  # to a queue and a share of it, and a job is made
        ("batch:TagResource", "batch:TerminateServiceJob"),
        ("batch:DescribeServiceJob", "batch:ListServiceJobs"),
        ("iam:PassRole",),
    ]
    assert foreign in ([], own_clusters, worker, [(actions, submits) for actions in pool])


def test_nothing_that_is_needed_is_missing(explanation: Explanation) -> None:
    assert [row for role in explanation.roles for row in role.missing] == []


def test_the_text_fits_a_terminal(explanation: Explanation) -> None:
    lines = list(text(explanation, width=80))
    assert len(lines) > 4
    assert max(map(len, lines)) <= 80
