"""Images in S3 that a browser may show: their kind and their size, from their first bytes."""

from __future__ import annotations

_BEGINNINGS = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg", b"GIF87a": "gif", b"GIF89a": "gif"}
"""How images begin. SVG is none of them: it is a document that may do more."""
MOST = 16_000_000
"""Pixels: a browser takes four bytes for each, however few the file has."""
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
"""The markers of JPEG that are followed by a size."""


def kind(content: bytes) -> str | None:
    """``png``, ``jpeg``, ``gif`` or ``webp``; None for what is none of them."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    return next((kind for start, kind in _BEGINNINGS.items() if content.startswith(start)), None)


def is_shown(content: bytes, kind: str) -> bool:
    """Whether its size can be read and is not too large."""
    width, height = _SIZES[kind](content)
    return 0 < width * height <= MOST


def _png(content: bytes) -> tuple[int, int]:
    return int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big")


def _gif(content: bytes) -> tuple[int, int]:
    """That of the screen, or of the first frame, for which a browser makes it larger."""
    width, height = (int.from_bytes(content[at : at + 2], "little") for at in (6, 8))
    flags, at = content[10] if len(content) > 10 else 0, 13
    at += 3 << ((flags & 7) + 1) if flags & 0x80 else 0
    while content[at : at + 1] == b"!":  # what is said about the frame, in blocks
        at += 2
        while at < len(content) and content[at]:
            at += content[at] + 1
        at += 1
    if content[at : at + 1] != b",":
        return 0, 0
    left, top, wide, high = (int.from_bytes(content[at + start : at + start + 2], "little") for start in (1, 3, 5, 7))
    return max(width, left + wide), max(height, top + high)


def _jpeg(content: bytes) -> tuple[int, int]:
    """The largest of its frames: a decoder may take any of them."""
    found, at = (0, 0), 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4], "big")
        if marker == 0xFF:  # it may be filled up
            at += 1
            continue
        if marker in _FRAMES:
            height, width = (int.from_bytes(content[at + start : at + start + 2], "big") for start in (5, 7))
            found = max(found, (width, height), key=lambda size: size[0] * size[1])
        if marker == 0xDA or length < 2:  # the picture follows
            break
        at += 2 + length
    return found


def _webp(content: bytes) -> tuple[int, int]:
    form = content[12:16]
    if form == b"VP8X":
        return int.from_bytes(content[24:27], "little") + 1, int.from_bytes(content[27:30], "little") + 1
    if form == b"VP8L":
        bits = int.from_bytes(content[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return int.from_bytes(content[26:28], "little") & 0x3FFF, int.from_bytes(content[28:30], "little") & 0x3FFF


_SIZES = {"png": _png, "gif": _gif, "jpeg": _jpeg, "webp": _webp}
