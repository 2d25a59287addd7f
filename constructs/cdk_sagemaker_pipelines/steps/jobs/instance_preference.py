"""The instances that a training job can have, in order of preference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...language import IntegerLike, PipelineError, StringLike
from ...language.documentation import documented
from ...language.no_value import NoValue
from ..base.field_checks import items, of_type, text

if TYPE_CHECKING:
    from ..base.fields import Fields

_MOST = 5


@documented
@dataclass(frozen=True)
class InstancePreference(NoValue):
    """Instances that a training job can have, one of several kinds: it gets the first that is available.

    ```python
    TrainingStep(
        pipeline, "Fit", image=Image.pytorch("2.1"), source=SourceDir("jobs/train", entry_point="train.py"),
        instance_preferences=[InstancePreference("ml.p5.48xlarge"), InstancePreference("ml.p4d.24xlarge")],
    )
    ```

    API: [InstancePreference](https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_InstancePreference.html).
    """

    instance_type: StringLike
    """The type of the instances, such as "ml.p5.48xlarge"."""
    instance_count: IntegerLike | None = None
    """The number of instances, in all preferences of a step or in none. Default: the step's ``instance_count``."""
    training_plan: StringLike | None = None
    """The ARN of the training plan whose capacity of this type is used. Default: on demand."""

    def to_json(self) -> dict[str, Any]:
        """The preference as the service expects it."""
        plan = None if self.training_plan is None else [text(self.training_plan, "training_plan")]
        found = {"InstanceType": self.instance_type, "InstanceCount": self.instance_count, "TrainingPlanArns": plan}
        return {name: value for name, value in found.items() if value is not None}


def check_preferences(step: Fields, given: Sequence[InstancePreference] | None) -> None:
    """Raises for what cannot be, and for what a step cannot have together with preferences."""
    fields = step.__dict__
    if given is None:
        if fields["instance_type"] is None:
            raise PipelineError("give instance_type, or several kinds of instances by instance_preferences")
        return
    listed = items(given, "instance_preferences")
    for index, each in enumerate(listed):
        what = f"instance_preferences[{index}]"
        of_type(each, InstancePreference, what, "InstancePreference('ml.p5.48xlarge')", optional=False)
    if not 1 <= len(listed) <= _MOST:
        raise PipelineError(f"instance_preferences takes 1 to {_MOST}, not {len(listed)}")
    for other, why in (
        ("instance_type", "the types are in the preferences"),
        ("max_wait", "they are on demand or of a training plan, not spot capacity"),
        ("training_plan", "give each preference its own training_plan"),
    ):
        if fields[other] is not None and (other != "training_plan" or any(each.training_plan for each in listed)):
            raise PipelineError(f"instance_preferences cannot be combined with {other}: {why}")
    counted = [each.instance_count is not None for each in listed]
    if any(counted) and not all(counted):
        raise PipelineError("instance_preferences: give instance_count in all of them or in none")
    if any(counted) and not (isinstance(fields["instance_count"], int) and fields["instance_count"] == 1):
        raise PipelineError(
            "instance_preferences: instance_count is given in them and of the step; leave the latter out"
        )
