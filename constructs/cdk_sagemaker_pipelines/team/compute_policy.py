"""The compute that pipelines may use: as defaults of their steps, as errors at synth, as conditions in IAM."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from aws_cdk import Duration
from constructs import Construct

from ..language import PipelineError
from ..language.keyword_options import GivenOnce, by_name
from ..language.tokens import is_number_token
from ..steps.base.field_checks import seconds
from ..synthesis.synthesis import syntheses
from . import applied
from .compute import Allowed
from .given import check_number, check_types, shown
from .quotas import read_quotas

_WHO = "ComputePolicy"
_LONGEST_RUN = 28 * 24 * 3600
_LONGEST_KEPT = 6 * 3600


class ComputePolicy(GivenOnce):
    """The compute that the pipelines of an app, a stage or a stack, or one pipeline, may use.

    ```python
    ComputePolicy(instance_types=["ml.m5.*", "ml.g5.*"], max_runtime=Duration.hours(8), max_gpus=8).apply(stack)
    ```

    Apply it before the steps are declared: it fills what they leave open. What they ask for beyond it is an error at
    synth. The role of the pipeline gets conditions on instance types, run times and kept instances, so that no
    parameter or override at a start gets around them. Of several policies around a pipeline each one must hold.
    docs/guide/limits.md says what is bound where.

    Args:
        instance_types: The instance types that are allowed, of jobs and endpoints, also of a ``ModelEndpoint`` and a
            ``MonitoringSchedule``; ``*`` matches any text. A policy inside of another one takes a part of the other's.
            Default: all.
        max_runtime: How long a job may run, a ``Duration`` or seconds, at most 28 days; also the limit of jobs whose
            steps give none. Default: any time.
        spot: How long a training with checkpoints waits for spot capacity beyond its ``max_runtime``, a ``Duration``
            or seconds, where its step says nothing of spot and nothing excludes it. ``False`` for on demand, where an
            outer policy says spot. Default: on demand.
        keep_alive: How long instances may be kept warm, a ``Duration`` or seconds, at most 6 hours; 0 for not at all.
            Default: any time.
        parallelism: How many steps may run at once; also what pipelines get that give no number. Default: any number.
        max_gpus: How many GPUs one execution may have running at once. Default: any number.
        max_instance_hours: How many instance-hours one execution may take at most. Default: any number.
        quotas: The account's quotas of instances by the service's names, or the path of a file from ``smpipe quotas
            pull``, as for ``TeamRules``. Default: none are looked at.
        executions: How many executions of a pipeline must fit into the quotas at the same time, also into those of
            outer policies. Default: that of the outer policy, else 1.

    Raises:
        PipelineError: A limit that is not one, or no limit at all.

    Source: [condition keys of SageMaker](https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsagemaker.html).
    """

    @by_name
    def __init__(
        self,
        *,
        instance_types: Sequence[str] | None = None,
        max_runtime: Duration | int | None = None,
        spot: Duration | int | Literal[False] | None = None,
        keep_alive: Duration | int | None = None,
        parallelism: int | None = None,
        max_gpus: int | None = None,
        max_instance_hours: float | None = None,
        quotas: Mapping[str, int] | str | Path | None = None,
        executions: int | None = None,
    ) -> None:
        check_types(_WHO, instance_types)
        for name in instance_types or ():
            if "[" in name or "?" in name:
                raise PipelineError(
                    f"{_WHO}: instance_types: {name!r} is not a pattern here; only '*' matches any text"
                )
        check_number(_WHO, "parallelism", parallelism, int, 1)
        check_number(_WHO, "max_gpus", max_gpus, int)
        check_number(_WHO, "max_instance_hours", max_instance_hours, (int, float))
        check_number(_WHO, "executions", executions, int, 1)
        self._limits: dict[str, Any] = {
            "instance_types": None if instance_types is None else tuple(dict.fromkeys(instance_types)),
            "max_runtime": _time("max_runtime", max_runtime, 1, _LONGEST_RUN),
            "spot_wait": 0 if spot is False else _time("spot", spot, 1, _LONGEST_RUN),
            "keep_alive": _time("keep_alive", keep_alive, 0, _LONGEST_KEPT),
            "parallelism": parallelism,
            "max_gpus": max_gpus,
            "max_instance_hours": max_instance_hours,
            "quotas": None if quotas is None else read_quotas(_WHO, quotas),
            "executions": executions,
        }
        if all(limit is None for limit in self._limits.values()):
            raise PipelineError(f"{_WHO}: give a limit, such as max_gpus=8 or instance_types=['ml.m5.*']")

    @by_name
    def apply(self, scope: Construct) -> None:
        """Applies the policy to a pipeline, or to all pipelines in an app, a stage, a stack or another construct.

        Args:
            scope: The pipeline, or what the pipelines are in.

        Raises:
            PipelineError: A pipeline there has steps already, or an outer policy allows none of the instance types.
        """
        if not isinstance(scope, Construct):
            raise PipelineError(f"{_WHO}.apply takes an app, a stage, a stack or a pipeline, not {shown(scope)}")
        path = str(scope.node.path)
        self._apply(scope, f"the compute policy of {repr(path) if path else 'the app'}")

    def _apply(self, scope: Construct, whose: str) -> None:
        """``whose``: who says so, for messages."""
        path, root = str(scope.node.path), scope.node.root
        for synthesis in syntheses(root):
            of = str(synthesis.pipeline.node.path)
            if path.startswith(f"{of}/"):
                raise PipelineError(f"{_WHO}.apply: '{path}' is a part of a pipeline; apply it to the pipeline '{of}'")
            below = not path or f"{of}/".startswith(f"{path}/")
            if below and synthesis.has_steps:
                raise PipelineError(
                    f"{_WHO}.apply: the steps of pipeline '{of}' have taken their defaults already; apply the policy "
                    "before they are declared"
                )
            if below:
                synthesis.refuse_when_sealed(f"{_WHO}.apply")
        try:
            applied.apply(Allowed(whose, **self._limits), path, root)
        except PipelineError as error:
            raise PipelineError(f"{_WHO}.apply: {error}") from None


def _time(what: str, value: Any, least: int, most: int) -> int | None:
    if value is None:
        return None
    given = seconds(value, f"{_WHO}: {what}")
    if not isinstance(given, int) or is_number_token(given):
        raise PipelineError(f"{_WHO}: {what} must be literal: it is also a condition in IAM")
    if not least <= given <= most:
        raise PipelineError(f"{_WHO}: {what} takes {least} to {most} seconds, not {given}")
    return given
