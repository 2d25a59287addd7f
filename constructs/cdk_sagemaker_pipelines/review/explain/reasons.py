"""From the statements of policies to the fields that need them: both in one form, and which covers which."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ...iam.environment import Environment
from ...iam.evaluation import Outcome, Verdict, within
from ...iam.permissions import WHOLE, Permission, Reason, merge
from ...iam.requests import Need, needs_of
from ...iam.statements import Conditions, alternatives, values_of
from ...language import Definition
from ..reading.canonical import Canonical
from ..reading.stacks import Resource
from .statements import Statement

DERIVED, WIDER, GRANTED = "derived", "wider", "granted"
"""Where a permission comes from: the definition; code that grants more than a field needs; code, for no field."""


@dataclass(frozen=True)
class Pipeline:
    """A pipeline to explain. ``resource``: its resource in the template, if there is one."""

    file: str
    name: str
    path: str
    definition: Definition
    environment: Environment
    resource: Resource | None = None


@dataclass(frozen=True)
class FieldOf:
    """A field of a pipeline's step that needs a permission or names a role."""

    pipeline: str
    """The path of the pipeline."""
    reason: Reason
    """The step, and the path in its arguments or next to them."""
    type: str
    """The type of the step."""

    @property
    def step(self) -> str:
        """The name of the step."""
        return self.reason.step

    @property
    def is_whole(self) -> bool:
        """Whether the step as a whole needs it."""
        return self.reason.where == WHOLE

    @property
    def field(self) -> str:
        """The path with its note; for the step as a whole ``Type`` and its type."""
        return self.reason._replace(where=f"{WHOLE} {self.type}").field if self.is_whole else self.reason.field


@dataclass(frozen=True)
class Allowed:
    """Actions on one resource under one condition, and why. The statement has the effect and the policy."""

    statement: Statement
    actions: tuple[str, ...]
    resource: str
    conditions: Conditions
    origin: str
    reasons: Mapping[FieldOf, tuple[str, ...]]
    """The fields, each with the actions it needs."""
    why: str = ""
    """For what is needed: what denies it, or what it depends on."""


Needed = tuple[Pipeline, Permission]
"""What a pipeline needs."""


def needing(pipeline: Pipeline, permission: Permission) -> FieldOf:
    """The field that a permission is for."""
    reason = permission.because[0]
    return FieldOf(pipeline.path, reason, pipeline.definition.step(reason.step).type)


class Form:
    """Brings what policies say and what a pipeline needs into one form, to compare them."""

    def __init__(self, canonical: Canonical, environment: Environment) -> None:
        self._canonical, self._place = canonical, environment

    def text(self, text: str) -> str:
        """A text of a policy."""
        return self._canonical.text(text, self._place)

    def conditions(self, conditions: Conditions) -> Conditions:
        """The conditions of a statement."""
        return self._canonical.conditions(conditions, self._place)

    def statement(self, statement: Statement) -> Statement:
        """The statement."""
        actions, resources = (tuple(map(self.text, texts)) for texts in (statement.actions, statement.resources))
        conditions = self.conditions(statement.conditions)
        return replace(statement, actions=actions, resources=resources, conditions=conditions)

    def need(self, need: Need) -> Need:
        """The need."""
        return Need(need.action, self.text(need.resource), self.conditions(need.conditions))


class KeysByAlias:
    """The keys of the stacks by their aliases: what is needed through an alias is needed on its key."""

    def __init__(self, aliases: Iterable[tuple[str, str]], form: Form) -> None:
        self._keys = {form.text(alias): form.text(key) for alias, key in aliases}

    def behind(self, need: Need) -> Need:
        """The need with the key instead of its alias, if the alias is in the stacks."""
        by_alias = need.conditions.get("ForAnyValue:StringEquals", {}).get("kms:ResourceAliases")
        if by_alias is None:
            return need
        head, (alias,) = need.resource.removesuffix("key/*"), values_of(by_alias)
        return need._replace(resource=self._keys.get(f"{head}{alias}", need.resource))


class Needs:
    """What is needed, by action, resource and condition."""

    def __init__(self, needs: Sequence[Needed], form: Form) -> None:
        self._form = form
        self._same: dict[Hashable, list[Needed]] = {}
        self._all: list[tuple[Need, Needed]] = []
        for one in needs:
            for need in () if one[1].unknown else map(form.need, needs_of(one[1])):
                self._same.setdefault(need.meaning, []).append(one)
                self._all.append((need, one))

    def why(self, action: str, resource: str, conditions: Conditions) -> tuple[str, list[FieldOf]]:
        """Where the permission comes from, and the fields that need it."""
        granted = self._form.need(Need(action, resource, conditions))
        same = self._same.get(granted.meaning)
        if same:
            return DERIVED, [needing(*one) for one in same]
        found = [one for need, one in self._all if within(need, granted)]
        return (WIDER, [needing(*one) for one in found]) if found else (GRANTED, [])


NOWHERE = Verdict(Outcome.MISSING)
OF_MANAGED = "it depends on whether {} grants it, whose content is not known here"


def needed(judged: Mapping[Verdict, Sequence[Permission]], outcome: Outcome, needs: Needs) -> Iterator[Allowed]:
    """What is needed and has this outcome."""
    for verdict, permissions in judged.items():
        for each in merge(permissions) if verdict.outcome is outcome else ():
            statement = Statement("Allow", each.actions, each.resources, each.conditions, "")
            yield from (replace(row, why=verdict.why) for row in rows(statement, needs))


def rows(statement: Statement, needs: Needs) -> Iterator[Allowed]:
    """The statement, one resource and one pattern of its condition at a time, split by where the actions come from."""
    derivable = statement.effect == "Allow" and not statement.inverted
    for resource in statement.resources or ("",):
        for conditions in alternatives(statement.conditions):
            by_origin: dict[str, tuple[list[str], dict[FieldOf, list[str]]]] = {}
            for action in statement.actions or ("",):
                origin, reasons = needs.why(action, resource, conditions) if derivable else (GRANTED, [])
                actions, why = by_origin.setdefault(origin, ([], {}))
                actions.append(action)
                for reason in dict.fromkeys(reasons):
                    why.setdefault(reason, []).append(action)
            for origin, (actions, why) in by_origin.items():
                reasons_of = {reason: tuple(some) for reason, some in why.items()}
                yield Allowed(statement, tuple(actions), resource, conditions, origin, reasons_of)
