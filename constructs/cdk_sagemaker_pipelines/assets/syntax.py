"""Finds mistakes in Python code at synth, before a job starts. The code is parsed and never run."""

from __future__ import annotations

import ast
import sys
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

LONGEST = 500_000
"""The longest file that is checked, in bytes; longer ones are generated."""
MOST_FILES = 200
"""How many files of a folder are checked."""
_READER = f"Python {sys.version_info[0]}.{sys.version_info[1]}"


def faults_of(found: Mapping[str, Path], entry_point: str) -> tuple[str, ...]:
    """The syntax errors, with file and line, in the entry point and all modules that it imports, directly or not.

    ``found``: the files by their paths in the folder. Files that no statement imports may never run; they are skipped.
    """
    told, known, waiting = [], {entry_point}, [entry_point]
    roots = dict.fromkeys((PurePosixPath(entry_point).parent, PurePosixPath()))
    while waiting and len(known) <= MOST_FILES:
        name = waiting.pop(0)
        tree = _read(found[name])
        if isinstance(tree, str):
            told.append(f"{_shown(found[name])}, {tree}")
        elif tree is not None:
            imported = [
                module
                for path in _imported(tree, PurePosixPath(name).parent, list(roots))
                for module in (f"{path}.py", f"{path}/__init__.py")
                if module in found and module not in known
            ]
            waiting += dict.fromkeys(imported)
            known.update(imported)
    return tuple(told)


def left_behind(file: Path, takes: str) -> tuple[str, ...]:
    """The modules next to a file that it imports, with file and line, where only the file goes up.

    ``takes``: what takes folders, such as ``SourceDir``. Nothing is said of imports that may fail, and where the code
    changes the path on which Python looks for modules.
    """
    tree = _read(file)
    if not isinstance(tree, ast.Module) or any(_is_path(node) for node in ast.walk(tree)):
        return ()
    folder, shown = file.parent, PurePosixPath(_shown(file))
    told: dict[str, str] = {}
    for node, name in _needed(tree):
        is_next_to_it = (folder / f"{name}.py").is_file() or (folder / name / "__init__.py").is_file()
        if name not in (*told, file.stem) and name not in sys.stdlib_module_names and is_next_to_it:
            told[name] = (
                f"{shown}, line {node.lineno}: it imports {name!r}, a module next to it, and only this file is "
                f"uploaded; {takes}({str(shown.parent)!r}, entry_point={file.name!r}) uploads the folder"
            )
    return tuple(told.values())


def _is_path(node: ast.AST) -> bool:
    """Whether it is ``sys.path``, however it is used."""
    return isinstance(node, ast.Attribute) and node.attr == "path" and ast.unparse(node.value) == "sys"


def _needed(node: ast.AST) -> Iterator[tuple[ast.stmt, str]]:
    """The import statements without which code fails, with the first part of each name."""
    if isinstance(node, ast.Import):
        yield from ((node, alias.name.partition(".")[0]) for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield node, node.module.partition(".")[0]
    elif isinstance(node, ast.Try) and node.handlers:
        for statement in (*node.orelse, *node.finalbody):
            yield from _needed(statement)
    elif not (isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)):
        for child in ast.iter_child_nodes(node):
            yield from _needed(child)


def _read(file: Path) -> ast.Module | str | None:
    """The tree; or where the error is and why; None if the file cannot be checked."""
    if file.stat().st_size > LONGEST:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(file.read_bytes())
            compile(tree, file.name, "exec", dont_inherit=True)  # finds more, such as a return outside a function
    except SyntaxError as error:
        line = "" if error.lineno is None else f"line {error.lineno}: "
        return f"{line}{_READER}, which runs cdk synth, reports: {error.msg}; a newer Python may accept it"
    except ValueError as error:  # a null byte, up to Python 3.11
        return f"{_READER}, which runs cdk synth, reports: {error}"
    except (MemoryError, RecursionError):  # nested too deep for this Python's stack, whose depth differs
        return None
    return tree


def _imported(tree: ast.Module, here: PurePosixPath, roots: list[PurePosixPath]) -> Iterator[PurePosixPath]:
    """The paths, without a suffix, where the modules of import statements may be, with the packages around them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                for root in roots:
                    yield from _around(root, alias.name)
        elif isinstance(node, ast.ImportFrom):
            below = PurePosixPath(*here.parts[: max(0, len(here.parts) - node.level + 1)])
            for alias in node.names:
                name = ".".join(part for part in (node.module, alias.name) if part)
                for root in [below] if node.level else roots:
                    yield from _around(root, name)


def _around(root: PurePosixPath, name: str) -> Iterator[PurePosixPath]:
    for part in name.split("."):
        root = root / part
        yield root


def _shown(file: Path) -> str:
    """The path relative to the app's working directory; the bare name of files elsewhere, since machines differ."""
    absolute, here = file.absolute(), Path.cwd()
    return absolute.relative_to(here).as_posix() if absolute.is_relative_to(here) else f"{file.parent.name}/{file.name}"
