"""A day of many schedules on the clock of the local AWS: none is lost, none comes twice, also over a restart.

What is expected is counted minute by minute, in another way than timetables find their times.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from moto import mock_aws
from moto.events.models import events_backends
from moto.scheduler.models import scheduler_backends

from cdk_sagemaker_pipelines.local.aws.events.schedules import RULE_TIMES, Schedules
from cdk_sagemaker_pipelines.local.engine.clock import VirtualClock

ACCOUNT, REGION = "123456789012", "eu-west-1"
MINUTE = timedelta(minutes=1)
DAYS = ("2026-03-08", "2026-03-29", "2026-04-05", "2026-10-04", "2026-10-25", "2026-11-01", "2026-12-31", "2028-02-29")
"""Most of them change the time somewhere."""
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns")
DAYS_OF_CRON: tuple[tuple[Callable[[datetime], bool], str], ...] = (
    (lambda day: True, "* * ?"),
    (lambda day: day.isoweekday() in (6, 7), "? * SAT,SUN"),
    (lambda day: (day + timedelta(days=1)).day == 1, "L * ?"),
    (lambda day: day.isoweekday() == 7 and day.day <= 7, "? * 1#1"),
    (lambda day: day.isoweekday() == 7 and (day + timedelta(days=7)).month != day.month, "? * SUNL"),
)
RATE = 600
"""One look a minute, instead of sixty."""
Due = Callable[[datetime], "datetime | None"]


@dataclass(frozen=True)
class Planned:
    """A schedule, and what is due in a minute that begins at a moment."""

    name: str
    expression: str
    zone: str
    due: Due
    is_rule: bool = False


def at(random: random.Random, name: str, begin: datetime) -> Planned:
    zone = random.choice(ZONES)
    wall = (begin + timedelta(seconds=random.randrange(60, 86400))).astimezone(ZoneInfo(zone)).replace(tzinfo=None)

    def due(minute: datetime) -> datetime | None:
        local = minute.astimezone(ZoneInfo(zone))
        same = local.replace(tzinfo=None, fold=0) == wall.replace(second=0, fold=0)
        return minute + timedelta(seconds=wall.second) if same and local.fold == 0 else None

    return Planned(name, f"at({wall:%Y-%m-%dT%H:%M:%S})", zone, due)


def rate(random: random.Random, name: str, begin: datetime) -> Planned:
    is_rule = random.random() < 0.5
    value, unit, seconds = random.choice(
        [(45, "minutes", 2700), (50, "minutes", 3000), (1, "hour", 3600), (7, "hours", 25200), (1, "day", 86400)]
    )

    def due(minute: datetime) -> datetime | None:
        passed = int((minute - begin).total_seconds())
        return minute if passed % seconds == 0 else None

    return Planned(name, f"rate({value} {unit})", "UTC", due, is_rule)


def cron(random: random.Random, name: str, begin: datetime) -> Planned:
    is_rule = random.random() < 0.3
    zone = "UTC" if is_rule else random.choice(ZONES)
    minutes, minute_text = random.choice(
        [({0}, "0"), ({7, 37}, "7,37"), ({0, 20, 40}, "0/20"), (set(range(58, 60)), "58-59"), ({5}, "05")]
    )
    hours, hour_text = random.choice(
        [(set(range(24)), "*"), ({1, 2, 3}, "1-3"), ({0, 6, 12, 18}, "*/6"), ({22, 23, 0, 1, 2}, "22-2"), ({2}, "2")]
    )
    fits, day_text = random.choice(DAYS_OF_CRON)

    def due(minute: datetime) -> datetime | None:
        local = minute.astimezone(ZoneInfo(zone))
        hit = local.minute in minutes and local.hour in hours and fits(local.replace(tzinfo=None))
        return minute if hit and local.fold == 0 else None

    return Planned(name, f"cron({minute_text} {hour_text} {day_text} *)", zone, due, is_rule)


class World:
    """The targets: they write down for what time they were started."""

    def __init__(self) -> None:
        self.started: Counter[tuple[str, str]] = Counter()

    def bus(self, account: str, region: str) -> World:
        return self

    def later(self, work: Callable[[], Any]) -> None:
        work()

    def fire(self, schedule: Any, due: str) -> None:
        self.started[schedule.name, due] += 1

    tick = fire


@pytest.fixture(autouse=True)
def moto() -> Iterator[None]:
    """Nothing of before."""
    with mock_aws():
        yield


def put(planned: Planned, begin: datetime) -> None:
    """Creates a schedule or a rule as of then."""
    if planned.is_rule:
        rule = events_backends[ACCOUNT][REGION].put_rule(planned.name, scheduled_expression=planned.expression)
        setattr(rule, RULE_TIMES, (begin, begin))
        return
    scheduler: Any = scheduler_backends[ACCOUNT][REGION]
    schedule = scheduler.create_schedule(
        name=planned.name, schedule_expression=planned.expression, schedule_expression_timezone=planned.zone,
        description=None, end_date=None, flexible_time_window={"Mode": "OFF"}, group_name="default", kms_key_arn=None,
        start_date=None, state="ENABLED", target={"Arn": "arn:aws:sqs:::q"}, action_after_completion=None,
    )  # fmt: skip
    schedule.creation_date = schedule.last_modified_date = begin.timestamp()


def a_day(seed: int, number: int, *, restart: bool) -> int:
    """Lets a day pass, and compares; returns how many starts there were."""
    chance = random.Random(seed)
    begin = datetime.fromisoformat(f"{chance.choice(DAYS)}T00:00:00+00:00") - timedelta(hours=chance.randrange(12))
    end = begin + timedelta(days=1)
    plan = [chance.choice((at, rate, cron, cron, rate))(chance, f"s{n}", begin) for n in range(number)]
    for planned in plan:
        put(planned, begin)
    clock, world = VirtualClock(begin - MINUTE), World()

    def run(until: datetime) -> None:
        schedules = Schedules(world, clock, RATE)  # type: ignore[arg-type]
        schedules.begin()
        while clock.now() < until:
            clock.advance()
        schedules.close()

    down = up = end
    if restart:
        down = begin + chance.randrange(60, 1200) * MINUTE
        up = down + chance.randrange(1, 200) * MINUTE
        run(down)
        clock.call_later((up - down).total_seconds(), lambda: None)
        while clock.now() < up:
            clock.advance()
    run(end)
    minutes = [begin + minute * MINUTE for minute in range(int((end - begin) / MINUTE) + 1)]
    expected = Counter(
        (planned.name, f"{due:%Y-%m-%dT%H:%M:%SZ}")
        for planned in plan
        for minute in minutes
        if (due := planned.due(minute)) is not None
        and due <= end
        and not down < due <= up
        and not (planned.is_rule and due == begin)  # what a rule is due at is later than its creation
    )
    named = {planned.name: (planned.expression, planned.zone) for planned in plan}
    wrong = (world.started - expected) + (expected - world.started)
    assert not wrong, [(named[name], due) for name, due in wrong]
    return sum(expected.values())


@pytest.mark.parametrize("restart", [False, True], ids=["through", "restart"])
def test_a_day_of_schedules(restart: bool) -> None:
    assert a_day(7, 30, restart=restart) > 200


@pytest.mark.long
@pytest.mark.parametrize("seed", range(40))
def test_many_days_of_schedules(seed: int) -> None:
    assert a_day(seed, 160, restart=seed % 2 == 1) > 1000
