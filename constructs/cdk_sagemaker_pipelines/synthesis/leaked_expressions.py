"""Expressions of a pipeline in other resources of its app: CDK shows the written templates to plugins alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import aws_cdk as cdk
import jsii
from constructs import IConstruct

from ..language import Finding
from ..language.errors import escaped
from ..language.misplaced import has_beginning
from ..templates.placeholders import CODE, logical_id, outside

T = TypeVar("T")


def watch(root: IConstruct) -> None:
    """Has CDK fail when a template of the app holds a placeholder; an older one, which has no plugins, does nothing."""
    if hasattr(cdk, "IPolicyValidationPlugin") and not root.__dict__.setdefault("_sagemaker_placeholders", False):
        root.__dict__["_sagemaker_placeholders"] = True
        cdk.Validations.of(root).add_plugins(Placeholders())


def _as_plugin(made: type[T]) -> type[T]:
    plugin = getattr(cdk, "IPolicyValidationPlugin", None)
    return made if plugin is None else jsii.implements(plugin)(made)


@_as_plugin
class Placeholders:
    """Reads the templates of an app as they are written: to ask each resource for its texts would take long."""

    @property
    def name(self) -> str:
        """The prefix of the rule's id."""
        return "SageMakerPipelines"

    @property
    def rule_ids(self) -> list[str]:
        """The one rule."""
        return [CODE]

    @property
    def version(self) -> str | None:
        """None: CDK only uses it to count usage."""
        return None

    def validate(self, context: Any) -> Any:
        """Called by CDK when the templates are written."""
        violations = [one for file in context.template_paths for one in _violations(Path(file))]
        return cdk.PolicyValidationPluginReport(success=not violations, violations=violations)


def _violations(file: Path) -> Iterator[cdk.PolicyViolation]:
    text = file.read_text(encoding="utf-8")
    if has_beginning(text):
        for path, finding in outside(json.loads(text)):
            yield _violation(logical_id(path), str(file), finding)


def _violation(name: str, file: str, finding: Finding) -> cdk.PolicyViolation:
    resource = cdk.PolicyViolatingResource(
        resource_logical_id=name, template_path=file, locations=[finding.where] if finding.where else []
    )
    description = escaped(f"{finding.where}: {finding.text}")
    return cdk.PolicyViolation(
        rule_name=CODE, description=description, severity=finding.level, violating_resources=[resource]
    )
