"""Findings in doubt, which CDK shows as warnings that can be acknowledged with a reason."""

from __future__ import annotations

from functools import cache
from typing import cast

import aws_cdk as cdk
from constructs import Construct, IConstruct

from .language import Finding
from .text import for_people


def warn(scope: IConstruct, finding: Finding, stack: cdk.Stack) -> None:
    """Adds the finding to the construct as a warning, under the id ``cdk-sagemaker-pipelines:<code>``.

    ``cdk synth`` shows it and, with ``--strict``, fails. ``cdk.Validations.of(scope).acknowledge(...)`` with the id and
    a reason silences it for the construct and all below, ``cdk.Annotations.of(scope).acknowledge_warning(...)`` too: in
    an older aws-cdk-lib, which has no ``Validations``, only for what is below. ``stack``: in which the finding's tokens
    have names.
    """
    rule, text = f"cdk-sagemaker-pipelines:{finding.code}", for_people(finding, stack)
    if not hasattr(cdk, "Validations"):
        cdk.Annotations.of(scope).add_warning_v2(rule, text)
    elif not _is_acknowledged(scope, rule):
        cdk.Validations.of(scope).add_warning(rule, text)


def _is_acknowledged(scope: IConstruct, rule: str) -> bool:
    """Whether the construct itself has it; up to aws-cdk-lib 2.269 later warnings are compared with those above."""
    node = scope.node
    # only Annotations know what was acknowledged there, and do not tell but by what they suppress
    probe = Construct(cast("Construct", scope), "AcknowledgedWarning")
    annotations, names = cdk.Annotations.of(probe), (rule, f"Annotation::{rule}")
    for name in names:
        annotations.add_warning_v2(name, "")
    told = len(probe.node.metadata)
    node.try_remove_child("AcknowledgedWarning")
    if told < len(names):
        return True
    acknowledged = (entry.data for entry in node.metadata if entry.type == _acknowledged_rules())
    return any(rule == known.rpartition("::")[2] for data in acknowledged for known in data)


@cache
def _acknowledged_rules() -> str:
    return cdk.Validations.ACKNOWLEDGED_RULES_METADATA_KEY
