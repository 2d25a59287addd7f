"""What the API pages show of our classes: a griffe extension, which mkdocstrings loads.

The parameters of a class are a table, from the texts below its fields; what it inherits from classes that are not
exported is its own; what is no use to a reader is left out.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator
from typing import Any

import griffe

ROOM = "cdk_sagemaker_pipelines"
INTERNAL = {
    *("Step.arguments", "Step.bind", "Step.dependencies", "Step.given", "Step.holds", "Step.host", "Step.inner_steps"),
    *("Step.naming", "Step.outer", "Step.owner", "Step.render", "Step.wait_for", "Step.waits"),
    *("StepGroup.holds", "StepGroup.naming", "StepGroup.owner", "StepGroup.wait_for", "StepGroup.waits"),
    *("StepScope.host", "StepScope.outer", "StepScope.step_list", "StepScope.take"),
    *("Expression.describe", "Expression.operands", "Expression.payload", "Expression.refuse"),
    *("Expression.refuse_slice", "Expression.to_json", "Parameter.declaration", "Parameter.has_default"),
    *("Image.bind", "S3Location.bind", "S3Location.known", "Script.faults", "Script.stage", "LambdaHandler.faults"),
    *("SourceDir.faults", "SourceDir.files", "SourceDir.stage", "ClusterConfig.nodes", "EmrCluster.roles"),
    *("LineageAction.source", "LineageArtifact.source", "LineageContext.source", "Definition.repetitions"),
    *("TeamRules.name", "TeamRules.rule_ids", "TeamRules.validate", "TeamRules.version"),
    *("Trust.and_also", "Trust.is_everything", "Trust.names", "LatestModelPackageStep.step"),
}
"""Public for classes of one's own, for CDK or for the library itself, and of no use to a reader."""
EVERYWHERE = {name.partition(".")[2] for name in INTERNAL if name.startswith(("Step", "Expression."))} | {"to_json"}
"""Of those the names that other classes share."""
BLOCK = re.compile(r"(?m)^(.*)::\n\n((?:(?: {4}.*)?\n)+)")
"""A block of code as reStructuredText has it: alone, or after a text that ends with its colons."""


class Fields(griffe.Extension):  # type: ignore[misc]
    """Changes what was read of the package before the pages are rendered."""

    def on_package(self, *, pkg: griffe.Module, **_: Any) -> None:
        if pkg.path != ROOM:
            return
        shown = [*_classes(pkg), *_classes(pkg["testing"])]
        for cls in shown:
            _take_over(cls, shown)
        for cls in shown:
            _describe_parameters(cls)
            for member in [*cls.members]:
                hidden = member in EVERYWHERE or f"{cls.name}.{member}" in INTERNAL
                if hidden or (member == "type" and cls.name != "Step"):
                    cls.del_member(member)
        for cls in shown:
            for each in (cls, *cls.members.values()):
                for parameter in each.parameters if each.is_function else ():
                    if str(parameter.default).endswith("MISSING"):
                        parameter.default = "..."
                if each.is_attribute and each.value is not None and not _is_literal(str(each.value)):
                    each.value = None  # how the class sets it
                if each.docstring:
                    each.docstring.value = BLOCK.sub(_fenced, f"{each.docstring.value}\n").rstrip()


def _classes(module: griffe.Module | griffe.Alias) -> list[griffe.Class]:
    """The classes that a module exports."""
    found = (module[str(name)] for name in module.exports or ())
    targets = [each.final_target if each.is_alias else each for each in found]
    return [each for each in targets if isinstance(each, griffe.Class)]


def _take_over(cls: griffe.Class, shown: list[griffe.Class]) -> None:
    """Adds the public members of bases that no page has."""
    bases = cls.mro()
    elsewhere = {name for base in bases if base in shown for name in base.all_members}
    for base in bases:
        if base not in shown and base.path.startswith(f"{ROOM}."):
            for name, member in base.members.items():
                if not name.startswith("_") and name not in cls.members and name not in elsewhere:
                    cls.set_member(name, griffe.Alias(name, member, parent=cls))


def _describe_parameters(cls: griffe.Class) -> None:
    """Moves the texts of fields into the table of parameters."""
    init = cls.members.get("__init__")
    if not isinstance(init, griffe.Function):
        return
    fields = {parameter.name: cls.members.get(parameter.name) for parameter in init.parameters}
    told = dict(_told(init))
    for name, field in fields.items():
        if field is not None and field.is_attribute and "property" not in field.labels:
            if field.docstring:
                told.setdefault(name, field.docstring.value)
            cls.del_member(name)
    names = [parameter.name for parameter in init.parameters if parameter.name in told]
    by_class = cls.docstring is not None and re.search(r"^Args:$", cls.docstring.value, re.M)
    if by_class or 2 * len(names) < len(fields) - 1:
        names = []  # or only in its prose
    lines = [f"    {name}: {' '.join(told[name].split())}" for name in names]
    init.docstring = griffe.Docstring("", parent=init, parser="google") if lines else None
    if init.docstring:
        init.docstring.value = "\n".join(["Args:", *lines])  # the constructor would take the indent away


def _told(init: griffe.Function) -> Iterator[tuple[str, str]]:
    """The parameters that the text of a constructor describes."""
    text = init.docstring.value if init.docstring else ""
    yield from re.findall(r"(?ms)^:param (\w+): (.*?)(?=^:param |\Z)", text)


def _is_literal(value: str) -> bool:
    try:
        ast.literal_eval(value)
    except (SyntaxError, ValueError):
        return False
    return True


def _fenced(match: re.Match[str]) -> str:
    before = f"{match[1]}:\n\n" if match[1] else ""
    return before + "```python\n" + textwrap.dedent(match[2]).strip("\n") + "\n```\n\n"
