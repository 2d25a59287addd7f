"""What weighs most for a reviewer: who may do more, above all what no field of a step asks for."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable

from .entry import PERMISSIONS, RESOURCES, Entry
from .opening import LETS_IN, opens_without_a_policy
from .powers import is_power

BY_FIELDS = 3
NEW_ROLE = "a role that is new"
"""The note of a role that is new."""
_STARTS = ("AWS::Scheduler::Schedule", "AWS::Events::Rule")
IN_POLICIES = re.compile(r"(^|[.'])(Statement|Principal|ManagedPolicyArns|Groups)\b")
"""Members that say what is allowed, whatever the property around them is called."""
_ALLOWS = re.compile(r'"Effect": "Allow"|"ManagedPolicyArns": ')
_WIDE = re.compile(r"(^|, )([a-z0-9-]+:)?\*(,| on |$)|^all but | on (all but|\*$|\$\{(?:If|FindInMap)\b)")
"""Every action of a service, or any resource; also what the deployment chooses, which may be that."""
_EFFECT = '"Effect": '
_JOB_TRUST = re.compile(r"sts:AssumeRole by sagemaker\.amazonaws\.com if .*\baws:SourceAccount is ")


def is_gain(entry: Entry) -> bool:
    """Whether a role may do more or somebody more may assume it: also where a denial or the boundary goes."""
    if entry.section != PERMISSIONS or not entry.path:
        return False
    told = entry.note if entry.path == "trust" else entry.path
    limits = told.startswith("Deny: ") or entry.path == "boundary"
    return entry.sign == "~" or (entry.sign == "-" if limits else entry.sign == "+")


def rank(gain: Entry, new: Container[str]) -> int:
    """The place of a gain: 0 for what may change who may what, and whom code lets in, 1 for what else is wide,
    2 for what else code grants, 3 (``BY_FIELDS``) for what fields of steps need; so is that SageMaker assumes a role
    that is new."""
    if gain.path == "trust":
        return BY_FIELDS if gain.subject in new and _JOB_TRUST.match(gain.note) else 0
    if gain.note.startswith("for ") and "granted in code" not in gain.note:
        return BY_FIELDS
    actions = gain.path.partition(" on ")[0]
    if gain.sign != "+" or gain.path == "managed policy" or actions.startswith(("all but ", "?: ")):
        return 0
    if any(map(is_power, actions.split(", "))):
        return 0
    return 1 if _WIDE.search(gain.path) else 2


def new_roles(entries: Iterable[Entry]) -> set[str]:
    """The names of the roles that are new."""
    return {entry.subject for entry in entries if entry.section == PERMISSIONS and entry.note == NEW_ROLE}


def opens(entry: Entry) -> bool:
    """Whether a policy of a resource, a user or a group allows more or something else than before.

    So do members that open a resource without a policy, and conditions, on which anything may depend.
    """
    if entry.section != RESOURCES:
        return False
    if opens_without_a_policy(entry):
        return True
    old, new = entry.old or "", entry.new or ""
    if not entry.path:
        return entry.sign == "+" and (entry.kind in LETS_IN or bool(_ALLOWS.search(new)))
    if entry.sign == "~":
        return bool(IN_POLICIES.search(entry.path))
    if _EFFECT in old + new:  # a whole statement, or a whole policy
        return '"Effect": "Allow"' in new or '"Effect": "Deny"' in old
    return bool(IN_POLICIES.search(entry.path))


def is_unfolded(entry: Entry) -> bool:
    """Whether a row is not folded: all but roles, policies, and resources that are new or gone and start nothing."""
    if entry.section == RESOURCES:
        return (bool(entry.path) or entry.kind in _STARTS) and not opens(entry)
    return entry.section != PERMISSIONS
