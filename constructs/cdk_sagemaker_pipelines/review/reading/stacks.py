"""Synthesized stacks: their resources, and texts in which every part that AWS fills in has an unambiguous name.

A part that is only known at deployment is a token, ``${Token[0:Bucket83908E77.Arn]}``: the number of the stack, and the
logical id of the resource. References between stacks are resolved, so that equal texts mean the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...language import Definition, DefinitionError
from ...language.later import later_pattern
from ...language.tokens import DYNAMIC_REFERENCE, STRING_TOKEN
from .literals import literals, of_template
from .templates import NESTED, Deployed, Piece, joined, marked, unmistakable, uploaded

_SUBSTITUTION = later_pattern(r"\$\{([^{}]*)\}")
_HOPS = 10
"""How many references are followed from stack to stack; templates may refer to each other in a circle."""
_TOLD_WHOLE = ("AWS", "marker", "ImportValue", "GetStackOutput", "resolve")
"""Functions that are shown with their argument, which is short and distinguishes them."""
_ACCOUNT_OF_ROLE = later_pattern(r":iam::(\d{12}):role/")
_CDK_HASH = later_pattern(r"(?<=.)[0-9A-F]{8}(?=\.|$)")


@dataclass(frozen=True)
class Template:
    """A template, and the directories that may hold its assets."""

    file: str
    document: Mapping[str, Any]
    assets: tuple[Path, ...] = ()
    stack: str = ""
    """The name of the stack; empty if no manifest has it."""
    environment: str = ""
    """Account and region from the manifest, ``aws://111122223333/eu-west-1``."""
    lines: Mapping[tuple[str | int, ...], int] = field(default_factory=dict, repr=False)
    """The lines of keys and elements by their paths, if the template is in YAML."""
    paths: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The constructs' paths by logical id, as the assembly has them; the template has them only if it is asked to."""
    path: str = ""
    """The path of the stack's construct; empty if no manifest has it."""
    options: Mapping[str, Any] | None = field(default=None, repr=False)
    """How the stack is deployed; None if no manifest has it."""
    nested: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The files of its nested stacks by logical id, as far as they were found."""
    warnings: Sequence[tuple[str, str]] = field(default=(), repr=False)
    """What the synthesis warned of: the construct's path, and the text."""


@dataclass(frozen=True)
class Resource:
    """A resource of a stack."""

    stack: Stack
    logical_id: str
    type: str
    properties: Mapping[str, Any]
    metadata: Mapping[str, Any]

    @property
    def path(self) -> str:
        """The construct's path, such as ``Dev/Abalone/Pipeline``; the logical id if nothing here has the path."""
        path = self._path
        return path.removesuffix("/Resource") if path else short(self.logical_id)

    @property
    def address(self) -> str:
        """Like ``path``, but the whole logical id if nothing here has the path."""
        return self.path if self._path else self.logical_id

    @property
    def _path(self) -> str:
        path = self.metadata.get("aws:cdk:path")
        return path if isinstance(path, str) and path else self.stack.paths.get(self.logical_id, "")

    def token(self, attribute: str = "") -> str:
        """What stands for the resource, or one of its attributes, in texts."""
        return _token(self.stack.reference(self.logical_id, attribute))

    def text(self, value: Any, named: Callable[[Deployed], str] = unmistakable) -> str:
        """A value of the resource as text."""
        return self.stack.text(value, named)

    def plain(self, value: Any, named: Callable[[Deployed], str] = unmistakable) -> Any:
        """A JSON value of the resource, with the template's functions as texts."""
        if isinstance(value, Mapping):
            if len(value) == 1 and next(iter(value)).startswith(("Fn::", "Ref")):
                return self.text(value, named)
            return {key: self.plain(item, named) for key, item in value.items()}
        return [self.plain(item, named) for item in value] if isinstance(value, list) else value


@dataclass
class Stack:
    """A template among the others of the same app."""

    number: int
    file: str
    document: Mapping[str, Any]
    assets: tuple[Path, ...] = ()
    exports: dict[str, tuple[Stack, Any]] = field(default_factory=dict, repr=False)
    """The exports of all stacks, by name: the stack that exports the value, and the value."""
    name: str = ""
    """The name of the deployed stack, or the logical id of a nested one; empty if unknown."""
    environment: str = ""
    """The environment that it is deployed to, ``aws://111122223333/eu-west-1``; empty if unknown."""
    others: Sequence[Stack] = field(default=(), repr=False)
    """All stacks, indexed by number."""
    parent: tuple[Stack, str] | None = None
    """The stack that this one is nested in, and its logical id there."""
    children: dict[str, Stack] = field(default_factory=dict, repr=False)
    """The stacks nested in this one, by logical id."""
    paths: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The constructs' paths by logical id, as far as the assembly has them."""
    path: str = ""
    """The path of the stack's construct, ``Dev/Abalone``; empty if unknown."""
    options: Mapping[str, Any] | None = field(default=None, repr=False)
    """How the stack is deployed; None if unknown."""

    def resources(self) -> Iterator[Resource]:
        """The resources, without entries that are not written as one."""
        for logical_id, resource in _mapping(self.document.get("Resources")).items():
            if isinstance(resource, Mapping) and isinstance(resource.get("Type"), str):
                properties, metadata = _mapping(resource.get("Properties")), _mapping(resource.get("Metadata"))
                yield Resource(self, logical_id, resource["Type"], properties, metadata)

    def text(self, value: Any, named: Callable[[Deployed], str] = unmistakable) -> str:
        """A value as text; objects and lists as JSON. ``named``: names what is only known at deployment."""
        return "".join(piece if isinstance(piece, str) else _token(piece, named) for piece in self.pieces(value))

    def reference(self, logical_id: str, attribute: str = "") -> Deployed:
        """The piece that stands for a reference to a resource."""
        return Deployed(f"{logical_id}.{attribute}" if attribute else logical_id, self.number)

    def may_be(self, piece: Deployed) -> list[str]:
        """The literal texts that a piece may turn out to be, by parameters' defaults, mappings and conditions."""
        if piece.stack is not None:
            return list(literals({"Ref": piece.name}, of_template(self.others[piece.stack].document)))
        function, _, argument = piece.name.partition(":")
        try:
            return list(literals({f"Fn::{function}": json.loads(argument)}, of_template(self.document)))
        except ValueError:  # what is called with no JSON
            return []

    def called(self, piece: Deployed) -> str:
        """The name of a piece for readers of this stack: without CDK's hash, and with its stack if that is another."""
        if piece.stack is not None:
            own = piece.stack == self.number
            return short(piece.name) if own else f"{self.others[piece.stack].name}:{short(piece.name)}"
        function = piece.name.partition(":")[0]
        return piece.name if function in _TOLD_WHOLE else function

    def pieces(self, value: Any, hops: int = 0) -> list[Piece]:
        """A value in pieces: texts, and what the deployment fills in."""
        if isinstance(value, str):
            return _pieces(value)
        if not isinstance(value, Mapping) or len(value) != 1:
            return [json.dumps(value)]
        ((function, inner),) = value.items()
        if hops > _HOPS:
            return [Deployed(f"{str(function).removeprefix('Fn::')}:{json.dumps(inner)}")]
        if function == "Fn::Join" and isinstance(inner, list) and len(inner) == 2 and isinstance(inner[1], list):
            found: list[Piece] = []
            for index, part in enumerate(inner[1]):
                found += [str(inner[0])] if index and inner[0] != "" else []
                found += self.pieces(part, hops)
            return found
        if function == "Fn::Sub":
            return self._substituted(inner, hops)
        if function == "Ref":
            return self._ref(str(inner), hops)
        if function == "Fn::GetAtt" and inner and isinstance(inner, (str, list)):
            logical_id, *attribute = inner.split(".", 1) if isinstance(inner, str) else map(str, inner)
            return self._attribute(logical_id, ".".join(attribute), hops)
        if function == "Fn::ImportValue":
            name = self.text(inner)
            if name in self.exports:
                return self._of(*self.exports[name], hops)
            return [Deployed(f"ImportValue:{name}")]
        if function == "Fn::GetStackOutput" and isinstance(inner, Mapping):
            return self._output(inner, hops)
        return [Deployed(f"{str(function).removeprefix('Fn::')}:{json.dumps(inner)}")]

    def definition(self, pipeline: Resource, named: Callable[[Deployed], str] = unmistakable) -> Definition:
        """The definition of a pipeline of the stack; raises ``DefinitionError`` if it cannot be read.

        ``named``: names what is only known at deployment.
        """
        given = _mapping(pipeline.properties.get("PipelineDefinition"))
        if "PipelineDefinitionBody" in given:
            body = given["PipelineDefinitionBody"]
            if not isinstance(body, str) and not (isinstance(body, Mapping) and len(body) == 1):
                raise DefinitionError("PipelineDefinitionBody must be a text, or an intrinsic function that gives one")
            text = self.pieces(body)
            if not any(isinstance(piece, str) for piece in text):
                raise DefinitionError("the definition is only known once the stack is deployed")
            return Definition.parse(joined(text, named))
        if "PipelineDefinitionS3Location" not in given:
            raise DefinitionError(
                "PipelineDefinition must be an object with PipelineDefinitionBody or PipelineDefinitionS3Location"
            )
        file = uploaded(_mapping(given.get("PipelineDefinitionS3Location")).get("Key"), self.assets)
        values = self._markers(file)
        found: list[Piece] = []
        for piece in marked(file.read_text(encoding="utf-8")):
            value = values.get(f"<<{piece.name}>>") if isinstance(piece, Deployed) else None
            found += [piece] if value is None else self.pieces(value)
        return Definition.parse(joined(found, named))

    def _markers(self, file: Path) -> Mapping[str, Any]:
        """What the deployment of an asset replaces its markers with."""
        for resource in self.resources():
            markers, keys = (resource.properties.get(name) for name in ("SourceMarkers", "SourceObjectKeys"))
            for key, values in zip(_list(keys), _list(markers), strict=False):
                if any(part.name == f"asset.{Path(self.text(key)).stem}" for part in file.parents):
                    return _mapping(values)
        return {}

    def _ref(self, logical_id: str, hops: int) -> list[Piece]:
        if logical_id.startswith("AWS::"):
            return [Deployed(logical_id)]
        if self.parent is not None and logical_id in _mapping(self.document.get("Parameters")):
            stack, own_id = self.parent
            given = _mapping(_mapping(stack.document.get("Resources")).get(own_id))
            parameters = _mapping(_mapping(given.get("Properties")).get("Parameters"))
            if logical_id in parameters:
                return self._of(stack, parameters[logical_id], hops)
        return [self.reference(logical_id)]

    def _of(self, stack: Stack, value: Any, hops: int) -> list[Piece]:
        """A value of another stack; its account and region are filled in if its environment is another."""
        place = stack.place if stack.environment != self.environment else {}
        return [
            place.get(piece.name, piece) if isinstance(piece, Deployed) else piece
            for piece in stack.pieces(value, hops + 1)
        ]

    @property
    def place(self) -> Mapping[str, str]:
        """The account and region, by their pseudo parameters, as far as they are known."""
        parts = self.environment.removeprefix("aws://").split("/")
        if len(parts) != 2:
            return {}
        known = dict(zip(("AWS::AccountId", "AWS::Region"), parts, strict=True))
        return {name: value for name, value in known.items() if value and not value.startswith("unknown-")}

    def _output(self, inner: Mapping[str, Any], hops: int) -> list[Piece]:
        """What ``Fn::GetStackOutput`` returns; a token if none of these stacks has that output."""
        name, output, role = (self.text(inner.get(key, "")) for key in ("StackName", "OutputName", "RoleArn"))
        asked = {"AWS::Region": self.text(inner.get("Region", ""))}
        asked["AWS::AccountId"] = next(iter(_ACCOUNT_OF_ROLE.findall(role)), "")
        wanted = {**self.place, **{key: text for key, text in asked.items() if text and "${" not in text}}
        found = [stack for stack in self.others if stack.name == name and stack.parent is None]
        found = [stack for stack in found if all(stack.place.get(key, text) == text for key, text in wanted.items())]
        near = [stack for stack in found if Path(stack.file).parent == Path(self.file).parent] or found
        outputs = _mapping(near[0].document.get("Outputs")) if len(near) == 1 else {}
        if output in outputs:
            return self._of(near[0], _mapping(outputs[output]).get("Value"), hops)
        return [Deployed(f"GetStackOutput:{name}.{output}")]

    def _attribute(self, logical_id: str, attribute: str, hops: int) -> list[Piece]:
        child = self.children.get(logical_id)
        output = attribute.removeprefix("Outputs.")
        if child is not None and output != attribute:
            outputs = _mapping(child.document.get("Outputs"))
            if output in outputs:
                return self._of(child, _mapping(outputs[output]).get("Value"), hops)
        return [self.reference(logical_id, attribute)]

    def _substituted(self, inner: Any, hops: int) -> list[Piece]:
        text, values = (*inner, {}, {})[:2] if isinstance(inner, list) and inner else (inner, {})
        found: list[Piece] = []
        for index, part in enumerate(_SUBSTITUTION.split(str(text))):
            if not index % 2:
                found += _pieces(part) if part else []
            elif part.startswith("!"):
                found.append(f"${{{part[1:]}}}")
            elif part in _mapping(values):
                found += self.pieces(values[part], hops)
            else:
                logical_id, _, attribute = part.partition(".")
                found += self._attribute(logical_id, attribute, hops) if attribute else self._ref(part, hops)
        return found


def _pieces(text: str) -> list[Piece]:
    """The pieces of a text; Systems Manager parameters are filled in. Secrets are left for a rule to see."""
    found: list[Piece] = []
    end = 0
    for match in DYNAMIC_REFERENCE.finditer(text):
        if match.group(1) == "ssm":
            found += [text[end : match.start()], Deployed(match.group()[2:-2])]
            end = match.end()
    return [piece for piece in (*found, text[end:]) if piece] or [text]


def linked(templates: Sequence[Template]) -> list[Stack]:
    """The stacks of an app, linked to what the others export and to the stacks they are nested in."""
    stacks = [
        Stack(
            number,
            each.file,
            each.document,
            each.assets,
            name=each.stack,
            environment=each.environment,
            paths=each.paths,
            path=each.path,
            options=each.options,
        )
        for number, each in enumerate(templates)
    ]
    exports = {}
    for stack in stacks:
        for output in _mapping(stack.document.get("Outputs")).values():
            name = _mapping(_mapping(output).get("Export")).get("Name")
            if isinstance(name, str):
                exports[name] = (stack, output.get("Value"))
    by_file = {Path(stack.file).name: stack for stack in stacks}
    for stack in stacks:
        stack.exports, stack.others = exports, stacks
        for resource in stack.resources():
            file = templates[stack.number].nested.get(resource.logical_id)
            nested = by_file.get(Path(file or str(resource.metadata.get("aws:asset:path", ""))).name)
            if resource.type == NESTED and nested is not None:
                nested.parent, nested.name = (stack, resource.logical_id), short(resource.logical_id)
                nested.environment = stack.environment
                stack.children[resource.logical_id] = nested
    return stacks


def shown(text: str) -> str:
    """A text for people: ``${Bucket.Arn}`` for a token, without the stack's number and CDK's hash."""
    return STRING_TOKEN.sub(lambda match: f"${{{_name(match.group(0)[8:-2])}}}", text)


def short(logical_id: str) -> str:
    """A logical id without CDK's hash."""
    return _CDK_HASH.sub("", logical_id)


def _token(piece: Deployed, named: Callable[[Deployed], str] = unmistakable) -> str:
    return joined(['"', piece, '"'], named)[1:-1]


def _name(token: str) -> str:
    number, colon, name = token.partition(":")
    return short(name) if colon and number.isdigit() else token


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
