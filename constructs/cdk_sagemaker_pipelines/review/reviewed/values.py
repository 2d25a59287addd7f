"""What is reviewed, as values: a pipeline with all that belongs to it, or what of a stack belongs to none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ...language import Definition
from .assets import Asset

STACK = "Stack"
"""The option that says how the stack of a pipeline is deployed."""


class Permission(NamedTuple):
    """One action on one resource under one condition, as a policy says it."""

    effect: str
    action: str
    resource: str
    conditions: tuple[str, ...] = ()
    """In words, such as ``aws:SourceAccount is 111122223333``."""
    inverted: tuple[str, ...] = ()
    """``NotAction`` or ``NotResource``, if it names exceptions."""


class Trust(NamedTuple):
    """One who may assume a role."""

    effect: str
    action: str
    principal: str
    conditions: tuple[str, ...] = ()
    inverted: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReviewedRole:
    """A role, by what its policies mean."""

    permissions: Mapping[Permission, tuple[str, ...]] = field(default_factory=dict)
    """Each with what it is for: fields of steps, or the policy that grants it in code."""
    trust: tuple[Trust, ...] = ()
    managed: tuple[str, ...] = ()
    """The ARNs of managed policies whose content is not known here."""
    boundary: str | None = None
    elsewhere: bool = False
    """Whether it is made elsewhere, and only policies that are attached to it are known."""


class ReviewedResource(NamedTuple):
    """A resource other than a pipeline, a role or a policy."""

    type: str
    properties: Mapping[str, Any]
    """With names in place of what only the deployment knows, and of assets."""


@dataclass(frozen=True)
class Reviewed:
    """A pipeline with all that belongs to it; without a definition, what of a stack belongs to no one pipeline.

    What is None is not known, so that it is compared with nothing.
    """

    path: str
    """The path of the construct; the name of a definition that is read alone."""
    stack: str = ""
    """The path of the stack."""
    file: str = ""
    definition: Definition | None = None
    options: Mapping[str, Any] | None = None
    """The properties of the pipeline but its definition, its account and region, and how its stack is deployed."""
    roles: Mapping[str, ReviewedRole] | None = None
    """By name; the pipeline's own, those of its steps' jobs, and others of its constructs or its stack."""
    resources: Mapping[str, ReviewedResource] | None = None
    """By name."""
    assets: Mapping[str, Asset] | None = None
    """By name."""
    account: str = ""
    region: str = ""
    """Where it will run; empty if only the deployment knows."""
    images_of_aws: frozenset[str] = frozenset()
    """The URIs of images that AWS owns, whose account differs between regions."""

    @property
    def name(self) -> str:
        """The name of the pipeline, as far as it is known."""
        given = (self.options or {}).get("PipelineName")
        return given if isinstance(given, str) else self.path

    @property
    def stage(self) -> str:
        """The path of what holds the stack, such as ``Dev``; empty if the app does."""
        return self.stack.rpartition("/")[0]

    @property
    def below(self) -> str:
        """The path below the stack, such as ``Pipeline``; empty if nothing says it."""
        return self.path.removeprefix(f"{self.stack}/") if self.stack and self.definition is not None else ""

    @property
    def within(self) -> str:
        """The path below the stage, such as ``Diabetes/Pipeline``: the same for all stages of an app."""
        return self.path.removeprefix(f"{self.stage}/") if self.stage else self.path
