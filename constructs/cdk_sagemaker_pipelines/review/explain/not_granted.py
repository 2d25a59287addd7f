"""What the roles of an app's stacks lack: permissions that steps need, and trust in the services that assume them.

Also what they may lack, since it is not known here what is needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from ...iam.evaluation import NOT_GRANTED
from ...iam.undecided import undecided
from ...language import Finding
from ..reading.files import Content
from ..reading.stacks import Template, linked, shown
from .access import Explained, Explanation, explain, of_stacks
from .reasons import FieldOf, Pipeline
from .role_trust import not_assumable
from .roles import Roles
from .statements import Statement
from .text import name

_TOLD = 3
"""How many permissions of one field are reported; ``smpipe explain`` lists all."""


def ungranted(contents: Sequence[Content]) -> Mapping[tuple[str, str], Sequence[Finding]]:
    """Warnings, by the file and the path of the pipeline in it.

    Roles of other apps are only reported for what the stacks deny them, since what else they may do is not known.
    """
    stacks = linked([content for content in contents if isinstance(content, Template)])
    pipelines = [each for each in of_stacks(stacks) if isinstance(each, Pipeline)]
    roles = Roles(stacks)
    return {
        _key(each.pipeline): [*findings(each), *_untaken(each.pipeline, roles), *_undecided(each.pipeline)]
        for each in explain(pipelines, roles)
    }


def _undecided(pipeline: Pipeline) -> Iterator[Finding]:
    """What is needed on what is not known here."""
    for finding in undecided(pipeline.definition, pipeline.environment):
        yield replace(finding, text=shown(finding.text))


def _untaken(pipeline: Pipeline, roles: Roles) -> Iterator[Finding]:
    def trust(arn: str) -> tuple[str, Sequence[Statement]] | None:
        role = roles.role(arn, pipeline.resource)
        return None if role.resource is None else (name(role), role.trust)

    return not_assumable(pipeline.definition, pipeline.environment, trust)


def _key(pipeline: Pipeline) -> tuple[str, str]:
    assert pipeline.resource is not None
    return pipeline.file, pipeline.resource.address


def findings(explanation: Explanation) -> Iterator[Finding]:
    """A warning for each field that needs permissions its role does not have."""
    for explained in explanation.roles:
        for reason, needed in _by_field(explained, explanation.pipeline.path).items():
            left = len(needed) - _TOLD
            more = f"; and {left} more; 'smpipe explain' lists them all" if left > 0 else ""
            told = "; ".join(needed[:_TOLD]) + more
            yield _finding(explanation.pipeline, reason, f"the role {name(explained.role)} is not granted {told}")


def _by_field(explained: Explained, path: str) -> Mapping[FieldOf, list[str]]:
    """What each field of a pipeline needs and its role lacks; of a role of another app, what is denied to it."""
    found: dict[FieldOf, dict[tuple[str, str], dict[str, None]]] = {}
    known = explained.role.resource is not None
    for row in (row for row in explained.missing if known or row.why):
        for reason, actions in row.reasons.items():
            if reason.pipeline == path:
                resources = found.setdefault(reason, {}).setdefault((", ".join(actions), row.why), {})
                resources[shown(row.resource)] = None
    return {
        reason: [
            f"{actions} on {' and '.join(resources)}" + (f", {why}" if why else "")
            for (actions, why), resources in told.items()
        ]
        for reason, told in found.items()
    }


def _finding(pipeline: Pipeline, needing: FieldOf, text: str) -> Finding:
    return Finding(NOT_GRANTED, text, needing.step, "" if needing.is_whole else needing.reason.path, "warning")
