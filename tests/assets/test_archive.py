"""Archives of code: the same bytes from every copy of a folder, and readable by everything that reads tar.gz."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import stat
import subprocess
import tarfile
from pathlib import Path

import pytest

from cdk_sagemaker_pipelines.assets.archive import files, tar_gz

FILES = {
    "train.py": "print('train')\n",
    "requirements.txt": "pandas\n",
    "package/__init__.py": "",
    "package/model.py": "x = 1\n",
    "package/ä ö.txt": "ü\n",
    "B.py": "",
    "a.py": "",
    f"deep/{'long' * 30}/{'name' * 20}.txt": "long\n",
}
CACHES = (
    "__pycache__/train.cpython-311.pyc",
    "package/__pycache__/model.cpython-311.pyc",
    "old.pyc",
    ".git/HEAD",
    ".DS_Store",
    ".ipynb_checkpoints/x.ipynb",
    ".mypy_cache/x",
    ".pytest_cache/x",
    ".ruff_cache/x",
    ".venv/lib/x.py",
    "cdk.out/tree.json",
    "node_modules/x/index.js",
)


def write(folder: Path, names: list[str]) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(FILES.get(name, "cache"), encoding="utf-8")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = write(tmp_path / "one", list(FILES))
    (folder / "train.py").chmod(0o755)
    return folder


def test_two_copies_give_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    other = write(tmp_path / "two", [*reversed(FILES), *CACHES])
    (other / "empty").mkdir()
    for path in other.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
        if path.is_file():
            path.chmod(0o600)
    (other / "train.py").chmod(0o700)
    if os.geteuid() == 0:
        os.chown(other / "a.py", 4321, 4321)
    assert tar_gz(folder) == tar_gz(other)


def test_the_bytes_are_the_same_on_every_machine(folder: Path) -> None:
    # a change here changes the key of everybody's code, so that caches miss: it must be meant
    assert (
        hashlib.sha256(tar_gz(folder)).hexdigest() == "3a83ca2b3817cfc482f9db5142fc72071cceefbc5329f6c9ebdaf5ed7691155e"
    )


def test_the_bytes_depend_on_content_name_and_permission(folder: Path) -> None:
    seen = {tar_gz(folder)}
    (folder / "a.py").write_text("changed\n")
    seen.add(tar_gz(folder))
    (folder / "a.py").rename(folder / "c.py")
    seen.add(tar_gz(folder))
    (folder / "c.py").chmod(0o755)
    seen.add(tar_gz(folder))
    assert len(seen) == 4


def test_the_members(folder: Path) -> None:
    archive = folder.parent / "code.tar.gz"
    archive.write_bytes(tar_gz(folder))
    with tarfile.open(archive) as tar:
        members = tar.getmembers()
        assert [member.name for member in members] == sorted(FILES)
        for member in members:
            content = tar.extractfile(member)
            assert content is not None
            assert content.read().decode() == FILES[member.name]
            assert (member.mtime, member.uid, member.gid, member.uname, member.gname) == (0, 0, 0, "", "")
            assert member.mode == (0o755 if member.name == "train.py" else 0o644)
            assert member.isreg()


def test_the_containers_tar_unpacks_it(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "code.gz").write_bytes(tar_gz(folder))
    target = tmp_path / "unpacked"
    target.mkdir()
    subprocess.run(
        ["tar", "xzf", str(tmp_path / "code.gz")], cwd=target, check=True, env={**os.environ, "LC_ALL": "C.UTF-8"}
    )
    found = {path.relative_to(target).as_posix(): path.read_text() for path in target.rglob("*") if path.is_file()}
    assert found == FILES
    assert (target / "train.py").stat().st_mode & stat.S_IXUSR
    assert not (target / "a.py").stat().st_mode & stat.S_IXUSR


@pytest.mark.parametrize("size", [0, 1, 55_000, 65_535, 65_536, 200_000])
def test_gzip_of_any_size(size: int, tmp_path: Path) -> None:
    content = bytes(number * 7 % 251 for number in range(size))
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "data.bin").write_bytes(content)
    packed = tar_gz(tmp_path / "in")
    plain = gzip.decompress(packed)
    assert content in plain
    if shutil.which("gzip"):
        assert subprocess.run(["gzip", "-dc"], input=packed, check=True, capture_output=True).stdout == plain


def test_excluded_files(folder: Path) -> None:
    write(folder, list(CACHES))
    assert [path.relative_to(folder).as_posix() for path in files(folder)] == sorted(FILES)
    assert [path.relative_to(folder).as_posix() for path in files(folder, ["*.txt", "package/model.py", "deep"])] == [
        "B.py",
        "a.py",
        "package/__init__.py",
        "train.py",
    ]


def test_names_are_case_sensitive(folder: Path) -> None:
    names = [path.name for path in files(folder, ["b.py", "A.PY"])]
    assert {"B.py", "a.py"} <= set(names)


def test_links_are_followed(folder: Path) -> None:
    (folder.parent / "shared.py").write_text("shared = 1\n")
    (folder / "link.py").symlink_to(folder.parent / "shared.py")
    (folder / "broken.py").symlink_to(folder.parent / "nothing")
    archive = folder.parent / "code.tar.gz"
    archive.write_bytes(tar_gz(folder))
    with tarfile.open(archive) as tar:
        content = tar.extractfile("link.py")
        assert content is not None
        assert content.read() == b"shared = 1\n"
        assert "broken.py" not in tar.getnames()
