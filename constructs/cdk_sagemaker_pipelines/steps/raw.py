"""A step of any type, written as the service takes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from ..iam.trust import Given, Trust
from ..language import PipelineError, Rendering
from ..language.expressions import has_placeholder
from .base.given import entries, of_type, shown
from .base.step import Step, TagsOf


class RawStep(Step):
    """A step of any type of the service, also one that this library does not know yet.

    ::

        RawStep(
            pipeline, "Tell", step_type="Lambda", keys={"FunctionArn": function.function_arn, "OutputParameters": []},
            step_arguments={"model": train.model_artifacts},
        )

    Names are the service's own PascalCase; values may hold expressions and CDK tokens. Nothing is made around the
    step: give the role that a job needs, or it runs with the pipeline's. What the roles need for it is derived as for
    any other step of the type: so a role, a bucket, a function, a queue, a key or an image that is neither a construct
    of the app nor AWS's own is an error until ``trust`` says that it is meant.
    """

    step_type: str
    """The ``Type``, such as "Processing"."""
    step_arguments: Mapping[str, Any] | None = None
    """The ``Arguments``."""
    keys: Mapping[str, Any] | None = None
    """What stands beside the arguments, such as ``FunctionArn`` or ``CacheConfig``."""
    trust: Trust | None = None
    """Roles, buckets and accounts that the step may name beside what the app and AWS have. Default: none."""

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

    def more_keys(self) -> dict[str, Any]:
        return dict(self.keys or {})

    def given(self) -> Given:
        return Given(self.trust or Trust())

    def render_arguments(self, rendering: Rendering, tags: TagsOf) -> dict[str, Any]:
        # nothing is left out: what was written is what the service gets
        return cast(dict[str, Any], rendering.render(self.step_arguments or {}, "Arguments"))

    def arguments(self) -> dict[str, Any]:
        return dict(self.step_arguments or {})
