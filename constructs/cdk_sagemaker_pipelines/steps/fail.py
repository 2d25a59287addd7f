"""A step that ends the execution as failed."""

from __future__ import annotations

from typing import Any

from ..language import StringLike
from .checks import text
from .step import Step


class FailStep(Step):
    """Ends the execution as ``Failed`` with a message; steps that run already finish first.

    Nothing can depend on it, and it has no properties. Source: "Fail step" of the developer guide.
    """

    type = "Fail"

    message: StringLike = ""
    """Why the execution failed; an f-string may hold expressions. At most 3072 characters."""

    def arguments(self) -> dict[str, Any]:
        return {"ErrorMessage": text(self.message, "message")}
