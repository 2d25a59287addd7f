"""The definitions inside of CloudFormation templates, as `cdk synth` writes them to cdk.out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..language import Definition, DefinitionError

PIPELINE = "AWS::SageMaker::Pipeline"
_CDK_HASH = re.compile(r"(?<=.)[0-9A-F]{8}$")


@dataclass(frozen=True)
class SynthesizedPipeline:
    """A pipeline of a template. What CloudFormation fills in stands in it as ``${Name}`` or ``${Name.Attribute}``."""

    name: str
    """The ``PipelineName``; the logical id where it is not written or not known before deployment."""
    path: str
    """The construct's path, such as ``Dev/Abalone/Pipeline``; the logical id where the template does not say."""
    definition: Definition


def from_directory(directory: Path) -> list[SynthesizedPipeline]:
    """The pipelines of all templates below a cdk.out, in order of their files."""
    return [
        pipeline
        for file in sorted(directory.rglob("*.template.json"))
        for pipeline in from_template(json.loads(file.read_text(encoding="utf-8")), directory)
    ]


def from_template(template: Mapping[str, Any], directory: Path | None = None) -> Iterator[SynthesizedPipeline]:
    """The pipelines of one template. In ``directory`` are its assets, among them definitions too long for it."""
    for logical_id, resource in template.get("Resources", {}).items():
        if resource.get("Type") != PIPELINE:
            continue
        properties = resource.get("Properties", {})
        name = properties.get("PipelineName")
        path = str(resource.get("Metadata", {}).get("aws:cdk:path", logical_id)).removesuffix("/Resource")
        text = _text(properties.get("PipelineDefinition", {}), directory)
        if text is None:
            raise DefinitionError(f"the definition of '{path}' is in S3; draw the cdk.out or the deployed pipeline")
        yield SynthesizedPipeline(name if isinstance(name, str) else logical_id, path, Definition.parse(text))


def _text(definition: Mapping[str, Any], directory: Path | None) -> str | None:
    if "PipelineDefinitionBody" in definition:
        return plain(definition["PipelineDefinitionBody"])
    key = definition.get("PipelineDefinitionS3Location", {}).get("Key")
    if directory is None or not isinstance(key, str):
        return None
    uploaded = next(iter(sorted(directory.glob(f"asset.*/{key}"))), None)
    return uploaded.read_text(encoding="utf-8") if uploaded else None


def plain(value: Any) -> str:
    """A template's text with its intrinsic functions written as ``${...}``, and CDK's hashes cut from logical ids."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping) and len(value) == 1:
        function, inner = next(iter(value.items()))
        if function == "Fn::Join" and isinstance(inner, list) and len(inner) == 2 and isinstance(inner[1], list):
            return str(inner[0]).join(plain(part) for part in inner[1])
        if function == "Ref":
            return f"${{{_short(inner)}}}"
        if function == "Fn::GetAtt":
            resource, _, attribute = inner.partition(".") if isinstance(inner, str) else (inner[0], "", inner[1])
            return f"${{{_short(resource)}.{attribute}}}"
        if function == "Fn::Sub":
            return str(inner[0] if isinstance(inner, list) else inner)
        return f"${{{function.removeprefix('Fn::')}}}"
    return json.dumps(value)


def _short(logical_id: Any) -> str:
    return _CDK_HASH.sub("", str(logical_id))
