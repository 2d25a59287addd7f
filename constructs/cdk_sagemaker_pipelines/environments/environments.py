"""The environments of an app, from a file."""

from __future__ import annotations

from pathlib import Path as File
from typing import Any

from ..language import PipelineError
from ..language.errors import shown_json
from ..notation.document import FORMATS, Document
from .environment import Environment
from .faults import Path, faults
from .named import Named

_FORMATS = (".json", *FORMATS)
_OF_CDK = ("context", "environments")
"""Where they are in a cdk.json."""


class Environments(Named[Environment]):
    """The environments of an app by name, in order.

    ::

        for environment in Environments.load("environments.json").values():
            stage = environment.stage(app)
            TrainingStack(stage, "Training")

    A name that is not there raises ``PipelineError`` with the closest one.
    """

    def __init__(self, *environments: Environment, file: str = "the app") -> None:
        """``file``: where they are from, for messages."""
        names = [environment.name for environment in environments]
        for name in names:
            if names.count(name) > 1:
                raise PipelineError(f"{file} has several environments {name!r}")
        super().__init__(dict(zip(names, environments, strict=True)), whose=file, kind="environment")

    @staticmethod
    def load(file: str | File) -> Environments:
        """Reads them from a JSON, YAML or TOML file; of a ``cdk.json`` from ``environments`` in its ``context``.

        The file has an object for each, with the members of ``Environment`` but the name. Raises ``PipelineError`` with
        everything that is wrong, each with the file and line.
        """
        document = Document(file, _FORMATS, "Environments.load", "an object with an object for each environment")
        above, listed = located(document)
        wrong = [
            f"{document.where((*above, name, *path))}: {'.'.join(map(str, (name, *path)))}: {text}"
            for name, given in listed.items()
            for path, text in faults(str(name), given)
        ]
        if wrong:
            raise PipelineError("\n".join(wrong))
        found = (Environment(name=name, **_given(values)) for name, values in listed.items())
        return Environments(*found, file=document.file.name)


def located(document: Document) -> tuple[Path, dict[str, Any]]:
    """The path to the environments in a file, and what is there. Raises ``PipelineError`` where there are none."""
    path: Path = ()
    value = document.value
    for key in _OF_CDK if document.file.name == "cdk.json" else ():
        if not isinstance(value, dict) or key not in value:
            document.fail(path, f"it has no environments: {'.'.join(_OF_CDK)} is missing")
        path, value = (*path, key), value[key]
    if not isinstance(value, dict):
        document.fail(path, f"it must be an object with an object for each environment, not {shown_json(value)}")
    if not value:
        document.fail(path, "it has no environments")
    return path, value


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
