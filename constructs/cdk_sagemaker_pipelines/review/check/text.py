"""The findings of the rules in definitions, as lines for people and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...iam import cross_environment, wildcards
from ...iam.environment_json import from_json
from ...language import Finding, check
from ...language.rules.texts import unescaped
from ...properties.service_model import Model
from ..reading.files import Found, Unreadable
from ..words import printable, with_names
from .resources import CheckedTemplate


@dataclass(frozen=True)
class Checked:
    """A definition with its findings, step by step in document order."""

    found: Found
    findings: tuple[Finding, ...]

    def places(self) -> list[dict[str, Any]]:
        """The place of each finding, for JSON."""
        return [{"file": self.found.file, "resource": None, "line": None, "pipeline": self.found.path}] * len(
            self.findings
        )

    def lines(self) -> list[tuple[str, str, str, str]]:
        """For each finding: the place, the step (``-`` for the whole document), the code and the text."""
        return [
            (
                printable(self.found.place),
                printable(finding.step or "-"),
                finding.code,
                printable(
                    ("" if finding.level == "error" else f"{finding.level}: ")
                    + (f"{finding.where}: " if finding.where else "")
                    + finding.text
                ),
            )
            for finding in self.findings
        ]


def checked(found: Found, others: Sequence[Finding] = ()) -> Checked:
    """Runs all rules; ``others`` are findings from outside the definition."""
    position = {name: index for index, name in enumerate(found.definition.step_names)}
    # a definition alone does not say where it will run, or with which role
    unknown = from_json(None, found.name, None)
    place = found.surroundings or unknown

    def values(token: str) -> Sequence[str]:
        return found.values.get(token, ())

    rules = [wildcards.rule(unknown, values), cross_environment.rule(place), unescaped(values)]
    findings = [*check(found.definition, Model(), rules, beside=place.data, names=found.buckets), *others]
    for logical_id, finding in cross_environment.not_in_region(found.types, place.region):
        findings.append(replace(finding, where=f"Resources.{logical_id}"))
    findings.sort(key=lambda finding: position.get(finding.step or "", -1))
    return Checked(found, tuple(findings))


def count(reports: Sequence[Checked | CheckedTemplate], level: str) -> int:
    """The number of findings of a level."""
    return sum(finding.level == level for report in reports for finding in report.findings)


def summary(reports: Sequence[Checked | CheckedTemplate]) -> str:
    """One line, such as ``2 pipelines: 1 error, 3 warnings``."""
    pipelines = [report for report in reports if isinstance(report, Checked)]
    told = [_number(count(reports, level), level) for level in ("error", "warning") if count(reports, level)]
    return f"{_number(len(pipelines), 'pipeline')}: {', '.join(told) or 'no findings'}"


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def as_json(outcomes: Sequence[Checked | CheckedTemplate | Unreadable]) -> dict[str, Any]:
    """What ``smpipe check --json`` prints; docs/checks.md lists the members."""
    reports = [outcome for outcome in outcomes if not isinstance(outcome, Unreadable)]
    return {
        "pipelines": sum(isinstance(report, Checked) for report in reports),
        "errors": count(reports, "error"),
        "warnings": count(reports, "warning"),
        "findings": [
            {
                **place,
                "step": finding.step,
                "code": finding.code,
                "level": finding.level,
                "where": with_names(finding.where),
                "text": with_names(finding.text),
            }
            for report in reports
            for place, finding in zip(report.places(), report.findings, strict=True)
        ],
        "unreadable": [
            {"file": outcome.file, "reason": outcome.reason} for outcome in outcomes if isinstance(outcome, Unreadable)
        ],
        "unjudged": [
            {"file": report.file, "reason": report.unjudged}
            for report in reports
            if isinstance(report, CheckedTemplate) and report.unjudged
        ],
    }
