"""A step that runs other steps once for each item of a list."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from ...assets import S3Location, Workplace
from ...language import Expression, Get, Key, Parameter, PipelineError, Rendering, StepReference, an, choices
from ...language.expressions import ItemReference, expression_of, has_placeholder
from ...language.paths import StepName, format_path
from ...language.step_types import row_of
from ...language.tokens import is_list_token, is_number_token, is_token
from ...properties.for_each import ForEachProperties
from ..base.field_checks import s3_uri, shown
from ..base.fields import field
from ..base.json_text import json_text
from ..base.scope import DeclaredStep, TagsOf
from ..base.step import Step
from .condition import Branch

if TYPE_CHECKING:
    from ..base.scope import Dependable, StepScope

MOST_ITEMS = 100
MOST_AT_ONCE = 50
LONGEST_ITEM = 12800

Item = str | int | float | bool | Expression[Any] | S3Location | Mapping[str, Any]
P_co = TypeVar("P_co", bound=StepReference[Any], covariant=True)


class Described(Protocol[P_co]):
    """A step with properties."""

    @property
    def name(self) -> str:
        """The step's name in the pipeline."""
        ...

    @property
    def properties(self) -> P_co:
        """What the service describes of the step."""
        ...


class CurrentItem(ItemReference[Any]):
    """The item of a body's run; ``item["key"]`` and ``item.key`` are members of a JSON object.

    Write names that an expression has itself, such as ``equals`` or ``payload``, in brackets.
    """

    def __init__(self, loop: str, path: tuple[str | int, ...] = ()) -> None:
        self._path = path
        super().__init__(loop, path)

    def __getattr__(self, name: str) -> CurrentItem:
        if name.startswith("_"):
            raise AttributeError(name)
        return CurrentItem(self._loop, (*self._path, name))

    def __getitem__(self, key: str | int) -> CurrentItem:
        self.refuse_slice(key)
        if isinstance(key, str) and key and "'" not in key and not has_placeholder(key):
            return CurrentItem(self._loop, (*self._path, Key(key)))
        if isinstance(key, int) and not isinstance(key, bool) and key >= 0:
            return CurrentItem(self._loop, (*self._path, key))
        raise PipelineError(f"{self.describe()}[{key!r}]: use a literal name without quotes, or a position from 0")


class Body(Branch):
    """The steps that run once per item; declare them with the body as their scope."""

    def __init__(self, loop: Step) -> None:
        super().__init__(loop, "Body")
        self._loop = loop

    def take(self, step: DeclaredStep) -> None:
        kind = getattr(step, "type", "")  # a raw step does not know it yet; a rule finds it
        if not row_of(kind).in_a_body:
            raise PipelineError(f"{an(kind)} step cannot be in the body of a for-each")
        super().take(step)


class ForEachStep(Step):
    """Runs the steps of its body once for each item of a list.

    The steps are declared in the body:

    ```python
    each = ForEachStep(pipeline, "Depths", items=[{"depth": 3}, {"depth": 6}], max_concurrency=2)
    train = TrainingStep(
        each.body, "Train", image=Image.xgboost("1.7-1"), instance_type="ml.m5.large",
        inputs={"train": prepare.output("train")}, hyperparameters={"max_depth": each.item["depth"]},
    )
    each.select_min_by(train.properties.final_metric_data_list["validation:rmse"].value)
    best = each.selected(train).model_artifacts.s3_model_artifacts
    ModelStep(pipeline, "Model", image=Image.xgboost("1.7-1"), model_data=best)
    ```

    The run of "Train" for the first item is named "Train-0". If one run fails, the others are ended and the for-each
    fails. Whatever waits for a for-each waits for all runs. The body cannot contain condition, fail or for-each steps.
    Outputs of processing jobs without a destination are kept apart, below the jobs' names; other locations and names
    must contain something of the item.

    Source: [SageMaker Python SDK](https://github.com/aws/sagemaker-python-sdk) from 3.27 on; the developer guide has no
    page on it.
    """

    type = "ForEach"

    items: Sequence[Item] | Expression[str] | str
    """1 to 100 texts, numbers, booleans and expressions, or an expression for a JSON list, such as a parameter.

    A dict becomes a JSON text, whose members the body reads as ``each.item["key"]``. An ``S3Location``, even in a
    dict, becomes its URI. A text has at most 12800 characters.
    """
    max_concurrency: int
    """How many steps of the body run at once, for all items together, 1 to 50."""

    body: Body = field(init=False)
    """The steps that run once per item."""

    if TYPE_CHECKING:  # `make generate` writes this from the fields

        def __init__(
            self,
            scope: StepScope,
            construct_id: str,
            *,
            items: Sequence[Item] | Expression[str] | str,
            max_concurrency: int,
            step_name: str | None = None,
            display_name: str | None = None,
            description: str | None = None,
            depends_on: Sequence[Dependable] = (),
        ) -> None:
            """Runs the steps of its body once for each item of a list.

            :param scope: The pipeline, group, branch of a condition or body of a for-each in which it is declared.
            :param construct_id: The construct's id, unique in its scope; the step's name unless there is ``step_name``.
            :param items: 1 to 100 texts, numbers, booleans and expressions, or an expression for a JSON list, such as a
                parameter.
            :param max_concurrency: How many steps of the body run at once, for all items together, 1 to 50.
            :param step_name: The name in the pipeline: 1 to 64 letters, digits, '-' and '_', unique in the pipeline.
            :param display_name: The name shown in Studio, at most 256 characters.
            :param description: The description shown in Studio, at most 3072 characters.
            :param depends_on: Steps and groups of steps to wait for; those that it reads data of need no entry.
            """

    def bind(self) -> None:
        super().bind()
        self._items = _items(self.items, self.host.workplace)
        most = self.max_concurrency
        if isinstance(most, bool) or not isinstance(most, int) or not 1 <= most <= MOST_AT_ONCE:
            raise PipelineError(f"max_concurrency must be a whole number from 1 to {MOST_AT_ONCE}, not {shown(most)}")
        self._selector: dict[str, Any] | None = None
        self._selected: str | None = None
        self.body = Body(self)

    @property
    def item(self) -> CurrentItem:
        """The item of a run, for the steps of the body.

        If it is JSON, ``each.item["key"]`` is a member. So is ``each.item.key``, except for names of the expression's
        own methods, such as ``equals`` or ``payload``.
        """
        return CurrentItem(self.name)

    @property
    def properties(self) -> ForEachProperties:
        """Its status, and the counts of items and runs."""
        return ForEachProperties(self.name, ())

    def result(self, step: Described[P_co], index: int) -> P_co:
        """The properties of a step in the body, in the run for one item.

        ``each.result(train, 0).model_artifacts.s3_model_artifacts`` is a text.

        Args:
            step: The step, which is declared in the body.
            index: The position of the item, counted from 0.

        Raises:
            PipelineError: A step that is not in the body, or a position that there is not.
        """
        with self.naming():
            known = len(self._items) if isinstance(self._items, list) else math.inf
            if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < known:
                there = f"there are {known} items, counted from 0" if known < math.inf else "items count from 0"
                raise PipelineError(f"index {shown(index)}: {there}")
            self._check_inside(step)
        return self._of(step, "IterationOutputs", index, StepName(step.name))

    def select_max_by(self, value: Expression[Any]) -> None:
        """Selects the item for which a property of a step in the body is the greatest; ``selected`` reads it.

        Args:
            value: The property, such as ``train.properties.training_time_in_seconds``.

        Raises:
            PipelineError: Not a property of a step in the body.
        """
        self._select("MaxBy", value)

    def select_min_by(self, value: Expression[Any]) -> None:
        """Selects the item for which a property of a step in the body is the least; ``selected`` reads it.

        Args:
            value: The property, such as ``train.properties.training_time_in_seconds``.

        Raises:
            PipelineError: Not a property of a step in the body.
        """
        self._select("MinBy", value)

    def selected(self, step: Described[P_co]) -> P_co:
        """The properties of a step in the body, in the run for the selected item.

        Args:
            step: The step in the body whose property was compared.

        Raises:
            PipelineError: No item is selected, or by a property of another step.
        """
        with self.naming():
            self._check_inside(step)
            if self._selected is None:
                raise PipelineError("no item is selected; call select_max_by or select_min_by first")
            if self._selected != step.name:
                raise PipelineError(f"it selects by a property of '{self._selected}' and only returns that step's run")
        return self._of(step, "Selected")

    def inner_steps(self) -> Iterator[DeclaredStep]:
        yield from self.body.step_list()

    def arguments(self) -> dict[str, Any]:
        return {"IterableItems": self._items, "MaxConcurrency": self.max_concurrency}

    def _render_arguments(self, rendering: Rendering, tags: TagsOf) -> dict[str, Any]:
        rendered = super()._render_arguments(rendering, tags)
        if self._selector is not None:
            rendered["Selector"] = dict(self._selector)
        rendering.loop = self.name
        rendered["ForEachBody"] = [step.render(rendering, tags) for step in self.body.step_list()]
        rendering.loop = None  # bodies are not nested
        return rendered

    def _select(self, pick: str, value: Any) -> None:
        with self.naming():
            self.host.refuse_when_sealed("its selector cannot be changed")
            inside = [step.name for step in self.body.step_list()]
            if not isinstance(value, StepReference) or value.step_name not in inside or not value.path:
                example = "a property of a step in its body, such as train.properties.training_time_in_seconds"
                raise PipelineError(f"it selects by {example}, not {shown(value)}; the body has {choices(inside)}")
        self._selected = value.step_name
        path = f"IterationOutput.{value.step_name}{format_path(value.path)}"
        self._selector = {"Pick": pick, "Field": Get[Any](path).to_json()}

    def _check_inside(self, step: Any) -> None:
        if not any(step is inside for inside in self.body.step_list()):
            raise PipelineError(f"{shown(step)} is not in its body")

    def _of(self, step: Described[P_co], *path: str | int) -> P_co:
        """The properties of the same class at another path."""
        return type(step.properties)(self.name, path)


def _items(value: Any, workplace: Workplace) -> Any:
    if isinstance(value, str) and has_placeholder(value):
        value = expression_of(value)
    if isinstance(value, Parameter) and value.type != "String":
        raise PipelineError(f"items: {value.describe()} is {an(value.type)}, not a list; a JSON list is a String")
    if isinstance(value, Expression):
        return value
    if isinstance(value, (list, tuple)) and not is_list_token(value):
        if not 1 <= len(value) <= MOST_ITEMS:
            raise PipelineError(f"items: there are {len(value)}; 1 to {MOST_ITEMS} are allowed")
        return [_item(item, f"items[{index}]", workplace) for index, item in enumerate(value)]
    raise PipelineError(f"items must be a list, or an expression for a JSON list, not {shown(value)}")


def _item(value: Any, what: str, workplace: Workplace) -> Any:
    if isinstance(value, S3Location):
        value = s3_uri(value, what, workplace)
    if isinstance(value, Mapping):
        value = json_text(value, what, workplace)
    if isinstance(value, str) and not has_placeholder(value) and not is_token(value) and len(value) > LONGEST_ITEM:
        raise PipelineError(f"{what} has {len(value)} characters; at most {LONGEST_ITEM}")
    finite = not isinstance(value, float) or math.isfinite(value) or is_number_token(value)
    if isinstance(value, (str, int, float, Expression)) and finite:
        return value
    raise PipelineError(f"{what} must be a text, a number, a boolean, an expression or a dict, not {shown(value)}")
