"""A step that runs a Lambda function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk import Duration

from ...assets import Handler
from ...assets.handler import refuse_longer
from ...language import PipelineError, Rendering
from ...language.tokens import is_number_token
from ...properties.lambda_ import LambdaProperties
from ..base.data_access import DataFields, grant_data
from ..base.fields import field
from ..base.given import literal, member, of_type
from ..base.step import TagsOf
from .call import CallStep

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_

LONGEST_MINUTES = 10
"""How long a Lambda step may take."""


class LambdaStep(DataFields, CallStep):
    """Runs a Lambda function with the inputs as its event; what it returns by name are the outputs.

    ::

        count = LambdaStep(
            pipeline, "Count", handler=Handler("functions/count.py"), inputs={"path": prepare.output("train")},
            outputs={"rows": "Integer"}, reads=[prepare.output("train")],
        )

    with, in the file, ``def handler(event, context): return {"rows": 12}``. An exception fails the step; it is not
    retried. A run takes at most 10 minutes and cannot be stopped. Source: "Lambda step" of the developer guide.
    """

    type = "Lambda"

    function: lambda_.IFunction | None = None
    """A function that you made, or a version or alias of one; the step calls just that.

    Of a version that the app makes the pipeline's role may call every one: keep those of before as long as executions
    run, by ``removal_policy=RemovalPolicy.RETAIN`` in the function's ``current_version_options``.
    """
    handler: Handler | None = None
    """Code to make a function of, instead.

    Each change of it is a new version, which shows in the definition. Those of before stay, for executions that still
    run, and go with the function.
    """

    lambda_function: lambda_.IFunction = field(init=False)
    """The function, given or made."""

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
            of_type(self.handler, Handler, "handler", "Handler('functions/notify.py')")
            refuse_longer(self.handler.timeout, LONGEST_MINUTES, "handler: its timeout")
            self.host.workplace.doubt_code(self.name, self.handler.faults())
            made = self.handler.bind(self, "Function")
            self.lambda_function = made
            self._arn = made.current_version.function_arn
            self._may_call_every_version(made)
        self._grant_data()

    def _grant_data(self) -> None:
        role = getattr(self.lambda_function, "role", None)  # of a function that exists already it is told elsewhere
        if role is not None:
            self.host.uses_role(role, own=False, step=self.name)
        unknown = "the role of the function, which is not known of one that exists; grant them where it is made"
        grant_data(self, role, self, unknown=unknown)

    def _may_call_every_version(self, function: lambda_.IFunction) -> None:
        """So that a new version asks for no new permission, and executions that still run call the one of before."""
        self.host.workplace.functions[self._arn] = function.function_arn

    def _check_timeout(self) -> None:
        timeout = _timeout(self.lambda_function)
        if timeout is not None:
            field_name = "handler" if self.function is None else "function"
            refuse_longer(timeout, LONGEST_MINUTES, f"{field_name}: its timeout")

    def render(self, rendering: Rendering, tags: TagsOf) -> dict[str, Any]:
        document = super().render(rendering, tags)
        try:
            self._check_timeout()  # again: the function's resource may have been changed since
        except PipelineError as error:
            rendering.find("FunctionArn", "timeout", str(error))
        return document

    @property
    def properties(self) -> LambdaProperties:
        """Everything that the step has got back."""
        return LambdaProperties(self.name, ())

    def target(self) -> dict[str, str]:
        return {"FunctionArn": self._arn}


def _timeout(function: Any) -> Duration | None:
    """The time limit of the function, or of that whose version or alias it is; None where it is not known."""
    node = getattr(getattr(function, "lambda_", function), "permissions_node", None)  # of a singleton, the one's
    resource = node and node.default_child
    limit = resource.timeout if isinstance(resource, cdk.aws_lambda.CfnFunction) else None
    return None if limit is None or is_number_token(limit) else Duration.seconds(limit)
