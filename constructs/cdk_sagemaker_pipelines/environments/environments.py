"""The environments of an app, from a file."""

from __future__ import annotations

from collections.abc import Iterable
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

    ```python
    environments = Environments([Environment(name="Dev", account="111122223333", region="eu-west-1")])
    for environment in environments.values():
        cdk.Stack(environment.stage(cdk.App()), "Training")
    ```

    A name that is not there raises ``PipelineError`` with the closest one.

    Args:
        environments: The environments, each with another name.
        file: The file that they are from, for messages. Default: none.

    Raises:
        PipelineError: Several environments of one name.
    """

    def __init__(self, environments: Iterable[Environment], *, file: str = "the app") -> None:
        listed = list(environments)
        names = [environment.name for environment in listed]
        for name in names:
            if names.count(name) > 1:
                raise PipelineError(f"{file} has several environments {name!r}")
        super().__init__(dict(zip(names, listed, strict=True)), whose=file, kind="environment")

    @staticmethod
    def load(file: str | File) -> Environments:
        """Reads them from a JSON, YAML or TOML file; of a ``cdk.json`` from ``environments`` in its ``context``.

        The file has an object for each, with the members of ``Environment`` but the name.

        Args:
            file: The path of the file, relative to the working directory.

        Raises:
            PipelineError: A file that cannot be read, or everything that is wrong in it, each with file and line.
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
        found = [Environment(name=name, **_given(values)) for name, values in listed.items()]
        for environment in found:
            environment.__dict__["_file"] = document.file.name
        return Environments(found, file=document.file.name)


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
