"""The folder of a state: whose it is, and who may use it."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from cdk_sagemaker_pipelines.local.errors import StateError
from cdk_sagemaker_pipelines.local.state.folder import VERSION, StateFolder

MARK = "smpipe-state.json"


def content(root: Path) -> dict[str, tuple[int, bytes]]:
    """Modes and contents of everything below a path, and its own mode."""
    found = [root, *sorted(root.rglob("*"))] if root.is_dir() else [root]
    return {str(path): (path.lstat().st_mode, path.read_bytes() if path.is_file() else b"") for path in found}


def test_a_new_folder_is_its_users_alone(tmp_path: Path) -> None:
    previous = os.umask(0)
    try:
        with StateFolder(tmp_path / "state") as folder:
            name = folder.put(b"content")
            modes = {
                stat.S_IMODE(path.stat().st_mode) for path in [folder.root, *folder.root.iterdir()] if path.is_dir()
            }
            assert modes == {0o700}
            assert stat.S_IMODE((folder.root / MARK).stat().st_mode) == 0o600
            assert folder.get(name) == b"content"
    finally:
        os.umask(previous)


def test_an_empty_folder_becomes_its_users_alone(tmp_path: Path) -> None:
    root = tmp_path / "state"
    root.mkdir(0o755)
    StateFolder(root).close()
    assert stat.S_IMODE(root.stat().st_mode) == 0o700


def test_the_next_server_uses_it_when_the_first_has_ended(tmp_path: Path) -> None:
    with StateFolder(tmp_path / "state") as folder:
        name = folder.put(b"content")
        with pytest.raises(StateError, match="another local AWS uses"):
            StateFolder(tmp_path / "state")
    with StateFolder(tmp_path / "state") as folder:
        assert folder.get(name) == b"content"


def foreign(root: Path) -> None:
    root.mkdir()
    (root / "notes.txt").write_text("mine")


def file(root: Path) -> None:
    root.write_text("mine")


def link(root: Path) -> None:
    root.with_name("elsewhere").mkdir()
    root.symlink_to(root.with_name("elsewhere"))


def open_to_others(root: Path) -> None:
    StateFolder(root).close()
    root.chmod(0o750)


def newer(root: Path) -> None:
    marked(root, {"format": "smpipe local --state", "version": VERSION + 1})


def older(root: Path) -> None:
    marked(root, {"format": "smpipe local --state", "version": VERSION - 1})


def other_mark(root: Path) -> None:
    marked(root, {"format": "another program's", "version": VERSION})


def no_mark(root: Path) -> None:
    marked(root, ["nothing"])


def marked(root: Path, mark: object) -> None:
    StateFolder(root).close()
    (root / MARK).write_text(json.dumps(mark))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (foreign, "has other contents than the state of a local AWS"),
        (file, "is not a folder"),
        (link, "is not a folder"),
        (open_to_others, "others may enter"),
        (newer, f"is of a newer version of smpipe \\({VERSION + 1}, this one has {VERSION}\\)"),
        (older, "is of an older version of smpipe"),
        (other_mark, "is not that of a state of a local AWS"),
        (no_mark, "is not that of a state of a local AWS"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_any_other_folder_is_refused_untouched(tmp_path: Path, make: Callable[[Path], None], message: str) -> None:
    root = tmp_path / "state"
    make(root)
    before = content(root)
    with pytest.raises(StateError, match=message):
        StateFolder(root)
    assert content(root) == before


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="cannot be used: No such file or directory"):
        StateFolder(tmp_path / "missing" / "state")


def test_only_what_is_needed_is_kept(tmp_path: Path) -> None:
    with StateFolder(tmp_path / "state") as folder:
        kept, gone = folder.put(b"kept"), folder.put(b"gone")
        folder.keep_only({kept})
        assert folder.get(kept) == b"kept"
        with pytest.raises(StateError, match="cannot be read"):
            folder.get(gone)
