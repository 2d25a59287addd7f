"""Steps that belong together, written once and used several times."""

from __future__ import annotations

import re
from typing import NoReturn

from ...language import PipelineError
from ...language.expressions import has_placeholder, readable
from ...language.keyword_options import by_name
from ...language.tokens import is_token
from ...undo import removing
from .field_checks import shown
from .scope import DeclaredStep, Dependable, StepScope, entering

_PREFIX = re.compile(r"[A-Za-z0-9\-_]*")


class StepGroup(StepScope, Dependable):
    """A scope for steps that belong together.

    Write a class of your own to use the same steps several times:

    ```python
    class Retrain(StepGroup):
        def __init__(self, scope, construct_id, *, data, **options):
            super().__init__(scope, construct_id, **options)
            prepare = ProcessingStep(
                self, "Prepare", image=Image.sklearn("1.2-1"), script=Script("jobs/prepare.py"),
                instance_type="ml.m5.large", inputs={"raw": data}, outputs=["train"],
            )
            self.train = TrainingStep(
                self, "Train", image=Image.xgboost("1.7-1"), instance_type="ml.m5.large",
                inputs={"train": prepare.output("train")},
            )

    north = Retrain(pipeline, "North", data="s3://data/north/")
    south = Retrain(pipeline, "South", data="s3://data/south/", depends_on=[north])
    ```

    Nothing of a group is in the definition but the names of its steps: "North-Prepare", "North-Train".

    Other steps and groups can wait for a group: for the success of all steps that are declared in it and in the groups
    inside it, except fail steps. They do not wait for the steps in the branches of its conditions, since one branch
    never runs. Only single steps have ``on_failure``, ``on_stop`` and ``on_end``. After an error of its constructor
    nothing is left of the group, nor of what that has made elsewhere in the pipeline.

    Args:
        scope: The pipeline, branch, body of a for-each or other group in which it is declared.
        construct_id: The construct's id, unique in its scope.
        prefix: What is put before the names of its steps. Default: the construct's id and a dash, behind the prefix of
            the scope.
        depends_on: Steps and groups of steps that every step of the group waits for.
    """

    outer: StepScope
    """The scope in which the group was declared."""

    @by_name
    def __init__(
        self,
        scope: StepScope,
        construct_id: str,
        *,
        prefix: str | None = None,
        depends_on: list[Dependable] | tuple[Dependable, ...] = (),
    ) -> None:
        if not isinstance(scope, StepScope):
            raise PipelineError(
                f"{type(self).__name__} '{construct_id}': the scope must be a Pipeline, a StepGroup or a branch such "
                f"as check.if_steps, not {shown(scope)}"
            )
        self.outer = scope
        self._own_id = construct_id
        self.host = scope.host
        self._full_name = scope._name_prefix + construct_id
        with self.naming():
            self.host.refuse_when_sealed("it cannot be added")
            self._name_prefix = scope._name_prefix + _checked(f"{construct_id}-" if prefix is None else prefix)
            scope._remember()
            with entering(scope, construct_id, "prefix= for the names of its steps"):
                super().__init__(scope, construct_id)
            removing(self)
        if not isinstance(depends_on, (list, tuple)):
            raise PipelineError(f"{self.owner()}: depends_on must be a list, not {shown(depends_on)}")
        self.add_dependency(*depends_on)

    def on_failure(self, *others: Dependable) -> NoReturn:
        """Raises ``PipelineError``: a step waits for all ends that it names, never for any one of them.

        Args:
            *others: The steps and groups of steps that would follow.
        """
        self._refuse_trigger("on_failure")

    def on_stop(self, *others: Dependable) -> NoReturn:
        """Raises ``PipelineError``, for the reason of ``on_failure``.

        Args:
            *others: The steps and groups of steps that would follow.
        """
        self._refuse_trigger("on_stop")

    def on_end(self, *others: Dependable) -> NoReturn:
        """Raises ``PipelineError``: the steps behind one that failed do not run, so they have no end to wait for.

        Args:
            *others: The steps and groups of steps that would follow.
        """
        self._refuse_trigger("on_end")

    def _refuse_trigger(self, name: str) -> NoReturn:
        some = next((step.name for step in self._last_steps()), f"{self._name_prefix}Train")
        raise PipelineError(
            f"{self.owner()}: a group has no {name}: the service knows the ends of single steps, and what waits for "
            f"several waits for all of them; write it for each step that counts, such as '{some}', with followers of "
            "its own"
        )

    def take(self, step: DeclaredStep) -> None:
        self.outer.take(step)
        super().take(step)

    def _last_steps(self) -> list[DeclaredStep]:
        return [step for step in self.step_list() if step.type != "Fail"]

    def _waits_of_all(self) -> list[tuple[Dependable, str]]:
        return [*self.waits(), *self.outer._waits_of_all()]

    def owner(self) -> str:
        return f"{type(self).__name__} '{self.outer.node.path}/{readable(str(self._own_id))}'"

    def _who(self) -> str:
        return self.owner()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} '{self.name}'>"


def _checked(prefix: str) -> str:
    literal = isinstance(prefix, str) and not has_placeholder(prefix) and not is_token(prefix)
    if not literal or not _PREFIX.fullmatch(prefix):
        raise PipelineError(
            f"the prefix {shown(prefix)} of the steps' names must have letters, digits, '-' or '_'; give prefix= when "
            "the construct's id must differ"
        )
    return prefix
