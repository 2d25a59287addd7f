"""A transform's DataProcessing: what of a record the model gets, and what the output holds of record and answer.

https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

from ...endings import StepFailed
from ...json_text import parsed
from .json_paths import Select, json_path

ANSWER, RECORD = "SageMakerOutput", "SageMakerInput"
"""Where a joined JSON record has the model's answer and, unless the record is an object, the record."""

_CSV = "text/csv"
_TYPES = (_CSV, "application/json", "application/jsonlines")
_DEFAULTS = {"InputFilter": "$", "OutputFilter": "$", "JoinSource": "None"}


class Records:
    """Filters and joins the payloads of one transform. Raises ``StepFailed`` for what the service does not accept."""

    def __init__(self, request: dict[str, Any]) -> None:
        self._given = {**_DEFAULTS, **request.get("DataProcessing", {})}
        self.untouched = self._given == _DEFAULTS
        """Whether payloads and answers stay as they are."""
        source, output = request["TransformInput"], request["TransformOutput"]
        self._type: str = source.get("ContentType", "")
        self._lines = source.get("SplitType", "None") == "Line"
        self._end = "\n" if output.get("AssembleWith", "None") == "Line" else ""
        if self.untouched:
            return
        self._input = self._filter("InputFilter")
        self._output = self._filter("OutputFilter")
        if self._lines != bool(self._end) or (self._type == _CSV and not self._lines):
            split, assemble = source.get("SplitType", "None"), output.get("AssembleWith", "None")
            both = "'Line'" if self._type == _CSV else "both 'Line' or both 'None'"
            raise _refused(f"needs SplitType and AssembleWith to be {both}", split, assemble)

    def check(self, accept: str | None) -> None:
        """Refuses answers of another type than the records."""
        if not self.untouched and (self._type not in _TYPES or accept != self._type):
            either = ", ".join(_TYPES)
            raise _refused(f"needs the same ContentType and Accept, one of {either}", self._type, accept or "")

    def sent(self, payload: bytes) -> bytes:
        """What the model gets of a payload."""
        if self._given["InputFilter"] == "$":
            return payload
        records = [_applied(self._input, "InputFilter", record) for record in self._read(payload, "the input")]
        return self._written(records).rstrip(b"\n")

    def joined(self, payload: bytes, answer: bytes) -> bytes:
        """What the output holds of a payload and the model's answer to it."""
        answers = self._read(answer, "the model's answer")
        if self._given["JoinSource"] == "Input":
            records = self._read(payload, "the input")
            if len(records) != len(answers):
                raise StepFailed(
                    f"ClientError: the model gave {len(answers)} answers to {len(records)} records, which cannot be "
                    "joined; it must give one for each, in their order"
                )
            join = _joined_row if self._type == _CSV else _joined_object
            answers = [join(record, own) for record, own in zip(records, answers, strict=True)]
        return self._written([_applied(self._output, "OutputFilter", record) for record in answers])

    def _filter(self, name: str) -> Select:
        try:
            return json_path(self._given[name])
        except ValueError as error:
            raise StepFailed(f"ClientError: DataProcessing.{name}: {error}") from error

    def _read(self, body: bytes, what: str) -> list[Any]:
        try:
            text = body.decode("utf-8")
            lines = [line.rstrip("\r") for line in text.split("\n") if line.strip()] if self._lines else [text]
            if self._type == _CSV:
                return [_row(number, line) for number, line in enumerate(lines, 1)]
            return [parsed(line, finite=True) for line in lines]
        except (ValueError, csv.Error) as error:
            raise StepFailed(f"ClientError: {what} cannot be read as {self._type}: {error}") from error

    def _written(self, records: list[Any]) -> bytes:
        if self._type == _CSV:
            stream = io.StringIO()
            rows = [record if isinstance(record, list) else [record] for record in records]
            csv.writer(stream, lineterminator="\n").writerows(rows)
            return stream.getvalue().encode()
        text = "".join(json.dumps(record, ensure_ascii=False, allow_nan=False) + self._end for record in records)
        try:
            return text.encode()
        except UnicodeEncodeError:
            what = "what is made of the records cannot be written"
            raise StepFailed(f"ClientError: {what}: they have half of a surrogate pair") from None


def _row(number: int, line: str) -> list[str]:
    try:
        (row,) = csv.reader([line], strict=True)
    except csv.Error as error:
        raise csv.Error(f"line {number}: {error}; SplitType 'Line' ends a record at each line break") from None
    return row


def _applied(select: Callable[[Any], Any], name: str, record: Any) -> Any:
    try:
        return select(record)
    except ValueError as error:
        raise StepFailed(f"ClientError: DataProcessing.{name} does not fit a record: {error}") from error


def _joined_row(record: list[str], answer: list[str]) -> list[str]:
    return [*record, *answer]


def _joined_object(record: Any, answer: Any) -> dict[str, Any]:
    return {**record, ANSWER: answer} if isinstance(record, dict) else {RECORD: record, ANSWER: answer}


def _refused(what: str, *found: str) -> StepFailed:
    return StepFailed(f"ClientError: a transform with DataProcessing {what}; it has {' and '.join(map(repr, found))}")
