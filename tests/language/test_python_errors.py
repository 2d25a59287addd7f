"""What Python itself refuses, without asking the value, comes with advice where nobody catches it."""

from __future__ import annotations

import base64
import json
import operator
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import pytest

from cdk_sagemaker_pipelines import ExecutionVariables, Parameter
from cdk_sagemaker_pipelines.language.python_errors import advice_on, advising

A: Parameter[str] = Parameter("A", "String")
REFUSED: dict[str, Callable[[], object]] = {
    "join": lambda: ", ".join([A]),  # type: ignore[list-item]
    "join-of-variables": lambda: ", ".join(["x", ExecutionVariables.START_DATETIME]),  # type: ignore[list-item]
    "join-of-bytes": lambda: b"".join([A]),  # type: ignore[list-item]
    "path": lambda: os.path.join("x", A),  # type: ignore[call-overload]
    "json": lambda: json.dumps({"a": A}),
    "startswith": lambda: "x".startswith(A),  # type: ignore[arg-type]
    "replace": lambda: "x".replace("x", A),  # type: ignore[arg-type]
    "split": lambda: "x".split(A),  # type: ignore[arg-type]
    "match": lambda: re.match("x", A),  # type: ignore[call-overload]
    "path-object": lambda: Path(A),  # type: ignore[arg-type]
    "base64": lambda: base64.b64encode(A),  # type: ignore[arg-type]
    "number-format": lambda: operator.mod("%d", A),
    "method": lambda: A.upper(),  # type: ignore[attr-defined]
}
ADVICE = "is known when the pipeline runs, so Python cannot use it as a text or a number now"


@pytest.mark.parametrize("use", [pytest.param(use, id=name) for name, use in REFUSED.items()])
def test_what_python_refuses_has_advice(use: Callable[[], object]) -> None:
    with pytest.raises((TypeError, AttributeError)) as raised:
        use()
    assert ADVICE in (advice_on(raised.value) or "")


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(TypeError("sequence item 0: expected str instance, int found"), id="another-class"),
        pytest.param(ValueError("expected str instance, Parameter found"), id="another-error"),
        pytest.param(AttributeError("'Parameter' object has no attribute 'defualt'"), id="no-attribute-of-a-text"),
        pytest.param(AttributeError("module 'x' has no attribute 'upper'"), id="a-module"),
    ],
)
def test_other_errors_have_none(error: Exception) -> None:
    assert advice_on(error) is None


def test_a_refusal_with_advice_of_its_own_gets_no_more() -> None:
    with pytest.raises(TypeError) as raised:
        int(A)
    assert advice_on(raised.value) is None


def test_another_hook_still_prints() -> None:
    printed: list[BaseException] = []

    def other(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
        printed.append(error)

    error = TypeError("expected str instance, Parameter found")
    advising(other)(TypeError, error, None)
    assert printed == [error]


def test_a_script_ends_with_the_advice() -> None:
    script = "from cdk_sagemaker_pipelines import Parameter\n', '.join([Parameter('A', 'String')])\n"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    *_, error, advice = ended.stderr.splitlines()
    assert error == "TypeError: sequence item 0: expected str instance, Parameter found"
    assert advice == (
        f"The value of class Parameter {ADVICE}: write f\"{{a}}, {{b}}\" or Join(', ', [a, b]) for a text, and compute "
        "the rest in a job."
    )
