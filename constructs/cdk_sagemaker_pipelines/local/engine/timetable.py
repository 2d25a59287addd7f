"""When a schedule is due: ``at``, ``rate`` and ``cron`` expressions of EventBridge and its Scheduler.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
Days of the week are 1 to 7 from Sunday. In a time zone with daylight saving time, what falls into the hour that does
not exist is left out, and what falls into the hour that comes twice happens once, in the first of them. A day of a
rate is 24 hours.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone, tzinfo
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

_EXPRESSION = re.compile(r"(at|rate|cron)\((.*)\)")
_AT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", re.ASCII)
_RATE = re.compile(r"([1-9]\d{0,8})\s+(minute|hour|day)(s?)", re.ASCII)
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_WEEK = 7


class ExpressionError(ValueError):
    """The expression of a schedule, or its time zone, is not valid."""


class Timetable(Protocol):
    """When a schedule is due."""

    def after(self, moment: datetime, begin: datetime) -> datetime | None:
        """The first time later than ``moment``, in UTC; None if there is none. ``begin``: from when a rate counts."""


def timetable(expression: str, zone: str = "UTC", *, of_rule: bool = False) -> Timetable:
    """Reads an expression. ``of_rule``: as rules have it, which know no ``at`` and tell ``1 hour`` from ``2 hours``.

    Raises ``ExpressionError``.
    """
    found = _EXPRESSION.fullmatch(expression.strip())
    if found is None or (of_rule and found[1] == "at"):
        known = "cron(...) or rate(...)" if of_rule else "at(...), cron(...) or rate(...)"
        raise ExpressionError(f"the schedule {expression!r} is none of {known}")
    kind, content = found[1], found[2]
    try:
        place = _zone(zone)
        if kind == "rate":
            return _rate(content, strict=of_rule)
        return _at(content, place) if kind == "at" else _cron(content, place)
    except ExpressionError as error:
        raise ExpressionError(f"the schedule {expression!r} is not valid: {error}") from None


@dataclass(frozen=True)
class _Once:
    moment: datetime | None

    def after(self, moment: datetime, begin: datetime) -> datetime | None:
        return self.moment if self.moment is not None and self.moment > moment else None


@dataclass(frozen=True)
class _Rate:
    interval: timedelta

    def after(self, moment: datetime, begin: datetime) -> datetime | None:
        if moment < begin:
            return begin.astimezone(timezone.utc)
        count = (moment - begin) // self.interval + 1
        try:
            return (begin + count * self.interval).astimezone(timezone.utc)
        except OverflowError:
            return None


@dataclass(frozen=True)
class _Cron:
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: _Days
    months: frozenset[int]
    years: frozenset[int]
    zone: tzinfo

    def after(self, moment: datetime, begin: datetime) -> datetime | None:
        first = moment.astimezone(self.zone).date()
        for day in self._dates(first):
            for hour in self.hours:
                for minute in self.minutes:
                    due = _in_utc(datetime(day.year, day.month, day.day, hour, minute), self.zone)
                    if due is not None and due > moment:
                        return due
        return None

    def _dates(self, first: date) -> Iterator[date]:
        for year in sorted(year for year in self.years if year >= first.year):
            for month in sorted(self.months):
                if (year, month) >= (first.year, first.month):
                    days = (date(year, month, day) for day in self.days.of(year, month))
                    yield from (day for day in days if day >= first)


@dataclass(frozen=True)
class _Days:
    """The days of a month that a cron expression means, by one of its two fields."""

    of_month: frozenset[int] | None = None
    of_week: frozenset[int] | None = None
    """0 is Sunday."""
    last: bool = False
    """The last day of the month, or the last of its days of this weekday."""
    nearest: int | None = None
    """The weekday nearest to this day, in the same month."""
    number: int | None = None
    """Which of the month's days of this weekday, from 1."""

    def of(self, year: int, month: int) -> list[int]:
        length = calendar.monthrange(year, month)[1]
        if self.nearest is not None:
            return [_nearest(year, month, self.nearest, length)] if self.nearest <= length else []
        if self.of_week is None:
            assert self.of_month is not None
            return [length] if self.last else [day for day in sorted(self.of_month) if day <= length]
        days = [day for day in range(1, length + 1) if date(year, month, day).isoweekday() % _WEEK in self.of_week]
        if self.last:
            return days[-1:]
        return days if self.number is None else days[self.number - 1 : self.number]


def _nearest(year: int, month: int, day: int, length: int) -> int:
    weekday = date(year, month, day).isoweekday()
    if weekday == 6:
        return day - 1 if day > 1 else day + 2
    if weekday == _WEEK:
        return day + 1 if day < length else day - 2
    return day


def _zone(name: str) -> tzinfo:
    if name == "UTC":
        return timezone.utc
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        if not available_timezones():
            raise ExpressionError(f"this machine knows no time zones, not even {name!r}; install tzdata") from None
        raise ExpressionError(f"there is no time zone {name!r}") from None


def _in_utc(local: datetime, zone: tzinfo) -> datetime | None:
    """The first moment that has this local time; None if there is none."""
    moment = local.replace(tzinfo=zone).astimezone(timezone.utc)
    return moment if moment.astimezone(zone).replace(tzinfo=None) == local else None


def _at(content: str, zone: tzinfo) -> Timetable:
    try:
        if not _AT.fullmatch(content):
            raise ValueError
        return _Once(_in_utc(datetime.fromisoformat(content), zone))
    except (ValueError, OverflowError):
        raise ExpressionError("write at(yyyy-mm-ddThh:mm:ss), such as at(2026-11-30T08:00:00)") from None


def _rate(content: str, *, strict: bool) -> Timetable:
    found = _RATE.fullmatch(content.strip())
    if found is None:
        raise ExpressionError("write rate(value unit), a positive number of minutes, hours or days")
    value, unit, plural = int(found[1]), found[2], bool(found[3])
    if strict and plural != (value != 1):
        raise ExpressionError(f"write rate({value} {unit}{'' if value == 1 else 's'})")
    return _Rate(timedelta(**{f"{unit}s": value}))


def _cron(content: str, zone: tzinfo) -> Timetable:
    fields = content.split()
    if len(fields) != 6:
        raise ExpressionError(
            f"it has {len(fields)} fields; needs 6: minutes hours day-of-month month day-of-week year"
        )
    minutes, hours, of_month, months, of_week, years = (field.upper() for field in fields)
    if (of_month == "?") == (of_week == "?"):
        raise ExpressionError("exactly one of day-of-month and day-of-week must be ?, the other one says which days")
    return _Cron(
        tuple(sorted(_values(minutes, "minutes", 0, 59))),
        tuple(sorted(_values(hours, "hours", 0, 23))),
        _days_of_week(of_week) if of_month == "?" else _days_of_month(of_month),
        _values(months, "month", 1, 12, _MONTHS),
        _values(years, "year", 1970, 2199),
        zone,
    )


def _days_of_month(field: str) -> _Days:
    if field == "L":
        return _Days(frozenset(), last=True)
    if re.fullmatch(r"\d{1,2}W", field, re.ASCII):
        return _Days(nearest=_number(field[:-1], "day-of-month", 1, 31))
    return _Days(_values(field, "day-of-month", 1, 31))


def _days_of_week(field: str) -> _Days:
    name = "day-of-week"
    if field == "L":
        return _Days(of_week=frozenset({6}))
    if field.endswith("L"):
        return _Days(of_week=frozenset({_number(field[:-1], name, 1, 7, _DAYS) - 1}), last=True)
    if "#" in field:
        day, _, number = field.partition("#")
        return _Days(
            of_week=frozenset({_number(day, name, 1, 7, _DAYS) - 1}), number=_number(number, f"{name} behind #", 1, 5)
        )
    return _Days(of_week=frozenset(day - 1 for day in _values(field, name, 1, 7, _DAYS)))


def _values(field: str, name: str, least: int, most: int, names: tuple[str, ...] = ()) -> frozenset[int]:
    """The numbers that a field stands for: a list of ``*``, numbers and ranges, each perhaps in steps."""
    found: set[int] = set()
    for part in field.split(","):
        whole, slash, step = part.partition("/")
        every = _number(step, f"{name} behind /", 1, most) if slash else 1
        first, dash, last = whole.partition("-")
        if whole == "*" or (slash and not whole):
            start, end = least, most
        else:
            start = _number(first, name, least, most, names)
            end = _number(last, name, least, most, names) if dash else most if slash else start
        if end < start:  # from evening to morning, from November to February
            if name == "year":
                raise ExpressionError(f"the year {part} goes backwards")
            span = most - least + 1
            found.update((number - least) % span + least for number in range(start, end + span + 1, every))
        else:
            found.update(range(start, end + 1, every))
    return frozenset(found)


def _number(text: str, name: str, least: int, most: int, names: tuple[str, ...] = ()) -> int:
    if text in names:
        return names.index(text) + least
    if not re.fullmatch(r"\d{1,4}", text, re.ASCII) or not least <= int(text) <= most:
        known = f", or {names[0]} to {names[-1]}" if names else ""
        raise ExpressionError(f"{name} is {text or 'empty'}; allowed is {least} to {most}{known}")
    return int(text)
