"""Snapshots of pipelines with pytest-snapshot: a folder of files that a reviewer can read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from difflib import unified_diff
from pathlib import Path
from typing import Protocol
from weakref import WeakKeyDictionary

import pytest

from ..language import DefinitionError
from ..review.diff.blocks import blocks
from ..review.diff.pipelines import difference
from ..review.diff.text import lines
from ..review.reviewed.values import Reviewed
from ..review.snapshot.files import FILES, OPTIONS, from_files, to_files, unplaced
from ..review.words import printable
from .sources import Target, reviewed_of


class Snapshot(Protocol):
    """What pytest-snapshot's fixture ``snapshot`` gives a test."""

    snapshot_dir: Path

    def assert_match_dir(self, dir_dict: dict[str, bytes], snapshot_dir_name: str) -> None:
        """Compares, or writes with ``--snapshot-update``."""


_seen: WeakKeyDictionary[Snapshot, dict[Path, tuple[str, Mapping[str, str]]]] = WeakKeyDictionary()
"""What a test has compared already, by folder."""


def assert_pipeline(
    snapshot: Snapshot,
    target: Target,
    pipeline: str | None = None,
    *,
    folder: str | None = None,
    files: bool = False,
    placeholders: Mapping[str, str] | None = None,
) -> None:
    """Compares a pipeline with its snapshot, a folder of files; ``pytest --snapshot-update`` writes them.

    ```python
    def test_pipeline(snapshot):
        assert_pipeline(snapshot, stack)
    ```

    What differs in meaning is the message of the failure, as ``smpipe diff`` shows it, and nothing else.

    Args:
        snapshot: The fixture ``snapshot`` of pytest-snapshot.
        target: A stack, a stage, an app or a pipeline, which is synthesized, or the path of a cdk.out.
        pipeline: Which pipeline, if the target has several: the path of its construct, its name or its id.
        folder: The folder in ``snapshot.snapshot_dir``. Default: the pipeline's path below its stage, as in
            ``Diabetes.Pipeline``, so that stages with the same pipeline share it.
        files: Whether ``files.txt`` lists the files that the pipeline uploads with their hashes, so that a change to a
            script alone fails the test.
        placeholders: What is written instead of a value that differs between stages, such as
            ``{"prod": "<environment>"}``. The whole value must be the text.
    """
    __tracebackhide__ = True
    found = unplaced(reviewed_of(target, pipeline), placeholders)
    name = folder if folder is not None else re.sub(r"[^\w.-]+", "-", found.within.replace("/", "."))
    written = to_files(found, with_files=files)
    path = Path(snapshot.snapshot_dir) / name
    known_path, known = _seen.setdefault(snapshot, {}).setdefault(path, (found.path, written))
    if known != written:
        pytest.fail(
            f"{known_path} and {found.path} share the snapshot {name!r} but differ; give folder= or placeholders=:\n"
            + _message(known, written, found, files=files),
            pytrace=False,
        )
    before = _read(path)
    if before == written:
        return
    try:
        snapshot.assert_match_dir({each: text.encode() for each, text in written.items()}, name)
    except AssertionError:
        message = _message(before, written, found, files=files)
    else:  # the fixture says at the test's end what it has written
        return
    pytest.fail(message, pytrace=False)


def _read(path: Path) -> dict[str, str]:
    """The files of a folder; git may have changed their line ends."""
    if not path.is_dir():
        return {}
    return {each.name: each.read_text("utf-8", "replace") for each in sorted(path.iterdir()) if each.is_file()}


def _message(before: Mapping[str, str], written: Mapping[str, str], new: Reviewed, *, files: bool) -> str:
    try:
        old = from_files(before, new)
    except DefinitionError as error:
        return f"the snapshot cannot be read: {printable(str(error))}; 'pytest --snapshot-update' writes it anew"
    if old is None:
        return f"{new.path} has no snapshot yet; 'pytest --snapshot-update' writes it"
    known = replace(
        new,
        assets=new.assets if files and FILES in before else None,
        options=new.options if OPTIONS in before else None,
        resources=new.resources if OPTIONS in before else None,
    )
    told = list(lines(blocks([difference(old, known)])))
    return "\n".join(told or _written_otherwise(before, written))


def _written_otherwise(before: Mapping[str, str], written: Mapping[str, str]) -> list[str]:
    """Two snapshots that mean the same: another order, another picture, or files that came or went."""
    found = ["the snapshot is written otherwise, with the same meaning; 'pytest --snapshot-update' writes it anew:"]
    for name in sorted({*before, *written}):
        if name not in before or name not in written:
            found.append(f"{'+' if name in written else '-'} {name}")
        else:
            one, other = (each[name].splitlines() for each in (before, written))
            found += map(printable, unified_diff(one, other, name, name, n=0, lineterm=""))
    return found
