"""Calls and records in SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.errors import StateError
from cdk_sagemaker_pipelines.local.state.folder import StateFolder
from cdk_sagemaker_pipelines.local.state.journal import Call, Journal
from cdk_sagemaker_pipelines.local.state.plain import dumped, loaded


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(StateFolder(tmp_path / "state"))
    yield journal
    journal.close()


def call(body: bytes, subject: str | None = None) -> Call:
    return Call("s3", "PutObject", 1.5, b"seed", {"PATH_INFO": "/b/k"}, body, subject=subject)


def test_calls_come_back_in_their_order_with_their_bodies(journal: Journal, tmp_path: Path) -> None:
    for body in (b"", b"short", b"long" * 10_000):
        journal.add(call(body))
    journal.close()
    again = Journal(StateFolder(tmp_path / "state"))
    assert [kept.body for kept in again.calls()] == [b"", b"short", b"long" * 10_000]
    (first, *_) = again.calls()
    assert (first.service, first.moment, first.seed, first.request) == ("s3", 1.5, b"seed", {"PATH_INFO": "/b/k"})
    again.close()


def test_the_answer_of_a_call_can_be_added(journal: Journal) -> None:
    begun = call(b"")
    journal.add(begun)
    begun.answer = "answer"
    journal.add(begun)
    assert [kept.answer for kept in journal.calls()] == ["answer"]


def test_the_file_of_a_forgotten_call_is_removed(journal: Journal, tmp_path: Path) -> None:
    journal.add(call(b"1" * 10_000, "b/one"))
    journal.add(call(b"2" * 10_000, "b/two"))
    journal.drop("subject = ?", "b/one")
    journal.tidy()
    assert [path.read_bytes()[:1] for path in (tmp_path / "state" / "objects").glob("*/*")] == [b"2"]


def test_records_are_found_and_removed_by_the_beginning_of_their_key(journal: Journal) -> None:
    for key in ("a\n1", "a\n2", "a%\n1", "ab\n1"):
        journal.put("step", key, {"key": key})
    journal.put("step", "a\n1", {"key": "another"})
    assert journal.records("step", "a\n") == {"a\n1": {"key": "another"}, "a\n2": {"key": "a\n2"}}
    journal.remove_all("step", "a\n")
    assert list(journal.records("step")) == ["a%\n1", "ab\n1"]


def test_a_record_is_removed_by_its_whole_key(journal: Journal) -> None:
    for key in ("A", "AB", "B"):
        journal.put("step", key, {})
    journal.remove("step", "A")
    assert list(journal.records("step")) == ["AB", "B"]


def test_a_closed_journal_keeps_nothing(journal: Journal) -> None:
    journal.close()
    journal.put("step", "key", {})
    assert journal.records("step") == {}


def test_a_database_that_is_none_is_told(tmp_path: Path) -> None:
    with StateFolder(tmp_path / "state") as folder:
        folder.database.write_bytes(b"this is no database, whatever its name says" * 100)
        with pytest.raises(StateError, match="cannot be read"):
            Journal(folder)


def test_plain_data_comes_back_and_nothing_else_is_taken() -> None:
    value = {"when": datetime(2026, 1, 2, 3, 4, 5, 6, timezone.utc), "what": b"\x00\xff", "list": [1, 2.5, None, True]}
    assert loaded(dumped(value)) == value
    assert loaded(dumped({"a": ({1}, MappingProxyType({"b": ()}))})) == {"a": [[1], {"b": []}]}
    deep: Any = []
    for _ in range(300):
        deep = [deep]
    with pytest.raises(TypeError, match="nested so deeply"):
        dumped(deep)
    with pytest.raises(TypeError, match="plain data only, found object"):
        dumped({"a": object()})


@pytest.mark.parametrize("mark", ["time", "bytes", "itself"])
def test_what_looks_like_a_mark_comes_back_as_it_was(mark: str) -> None:
    value: Any = {f"smpipe:{mark}": "soon"}
    for _ in range(3):
        assert loaded(dumped(value)) == value
        assert loaded(dumped([value, {"a": value}])) == [value, {"a": value}]
        value = {f"smpipe:{mark}": value}


@pytest.mark.parametrize(
    "text",
    [
        "not json", '{"smpipe:time":"soon"}', '{"smpipe:time":1}', '{"smpipe:bytes":"?"}', '{"smpipe:itself":1}',
        "[" * 9999,
    ],
    ids=["text", "time", "number", "bytes", "itself", "deep"],
)  # fmt: skip
def test_what_is_damaged_is_named(journal: Journal, text: str) -> None:
    journal.put("job", "place/key", {})
    journal.add(call(b""))
    for statement, named in (("records SET value", "the job 'place/key'"), ("calls SET request", "the call '1'")):
        journal._do(f"UPDATE {statement} = ?", text)
        with pytest.raises(StateError, match=f"{named} is damaged"):
            journal.records("job") if "job" in named else list(journal.calls())
