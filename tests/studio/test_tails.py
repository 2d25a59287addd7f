"""The ends of logs, which any number of tabs follow."""

from __future__ import annotations

from typing import Any

from cdk_sagemaker_pipelines.executions.logs import LONGEST, Place
from cdk_sagemaker_pipelines.studio.tails import LAST, MOST, PAGES, Tail, matching
from tests.cli.service import Service

PLACE = Place("/aws/sagemaker/TrainingJobs", "train-1/")


class Log:
    """A log of one stream in CloudWatch Logs, in pages of some size."""

    def __init__(self, size: int = 10_000) -> None:
        self.lines: list[str] = []
        self.size = size
        streams = {"logStreams": [{"logStreamName": "train-1/algo-1"}]}
        self.service = Service({"DescribeLogStreams": streams, "GetLogEvents": self._answer}, "logs")

    def _answer(self, asked: Any) -> dict[str, Any]:
        kind, _, number = asked.get("nextToken", "b/" if asked.get("startFromHead") is False else "f/0").partition("/")
        size = min(asked.get("limit", 10_000), self.size)
        if kind == "f":
            first, end = int(number), min(int(number) + size, len(self.lines))
        else:
            end = int(number or len(self.lines))
            first = max(end - size, 0)
        events = [{"timestamp": index, "message": self.lines[index]} for index in range(first, end)]
        return {"events": events, "nextForwardToken": f"f/{end}", "nextBackwardToken": f"b/{first}"}


def texts(lines: list[str]) -> list[str]:
    return [line[10:] for line in lines]


def test_each_line_comes_once_to_each_tab() -> None:
    log = Log()
    log.lines += ["one", "two"]
    tail = Tail(log.service.client, PLACE)
    tail.read_on()
    first = tail.after("")
    assert texts(first.lines) == ["one", "two"]
    log.lines += ["three\nand four"]
    tail.read_on()
    assert texts(tail.after(first.next).lines) == ["three", "and four"]
    other = tail.after("")
    assert texts(other.lines) == ["one", "two", "three", "and four"]
    tail.read_on()
    assert tail.after(other.next) == ([], other.next, 0)


def test_of_a_long_log_only_the_end_is_read_and_kept() -> None:
    log = Log(size=700)
    log.lines += [f"line {number}" for number in range(100_000)]
    tail = Tail(log.service.client, PLACE)
    tail.read_on()
    first = tail.after("")
    assert texts(first.lines) == log.lines[-LAST:]
    assert len(log.service.asked["GetLogEvents"]) <= 4
    log.lines += [f"more {number}" for number in range(LAST + 50)]
    tail.read_on()
    second = tail.after(first.next)
    assert texts(second.lines) == log.lines[-LAST:]
    assert second.missed == 50


def test_after_a_long_pause_it_is_read_on_in_parts() -> None:
    log = Log(size=100)
    tail = Tail(log.service.client, PLACE)
    tail.read_on()
    token, found, parts = tail.after("").next, list[str](), 0
    log.lines += [f"line {number}" for number in range(1050)]
    while not parts or tail.is_behind:
        before = len(log.service.asked["GetLogEvents"])
        tail.read_on()
        assert len(log.service.asked["GetLogEvents"]) - before <= PAGES
        news = tail.after(token)
        token, parts = news.next, parts + 1
        found += texts(news.lines)
    assert (found, parts) == (log.lines, 3)


def test_tokens_of_others_mean_nothing() -> None:
    log = Log()
    log.lines += ["one"]
    tail, other = Tail(log.service.client, PLACE), Tail(log.service.client, PLACE)
    tail.read_on()
    other.read_on()
    for token in (tail.after("").next, "", "-", "x-1", "\u0663-\u0663", "-" + "9" * 99):
        assert texts(other.after(token).lines) == ["one"], token


def test_lines_are_escaped_and_not_endless() -> None:
    log = Log()
    log.lines += ["a\tb\r\n\x1b[31mred\u202e", "x" * 10 * LONGEST]
    tail = Tail(log.service.client, PLACE)
    tail.read_on()
    found = texts(tail.after("").lines)
    assert found[:2] == ["a   b", "\\x1b[31mred\\u202e"]
    assert len(found[2]) == LONGEST


def test_a_log_of_long_lines_does_not_fill_the_memory() -> None:
    log = Log()
    log.lines += ["x" * LONGEST] * LAST
    tail = Tail(log.service.client, PLACE)
    tail.read_on()
    found = tail.after("")
    assert MOST - LONGEST - 20 < sum(map(len, found.lines)) <= MOST
    assert found.missed == LAST - len(found.lines)


def test_found_are_lines_with_a_text_in_any_case() -> None:
    assert matching(["An Error", "fine", "error"], "ERR") == ["An Error", "error"]
