"""The pool of a Batch queue: its resources, and what Batch or arithmetic refuses."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template
from cfnlint.api import lint

from cdk_sagemaker_pipelines import PipelineError, TrainingPool

G5 = "ml.g5.xlarge"
GPUS = {G5: 8, "ml.p4d.24xlarge": 2}


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(
        cdk.App(analytics_reporting=False), "Stack", env=cdk.Environment(account="111122223333", region="eu-west-1")
    )


def resources(stack: cdk.Stack) -> dict[str, Any]:
    """The properties of the stack's resources, by their types; of quota shares by their names."""
    found = Template.from_stack(stack).to_json()
    assert lint(json.dumps(found)) == []
    shown = {}
    for one in found["Resources"].values():
        kind, properties = one["Type"].rpartition(":")[2], one["Properties"]
        shown[properties["QuotaShareName"] if kind == "QuotaShare" else kind] = properties
    return shown


def test_a_pool_with_teams(stack: cdk.Stack) -> None:
    pool = TrainingPool(stack, "Gpus", capacity=GPUS, pool_name="gpus")
    pool.add_team("vision", guaranteed={G5: 5, "ml.p4d.24xlarge": 2})
    pool.add_team("nlp", guaranteed={G5: 2}, borrow=None, preempt_lower_priority=True)
    pool.add_team("ops", guaranteed={G5: 1}, borrow=0, lend=False)
    shown = resources(stack)
    assert shown["SchedulingPolicy"] == {"Name": "gpus", "QuotaSharePolicy": {"IdleResourceAssignmentStrategy": "FIFO"}}
    assert shown["ServiceEnvironment"] == {
        "ServiceEnvironmentName": "gpus",
        "ServiceEnvironmentType": "SAGEMAKER_TRAINING",
        "CapacityLimits": [
            {"CapacityUnit": G5, "MaxCapacity": 8},
            {"CapacityUnit": "ml.p4d.24xlarge", "MaxCapacity": 2},
        ],
    }
    queue = shown["JobQueue"]
    assert (queue["JobQueueName"], queue["JobQueueType"], queue["Priority"]) == ("gpus", "SAGEMAKER_TRAINING", 1)
    assert (queue["SchedulingPolicyArn"], queue["ServiceEnvironmentOrder"]) == (
        {"Ref": "GpusPolicy501EE609"},
        [{"Order": 1, "ServiceEnvironment": {"Ref": "GpusEnvironment667BC71C"}}],
    )
    sharing = {name: shown[name]["ResourceSharingConfiguration"] for name in ("vision", "nlp", "ops")}
    assert sharing == {
        "vision": {"Strategy": "LEND_AND_BORROW", "BorrowLimit": 100},
        "nlp": {"Strategy": "LEND_AND_BORROW", "BorrowLimit": -1},
        "ops": {"Strategy": "RESERVE"},
    }
    assert shown["nlp"]["PreemptionConfiguration"] == {"InSharePreemption": "ENABLED"}
    assert shown["vision"]["PreemptionConfiguration"] == {"InSharePreemption": "DISABLED"}
    assert shown["vision"]["JobQueue"] == stack.resolve(pool.job_queue_arn) == {"Ref": "Gpus5EC48D8E"}


def test_fair_shares_are_inverse_weights(stack: cdk.Stack) -> None:
    TrainingPool(stack, "Gpus", capacity=8, fair_share={"vision": 3, "nlp": 1})
    shown = resources(stack)
    assert shown["SchedulingPolicy"]["FairsharePolicy"]["ShareDistribution"] == [
        {"ShareIdentifier": "vision", "WeightFactor": 1},
        {"ShareIdentifier": "nlp", "WeightFactor": 3},
    ]
    limits = [{"CapacityUnit": "NUM_INSTANCES", "MaxCapacity": 8}]
    assert shown["ServiceEnvironment"]["CapacityLimits"] == limits
    assert shown["JobQueue"]["JobQueueName"] == "Stack-Gpus-F23D5D6E"


POOLS: list[tuple[dict[str, Any], str]] = [
    (
        {"capacity": 8},
        "capacity must be a dict by instance type, such as {'ml.g5.xlarge': 8}; a number is for fair_share",
    ),
    ({"capacity": {}}, "capacity has 0 instance types; Batch takes 1 to 5"),
    ({"capacity": {f"ml.g5.{n}xlarge": 1 for n in range(6)}}, "capacity has 6 instance types; Batch takes 1 to 5"),
    ({"capacity": {"g5.xlarge": 1}}, "capacity: 'g5.xlarge' is not an instance type such as 'ml.g5.xlarge'"),
    ({"capacity": {G5: 0}}, f"capacity['{G5}'] takes a whole number of instances from 1 on, not 0"),
    ({"capacity": {G5: True}}, f"capacity['{G5}'] takes a whole number of instances from 1 on, not True"),
    ({"capacity": GPUS, "pool_name": "a b"}, "pool_name 'a b' must have 1 to 128 letters, digits, '-' or '_'"),
    (
        {"capacity": GPUS, "fair_share": {"a": 1}},
        "capacity must be a number of instances with fair_share, which knows no instance types",
    ),
    ({"capacity": 8, "fair_share": {}}, "fair_share has 0 teams; Batch takes 1 to 500"),
    ({"capacity": 8, "fair_share": {"a-b": 1}}, "fair_share: the name 'a-b' must have 1 to 255 letters and digits"),
    ({"capacity": 8, "fair_share": {"a": 0}}, "fair_share['a'] takes a number above 0, not 0"),
    (
        {"capacity": 8, "fair_share": {"a": 1000, "b": 1}},
        "fair_share: the largest weight is 1000 times the smallest; Batch allows 999.9999",
    ),
]


@pytest.mark.parametrize(("given", "text"), POOLS, ids=range(len(POOLS)))
def test_what_no_pool_can_be(given: dict[str, Any], text: str, stack: cdk.Stack) -> None:
    with pytest.raises(PipelineError) as error:
        TrainingPool(stack, "Gpus", **given)
    assert str(error.value) == f"TrainingPool 'Stack/Gpus': {text}"
    assert stack.node.try_find_child("Gpus") is None


TEAMS: list[tuple[dict[str, Any], str]] = [
    ({"name": "a.b", "guaranteed": {G5: 1}}, "the team's name 'a.b' must have 1 to 128 letters, digits, '-' or '_'"),
    ({"name": "nlp", "guaranteed": {G5: 1}}, "it has a team 'nlp' already"),
    ({"guaranteed": {}}, "team 'new': guaranteed has 0 instance types; Batch takes 1 to 5"),
    (
        {"guaranteed": {"ml.g5.xlrge": 1}},
        "team 'new': guaranteed: the pool has no 'ml.g5.xlrge'; did you mean 'ml.g5.xlarge'?",
    ),
    (
        {"guaranteed": {G5: 6}},
        f"team 'new': guaranteed: 6 {G5}; the pool has 8, 'nlp' has 3, so 5 are left",
    ),
    (
        {"guaranteed": {G5: 1}, "borrow": -1},
        "team 'new': borrow takes whole per cent from 0 on, or None for no limit, not -1",
    ),
    (
        {"guaranteed": {G5: 1}, "borrow": 0.5},
        "team 'new': borrow takes whole per cent from 0 on, or None for no limit, not 0.5",
    ),
    (
        {"guaranteed": {G5: 1}, "lend": False},
        "team 'new': lend=False needs borrow=0: Batch lets no team borrow that does not lend",
    ),
    ({"guaranteed": {G5: 1}, "lend": 1}, "team 'new': lend takes True or False, not 1"),
]


@pytest.mark.parametrize(("given", "text"), TEAMS, ids=range(len(TEAMS)))
def test_what_no_team_can_have(given: dict[str, Any], text: str, stack: cdk.Stack) -> None:
    pool = TrainingPool(stack, "Gpus", capacity=GPUS)
    pool.add_team("nlp", guaranteed={G5: 3})
    with pytest.raises(PipelineError) as error:
        pool.add_team(**{"name": "new", **given})
    assert str(error.value) == f"TrainingPool 'Stack/Gpus': {text}"


def test_a_pool_with_weights_takes_no_team(stack: cdk.Stack) -> None:
    pool = TrainingPool(stack, "Gpus", capacity=8, fair_share={"vision": 3})
    with pytest.raises(PipelineError, match="the teams of a pool with fair_share are those that it names"):
        pool.add_team("nlp", guaranteed={G5: 1})


def test_a_queue_takes_twenty_teams(stack: cdk.Stack) -> None:
    pool = TrainingPool(stack, "Gpus", capacity={G5: 30})
    for number in range(20):
        pool.add_team(f"team{number}", guaranteed={G5: 1})
    with pytest.raises(PipelineError, match="it has 20 teams; Batch allows no more in a queue"):
        pool.add_team("more", guaranteed={G5: 1})
