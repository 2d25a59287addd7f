"""What is shown of an object in S3: text, a table or an image, never what a browser would run."""

from __future__ import annotations

import base64

import pytest

from cdk_sagemaker_pipelines.studio.preview import LARGEST, shown

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


def test_an_image_is_an_address_of_its_own() -> None:
    found = shown(PNG, len(PNG), "plot.png")
    assert found.image == f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    assert shown(PNG, LARGEST * 2, "plot.png").image is None
    assert shown(PNG, LARGEST * 2, "plot.png").text is None


@pytest.mark.parametrize("content", [SVG, b"<script>alert(1)</script>", b"GIF"], ids=["svg", "html", "gif"])
def test_a_document_is_text_whatever_it_is_called(content: bytes) -> None:
    found = shown(content, len(content), "plot.png")
    assert (found.text, found.image) == (content.decode(), None)


def test_json_is_indented_and_other_text_is_not() -> None:
    assert shown(b'{"a": [1]}', 10, "x").text == '{\n  "a": [\n    1\n  ]\n}'
    assert shown(b"{a: 1}\r\n\tb", 9, "x").text == "{a: 1}\n    b"
    assert shown(b"[" * 60_000, 60_000, "x.json").text == "[" * 60_000
    assert shown(b'{"a": ', 10**6, "x.json").text == '{"a": '  # the rest is not read


def test_csv_is_a_table_of_some_rows_and_columns() -> None:
    rows = "\n".join(",".join(["x" * 300] * 30) for _ in range(80))
    table = shown(rows.encode(), len(rows), "a.CSV").table
    assert table is not None
    assert (len(table), len(table[0]), len(table[0][0])) == (50, 20, 200)
    assert shown(b'a,"b\nc,d', 8, "a.csv").table is not None
    assert shown(b"", 0, "a.csv").table == []


def test_what_is_not_text_is_not_shown() -> None:
    for content in (b"\x1f\x8b\x08\0", b"\xff\xfe\xfa", b"a\0b"):
        found = shown(content, len(content), "model.tar.gz")
        assert (found.text, found.table, found.image) == (None, None, None)


def test_a_character_that_was_cut_is_left_out() -> None:
    assert shown("aé".encode()[:-1], 10, "x").text == "a"
    assert shown("aé".encode()[:-1], 2, "x").text is None
