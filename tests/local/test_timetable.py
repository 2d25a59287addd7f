"""When schedules are due. The cases are those of AWS's pages, or were counted in a calendar."""

from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest

from cdk_sagemaker_pipelines.local.engine import timetable as module
from cdk_sagemaker_pipelines.local.engine.timetable import ExpressionError, timetable

BEGIN = datetime(2026, 11, 30, 9, 30, tzinfo=timezone.utc)  # a Monday


def due(expression: str, zone: str = "UTC", *, start: datetime = BEGIN, number: int = 4) -> list[str]:
    """The next times in UTC, each with its weekday."""
    table, moment, found = timetable(expression, zone), start, []
    for _ in range(number):
        next_one = table.after(moment, BEGIN)
        if next_one is None:
            break
        moment = next_one
        found.append(moment.strftime("%a %Y-%m-%d %H:%M"))
    return found


@pytest.mark.parametrize(
    ("expression", "times"),
    [
        ("cron(15 12 * * ? *)", ["Mon 2026-11-30 12:15", "Tue 2026-12-01 12:15"]),
        ("cron(0 10 * * ? *)", ["Mon 2026-11-30 10:00", "Tue 2026-12-01 10:00"]),
        ("cron(0 18 ? * MON-FRI *)", ["Mon 2026-11-30 18:00", "Tue 2026-12-01 18:00"]),
        ("cron(0 8 1 * ? *)", ["Tue 2026-12-01 08:00", "Fri 2027-01-01 08:00"]),
        ("cron(0/10 * ? * MON-FRI *)", ["Mon 2026-11-30 09:40", "Mon 2026-11-30 09:50"]),
        ("cron(0/5 8-17 ? * MON-FRI *)", ["Mon 2026-11-30 09:35", "Mon 2026-11-30 09:40"]),
        ("cron(0/30 20-2 ? * MON-FRI *)",
         ["Mon 2026-11-30 20:00", "Mon 2026-11-30 20:30", "Mon 2026-11-30 21:00", "Mon 2026-11-30 21:30",
          "Mon 2026-11-30 22:00", "Mon 2026-11-30 22:30", "Mon 2026-11-30 23:00", "Mon 2026-11-30 23:30",
          "Tue 2026-12-01 00:00"]),
        # Fridays are 6, and the last one of a month is 6L
        ("cron(15 10 ? * 6L 2026-2027)", ["Fri 2026-12-25 10:15", "Fri 2027-01-29 10:15"]),
        ("cron(0 9 ? * 1 *)", ["Sun 2026-12-06 09:00", "Sun 2026-12-13 09:00"]),
        ("cron(0 9 ? * SAT,SUN *)", ["Sat 2026-12-05 09:00", "Sun 2026-12-06 09:00"]),
        ("cron(0 9 ? * L *)", ["Sat 2026-12-05 09:00", "Sat 2026-12-12 09:00"]),
        # the second Tuesday
        ("cron(0 9 ? * 3#2 *)", ["Tue 2026-12-08 09:00", "Tue 2027-01-12 09:00"]),
        # a fifth Monday is not in every month
        ("cron(0 9 ? * MON#5 *)", ["Mon 2027-03-29 09:00", "Mon 2027-05-31 09:00"]),
        ("cron(0 9 L * ? *)", ["Thu 2026-12-31 09:00", "Sun 2027-01-31 09:00", "Sun 2027-02-28 09:00"]),
        ("cron(0 9 L 2 ? 2028)", ["Tue 2028-02-29 09:00"]),
        # the 3rd is a Thursday; a Sunday; a Wednesday twice; a Saturday
        ("cron(0 9 3W * ? *)",
         ["Thu 2026-12-03 09:00", "Mon 2027-01-04 09:00", "Wed 2027-02-03 09:00", "Wed 2027-03-03 09:00",
          "Fri 2027-04-02 09:00"]),
        # nearest does not leave the month: Saturday the 1st, Sunday the 31st
        ("cron(0 9 1W 5 ? 2027)", ["Mon 2027-05-03 09:00"]),
        ("cron(0 9 31W 1 ? 2027)", ["Fri 2027-01-29 09:00"]),
        ("cron(0 9 31W 2 ? *)", []),
        ("cron(0 0 31 * ? *)", ["Thu 2026-12-31 00:00", "Sun 2027-01-31 00:00", "Wed 2027-03-31 00:00"]),
        ("cron(0 0 1 JAN-MAR/2,dec ? *)", ["Tue 2026-12-01 00:00", "Fri 2027-01-01 00:00", "Mon 2027-03-01 00:00"]),
        ("cron(0 0 1 11-2 ? *)", ["Tue 2026-12-01 00:00", "Fri 2027-01-01 00:00", "Mon 2027-02-01 00:00",
                                  "Mon 2027-11-01 00:00"]),
        ("cron(/20 9 30 11 ? 2026)", ["Mon 2026-11-30 09:40"]),
        ("cron(0 0 29 2 ? *)", ["Tue 2028-02-29 00:00", "Sun 2032-02-29 00:00"]),
        ("cron(0 0 30 2 ? *)", []),
        ("cron(0 0 1 1 ? 1999)", []),
        ("rate(1 minute)", ["Mon 2026-11-30 09:31", "Mon 2026-11-30 09:32"]),
        ("rate(5 hours)", ["Mon 2026-11-30 14:30", "Mon 2026-11-30 19:30"]),
        ("rate(2 days)", ["Wed 2026-12-02 09:30", "Fri 2026-12-04 09:30"]),
        ("at(2026-12-24T18:00:00)", ["Thu 2026-12-24 18:00"]),
        ("at(2026-11-30T09:30:00)", []),
    ],
)  # fmt: skip
def test_the_next_times(expression: str, times: list[str]) -> None:
    assert due(expression, number=max(len(times), 1)) == times


@pytest.mark.parametrize(
    ("expression", "zone", "start", "times"),
    [
        # 09:00 in Berlin is 08:00 UTC in winter and 07:00 UTC in summer
        ("cron(0 9 * * ? *)", "Europe/Berlin", "2027-03-26T12:00", ["03-27 08:00", "03-28 07:00"]),
        # 02:30 on 28 March 2027 does not exist there
        ("cron(30 2 * * ? *)", "Europe/Berlin", "2027-03-26T12:00", ["03-27 01:30", "03-29 00:30"]),
        # 02:30 on 31 October 2027 exists twice, and counts once
        ("cron(30 2 * * ? *)", "Europe/Berlin", "2027-10-30T12:00", ["10-31 00:30", "11-01 01:30"]),
        ("cron(0 0 * * ? *)", "Asia/Kolkata", "2026-11-30T12:00", ["11-30 18:30", "12-01 18:30"]),
        ("at(2027-07-01T09:00:00)", "America/New_York", "2026-11-30T12:00", ["07-01 13:00"]),
        ("at(2027-03-28T02:30:00)", "Europe/Berlin", "2026-11-30T12:00", []),
    ],
)
def test_time_zones(expression: str, zone: str, start: str, times: list[str]) -> None:
    begin = datetime.fromisoformat(start).replace(tzinfo=timezone.utc)
    found = due(expression, zone, start=begin, number=max(len(times), 1))
    assert [one[-11:] for one in found] == times


@pytest.mark.parametrize("seed", range(20))
def test_lists_against_a_scan_of_every_minute(seed: int) -> None:
    draw = random.Random(seed)

    def some(least: int, most: int, number: int) -> list[int]:
        return sorted(draw.sample(range(least, most + 1), draw.randint(1, number)))

    minutes, hours, months = some(0, 59, 4), some(0, 23, 3), some(1, 12, 6)
    by_week = draw.random() < 0.5
    days = some(1, 7, 3) if by_week else some(1, 31, 4)
    listed = [",".join(map(str, values)) for values in (minutes, hours, days, months)]
    fields = [listed[0], listed[1], *(["?", listed[3], listed[2]] if by_week else [listed[2], listed[3], "?"]), "*"]
    found = due(f"cron({' '.join(fields)})", number=40)
    moment, expected = BEGIN.replace(minute=0), list[str]()
    while len(expected) < 40:
        on_day = (moment.isoweekday() % 7 + 1 if by_week else moment.day) in days
        if on_day and moment.month in months and moment.hour in hours:
            times = (moment + timedelta(minutes=minute) for minute in minutes)
            expected += [f"{time:%a %Y-%m-%d %H:%M}" for time in times if time > BEGIN]
        moment += timedelta(hours=1)
    assert found == expected[:40]


def test_a_rate_counts_from_its_begin() -> None:
    table, day = timetable("rate(10 minutes)"), timedelta(days=1)
    assert table.after(BEGIN - day, BEGIN) == BEGIN
    assert table.after(BEGIN, BEGIN) == BEGIN + timedelta(minutes=10)
    assert table.after(BEGIN + day + timedelta(seconds=1), BEGIN) == BEGIN + day + timedelta(minutes=10)
    assert timetable("rate(999999999 days)").after(BEGIN, BEGIN) is None


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("every day", "is none of at"),
        ("cron(* * * *)", "it has 4 fields; needs 6"),
        ("cron(0 0 * * * *)", "exactly one of day-of-month and day-of-week must be ?"),
        ("cron(0 0 ? * ? *)", "exactly one of day-of-month and day-of-week must be ?"),
        ("cron(60 0 * * ? *)", "minutes is 60; allowed is 0 to 59"),
        ("cron(0 24 * * ? *)", "hours is 24; allowed is 0 to 23"),
        ("cron(0 0 0 * ? *)", "day-of-month is 0; allowed is 1 to 31"),
        ("cron(0 0 1 13 ? *)", "month is 13; allowed is 1 to 12, or JAN to DEC"),
        ("cron(0 0 ? * 0 *)", "day-of-week is 0; allowed is 1 to 7, or SUN to SAT"),
        ("cron(0 0 ? * 8 *)", "day-of-week is 8"),
        ("cron(0 0 ? * 3#6 *)", "day-of-week behind # is 6; allowed is 1 to 5"),
        ("cron(0 0 ? * 3#1,6#3 *)", "day-of-week behind # is 1,6#3"),
        ("cron(0 0 1 1 ? 2200)", "year is 2200; allowed is 1970 to 2199"),
        ("cron(0 0 1 1 ? 2030-2027)", "the year 2030-2027 goes backwards"),
        ("cron(0/0 0 1 1 ? *)", "minutes behind / is 0"),
        ("cron(0 0 LW * ? *)", "day-of-month is LW"),
        ("cron(0 0 1, * ? *)", "day-of-month is empty"),
        ("cron(0 0 ?-1 * ? *)", "day-of-month is ?; allowed is 1 to 31"),
        ("rate(0 minutes)", "a positive number of minutes, hours or days"),
        ("rate(5 weeks)", "a positive number of minutes, hours or days"),
        ("rate(1.5 hours)", "a positive number"),
        ("at(2026-02-30T00:00:00)", "write at.yyyy-mm-ddThh:mm:ss"),
        ("at(2026-12-01)", "write at.yyyy-mm-ddThh:mm:ss"),
    ],
)
def test_expressions_that_are_refused(expression: str, reason: str) -> None:
    with pytest.raises(ExpressionError, match=reason.replace("?", r"\?").replace("#", r"\#")):
        timetable(expression)


def test_a_machine_without_time_zones(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(name: str) -> ZoneInfo:
        raise ZoneInfoNotFoundError(name)

    monkeypatch.setattr(module, "ZoneInfo", none)
    monkeypatch.setattr(module, "available_timezones", set)
    assert due("cron(0 0 * * ? *)", number=1)
    with pytest.raises(ExpressionError, match="knows no time zones, not even 'Europe/Berlin'; install tzdata"):
        timetable("cron(0 0 * * ? *)", "Europe/Berlin")


def test_a_time_zone_that_does_not_exist() -> None:
    for zone in ("Europe/Berlin2", "../../etc/passwd", "", "/etc/localtime", "Europe"):
        with pytest.raises(ExpressionError, match="there is no time zone"):
            timetable("cron(0 0 * * ? *)", zone)
        with pytest.raises(ExpressionError, match="there is no time zone"):
            timetable("rate(1 day)", zone)


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("rate(1 hours)", "write rate.1 hour."),
        ("rate(5 hour)", "write rate.5 hours."),
        ("at(2026-12-01T00:00:00)", "is none of cron"),
    ],
)
def test_rules_take_less(expression: str, reason: str) -> None:
    timetable(expression)
    with pytest.raises(ExpressionError, match=reason):
        timetable(expression, of_rule=True)
