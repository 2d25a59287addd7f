"""How an endpoint changes from one version to the next."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aws_cdk import Duration

from ..language import PipelineError
from ..language.no_value import NoValue
from ..steps.base.field_checks import items, member, seconds_within, whole

if TYPE_CHECKING:
    from aws_cdk import aws_cloudwatch as cloudwatch

_MOST_ALARMS = 10
_HOUR = 3600


class EndpointDeployment(NoValue):
    """How the instances of a new version take over the requests of an endpoint; create one with the static methods.

    ```python
    EndpointDeployment.canary(percent=10, wait=Duration.minutes(10))
    EndpointDeployment.rolling(percent=25, wait=Duration.minutes(2))
    ```

    Where one of the alarms goes off meanwhile, SageMaker rolls back, and the endpoint goes on serving the version of
    before.

    API: [DeploymentConfig](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeploymentConfig.html).
    Source: [Deployment guardrails](https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails.html).
    """

    if not TYPE_CHECKING:  # which see that there are no arguments
        __signature__ = inspect.Signature()

        def __new__(cls, *given: Any, **more: Any) -> EndpointDeployment:
            raise TypeError(
                "EndpointDeployment is made by one of its methods: .all_at_once, .canary, .linear, .rolling"
            )

    _policy: dict[str, Any]
    _alarms: tuple[str, ...]

    @staticmethod
    def all_at_once(
        *,
        wait: Duration | None = None,
        alarms: Sequence[cloudwatch.IAlarm] = (),
        termination_wait: Duration | None = None,
        timeout: Duration | None = None,
    ) -> EndpointDeployment:
        """All requests go to new instances at once, next to which the old ones stay for a while: the service's default.

        Args:
            wait: How long the alarms are watched after that, up to 1 hour. Default: not at all.
            alarms: The alarms that roll back, at most 10. Default: none.
            termination_wait: How long the old instances stay after that, up to 1 hour. Default: the service's, none.
            timeout: How long the deployment may take, 10 minutes to 8 hours. Default: the service's.

        Raises:
            PipelineError: A value that the service does not take.
        """
        routing = {
            "Type": "ALL_AT_ONCE",
            "WaitIntervalInSeconds": seconds_within(wait or Duration.seconds(0), "wait", 0, _HOUR),
        }
        return _blue_green(routing, alarms, termination_wait, timeout)

    @staticmethod
    def canary(
        *,
        percent: int,
        wait: Duration,
        alarms: Sequence[cloudwatch.IAlarm] = (),
        termination_wait: Duration | None = None,
        timeout: Duration | None = None,
    ) -> EndpointDeployment:
        """A part of the requests goes to new instances first, the rest later.

        Args:
            percent: The part of the capacity that is shifted first, 1 to 50 per cent.
            wait: How long the alarms are watched after each of both shifts, up to 1 hour.
            alarms: The alarms that roll back, at most 10. Default: none.
            termination_wait: How long the old instances stay after that, up to 1 hour. Default: the service's, none.
            timeout: How long the deployment may take, 10 minutes to 8 hours. Default: the service's.

        Raises:
            PipelineError: A value that the service does not take.

        Source: [Canary traffic shifting](https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-blue-green-canary.html).
        """
        size = {"CanarySize": _part(percent, 1, 50)}
        routing = {"Type": "CANARY", "WaitIntervalInSeconds": seconds_within(wait, "wait", 0, _HOUR), **size}
        return _blue_green(routing, alarms, termination_wait, timeout)

    @staticmethod
    def linear(
        *,
        percent: int,
        wait: Duration,
        alarms: Sequence[cloudwatch.IAlarm] = (),
        termination_wait: Duration | None = None,
        timeout: Duration | None = None,
    ) -> EndpointDeployment:
        """The requests go to new instances in equal steps.

        Args:
            percent: The part of the capacity that is shifted in each step, 10 to 50 per cent.
            wait: How long the alarms are watched after each step, up to 1 hour.
            alarms: The alarms that roll back, at most 10. Default: none.
            termination_wait: How long the old instances stay after that, up to 1 hour. Default: the service's, none.
            timeout: How long the deployment may take, 10 minutes to 8 hours. Default: the service's.

        Raises:
            PipelineError: A value that the service does not take.

        Source: [Linear traffic shifting](https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-blue-green-linear.html).
        """
        size = {"LinearStepSize": _part(percent, 10, 50)}
        routing = {"Type": "LINEAR", "WaitIntervalInSeconds": seconds_within(wait, "wait", 0, _HOUR), **size}
        return _blue_green(routing, alarms, termination_wait, timeout)

    @staticmethod
    def rolling(
        *,
        percent: int,
        wait: Duration,
        alarms: Sequence[cloudwatch.IAlarm] = (),
        timeout: Duration | None = None,
    ) -> EndpointDeployment:
        """Instances are exchanged in batches, so that no second fleet is needed.

        Args:
            percent: The largest batch, 5 to 50 per cent of the capacity.
            wait: How long the alarms are watched after each batch, up to 1 hour.
            alarms: The alarms that roll back, at most 10. Default: none.
            timeout: How long the deployment may take, 10 minutes to 8 hours. Default: the service's.

        Raises:
            PipelineError: A value that the service does not take.

        Source: [Rolling deployments](https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-rolling.html).
        """
        policy = {
            "MaximumBatchSize": _part(percent, 5, 50),
            "WaitIntervalInSeconds": seconds_within(wait, "wait", 0, _HOUR),
        }
        return _made({"RollingUpdatePolicy": {**policy, **_timeout(timeout)}}, alarms)

    def to_json(self) -> dict[str, Any]:
        """The configuration as the API expects it; the endpoint calls this."""
        rollback = {"Alarms": [{"AlarmName": name} for name in self._alarms]}
        return {**self._policy, **({"AutoRollbackConfiguration": rollback} if self._alarms else {})}


def _blue_green(
    routing: dict[str, Any], alarms: Any, termination_wait: Duration | None, timeout: Duration | None
) -> EndpointDeployment:
    policy: dict[str, Any] = {"TrafficRoutingConfiguration": routing, **_timeout(timeout)}
    if termination_wait is not None:
        policy["TerminationWaitInSeconds"] = seconds_within(termination_wait, "termination_wait", 0, _HOUR)
    return _made({"BlueGreenUpdatePolicy": policy}, alarms)


def _made(policy: dict[str, Any], alarms: Any) -> EndpointDeployment:
    made: EndpointDeployment = object.__new__(EndpointDeployment)
    example = "CDK alarms such as metric.create_alarm(...)"
    made._policy = policy
    made._alarms = tuple(str(member(one, "alarm_name", "alarms", example)) for one in items(alarms, "alarms"))
    if len(made._alarms) > _MOST_ALARMS:
        raise PipelineError(f"alarms: at most {_MOST_ALARMS} are allowed, not {len(made._alarms)}")
    return made


def _part(percent: Any, least: int, most: int) -> dict[str, Any]:
    whole(percent, least, most, "percent")
    return {"Type": "CAPACITY_PERCENT", "Value": percent}


def _timeout(given: Duration | None) -> dict[str, int]:
    return (
        {} if given is None else {"MaximumExecutionTimeoutInSeconds": seconds_within(given, "timeout", 600, 8 * _HOUR)}
    )
