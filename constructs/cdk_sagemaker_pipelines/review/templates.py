"""The definitions inside of CloudFormation templates.

What CloudFormation fills in stands in them as a token, ``${Token[Name.Attribute]}``, as it does at synth: the rules
know that its value is not known yet.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..iam.place_json import KEY, from_json
from ..iam.places import Place
from ..language import Definition, DefinitionError

PIPELINE = "AWS::SageMaker::Pipeline"
_CDK_HASH = re.compile(r"(?<=.)[0-9A-F]{8}$")
_MARKER = re.compile(r"<<(marker:\d+)>>")
_SUBSTITUTION = re.compile(r"\$\{([^{}]*)\}")
_QUOTE = re.compile(r'\\.|"', re.DOTALL)


class Deployed(NamedTuple):
    """A piece of a text that is known when the stack is deployed."""

    name: str
    """What CloudFormation is asked for: a logical id without CDK's hash, with its attribute, or a function."""


Piece = str | Deployed


class PipelineResource:
    """A pipeline of a template."""

    def __init__(self, logical_id: str, resource: Mapping[str, Any], assets: Sequence[Path]) -> None:
        self._logical_id = logical_id
        self._resource = resource
        self._properties = _mapping(resource.get("Properties"))
        self._assets = assets

    @property
    def name(self) -> str:
        """The ``PipelineName``; the logical id where it is not written or not known before deployment."""
        name = self._properties.get("PipelineName")
        return name if isinstance(name, str) else self._logical_id

    @property
    def path(self) -> str:
        """The construct's path, such as ``Dev/Abalone/Pipeline``; the logical id where the template does not say."""
        path = _mapping(self._resource.get("Metadata")).get("aws:cdk:path")
        return path.removesuffix("/Resource") if isinstance(path, str) and path else self._logical_id

    @property
    def place(self) -> Place:
        """What the template keeps of the pipeline's surroundings."""
        kept = _plain(_mapping(self._resource.get("Metadata")).get(KEY))
        role = self._properties.get("RoleArn")
        return from_json(kept, self.name, None if role is None else str(_plain(role)))

    def definition(self) -> Definition:
        """The definition; raises ``DefinitionError`` where there is none to be had or it is broken."""
        given = self._properties.get("PipelineDefinition")
        if isinstance(given, Mapping) and "PipelineDefinitionBody" in given:
            text = pieces(given["PipelineDefinitionBody"])
            if not any(isinstance(piece, str) for piece in text):
                raise DefinitionError("the definition is known when the stack is deployed, and not before")
        elif isinstance(given, Mapping) and "PipelineDefinitionS3Location" in given:
            file = uploaded(_mapping(given["PipelineDefinitionS3Location"]).get("Key"), self._assets)
            text = marked(file.read_text(encoding="utf-8"))
        else:
            raise DefinitionError(
                "PipelineDefinition must be an object with PipelineDefinitionBody or PipelineDefinitionS3Location"
            )
        return Definition.parse(joined(text))


def uploaded(key: Any, assets: Sequence[Path]) -> Path:
    """The file among the assets that is put under the key; raises ``DefinitionError`` where there is none."""
    name = key if isinstance(key, str) else "?"
    for directory in assets:
        for file in (directory / f"asset.{name}", *(asset / name for asset in sorted(directory.glob("asset.*")))):
            if file.is_file() and file.resolve().is_relative_to(directory.resolve()):
                return file
    raise DefinitionError("the definition is in S3 and not among the assets here; give the cdk.out that holds both")


def marked(text: str) -> list[Piece]:
    """The pieces of an uploaded text, in which CDK's markers stand for what its deployment fills in."""
    return [Deployed(part) if index % 2 else part for index, part in enumerate(_MARKER.split(text))]


def pipelines(template: Mapping[str, Any], assets: Sequence[Path] = ()) -> Iterator[PipelineResource]:
    """The pipelines of a template; ``assets`` are the directories that may hold definitions too long for it."""
    for logical_id, resource in _mapping(template.get("Resources")).items():
        if isinstance(resource, Mapping) and resource.get("Type") == PIPELINE:
            yield PipelineResource(logical_id, resource, assets)


def nested(template: Mapping[str, Any]) -> Iterator[str]:
    """The files of the nested stacks of a template that CDK wrote."""
    for resource in _mapping(template.get("Resources")).values():
        if isinstance(resource, Mapping) and resource.get("Type") == "AWS::CloudFormation::Stack":
            file = _mapping(resource.get("Metadata")).get("aws:asset:path")
            if isinstance(file, str):
                yield file


def pieces(value: Any) -> list[Piece]:
    """A text of a template, its intrinsic functions resolved as far as the template says; raises for other values."""
    if isinstance(value, str):
        return [value]
    if not isinstance(value, Mapping) or len(value) != 1:
        raise DefinitionError("PipelineDefinitionBody must be a text, or an intrinsic function that gives one")
    function, inner = next(iter(value.items()))
    if function == "Fn::Join" and isinstance(inner, list) and len(inner) == 2 and isinstance(inner[1], list):
        found: list[Piece] = []
        for index, part in enumerate(inner[1]):
            found += [str(inner[0])] if index else []
            found += pieces(part) if isinstance(part, (str, Mapping)) else [json.dumps(part)]
        return found
    if function == "Fn::Sub":
        return _substituted(inner)
    if function == "Ref":
        return [Deployed(_short(inner))]
    if function == "Fn::GetAtt" and inner and isinstance(inner, (str, list)):
        resource, *attribute = inner.split(".", 1) if isinstance(inner, str) else inner
        return [Deployed(".".join([_short(resource), *map(str, attribute)]))]
    return [Deployed(str(function).removeprefix("Fn::"))]


def _substituted(inner: Any) -> list[Piece]:
    text, values = (*inner, {}, {})[:2] if isinstance(inner, list) and inner else (inner, {})
    found: list[Piece] = []
    for index, part in enumerate(_SUBSTITUTION.split(str(text))):
        if not index % 2:
            found.append(part)
        elif part.startswith("!"):
            found.append(f"${{{part[1:]}}}")
        else:
            value = _mapping(values).get(part)
            found.append(value if isinstance(value, str) else Deployed(_short(part)))
    return found


def joined(text: Sequence[Piece]) -> str:
    """The JSON text of the pieces. What is known at deployment becomes a token, quoted where it stands alone."""
    inside = False
    found = []
    for piece in text:
        if isinstance(piece, str):
            found.append(piece)
            for match in _QUOTE.finditer(piece):
                inside ^= match.group() == '"'
        else:
            token = f"${{Token[{re.sub(r'[^A-Za-z0-9:._-]', '_', piece.name)}]}}"
            found.append(token if inside else f'"{token}"')
    return "".join(found)


def _plain(value: Any) -> Any:
    """A JSON value with the texts that the definition has for what is known at deployment."""
    if isinstance(value, Mapping):
        if len(value) == 1 and next(iter(value)).startswith(("Fn::", "Ref")):
            try:
                return joined(['"', *pieces(value), '"'])[1:-1]
            except DefinitionError:
                return json.dumps(value)
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _short(logical_id: Any) -> str:
    return _CDK_HASH.sub("", str(logical_id))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
