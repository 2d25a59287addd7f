"""The operations of CloudWatch's alarms with what moto lacks; every other operation is moto's.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
"""

from __future__ import annotations

import json
import logging
from typing import Any, Protocol

from moto.cloudwatch.models import Alarm
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult

from ..events.access import sending
from ..events.bus import EventBus
from ..held_policies import exists
from ..repeating import again, moment
from .evaluation import ALARM, INSUFFICIENT_DATA, OK
from .message import State, event, message, state_of, subject
from .watched import Watched, is_topic, watched

_logger = logging.getLogger("cdk_sagemaker_pipelines.local")

_HISTORY = "smpipe_history"
"""The attribute of moto's alarms for what moto does not keep: the items of DescribeAlarmHistory."""
_KEPT = (
    "state_value", "state_reason", "state_reason_data", "state_updated_timestamp", "history", _HISTORY,
)  # fmt: skip
"""What an alarm keeps when it is put again."""
_MOST = 100


class _World(Protocol):
    def bus(self, account: str, region: str) -> EventBus: ...

    def services(self, account: str, region: str) -> Any: ...


class CloudWatchApi(CloudWatchResponse):
    """Answers one request; each public method is an operation."""

    def __init__(self, world: _World) -> None:
        super().__init__()
        self._world = world

    def put_metric_alarm(self) -> ActionResult:
        alarms, name = self.cloudwatch_backend.alarms, self._get_param("AlarmName")
        before = alarms.get(name)
        answer = super().put_metric_alarm()
        alarm = alarms[name]
        if before is None:
            alarm.state_value, alarm.state_reason_data = INSUFFICIENT_DATA, ""
            setattr(alarm, _HISTORY, [])
        else:
            for member in _KEPT:
                setattr(alarm, member, getattr(before, member))
        self._remember(alarm, "ConfigurationUpdate", f'Alarm "{name}" {"created" if before is None else "updated"}', {})
        try:
            watched(alarm)
        except ValueError as error:
            text = f"the local AWS does not evaluate the alarm {name}: {error}"
            alarm.state_reason = text
            if not again():
                _logger.warning(text)
        return answer

    def set_alarm_state(self) -> ActionResult:
        alarm = self.cloudwatch_backend.alarms.get(self._get_param("AlarmName"))
        before = None if alarm is None else state_of(alarm)
        answer = super().set_alarm_state()
        if alarm is not None and before is not None and before.value != alarm.state_value:
            data = {"version": "1.0", "oldState": _plain(before), "newState": _plain(state_of(alarm))}
            self._remember(alarm, "StateUpdate", f"Alarm updated from {before.value} to {alarm.state_value}", data)
            self._tell(alarm, before)
        return answer

    def describe_alarm_history(self) -> ActionResult:
        name, kind = self._get_param("AlarmName"), self._get_param("HistoryItemType")
        begin, end = self._get_param("StartDate"), self._get_param("EndDate")
        found = [
            item
            for alarm in self.cloudwatch_backend.alarms.values()
            for item in getattr(alarm, _HISTORY, ())
            if name in (None, alarm.name) and kind in (None, item["HistoryItemType"])
        ]
        found = [item for item in found if (not begin or item["Timestamp"] >= begin)]
        found = [item for item in found if (not end or item["Timestamp"] <= end)]
        found.sort(key=lambda item: item["Timestamp"], reverse=self._get_param("ScanBy") != "TimestampAscending")
        first = int(self._get_param("NextToken") or 0)
        last = first + int(self._get_param("MaxRecords") or _MOST)
        more = {"NextToken": str(last)} if last < len(found) else {}
        return ActionResult({"AlarmHistoryItems": found[first:last], **more})

    def _remember(self, alarm: Alarm, kind: str, summary: str, data: dict[str, Any]) -> None:
        getattr(alarm, _HISTORY).append(
            {
                "AlarmName": alarm.name,
                "AlarmType": "MetricAlarm",
                "Timestamp": moment(),
                "HistoryItemType": kind,
                "HistorySummary": summary,
                "HistoryData": json.dumps(data),
            }
        )

    def _tell(self, alarm: Alarm, before: State) -> None:
        """Carries out the actions of the alarm's new state."""
        account, bus = self.current_account, self._world.bus(self.current_account, self.region)
        metric = _metric(alarm)
        told = event(alarm, metric, before)
        bus.send(lambda: told)
        actions = {
            ALARM: alarm.alarm_actions, OK: alarm.ok_actions, INSUFFICIENT_DATA: alarm.insufficient_data_actions,
        }[alarm.state_value]  # fmt: skip
        if not alarm.actions_enabled:
            return
        title, text = subject(alarm), message(alarm, metric, before, account)
        for action in actions:
            error = _why_not(alarm, action, account)
            self._remember_action(alarm, action, error)
            if again():
                continue
            if error is None:
                bus.later(lambda action=action: self._publish(alarm.name, action, title, text))  # type: ignore[misc]
            else:
                _logger.warning("the alarm %s could not execute the action %s: %s", alarm.name, action, error)

    def _remember_action(self, alarm: Alarm, action: str, error: str | None) -> None:
        if error is None:
            data = {"actionState": "Succeeded", "notificationResource": action}
            self._remember(alarm, "Action", f"Successfully executed action {action}", data)
        else:
            data = {"actionState": "Failed", "notificationResource": action, "error": error}
            self._remember(alarm, "Action", f'Failed to execute action {action}. Received error: "{error}"', data)

    def _publish(self, name: str, action: str, title: str, text: str) -> None:
        region, account = action.split(":")[3:5]
        try:
            sns = self._world.services(account, region).client("sns")
            sns.publish(TopicArn=action, Subject=title, Message=text)
        except Exception as error:  # there is nobody to tell but the log
            _logger.warning("the alarm %s could not reach %s: %s", name, action, str(error)[:300])


def _why_not(alarm: Alarm, action: str, account: str) -> str | None:
    """Why an action of an alarm is not carried out; None if it is."""
    if not is_topic(action):
        return "the local AWS carries out no actions but topics"
    if not exists(action):
        return f"there is no topic {action}"
    return sending("cloudwatch", account, alarm.alarm_arn, action)


def _metric(alarm: Alarm) -> Watched | None:
    try:
        return watched(alarm)
    except ValueError:
        return None


def _plain(state: State) -> dict[str, Any]:
    data = {} if not state.reason_data else {"stateReasonData": json.loads(state.reason_data)}
    return {"stateValue": state.value, "stateReason": state.reason, **data}
