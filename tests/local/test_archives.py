"""Malicious archives: nothing is written outside of the folder, and not more than allowed."""

from __future__ import annotations

import bz2
import contextlib
import errno
import gzip
import io
import lzma
import os
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cdk_sagemaker_pipelines.local.container import archives
from cdk_sagemaker_pipelines.local.container.archives import ArchiveError, extract_tar, extract_zip
from cdk_sagemaker_pipelines.local.container.rewriting import rewrite_sources

Member = tuple[str, bytes, str, bytes]
"""Name, type, target of a link, content."""


def file(name: str, content: bytes = b"x") -> Member:
    return (name, tarfile.REGTYPE, "", content)


def folder(name: str) -> Member:
    return (name, tarfile.DIRTYPE, "", b"")


def link(name: str, target: str) -> Member:
    return (name, tarfile.SYMTYPE, target, b"")


def hard(name: str, target: str) -> Member:
    return (name, tarfile.LNKTYPE, target, b"")


def tar(*members: Member) -> bytes:
    body = io.BytesIO()
    with tarfile.open(fileobj=body, mode="w:gz", compresslevel=1) as archive:
        for name, kind, target, content in members:
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.size = kind, target, len(content)
            archive.addfile(info, io.BytesIO(content))
    return body.getvalue()


@pytest.fixture
def unpack(tmp_path: Path) -> Callable[..., Path]:
    """Unpacks bytes into a folder next to a secret."""
    (tmp_path / "secret").write_text("secret")
    target = tmp_path / "in" / "here"
    target.mkdir(parents=True)

    def run(content: bytes, largest: int = 1 << 20) -> Path:
        archive = tmp_path / "x.tar.gz"
        archive.write_bytes(content)
        extract_tar(archive, target, largest)
        return target

    return run


def test_harmless_archives_are_unpacked(unpack: Callable[..., Path]) -> None:
    body = io.BytesIO()
    with tarfile.open(fileobj=body, mode="w:gz") as archive:
        for name, mode in {"./bin/run.sh": 0o4777, "plain": 0o044, "deep/er/é" + "n" * 120: 0o644}.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode = 3, mode
            archive.addfile(info, io.BytesIO(b"abc"))
        links = link("deep/up", "../plain"), link("deep/er/up", "../../bin"), link("to", "deep"), link("none", "./none")
        for name, kind, target, _ in (*links, link("self", "."), hard("again", "plain"), folder("."), folder("e/")):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, target
            archive.addfile(info)
    here = unpack(body.getvalue())
    assert (here / "deep" / "er" / ("é" + "n" * 120)).read_bytes() == b"abc"
    assert (here / "deep" / "up").read_bytes() == (here / "to" / "er" / "up" / "run.sh").read_bytes() == b"abc"
    assert (here / "again").samefile(here / "plain")
    assert [oct((here / name).stat().st_mode & 0o7777) for name in ("bin/run.sh", "plain")] == ["0o755", "0o644"]
    assert (here / "e").is_dir()


def test_a_later_member_replaces_an_earlier_one(unpack: Callable[..., Path]) -> None:
    links = link("b", "a"), file("b", b"2"), hard("c", "a"), file("c", b"3")
    here = unpack(tar(file("a", b"1"), *links, file("a", b"4")))
    assert [(here / name).read_bytes() for name in "abc"] == [b"4", b"2", b"3"]


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress, bytes])
def test_every_compression_is_read(unpack: Callable[..., Path], compress: Callable[[bytes], bytes]) -> None:
    assert (unpack(compress(gzip.decompress(tar(file("a", b"b" * 100_000))))) / "a").stat().st_size == 100_000


OUTSIDE = "which would be written outside of the folder"
OUT = "which leads out of the folder"
THROUGH = "which would be written through a link"
NO_FILE = "which is not an earlier file"
KIND = "which is not a file, a folder or a link"


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ([file("/etc/x")], OUTSIDE),
        ([file("//x")], OUTSIDE),
        ([file("../secret")], OUTSIDE),
        ([file("a/../../secret")], OUTSIDE),
        ([folder("../x")], OUTSIDE),
        ([link("../x", "y")], OUTSIDE),
        ([link("a", "/etc/passwd")], OUT),
        ([link("a", "../../secret")], OUT),
        ([link("a", "..")], OUT),
        ([link("a/b", "../..")], OUT),
        ([link("a", "b/../../../secret")], OUT),
        ([link("a/b/c/up", "../../.."), link("l", "a/b/c/up/../secret")], OUT),
        ([link("a", "")], OUT),
        ([link("d", "."), file("d/x")], THROUGH),
        ([link("d", "e"), folder("d/x")], THROUGH),
        ([folder("e"), link("d", "e"), link("d/x", "y")], THROUGH),
        ([file("a"), link("d", "e"), hard("d/x", "a")], THROUGH),
        ([hard("a", "../../secret")], OUTSIDE),
        ([hard("a", "/etc/passwd")], OUTSIDE),
        ([link("d", "e"), hard("a", "d/x")], THROUGH),
        ([hard("a", "later"), file("later")], NO_FILE),
        ([file("b"), link("a", "b"), hard("c", "a")], NO_FILE),
        ([folder("a"), hard("c", "a")], NO_FILE),
        ([("a", tarfile.CHRTYPE, "", b"")], KIND),
        ([("a", tarfile.BLKTYPE, "", b"")], KIND),
        ([("a", tarfile.FIFOTYPE, "", b"")], KIND),
        ([file(".")], "contains a file named '.'"),
        ([folder("a"), file("a")], "is not a readable tar.gz archive"),
        ([file("a"), file("a/b")], "is not a readable tar.gz archive"),
    ],
)  # fmt: skip
def test_what_leads_out_is_refused(unpack: Callable[..., Path], members: list[Member], reason: str) -> None:
    with pytest.raises(ArchiveError, match=reason):
        unpack(tar(*members))


ODD = st.lists(st.sampled_from(["a", "b", "c", "..", ".", "", "secret"]), min_size=1, max_size=4).map("/".join)
NAMES = st.sampled_from(["a", "b", "a/b", "b/a", "a/b/c", "a/new", "b/secret"])
LINKS = st.sampled_from(["a", "b", "..", "../..", "../../..", "a/..", "a/b/..", "b/../..", "/", "a/b/c/../../x"])
KINDS = st.sampled_from([tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE])
MEMBERS = st.tuples(NAMES | ODD, KINDS, LINKS | ODD, st.just(b"harm"))


@pytest.mark.parametrize("count", [300, pytest.param(20_000, marks=pytest.mark.long)])
def test_no_members_in_any_order_lead_out(count: int) -> None:
    @settings(max_examples=count, deadline=None, derandomize=count < 1000)
    @given(st.lists(MEMBERS, max_size=6))
    def judge(members: list[Member]) -> None:
        with tempfile.TemporaryDirectory() as outer:
            root = Path(outer).resolve()
            (root / "secret").write_text("secret")
            here = root / "1" / "2" / "here"
            here.mkdir(parents=True)
            archive = root / "x.tar.gz"
            archive.write_bytes(tar(*[(n, k, t, c if k == tarfile.REGTYPE else b"") for n, k, t, c in members]))
            with contextlib.suppress(ArchiveError):
                extract_tar(archive, here)
            outside = sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if here not in path.parents)
            assert outside == ["1", "1/2", "1/2/here", "secret", "x.tar.gz"]
            assert (root / "secret").read_text() == "secret"
            for path in here.rglob("*"):
                try:
                    real = Path(os.path.realpath(path, strict=True))
                except OSError as error:
                    if error.errno == errno.ELOOP:
                        continue  # it leads nowhere
                    real = Path(os.path.realpath(path))
                assert real == here or here in real.parents, (path, os.readlink(path))

    judge()


def too_large(
    content: bytes, unpack: Callable[..., Path], reason: str = "unpacks to more than 1,048,576 bytes"
) -> None:
    with pytest.raises(ArchiveError, match=reason):
        unpack(content)


def test_sizes_are_limited(unpack: Callable[..., Path]) -> None:
    too_large(tar(file("a", bytes(2 << 20))), unpack)
    too_large(tar(*[file(str(number), bytes(600_000)) for number in range(2)]), unpack)
    here = unpack(tar(file("a", bytes(1 << 20))))
    assert (here / "a").stat().st_size == 1 << 20


def test_a_sparse_file_is_as_large_as_it_will_be(unpack: Callable[..., Path]) -> None:
    info = tarfile.TarInfo("a")
    info.size = 512
    info.pax_headers = {
        "GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "a",
        "GNU.sparse.realsize": str(1 << 40),
    }  # fmt: skip
    body = io.BytesIO()
    with tarfile.open(fileobj=body, mode="w:gz", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(info, io.BytesIO(b"0\n".ljust(512, b"\0")))
    too_large(body.getvalue(), unpack)


@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK])
def test_headers_are_limited(unpack: Callable[..., Path], kind: bytes) -> None:
    too_large(tar(("a", kind, "", bytes(500_000)), file("a")), unpack, "longer than any name|not a readable")
    one = ("a", tarfile.XGLTYPE, "", b"11 a=" + b"1" * 5 + b"\n")
    assert (unpack(tar(one, file("a"))) / "a").exists()
    too_large(tar(*[one] * 5000, file("a")), unpack, "is not a readable tar.gz archive")


def test_the_number_of_members_is_limited(unpack: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST", 10)
    assert len(list(unpack(tar(*[file(str(number)) for number in range(10)])).iterdir())) == 10
    too_large(tar(*[file(str(number)) for number in range(11)]), unpack, "contains more than 10 files and folders")


DEEP = "a/b/c/d/e/f/g/h/i/"


def test_folders_that_no_member_names_count(
    unpack: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(archives, "MOST", 10)
    named = [folder(DEEP[:end]) for end in range(2, 19, 2)]
    assert (unpack(tar(*named, file(f"./{DEEP}x"))) / DEEP / "x").is_file()
    assert extract_zip(zipped((DEEP, b""), (f"{DEEP}x", b"1")), tmp_path / "zip", 10) == 1
    for names in ([f"{DEEP}x", f"{DEEP}y"], [f"{DEEP}j/x"], ["a/b/c/d/e/x", "1/b/c/d/e"]):
        too_large(tar(*map(file, names)), unpack, "contains more than 10 files and folders")
        with pytest.raises(ArchiveError, match="contains more than 10 files and folders"):
            extract_zip(zipped(*[(name, b"") for name in names]), tmp_path / "zip", 10)
    too_large(tar(folder(f"{DEEP}j/k")), unpack, "contains more than 10 files and folders")


@pytest.mark.parametrize(
    "content", [b"", b"\x1f\x8b", b"\x1f\x8bnothing", b"BZh9", b"\xfd7zXZ\x00", b"x" * 600, b"\0" * 5]
)
def test_what_is_not_an_archive_is_refused(unpack: Callable[..., Path], content: bytes) -> None:
    too_large(content, unpack, "is not a readable tar.gz archive")


@pytest.mark.parametrize("count", [200, pytest.param(20_000, marks=pytest.mark.long)])
def test_damaged_archives_are_refused_with_an_explanation(count: int) -> None:
    plain = gzip.decompress(tar(file("a" * 150, b"b" * 700), folder("d"), link("d/l", "x"), file("é")))[:8000]

    @settings(max_examples=count, deadline=None, derandomize=count < 1000)
    @given(st.lists(st.tuples(st.integers(0, 4000), st.binary(min_size=1, max_size=12)), min_size=1, max_size=5))
    def judge(changes: list[tuple[int, bytes]]) -> None:
        content = bytearray(plain)
        for start, change in changes:
            content[start : start + len(change)] = change
        for start in range(0, 4096, 512):  # as who means it would do
            total = sum(content[start : start + 148]) + sum(content[start + 156 : start + 512]) + 256
            content[start + 148 : start + 156] = b"%06o\0 " % total
        with tempfile.TemporaryDirectory() as outer:
            archive, here = Path(outer, "x.tar"), Path(outer, "here")
            archive.write_bytes(bytes(content))
            here.mkdir()
            with contextlib.suppress(ArchiveError):
                extract_tar(archive, here, 1 << 20)
            assert sorted(os.listdir(outer)) == ["here", "x.tar"]

    judge()


# -- zip


def zipped(*members: tuple[str, bytes]) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            # a ZipInfo has a fixed time: test ids show the bytes, and must be the same in every process
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return body.getvalue()


def test_a_zip_archive(tmp_path: Path) -> None:
    assert extract_zip(zipped(("a/b", b"12"), ("c/", b""), ("d", b"3")), tmp_path, 3) == 3
    assert (tmp_path / "a" / "b").read_bytes() == b"12"
    assert (tmp_path / "c").is_dir()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (zipped(("../x", b"")), OUTSIDE),
        (zipped(("a/../../x", b"")), OUTSIDE),
        (zipped(("/x", b"")), OUTSIDE),
        (zipped(("a", bytes(1001))), "unpacks to more than 1,000 bytes"),
        (zipped(("a", bytes(600)), ("b", bytes(600))), "unpacks to more than 1,000 bytes"),
        (zipped(("a", b""), ("", b"x")), "contains a file without a name"),
        (b"", "is not a readable zip archive"),
        (b"PK\x05\x06" + bytes(10), "is not a readable zip archive"),
        (zipped(("a", b"12345" * 20))[:33] + b"harm" + zipped(("a", b"12345" * 20))[37:], "is not a readable zip"),
    ],
)  # fmt: skip
def test_zip_archives_that_are_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "here").mkdir()
    with pytest.raises(ArchiveError, match=reason):
        extract_zip(content, tmp_path / "here", 1000)
    assert os.listdir(tmp_path) == ["here"]


def test_a_zip_archive_that_lies_about_its_size(tmp_path: Path) -> None:
    content = bytearray(zipped(("a", bytes(1 << 20))))
    for start in (content.index(b"PK\x03\x04") + 22, content.index(b"PK\x01\x02") + 24):
        content[start : start + 4] = (100).to_bytes(4, "little")
    with pytest.raises(ArchiveError):
        extract_zip(bytes(content), tmp_path, 1000)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 100


def test_a_link_in_a_zip_archive_is_a_file(tmp_path: Path) -> None:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        info = zipfile.ZipInfo("a")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    extract_zip(body.getvalue(), tmp_path, 1000)
    assert not (tmp_path / "a").is_symlink()


# -- rewriting


def test_only_small_source_archives_are_rewritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cdk_sagemaker_pipelines.local.container.rewriting._LARGEST_CONTENT", 1 << 20)
    small = tar(file("a.py", b"open('/opt/ml/x')"), link("b", "/etc"), file("c", bytes(500_000)))
    large = tar(file("a.py", b"open('/opt/ml/x')"), file("c", bytes(2 << 20)))
    (tmp_path / "small.gz").write_bytes(small)
    (tmp_path / "large.gz").write_bytes(large)
    (tmp_path / "none.gz").write_bytes(b"data")
    rewrite_sources(tmp_path)
    with tarfile.open(tmp_path / "small.gz") as archive:
        assert archive.getnames() == ["a.py", "b", "c"]
        content = archive.extractfile("a.py")
        assert content is not None
        assert content.read() == f"open('{tmp_path}/x')".encode()
    assert (tmp_path / "large.gz").read_bytes() == large
