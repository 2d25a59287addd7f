"""A step of any type, written as the service expects it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from ..iam.trust import Given, Trust
from ..language import PipelineError, Rendering
from ..language.expressions import has_placeholder
from .base.field_checks import entries, of_type, shown
from .base.scope import TagsOf
from .base.step import Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .base.scope import Dependable, StepScope


class RawStep(Step):
    """A step of any type, even one that this library does not know yet.

    ```python
    RawStep(
        pipeline, "Tell", step_type="Lambda", keys={"FunctionArn": function.function_arn, "OutputParameters": []},
        step_arguments={"model": train.model_artifacts},
    )
    ```

    Names are the service's own, in PascalCase; values may contain expressions and CDK tokens. Nothing is created around
    the step: give the role that a job needs, or it runs with the pipeline's. Permissions are derived as for any other
    step of the type, so a role, a bucket, a function, a queue, a key or an image that is neither a construct of the app
    nor AWS's own is an error unless ``trust`` has it.
    """

    step_type: str
    """The step's ``Type`` in the definition, such as "Processing"."""
    step_arguments: Mapping[str, Any] | None = None
    """The step's ``Arguments``, in the service's own names. Default: an empty object."""
    keys: Mapping[str, Any] | None = None
    """The step's keys other than its arguments, such as ``FunctionArn`` or ``CacheConfig``."""
    trust: Trust | None = None
    """Roles, buckets and accounts that the step may name besides the app's and AWS's own. Default: none."""

    if TYPE_CHECKING:  # `make generate` writes this from the fields

        def __init__(
            self,
            scope: StepScope,
            construct_id: str,
            *,
            step_type: str,
            step_arguments: Mapping[str, Any] | None = None,
            keys: Mapping[str, Any] | None = None,
            trust: Trust | None = None,
            step_name: str | None = None,
            display_name: str | None = None,
            description: str | None = None,
            depends_on: Sequence[Dependable] = (),
        ) -> None:
            """A step of any type, even one that this library does not know yet.

            :param scope: The pipeline, group, branch of a condition or body of a for-each in which it is declared.
            :param construct_id: The construct's id, unique in its scope; the step's name unless there is ``step_name``.
            :param step_type: The step's ``Type`` in the definition, such as "Processing".
            :param step_arguments: The step's ``Arguments``, in the service's own names. Default: an empty object.
            :param keys: The step's keys other than its arguments, such as ``FunctionArn`` or ``CacheConfig``.
            :param trust: Roles, buckets and accounts that the step may name besides the app's and AWS's own. Default:
                none.
            :param step_name: The name in the pipeline: 1 to 64 letters, digits, '-' and '_', unique in the pipeline.
            :param display_name: The name shown in Studio, at most 256 characters.
            :param description: The description shown in Studio, at most 3072 characters.
            :param depends_on: Steps and groups of steps to wait for; those that it reads data of need no entry.
            """

    def bind(self) -> None:
        if not isinstance(self.step_type, str) or has_placeholder(self.step_type):
            raise PipelineError(f"step_type must be a literal text such as 'Processing', not {shown(self.step_type)}")
        entries(self.step_arguments, "step_arguments")
        of_type(self.trust, Trust, "trust", "Trust(...)")
        self.type = self.step_type  # type: ignore[misc]  # of this one step
        wrong = [
            key
            for key in entries(self.keys, "keys")
            if key in ("Name", "Type", "Arguments", "DependsOn", "DisplayName", "Description")
        ]
        if wrong:
            raise PipelineError(f"keys: {wrong[0]!r} is a field of the step")

    def _more_keys(self) -> dict[str, Any]:
        return dict(self.keys or {})

    def given(self) -> Given:
        return Given(self.trust or Trust())

    def _render_arguments(self, rendering: Rendering, tags: TagsOf) -> dict[str, Any]:
        # nothing is left out: the service gets what was written
        return cast(dict[str, Any], rendering.render(self.step_arguments or {}, "Arguments"))

    def _check_numbers(self) -> None:
        """Nothing is refused here: what the rules find may be acknowledged."""

    def arguments(self) -> dict[str, Any]:
        return dict(self.step_arguments or {})
