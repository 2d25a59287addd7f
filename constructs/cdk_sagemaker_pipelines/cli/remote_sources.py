"""Sources other than files: a deployed pipeline, ``aws:NAME``; a file or folder of a commit, ``git:REV:PATH``."""

from __future__ import annotations

import argparse
import atexit
import importlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from ..language import Definition, DefinitionError
from ..review.reading import files
from ..review.reading.assemblies import is_assembly
from ..review.reading.files import Content, Found, Unreadable
from ..review.words import printable
from .errors import CommandError

AWS, GIT = "aws:", "git:"
REVIEW = "scripts/review.sh"
_LARGEST = 512 * 1024 * 1024
"""The most that is taken out of a commit, in bytes."""
_SAFE = ("--no-pager", "-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}")
_SAFELY = {"GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0"}
"""A repository's own configuration may name programs, and others may have written it: nothing is fetched, whatever it
says of remotes and protocols, nor do hooks, monitors and pagers run. Only plumbing commands are used, without filters.
"""


class Account(NamedTuple):
    """Where deployed pipelines are looked up; what is None, as the AWS CLI finds it."""

    region: str | None = None
    profile: str | None = None

    @staticmethod
    def of(options: argparse.Namespace) -> Account:
        """That of ``--region`` and ``--profile``."""
        return Account(options.region, options.profile)


def is_elsewhere(source: str) -> bool:
    """Whether a source says that it is not a file here."""
    return source.startswith((AWS, GIT))


def contents(source: str, account: Account, *, whole: bool = False) -> list[Content]:
    """What ``aws:NAME`` or ``git:REV:PATH`` holds. ``whole``: of a deployed pipeline its options, too."""
    if source.startswith(GIT):
        return _of_git(source)
    return [deployed(source.removeprefix(AWS), source, account, whole=whole)]


def deployed(name: str, file: str, account: Account, *, whole: bool = False) -> Found | Unreadable:
    """The definition of a deployed pipeline. ``file``: what stands for a file in messages."""
    if not name:
        raise CommandError(f"{AWS} takes the name of a pipeline: {AWS}Abalone")
    # boto3 comes with the extra `local`; reading a file does not need it
    modules = (".aws", "..executions.lookup", "..executions.overview")
    aws, lookup, overview = (importlib.import_module(module, __package__) for module in modules)
    options = None
    with aws.errors():
        client = aws.client("sagemaker", **account._asdict())
        answer = lookup.describe_pipeline(client, name)
        if whole:
            tags = aws.unless_denied(lambda: overview.tags(client, answer["PipelineArn"]))
            options = overview.options(answer, tags)
    try:
        definition = Definition.parse(answer["PipelineDefinition"])
        return Found(file, str(answer["PipelineName"]), None, definition, options=options)
    except DefinitionError as error:
        return Unreadable(file, str(error))


def _of_git(source: str) -> list[Content]:
    revision, colon, path = source.removeprefix(GIT).partition(":")
    if not revision or not colon or not path or revision.startswith("-"):
        raise CommandError(f"{source!r} is not of the form {GIT}REV:PATH, such as {GIT}main:cdk.out")
    folder = Path(tempfile.mkdtemp(prefix="smpipe-git-"))
    # what is in assets is read only when they differ
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    # a path from the working directory, as for any other source
    inside = _git("rev-parse", "--show-prefix").decode().strip()
    commit = _git("rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}").decode().strip()
    below = _tidied(f"{inside}{path}", source)
    tree = _git("ls-tree", "-r", "-z", "--full-tree", "-l", commit, "--", f":(literal){below}")
    listed = _listed(tree, below)
    if not listed:
        raise CommandError(f"{source}: the commit has no file or folder {path!r}{_instead(path, revision)}")
    missing = next((name for name, _, size in listed if size is None), None)
    if missing is not None:
        raise _not_here(source, missing)
    if sum(size or 0 for *_, size in listed) > _LARGEST:
        raise CommandError(f"{source}: it is longer than {_LARGEST // 1024 // 1024} MB")
    left = tree.count(b"\0") - len(listed)
    if left:
        told = "1 link or submodule is" if left == 1 else f"{left} links and submodules are"
        sys.stderr.write(f"smpipe: {printable(source)}: {told} not read\n")
    content = io.BytesIO(_git("cat-file", "--batch", given="".join(f"{blob}\n" for _, blob, _ in listed).encode()))
    for name, *_ in listed:
        size = _size(content.readline().split()[-1])
        if size is None:
            raise _not_here(source, name)
        file = folder.joinpath("source", *PurePosixPath(name).parts)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.read(size + 1)[:-1])
    whole = folder / "source" / PurePosixPath(below).name
    found = files.contents(whole)
    return [_called(each, str(whole), source) for each in found]


def _instead(path: str, revision: str) -> str:
    """What to do where an assembly is not in a commit, for which a project has a script if `smpipe init` wrote it."""
    if PurePosixPath(path).name != "cdk.out" and not is_assembly(Path(path)):
        return ""
    script = (
        f"'{REVIEW} {revision}' does" if Path(REVIEW).is_file() else f"{REVIEW} of a new 'smpipe init' project does"
    )
    return f", and few repositories keep what 'cdk synth' writes; synthesize both commits and compare, as {script}"


def _called(each: Content, whole: str, source: str) -> Content:
    """What was read, with the source in place of the folder that it was copied to."""
    file = source + each.file.removeprefix(whole)
    return each._replace(file=file) if isinstance(each, Unreadable) else replace(each, file=file)


def _tidied(path: str, source: str) -> str:
    """A path in the repository without ``.`` and ``..``."""
    parts: list[str] = []
    for part in PurePosixPath(path).parts:
        if part == "..":
            if not parts:
                raise CommandError(f"{source}: the path leads out of the repository")
            parts.pop()
        elif part != "/":
            parts.append(part)
    if not parts:
        raise CommandError(f"{source}: name a folder of the repository such as cdk.out, not the repository itself")
    return "/".join(parts)


def _not_here(source: str, name: str) -> CommandError:
    """Nothing is fetched for a partial clone: its configuration says how, and may name any program."""
    return CommandError(f"{source}: the content of {name!r} is not in this clone; fetch it with git, then try again")


def _size(told: str | bytes) -> int | None:
    """A size as git reports it; None for an object that is not there."""
    return int(told) if told.isdigit() else None


def _listed(answer: bytes, below: str) -> list[tuple[str, str, int | None]]:
    """The files of a tree with their blobs and sizes, by their paths from the folder; links are not files.

    What is not in a partial clone has no size.
    """
    found = []
    above = f"{below.rpartition('/')[0]}/" if "/" in below else ""
    for line in answer.decode("utf-8", "surrogateescape").split("\0"):
        facts, _, path = line.partition("\t")
        mode, kind, blob, size = (*facts.split(), "", "", "", "")[:4]
        if kind == "blob" and mode.startswith("100") and ".." not in PurePosixPath(path).parts:
            found.append((path.removeprefix(above), blob, _size(size)))
    return found


def _git(*arguments: str, given: bytes = b"") -> bytes:
    """What git prints, run in the working directory. ``given``: its standard input."""
    try:
        done = subprocess.run(
            ["git", *_SAFE, *arguments], capture_output=True, check=False, input=given, env={**os.environ, **_SAFELY}
        )
    except FileNotFoundError as error:
        raise CommandError("git is not installed, which a source of the form git:REV:PATH needs") from error
    if done.returncode:
        told = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["it failed"]
        raise CommandError(f"git {arguments[0]}: {told[-1].removeprefix('fatal: ')}")
    return done.stdout
