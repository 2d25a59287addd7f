"""Policies in their smallest parts, and each part slightly widened."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tests.permissions.calls import HERE
from tests.permissions.template import Document


@dataclass(frozen=True)
class Unit:
    """The smallest part of a policy: one action on one resource under one condition."""

    action: str
    resource: str
    condition: Mapping[str, Mapping[str, Any]]

    def document(self) -> Document:
        """A policy of this alone."""
        statement: Document = {"Effect": "Allow", "Action": self.action, "Resource": self.resource}
        if self.condition:
            statement["Condition"] = dict(self.condition)
        return {"Version": "2012-10-17", "Statement": [statement]}

    def wider(self) -> Iterator[tuple[str, Unit]]:
        """The same with one thing wider, and what."""
        head, mark, _ = self.resource.rpartition("/" if "/" in self.resource else ":")
        wider = [f"{self.resource.rstrip('*')}*", f"{head}{mark}*", "*"]
        for known in (HERE["a"], HERE["r"]):
            if f":{known}:" in self.resource:
                wider.append(self.resource.replace(f":{known}:", ":*:"))
        wider += _with_wider_segment(self.resource)
        for wide in dict.fromkeys(wider) if self.resource != "*" else ():
            if wide != self.resource:
                yield f"on {wide}", replace(self, resource=wide)
        for operator, keys in self.condition.items():
            for key in keys:
                rest = {name: value for name, value in keys.items() if name != key}
                others = {name: value for name, value in self.condition.items() if name != operator}
                yield f"without {key}", replace(self, condition={**others, **({operator: rest} if rest else {})})


def _with_wider_segment(resource: str) -> Iterator[str]:
    """An object's ARN with a wildcard for one of its folders, or for the end, the start or the inside of its name."""
    bucket, *path = resource.split("/")
    for place, folder in enumerate(path[:-1] if ":s3:::" in bucket else ()):
        half = len(folder) // 2
        for wide in ("*", f"{folder[:half]}*", f"*{folder[half:]}", f"{folder[:half]}*{folder[half + 1 :]}"):
            if "*" not in folder:
                yield "/".join([bucket, *path[:place], wide, *path[place + 1 :]])


def units(policies: Iterable[Document]) -> list[Unit]:
    """All that policies allow; a policy of a role of ours denies nothing."""
    found: list[Unit] = []
    for policy in policies:
        for statement in _listed(policy["Statement"]):
            assert statement["Effect"] == "Allow", statement
            for action in _listed(statement["Action"]):
                for resource in _listed(statement["Resource"]):
                    found += _split(Unit(action, resource, statement.get("Condition", {})))
    # what two statements say is said once
    return list({json.dumps(one.document(), sort_keys=True): one for one in found}.values())


def _split(unit: Unit) -> Iterator[Unit]:
    """Alternative values of a condition apart, where there is one key with several."""
    pairs = [(op, key, value) for op, keys in unit.condition.items() for key, value in keys.items()]
    if len(pairs) == 1 and isinstance(pairs[0][2], list):
        operator, key, values = pairs[0]
        for value in values:
            yield replace(unit, condition={operator: {key: value}})
    else:
        yield unit


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
