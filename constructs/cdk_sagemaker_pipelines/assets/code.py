"""The user's own code: one file, or a folder. It goes up as a CDK asset when the stack is deployed, never at synth."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import aws_cdk as cdk
from constructs import Construct

from ..iam.environment import Code
from ..language import PipelineError, choices, did_you_mean
from ..language.by_name import GivenOnce, by_name
from ..language.expressions import has_placeholder
from ..language.no_value import NoValue
from .archive import files, tar_gz
from .shown import shown
from .syntax import faults_of

if TYPE_CHECKING:
    from aws_cdk import aws_s3_assets as s3_assets


PYTHON = ("python3",)
"""What runs code where nothing else is said."""


_SUFFIX = re.compile(r"\.(?!json$|zip$)[A-Za-z0-9]{1,16}")
"""Of code among the assets of an account, where templates end in ``.json`` and functions in ``.zip``."""


class StagedCode(NamedTuple):
    """Code in S3, under a name of its content.

    ``versions``: where its every version lies; None where the synthesizer does not tell, or what lies there is no code
    alone. ``faults``: what of it is no Python.
    """

    bucket: str
    key: str
    versions: Code | None = None
    faults: tuple[str, ...] = ()

    @property
    def uri(self) -> str:
        """The URI."""
        return f"s3://{self.bucket}/{self.key}"

    @property
    def file_name(self) -> str:
        """The base name that it has in a container, such as ``<content hash>.py``."""
        return self.key.rpartition("/")[2]

    def at(self, bucket: str) -> StagedCode:
        """The same in a bucket by another text that stands for it."""
        return self._replace(bucket=bucket, versions=self.versions and Code(bucket, self.versions.keys))


_QUERIES = (".hql", ".q", ".sql")


class Script(GivenOnce, NoValue):
    """One file of code, run by ``command``.

    ``path``: relative to the working directory of the app, or absolute. ``command``: default ``python3``.
    """

    @by_name
    def __init__(self, path: str | Path, *, command: Sequence[str] = PYTHON) -> None:
        self.path = path_of("Script", path)
        self.command = texts_of("Script: command", command, "['python3']")
        if not self.command:
            raise PipelineError("Script: command must not be empty; the default is ['python3']")

    def __repr__(self) -> str:
        return f"Script({str(self.path)!r})"

    def faults(self) -> tuple[str, ...]:
        """What is no Python in it."""
        # the command is Python's unless told otherwise, also of a query, which no command runs
        is_python = Path(self.command[0]).name.startswith("python") and self.path.suffix not in _QUERIES
        is_python = is_python or self.path.suffix == ".py"
        return faults_of({self.path.name: self.path}, self.path.name) if is_python else ()

    def stage(self, scope: Construct, construct_id: str) -> StagedCode:
        """Makes the asset; raises ``PipelineError`` when there is no such file."""
        path = str(self.path)
        if self.path.is_dir():
            raise PipelineError(f"Script: {path!r} is a folder; write SourceDir({path!r}, entry_point=...)")
        if not self.path.is_file():
            raise PipelineError(f"Script: there is no file {path!r}{near(self.path)}")
        # absolute: the CDK runs in a process of its own, whose working directory may be another
        asset = cdk.aws_s3_assets.Asset(scope, construct_id, path=str(self.path.absolute()))
        return _staged(asset, self.faults())


class SourceDir(GivenOnce, NoValue):
    """A folder of code, packed as ``sourcedir.tar.gz`` with its files at the root, as the framework containers take it.

    ``path``: as of ``Script``. ``entry_point``: the file in it that is run, a relative path. A ``requirements.txt`` at
    the root is installed by the container. ``exclude``: patterns of names or paths to leave out beside caches and
    ``.git``. ``command``: what runs the entry point in a processing step, default ``python3``; the images of training
    and of models start it themselves.
    """

    @by_name
    def __init__(
        self, path: str | Path, *, entry_point: str, exclude: Sequence[str] = (), command: Sequence[str] = PYTHON
    ) -> None:
        self.path = path_of("SourceDir", path)
        if not isinstance(entry_point, str) or has_placeholder(entry_point):
            raise PipelineError(f"SourceDir: entry_point must be a text such as 'train.py', not {shown(entry_point)}")
        self.entry_point = entry_point
        self.exclude = texts_of("SourceDir: exclude", exclude, "['*.csv']")
        self.command = texts_of("SourceDir: command", command, "['python3']")
        if not self.command:
            raise PipelineError("SourceDir: command must not be empty; the default is ['python3']")

    def __repr__(self) -> str:
        return f"SourceDir({str(self.path)!r}, entry_point={self.entry_point!r})"

    def files(self) -> list[Path]:
        """The files of the folder; raises ``PipelineError`` when folder or entry point are missing."""
        if not self.path.is_dir():
            raise PipelineError(f"SourceDir: there is no folder {str(self.path)!r}{near(self.path)}")
        found = files(self.path, self.exclude)
        inside = [file.relative_to(self.path).as_posix() for file in found]
        if self.entry_point not in inside:
            hint = did_you_mean(self.entry_point, inside) or f"; it holds {choices(inside)}"
            raise PipelineError(f"SourceDir: the folder {str(self.path)!r} holds no file {self.entry_point!r}{hint}")
        return found

    def faults(self) -> tuple[str, ...]:
        """What is no Python in the entry point and the modules of the folder that it imports; raises as ``files``."""
        found = {file.relative_to(self.path).as_posix(): file for file in self.files()}
        return faults_of(found, self.entry_point) if self.entry_point.endswith(".py") else ()

    def stage(self, scope: Construct, construct_id: str) -> StagedCode:
        """Packs the folder and makes the asset; raises ``PipelineError`` when folder or entry point are missing."""
        faults = self.faults()
        with tempfile.TemporaryDirectory() as folder:
            archive = Path(folder) / "sourcedir.tar.gz"
            archive.write_bytes(tar_gz(self.path, self.exclude))
            # copies the archive into the assembly at once
            asset = cdk.aws_s3_assets.Asset(scope, construct_id, path=str(archive))
        return _staged(asset, faults)


def _staged(asset: s3_assets.Asset, faults: tuple[str, ...]) -> StagedCode:
    """The code of an asset: where the synthesizer puts it, and so every version of it."""
    bucket, key = asset.s3_bucket_name, asset.s3_object_key
    start, content, suffix = key.partition(asset.asset_hash)
    known = content and _SUFFIX.fullmatch(suffix)
    return StagedCode(bucket, key, Code(bucket, f"{start}*{suffix}") if known else None, faults)


def path_of(what: str, path: Any) -> Path:
    """A path that is known now."""
    if not isinstance(path, (str, Path)) or has_placeholder(str(path)):
        raise PipelineError(f"{what}: a path is needed, which is read at synth, not {shown(path)}")
    return Path(path)


def texts_of(what: str, value: Any, example: str) -> tuple[str, ...]:
    """A list of texts."""
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
        raise PipelineError(f"{what} must be a list of texts such as {example}, not {shown(value)}")
    return tuple(value)


def near(path: Path) -> str:
    """Where was looked, and what is close."""
    parent = path.parent
    if not parent.is_dir():
        return f" (the folder {str(parent)!r} does not exist; relative paths start at the app's working directory)"
    return did_you_mean(path.name, (entry.name for entry in parent.iterdir())) or f" (looked in {str(parent)!r})"
