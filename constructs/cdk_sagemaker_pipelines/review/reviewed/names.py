"""Names for what only the deployment knows that are the same in two assemblies, whatever CDK's hashes are.

A resource of the pipeline's own stack goes by its path below it, ``${Pipeline/Train/JobRole.Arn}``; one of another
stack has the stack's name in front, ``${Storage:Data}``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..reading.stacks import Resource, Stack, short

_TOKEN = re.compile(r"\$\{Token\[(?:(\d+):)?([^\[\]]*)\]\}")
_OF_A_TARGET = re.compile(r"(?<=SchedulerRoleForTarget)-[0-9a-f]{6}$")
# CDK names the version of a function by all that is in the function
_OF_A_VERSION = re.compile(r"(?<=CurrentVersion)[0-9A-F]{8}[0-9a-f]{32}$")


class Names:
    """What the resources of an app's stacks are called."""

    def __init__(self, stacks: Sequence[Stack]) -> None:
        self._stacks = stacks
        self._within = {stack.number: _within(stack) for stack in stacks}

    def resource(self, resource: Resource) -> str:
        """The name of a resource in its stack."""
        return self._within[resource.stack.number].get(resource.logical_id, resource.logical_id)

    def seen(self, resource: Resource, stack: Stack) -> str:
        """The name of a resource, as it is seen from a stack."""
        return self._label(resource.stack.number, resource.logical_id, stack)

    def text(self, text: str, stack: Stack | None) -> str:
        """A text with names in place of tokens, as they are seen from a stack."""
        return _TOKEN.sub(lambda match: f"${{{self._name(match[1], match[2], stack)}}}", text)

    def value(self, value: Any, stack: Stack | None) -> Any:
        """A JSON value with names in place of tokens."""
        if isinstance(value, str):
            return self.text(value, stack)
        if isinstance(value, Mapping):
            return {self.text(str(key), stack): self.value(item, stack) for key, item in value.items()}
        return [self.value(item, stack) for item in value] if isinstance(value, (list, tuple)) else value

    def _name(self, number: str | None, name: str, stack: Stack | None) -> str:
        if number is None or int(number) >= len(self._stacks):
            return name
        logical_id, dot, attribute = name.partition(".")
        return f"{self._label(int(number), logical_id, stack)}{dot}{attribute}"

    def _label(self, number: int, logical_id: str, stack: Stack | None) -> str:
        own = self._within[number].get(logical_id, short(logical_id))
        return own if stack is not None and stack.number == number else f"{_last(self._stacks[number])}:{own}"


def path_of(stack: Stack) -> str:
    """The path of a stack's construct, such as ``Dev/Diabetes``; empty if nothing here says it."""
    if stack.path:
        return stack.path
    paths = [resource.path.split("/") for resource in stack.resources() if "/" in resource.path]
    return "/".join(_common(paths)) if paths else ""


def _common(paths: Sequence[Sequence[str]]) -> list[str]:
    """The segments that all paths begin with, without the last one of any of them."""
    found = []
    for segments in zip(*(path[:-1] for path in paths), strict=False):
        if len(set(segments)) > 1:
            break
        found.append(segments[0])
    return found


def _last(stack: Stack) -> str:
    return path_of(stack).rpartition("/")[2] or stack.name


def _within(stack: Stack) -> Mapping[str, str]:
    """The names of a stack's resources by logical id: their paths below the stack, else the ids without CDK's hash."""
    above = f"{path_of(stack)}/"
    resources = list(stack.resources())
    plain = {each.logical_id: short(_OF_A_VERSION.sub("", each.logical_id)) for each in resources}
    names = {each.logical_id: _of_path(each.path.removeprefix(above)) if "/" in each.path else "" for each in resources}
    found = {logical_id: name or plain[logical_id] for logical_id, name in names.items()}
    several = _several(found.values())
    return {logical_id: logical_id if name in several else name for logical_id, name in found.items()}


def _of_path(path: str) -> str:
    """A path without the hash that CDK gives the role of a schedule's target, which is different in each stage."""
    return _OF_A_TARGET.sub("", path)


def _several(names: Iterable[str]) -> set[str]:
    return {name for name, count in Counter(names).items() if count > 1}
