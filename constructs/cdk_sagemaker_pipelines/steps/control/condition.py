"""A step that decides which steps run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ...language import Condition, Rendering, all_of
from ...properties.condition import ConditionProperties
from ..base.fields import field
from ..base.scope import DeclaredStep, StepScope, TagsOf
from ..base.step import Step

if TYPE_CHECKING:
    from ..base.scope import Dependable


class Branch(StepScope):
    """The steps that run when a condition is true, or false: ``check.if_steps`` and ``check.else_steps``.

    ```python
    branch: Branch = check.else_steps
    FailStep(branch, "TooInaccurate", message="the model is too inaccurate")
    ```

    Args:
        step: The condition step that has the branch.
        construct_id: The construct's id, unique in its scope.
    """

    def __init__(self, step: Step, construct_id: str) -> None:
        super().__init__(step, construct_id)
        self.host = step.host
        self.outer = step.outer
        self._name_prefix = step.outer._name_prefix


class ConditionStep(Step):
    """Runs one of two branches, as a condition says.

    The steps of a branch are declared in it:

    ```python
    mse = evaluate.property_file("report", "evaluation.json").number("regression_metrics.mse.value")
    check = ConditionStep(pipeline, "CheckMse", condition=mse <= 6.0)
    RegisterModelStep(
        check.if_steps, "Register",
        image=Image.xgboost("1.7-1"), model_data=train.model_artifacts, model_package_group="abalone",
    )
    FailStep(check.else_steps, "TooInaccurate", message=f"the mean squared error is {mse}")
    ```

    Source: [Condition step](https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-condition).
    """

    type = "Condition"

    condition: Condition | Sequence[Condition]
    """The condition that decides; a list is true if all of its conditions are."""

    if_steps: Branch = field(init=False)
    """The steps that run if the condition is true."""
    else_steps: Branch = field(init=False)
    """The steps that run if the condition is false."""

    if TYPE_CHECKING:  # `make generate` writes this from the fields

        def __init__(
            self,
            scope: StepScope,
            construct_id: str,
            *,
            condition: Condition | Sequence[Condition],
            step_name: str | None = None,
            display_name: str | None = None,
            description: str | None = None,
            depends_on: Sequence[Dependable] = (),
        ) -> None:
            """Runs one of two branches, as a condition says.

            :param scope: The pipeline, group, branch of a condition or body of a for-each in which it is declared.
            :param construct_id: The construct's id, unique in its scope; the step's name unless there is ``step_name``.
            :param condition: The condition that decides; a list is true if all of its conditions are.
            :param step_name: The name in the pipeline: 1 to 64 letters, digits, '-' and '_', unique in the pipeline.
            :param display_name: The name shown in Studio, at most 256 characters.
            :param description: The description shown in Studio, at most 3072 characters.
            :param depends_on: Steps and groups of steps to wait for; those that it reads data of need no entry.
            """

    def bind(self) -> None:
        given = self.condition
        self._conditions = all_of(list(given) if isinstance(given, tuple) else given)
        self.if_steps = Branch(self, "If")
        self.else_steps = Branch(self, "Else")

    @property
    def properties(self) -> ConditionProperties:
        """The outcome of the condition, true or false."""
        return ConditionProperties(self.name, ())

    def inner_steps(self) -> Iterator[DeclaredStep]:
        yield from self.if_steps.step_list()
        yield from self.else_steps.step_list()

    def arguments(self) -> dict[str, Any]:
        return {"Conditions": list(self._conditions)}

    def _render_arguments(self, rendering: Rendering, tags: TagsOf) -> dict[str, Any]:
        rendered = super()._render_arguments(rendering, tags)
        for key, branch in (("IfSteps", self.if_steps), ("ElseSteps", self.else_steps)):
            rendered[key] = [step.render(rendering, tags) for step in branch.step_list()]
        return rendered
