"""The graph of a definition as a document, for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...language import Definition
from ..links import links
from .states import State


def document(
    definition: Definition, states: Mapping[str, State] | None = None, values: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """A pipeline in what ``smpipe draw --json`` prints; docs/executions.md lists the members.

    ``states`` and ``values``: what became of the steps in an execution, and its parameters, by name.
    """
    states, values = states or {}, values or {}
    return {
        "parameters": [
            {
                "name": each.name,
                "type": each.type,
                "default": each.default if each.has_default else None,
                "value": values.get(each.name),
            }
            for each in definition.parameters.values()
        ],
        "steps": [
            {
                "name": step.name,
                "type": step.type,
                "parent": step.parent.name if step.parent else None,
                "branch": step.branch,
                "state": states[step.name].status if step.name in states else None,
            }
            for step in definition.all_steps()
        ],
        "links": [
            {
                "source": link.source,
                "target": link.target,
                "data": list(link.data),
                "trigger": link.trigger,
                "branch": link.branch,
            }
            for link in links(definition)
        ],
    }
