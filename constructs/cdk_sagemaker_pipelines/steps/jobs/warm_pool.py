"""What training steps share so that one of them gets the instances that another has left warm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import Duration
from constructs import Construct

from ...iam.roles import new_role
from ...language import IntegerLike, PipelineError
from ...language.keyword_options import GivenOnce, by_name
from ...language.no_value import NoValue
from ...language.step_types import STEP_TYPES
from ...undo import Whole, remembering, removing
from ..base.field_checks import of_type, seconds, shown
from ..base.scope import StepScope

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam

    from ..base.fields import Fields
    from ..base.step import Step

_TRAINING = STEP_TYPES["Training"]


class WarmPool(GivenOnce, NoValue, Construct, metaclass=Whole):
    """What training steps of a pipeline share so that each gets the instances that the one before it has left warm.

    ```python
    warm = WarmPool(pipeline, "Warm", keep_alive_period=Duration.minutes(30))
    first = TrainingStep(
        pipeline, "First", image=Image.xgboost("1.7-1"), instance_type="ml.m5.xlarge", warm_pool=warm,
    )
    TrainingStep(
        pipeline, "Second", image=Image.xgboost("1.7-1"), instance_type="ml.m5.xlarge", warm_pool=warm,
        depends_on=[first],
    )
    ```

    The service hands instances on between jobs with the same role, network, instances, volumes and isolation. So the
    steps get one role, which may do what any of them needs, and in a VPC one security group. Where nothing is to be
    shared give a step ``keep_alive_period`` instead: its instances are for the same step of the next execution.

    Args:
        scope: The pipeline of the steps, or a group in it.
        construct_id: The construct's id, unique in its scope.
        keep_alive_period: How long the instances are kept, a ``Duration`` or seconds, at most 6 hours.

    Raises:
        PipelineError: A scope that is not of a pipeline, or a time that is none.

    Source: [Managed warm pools](https://docs.aws.amazon.com/sagemaker/latest/dg/train-warm-pools.html).
    """

    job_role: iam.IRole
    """The role of all jobs of the pool: the pipeline's ``default_job_role``, else a new one."""

    @by_name
    def __init__(self, scope: StepScope, construct_id: str, *, keep_alive_period: Duration | IntegerLike) -> None:
        if not isinstance(scope, StepScope):
            raise PipelineError(
                f"WarmPool '{construct_id}': the scope must be a pipeline or a group, not {shown(scope)}"
            )
        super().__init__(scope, construct_id)
        removing(self)
        self._path = str(self.node.path)
        try:
            self._seconds = seconds(keep_alive_period, "keep_alive_period")
        except PipelineError as error:
            raise PipelineError(f"{self._who()}: {error}") from None
        self._host = scope.host
        self._host.refuse_when_sealed(f"{self._who()} cannot be added")
        shared = self._host.default_job_role
        self._own = shared is None
        principal = self._host.workplace.jobs(_TRAINING.trusted_for, _TRAINING.service)
        self.job_role = shared or new_role(self, "JobRole", principal)
        self._instances: dict[str, tuple[Any, Any]] = {}

    def _join(self, step: Step, instance_type: Any, instance_count: Any) -> None:
        """Takes a step in; raises ``PipelineError`` for one that never gets the instances of the others."""
        if step.host is not self._host:
            raise PipelineError(f"warm_pool: {self._path} is of another pipeline, whose role its jobs have")
        asked = (instance_type, instance_count)
        for name, known in self._instances.items():
            if all(isinstance(value, (str, int)) for value in (*asked, *known)) and asked != known:
                raise PipelineError(
                    f"warm_pool: the instances are {asked[1]} of {asked[0]!r}, those of '{name}' {known[1]} of "
                    f"{known[0]!r}; only the same ones are handed on"
                )
        remembering(self)
        self._host.uses_role(self.job_role, own=self._own, step=step.name)
        self._instances = {**self._instances, step.name: asked}

    def _who(self) -> str:
        return f"WarmPool '{self._path}'"


def check_warm_pool(step: Fields, given: WarmPool | None) -> None:
    """Raises for what is not a pool, and for what a step cannot have together with one."""
    of_type(given, WarmPool, "warm_pool", "a WarmPool")
    for name, why in (
        ("role", "the role is the pool's"),
        ("keep_alive_period", "the time is the pool's"),
        ("max_wait", "spot capacity is not kept warm"),
        ("instance_preferences", "which of them it gets is only known then; give instance_type"),
    ):
        if given is not None and step.__dict__[name] is not None:
            raise PipelineError(f"warm_pool cannot be combined with {name}: {why}")
