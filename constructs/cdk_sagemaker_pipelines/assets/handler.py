"""Code that Lambda runs, and the function that is created from it."""

from __future__ import annotations

import ast
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

import aws_cdk as cdk
from aws_cdk import Duration
from constructs import Construct

from ..iam.roles import new_role
from ..language import Expression, PipelineError, choices, did_you_mean
from ..language.expressions import has_placeholder
from ..language.keyword_options import GivenOnce, by_name
from ..language.later import later_pattern
from ..language.no_value import NoValue
from ..undo import removing_new
from .archive import files
from .code import near, path_of, texts_of
from .shown import shown
from .syntax import faults_of, left_behind

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_logs as logs

LONGEST_MINUTES = 15
"""Lambda's limit for the time a function runs."""
_FILE = later_pattern(r"[A-Za-z0-9_\-/]+\.py")


class LambdaHandler(GivenOnce, NoValue):
    """A Python function that Lambda runs, in a file or a folder.

    ```python
    LambdaHandler("functions/notify.py")
    LambdaHandler("functions/review", entry_point="main.py", function="review", timeout=Duration.minutes(5))
    ```

    Its role may write its own log and nothing else; grant more to the function that the step creates from it. If you
    need packages, a network or layers, create the function yourself.

    Args:
        path: The file or folder, relative to the working directory of the app, or absolute. Caches and ``.git`` are
            left out.
        entry_point: The file in the folder that defines the function, as a relative path; needed for a folder.
        function: The name of the function. In a Lambda step it takes ``(event, context)``, as the worker of a callback
            ``(inputs)``.
        exclude: Patterns of names or paths to leave out of a folder.
        timeout: How long a call may take: at most 15 minutes, or 10 in a Lambda step. Default: 2 minutes.
        memory_size: The memory of the function in MB, 128 to 10240.
        environment: The environment variables of the function, as literal texts.
        runtime: The runtime of Lambda. Default: Python 3.14, or 3.13 if CDK is older.
        log_retention: How long the function's own log group keeps its events; it is deleted with the stack. Default:
            three months.
        log_group: An existing log group instead, with its own key, retention and removal policy.
        environment_encryption: The KMS key that encrypts the variables. Default: Lambda's own key.

    Raises:
        PipelineError: A value of another type or outside of its limits.
    """

    @by_name
    def __init__(
        self,
        path: str | Path,
        *,
        entry_point: str | None = None,
        function: str = "handler",
        exclude: Sequence[str] = (),
        timeout: Duration | None = None,
        memory_size: int = 128,
        environment: Mapping[str, str] | None = None,
        runtime: lambda_.Runtime | None = None,
        log_retention: logs.RetentionDays | None = None,
        log_group: logs.ILogGroup | None = None,
        environment_encryption: kms.IKey | None = None,
    ) -> None:
        self.path = path_of("LambdaHandler", path)
        self.entry_point = entry_point
        self.function = function
        self.exclude = texts_of("LambdaHandler: exclude", exclude, "['*.csv']")
        self.timeout = Duration.minutes(2) if timeout is None else timeout
        self.memory_size = memory_size
        self.environment = dict(_variables(environment))
        self.runtime = runtime
        self.log_retention = log_retention
        self.log_group = log_group
        self.environment_encryption = environment_encryption
        if entry_point is not None and not isinstance(entry_point, str):
            raise PipelineError(
                f"LambdaHandler: entry_point must be a text such as 'main.py', not {shown(entry_point)}"
            )
        if not isinstance(function, str) or not function.isidentifier():
            raise PipelineError(f"LambdaHandler: function must be the name of a function, not {shown(function)}")
        if not isinstance(self.timeout, Duration):
            raise PipelineError(f"LambdaHandler: timeout takes a Duration, not {shown(timeout)}")
        if not isinstance(memory_size, int) or not 128 <= memory_size <= 10240:
            raise PipelineError(f"LambdaHandler: memory_size takes 128 to 10240 MB, not {shown(memory_size)}")
        for what, value, kind in (
            ("runtime", runtime, cdk.aws_lambda.Runtime),
            ("log_retention", log_retention, cdk.aws_logs.RetentionDays),
        ):
            if value is not None and not isinstance(value, kind):
                raise PipelineError(f"LambdaHandler: {what} takes a {kind.__name__}, not {shown(value)}")
        if log_group is not None and log_retention is not None:
            raise PipelineError("LambdaHandler: use log_retention or log_group, which has a retention of its own")
        if log_group is not None and not hasattr(log_group, "log_group_arn"):
            raise PipelineError(f"LambdaHandler: log_group takes a CDK log group, not {shown(log_group)}")
        if environment_encryption is not None and not hasattr(environment_encryption, "key_arn"):
            found = shown(environment_encryption)
            raise PipelineError(f"LambdaHandler: environment_encryption takes a CDK KMS key, not {found}")
        refuse_longer(self.timeout, LONGEST_MINUTES, "LambdaHandler: timeout")

    def __repr__(self) -> str:
        return f"LambdaHandler({str(self.path)!r})"

    def bind(self, scope: Construct, construct_id: str, *, wrapper: Path | None = None) -> lambda_.Function:
        """Creates the function, with a role and a log group of its own; steps call this.

        Args:
            scope: The construct below which the function is created.
            construct_id: The id of the function, unique in its scope.
            wrapper: A file with a function ``handle`` that Lambda calls instead; it finds the user's function through
                the variable ``CALLBACK_HANDLER``.

        Raises:
            PipelineError: The file or the function is missing.
        """
        found = self._files()
        if wrapper is not None and wrapper.name in found:
            raise PipelineError(
                f"LambdaHandler: {wrapper.name!r} is the name of a file that is added to the function; use another name"
            )
        entry_point = self._checked_entry_point(found)
        self._check_signature(entry_point, found[entry_point], _BY_LAMBDA if wrapper is None else _AS_WORKER)
        module = entry_point.removesuffix(".py")
        variables = self.environment
        if wrapper is not None:
            variables = {**variables, "CALLBACK_HANDLER": f"{module}.{self.function}"}
        removing_new(scope, f"{construct_id}Logs", f"{construct_id}Role", construct_id)
        log = self.log_group or cdk.aws_logs.LogGroup(
            scope,
            f"{construct_id}Logs",
            retention=self.log_retention or cdk.aws_logs.RetentionDays.THREE_MONTHS,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        service = cdk.aws_iam.ServicePrincipal("lambda.amazonaws.com")
        role = new_role(scope, f"{construct_id}Role", service)
        log.grant_write(role)
        with tempfile.TemporaryDirectory() as folder:
            _copy(found, Path(folder), wrapper)
            # copies the folder into the assembly at once
            return cdk.aws_lambda.Function(
                scope,
                construct_id,
                code=cdk.aws_lambda.Code.from_asset(folder),
                handler=f"{wrapper.stem}.handle" if wrapper is not None else f"{module}.{self.function}",
                runtime=self.runtime or latest_runtime(),
                role=role,
                log_group=log,
                timeout=self.timeout,
                memory_size=self.memory_size,
                environment=variables or None,
                environment_encryption=self.environment_encryption,
                # an execution calls the version that was current when it started
                current_version_options=cdk.aws_lambda.VersionOptions(removal_policy=cdk.RemovalPolicy.RETAIN),
            )

    def faults(self) -> tuple[str, ...]:
        """The syntax errors in the entry point and the modules of the folder that it imports.

        Raises:
            PipelineError: The file or the function is missing.
        """
        found = self._files()
        return faults_of(found, self._checked_entry_point(found))

    def _left_behind(self) -> tuple[str, ...]:
        """What a single file imports that is next to it, and not in the function."""
        return left_behind(self.path, "LambdaHandler") if self.entry_point is None else ()

    def _files(self) -> dict[str, Path]:
        """The files, by their paths in the archive."""
        path = str(self.path)
        if self.entry_point is None:
            if self.path.is_dir():
                raise PipelineError(
                    f"LambdaHandler: {path!r} is a folder; write LambdaHandler({path!r}, entry_point=...)"
                )
            if not self.path.is_file():
                raise PipelineError(f"LambdaHandler: there is no file {path!r}{near(self.path)}")
            return {self.path.name: self.path}
        if not self.path.is_dir():
            raise PipelineError(f"LambdaHandler: there is no folder {path!r}{near(self.path)}")
        return {file.relative_to(self.path).as_posix(): file for file in files(self.path, self.exclude)}

    def _checked_entry_point(self, found: Mapping[str, Path]) -> str:
        entry_point = next(iter(found)) if self.entry_point is None else PurePosixPath(self.entry_point).as_posix()
        if entry_point not in found:
            hint = did_you_mean(entry_point, found) or f"; it contains {choices(found)}"
            raise PipelineError(f"LambdaHandler: the folder {str(self.path)!r} has no file {entry_point!r}{hint}")
        if not _FILE.fullmatch(entry_point):
            raise PipelineError(
                f"LambdaHandler: Lambda cannot import {entry_point!r}; its name must end in '.py' and may only have "
                "letters, digits, '-' and '_' before that"
            )
        names = _names(found[entry_point])
        if names is not None and self.function not in names[0]:
            hint = did_you_mean(self.function, names[1]) or f"; it has {choices(names[1]) if names[1] else 'none'}"
            raise PipelineError(f"LambdaHandler: {entry_point!r} has no function {self.function!r}{hint}")
        return entry_point

    def _check_signature(self, entry_point: str, file: Path, call: _Call) -> None:
        """Refuses a function that raises whenever it is called; what a decorator makes of one is not known here."""
        tree = _parsed(file)
        given = [] if tree is None else [node for node in _of_module(tree) if self.function in _given(node)]
        defined = [node for node in given if isinstance(node, ast.FunctionDef) and not node.decorator_list]
        if not defined or len(defined) < len(given) or any(_takes(each.args, len(call.given)) for each in defined):
            return
        takes = ast.unparse(defined[-1].args)
        raise PipelineError(
            f"LambdaHandler: {entry_point!r}: {call.words}, so it must be like 'def {self.function}"
            f"({', '.join(call.given)})', not 'def {self.function}({takes})'"
        )


class _Call(NamedTuple):
    """How a function is called. ``given``: its positional arguments."""

    given: tuple[str, ...]
    words: str


_BY_LAMBDA = _Call(("event", "context"), "Lambda calls the function with the event and its context")
_AS_WORKER = _Call(("inputs",), "a worker is called with the inputs of the step alone")


def _takes(arguments: ast.arguments, number: int) -> bool:
    """Whether a function can be called with so many positional arguments and no others."""
    named = len(arguments.posonlyargs) + len(arguments.args)
    needed = named - len(arguments.defaults)
    return needed <= number and (number <= named or arguments.vararg is not None) and None not in arguments.kw_defaults


def refuse_longer(timeout: Duration, minutes: int, what: str) -> None:
    """Raises ``PipelineError`` for a time limit that is known and longer than allowed."""
    if not timeout.is_unresolved() and timeout.to_minutes(integral=False) > minutes:
        raise PipelineError(f"{what} is {timeout.to_human_string()}; at most {minutes} minutes are allowed")


def latest_runtime() -> lambda_.Runtime:
    """The newest Python runtime that this version of CDK has."""
    runtimes = cdk.aws_lambda.Runtime
    newest: lambda_.Runtime = getattr(runtimes, "PYTHON_3_14", runtimes.PYTHON_3_13)
    return newest


def _variables(environment: Any) -> Mapping[str, str]:
    if environment is None:
        return {}
    if not isinstance(environment, Mapping):
        raise PipelineError(f"LambdaHandler: environment must be a dict by name, not {shown(environment)}")
    for name, value in environment.items():
        if isinstance(value, Expression) or (isinstance(value, str) and has_placeholder(value)):
            raise PipelineError(
                f"LambdaHandler: environment[{name!r}] must be literal, since the function is created before the "
                "pipeline runs; pass it in the step's inputs"
            )
        if not isinstance(name, str) or not isinstance(value, str):
            raise PipelineError(f"LambdaHandler: environment[{name!r}] must be a text, not {shown(value)}")
    return environment


def _parsed(file: Path) -> ast.Module | None:
    try:
        return ast.parse(file.read_bytes())
    except (SyntaxError, ValueError, MemoryError, RecursionError):  # perhaps for a newer Python; `faults` reports it
        return None


def _names(file: Path) -> tuple[set[str], list[str]] | None:
    """All names that a module gives to something, and its functions; None when that cannot be known here."""
    tree = _parsed(file)
    if tree is None:
        return None
    given = {name for node in _of_module(tree) for name in _given(node)}
    functions = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    return None if "*" in given else (given, functions)


def _given(node: ast.AST) -> Iterator[str]:
    """The names that a part of a module gives to something."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, ast.alias):
        yield node.asname or node.name


def _of_module(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes of the module itself, also below an ``if`` or a ``try``, but not in its functions and classes."""
    for node in ast.iter_child_nodes(tree):
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            yield from _of_module(node)


def _copy(found: Mapping[str, Path], folder: Path, wrapper: Path | None) -> None:
    """Copies the files with a fixed mode, since theirs differ between machines."""
    for name, file in {**found, **({wrapper.name: wrapper} if wrapper is not None else {})}.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
        target.chmod(0o644)
