"""Templates in YAML, read as CloudFormation reads them.

Short forms are functions, dates are texts, and so are all keys. Aliases and merges are refused, as by the service,
so that no text is larger than it looks; so are duplicate keys and tags that would create objects.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html
"""

from __future__ import annotations

import math
import sys
from contextlib import suppress
from typing import Any

import yaml

from ..language import DefinitionError
from ..language.parsing import DEPTH_LIMIT, TOO_DEEP
from .documents import LONGEST, Document, Path

_STANDARD = "tag:yaml.org,2002:"
_NEVER_A_FUNCTION = ("Ref", "Condition")
"""Short forms without the prefix ``Fn::``."""
_LARGEST = sys.float_info.max
_NUMBERS = {f"{_STANDARD}{kind}" for kind in ("int", "float")}
_SCALARS = {*_NUMBERS, *(f"{_STANDARD}{kind}" for kind in ("str", "bool", "null"))}


class _Loader(yaml.SafeLoader):
    """The tags for plain texts that CloudFormation knows."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0
        self.lines: dict[Path, int] = {}

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.get_event().start_mark  # type: ignore[no-untyped-call]
            raise _refusal("YAML aliases are not allowed in CloudFormation templates", mark)
        self._depth += 1
        if self._depth > DEPTH_LIMIT:
            raise DefinitionError(TOO_DEEP)
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:
        """The tag of a node without one. ``1:30`` is a text, which YAML 1.1 reads as a number to the base 60."""
        tag: str = super().resolve(kind, value, implicit)  # type: ignore[no-untyped-call]
        return f"{_STANDARD}str" if tag in _NUMBERS and ":" in value else tag

    def value(self, node: yaml.Node, path: Path = ()) -> Any:
        """The value of a node."""
        if node.tag.startswith("!"):
            return self._short_form(node, path)
        if isinstance(node, yaml.SequenceNode) and node.tag == f"{_STANDARD}seq":
            return self._list(node, path)
        if isinstance(node, yaml.MappingNode) and node.tag == f"{_STANDARD}map":
            return self._mapping(node, path)
        if isinstance(node, yaml.ScalarNode) and node.tag in _SCALARS:
            return self._scalar(node)
        raise _refusal(f"the tag {node.tag.replace(_STANDARD, '!!')} has no meaning in a template", node.start_mark)

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        value: Any = math.nan
        # none is !!bool, !!int "", or a number with more digits than Python reads
        with suppress(KeyError, ValueError, IndexError, OverflowError):
            if node.tag not in _NUMBERS or ":" not in node.value:  # to the base 60
                value = self.construct_object(node)
        if isinstance(value, (int, float)) and not abs(value) <= _LARGEST:
            raise _refusal(f"{node.value[:20]!r} is not a value that JSON has", node.start_mark)
        return value

    def _short_form(self, node: yaml.Node, path: Path) -> dict[str, Any]:
        """``!GetAtt A.B`` as ``{"Fn::GetAtt": "A.B"}``."""
        name = node.tag[1:]
        if not name.isalnum():
            raise _refusal(f"the tag {node.tag} has no meaning in a template", node.start_mark)
        function = name if name in _NEVER_A_FUNCTION else f"Fn::{name}"
        if isinstance(node, yaml.SequenceNode):
            return {function: self._list(node, (*path, function))}
        return {function: self._mapping(node, (*path, function)) if isinstance(node, yaml.MappingNode) else node.value}

    def _list(self, node: yaml.SequenceNode, path: Path) -> list[Any]:
        return [self._kept(each, (*path, index), each.start_mark) for index, each in enumerate(node.value)]

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag.startswith("!"):
                raise _refusal("a key must be a text", key.start_mark)
            if key.tag == f"{_STANDARD}merge":
                raise _refusal("YAML merges (<<) are not allowed in CloudFormation templates", key.start_mark)
            if key.value in found:
                raise _refusal(f"the key {key.value!r} occurs twice", key.start_mark)
            found[key.value] = self._kept(value, (*path, key.value), key.start_mark)
        return found

    def _kept(self, node: yaml.Node, path: Path, mark: yaml.Mark) -> Any:
        """A value, recording its line."""
        self.lines[path] = mark.line + 1
        return self.value(node, path)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != f"{_STANDARD}timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def parse(text: str) -> Document:
    """The document of a YAML text; raises a ``DefinitionError`` that continues "it is", with line and column."""
    if len(text) > LONGEST:
        raise DefinitionError(f"longer than {LONGEST} characters, which no template is")
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        return Document(None if node is None else loader.value(node), loader.lines)
    except yaml.MarkedYAMLError as error:
        raise _refusal(error.problem or error.context or "it cannot be read", error.problem_mark) from None
    except yaml.YAMLError as error:  # a character that YAML does not allow
        raise DefinitionError(f"not YAML: {' '.join(str(error).split())}") from None
    except RecursionError:
        raise DefinitionError(TOO_DEEP) from None


def _refusal(problem: str, mark: yaml.Mark | None) -> DefinitionError:
    where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""
    return DefinitionError(f"not YAML that CloudFormation reads: {problem}{where}")
