"""What CloudFormation refuses in a template before it does anything: unknown members, and what names nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .errors import TemplateError

_MEMBERS = {
    "AWSTemplateFormatVersion", "Conditions", "Description", "Hooks", "Mappings", "Metadata", "Outputs", "Parameters",
    "Resources", "Rules", "Transform",
}  # fmt: skip
_ATTRIBUTES = {
    "Condition", "CreationPolicy", "DeletionPolicy", "DependsOn", "Description", "Metadata", "Properties", "Type",
    "UpdatePolicy", "UpdateReplacePolicy", "Version",
}  # fmt: skip
_VERSION = "2010-09-09"


def check_template(template: Mapping[str, Any]) -> None:
    """Raises ``TemplateError``."""
    unknown = sorted(map(str, template.keys() - _MEMBERS))
    if unknown:
        raise TemplateError(f"Invalid template property or properties [{', '.join(unknown)}]")
    if str(template.get("AWSTemplateFormatVersion", _VERSION)) != _VERSION:
        raise TemplateError("Template format error: unsupported value for AWSTemplateFormatVersion.")
    for transform in transforms(template):
        if transform != "AWS::LanguageExtensions":
            raise TemplateError(f"No transform named {transform} found; the local AWS has AWS::LanguageExtensions")
    if template.get("Hooks"):
        raise TemplateError("the local AWS does not do the Hooks of a template")
    for logical_id, resource in template["Resources"].items():
        _check_resource(template, logical_id, resource)


def transforms(template: Mapping[str, Any]) -> list[Any]:
    """The transforms that a template asks for."""
    named = template.get("Transform", [])
    return list(named) if isinstance(named, list) else [named]


def _check_resource(template: Mapping[str, Any], logical_id: str, resource: Mapping[str, Any]) -> None:
    for name in sorted(map(str, resource.keys() - _ATTRIBUTES)):
        raise TemplateError(f"Invalid template resource property '{name}' of resource {logical_id}")
    if "CreationPolicy" in resource:
        raise TemplateError(f"the local AWS does not wait for signals: resource {logical_id} has a CreationPolicy")
    needed = resource.get("DependsOn", [])
    for name in [needed] if isinstance(needed, str) else needed:
        if name not in template["Resources"]:
            raise TemplateError(
                f"Template format error: Unresolved resource dependencies [{name}] in the Resources block of the "
                "template"
            )
