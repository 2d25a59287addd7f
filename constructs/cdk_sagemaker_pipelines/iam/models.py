"""What models run with, and what serves them: roles, followed from what names a model to where it is made."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..language import Definition, StepView
from ..language.field import Field
from .environment import Environment
from .needs import RoleElsewhere, role_of
from .producers import maker

VARIANTS = ("ProductionVariants", "ShadowProductionVariants")


def role_of_model(definition: Definition, environment: Environment, name: Field) -> Any:
    """The role of the model that a field names."""
    model = maker(definition, name.value, "Model")
    if model is not None:
        return role_of(model.arguments, environment, "ExecutionRoleArn")
    known = environment.models.get(name.name) if name.name else None
    return known or RoleElsewhere("model", name.where)


def names(definition: Definition) -> Iterator[str]:
    """The names of models that steps name, but for those that are told by a reference."""
    for step in definition.all_steps():
        if _HOLDERS.isdisjoint(step.arguments):
            continue
        arguments = Field.of_arguments(step)
        for path in _NAMED:
            yield from (name.value for name in arguments.every(*path) if isinstance(name.value, str))


_OF_VARIANT = (("ModelName",), ("InstancePools[]", "ModelNameOverride"))
_NAMED = (
    ("ModelName",),
    ("Specification", "ModelName"),
    ("Specifications[]", "ModelName"),
    *((f"{variants}[]", *path) for variants in VARIANTS for path in _OF_VARIANT),
)
"""Where arguments name models."""
_HOLDERS = frozenset(path[0].removesuffix("[]") for path in _NAMED)


def config_of_endpoint(definition: Definition, name: Any) -> StepView | None:
    """The step that makes the configuration of an endpoint which a step of the definition makes."""
    endpoint = maker(definition, name, "Endpoint", "EndpointName")
    return None if endpoint is None else config_named(definition, endpoint.arguments.get("EndpointConfigName"))


def config_named(definition: Definition, name: Any) -> StepView | None:
    """The step that makes the configuration of that name."""
    return maker(definition, name, "EndpointConfig", "EndpointConfigName")


def roles_of_variant(definition: Definition, variant: Field, environment: Environment) -> Iterator[Any]:
    """With what the containers of a variant run: the roles of its models, or else that of the configuration."""
    named = [name for path in _OF_VARIANT for name in variant.every(*path)]
    for name in named:
        yield role_of_model(definition, environment, name)
    if not named:
        yield variant.step.arguments.get("ExecutionRoleArn")
