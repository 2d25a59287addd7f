"""The rules over a definition: one function per rule, each yielding findings; ``check`` runs them all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from ..code_places import CodePlace
from ..definition import Definition
from ..findings import Finding
from .arguments import given_values, request_shapes
from .conditions import compared_values, condition_forms
from .document import configs, document_shape, metadata, parameter_declarations, repeated_keys, unused_parameters
from .flows import checkpoints_of_two_steps, places_of_all_runs, places_of_two_steps, unordered_reads
from .functions import expression_forms
from .items import item_members, shared_by_runs
from .limits import counts, definition_length, text_lengths
from .options import caches, property_files, required_keys, retry_policies
from .overlaps import overlapping_prefixes
from .references import job_names, literal_fields, reference_targets
from .secrets import secrets
from .steps import step_names, step_types
from .structure import (
    branch_lists,
    branches,
    cycles,
    dependencies,
    for_each_bodies,
    idle_conditions,
    idle_triggers,
    nested_conditions,
    triggered_reads,
    triggers,
)
from .subject import Rule, ServiceModel, Subject
from .texts import characters, misplaced_texts
from .types import TYPE_RULES

__all__ = ["RULES", "Rule", "ServiceModel", "Subject", "check"]

RULES: tuple[Rule, ...] = (
    document_shape,
    repeated_keys,
    definition_length,
    counts,
    metadata,
    configs,
    parameter_declarations,
    unused_parameters,
    step_names,
    step_types,
    required_keys,
    caches,
    retry_policies,
    literal_fields,
    text_lengths,
    dependencies,
    triggers,
    idle_triggers,
    triggered_reads,
    expression_forms,
    reference_targets,
    job_names,
    branches,
    misplaced_texts,
    characters,
    secrets,
    property_files,
    nested_conditions,
    idle_conditions,
    branch_lists,
    condition_forms,
    compared_values,
    for_each_bodies,
    shared_by_runs,
    item_members,
    cycles,
    unordered_reads,
    places_of_all_runs,
    places_of_two_steps,
    overlapping_prefixes,
    checkpoints_of_two_steps,
    request_shapes,
    given_values,
    *TYPE_RULES,
)


ENOUGH = 1000
"""How many errors of one rule are reported."""


def check(
    definition: Definition,
    model: ServiceModel | None = None,
    more: Sequence[Rule] = (),
    *,
    beside: Sequence[CodePlace] = (),
    names: Mapping[str, str] = MappingProxyType({}),
) -> list[Finding]:
    """All findings on a definition, in the order of the rules and of the document.

    ``model`` adds the rules that need the service's shapes. ``more``: rules of other rooms. ``beside`` and
    ``names``: as ``Subject`` has them.
    """
    subject = Subject(definition, model, beside, names)
    return [finding for rule in (*RULES, *more) for finding in _findings(rule, subject)]


def _findings(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """What a rule finds; a rule that raises becomes a finding itself, so that the others are still reported.

    A rule that finds very many errors is stopped: collecting them all would only take time.
    """
    name = getattr(rule, "__name__", repr(rule))
    errors = 0
    try:
        for finding in rule(subject):
            yield finding
            errors += finding.level == "error"
            if errors == ENOUGH:
                text = f"the rule {name} found {ENOUGH} errors and stopped"
                yield Finding("many-findings", text, level="warning")
                return
    except Exception as error:
        text = f"the rule {name} cannot judge this definition ({type(error).__name__}: {error}); please report it"
        yield Finding("rule-failed", text)
