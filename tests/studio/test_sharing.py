"""Answers that many tabs share, and limits of what is asked."""

from __future__ import annotations

import threading
import time

import pytest

from cdk_sagemaker_pipelines.studio import sharing
from cdk_sagemaker_pipelines.studio.limits import Allowance, Spare
from cdk_sagemaker_pipelines.studio.sharing import Shared
from tests.studio.test_trouble import Clock


def test_twenty_who_ask_at_once_get_one_answer() -> None:
    shared, asked, got = Shared(), list[int](), list[int]()

    def read() -> int:
        asked.append(1)
        time.sleep(0.1)
        return len(asked)

    threads = [threading.Thread(target=lambda: got.append(shared.get("key", 60, read))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(asked), got) == (1, [1] * 20)


def test_an_answer_is_kept_as_long_as_it_is_wanted() -> None:
    clock = Clock()
    shared, numbers = Shared(clock), iter(range(10))
    assert [shared.get("key", 2, lambda: next(numbers)) for _ in range(2)] == [0, 0]
    assert shared.get("other", 2, lambda: next(numbers)) == 1
    clock.now += 1.9
    assert (shared.has("key"), shared.has("nothing")) == (True, False)
    assert shared.get("key", 2, lambda: next(numbers)) == 0
    clock.now += 0.1
    assert not shared.has("key")
    assert shared.get("key", 2, lambda: next(numbers)) == 2
    shared.forget()
    assert shared.get("key", 2, lambda: next(numbers)) == 3


def test_an_error_is_shared_for_a_moment() -> None:
    clock = Clock()
    shared, asked = Shared(clock), list[int]()

    def read() -> int:
        asked.append(1)
        if len(asked) == 1:
            raise KeyError("no")
        return 7

    for _ in range(2):
        with pytest.raises(KeyError):
            shared.get("key", 60, read)
    clock.now += sharing.SORRY
    assert (shared.get("key", 60, read), len(asked)) == (7, 2)


def test_only_so_many_answers_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "MOST", 2)
    shared, numbers = Shared(), iter(range(10))
    assert [shared.get(key, 60, lambda: next(numbers)) for key in "abcb"] == [0, 1, 2, 1]
    assert shared.get("a", 60, lambda: next(numbers)) == 3


def test_an_allowance_is_of_calls_and_of_time() -> None:
    clock = Clock()
    assert [Allowance(2, 60, clock).take() for _ in range(2)] == [True, True]
    few, short = Allowance(2, 60, clock), Allowance(9, 1, clock)
    assert [few.take() for _ in range(3)] == [True, True, False]
    assert short.take()
    clock.now += 1
    assert not short.take()


def test_what_there_is_to_spare_comes_back() -> None:
    clock = Clock()
    spare = Spare(10, 3, clock)
    assert [spare.take() for _ in range(4)] == [True, True, True, False]
    clock.now += 0.11
    assert [spare.take() for _ in range(2)] == [True, False]
    clock.now += 60
    assert [spare.take() for _ in range(4)] == [True, True, True, False]
