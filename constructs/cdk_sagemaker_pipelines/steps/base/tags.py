"""CDK's tags, as the jobs of steps get them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import jsii
from aws_cdk import Aspects, ITaggableV2, RemoveTag, Stack, Tag, TagManager, TagType
from constructs import IConstruct, Node

from ...language import Finding
from ...language.expressions import has_placeholder
from ...text import named
from .scope import DeclaredStep, StepScope
from .step import Step

if TYPE_CHECKING:
    from aws_cdk import aws_sagemaker as sagemaker

_Aspect = Tag | RemoveTag


class JobTags:
    """What each step's job is tagged with: as the pipeline's resource, and as is said of the step or around it.

    The aspects of steps are read here, since CDK visits the resource, for which the definition is made, before them.
    They count as for the resource: by their priorities, and where they name resource types by the pipeline's.
    ``findings`` takes up what is wrong with the tags.
    """

    def __init__(self, pipeline: Node, stack: Stack, resource: sagemaker.CfnPipeline, findings: list[Finding]) -> None:
        self._stack = stack
        self._resource = resource
        self._findings = findings
        self._aspects: dict[StepScope | DeclaredStep, tuple[_Aspect, ...]] = {}
        self._asked: set[DeclaredStep] = set()
        self._values = resource.tags.tag_values()
        self._check(self._values, None)
        self._sorted = self._in_order(self._values)
        self._pipeline = pipeline

    def __call__(self, step: DeclaredStep) -> Mapping[str, str]:
        """The tags of the step's job, in a stable order."""
        self._asked.add(step)
        nearer = self._nearer(step)
        if not nearer:
            return self._sorted
        said, changed = self._applied([*self._around_all, *nearer]), {aspect.key for aspect in nearer}
        new = {key: said[key] for key in said if key in changed}
        self._check(new, step.name)
        return self._in_order({**{key: self._values[key] for key in self._values if key not in changed}, **new})

    def lost(self, steps: Iterable[DeclaredStep]) -> Iterator[Finding]:
        """Tags given to a step that has neither a job nor anything else that could have them."""
        for step in steps:
            if step in self._asked:
                continue
            own = self._nearer(step)[len(self._nearer(step.outer)) :]
            keys = [repr(aspect.key) for aspect in own if isinstance(aspect, Tag)]
            if keys and not step.node.children:
                lost = ", ".join(keys)
                text = f"no part of this {type(step).__name__} takes tags, so these are lost: {lost}; tag what it uses"
                yield Finding("lost-tag", text, step.name, "Tags", "warning")

    @cached_property
    def _around_all(self) -> tuple[_Aspect, ...]:
        """The aspects that tag the pipeline, those of the app first; mostly nobody needs them."""
        return tuple(aspect for scope in self._pipeline.scopes for aspect in _aspects_of(scope))

    def _nearer(self, scope: StepScope | DeclaredStep) -> tuple[_Aspect, ...]:
        """The aspects below the pipeline that tag a step, or what stands in a scope of steps, the outermost first."""
        if scope.outer is None:
            return ()
        if scope not in self._aspects:
            # a branch stands in its step, which is no scope of steps; of a step CDK need not be asked
            above = scope.outer if isinstance(scope, Step) else cast("DeclaredStep", scope.node.scope)
            self._aspects[scope] = (*self._nearer(above), *_aspects_of(scope))
        return self._aspects[scope]

    def _applied(self, aspects: Iterable[_Aspect]) -> dict[str, str]:
        taggable = _Taggable(TagManager(TagType.KEY_VALUE, self._resource.cfn_resource_type))
        for aspect in aspects:
            aspect.visit(cast("IConstruct", taggable))
        return dict(taggable.manager.tag_values())

    def _check(self, tags: Mapping[str, str], step: str | None) -> None:
        self._findings += [
            Finding("tag", f"the tag {key!r} must be a text, the service substitutes no value there", step, "Tags")
            for key, value in tags.items()
            if has_placeholder(key) or has_placeholder(value)
        ]
        self._findings += [
            Finding(
                "tag", f"the tag {key!r}: keys that begin with 'aws:' are AWS's own; name it otherwise", step, "Tags"
            )
            for key in tags
            if key.lower().startswith("aws:")
        ]

    def _in_order(self, tags: Mapping[str, Any]) -> dict[str, str]:
        if not tags:
            return {}
        names = dict(zip(tags, named(list(tags), self._stack), strict=True))
        return {key: tags[key] for key in sorted(tags, key=names.__getitem__)}


def _aspects_of(construct: IConstruct | StepScope | DeclaredStep) -> Iterator[_Aspect]:
    """The aspects on a construct that tag it and what is below."""
    return (aspect for aspect in Aspects.of(cast("IConstruct", construct)).all if isinstance(aspect, (Tag, RemoveTag)))


@jsii.implements(ITaggableV2)
class _Taggable:
    """What a tag's aspect can visit without being a construct."""

    def __init__(self, manager: TagManager) -> None:
        self.manager = manager

    @property
    @jsii.member(jsii_name="cdkTagManager")
    def cdk_tag_manager(self) -> TagManager:
        return self.manager
