"""The style sheet of an SVG: colors for light and dark pages, in one file, without scripts and references."""

from __future__ import annotations

from collections.abc import Iterator

from .palette import LOOKS, PAGE, STATE_EDGES, TEXT

QUIET = ("#3d444d", "#c0c8d1")
"""Of lines and of texts beside the names, light and dark."""
NAME_SIZE, TEXT_SIZE, TITLE_SIZE = 13.0, 11.0, 16.0
"""Pixels of the names of steps, of all other texts, and of the pipeline's name; nothing is smaller than 11."""
FONTS = 'system-ui, -apple-system, "Segoe UI", Helvetica, Arial, "DejaVu Sans", sans-serif'


def style() -> str:
    """The style sheet; every rule is about this picture only, so that several can stand in a page of HTML."""
    lines = [
        f".smpipe{{font-family:{FONTS};font-size:{TEXT_SIZE:g}px}}",
        f".smpipe .name{{font-size:{NAME_SIZE:g}px;font-weight:600}}",
        f".smpipe .title{{font-size:{TITLE_SIZE:g}px;font-weight:600}}",
        ".smpipe .state{font-weight:600}",
        ".smpipe path,.smpipe rect{stroke-width:1.2;stroke-linejoin:round}",
        ".smpipe .link,.smpipe .scope{fill:none}",
        ".smpipe .scope{stroke-dasharray:5 3}",
        ".smpipe .order{stroke-dasharray:1.5 4;stroke-linecap:round;stroke-width:1.6}",
        ".smpipe .halo{paint-order:stroke;stroke-width:4;stroke-linejoin:round}",
        ".smpipe .reached{stroke-width:3}",
        ".smpipe .unstarted{stroke-dasharray:6 4}",
        *_colors(0),
        "@media (prefers-color-scheme:dark){",
        *_colors(1),
        "}",
    ]
    return "\n".join(lines)


def _colors(dark: int) -> Iterator[str]:
    yield f".smpipe .page{{fill:{PAGE[dark]};stroke:none}}"
    yield f".smpipe text{{fill:{TEXT[dark]}}}"
    yield f".smpipe .quiet{{fill:{QUIET[dark]}}}"
    yield f".smpipe .link,.smpipe .scope,.smpipe .note{{stroke:{QUIET[dark]}}}"
    yield f".smpipe .head{{fill:{QUIET[dark]};stroke:none}}"
    yield f".smpipe .halo{{stroke:{PAGE[dark]}}}"
    yield f".smpipe .note{{fill:{PAGE[dark]};stroke-dasharray:2 3}}"
    for name, colors in LOOKS.items():
        fill, edge = (colors.dark_fill, colors.dark_edge) if dark else (colors.fill, colors.edge)
        yield f".smpipe .{name}{{fill:{fill};stroke:{edge}}}"
    for status, edges in STATE_EDGES.items():
        yield f".smpipe .{status}{{stroke:{edges[dark]}}}"
