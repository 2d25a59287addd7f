"""A step that runs a Lambda function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk import Duration

from ...assets import LambdaHandler
from ...assets.handler import refuse_longer
from ...language import PipelineError, Rendering
from ...language.tokens import is_number_token
from ...properties.lambda_ import LambdaProperties
from ..base.data_access import DataFields, grant_data
from ..base.field_checks import literal, member, of_type
from ..base.fields import field
from ..base.scope import TagsOf
from .call import CallStep

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_cdk import aws_lambda as lambda_

    from ...assets import S3Location
    from ...language import CacheConfig, Expression, StringLike
    from ..base.scope import Dependable, StepScope
    from .call import OutputType

LONGEST_MINUTES = 10
"""The longest time that a Lambda step may take."""


class LambdaStep(DataFields, CallStep):
    """Runs a Lambda function with the inputs as its event; the dict that it returns has the outputs.

    ```python
    count = LambdaStep(
        pipeline, "Count", handler=LambdaHandler("functions/count.py"), inputs={"path": prepare.output("train")},
        outputs={"rows": "Integer"}, reads=[prepare.output("train")],
    )
    ```

    The file has ``def handler(event, context): return {"rows": 12}``. An exception fails the step; it is not retried. A
    run takes at most 10 minutes and cannot be stopped.

    Source: [Lambda step](https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html#step-type-lambda).
    """

    type = "Lambda"

    function: lambda_.IFunction | None = None
    """An existing function, or a version or alias of one; the step calls exactly that.

    If it is a version that the app creates, the pipeline's role may call every version: keep earlier ones for running
    executions with ``removal_policy=RemovalPolicy.RETAIN`` in the function's ``current_version_options``.
    """
    handler: LambdaHandler | None = None
    """The code of a function to create, instead of ``function``.

    Each change creates a new version, which is visible in the definition. Earlier versions are kept for running
    executions, and deleted with the function.
    """

    lambda_function: lambda_.IFunction = field(init=False)
    """The function that the step calls, given or created."""

    if TYPE_CHECKING:  # `make generate` writes this from the fields

        def __init__(
            self,
            scope: StepScope,
            construct_id: str,
            *,
            function: lambda_.IFunction | None = None,
            handler: LambdaHandler | None = None,
            reads: Sequence[S3Location | StringLike] = (),
            writes: Sequence[S3Location | StringLike] = (),
            inputs: Mapping[str, StringLike | float | bool | Expression[Any] | S3Location] | None = None,
            outputs: Mapping[str, OutputType] | None = None,
            cache: CacheConfig | None = None,
            step_name: str | None = None,
            display_name: str | None = None,
            description: str | None = None,
            depends_on: Sequence[Dependable] = (),
        ) -> None:
            """Runs a Lambda function with the inputs as its event; the dict that it returns has the outputs.

            :param scope: The pipeline, group, branch of a condition or body of a for-each in which it is declared.
            :param construct_id: The construct's id, unique in its scope; the step's name unless there is ``step_name``.
            :param function: An existing function, or a version or alias of one; the step calls exactly that.
            :param handler: The code of a function to create, instead of ``function``.
            :param reads: What else the code reads: each an ``S3Location``, another step's output or an S3 URI. Default:
                nothing.
            :param writes: Where else the code writes: each an ``S3Location``, another step's output or an S3 URI.
                Default: nowhere.
            :param inputs: The values to pass, by name: texts, numbers, booleans and expressions; an ``S3Location`` is
                passed as its URI.
            :param outputs: The types of the outputs by name: "String", "Integer", "Boolean" or "Float". At most 50,
                1024 characters each.
            :param cache: How old the outputs for the same inputs may be to be reused. Default: the pipeline's
                ``cache``.
            :param step_name: The name in the pipeline: 1 to 64 letters, digits, '-' and '_', unique in the pipeline.
            :param display_name: The name shown in Studio, at most 256 characters.
            :param description: The description shown in Studio, at most 3072 characters.
            :param depends_on: Steps and groups of steps to wait for; those that it reads data of need no entry.
            """

    def bind(self) -> None:
        super().bind()
        if (self.function is None) == (self.handler is None):
            raise PipelineError("give exactly one of function and handler")
        if self.function is not None:
            example = "a Lambda function such as lambda_.Function.from_function_arn(...)"
            arn = member(self.function, "function_arn", "function", example)
            self.lambda_function = self.function
            self._check_timeout()
            self._arn = literal(arn, "function: the ARN")
            if isinstance(self.function, cdk.aws_lambda.Version):
                self._may_call_every_version(self.function.lambda_)
        if self.handler is not None:
            of_type(self.handler, LambdaHandler, "handler", "LambdaHandler('functions/notify.py')")
            refuse_longer(self.handler.timeout, LONGEST_MINUTES, "handler: its timeout")
            self.host.workplace.doubt_code(self.name, self.handler.faults(), self.handler._left_behind())
            made = self.handler.bind(self, "Function")
            self.lambda_function = made
            self._arn = made.current_version.function_arn
            self._may_call_every_version(made)
        self._grant_data()

    def _grant_data(self) -> None:
        role = getattr(self.lambda_function, "role", None)  # for an existing function it is declared elsewhere
        if role is not None:
            self.host.uses_role(role, own=False, step=self.name)
        unknown = "the role of the function, which is not known for an existing one; grant them where it is created"
        grant_data(self, role, self, unknown=unknown)

    def _may_call_every_version(self, function: lambda_.IFunction) -> None:
        """Allows all versions, so that a new one needs no permission and running executions can call earlier ones."""
        self.host.workplace.functions[self._arn] = function.function_arn

    def _check_timeout(self) -> None:
        timeout = _timeout(self.lambda_function)
        if timeout is not None:
            field_name = "handler" if self.function is None else "function"
            refuse_longer(timeout, LONGEST_MINUTES, f"{field_name}: its timeout")

    def render(self, rendering: Rendering, tags: TagsOf) -> dict[str, Any]:
        document = super().render(rendering, tags)
        try:
            self._check_timeout()  # again, since the function's resource may have changed
        except PipelineError as error:
            rendering.find("FunctionArn", "timeout", str(error))
        return document

    @property
    def properties(self) -> LambdaProperties:
        """The outputs of the step, as expressions by name."""
        return LambdaProperties(self.name, ())

    def _target(self) -> dict[str, str]:
        return {"FunctionArn": self._arn}


def _timeout(function: Any) -> Duration | None:
    """The timeout of the function, or of the one that the version or alias belongs to; None if it is not known."""
    node = getattr(getattr(function, "lambda_", function), "permissions_node", None)  # of a singleton, the one's
    resource = node and node.default_child
    limit = resource.timeout if isinstance(resource, cdk.aws_lambda.CfnFunction) else None
    return None if limit is None or is_number_token(limit) else Duration.seconds(limit)
