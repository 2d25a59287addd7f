"""What is shown of an object in S3: text, a table or an image, never what a browser would run."""

from __future__ import annotations

import base64

import pytest

from cdk_sagemaker_pipelines.studio.preview import LARGEST, shown


def png(width: int, height: int) -> bytes:
    size = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + size + b"\x08\0\0\0\0" + b"\0" * 20


def gif(screen: tuple[int, int], frame: tuple[int, int]) -> bytes:
    sides = [each.to_bytes(2, "little") for each in (*screen, *frame)]
    comment = b"!\xfe\x02ab\x00"
    return b"GIF89a" + b"".join(sides[:2]) + b"\x80\0\0" + b"\0" * 6 + comment + b",\0\0\0\0" + b"".join(sides[2:])


def jpeg(*frames: tuple[int, int]) -> bytes:
    found = b"\xff\xd8\xff\xe0\0\x04ab"
    for width, height in frames:
        found += b"\xff\xff\xc2\0\x08\x08" + height.to_bytes(2, "big") + width.to_bytes(2, "big") + b"\0"
    return found + b"\xff\xda\0\x02"


def webp(form: bytes, width: int, height: int) -> bytes:
    sizes = {
        b"VP8X": b"\0" * 4 + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little"),
        b"VP8L": b"/" + ((width - 1) | (height - 1) << 14).to_bytes(4, "little"),
        b"VP8 ": b"\0\0\0\x9d\x01*" + width.to_bytes(2, "little") + height.to_bytes(2, "little"),
    }
    return b"RIFF\0\0\0\0WEBP" + form + b"\0\0\0\0" + sizes[form]


PNG = png(4000, 4000)
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


@pytest.mark.parametrize(
    ("image", "is_shown"),
    [
        pytest.param(PNG, True, id="png"),
        pytest.param(png(30_000, 30_000), False, id="png-30-000-30-000"),
        pytest.param(PNG[:18], False, id="png-18"),
        pytest.param(gif((10, 10), (10, 10)), True, id="gif-10-10-10-10"),
        pytest.param(gif((10, 10), (65_000, 65_000)), False, id="gif-10-10-65-000-65-000"),
        pytest.param(gif((65_000, 65_000), (10, 10)), False, id="gif-65-000-65-000-10-10"),
        pytest.param(b"GIF89a", False, id="b-gif89a"),
        pytest.param(jpeg((400, 300)), True, id="jpeg-400-300"),
        pytest.param(jpeg((400, 300), (65_000, 65_000)), False, id="jpeg-400-300-65-000-65-000"),
        pytest.param(jpeg(), False, id="jpeg"),
        pytest.param(webp(b"VP8X", 400, 300), True, id="webp-b-vp8x-400-300"),
        pytest.param(webp(b"VP8X", 16_000, 16_000), False, id="webp-b-vp8x-16-000-16-000"),
        pytest.param(webp(b"VP8L", 400, 300), True, id="webp-b-vp8l-400-300"),
        pytest.param(webp(b"VP8L", 16_000, 16_000), False, id="webp-b-vp8l-16-000-16-000"),
        pytest.param(webp(b"VP8 ", 400, 300), True, id="webp-b-vp8-400-300"),
        pytest.param(webp(b"VP8 ", 16_000, 16_000), False, id="webp-b-vp8-16-000-16-000"),
    ],
)
def test_an_image_that_takes_a_gigabyte_is_not_shown(image: bytes, is_shown: bool) -> None:
    assert (shown(image, len(image), "plot").image is not None) == is_shown


def test_json_that_grows_with_its_indentation_is_shown_as_it_is() -> None:
    text = "[" * 300 + ",".join("1" * 20_000) + "]" * 300
    assert shown(text.encode(), len(text), "a.json").text == text
