"""The rules over a definition: one function a rule, each yields findings. ``check`` runs them all."""

from __future__ import annotations

from collections.abc import Iterator

from ..definition import Definition
from ..findings import Finding
from .arguments import request_shapes
from .document import document_shape, parameter_declarations, repeated_keys
from .options import caches, property_files, required_keys, retry_policies
from .references import job_names, literal_fields, misplaced_texts, reference_targets
from .steps import literal_lengths, step_names, step_types
from .structure import cycles, dependencies, for_each_bodies, nested_conditions, triggers, untaken_branches
from .subject import Rule, ServiceModel, Subject
from .types import TYPE_RULES

__all__ = ["RULES", "Rule", "ServiceModel", "Subject", "check"]

RULES: tuple[Rule, ...] = (
    document_shape,
    repeated_keys,
    parameter_declarations,
    step_names,
    step_types,
    required_keys,
    caches,
    retry_policies,
    literal_fields,
    literal_lengths,
    dependencies,
    triggers,
    reference_targets,
    job_names,
    untaken_branches,
    misplaced_texts,
    property_files,
    nested_conditions,
    for_each_bodies,
    cycles,
    request_shapes,
    *TYPE_RULES,
)


def check(definition: Definition, model: ServiceModel | None = None) -> list[Finding]:
    """All findings of a definition, in the order of the rules and of the document.

    ``model`` adds the rules that need the service's shapes.
    """
    subject = Subject(definition, model)
    return [finding for rule in RULES for finding in _findings(rule, subject)]


def _findings(rule: Rule, subject: Subject) -> Iterator[Finding]:
    """What a rule finds; a rule that raises is a finding itself, so that the others are still told."""
    try:
        yield from rule(subject)
    except Exception as error:
        name = getattr(rule, "__name__", repr(rule))
        text = f"the rule {name} cannot judge this definition ({type(error).__name__}: {error}); please report it"
        yield Finding("rule-failed", text)
