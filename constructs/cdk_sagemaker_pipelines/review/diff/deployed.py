"""A definition as it is deployed against a template's, whose texts have names for what the deployment fills in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ...language.meaning import meaning
from ..reviewed.assets import Asset
from ..reviewed.values import STACK, Reviewed
from .code import AssetChange
from .definitions import Difference, Items
from .values import Change

_NAME = re.compile(r"\$\{[^{}]*\}|<[^<>]*>")
_HASH = r"([0-9a-f]{64})(?:\.[A-Za-z0-9.]+|/analysis_config\.json)?"


def is_one_deployed(old: Reviewed, new: Reviewed) -> bool:
    """Whether one of two is a definition alone, be it with what the service says of it, and the other of a template."""
    return (old.resources is None) != (new.resources is None)


def as_deployed(app: Reviewed, deployed: Mapping[str, Any]) -> dict[str, Any]:
    """The options of an app's pipeline as the service says those of a deployed one.

    What the app leaves open is as it is deployed; the tags of the stack are those of the pipeline, too.
    """
    given = app.options or {}
    found = {name: value for name, value in given.items() if name not in (STACK, "Tags")}
    for name in ("PipelineName", "Account", "Region"):
        found.setdefault(name, deployed.get(name))
    found.setdefault("PipelineDisplayName", found["PipelineName"])
    if "Tags" in deployed:
        own, of_stack = given.get("Tags"), given.get(STACK, {}).get("Tags")
        listed = [each for each in own if isinstance(each, Mapping)] if isinstance(own, list) else []
        keys = [each.get("Key") for each in listed]
        around = of_stack.items() if isinstance(of_stack, Mapping) else ()
        found["Tags"] = [*({"Key": key, "Value": value} for key, value in around if key not in keys), *listed]
    return found


@dataclass
class Filled:
    """What the deployment fills in, as far as a deployed definition shows it."""

    assets: Mapping[str, Asset]
    """Those of the template, by name."""
    deployed_first: bool
    values: int = 0
    """How many values could only be compared in part."""
    hashes: dict[str, str] = field(default_factory=dict)
    """Of files as they are deployed, by name."""

    def without(self, found: Difference) -> Difference:
        """The difference without changes that only fill in what the template leaves open."""
        changed = {
            name: left
            for name, changes in found.steps.changed.items()
            if (left := [change for change in changes if not self.is_open(change)])
        }
        return replace(found, steps=Items(found.steps.added, found.steps.removed, changed))

    def is_open(self, change: Change) -> bool:
        """Whether a change only fills in what the template leaves open."""
        sides = (change.old, change.new) if self.deployed_first else (change.new, change.old)
        return self._fits(*map(meaning, sides))

    def code(self) -> Iterator[AssetChange]:
        """The files whose hash differs; the content of one side is not here."""
        for name, deployed in self.hashes.items():
            if deployed != self.assets[name].hash:
                hashes = (deployed, self.assets[name].hash)
                yield AssetChange(name, None, *(hashes if self.deployed_first else reversed(hashes)))

    def _fits(self, literal: Any, named: Any) -> bool:
        """Whether a value is what the other may become, and at least a part of that is open."""
        if isinstance(literal, str) and isinstance(named, str):
            return self._is_filled_in(literal, named)
        if isinstance(literal, Mapping) and isinstance(named, Mapping) and literal.keys() == named.keys():
            return all(literal[key] == item or self._fits(literal[key], item) for key, item in named.items())
        if isinstance(literal, list) and isinstance(named, list) and len(literal) == len(named):
            return all(one == other or self._fits(one, other) for one, other in zip(literal, named, strict=True))
        return False

    def _is_filled_in(self, literal: str, named: str) -> bool:
        names = _NAME.findall(named)
        files = [name[1:-1] if name[0] == "<" else "" for name in names]
        if not names or not {*filter(None, files)} <= self.assets.keys():
            return False
        first, *parts = map(re.escape, _NAME.split(named))
        opens = [_HASH if file else "(.+?)" for file in files]
        pattern = first + "".join(f"{each}{part}" for each, part in zip(opens, parts, strict=True))
        match = re.fullmatch(pattern, literal, re.DOTALL)
        if match is None:
            return False
        self.values += "" in files
        self.hashes.update({file: text for file, text in zip(files, match.groups(), strict=True) if file})
        return True
