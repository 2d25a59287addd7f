"""The graph of pipelines as a document for programs."""

from __future__ import annotations

from typing import Any

from .graph import Box, Graph


def document(*graphs: Graph) -> dict[str, Any]:
    """The graphs in JSON's values; the ``id`` of a box is what its arrows call it by."""
    return {"pipelines": [_pipeline(each) for each in graphs]}


def _pipeline(graph: Graph) -> dict[str, Any]:
    arrows = [
        {
            "from": link.source,
            "to": link.target,
            "kind": "data" if link.data else "branch" if link.branch else "order",
            "reads": list(link.data),
            "trigger": link.trigger,
            "branch": link.branch,
        }
        for link in graph.links
    ]
    return {
        "name": graph.title,
        "parameters": list(graph.parameters),
        "boxes": [_box(box) for box in graph.boxes],
        "arrows": arrows,
        "leftOut": list(graph.left_out),
    }


def _box(box: Box) -> dict[str, Any]:
    return {
        "id": box.key,
        "name": box.name,
        "type": box.type,
        "family": box.family,
        "says": box.says,
        "folded": box.folded,
        "steps": list(box.steps),
        "state": box.state and {"status": box.state.status, "text": box.state.text},
        "branches": {branch: [_box(inner) for inner in boxes] for branch, boxes in box.branches.items()},
    }
