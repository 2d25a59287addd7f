"""Findings in doubt, which CDK shows as warnings that can be acknowledged with a reason."""

from __future__ import annotations

from typing import cast

import aws_cdk as cdk
from constructs import Construct, IConstruct

from .language import Finding
from .text import for_people


def warn(scope: IConstruct, finding: Finding) -> None:
    """Adds the finding to the construct as a warning, under the id ``cdk-sagemaker-pipelines:<code>``.

    ``cdk synth`` shows it and, with ``--strict``, fails. ``cdk.Validations.of(scope).acknowledge(...)`` with the id and
    a reason silences it for the construct and all below, ``cdk.Annotations.of(scope).acknowledge_warning(...)`` too: in
    an older aws-cdk-lib, which has no ``Validations``, only for what is below.
    """
    rule, text = f"cdk-sagemaker-pipelines:{finding.code}", for_people(finding, cdk.Stack.of(scope))
    if not hasattr(cdk, "Validations"):
        cdk.Annotations.of(scope).add_warning_v2(rule, text)
    elif not _is_acknowledged(scope, rule):
        cdk.Validations.of(scope).add_warning(rule, text)


def _is_acknowledged(scope: IConstruct, rule: str) -> bool:
    """Whether the construct itself has it; up to aws-cdk-lib 2.269 later warnings are compared with those above."""
    if any(_is_annotated(scope, known) for known in (rule, f"Annotation::{rule}")):
        return True
    key = cdk.Validations.ACKNOWLEDGED_RULES_METADATA_KEY
    told = (entry.data for entry in scope.node.metadata if entry.type == key)
    return any(rule == known.rpartition("::")[2] for data in told for known in data)


def _is_annotated(scope: IConstruct, rule: str) -> bool:
    """Whether ``Annotations`` would suppress it: only they know what was acknowledged there, and do not expose it."""
    probe = Construct(cast("Construct", scope), "AcknowledgedWarning")
    cdk.Annotations.of(probe).add_warning_v2(rule, "")
    silent = not probe.node.metadata
    scope.node.try_remove_child("AcknowledgedWarning")
    return silent
