"""What the roles of pipelines may do and why: their policies as they are, each permission with the fields that need it.

The reasons are derived anew, from the definition and from what the template keeps of its surroundings. What the
policies say beyond that is told as granted in code.
"""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..iam import job_roles, pipeline_role
from ..iam.elsewhere import OwnersPolicy, owners_policies
from ..iam.needs import RoleElsewhere, field_of
from ..iam.permissions import Conditions, Permission, merge
from ..iam.place_json import KEY, from_json
from ..iam.places import Place
from ..language import Definition, DefinitionError, Step
from .reading import Found, Unreadable
from .roles import Role, Roles, Statement
from .stacks import Resource, Stack
from .templates import PIPELINE

DERIVED, WIDER, GRANTED = "derived", "wider", "granted"
"""Where a permission is from: the definition; code that grants more than a field needs; code, for no field."""


@dataclass(frozen=True)
class Pipeline:
    """A pipeline to explain. ``resource``: that of its template, where there is one."""

    file: str
    name: str
    path: str
    definition: Definition
    place: Place
    resource: Resource | None = None


@dataclass(frozen=True)
class Reason:
    """A field of a step that needs a permission."""

    pipeline: str
    """The path of the pipeline."""
    step: str
    field: str
    """The path in the step's arguments, or beside them; else ``Type`` and the step's type."""


@dataclass(frozen=True)
class Allowed:
    """Actions on one resource under one condition, and why. The effect and the policy are those of the statement."""

    statement: Statement
    actions: tuple[str, ...]
    resource: str
    conditions: Conditions
    origin: str
    reasons: Mapping[Reason, tuple[str, ...]]
    """The fields, each with those of the actions that it needs."""


@dataclass(frozen=True)
class Undecided:
    """What a field needs on something that is not known here, and why it is not."""

    actions: tuple[str, ...]
    unknown: str
    why: str
    reason: Reason
    sources: tuple[str, ...] = ()
    """What the field gets its value from, such as ``Parameters.InputData``."""


@dataclass
class Explained:
    """A role that a pipeline uses."""

    role: Role
    own: bool
    """Whether it is the pipeline's own."""
    uses: list[Reason]
    """The fields that name it."""
    allowed: list[Allowed]
    missing: list[Allowed]
    """What is needed and not seen to be granted."""
    undecided: list[Undecided]
    """What is needed for something that is not known here."""


@dataclass(frozen=True)
class Explanation:
    """A pipeline and the roles that it uses, its own first."""

    pipeline: Pipeline
    roles: list[Explained]

    @property
    def owners(self) -> list[OwnersPolicy]:
        """What buckets and keys of other accounts have to allow as well."""
        return list(owners_policies(self.pipeline.definition, self.pipeline.place))


def of_definition(found: Found) -> Pipeline:
    """A pipeline of which there is the definition alone: where it is to run stands for itself."""
    return Pipeline(found.file, found.name, found.name, found.definition, from_json(None, found.name, _NO_ROLE))


def of_stacks(stacks: Sequence[Stack]) -> Iterator[Pipeline | Unreadable]:
    """The pipelines of an app's stacks."""
    for stack in stacks:
        for resource in stack.resources():
            if resource.type != PIPELINE:
                continue
            name = resource.text(resource.properties.get("PipelineName", resource.logical_id))
            role = resource.text(resource.properties.get("RoleArn", _NO_ROLE))
            place = from_json(resource.plain(resource.metadata.get(KEY)), name, role)
            try:
                yield Pipeline(stack.file, name, resource.path, stack.definition(resource), place, resource)
            except (DefinitionError, OSError, UnicodeDecodeError) as error:
                yield Unreadable(f"{stack.file}#{resource.path}", str(error))


_NO_ROLE = "${Token[PipelineRole]}"
_Need = tuple[Pipeline, Permission]


def explain(pipelines: Sequence[Pipeline], roles: Roles) -> list[Explanation]:
    """The roles of each pipeline. One that several share has the reasons of all of them."""
    users = [_User(pipeline, roles) for pipeline in pipelines]
    needs: dict[str, list[_Need]] = {}
    for user in users:
        for key, permission in user.needs:
            needs.setdefault(key, []).append((user.pipeline, permission))
    return [user.explanation(needs) for user in users]


class _User:
    """A pipeline with its roles, and what it needs of each. They go by their ARN, or by what the definition says."""

    def __init__(self, pipeline: Pipeline, roles: Roles) -> None:
        self.pipeline = pipeline
        self._all = roles
        self._roles: dict[str, Role] = {}
        self._uses: dict[str, list[Reason]] = {}
        self._own = self._take(pipeline.place.role)
        of_pipeline = list(pipeline_role.needs(pipeline.definition, pipeline.place))
        for permission in of_pipeline:
            if permission.actions == ("iam:PassRole",):
                for arn in permission.resources:
                    self._take(arn, _reason(pipeline, permission))
        for step in pipeline.definition.all_steps():
            for where, text in _strings(step):
                if text in roles or _ARN.fullmatch(text):
                    self._take(text, Reason(pipeline.path, step.name, where))
        self.needs = [(self._own, permission) for permission in of_pipeline]
        for role, permission in job_roles.needs(pipeline.definition, pipeline.place):
            self.needs.append((self._take(role), permission))

    def _take(self, role: Any, use: Reason | None = None) -> str:
        """Takes up a role, and returns what it goes by."""
        found = self._all.role(role, self.pipeline.resource) if isinstance(role, str) else None
        if found is None:  # an expression, or a role that is told where something else is made
            key = "null" if isinstance(role, RoleElsewhere) else json.dumps(role)
        else:
            key = found.arn
        self._roles.setdefault(key, found or Role(key))
        uses = self._uses.setdefault(key, [])
        if use is not None and not any(use.step == known.step and _same(use.field, known.field) for known in uses):
            uses.append(use)
        return key

    def explanation(self, needs: Mapping[str, Sequence[_Need]]) -> Explanation:
        """What its roles may do. ``needs``: of all pipelines, by role."""
        return Explanation(self.pipeline, [self._explained(key, needs.get(key, ())) for key in self._roles])

    def _explained(self, key: str, needs: Sequence[_Need]) -> Explained:
        role = self._roles[key]
        index = _Needs(needs)
        own = [permission for pipeline, permission in needs if pipeline is self.pipeline]
        # who is made elsewhere may be of another account, where being one of everybody is not enough
        of_all = [one for one in self._all.shared if one.for_everybody] if role.resource else []
        grants = _Grants([*role.statements, *of_all])
        missing = merge(permission for permission in own if not grants.have(permission))
        statements = [Statement("Allow", each.actions, each.resources, each.conditions, "") for each in missing]
        return Explained(
            role,
            key == self._own,
            self._uses[key],
            [row for statement in role.statements for row in _rows(statement, index)],
            [row for statement in statements for row in _rows(statement, index)],
            self._undecided([permission for permission in own if permission.unknown]),
        )

    def _undecided(self, needed: Sequence[Permission]) -> list[Undecided]:
        """Each field once for what it is not known of, with all actions that are needed."""
        found: dict[tuple[Reason, str, str], list[str]] = {}
        for need in needed:
            found.setdefault((_reason(self.pipeline, need), need.unknown, need.why), []).extend(need.actions)
        return [
            Undecided(tuple(dict.fromkeys(actions)), unknown, why, reason, self._sources(reason))
            for (reason, unknown, why), actions in found.items()
        ]

    def _sources(self, reason: Reason) -> tuple[str, ...]:
        return _sources(self.pipeline.definition.step(reason.step), reason.field)


_ARN = re.compile(r"arn:[^:]*:iam::[^:]*:role/.+")


def _reason(pipeline: Pipeline, permission: Permission) -> Reason:
    step, where = field_of(pipeline.definition, permission)
    own = where.partition(",")[0] == step.type
    return Reason(pipeline.path, step.name, f"Type {where}" if own else where)


def _same(one: str, other: str) -> bool:
    """Whether two paths lead to the same, be one told from the step and the other from its arguments."""
    return one.removeprefix("Arguments.").partition(",")[0] == other.removeprefix("Arguments.").partition(",")[0]


# -- from statements to reasons ----------------------------------------------------------------------------------------


_Cell = tuple[str, str, Hashable]
"""An action, a resource, and a condition in a form that is equal for conditions of equal meaning."""


def _cells(actions: Sequence[str], resources: Sequence[str], conditions: Conditions) -> Iterator[_Cell]:
    for one in _single(conditions):
        canonical = tuple(
            (operator, key, tuple(sorted(_values(values))))
            for operator, keys in sorted(one.items())
            for key, values in sorted(keys.items())
        )
        for action in actions:
            for resource in resources:
                yield action, resource, canonical


class _Needs:
    """What is needed, by action, resource and condition."""

    def __init__(self, needs: Sequence[_Need]) -> None:
        self._needs = [(pipeline, need) for pipeline, need in needs if not need.unknown]
        self._by_cell: dict[_Cell, list[_Need]] = {}
        for pipeline, need in self._needs:
            for cell in _cells(need.actions, need.resources, need.conditions):
                self._by_cell.setdefault(cell, []).append((pipeline, need))

    def why(self, action: str, resource: str, conditions: Conditions) -> tuple[str, list[Reason]]:
        """Where the permission is from, and the fields that need it."""
        (cell,) = _cells([action], [resource], conditions)
        same = [_reason(pipeline, need) for pipeline, need in self._by_cell.get(cell, ())]
        if same:
            return DERIVED, same
        wide = [
            _reason(pipeline, need)
            for pipeline, need in self._needs
            if any(_covers(action, one, case=False) for one in need.actions)
            and any(_covers(resource, one) for one in need.resources)
            and (not conditions or _within(need.conditions, conditions))
        ]
        return (WIDER, wide) if wide else (GRANTED, [])


class _Grants:
    """What statements are seen to allow."""

    def __init__(self, statements: Sequence[Statement]) -> None:
        self._allow = [one for one in statements if one.effect == "Allow" and not one.inverted]
        self._granted = {cell for one in self._allow for cell in _cells(one.actions, one.resources, one.conditions)}

    def have(self, need: Permission) -> bool:
        """Whether all of it is allowed."""
        return all(
            self._has(action, resource, conditions)
            for action in need.actions
            for resource in need.resources
            for conditions in _single(need.conditions)
        )

    def _has(self, action: str, resource: str, conditions: Conditions) -> bool:
        (cell,) = _cells([action], [resource], conditions)
        return cell in self._granted or any(
            any(_covers(pattern, action, case=False) for pattern in one.actions)
            and any(_covers(pattern, resource) for pattern in one.resources)
            and _meets(conditions, one.conditions)
            for one in self._allow
        )


def _meets(conditions: Conditions, asked: Conditions) -> bool:
    return not asked or _within(conditions, asked)


def _rows(statement: Statement, needs: _Needs) -> Iterator[Allowed]:
    """The statement, one resource and one pattern of its condition at a time, split by where the actions are from."""
    derivable = statement.effect == "Allow" and not statement.inverted
    for resource in statement.resources or ("",):
        for conditions in _single(statement.conditions):
            by_origin: dict[str, tuple[list[str], dict[Reason, list[str]]]] = {}
            for action in statement.actions or ("",):
                origin, reasons = needs.why(action, resource, conditions) if derivable else (GRANTED, [])
                actions, why = by_origin.setdefault(origin, ([], {}))
                actions.append(action)
                for reason in dict.fromkeys(reasons):
                    why.setdefault(reason, []).append(action)
            for origin, (actions, why) in by_origin.items():
                reasons_of = {reason: tuple(some) for reason, some in why.items()}
                yield Allowed(statement, tuple(actions), resource, conditions, origin, reasons_of)


def _single(conditions: Conditions) -> list[Conditions]:
    """A condition for each pattern, where patterns of one key are all that there is: they are alternatives."""
    if list(conditions) == ["StringLike"] and len(conditions["StringLike"]) == 1:
        ((key, values),) = conditions["StringLike"].items()
        return [{"StringLike": {key: (value,)}} for value in _values(values)]
    return [conditions]


def _within(narrow: Conditions, wide: Conditions) -> bool:
    """Whether the conditions have the same keys, and values that the others have too, or patterns of them."""
    if {operator: set(keys) for operator, keys in narrow.items()} != {op: set(keys) for op, keys in wide.items()}:
        return False
    return all(
        all(any(_covers(pattern, value) for pattern in _values(wide[operator][key])) for value in _values(values))
        for operator, keys in narrow.items()
        for key, values in keys.items()
    )


def _values(values: Any) -> tuple[str, ...]:
    return tuple(map(str, values)) if isinstance(values, (list, tuple)) else (str(values),)


def _covers(pattern: str, text: str, *, case: bool = True) -> bool:
    """Whether a text of a policy, with ``*`` and ``?``, stands for another, or for all that the other stands for."""
    if pattern == text:
        return True
    if "*" not in pattern and "?" not in pattern and case:
        return False
    # fnmatch never goes back to an earlier star, which would cost a power of the length
    wanted = fnmatch.translate(pattern.replace("[", "[[]"))
    return re.match(wanted, text, 0 if case else re.IGNORECASE) is not None


# -- what stands in a definition ---------------------------------------------------------------------------------------


def _strings(step: Step) -> Iterator[tuple[str, str]]:
    """Every text in the arguments of a step: its path and itself."""
    stack: list[tuple[str, Any]] = [("", step.own_arguments)]
    while stack:
        where, value = stack.pop()
        if isinstance(value, str):
            yield where, value
        elif isinstance(value, Mapping):
            stack += reversed([(f"{where}.{key}" if where else str(key), item) for key, item in value.items()])
        elif isinstance(value, (list, tuple)):
            stack += reversed([(f"{where}[{index}]", item) for index, item in enumerate(value)])


_PLACE = re.compile(r"(Uri|Path|Url)s?(\[\d+\])*$")


def _sources(step: Step, where: str) -> tuple[str, ...]:
    """What is got at a path or below it; of a place in S3 with more around it, what makes the place."""
    path = where.partition(",")[0]
    found = [(at.removeprefix("Arguments."), str(get)) for at, get in step.gets]
    below = [(at, get) for at, get in found if at == path or at.startswith((f"{path}.", f"{path}["))]
    places = [(at, get) for at, get in below if any(_PLACE.search(part) for part in at.split(".Std:"))]
    return tuple(dict.fromkeys(get for _, get in places or below))
