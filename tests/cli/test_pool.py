"""``smpipe pool``."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Command
from .service import ACCOUNT, REGION

G5, P4 = "ml.g5.xlarge", "ml.p4d.24xlarge"
ARN = f"arn:aws:batch:{REGION}:{ACCOUNT}:job-queue/gpus"
QUEUE = {
    "jobQueueName": "gpus",
    "jobQueueArn": ARN,
    "state": "ENABLED",
    "priority": 1,
    "computeEnvironmentOrder": [],
    "serviceEnvironmentOrder": [{"order": 1, "serviceEnvironment": "gpus"}],
}
OF_EC2 = {**QUEUE, "jobQueueName": "ec2", "serviceEnvironmentOrder": []}


def limits(counts: dict[str, int]) -> list[dict[str, Any]]:
    return [{"capacityUnit": unit, "maxCapacity": count} for unit, count in counts.items()]


def share(name: str, counts: dict[str, int], strategy: str = "LEND", **more: int) -> dict[str, Any]:
    sharing = {"strategy": strategy, **more}
    return {"quotaShareName": name, "capacityLimits": limits(counts), "resourceSharingConfiguration": sharing}


def used(member: str, **counts: tuple[str, int]) -> dict[str, Any]:
    return {
        "topCapacityUtilization": [
            {member: team, "capacityUsage": [{"capacityUnit": unit, "quantity": float(count)}]}
            for team, (unit, count) in counts.items()
        ]
    }


def waiting(member: str, *teams: str) -> dict[str, Any]:
    kind = {"jobName": "train", "serviceJobType": "SAGEMAKER_TRAINING"}
    return {"jobSummaryList": [{"jobId": f"{n}", member: team, **kind} for n, team in enumerate(teams)]}


def answers(smpipe: Command, capacity: dict[str, int], **more: Any) -> Any:
    environment = {
        "serviceEnvironmentName": "gpus",
        "serviceEnvironmentArn": "arn",
        "serviceEnvironmentType": "SAGEMAKER_TRAINING",
        "capacityLimits": limits(capacity),
    }
    return smpipe.answers(
        "batch",
        DescribeJobQueues=lambda asked: {"jobQueues": [OF_EC2, QUEUE] if asked.get("jobQueues") != ["gpu"] else []},
        DescribeServiceEnvironments={"serviceEnvironments": [environment]},
        **more,
    )


def of_guarantees(smpipe: Command) -> Any:
    shares = [
        share("vision", {G5: 5, P4: 1}, "LEND_AND_BORROW", borrowLimit=100),
        share("nlp", {G5: 3}, "LEND_AND_BORROW"),
        share("o\x1b[31mps", {P4: 1}),
    ]
    return answers(
        smpipe,
        {G5: 8, P4: 2},
        ListQuotaShares={"quotaShares": shares},
        GetJobQueueSnapshot={
            "queueUtilization": {"quotaShareUtilization": used("quotaShareName", vision=(G5, 7), nlp=(G5, 1))}
        },
        ListServiceJobs=waiting("quotaShareName", "nlp", "nlp"),
    )


def test_teams_with_guarantees(smpipe: Command) -> None:
    service = of_guarantees(smpipe)
    assert smpipe("pool", "gpus").splitlines() == [
        "Team         Instances        Guaranteed  Used  Borrowed  Unused  Lent  Waiting",
        "nlp          ml.g5.xlarge              3     1                 2     2        2",
        "o\\x1b[31mps  ml.p4d.24xlarge           1     0                 1",
        "vision       ml.g5.xlarge              5     7         2",
        "vision       ml.p4d.24xlarge           1     0                 1",
        "all          ml.g5.xlarge              8     8",
        "all          ml.p4d.24xlarge           2     0                 2",
    ]
    assert service.asked["ListServiceJobs"][0]["jobStatus"] == "RUNNABLE"


def test_as_json(smpipe: Command) -> None:
    of_guarantees(smpipe)
    told = smpipe.json("pool", "gpus")
    assert {key: told[key] for key in ("pool", "arn", "capacity")} == {
        "pool": "gpus",
        "arn": ARN,
        "capacity": {G5: 8, P4: 2},
    }
    limits = {(row["team"], row["type"]): row["limit"] for row in told["teams"]}
    assert limits == {("nlp", G5): None, ("o\x1b[31mps", P4): 1, ("vision", G5): 10, ("vision", P4): 2}
    assert told["teams"][0] == {
        "team": "nlp",
        "type": G5,
        "guaranteed": 3,
        "limit": None,
        "used": 1,
        "borrowed": 0,
        "unused": 2,
        "lentAtLeast": 2,
        "lentAtMost": 2,
        "waiting": 2,
    }


LENT = {
    "one-lender": ({"a": (1, 3), "b": (3, 1)}, 4, {"b": (2, 2)}),
    "all-in-use": ({"a": (2, 5), "b": (3, 1), "c": (3, 2)}, 8, {"b": (2, 2), "c": (1, 1)}),
    "either-of-two": ({"a": (2, 4), "b": (3, 1), "c": (3, 1)}, 8, {"b": (0, 2), "c": (0, 2)}),
    "one-of-them-surely": ({"a": (2, 5), "b": (3, 1), "c": (3, 1)}, 8, {"b": (1, 2), "c": (1, 2)}),
    "of-nobody": ({"a": (2, 4), "b": (2, 0)}, 6, {"b": (0, 2)}),
    "not-lent": ({"a": (2, 4), "r": (3, 1), "b": (3, 0)}, 8, {"r": (0, 0), "b": (2, 2)}),
    "nothing-borrowed": ({"a": (2, 2), "b": (2, 0)}, 4, {"b": (0, 0)}),
}
"""What is guaranteed and used by team, the capacity, and what is lent: at least, at most. ``r`` does not lend."""


@pytest.mark.parametrize(("teams", "capacity", "lent"), LENT.values(), ids=LENT)
def test_what_is_lent(
    teams: dict[str, tuple[int, int]], capacity: int, lent: dict[str, tuple[int, int]], smpipe: Command
) -> None:
    answers(
        smpipe,
        {G5: capacity},
        ListQuotaShares={
            "quotaShares": [
                share(name, {G5: own}, "RESERVE" if name == "r" else "LEND_AND_BORROW")
                for name, (own, _) in teams.items()
            ]
        },
        GetJobQueueSnapshot={
            "queueUtilization": {
                "quotaShareUtilization": used(
                    "quotaShareName", **{name: (G5, count) for name, (_, count) in teams.items() if count}
                )
            }
        },
        ListServiceJobs={"jobSummaryList": []},
    )
    rows = {row["team"]: row for row in smpipe.json("pool", "gpus")["teams"]}
    found = {name: (row["lentAtLeast"], row["lentAtMost"]) for name, row in rows.items()}
    assert found == {**dict.fromkeys(teams, (0, 0)), **lent}
    printed = smpipe("pool", "gpus")
    for least, most in lent.values():
        if least != most:
            assert f"{least}-{most}" in printed


def test_teams_with_weights(smpipe: Command) -> None:
    unit = "NUM_INSTANCES"
    answers(
        smpipe,
        {unit: 8},
        ListQuotaShares={"quotaShares": []},
        GetJobQueueSnapshot={
            "queueUtilization": {"fairshareUtilization": used("shareIdentifier", vision=(unit, 6), nlp=(unit, 2))}
        },
        ListServiceJobs=waiting("shareIdentifier", "ops"),
    )
    assert smpipe("pool", "gpus").splitlines() == [
        "Team    Instances    Guaranteed  Used  Waiting",
        "nlp     of any type                 2",
        "ops     of any type                 0        1",
        "vision  of any type                 6",
        "all     of any type           8     8",
    ]


def test_a_pool_that_there_is_not(smpipe: Command) -> None:
    answers(smpipe, {})
    assert smpipe("pool", "gpu", code=2) == "smpipe: there is no training pool 'gpu'; did you mean 'gpus'?\n"
