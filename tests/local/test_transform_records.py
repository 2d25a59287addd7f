"""A transform's filters and join: the guide's own examples, and what it does not accept."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cdk_sagemaker_pipelines.local.endings import StepFailed
from cdk_sagemaker_pipelines.local.runners.jobs.json_paths import json_path
from cdk_sagemaker_pipelines.local.runners.jobs.transform_records import Records

FIELDS = {"id": 7, "features": [1, 2, 3, 4, 5, 6], "deep": {"a": {"x": 1}, "b": {"x": 2}}, "SageMakerOutput": {"y": 9}}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        # https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html
        ("$", FIELDS),
        ("$.id", 7),
        ("$.deep.*", [{"x": 1}, {"x": 2}]),
        ("$['id','SageMakerOutput']", {"id": 7, "SageMakerOutput": {"y": 9}}),
        ("$.deep.['a','b']", {"a": {"x": 1}, "b": {"x": 2}}),
        ("$.features[1]", 2),
        ("$.features[-1]", 6),
        ("$.features[1,3,5]", [2, 4, 6]),
        ("$.features[0, -1]", [1, 6]),
        ("$.features[1:4]", [2, 3, 4, 5]),  # "$[1:4] specifies the second through fifth columns"
        ("$.features[:5]", [1, 2, 3, 4, 5, 6]),  # "from the first column through the sixth column"
        ("$.features[2:]", [3, 4, 5, 6]),
        ("$.features[-2:]", [5, 6]),
        ("$.features[*]", [1, 2, 3, 4, 5, 6]),
        ("$.deep[*].x", [1, 2]),
        ("$['deep'].a['x']", 1),
    ],
)
def test_paths(path: str, found: Any) -> None:
    assert json_path(path)(FIELDS) == found


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("id", "does not begin with '$'"),
        ("$id", 'is not understood from "id" on'),
        ("$..id", 'is not understood from "..id" on'),
        ("$[?(@.id > 1)]", "is not understood"),
        ("$.features.length()", "is not understood"),
        ("$.features[1:5:2]", "is not understood"),
        ("$.features[:-1]", "counts a slice with an end from behind, of which the guide says nothing"),
        ("$['a','b'].c", "goes on behind several names"),
        ("$[", "is not understood"),
        ("$." + "[" * 60, "is not understood"),
    ],
)
def test_paths_that_are_refused(path: str, why: str) -> None:
    with pytest.raises(ValueError) as caught:
        json_path(path)
    assert why in str(caught.value)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("$.gone", "it finds no 'gone'"),
        ("$['id','gone']", "it finds no 'gone'"),
        ("$.features[6]", "index 6 is outside of the 6 that there are"),
        ("$.features[-7]", "index -7 is outside"),
        ("$.id.x", "no object in which to look for 'x'"),
        ("$[0]", "it finds no array"),
        ("$.id[*]", "it finds no array"),
    ],
)
def test_records_that_a_path_does_not_fit(path: str, why: str) -> None:
    with pytest.raises(ValueError) as caught:
        json_path(path)(FIELDS)
    assert why in str(caught.value)


def records(content_type: str, lines: bool, **processing: str) -> Records:
    split = {"SplitType": "Line"} if lines else {}
    assemble = {"AssembleWith": "Line"} if lines else {}
    request = {
        "TransformInput": {"ContentType": content_type, **split},
        "TransformOutput": {"Accept": content_type, **assemble},
        "DataProcessing": processing,
    }
    made = Records(request)
    made.check(content_type)
    return made


def test_the_id_column_of_the_guide() -> None:
    columns = records("text/csv", True, InputFilter="$[1:]", JoinSource="Input")
    assert columns.sent(b"id1,1,2\nid2,3,4\n") == b"1,2\n3,4"
    assert columns.joined(b"id1,1,2\nid2,3,4\n", b"0.5\n0.25\n") == b"id1,1,2,0.5\nid2,3,4,0.25\n"


def test_quoted_columns_stay_one() -> None:
    columns = records("text/csv", True, InputFilter="$[1]", JoinSource="Input", OutputFilter="$[0,-1]")
    assert columns.sent(b'"a,""b""",x\r\n"c",y') == b"x\ny"
    assert columns.joined(b'"a,""b""",x\r\n"c",y', b"1,2\n3,4") == b'"a,""b""",2\nc,4\n'


def test_the_id_attribute_of_the_guide() -> None:
    chosen = {"InputFilter": "$.features", "JoinSource": "Input", "OutputFilter": "$['id','SageMakerOutput']"}
    record = b'{"id": 3, "features": [1, 2], "more": "x"}'
    attributes = records("application/json", False, **chosen)
    assert json.loads(attributes.sent(record)) == [1, 2]
    assert json.loads(attributes.joined(record, b'{"label": 1}')) == {"id": 3, "SageMakerOutput": {"label": 1}}


def test_lines_of_json() -> None:
    joined = records("application/jsonlines", True, JoinSource="Input")
    body = joined.joined(b'{"key": 1}\n[2, 3]', b'{"label":1}\n"b"\n')
    assert [json.loads(line) for line in body.decode().splitlines()] == [
        {"key": 1, "SageMakerOutput": {"label": 1}},
        {"SageMakerInput": [2, 3], "SageMakerOutput": "b"},
    ]


def test_an_output_filter_alone_filters_the_answers() -> None:
    assert records("text/csv", True, OutputFilter="$[1]").joined(b"1\n2", b"a,0.1\nb,0.2") == b"0.1\n0.2\n"


@pytest.mark.parametrize(
    ("content_type", "lines", "processing", "why"),
    [
        ("text/libsvm", True, {"JoinSource": "Input"}, "needs the same ContentType and Accept, one of text/csv,"),
        ("text/csv", False, {"JoinSource": "Input"}, "needs SplitType and AssembleWith to be 'Line'; it"),
        ("text/csv", True, {"InputFilter": "1:"}, "DataProcessing.InputFilter: '1:' does not begin with '$'"),
        ("text/csv", True, {"OutputFilter": "$.."}, "DataProcessing.OutputFilter: '$..' is not understood from \"..\""),
    ],
)
def test_what_is_refused(content_type: str, lines: bool, processing: dict[str, str], why: str) -> None:
    with pytest.raises(StepFailed) as caught:
        records(content_type, lines, **processing)
    assert why in caught.value.reason


def test_what_cannot_be_joined() -> None:
    columns = records("text/csv", True, JoinSource="Input")
    with pytest.raises(StepFailed, match="gave 1 answers to 2 records"):
        columns.joined(b"1\n2", b"3")
    with pytest.raises(StepFailed, match="the input cannot be read as text/csv"):
        columns.joined(b'1\n"2', b"3\n4")
    lines = records("application/jsonlines", True, JoinSource="Input")
    with pytest.raises(StepFailed, match="the model's answer cannot be read as application/jsonlines"):
        lines.joined(b"1", b"{")
    with pytest.raises(StepFailed, match="nested too deeply"):
        lines.joined(b"1", b"[" * 100_000)


@pytest.mark.parametrize(
    ("record", "why"),
    [
        (b"[1e999]", "the input cannot be read as application/json: 1e999 is too large for a number"),
        (b"[-1e999]", "the input cannot be read as application/json: -1e999 is too large for a number"),
        (b"[NaN]", "the input cannot be read as application/json: NaN is not a JSON number"),
        (b"[-Infinity]", "the input cannot be read as application/json: -Infinity is not a JSON number"),
        (rb'["\ud800"]', "what is made of the records cannot be written: they have half of a surrogate pair"),
    ],
)
def test_json_that_could_not_be_kept(record: bytes, why: str) -> None:
    processed = records("application/json", False, InputFilter="$[0]", JoinSource="Input")
    with pytest.raises(StepFailed) as sent:
        processed.sent(record)
    with pytest.raises(StepFailed) as joined:
        processed.joined(record, b"1")
    assert sent.value.reason == joined.value.reason == f"ClientError: {why}"


@pytest.mark.parametrize("body", [b'1,"a\nb",2\n', b'1,"a\r\nb",2\n3,4,5', b'1,"a\n\n"'])
def test_a_line_break_in_a_column_is_not_lost(body: bytes) -> None:
    columns = records("text/csv", True, InputFilter="$[0]", JoinSource="Input")
    with pytest.raises(StepFailed, match=r"line 1: .*; SplitType 'Line' ends a record at each line break"):
        columns.sent(body)


def test_records_without_the_column() -> None:
    with pytest.raises(
        StepFailed, match=r"DataProcessing.InputFilter does not fit a record: index 3 is outside of the"
    ):
        records("text/csv", True, InputFilter="$[3]").sent(b"1,2")
