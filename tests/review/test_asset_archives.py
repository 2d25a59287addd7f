"""Archives of an assembly that others wrote: none takes more memory than it may, and none ends in a traceback."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from cdk_sagemaker_pipelines.review.reviewed import assets
from cdk_sagemaker_pipelines.review.reviewed.assets import Asset

LIMIT = 100_000
CODE = b"print()\n"


@pytest.fixture(autouse=True)
def limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "LONGEST", LIMIT)


def zipped(content: bytes = CODE, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        archive.writestr("a.py", content)
    return stream.getvalue()


def says(archive: bytes, size: int) -> bytes:
    """The archive whose directory says another size of its file."""
    place = archive.index(b"PK\1\2") + 24
    return archive[:place] + size.to_bytes(4, "little") + archive[place + 4 :]


def encrypted() -> bytes:
    archive = bytearray(zipped())
    archive[archive.index(b"PK\1\2") + 8] |= 1
    archive[6] |= 1
    return bytes(archive)


def damaged() -> bytes:
    archive = bytearray(zipped())
    archive[34:38] = b"\xff" * 4  # behind the header and the name
    return bytes(archive)


def packed(*, name_of: int = 0, content: bytes = CODE) -> bytes:
    """A tar file; ``name_of``: the length of a name in front."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.GNU_FORMAT) as archive:
        member = tarfile.TarInfo("a" * name_of or "a.py")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return gzip.compress(stream.getvalue())


def files(folder: Path, name: str, content: bytes) -> object:
    (folder / name).write_bytes(content)
    return Asset("code", "hash", folder / name).files


def test_what_is_in_archives(tmp_path: Path) -> None:
    assert files(tmp_path, "asset.1.zip", zipped()) == {"a.py": CODE}
    assert files(tmp_path, "asset.1.tar.gz", packed()) == {"a.py": CODE}


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("asset.zip", lambda: zipped(bytes(2 * LIMIT))),
        ("asset.zip", lambda: zipped(method=zipfile.ZIP_BZIP2)),
        ("asset.zip", encrypted),
        ("asset.zip", damaged),
        ("asset.tar.gz", lambda: packed(name_of=2 * LIMIT)),
        ("asset.tar.gz", lambda: packed(content=bytes(2 * LIMIT))),
        ("asset.tar.gz", lambda: packed()[:30]),
        ("asset.tar.gz", lambda: b"no archive"),
    ],
    ids=["long", "bzip2", "encrypted", "damaged", "long-name", "long-content", "cut", "none"],
)
def test_what_cannot_be_read(tmp_path: Path, name: str, make: Callable[[], bytes]) -> None:
    assert files(tmp_path, name, make()) is None


def test_a_wrong_size_is_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """zipfile inflates all of a file that is read as a whole, and cuts it then."""
    asked: list[int | None] = []
    read = zipfile.ZipExtFile.read

    def reading(stream: zipfile.ZipExtFile, n: int | None = -1) -> bytes:
        asked.append(n)
        return read(stream, n)

    monkeypatch.setattr(zipfile.ZipExtFile, "read", reading)
    assert files(tmp_path, "asset.zip", says(zipped(bytes(2 * LIMIT)), 10)) is None
    assert asked == [10]
