"""Evaluates the alarms that moto keeps, on a clock, and sets their states."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any, Protocol

from moto.cloudwatch.models import Alarm, CloudWatchBackend, cloudwatch_backends

from ...engine.clock import Clock
from ..ticking import Ticking
from .watched import condition, watched

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
        """Until when an alarm was evaluated, by its ARN and its last change."""
        self._ticking = Ticking(clock, rate, self.look)

    def begin(self) -> None:
        """Starts to look."""
        self._ticking.begin()

    def close(self) -> None:
        """Looks no more."""
        self._ticking.close()

    def look(self) -> None:
        """Evaluates what is due by now."""
        now = self._clock.now() - self._delay
        known = set()
        for account, region, backend, alarm in _all():
            key = (alarm.alarm_arn, alarm.configuration_updated_timestamp)
            known.add(key)
            try:
                self._look_at(account, region, backend, alarm, key, now)
            except Exception:  # one must not keep the others from being evaluated
                _logger.exception("the alarm %s could not be evaluated", alarm.name)
        self._done = {key: until for key, until in self._done.items() if key in known}

    def _look_at(
        self,
        account: str,
        region: str,
        backend: CloudWatchBackend,
        alarm: Alarm,
        key: tuple[str, datetime],
        now: datetime,
    ) -> None:
        try:
            metric = watched(alarm)
        except ValueError:  # PutMetricAlarm has said so
            return
        step = timedelta(seconds=metric.step)
        last = _EPOCH + (now - _EPOCH) // step * step
        until = self._done.get(key, last - step)
        while until < last:
            until += step
            self._evaluate(account, region, alarm, until, backend.metric_data)
        self._done[key] = until

    def _evaluate(self, account: str, region: str, alarm: Alarm, until: datetime, data: list[Any]) -> None:
        metric, rule = watched(alarm), condition(alarm)
        values = metric.values(data, until, rule.range)
        before, state = alarm.state_value, rule.state([value for _, value in values])
        if state is None or state == before:
            return
        told = [(f"{begin:%d/%m/%y %H:%M:%S}", value) for begin, value in values]
        real = [value for _, value in values if value is not None][-rule.periods :]
        reason_data = {
            "version": "1.0",
            "queryDate": f"{self._clock.now():%Y-%m-%dT%H:%M:%S.000+0000}",
            "statistic": metric.statistic,
            "period": metric.period,
            "recentDatapoints": real,
            "threshold": rule.threshold,
        }
        self._world.services(account, region).client("cloudwatch").set_alarm_state(
            AlarmName=alarm.name,
            StateValue=state,
            StateReason=rule.reason(told, state, before),
            StateReasonData=json.dumps(reason_data),
        )


def _all() -> Iterator[tuple[str, str, CloudWatchBackend, Alarm]]:
    for account, regions in list(cloudwatch_backends.items()):
        for region, backend in list(regions.items()):
            for alarm in list(backend.alarms.values()):
                yield account, region, backend, alarm
