"""What steps that pass values and get some back share: inputs, typed outputs, cache."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal, TypeVar, get_args, overload

from ...assets import S3Location
from ...language import (
    CacheConfig,
    Expression,
    Key,
    PipelineError,
    StepReference,
    StringLike,
    an,
    choices,
    did_you_mean,
)
from ...language.errors import has_no
from ...language.tokens import is_number_token
from ..base.field_checks import entries, of_type, s3_uri, shown
from ..base.step import Step

T = TypeVar("T")
OutputType = Literal["String", "Integer", "Boolean", "Float"]
"""The types of outputs."""

OUTPUT_TYPES: tuple[str, ...] = get_args(OutputType)
_KINDS: Mapping[str, type] = {"String": str, "Integer": int, "Boolean": bool, "Float": float}
MOST_OUTPUTS = 50


class CallStep(Step):
    """A step that calls your code with values and gets values back."""

    inputs: Mapping[str, StringLike | float | bool | Expression[Any] | S3Location] | None = None
    """The values to pass, by name: texts, numbers, booleans and expressions; an ``S3Location`` is passed as its URI."""
    outputs: Mapping[str, OutputType] | None = None
    """The types of the outputs by name: "String", "Integer", "Boolean" or "Float". At most 50, 1024 characters each."""
    cache: CacheConfig | None = None
    """How old the outputs for the same inputs may be to be reused. Default: the pipeline's ``cache``."""

    def bind(self) -> None:
        super().bind()
        of_type(self.cache, CacheConfig, "cache", "CacheConfig(...)")
        self._outputs = _checked(self.outputs)
        self._inputs = {name: self._plain(value, name) for name, value in entries(self.inputs, "inputs").items()}

    @overload
    def output(self, name: str) -> StepReference[Any]: ...

    @overload
    def output(self, name: str, kind: type[T]) -> StepReference[T]: ...

    def output(self, name: str, kind: type[Any] | None = None) -> StepReference[Any]:
        """An output of the step, such as ``step.output("rows", int)``.

        Args:
            name: The name of the output in ``outputs``.
            kind: The type for type checkers: str, int, bool or float, as in ``outputs``.

        Raises:
            PipelineError: A name that ``outputs`` does not have, or another kind than its type.
        """
        with self.naming():
            if name not in self._outputs:
                raise PipelineError(f"it {has_no('output', str(name), self._outputs, shown(name))}")
            declared = self._outputs[name]
            if kind is not None and kind is not _KINDS[declared]:
                raise PipelineError(
                    f"the output {name!r} is {an(declared)}, whose kind is {_KINDS[declared].__name__}, not "
                    f"{getattr(kind, '__name__', shown(kind))}"
                )
        return StepReference(self.name, ("OutputParameters", Key(name)))

    def arguments(self) -> dict[str, Any]:
        return dict(self._inputs)

    def _more_keys(self) -> dict[str, Any]:
        cache = self.cache or self.host.default_cache
        outputs = [{"OutputName": name, "OutputType": kind} for name, kind in self._outputs.items()]
        return {**({"CacheConfig": cache.to_json()} if cache else {}), **self._target(), "OutputParameters": outputs}

    def _plain(self, value: Any, name: str) -> Any:
        finite = not isinstance(value, float) or math.isfinite(value) or is_number_token(value)
        if isinstance(value, S3Location):
            return s3_uri(value, f"inputs[{name!r}]", self.host.workplace)
        if isinstance(value, (str, int, float, Expression)) and finite:
            return value
        raise PipelineError(
            f"inputs[{name!r}] takes a text, a number, a boolean, an expression or an S3Location, not {shown(value)}; "
            "write a list or dict as JSON"
        )

    def _target(self) -> dict[str, str]:
        """The keys of the definition that name what is called."""
        raise NotImplementedError


def _checked(outputs: Any) -> dict[str, str]:
    found = dict(entries(outputs, "outputs"))
    for name, kind in found.items():
        if not 1 <= len(name) <= 256 or "'" in name:
            raise PipelineError(f"outputs: the name {shown(name)} must have 1 to 256 characters and no quote")
        if kind not in OUTPUT_TYPES:
            hint = did_you_mean(kind, OUTPUT_TYPES) if isinstance(kind, str) else ""
            raise PipelineError(f"outputs[{name!r}]: {shown(kind)}; allowed are {choices(OUTPUT_TYPES)}{hint}")
    if len(found) > MOST_OUTPUTS:
        raise PipelineError(f"outputs: there are {len(found)}; at most {MOST_OUTPUTS} are allowed")
    return found
