"""What the settings of a construct that is not a step lead to, derived as those of a step are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..language import Definition
from .environment import Environment
from .escaping import derived
from .needs import Needs
from .permissions import Permission, merge


def of_settings(
    derive: Callable[[Needs], Iterator[Permission]],
    kind: str,
    name: str,
    settings: Mapping[str, Any],
    environment: Environment,
) -> list[Permission]:
    """What one role needs; what is not known here has no resources.

    ``kind``: the type of step that it is most like; ``name``: the construct's, in reasons.
    """

    def of_definition(definition: Definition, environment: Environment) -> Iterator[tuple[None, Permission]]:
        (step,) = definition.all_steps()
        yield from ((None, each) for each in derive(Needs(definition, step, environment)))

    document = {"Version": "2020-12-01", "Steps": [{"Name": name, "Type": kind, "Arguments": dict(settings)}]}
    found = [each for _, each in derived(of_definition, Definition(document), environment)]
    return [*merge(found), *(each for each in found if each.unknown)]
