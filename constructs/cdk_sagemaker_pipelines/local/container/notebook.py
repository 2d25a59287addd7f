"""Runs the code cells of a Jupyter notebook as plain Python, without IPython.

Run as a script; imports nothing from this package. Arguments: the notebook, the path of the executed one, a JSON file
of parameters, and the path for an error. In addition to plain Python, the value of a cell's last expression and
whatever is passed to display() become outputs of the cell. sys.exit() ends the notebook. Source of the form of outputs:
nbformat 4.5; of the parameters cell: papermill 2.
"""

from __future__ import annotations

import ast
import io
import json
import linecache
import re
import sys
import traceback
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from types import ModuleType
from typing import Any, TextIO

_MAGIC = re.compile(r"\s*[%!?]|.*=\s*[%!]|.*\?\s*$")
_PLOTS = re.compile(r"(\s*)(%matplotlib\b.*)")


class RefusedError(Exception):
    """The notebook needs something that is not available here."""


class CellError(Exception):
    """A cell raised an error; ``text`` is its traceback, starting at the cell."""

    def __init__(self, number: int, text: str) -> None:
        super().__init__(f"cell {number} of the notebook failed")
        self.text = text


class Notebook:
    """A notebook of nbformat 4 that runs in this process."""

    def __init__(self, document: dict[str, Any]) -> None:
        """Raises ``RefusedError``."""
        metadata = document.get("metadata", {})
        named = metadata.get("language_info", {}).get("name") or metadata.get("kernelspec", {}).get("language")
        if document.get("nbformat") != 4:
            raise RefusedError(f"the notebook is of nbformat {document.get('nbformat')!r}; save it as version 4")
        if str(named or "python").lower() not in ("python", "ipython"):
            raise RefusedError(f"the notebook is written in {named!r}; local runs only execute Python")
        self.document = document
        self._cells: list[dict[str, Any]] = document["cells"]
        self._names: dict[str, Any] = {}

    def inject(self, parameters: dict[str, Any]) -> None:
        """Adds a cell with the parameters after the one tagged "parameters", or before all others."""
        wrong = [name for name in parameters if not name.isidentifier()]
        if wrong:
            raise RefusedError(f"the parameter {wrong[0]!r} is not a valid name of a Python variable")
        if not parameters:
            return
        lines = ["# Parameters", *(f"{name} = {value!r}" for name, value in parameters.items())]
        after = [place for place, cell in enumerate(self._cells, 1) if "parameters" in _tags(cell)]
        cell: dict[str, Any] = {
            "cell_type": "code",
            "id": "injected-parameters",
            "metadata": {"tags": ["injected-parameters"]},
            "source": "\n".join(lines),
            "outputs": [],
            "execution_count": None,
        }
        self._cells.insert(after[0] if after else 0, cell)

    def run(self) -> None:
        """Runs the cells in order. Raises ``RefusedError`` before the first one, or ``CellError``."""
        main = ModuleType("__main__")
        self._names = main.__dict__
        sys.modules["__main__"] = main
        codes = [(cell, _plain(number, _text(cell))) for number, cell in self._code_cells()]
        for number, (cell, code) in enumerate(codes, 1):
            try:
                self._run(number, cell, code)
            except SystemExit as error:
                if error.code in (None, 0):
                    return
                raise CellError(number, f"SystemExit: {error.code}") from None

    def _code_cells(self) -> list[tuple[int, dict[str, Any]]]:
        """The code cells, numbered as kernels number them."""
        return list(enumerate((cell for cell in self._cells if cell["cell_type"] == "code" and _text(cell).strip()), 1))

    def _run(self, number: int, cell: dict[str, Any], code: str) -> None:
        outputs: list[dict[str, Any]] = []
        cell.update(execution_count=number, outputs=outputs)

        def display(*values: Any) -> None:
            outputs.extend({"output_type": "display_data", **_shown(value)} for value in values)

        self._names["display"] = display
        file = f"cell {number}"
        linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
        out, err = _Tee("stdout", outputs, sys.stdout), _Tee("stderr", outputs, sys.stderr)
        with redirect_stdout(out), redirect_stderr(err):
            try:
                value = _executed(code, file, self._names)
                if value is not None:
                    self._names["_"] = value
                    told = {"output_type": "execute_result", "execution_count": number}
                    outputs.append({**told, **_shown(value)})
            except Exception as error:
                kept = _from(file, error)
                name = type(error).__name__
                outputs.append({"output_type": "error", "ename": name, "evalue": str(error), "traceback": kept})
                raise CellError(number, "".join(kept)) from None


class _Tee(io.TextIOBase):
    """Records what is written as outputs of a cell, and passes it on."""

    def __init__(self, name: str, outputs: list[dict[str, Any]], through: TextIO) -> None:
        self._name, self._outputs, self._through = name, outputs, through

    def write(self, text: str) -> int:
        last = self._outputs[-1] if self._outputs else {}
        if last.get("output_type") == "stream" and last["name"] == self._name:
            last["text"] += text
        elif text:
            self._outputs.append({"output_type": "stream", "name": self._name, "text": text})
        return self._through.write(text)

    def flush(self) -> None:
        self._through.flush()


def _tags(cell: dict[str, Any]) -> list[str]:
    tags: list[str] = cell.get("metadata", {}).get("tags", [])
    return tags


def _text(cell: dict[str, Any]) -> str:
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def _plain(number: int, code: str) -> str:
    """The code of a cell as plain Python, without %matplotlib. Raises ``RefusedError``."""
    if code.startswith("%%"):
        raise RefusedError(_refusal(number, 1, code.splitlines()[0]))
    while True:
        try:
            ast.parse(code)
            return code
        except SyntaxError as error:
            lines, line = code.splitlines(), error.lineno or 0
            text = lines[line - 1] if 0 < line <= len(lines) else ""
            plots = _PLOTS.fullmatch(text)
            if plots is not None:
                lines[line - 1] = f"{plots[1]}pass  # {plots[2]}"
                code = "\n".join(lines)
            elif _MAGIC.match(text):
                raise RefusedError(_refusal(number, line, text)) from None
            else:
                return code  # raises when it runs, like any other error


def _refusal(number: int, line: int, text: str) -> str:
    return (
        f"cell {number}, line {line}: {text.strip()!r} is for IPython, which local runs do not have; write it in plain "
        "Python, or put commands and installations into the initialization script"
    )


def _executed(code: str, file: str, names: dict[str, Any]) -> Any:
    """Runs the code; returns the value of the last expression, if it ends with one."""
    tree = ast.parse(code, file)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, file, "exec"), names)
    return eval(compile(ast.Expression(last.value), file, "eval"), names) if isinstance(last, ast.Expr) else None


def _shown(value: Any) -> dict[str, Any]:
    return {"data": {"text/plain": repr(value)}, "metadata": {}}


def _from(file: str, error: Exception) -> list[str]:
    """The traceback without the frames above the cell."""
    kept = error.__traceback__
    while kept is not None and kept.tb_frame.f_code.co_filename != file:
        kept = kept.tb_next
    return traceback.format_exception(type(error), error, kept)


def main(notebook: str, output: str, parameters: str, failure: str) -> int:
    """Runs a notebook and returns the exit code."""
    document = json.loads(Path(notebook).read_text(encoding="utf-8"))
    try:
        run = Notebook(document)
        run.inject(json.loads(Path(parameters).read_text(encoding="utf-8")))
        run.run()
    except (RefusedError, CellError) as error:
        told = "\n".join(part for part in (str(error), getattr(error, "text", "")) if part)
        sys.stderr.write(f"{told}\n")
        Path(failure).write_text(told, encoding="utf-8")
        return 1
    finally:
        Path(output).write_text(json.dumps(document, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.path[0] = ""  # the working directory, as in kernels, instead of this file's
    sys.exit(main(*sys.argv[1:]))
