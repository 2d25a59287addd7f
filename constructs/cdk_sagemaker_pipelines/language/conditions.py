"""Conditions: what a condition step decides on.

They are made by comparing expressions (``mse <= 6.0``, ``region.equals("eu-west-1")``, ``size.is_in([1, 2])``) and
combined with ``&``, ``|`` and ``~``. A list of conditions is an AND. Source: "Condition step" of the developer guide.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from .errors import PipelineError
from .no_value import NoValue

Render = Callable[[Any], Any]
"""Turns an operand into JSON."""


class Condition(NoValue):
    """Something that is true or false when the pipeline runs: what a condition step decides on.

    ```python
    good: Condition = (mse <= 6.0) & (mse > 0)
    ConditionStep(pipeline, "CheckMse", condition=good | ~(mse < 100))
    ```

    Comparisons of expressions make it: ``<``, ``<=``, ``>``, ``>=``, ``.equals(x)`` and ``.is_in([x, y])``. Conditions
    are combined with ``&``, ``|`` and ``~``; a list of them is an AND.

    Source: [Condition step](https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-condition).
    """

    _instead = "give it to a ConditionStep, whose outcome is a value: step.properties.outcome"

    def to_json(self, render: Render) -> dict[str, Any]:
        """The condition as it appears in the definition.

        Args:
            render: A function that turns an operand into JSON.
        """
        raise NotImplementedError

    def __and__(self, other: Condition) -> Condition:
        return And([self, other])

    def __or__(self, other: Condition) -> Condition:
        return Or([*_alternatives(self), *_alternatives(other)])

    def __rand__(self, other: Any) -> Condition:
        return And([other, self])

    def __ror__(self, other: Any) -> Condition:
        return Or([other, self])

    def __invert__(self) -> Condition:
        return Not(self)

    def __bool__(self) -> NoReturn:
        raise TypeError(
            "a condition is true or false when the pipeline runs, not now; give it to a ConditionStep, combine "
            "conditions with '&', '|' and '~', and write a chain such as 1 < x < 5 as (x > 1) & (x < 5)"
        )


class _Comparison(Condition):
    def __init__(self, left: Any, right: Any) -> None:
        self.left = _operand(left)
        self.right = _operand(right)

    def to_json(self, render: Render) -> dict[str, Any]:
        return {"Type": type(self).__name__, "LeftValue": render(self.left), "RightValue": render(self.right)}


class Equals(_Comparison):
    """Both values are the same."""


class GreaterThan(_Comparison):
    """The left value is greater than the right one."""


class GreaterThanOrEqualTo(_Comparison):
    """The left value is greater than or equal to the right one."""


class LessThan(_Comparison):
    """The left value is less than the right one."""


class LessThanOrEqualTo(_Comparison):
    """The left value is less than or equal to the right one."""


class In(Condition):
    """The value is one of the values."""

    def __init__(self, query_value: Any, values: Sequence[Any]) -> None:
        if isinstance(values, (str, Mapping)) or not isinstance(values, Sequence) or not values:
            raise PipelineError(f"In: the values must be a list of at least one value, not {values!r}")
        self.query_value = _operand(query_value)
        self.values = tuple(_operand(value) for value in values)

    def to_json(self, render: Render) -> dict[str, Any]:
        return {
            "Type": "In",
            "QueryValue": render(self.query_value),
            "Values": [render(value) for value in self.values],
        }


class Not(Condition):
    """A condition that is true if another is false; ``~condition`` makes one.

    ```python
    ConditionStep(pipeline, "CheckMse", condition=Not(mse <= 6.0))
    ```

    Args:
        condition: The condition that must be false.
    """

    def __init__(self, condition: Condition) -> None:
        self.condition = _condition(condition)
        """The condition that must be false."""

    def to_json(self, render: Render) -> dict[str, Any]:
        return {"Type": "Not", "Condition": self.condition.to_json(render)}

    def __invert__(self) -> Condition:
        return self.condition


class Or(Condition):
    """A condition that is true if at least one of several is; ``a | b`` makes one.

    ```python
    ConditionStep(pipeline, "CheckMse", condition=Or([mse <= 6.0, mse.equals(100.0)]))
    ```

    Args:
        conditions: The conditions, at least one.
        *more: Refused: the conditions are given as one list.

    Raises:
        PipelineError: An empty list, or something that is not a condition.
    """

    def __init__(self, conditions: Sequence[Condition], *more: NoReturn) -> None:
        self.conditions = _listed("Or", "|", conditions, more)
        """The conditions that it was made of, in their order."""

    def to_json(self, render: Render) -> dict[str, Any]:
        return {"Type": "Or", "Conditions": [condition.to_json(render) for condition in self.conditions]}


class And(Condition):
    """A condition that is true if all of several are; ``a & b`` makes one.

    ```python
    ConditionStep(pipeline, "CheckMse", condition=And([mse <= 6.0, mse > 0]))
    ```

    The service knows AND only as the list of a condition step, so inside other conditions it is written by De Morgan's
    law: not (not a or not b).

    Args:
        conditions: The conditions, at least one.
        *more: Refused: the conditions are given as one list.

    Raises:
        PipelineError: An empty list, or something that is not a condition.
    """

    def __init__(self, conditions: Sequence[Condition], *more: NoReturn) -> None:
        self.conditions = _listed("And", "&", conditions, more)
        """The conditions that it was made of, in their order."""

    def to_json(self, render: Render) -> dict[str, Any]:
        return Not(~self).to_json(render)

    def __invert__(self) -> Condition:
        return Or([~condition for condition in all_of(self)])


def all_of(conditions: Condition | Sequence[Condition]) -> tuple[Condition, ...]:
    """The conditions of a condition step's list: an AND at the top is that list."""
    if isinstance(conditions, And):
        return tuple(inner for condition in conditions.conditions for inner in all_of(condition))
    if isinstance(conditions, Condition):
        return (conditions,)
    if isinstance(conditions, (str, Mapping)) or not isinstance(conditions, Sequence) or not conditions:
        raise PipelineError(f"a condition or a list of conditions is needed, not {conditions!r}{_instead(conditions)}")
    return tuple(inner for condition in conditions for inner in all_of(_condition(condition)))


def _instead(value: Any) -> str:
    return f"; {value._instead}" if isinstance(value, NoValue) else ""


def _listed(name: str, sign: str, conditions: Any, more: Any) -> tuple[Condition, ...]:
    if more or isinstance(conditions, Condition):
        raise TypeError(f"{name} takes one list, as in {name}([a, b]); or write a {sign} b")
    listed = tuple(_condition(condition) for condition in conditions)
    if not listed:
        raise PipelineError(f"{name}: give at least one condition")
    return listed


def _alternatives(condition: Any) -> tuple[Any, ...]:
    return condition.conditions if isinstance(condition, Or) else (condition,)


def _operand(value: Any) -> Any:
    if value is None or isinstance(value, (Condition, Mapping, list, tuple, set)):
        raise PipelineError(f"a condition compares expressions, texts, numbers and booleans, not {value!r}")
    return value


def _condition(value: Any) -> Condition:
    if not isinstance(value, Condition):
        raise PipelineError(
            f"{value!r} is not a condition; compare an expression with <, <=, >, >=, .equals() or .is_in()"
        )
    return value
