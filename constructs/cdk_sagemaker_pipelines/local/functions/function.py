"""One Lambda function and its calls.

Each call is a separate process: what a function keeps between calls on AWS (globals, its own /tmp) is not kept. Python
functions run with the interpreter of this process, whatever version their Runtime names, and see the packages installed
here (including boto3); Node functions run with the machine's node. Memory and permissions are not limited. Other
runtimes, and functions from images, need a container engine.
https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ..container.archives import ArchiveError, extract_zip
from ..container.environment import machine_environment
from ..container.folder import Folder
from ..container.isolation import process_namespaces
from ..container.log import JobLog
from ..container.process import TimeLimitExceededError, run_process
from ..container.safe_open import LeadsOutError, open_file
from ..endings import StepStopped, StopSignal
from ..engine.clock import REAL_CLOCK
from ..json_text import parsed
from ..services import Services

UNZIPPED = 262_144_000
"""Bytes of a function's code and layers. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
_LARGEST_RESULT = 32_000_000  # bytes; an answer of at most 6 MB, with everything that JSON adds to it
_RESULT = "result.json"

_HERE = Path(__file__).parent


class UnsupportedRuntimeError(Exception):
    """The function cannot run here."""


class CodeError(Exception):
    """The function's code or a layer is an archive that cannot be unpacked."""


@dataclass(frozen=True)
class Function:
    """A version of a function."""

    name: str
    arn: str
    version: str
    runtime: str
    handler: str
    code: bytes
    """A zip archive."""
    role: str = ""
    """The ARN of its role."""
    has_own_log: bool = False
    """Whether it has a log group of its own, which its role may write into; here it logs as if it had none."""
    layers: tuple[bytes, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 3
    """Seconds."""
    memory: int = 128
    """Megabytes; only reported to the function."""


@dataclass(frozen=True)
class Answer:
    """The result of a call."""

    payload: bytes
    """JSON: what the function returned, or its error."""
    error: str | None = None
    """The kind of error: "Unhandled"."""
    log: str = ""
    """The last lines of the function's output."""


def call(
    function: Function,
    event: Any,
    services: Services,
    abandoned: StopSignal,
    now: Callable[[], datetime] = REAL_CLOCK.now,
    request: str | None = None,
) -> Answer:
    """Runs the function's code with an event that is JSON. Raises ``UnsupportedRuntimeError`` and ``CodeError``.

    ``now``: what time it is in the log; ``request``: the id of the request.
    """
    command = _command(function.runtime, function.name)
    request_id = request or str(uuid.uuid4())
    group = f"/aws/lambda/{function.name}"
    stream = f"{now():%Y/%m/%d}/[{function.version}]{uuid.uuid4().hex}"
    with Folder("function") as folder:
        root = folder.root
        code, layers, home, result = (root / name for name in ("task", "opt", "home", _RESULT))
        home.mkdir()
        _extract(function, code, layers)
        description = {
            "handler": function.handler,
            "event": event,
            "seconds": function.timeout,
            "result": str(result),
            "context": {
                "function_name": function.name,
                "function_version": function.version,
                "invoked_function_arn": function.arn,
                "memory_limit_in_mb": str(function.memory),
                "aws_request_id": request_id,
                "log_group_name": group,
                "log_stream_name": stream,
            },
        }
        file = root / "call.json"
        file.write_text(json.dumps(description), encoding="utf-8")
        machine = machine_environment(Path(sys.executable).parent, home)
        variables = {**machine, **_environment(function, services, code, layers, group, stream)}
        own = services.client_as(function.role, "logs", session=function.name)
        with JobLog(services.client("logs") if function.has_own_log else own, group, stream, now) as log:
            log.note(f"{function.runtime} function, run with {command[0]}; request {request_id}")
            try:
                status = run_process(
                    [*command, str(file)],
                    environment=variables,
                    cwd=code,
                    log=log,
                    stopping=abandoned,
                    seconds=function.timeout,
                    within=process_namespaces(),
                )
                told, kind = _told(root), "Runtime.ExitError"
                ended = f"Error: Runtime exited with error: exit status {status}"
            except TimeLimitExceededError:
                told, kind = None, "Sandbox.Timedout"
                ended = f"Error: Task timed out after {function.timeout:.2f} seconds"
            except StepStopped:
                told, kind, ended = None, "Runtime.ExitError", "Error: the local AWS has stopped"
            tail = log.tail()
            if told is None:
                told = {"error": {"errorMessage": f"RequestId: {request_id} {ended}", "errorType": kind}}
                log.note(f"{kind}: {ended}")
    if "error" in told:
        error = {**told["error"], "requestId": request_id}
        return Answer(json.dumps(error).encode(), "Unhandled", tail)
    return Answer(str(told["payload"]).encode(errors="replace"), None, tail)


def check_runtime(function: Function) -> None:
    """Raises ``UnsupportedRuntimeError`` for what does not run on this machine."""
    _command(function.runtime, function.name)


def _command(runtime: str, name: str) -> list[str]:
    if runtime.startswith("python"):
        return [sys.executable, "-u", str(_HERE / "bootstrap.py")]
    if runtime.startswith("nodejs"):
        node = shutil.which("node")
        if node is None:
            raise UnsupportedRuntimeError(f"function {name} has the runtime {runtime}, but this machine has no node")
        return [node, str(_HERE / "bootstrap.mjs")]
    raise UnsupportedRuntimeError(
        f"function {name} has the runtime {runtime or 'of an image'}, which needs a container engine; "
        "the local AWS runs Python and Node functions"
    )


def _extract(function: Function, code: Path, layers: Path) -> None:
    left = UNZIPPED
    archives = [("code", function.code, code), *(("layer", layer, layers) for layer in function.layers)]
    for what, archive, directory in archives:
        directory.mkdir(exist_ok=True)
        try:
            left -= extract_zip(archive, directory, left)
        except ArchiveError as error:
            raise CodeError(f"the {what} of function {function.name} {error}") from error


def _told(root: Path) -> dict[str, Any] | None:
    """What the bootstrap wrote; None if the function ended before that, or wrote something else there."""
    try:
        file = open_file(root, root / _RESULT)
    except LeadsOutError:
        return None
    if file is None:
        return None
    with file:
        content = file.read(_LARGEST_RESULT + 1)
    if len(content) > _LARGEST_RESULT:
        message = "Response payload size exceeded maximum allowed payload size (6291556 bytes)."
        return {"error": {"errorMessage": message, "errorType": "Function.ResponseSizeTooLarge"}}
    try:
        told = parsed(content)
    except ValueError:
        return None
    if not isinstance(told, dict):
        return None
    whole = isinstance(told["error"], dict) if "error" in told else isinstance(told.get("payload"), str)
    return told if whole else None


def _environment(
    function: Function, services: Services, code: Path, layers: Path, group: str, stream: str
) -> dict[str, str]:
    packages = [str(code), str(layers / "python")]
    own = {
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": function.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_LOG_GROUP_NAME": group,
        "AWS_LAMBDA_LOG_STREAM_NAME": stream,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        "AWS_REGION": services.region,
        "AWS_DEFAULT_REGION": services.region,
        "LAMBDA_TASK_ROOT": str(code),
        "LAMBDA_RUNTIME_DIR": str(_HERE),
        "_HANDLER": function.handler,
        "NODE_PATH": str(layers / "nodejs" / "node_modules"),
    }
    given = dict(function.environment)
    if "PYTHONPATH" in given:
        packages.append(given["PYTHONPATH"])
    # As on AWS, a function's own variables cannot replace those of the runtime.
    return {
        "TZ": ":UTC",
        **given,
        **services.environment(function.role, function.name),
        **own,
        "PYTHONPATH": os.pathsep.join(packages),
    }
