"""What ``cdk synth`` warned of and the rules that run here cannot find, such as mistakes in scripts.

It is in the assembly. ``cdk synth`` shows it only of stacks outside of stages, or of those that it is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...language import Finding
from ...language.later import later_pattern
from ..reading.stacks import Template
from .resources import CheckedTemplate, Told
from .text import Checked

_WARNING = later_pattern(
    r"(?s)(?:step '(?P<step>[^']+)': )?(?P<text>.*) \[(?P<code>[a-z0-9-]+)\] "
    r"\[ack: (?:Annotation::)?cdk-sagemaker-pipelines:(?P=code)\]",
)


def with_warnings(
    templates: Sequence[Template], reports: Sequence[CheckedTemplate | Checked]
) -> list[CheckedTemplate | Checked]:
    """The reports of an app, each with what was warned of in its pipeline; what is in none, with that of its template.

    ``reports``: one for each of the templates, and those of their pipelines.
    """
    found = list(reports)
    for template in templates:
        for path, text in template.warnings:
            finding = _finding(text)
            owner = _owner(reports, template, path)
            near = [reports[owner], *(report for report in reports if _file(report) == template.file)]
            if finding is not None and not _is_known(finding, near):
                found[owner] = _with(found[owner], path, finding)
    return found


def _finding(text: str) -> Finding | None:
    """What a warning says; None if it is of another library."""
    match = _WARNING.fullmatch(text)
    if match is None:
        return None
    step, said, code = match["step"], match["text"], match["code"]
    return Finding(code, said, step=step, level="warning")


def _owner(reports: Sequence[CheckedTemplate | Checked], template: Template, path: str) -> int:
    """The index of the report on the innermost pipeline around a construct, or on its template."""
    around = {
        len(report.found.path): index
        for index, report in enumerate(reports)
        if isinstance(report, Checked) and report.found.path and f"{path}/".startswith(f"{report.found.path}/")
    }
    if around:
        return around[max(around)]
    return next(
        index
        for index, report in enumerate(reports)
        if isinstance(report, CheckedTemplate) and report.file == template.file
    )


def _is_known(warned: Finding, reports: Sequence[CheckedTemplate | Checked]) -> bool:
    """Whether a rule that runs here has found the like at the step; it names the field as well."""
    found = (finding for report in reports for finding in report.findings)
    return any(each.code == warned.code and warned.step in (None, each.step) for each in found)


def _with(report: CheckedTemplate | Checked, path: str, finding: Finding) -> CheckedTemplate | Checked:
    if isinstance(report, Checked):
        order = {name: index for index, name in enumerate(report.found.definition.step_names)}
        findings = sorted((*report.findings, finding), key=lambda each: order.get(each.step or "", -1))
        return replace(report, findings=tuple(findings))
    return replace(report, told=(*report.told, Told(path.removesuffix("/Resource"), None, finding)))


def _file(report: CheckedTemplate | Checked) -> str:
    return report.found.file if isinstance(report, Checked) else report.file
