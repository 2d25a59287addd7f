"""Evaluates the alarms that moto keeps, on a clock, and sets their states."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple, Protocol

from moto.cloudwatch.models import Alarm, cloudwatch_backends

from ...engine.clock import Clock
from ..ticking import Ticking
from .watched import Watched, condition, watched

_logger = logging.getLogger("cdk_sagemaker_pipelines.local")

_DELAY_SECONDS = 2
"""How long the values of a period may take to arrive, by the clock of the machine."""
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class _World(Protocol):
    def services(self, account: str, region: str) -> Any: ...


class Alarms:
    """Evaluates each alarm once a minute, those with a period of less than a minute every ten seconds.

    What happened while no server ran is not evaluated.
    """

    def __init__(self, world: _World, clock: Clock, rate: float = 1) -> None:
        self._world, self._clock = world, clock
        self._delay = timedelta(seconds=_DELAY_SECONDS * rate)
        self._done: dict[tuple[str, datetime], datetime] = {}
        """Until when an alarm was evaluated, by its key."""
        self._ticking = Ticking(clock, rate, self.look)

    def begin(self) -> None:
        """Starts to look."""
        self._ticking.begin()

    def close(self) -> None:
        """Looks no more."""
        self._ticking.close()

    def look(self) -> None:
        """Evaluates what is due by now."""
        now, known = self._clock.now() - self._delay, list(_kept())
        for kept in known:
            try:
                self._look_at(kept, now)
            except Exception:  # one must not keep the others from being evaluated
                _logger.exception("the alarm %s could not be evaluated", kept.alarm.name)
        self._done = {kept.key: self._done[kept.key] for kept in known if kept.key in self._done}

    def _look_at(self, kept: _Kept, now: datetime) -> None:
        try:
            metric = watched(kept.alarm)
        except ValueError:  # PutMetricAlarm has said so
            return
        step = timedelta(seconds=metric.step)
        last = _EPOCH + (now - _EPOCH) // step * step
        until = self._done.get(kept.key, last - step)
        while until < last:
            until += step
            self._evaluate(kept, metric, until)
        self._done[kept.key] = until

    def _evaluate(self, kept: _Kept, metric: Watched, until: datetime) -> None:
        alarm, rule = kept.alarm, condition(kept.alarm)
        values = metric.values(kept.data, until, rule.range)
        before, state = alarm.state_value, rule.state([value for _, value in values])
        if state is None or state == before:
            return
        dated = [(f"{begin:%d/%m/%y %H:%M:%S}", value) for begin, value in values]
        real = [value for _, value in values if value is not None][-rule.periods :]
        reason_data = {
            "version": "1.0",
            "queryDate": f"{self._clock.now():%Y-%m-%dT%H:%M:%S.000+0000}",
            "statistic": metric.statistic,
            "period": metric.period,
            "recentDatapoints": real,
            "threshold": rule.threshold,
        }
        self._world.services(kept.account, kept.region).client("cloudwatch").set_alarm_state(
            AlarmName=alarm.name,
            StateValue=state,
            StateReason=rule.reason(dated, state, before),
            StateReasonData=json.dumps(reason_data),
        )


class _Kept(NamedTuple):
    """An alarm of moto's, where it is, and the values of all metrics there."""

    account: str
    region: str
    alarm: Alarm
    data: list[Any]

    @property
    def key(self) -> tuple[str, datetime]:
        """Its ARN and its last change."""
        return (self.alarm.alarm_arn, self.alarm.configuration_updated_timestamp)


def _kept() -> Iterator[_Kept]:
    for account, regions in list(cloudwatch_backends.items()):
        for region, backend in list(regions.items()):
            for alarm in list(backend.alarms.values()):
                yield _Kept(account, region, alarm, backend.metric_data)
