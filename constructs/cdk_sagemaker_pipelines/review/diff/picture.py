"""What changed in the graph of a definition, with its neighbours, as Mermaid."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ...language import Definition
from .. import words
from ..draw.mermaid import escape
from ..links import Link, drawn
from .definitions import Difference

MOST = 60
"""The most steps in a picture."""
_STYLES = {
    "added": "fill:#dafbe1,stroke:#1a7f37,color:#1f2328",
    "changed": "fill:#fff8c5,stroke:#9a6700,color:#1f2328",
    "removed": "fill:#ffebe9,stroke:#d1242f,color:#1f2328,stroke-dasharray:5 4",
    "same": "fill:#ffffff,stroke:#8c959f,color:#1f2328",
}
"""Readable on light and dark pages, since each has a fill and a text of its own."""


def picture(difference: Difference, old: Definition, new: Definition) -> str:
    """A flowchart; empty if no step changed. Steps that are gone hang where they were."""
    states = dict(_states(difference))
    if not states:
        return ""
    links = drawn(new)
    gone = [link for link in drawn(old) if "removed" in (states.get(link.source), states.get(link.target))]
    renamed = difference.renamed
    everything = [*links, *(_under_new_names(link, renamed) for link in gone)]
    shown = _shown(states, everything)
    ids = {name: f"s{number}" for number, name in enumerate(shown)}
    types = {step.name: step.type for definition in (old, new) for step in definition.all_steps()}
    lines = ["flowchart LR"]
    for name, key in ids.items():
        label = "<br/>".join(escape(words.printable(text)) for text in (name, types.get(name, "")))
        lines.append(f'  {key}["{label}"]:::{states.get(name, "same")}')
    for link in dict.fromkeys(everything):
        if link.source in ids and link.target in ids:
            lines.append(f"  {ids[link.source]} {'-->' if link.data or link.branch else '-.->'} {ids[link.target]}")
    left = len(states) - len([name for name in states if name in ids])
    if left:
        lines.append(f'  more["and {left} more steps that differ"]:::same')
    lines += [f"  classDef {name} {style}" for name, style in _STYLES.items()]
    return "\n".join(lines) + "\n"


def _states(difference: Difference) -> Iterator[tuple[str, str]]:
    yield from ((name, "changed") for name in difference.renamed.values())
    yield from ((name, "changed") for name in difference.moved)
    yield from ((name, "changed") for name in difference.steps.changed)
    yield from ((wait.step, "changed") for wait in (*difference.waits_added, *difference.waits_removed))
    yield from ((name, "removed") for name in difference.steps.removed)
    yield from ((name, "added") for name in difference.steps.added)


def _shown(states: Mapping[str, str], links: Iterable[Link]) -> list[str]:
    """What differs, and then its neighbours, as far as there is room."""
    beside = dict.fromkeys(
        name
        for link in links
        if link.source in states or link.target in states
        for name in (link.source, link.target)
        if name not in states
    )
    return [*states, *beside][:MOST]


def _under_new_names(link: Link, names: Mapping[str, str]) -> Link:
    return link._replace(source=names.get(link.source, link.source), target=names.get(link.target, link.target))
