"""Code is parsed at synth: syntax errors are reported with file and line, and none of it runs."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cdk_sagemaker_pipelines import Script, SourceDir
from cdk_sagemaker_pipelines.assets.syntax import LONGEST, MOST_FILES, faults_of

READER = f"Python {sys.version_info[0]}.{sys.version_info[1]}, which runs cdk synth, reports:"
NEWER = "; a newer Python may accept it"


def folder(place: Path, contents: dict[str, str | bytes]) -> dict[str, Path]:
    """Files by their paths."""
    for name, content in contents.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return {name: place / name for name in contents}


def test_a_syntax_error_has_a_file_and_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = folder(tmp_path, {"jobs/train.py": "import os\n\nx = (1,\n"})
    assert faults_of(found, "jobs/train.py") == (f"jobs/train.py, line 3: {READER} '(' was never closed{NEWER}",)


def test_the_path_of_a_file_elsewhere_is_not_shown(tmp_path: Path) -> None:
    (fault,) = faults_of(folder(tmp_path / "code", {"train.py": "x ="}), "train.py")
    assert fault.startswith("code/train.py, line 1: ")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("print 'Python 2'\n", "line 1: "),
        ("def f(:\n    pass\n", "line 1: "),
        ("if True:\npass\n", "line 2: "),
        ("return 1\n", "line 1: "),
        ("x = 1\nbreak\n", "line 2: "),
        ("from __future__ import none_of_these\n", "line 1: "),
        (b"# coding: no-such\n", "unknown encoding"),
        (b"x = '\xe4'\n", "code"),
        (b"x = 1\x00\n", "null byte"),
        ("x = 1\n".encode("utf-16"), READER),
    ],
)
def test_syntax_errors_of_every_kind_are_found(content: str | bytes, words: str, tmp_path: Path) -> None:
    (fault,) = faults_of(folder(tmp_path, {"train.py": content}), "train.py")
    assert words in fault
    assert READER in fault


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xef\xbb\xbfx = 1\n",
        b"# coding: latin-1\nx = '\xe4'\n",
        b"x = '\\d'\nassert (x, 1)\n1 is 1\n",  # Python warns of it
        b"x = 1\r\ny = 2\r",
        b"raise SystemExit(open('/made', 'w'))\n",
        b"x = " + b"-" * 200_000 + b"1\n",  # too deep to judge
        b"x = (\n" + b"#" * LONGEST,  # too long to judge
    ],
    ids=range(8),
)
def test_valid_code_and_code_that_cannot_be_checked_are_accepted(content: bytes, tmp_path: Path) -> None:
    assert faults_of(folder(tmp_path, {"train.py": content}), "train.py") == ()
    assert not Path("/made").exists()


def test_only_imported_modules_are_checked(tmp_path: Path) -> None:
    found = folder(
        tmp_path / "code",
        {
            "train.py": "import os, a, pack.deep\nfrom pack import one\nfrom other import *\ndef f():\n import late\n",
            "a.py": "import train\nimport b\n",
            "pack/deep.py": "from . import near\nfrom .sub.far import y\nfrom .. import up\n",
            "pack/sub/far.py": "from ..beside import z\n",
            **dict.fromkeys(("b.py", "late.py", "other.py", "up.py", "never.py", "pack/never.py"), "x = ("),
            **dict.fromkeys(("pack/__init__.py", "pack/near.py", "pack/one.py", "pack/beside.py"), "x = ("),
        },
    )
    faults = faults_of(found, "train.py")
    assert sorted(fault.partition(",")[0].rpartition("/")[2] for fault in faults) == [
        *("__init__.py", "b.py", "beside.py", "late.py", "near.py", "one.py", "other.py", "up.py"),
    ]


def test_modules_are_next_to_the_entry_point_or_at_the_root(tmp_path: Path) -> None:
    found = folder(
        tmp_path,
        {"jobs/train.py": "import beside, root\n", "jobs/beside.py": "x = (", "root.py": "x = (", "beside.py": "x = 1"},
    )
    assert len(faults_of(found, "jobs/train.py")) == 2


def test_the_number_of_checked_files_is_limited(tmp_path: Path) -> None:
    chain: dict[str, str | bytes] = {f"m{n}.py": f"import m{n + 1}\n" for n in range(MOST_FILES + 5)}
    wrong = f"m{MOST_FILES + 5}.py"
    found = folder(tmp_path, {**chain, wrong: "x = ("})
    assert faults_of(found, "m0.py") == ()
    assert len(faults_of(found, "m100.py")) == 1


def test_only_python_is_checked(tmp_path: Path) -> None:
    (tmp_path / "run.sh").write_text("if [ ; then\n")
    assert SourceDir(tmp_path, entry_point="run.sh").faults() == ()
    assert Script(tmp_path / "run.sh", command=["bash"]).faults() == ()
    assert len(Script(tmp_path / "run.sh").faults()) == 1  # python3 is what runs it
