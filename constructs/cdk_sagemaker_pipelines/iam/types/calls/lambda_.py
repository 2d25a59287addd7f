"""What a Lambda step needs: the pipeline's role invokes the function."""

from __future__ import annotations

from collections.abc import Iterator

from ....language.tokens import has_string_token
from ...needs import Needs
from ...permissions import Permission


def pipeline(need: Needs) -> Iterator[Permission]:
    """Invoking what stands there, the function or its alias; of a version of a function of the app every version.

    An execution calls the version that was the current one when it was started.
    """
    function, environment = need.beside.at("FunctionArn"), need.environment
    yield from need.undecided(function, ("lambda:InvokeFunction",), "function")
    if function.name:
        known = function.name.startswith("arn:") or has_string_token(function.name)
        arn = function.name if known else environment.arn("lambda", f"function:{function.name}")
        if function.name in environment.functions:
            arn = f"{environment.functions[function.name]}:*"
        yield Permission(("lambda:InvokeFunction",), (arn,), because=need.because(function))
