"""Runs the handler of a Python Lambda function once. Run as a script; imports nothing from this package.

The only argument is the path of a JSON file: {"handler": "module.function", "event": any, "context": members of the
context object, "seconds": time left, "result": path of the file to write}. The result is {"payload": text} or {"error":
{"errorMessage", "errorType", "stackTrace"}}. Source of the error types: awslambdaric 3.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
import traceback
from types import SimpleNamespace
from typing import Any


class Context(SimpleNamespace):
    """The second argument of a handler."""

    def __init__(self, members: dict[str, Any], seconds: float) -> None:
        super().__init__(**members, identity=None, client_context=None)
        self._until = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function is ended."""
        return max(0, int((self._until - time.monotonic()) * 1000))

    def log(self, message: Any) -> None:
        """Writes to the function's log."""
        sys.stdout.write(f"{message}\n")


def answer(call: dict[str, Any]) -> dict[str, Any]:
    """Calls the handler and returns the result."""
    module_name, _, name = call["handler"].rpartition(".")
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        return failed("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}")
    except SyntaxError as error:
        where = f"{error.msg} ({error.filename}, line {error.lineno})"
        return failed("Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {where}")
    handler = getattr(module, name, None)
    if handler is None:
        return failed("Runtime.HandlerNotFound", f"Handler '{name}' missing on module '{module_name}'")
    result = handler(call["event"], Context(call["context"], call["seconds"]))
    try:
        return {"payload": json.dumps(result, allow_nan=False)}
    except (TypeError, ValueError, RecursionError) as error:
        return failed("Runtime.MarshalError", f"Unable to marshal response: {error}")


def failed(kind: str, message: str, trace: list[str] | None = None) -> dict[str, Any]:
    """The result of a call that failed."""
    return {"error": {"errorMessage": message, "errorType": kind, "stackTrace": trace or []}}


def main() -> None:
    """Reads the call, executes it and writes the result."""
    with open(sys.argv[1], encoding="utf-8") as file:
        call = json.load(file)
    try:
        result = answer(call)
    except Exception as error:
        traceback.print_exc()
        trace = traceback.format_list(traceback.extract_tb(error.__traceback__)[1:])
        result = failed(type(error).__name__, str(error), trace)
    with open(call["result"], "w", encoding="utf-8") as file:
        json.dump(result, file)


if __name__ == "__main__":
    main()
