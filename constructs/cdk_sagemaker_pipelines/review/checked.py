"""What the rules find in definitions, as lines for people and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..iam import wildcards
from ..iam.place_json import from_json
from ..language import Finding, check
from ..properties.service_model import Model
from .reading import Found, Unreadable
from .words import printable, with_names


@dataclass(frozen=True)
class Checked:
    """A definition with what the rules find in it, step by step in the order of the document."""

    found: Found
    findings: tuple[Finding, ...]

    def lines(self) -> list[tuple[str, str, str, str]]:
        """For each finding the place, the step (``-`` for the whole document), the code and the text."""
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
    """Runs all rules; ``others`` are what was found beside the definition."""
    position = {name: index for index, name in enumerate(found.definition.step_names)}
    # where it is to run, and with which role, is not known of a definition alone
    rules = [wildcards.rule(from_json(None, found.name, None))]
    findings = [*check(found.definition, Model(), rules), *others]
    findings.sort(key=lambda finding: position.get(finding.step or "", -1))
    return Checked(found, tuple(findings))


def count(reports: Sequence[Checked], level: str) -> int:
    """How many findings of a level there are."""
    return sum(finding.level == level for report in reports for finding in report.findings)


def summary(reports: Sequence[Checked]) -> str:
    """``2 pipelines: 1 error, 3 warnings``."""
    told = [_number(count(reports, level), level) for level in ("error", "warning") if count(reports, level)]
    return f"{_number(len(reports), 'pipeline')}: {', '.join(told) or 'no findings'}"


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def as_json(outcomes: Sequence[Checked | Unreadable]) -> dict[str, Any]:
    """What ``smpipe check --json`` prints; docs/checks.md tells the members."""
    reports = [outcome for outcome in outcomes if isinstance(outcome, Checked)]
    return {
        "pipelines": len(reports),
        "errors": count(reports, "error"),
        "warnings": count(reports, "warning"),
        "findings": [
            {
                "file": report.found.file,
                "pipeline": report.found.path,
                "step": finding.step,
                "code": finding.code,
                "level": finding.level,
                "where": with_names(finding.where),
                "text": with_names(finding.text),
            }
            for report in reports
            for finding in report.findings
        ],
        "unreadable": [
            {"file": outcome.file, "reason": outcome.reason} for outcome in outcomes if isinstance(outcome, Unreadable)
        ],
    }
