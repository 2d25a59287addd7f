"""What is between ``${`` and ``}`` in a file: parameters, what is read of steps, items of a loop."""

from __future__ import annotations

import re
from typing import Any

from ..language import Expression, JsonGet, PipelineError, StepReference, did_you_mean
from ..steps.base.step import Step
from ..steps.jobs.processing import ProcessingStep
from .conditions import EXPRESSION
from .making import Maker

ESCAPED = "$${"
"""What stands for ``${`` itself."""
MARK = "\x00{"
"""What stands for it meanwhile."""


class Expressions:
    """Reads expressions. ``maker`` knows the parameters of the pipeline and the steps so far."""

    def __init__(self, maker: Maker) -> None:
        self._maker = maker

    def text(self, given: str) -> Any:
        """A text with expressions in it, as an f-string makes it; the expression itself where it is one alone."""
        marked = given.replace(ESCAPED, MARK)
        whole = EXPRESSION.fullmatch(marked)
        if whole:
            return self.expression(whole[1])
        return EXPRESSION.sub(lambda match: str(self.expression(match[1])), marked).replace(MARK, "${")

    def expression(self, text: str) -> Expression[Any]:
        """What is between ``${`` and ``}``."""
        name, dot, rest = text.strip().partition(".")
        if not dot and name in self._maker.parameters:
            return self._maker.parameters[name]
        if name in ("Parameters", "Execution") or (name == "item" and self._maker.loop):
            get = f"ForEach.CurrentItem{dot}{rest}" if name == "item" else text.strip()
            found: Expression[Any] = self._maker.expression({"Get": get})
            return found
        if re.match(r"item\[", text.strip()) and self._maker.loop:
            return self._maker.expression({"Get": f"ForEach.CurrentItem{text.strip().removeprefix('item')}"})  # type: ignore[no-any-return]
        if not dot:
            known = [*self._maker.parameters, *self._maker.steps]
            hint = did_you_mean(name, known)
            raise PipelineError(f"${{{text}}} is not a parameter{hint or '; of a step give what is read of it'}")
        return self._of_step(self.step(name), rest)

    def step(self, name: str) -> Step:
        """The step of that name."""
        if name not in self._maker.steps:
            raise PipelineError(f"there is no step {name!r}{did_you_mean(name, self._maker.steps)}")
        return self._maker.steps[name]

    def _of_step(self, step: Step, rest: str) -> Expression[Any]:
        """An output, an attribute such as ``model_artifacts``, any property, or a value in a property file."""
        file, colon, path = rest.partition(":")
        if colon and isinstance(step, ProcessingStep):
            declared = [each.name for each in step.property_files]
            if file not in declared:
                hint = did_you_mean(file, declared)
                raise PipelineError(
                    f"step '{step.name}' has no property file {file!r}{hint}; name it in property_files"
                )
            reference = StepReference[Any](step.name, get=f"Steps.{step.name}.PropertyFiles.{file}")
            return JsonGet[Any](path, property_file=reference)
        output: Any = getattr(type(step), "output", None)
        if callable(output):
            try:
                found: Expression[Any] = output(step, rest)
                return found
            except PipelineError:
                pass
        if isinstance(getattr(type(step), rest, None), property):
            value = getattr(step, rest)
            if isinstance(value, Expression):
                return value
        return step.reference(rest)
