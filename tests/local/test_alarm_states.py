"""The state of an alarm by the values of its metric: the tables of the user guide, and the words of the reasons."""

from __future__ import annotations

import pytest

from cdk_sagemaker_pipelines.local.aws.alarms.evaluation import ALARM, INSUFFICIENT_DATA, OK, Condition

STAYS = None
POLICIES = ("missing", "ignore", "breaching", "notBreaching")
ABOVE = "GreaterThanThreshold"


def values(text: str) -> list[float | None]:
    """X is beyond the threshold, 0 is not, - is missing; the oldest first."""
    return [{"X": 2.0, "0": 0.0, "-": None}[sign] for sign in text.split()]


@pytest.mark.parametrize(
    ("text", "datapoints", "states"),
    [
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
        ("0 - X - X", 3, (OK, OK, OK, OK)),
        ("0 - - - -", 3, (OK, OK, OK, OK)),
        ("- - - - -", 3, (INSUFFICIENT_DATA, STAYS, ALARM, OK)),
        ("0 X X - X", 3, (ALARM, ALARM, ALARM, ALARM)),
        ("- - X - -", 3, (ALARM, STAYS, ALARM, OK)),
        ("0 - X - X", 2, (ALARM, ALARM, ALARM, ALARM)),
        ("0 0 X 0 X", 2, (ALARM, ALARM, ALARM, ALARM)),
        ("0 - X - -", 2, (OK, OK, ALARM, OK)),
        ("- - - - 0", 2, (OK, OK, ALARM, OK)),
        ("- - - X -", 2, (ALARM, STAYS, ALARM, OK)),
        # too young to go off, and nothing else is known
        ("- - - - X", 2, (STAYS, STAYS, ALARM, OK)),
    ],
    ids=lambda value: value.replace(" ", "") if isinstance(value, str) else None,
)
def test_missing_data(text: str, datapoints: int, states: tuple[str | None, ...]) -> None:
    found = tuple(Condition(ABOVE, 1.0, 3, datapoints, policy).state(values(text)) for policy in POLICIES)
    assert found == states


@pytest.mark.parametrize(
    ("comparison", "states"),
    [
        ("GreaterThanThreshold", (OK, OK, ALARM)),
        ("GreaterThanOrEqualToThreshold", (OK, ALARM, ALARM)),
        ("LessThanThreshold", (ALARM, OK, OK)),
        ("LessThanOrEqualToThreshold", (ALARM, ALARM, OK)),
    ],
)
def test_comparisons(comparison: str, states: tuple[str, ...]) -> None:
    condition = Condition(comparison, 1.0, 1, 1)
    assert tuple(condition.state([None, None, value]) for value in (0.0, 1.0, 2.0)) == states


@pytest.mark.parametrize(
    ("condition", "text", "state", "before", "reason"),
    [
        (
            Condition("GreaterThanOrEqualToThreshold", 2.0, 1, 1), "- - X", ALARM, OK,
            "Threshold Crossed: 1 out of the last 1 datapoints [2.0 (t2)] was greater than or equal to the threshold "
            "(2.0) (minimum 1 datapoint for OK -> ALARM transition).",
        ),
        (
            Condition(ABOVE, 1.0, 3, 2), "0 X 0 X", ALARM, INSUFFICIENT_DATA,
            "Threshold Crossed: 2 out of the last 3 datapoints [2.0 (t3), 0.0 (t2), 2.0 (t1)] were greater than the "
            "threshold (1.0) (minimum 2 datapoints for OK -> ALARM transition).",
        ),
        (
            Condition(ABOVE, 0.0, 1, 1), "- - 0", OK, ALARM,
            "Threshold Crossed: 1 out of the last 1 datapoints [0.0 (t2)] was not greater than the threshold (0.0) "
            "(minimum 1 datapoint for ALARM -> OK transition).",
        ),
        (
            Condition(ABOVE, 0.0, 1, 1, "notBreaching"), "- - -", OK, ALARM,
            "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as "
            "[NonBreaching].",
        ),
        (Condition(ABOVE, 0.0, 2, 2), "- - - -", INSUFFICIENT_DATA, OK,
         "Insufficient Data: 2 datapoints were unknown."),
    ],
    ids=["alarm", "two-of-three", "ok", "treated", "insufficient"],
)  # fmt: skip
def test_reasons(condition: Condition, text: str, state: str, before: str, reason: str) -> None:
    told = [(f"t{number}", value) for number, value in enumerate(values(text))]
    assert condition.reason(told, state, before) == reason
