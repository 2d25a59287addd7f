"""The user's own code: a file or a folder. It is a CDK asset, uploaded when the stack is deployed, never at synth."""

from __future__ import annotations

import difflib
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import aws_cdk as cdk
from constructs import Construct

from ..iam.environment import Code
from ..language import PipelineError, choices, did_you_mean
from ..language.expressions import has_placeholder
from ..language.keyword_options import GivenOnce, by_name
from ..language.later import later_pattern
from ..language.no_value import NoValue
from .archive import files, tar_gz
from .shown import shown
from .syntax import faults_of, left_behind

if TYPE_CHECKING:
    from aws_cdk import aws_s3_assets as s3_assets


PYTHON = ("python3",)
"""The default command."""


_SUFFIX = later_pattern(r"\.(?!json$|zip$)[A-Za-z0-9]{1,16}")
"""The suffixes of code among an account's assets, where templates end in ``.json`` and functions in ``.zip``."""


class StagedCode(NamedTuple):
    """Code in S3, under a key that depends on its content.

    ``versions``: where all of its versions are; None if the synthesizer does not say so, or more than code is there.
    ``faults``: its syntax errors. ``source``: the name of the file, or of the one that runs, for reviewers.
    ``left_behind``: what it imports that is not there.
    """

    bucket: str
    key: str
    versions: Code | None = None
    faults: tuple[str, ...] = ()
    source: str = ""
    left_behind: tuple[str, ...] = ()

    @property
    def uri(self) -> str:
        """The S3 URI of the object."""
        return f"s3://{self.bucket}/{self.key}"

    @property
    def file_name(self) -> str:
        """Its base name in a container, such as ``<content hash>.py``."""
        return self.key.rpartition("/")[2]

    def at(self, bucket: str) -> StagedCode:
        """The same code, with another text for the same bucket."""
        return self._replace(bucket=bucket, versions=self.versions and Code(bucket, self.versions.keys))


_QUERIES = (".hql", ".q", ".sql")


class Script(GivenOnce, NoValue):
    """A file of code that ``command`` runs.

    ```python
    Script("jobs/prepare.py")
    Script("jobs/prepare.sh", command=["/bin/bash"])
    ```

    The file is a CDK asset: ``cdk deploy`` uploads it under a hash of its content, so that a change is visible in the
    definition.

    Args:
        path: The file, relative to the working directory of the app, or absolute.
        command: The program and its options, to which the path of the file is added.

    Raises:
        PipelineError: A path or command that is not known at synth, or an empty command.
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
        """The syntax errors of the file, if it is Python; empty if there are none."""
        return faults_of({self.path.name: self.path}, self.path.name) if self._is_python() else ()

    def _is_python(self) -> bool:
        # the default command is Python, even for a query, which no command runs
        by_command = Path(self.command[0]).name.startswith("python") and self.path.suffix not in _QUERIES
        return by_command or self.path.suffix == ".py"

    def stage(self, scope: Construct, construct_id: str) -> StagedCode:
        """Creates the asset of the file; steps call this.

        Args:
            scope: The construct below which the asset is created.
            construct_id: The id of the asset, unique in its scope.

        Raises:
            PipelineError: There is no such file.
        """
        path = str(self.path)
        if self.path.is_dir():
            raise PipelineError(f"Script: {path!r} is a folder; write SourceDir({path!r}, entry_point=...)")
        if not self.path.is_file():
            raise PipelineError(f"Script: there is no file {path!r}{near(self.path)}")
        # absolute: CDK runs in its own process, whose working directory may differ
        asset = cdk.aws_s3_assets.Asset(scope, construct_id, path=str(self.path.absolute()))
        left = left_behind(self.path, "SourceDir") if self._is_python() else ()
        return _staged(asset, self.faults(), self.path.name)._replace(left_behind=left)


class SourceDir(GivenOnce, NoValue):
    """A folder of code, packed as ``sourcedir.tar.gz`` with its files at the root, as the framework containers expect.

    ```python
    SourceDir("jobs/train", entry_point="train.py")
    SourceDir("jobs/train", entry_point="train.py", exclude=["*.csv", "tests"])
    ```

    The container installs a ``requirements.txt`` at the root. The archive is a CDK asset: ``cdk deploy`` uploads it
    under a hash of its content.

    Args:
        path: The folder, relative to the working directory of the app, or absolute.
        entry_point: The file in it to run, as a path relative to the folder.
        exclude: Patterns of names or paths to leave out, in addition to caches and ``.git``.
        command: What runs the entry point in a processing step. Images for training and for models start it themselves.

    Raises:
        PipelineError: A path, entry point, pattern or command that is not known at synth.
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
        """The files of the folder that are packed, in order.

        Raises:
            PipelineError: The folder or the entry point is missing.
        """
        if not self.path.is_dir():
            raise PipelineError(f"SourceDir: there is no folder {str(self.path)!r}{near(self.path)}")
        found = files(self.path, self.exclude)
        inside = [file.relative_to(self.path).as_posix() for file in found]
        if self.entry_point not in inside:
            hint = did_you_mean(self.entry_point, inside) or f"; it contains {choices(inside)}"
            raise PipelineError(f"SourceDir: the folder {str(self.path)!r} has no file {self.entry_point!r}{hint}")
        return found

    def faults(self) -> tuple[str, ...]:
        """The syntax errors in the entry point and the modules of the folder that it imports.

        Raises:
            PipelineError: The folder or the entry point is missing.
        """
        found = {file.relative_to(self.path).as_posix(): file for file in self.files()}
        return faults_of(found, self.entry_point) if self.entry_point.endswith(".py") else ()

    def stage(self, scope: Construct, construct_id: str) -> StagedCode:
        """Packs the folder and creates the asset; steps call this.

        Args:
            scope: The construct below which the asset is created.
            construct_id: The id of the asset, unique in its scope.

        Raises:
            PipelineError: The folder or the entry point is missing.
        """
        faults = self.faults()
        with tempfile.TemporaryDirectory() as folder:
            archive = Path(folder) / "sourcedir.tar.gz"
            archive.write_bytes(tar_gz(self.path, self.exclude))
            # copies the archive into the assembly at once
            asset = cdk.aws_s3_assets.Asset(scope, construct_id, path=str(archive))
        return _staged(asset, faults, self.entry_point)


def _staged(asset: s3_assets.Asset, faults: tuple[str, ...], source: str) -> StagedCode:
    """The code of an asset, where the synthesizer puts it and all of its versions."""
    bucket, key = asset.s3_bucket_name, asset.s3_object_key
    start, content, suffix = key.partition(asset.asset_hash)
    known = content and _SUFFIX.fullmatch(suffix)
    return StagedCode(bucket, key, Code(bucket, f"{start}*{suffix}") if known else None, faults, source)


def path_of(what: str, path: Any) -> Path:
    """A path that is known at synth; raises ``PipelineError`` for anything else."""
    if not isinstance(path, (str, Path)) or has_placeholder(str(path)):
        raise PipelineError(f"{what}: a path that is known at synth is needed, not {shown(path)}")
    return Path(path)


def texts_of(what: str, value: Any, example: str) -> tuple[str, ...]:
    """A list of texts; raises ``PipelineError`` for anything else."""
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
        raise PipelineError(f"{what} must be a list of texts such as {example}, not {shown(value)}")
    return tuple(value)


def _other_folder(path: Path) -> str:
    """The path with the closest name for the first folder in it that does not exist; empty where that has nothing."""
    missing = next(folder for folder in (path, *path.parents) if folder.parent.is_dir())
    folders = [entry.name for entry in missing.parent.iterdir() if entry.is_dir()]
    close = difflib.get_close_matches(missing.name, folders)
    found = [missing.parent / name / path.relative_to(missing) for name in close]
    return next((str(other) for other in found if other.exists()), "")


def near(path: Path) -> str:
    """Where the path was looked for, for messages."""
    parent = path.parent
    if not parent.is_dir():
        hint = _other_folder(path)
        if hint:
            return f"; did you mean {hint!r}?"
        return f" (the folder {str(parent)!r} does not exist; relative paths start at the app's working directory)"
    return did_you_mean(path.name, (entry.name for entry in parent.iterdir())) or f" (looked in {str(parent)!r})"
