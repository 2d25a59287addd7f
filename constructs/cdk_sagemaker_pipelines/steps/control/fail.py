"""A step that ends the execution as failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...language import PipelineError, StringLike
from ...language.expressions import has_placeholder
from ...language.tokens import is_token
from ..base.field_checks import text
from ..base.step import Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..base.scope import Dependable, StepScope


_MOST = 3072


class FailStep(Step):
    """Ends the execution as ``Failed`` with a message; running steps finish first.

    ```python
    check = ConditionStep(pipeline, "CheckMse", condition=mse <= 6.0)
    FailStep(check.else_steps, "TooInaccurate", message=f"the mean squared error is {mse}")
    ```

    Nothing can depend on it, and it has no properties.

    Source: [Fail step](https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-fail).
    """

    type = "Fail"

    message: StringLike = ""
    """The reason, which may be an f-string with expressions; at most 3072 characters."""

    if TYPE_CHECKING:  # `make generate` writes this from the fields

        def __init__(
            self,
            scope: StepScope,
            construct_id: str,
            *,
            message: StringLike = "",
            step_name: str | None = None,
            display_name: str | None = None,
            description: str | None = None,
            depends_on: Sequence[Dependable] = (),
        ) -> None:
            """Ends the execution as ``Failed`` with a message; running steps finish first.

            :param scope: The pipeline, group, branch of a condition or body of a for-each in which it is declared.
            :param construct_id: The construct's id, unique in its scope; the step's name unless there is ``step_name``.
            :param message: The reason, which may be an f-string with expressions; at most 3072 characters.
            :param step_name: The name in the pipeline: 1 to 64 letters, digits, '-' and '_', unique in the pipeline.
            :param display_name: The name shown in Studio, at most 256 characters.
            :param description: The description shown in Studio, at most 3072 characters.
            :param depends_on: Steps and groups of steps to wait for; those that it reads data of need no entry.
            """

    def arguments(self) -> dict[str, Any]:
        message = text(self.message, "message")
        if isinstance(message, str) and not is_token(message) and not has_placeholder(message) and len(message) > _MOST:
            raise PipelineError(f"message has {len(message)} characters; at most {_MOST}")
        return {"ErrorMessage": message}
