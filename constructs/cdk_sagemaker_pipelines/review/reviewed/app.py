"""From what was read to what is reviewed: the pipelines of an app, and what of its stacks belongs to none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...language import Definition, DefinitionError
from ...language.tokens import has_string_token
from ..explain.access import Explanation, explain, of_stacks
from ..explain.reasons import Pipeline
from ..explain.roles import POLICIES, Roles
from ..reading.files import Content, Found, Unreadable
from ..reading.stacks import Resource, Stack, Template, linked
from ..reading.templates import uploaded
from .names import path_of
from .resources import ROLE, Part, Reader
from .roles import attached, explained_role, other_role
from .values import STACK, Reviewed, ReviewedRole


def reviewed(contents: Iterable[Content]) -> list[Reviewed | Unreadable]:
    """All pipelines in what was read, in its order, and what of the stacks belongs to none of them."""
    contents = list(contents)
    stacks = linked([content for content in contents if isinstance(content, Template)])
    app = _App(stacks)
    following = iter(stacks)
    found: list[Reviewed | Unreadable] = []
    for content in contents:
        if isinstance(content, Template):
            found += app.of_stack(next(following))
        else:
            found.append(content if isinstance(content, Unreadable) else of_definition(content))
    return found


def of_definition(found: Found) -> Reviewed:
    """A definition of which nothing else is known but what the service says, if it is a deployed one."""
    options = found.options or {}
    place = {"account": options.get("Account", ""), "region": options.get("Region", "")}
    return Reviewed(found.name, file=found.file, definition=found.definition, options=found.options, **place)


class _App:
    """The stacks of an app, with what is known of all of them together."""

    def __init__(self, stacks: Sequence[Stack]) -> None:
        self._roles = Roles(stacks)
        self._reader = Reader(stacks)
        self._names = self._reader.names
        pipelines = list(of_stacks(stacks))
        self._unreadable = [each for each in pipelines if isinstance(each, Unreadable)]
        self._explained: dict[int, list[Explanation]] = {}
        self._used = set[str]()
        for explanation in explain([each for each in pipelines if isinstance(each, Pipeline)], self._roles):
            self._explained.setdefault(_resource(explanation).stack.number, []).append(explanation)
            self._used |= {each.role.arn for each in explanation.roles}
        used = [each.role for found in self._explained.values() for one in found for each in one.roles]
        roles = [*used, *(self._roles.role(each.token("Arn"), None) for each in self._roles.unused(self._used))]
        self._attached = {each for role in roles for each in role.attached}
        self._limits = {self._roles.limit(role) for role in roles}

    def of_stack(self, stack: Stack) -> Iterator[Reviewed | Unreadable]:
        """The pipelines of a stack, and the rest of it."""
        yield from (each for each in self._unreadable if each.file.startswith(f"{stack.file}#"))
        explained = self._explained.get(stack.number, [])
        rest = Part()
        parts = [Part() for _ in explained]
        self._reader.add_rest(rest, stack)
        whose = [(f"{_resource(each).path}/", part) for each, part in zip(explained, parts, strict=True)]
        for resource in stack.resources():
            below = [part for path, part in whose if resource.path.startswith(path)]
            part = below[0] if below else parts[0] if len(parts) == 1 else rest
            self._reader.add(part, resource, of_roles=self._is_told_by_roles(resource))
            for name, elsewhere in self._elsewhere(resource):
                known = part.roles.get(name, elsewhere)
                part.roles[name] = replace(known, permissions={**known.permissions, **elsewhere.permissions})
            arn = resource.token("Arn")
            if resource.type == ROLE and arn not in self._used:
                role = other_role(self._roles.role(arn, None), self._names, stack)
                part.roles[self._names.resource(resource)] = role
        if len(parts) == 1:  # a stack's only pipeline is what all of it is for
            parts[0].resources.update(rest.resources)
            parts[0].assets.update(rest.assets)
            rest = Part()
        for explanation, part in zip(explained, parts, strict=True):
            yield self._pipeline(explanation, stack, part)
        if rest.resources or rest.roles:
            yield Reviewed(
                path_of(stack) or stack.name or Path(stack.file).name,
                path_of(stack),
                stack.file,
                roles=rest.roles,
                resources=rest.resources,
                assets=rest.assets,
                account=_known(stack.place.get("AWS::AccountId", "")),
                region=_known(stack.place.get("AWS::Region", "")),
            )

    def _is_told_by_roles(self, resource: Resource) -> bool:
        """Whether some role shows all that a policy says; not so the permissions boundary of one, or one of nobody."""
        if resource.type not in POLICIES:
            return True
        token = resource.token()
        return token not in self._limits and ((token, "") in self._attached or bool(self._roles.holders(resource)))

    def _elsewhere(self, resource: Resource) -> Iterator[tuple[str, ReviewedRole]]:
        """The roles that a policy is attached to, and that nothing else here shows."""
        for name in self._roles.holders(resource) if resource.type in POLICIES else ():
            if (resource.token(), name) not in self._attached:
                told = attached(self._roles.statements(resource), self._names, resource.stack)
                yield f"role/{self._names.text(name, resource.stack)}", told

    def _pipeline(self, explanation: Explanation, stack: Stack, part: Part) -> Reviewed:
        pipeline, resource = explanation.pipeline, _resource(explanation)
        account = _known(pipeline.environment.account) or _known(stack.place.get("AWS::AccountId", ""))
        region = _known(pipeline.environment.region) or _known(stack.place.get("AWS::Region", ""))
        places = {name: place for name, place in (("Account", account), ("Region", region)) if place}
        pathless = "/".join(filter(None, (path_of(stack) or stack.name, self._names.resource(resource))))
        given = {name: value for name, value in resource.properties.items() if name != "PipelineDefinition"}
        options = {**self._reader.plain(resource.plain(given), stack), **_of_deployment(stack)}
        document = pipeline.definition.json
        part.assets.update({each.name: each for each in self._reader.assets(stack).used(document)})
        own = {
            self._role_name(each.role.arn, stack): explained_role(each, explanation, self._names, stack)
            for each in explanation.roles
        }
        images = pipeline.environment.image_repositories.items()
        body = _uploaded(resource)
        return Reviewed(
            resource.path if "/" in resource.path else pathless,
            path_of(stack),
            pipeline.file,
            Definition(self._reader.plain(document, stack), pipeline.definition.repetitions),
            {**options, **places},
            {**own, **part.roles},
            part.resources,
            {name: each for name, each in part.assets.items() if each.hash != body},
            account=account,
            region=region,
            images_of_aws=frozenset(uri for uri, repository in images if repository is None),
        )

    def _role_name(self, arn: str, stack: Stack) -> str:
        """The name of a role of the app; else its ARN, or the expression that names it."""
        text = self._names.text(arn, stack)
        return text[2:-1].removesuffix(".Arn") if text.startswith("${") and text.count("${") == 1 else text


def _resource(explanation: Explanation) -> Resource:
    resource = explanation.pipeline.resource
    assert resource is not None  # all of them are of stacks
    return resource


def _of_deployment(stack: Stack) -> dict[str, Any]:
    """How a stack is deployed, or the one that it is nested in; empty if nothing here says it."""
    while stack.parent is not None:
        stack = stack.parent[0]
    return {} if stack.options is None else {STACK: stack.options}


def _known(place: str) -> str:
    """An account or a region; empty if only the deployment knows it."""
    return "" if has_string_token(place) else place


def _uploaded(pipeline: Resource) -> str:
    """The hash of the asset with the definition of a pipeline, which is compared as what it says; empty if none is."""
    location = pipeline.properties.get("PipelineDefinition")
    location = location.get("PipelineDefinitionS3Location") if isinstance(location, Mapping) else None
    try:
        file = uploaded(location.get("Key"), pipeline.stack.assets) if isinstance(location, Mapping) else Path()
    except DefinitionError:
        return ""
    return next((part.removeprefix("asset.")[:64] for part in file.parts if part.startswith("asset.")), "")
