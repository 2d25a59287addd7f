"""A step that ends the execution as failed."""

from __future__ import annotations

from typing import Any

from ...language import PipelineError, StringLike
from ...language.expressions import has_placeholder
from ...language.tokens import is_token
from ..base.given import text
from ..base.step import Step

_MOST = 3072


class FailStep(Step):
    """Ends the execution as ``Failed`` with a message; steps that run already finish first.

    ::

        check = ConditionStep(pipeline, "CheckMse", condition=mse <= 6.0)
        FailStep(check.else_steps, "TooInaccurate", message=f"the mean squared error is {mse}")

    Nothing can depend on it, and it has no properties. Source: "Fail step" of the developer guide.
    """

    type = "Fail"

    message: StringLike = ""
    """Why the execution failed; an f-string may hold expressions. At most 3072 characters."""

    def arguments(self) -> dict[str, Any]:
        message = text(self.message, "message")
        if isinstance(message, str) and not is_token(message) and not has_placeholder(message) and len(message) > _MOST:
            raise PipelineError(f"message has {len(message)} characters; at most {_MOST}")
        return {"ErrorMessage": message}
