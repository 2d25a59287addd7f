"""What a Lambda step needs: the pipeline's role invokes the function."""

from __future__ import annotations

from collections.abc import Iterator

from ....language import Definition, StepView
from ....language.tokens import has_string_token
from ...environment import Environment
from ...needs import Needs
from ...permissions import Permission


def pipeline(definition: Definition, step: StepView, environment: Environment) -> Iterator[Permission]:
    """Invoking what stands there, the function or its alias; of a version of a function of the app every version.

    An execution calls the version that was the current one when it was started.
    """
    function = step.json.get("FunctionArn")
    yield from Needs(definition, step, environment).undecided(
        function, ("lambda:InvokeFunction",), "function", "FunctionArn"
    )
    if isinstance(function, str) and function:
        known = function.startswith("arn:") or has_string_token(function)
        arn = function if known else environment.arn("lambda", f"function:{function}")
        if function in environment.functions:
            arn = f"{environment.functions[function]}:*"
        yield Permission(("lambda:InvokeFunction",), (arn,), because=(f"{step.name}: FunctionArn",))
