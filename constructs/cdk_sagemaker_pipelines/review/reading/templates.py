"""The definitions inside CloudFormation templates.

What CloudFormation fills in is a token in them, ``${Token[Name.Attribute]}``, as at synth, so the rules know that its
value is not known yet.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from ...language import DefinitionError
from ...language.later import later_pattern

PIPELINE, NESTED = "AWS::SageMaker::Pipeline", "AWS::CloudFormation::Stack"
_HASHED = later_pattern(r"/([0-9a-f]{64})\.(?:json|template)\b")
"""In the URL of a nested stack's template, its asset."""
_MARKER = later_pattern(r"<<(marker:\d+)>>")
_TEXT = later_pattern(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_UNSAYABLE = later_pattern(r"[^A-Za-z0-9:.-]")
_QUOTE = later_pattern(r'\\.|"', re.DOTALL)


class Deployed(NamedTuple):
    """A piece of a text that is only known once the stack is deployed."""

    name: str
    """What CloudFormation fills in: a logical id with its attribute, or a function with its argument."""
    stack: int | None = None
    """The number of the stack that has the resource; None for a function."""


Piece = str | Deployed


def unmistakable(piece: Deployed) -> str:
    """A name for the piece that is unique among all stacks.

    A token has few signs, so that of ``{"Fn::If": ["Open", "*", "s3:Get*"]}`` names what it has no signs for by a hash.
    """
    if piece.stack is not None:
        return f"{piece.stack}:{piece.name}"
    texts = _TEXT.findall(piece.name)
    if not any(map(_UNSAYABLE.search, texts)):
        return piece.name
    return f"{piece.name}:{sha256(piece.name.encode()).hexdigest()[:12]}"


def uploaded(key: Any, assets: Sequence[Path]) -> Path:
    """The asset file that is uploaded under the key; raises ``DefinitionError`` if there is none."""
    name = key if isinstance(key, str) else "?"
    for directory in assets:
        for file in (directory / f"asset.{name}", *(asset / name for asset in sorted(directory.glob("asset.*")))):
            if file.is_file() and file.resolve().is_relative_to(directory.resolve()):
                return file
    raise DefinitionError("the definition is in S3 and not among the assets here; pass the cdk.out that holds both")


def marked(text: str) -> list[Piece]:
    """The pieces of an uploaded text, where CDK's markers stand for what the deployment fills in."""
    return [Deployed(part) if index % 2 else part for index, part in enumerate(_MARKER.split(text))]


def nested(template: Mapping[str, Any], uploaded: Mapping[str, str]) -> Mapping[str, str]:
    """The template files of the nested stacks of a template from CDK, by logical id; empty where none is known.

    ``uploaded``: the files that the assembly uploads, by their hashes. CDK notes the file itself only on demand.
    """
    found = {}
    for logical_id, resource in _mapping(template.get("Resources")).items():
        if isinstance(resource, Mapping) and resource.get("Type") == NESTED:
            file = _mapping(resource.get("Metadata")).get("aws:asset:path")
            url = json.dumps(_mapping(resource.get("Properties")).get("TemplateURL"))
            hashed = _HASHED.search(url)
            if isinstance(file, str):
                found[logical_id] = file
            elif hashed is not None:
                found[logical_id] = uploaded.get(hashed[1], "")
    return found


def joined(text: Sequence[Piece], named: Callable[[Deployed], str] = unmistakable) -> str:
    """The JSON text of the pieces. What is only known at deployment becomes a token, quoted if it stands alone."""
    inside = False
    found = []
    for piece in text:
        if isinstance(piece, str):
            found.append(piece)
            for match in _QUOTE.finditer(piece):
                inside ^= match.group() == '"'
        else:
            token = f"${{Token[{re.sub(r'[^A-Za-z0-9:._-]', '_', named(piece))}]}}"
            found.append(token if inside else f'"{token}"')
    return "".join(found)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
