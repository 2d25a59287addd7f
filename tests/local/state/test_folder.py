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
            assert {stat.S_IMODE(path.stat().st_mode) for path in folder.root.rglob("*") if path.is_file()} == {0o600}
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


def objects_elsewhere(root: Path) -> None:
    used(root)
    (root / "objects").rename(root.with_name("elsewhere"))
    (root / "objects").symlink_to(root.with_name("elsewhere"))


def part_elsewhere(root: Path) -> None:
    (part,) = used(root).iterdir()
    part.rename(root.with_name("elsewhere"))
    part.symlink_to(root.with_name("elsewhere"))


def content_elsewhere(root: Path) -> None:
    (part,) = used(root).iterdir()
    (file,) = part.iterdir()
    file.rename(root.with_name("elsewhere"))
    file.symlink_to(root.with_name("elsewhere"))


def database_elsewhere(root: Path) -> None:
    used(root)
    root.with_name("other.db").write_text("another program's")
    (root / "state.sqlite").symlink_to(root.with_name("other.db"))


def log_elsewhere(root: Path) -> None:
    used(root)
    (root / "state.sqlite-wal").symlink_to(root.with_name("other.db"))


def database_linked(root: Path) -> None:
    used(root)
    (root / "state.sqlite").write_text("")
    os.link(root / "state.sqlite", root.with_name("backup.sqlite"))


def mark_linked(root: Path) -> None:
    used(root)
    os.link(root / MARK, root.with_name("backup.json"))


def used(root: Path) -> Path:
    with StateFolder(root) as folder:
        folder.put(b"content")
    return root / "objects"


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
        (objects_elsewhere, "objects is not a folder; choose"),
        (part_elsewhere, "objects/.. is not a folder; choose"),
        (content_elsewhere, "objects/../.* is not a file; choose"),
        (database_elsewhere, "state.sqlite is not a file; choose"),
        (log_elsewhere, "state.sqlite-wal is not a file; choose"),
        (database_linked, "state.sqlite has another name elsewhere, .* copy it instead of linking"),
        (mark_linked, "smpipe-state.json has another name elsewhere"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_any_other_folder_is_refused_untouched(tmp_path: Path, make: Callable[[Path], None], message: str) -> None:
    root = tmp_path / "state"
    make(root)
    before = content(tmp_path)
    with pytest.raises(StateError, match=message):
        StateFolder(root)
    assert content(tmp_path) == before


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


def test_what_is_not_the_states_stays(tmp_path: Path) -> None:
    with StateFolder(tmp_path / "state") as folder:
        gone = folder.put(b"gone")
        part = folder.root / "objects" / gone[:2]
        for path in (part / "notes.txt", part / gone.upper(), folder.root / "objects" / "notes" / gone):
            path.parent.mkdir(exist_ok=True)
            path.write_text("mine")
        (part / f"{gone}.{'0' * 32}.new").write_text("begun")
        folder.keep_only(set())
        left = sorted(path.name for path in folder.root.rglob("*") if path.is_file())
        assert left == sorted([MARK, "notes.txt", gone.upper(), gone])


def test_a_folder_that_is_refused_can_be_used_when_it_is_mended(tmp_path: Path) -> None:
    root = tmp_path / "state"
    objects_elsewhere(root)
    with pytest.raises(StateError, match="objects is not a folder"):
        StateFolder(root)
    (root / "objects").unlink()
    StateFolder(root).close()
