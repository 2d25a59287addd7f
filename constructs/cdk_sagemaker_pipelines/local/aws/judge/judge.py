"""Whether somebody may do what they ask for.

Judged are sessions of roles, and users of IAM. An account's own key is that of its root user, who may do everything;
the services of the local AWS call each other with it.

Source: IAM user guide, "Policy evaluation logic".
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import NamedTuple

from ...authorization import ApplicablePolicies, Kind, PolicyError, UndecidedError, Verdict, decide
from ...decided import Answer, Decided, Decision
from ...enforcement import Mode
from ...origin import Origin
from ..principals import Asking
from ..resource_policies import read, request_of
from .decisions import Decisions
from .question import Question

_logger = logging.getLogger("cdk_sagemaker_pipelines.local")

_JUDGED = ("AssumedRole", "FederatedUser", "User")
_NOTED = (Answer.NOTED, Answer.DOUBTED, Answer.UNDECIDED, Answer.UNJUDGED)
"""Answers that need a word; the failure of a refused call has its own."""
_NO_ROLE = "the role does not exist here"
_UNJUDGED = "the local AWS does not know what this operation needs"
_MOST_UNMET = 3
"""Conditions that are named, of those that each alone keep a statement from allowing something."""
_LONGEST = 2048
"""Characters of a text that is kept; no ARN of IAM is longer."""
_MOST_LOGGED = 1000
"""Texts for no step that are remembered, so as to be logged once."""


class Judge:
    """Judges requests. ``mode``: None refuses what roles may not do that exist, and only notes it of those that do not.

    Called from many threads.
    """

    def __init__(self, mode: Mode | None = None) -> None:
        self.mode = mode
        self._decisions = Decisions()
        self._logged: set[str] = set()

    def judges(self, who: Asking) -> bool:
        """Whether requests of this caller are judged at all."""
        return self.mode is not Mode.OFF and who.principal.type in _JUDGED

    def refusal(
        self, who: Asking, question: Question, origin: Origin | None = None, policy: str | None = None
    ) -> str | None:
        """Why a request must be refused, in AWS's words; None if it passes.

        Args:
            who: Who asks.
            question: What for.
            origin: The step that is meant, which gets notes, and whose execution remembers the decision.
            policy: The policy of the resource; None if it has none.

        Raises:
            ValueError: A resource whose owner neither its ARN nor the question says.
        """
        if not self.judges(who):
            return None
        if _is_missing(who) and self.mode in (None, Mode.TELL):
            self._keep(who, question.action, question.resource, Answer.NOTED, _Found(None, "", _NO_ROLE), origin)
            return None
        found = _found(who, question, policy)
        answer = self._answer(question, found)
        self._keep(who, question.action, question.resource, answer, found, origin)
        if answer is Answer.REFUSED or (answer is Answer.UNDECIDED and self.mode is Mode.STRICT):
            return found.words
        return None

    def unjudged(self, who: Asking, operation: str, origin: Origin | None = None) -> str | None:
        """Why an operation must be refused of which nobody knows what it asks for; None if it passes.

        ``operation``: its service and name, such as ``glue:GetTables``.
        """
        if not self.judges(who):
            return None
        self._keep(who, operation, "", Answer.UNJUDGED, _Found(None, "", _UNJUDGED), origin)
        if self.mode is not Mode.STRICT:
            return None
        return (
            f"User: {who.principal.arn} is not authorized to perform: {operation} because the local AWS does not know"
            " what this operation needs"
        )

    def used(self, execution_arn: str) -> Decided | None:
        """What was decided in an execution; None if nothing is known of it."""
        return self._decisions.of(execution_arn)

    def _answer(self, question: Question, found: _Found) -> Answer:
        if found.verdict is None:
            return Answer.UNDECIDED
        if found.verdict.allowed:
            return Answer.ALLOWED
        if self.mode is Mode.TELL:
            return Answer.NOTED
        return Answer.DOUBTED if question.in_doubt and self.mode is not Mode.STRICT else Answer.REFUSED

    def _keep(
        self, who: Asking, action: str, resource: str, answer: Answer, found: _Found, origin: Origin | None
    ) -> None:
        role, missing = who.principal.entity or who.principal.arn, _is_missing(who)
        action, resource, why = (_cut(text) for text in (action, resource, found.why))
        # where nobody has chosen a mode, roles that do not exist are not worth a word at every step
        is_noted = answer in _NOTED and not (missing and self.mode is None)
        note = _note(missing, role, action, resource, answer, why) if is_noted else ""
        if origin is not None:
            kept = Decision(origin.step, role, action, resource, answer, why, 1, *_refusing(found.verdict))
            self._decisions.keep(origin.execution_arn, kept)
            if note:
                origin.note(note)
        elif note and note not in self._logged:
            if len(self._logged) < _MOST_LOGGED:
                self._logged.add(note)
            _logger.info("%s", note)


class _Found(NamedTuple):
    """``verdict``: None where it cannot be decided. ``words``: AWS's. ``why``: more exactly; empty of what passes."""

    verdict: Verdict | None
    words: str
    why: str


def _found(who: Asking, question: Question, policy: str | None) -> _Found:
    region = question.resource.split(":")[3] if question.resource.count(":") > 3 else ""
    # services say it of what they send; to identities, the default policy of a topic that asks for it allows nothing
    asking = who.knowing({"aws:SourceOwner": None, **question.context})
    verdict = None
    try:
        policies = who.policies or ApplicablePolicies()
        if policy is not None:
            policies = replace(policies, resource=read(policy, "the policy of the resource"))
        for resource in (question.resource, *question.also):
            asked = request_of(asking, question.action, resource, question.owner, region, question.complete)
            found = decide(asked, policies)
            if verdict is None or found.allowed:
                verdict = found
            if verdict.allowed or verdict.kind is not None:
                break
    except (PolicyError, UndecidedError) as error:
        why = error.why if isinstance(error, UndecidedError) else str(error)
        begins = f"User: {who.principal.arn} is not authorized to perform: {question.action}"
        return _Found(None, f"{begins} on resource: {question.resource} because {why}", why)
    assert verdict is not None
    return _Found(verdict, verdict.message, _why(verdict))


def _why(verdict: Verdict) -> str:
    if verdict.allowed:
        return ""
    if verdict.kind is not None:
        return f"{verdict.statement} of {verdict.policy} denies it ({verdict.kind.value})"
    unmet = f"; not met: {'; '.join(verdict.unmet[:_MOST_UNMET])}" if verdict.unmet else ""
    missing = (f"{kind.value} {verdict.policy}" if kind is Kind.BOUNDARY else kind.value for kind in verdict.missing)
    return f"no statement allows it ({', '.join(missing)}){unmet}"


def _refusing(verdict: Verdict | None) -> tuple[str, str]:
    """The kind of the policy that refuses, and its name or ARN if that is known."""
    if verdict is None or verdict.allowed:
        return "", ""
    if verdict.kind is None:
        kind = verdict.missing[0]
        return kind.value, verdict.policy if kind is Kind.BOUNDARY else ""
    # the policies of resources, and those in the request for a session, have no name of their own
    is_named = verdict.kind is Kind.IDENTITY or verdict.policy.startswith("arn:")
    return verdict.kind.value, verdict.policy if is_named else ""


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def _is_missing(who: Asking) -> bool:
    return who.principal.type == "AssumedRole" and who.holder is None and not who.is_gone


def _note(missing: bool, role: str, action: str, resource: str, answer: Answer, why: str) -> str:
    """What a step says of a decision."""
    name = role.rpartition("/")[2]
    if missing and answer is Answer.NOTED:
        return f"not judged: the role {name} does not exist here"
    asked = f"{action} on {resource} by {name}" if resource else f"{action} by {name}"
    return {
        Answer.NOTED: f"AWS would refuse {asked}: {why}",
        Answer.DOUBTED: f"AWS may refuse {asked}: {why}",
        Answer.UNDECIDED: f"not decided: {asked}: {why}",
        Answer.UNJUDGED: f"not judged: {asked}",
    }[answer]
