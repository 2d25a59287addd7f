"""The options of a pipeline that its steps and its definition follow from, and what they take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aws_cdk import Stack
from constructs import Construct

from ..iam.trust import Trust
from ..language import CacheConfig, ExperimentConfig, Expression, Parameter, PipelineError, RetryPolicy
from ..language.expressions import has_placeholder
from ..language.tokens import is_list_token, is_token

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam


@dataclass(frozen=True)
class Options:
    """What a pipeline is given beside its steps.

    ``cache``, ``retry_policies``, ``job_role``: of steps that say nothing of their own. ``parameters``: to declare
    beside those that steps use. ``experiment_config``, ``metadata``: of the definition's head. ``parallelism``: how
    many steps run at once. ``trust``: what may be named that neither the app nor AWS has.
    """

    cache: CacheConfig | None = None
    retry_policies: Sequence[RetryPolicy] = ()
    job_role: iam.IRole | None = None
    parameters: Sequence[Parameter[Any]] = ()
    experiment_config: ExperimentConfig | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    parallelism: int | None = None
    trust: Trust = field(default_factory=Trust)


def check_options(path: str, cache: Any, retry_policies: Any, parameters: Any, parallelism: Any, trust: Any) -> None:
    """Raises ``PipelineError`` for options that cannot be."""
    if isinstance(parallelism, Expression):
        raise PipelineError(f"Pipeline '{path}': parallelism must be literal, it is no part of the definition")
    if trust is not None and not isinstance(trust, Trust):
        raise PipelineError(f"Pipeline '{path}': trust takes Trust(...), not {trust!r}")
    if cache is not None and not isinstance(cache, CacheConfig):
        raise PipelineError(f"Pipeline '{path}': cache takes CacheConfig(...), not {cache!r}")
    for what, values, kind in (
        ("retry_policies", retry_policies, RetryPolicy),
        ("parameters", parameters, Parameter),
    ):
        if not isinstance(values, (list, tuple)) or not all(isinstance(value, kind) for value in values):
            raise PipelineError(f"Pipeline '{path}': {what} takes a list of {kind.__name__}, not {values!r}")


def check_roles(pipeline: Construct, roles: Mapping[str, Any]) -> None:
    """Raises ``PipelineError`` for what is no role, or one that is known to be of another account."""
    for what, role in roles.items():
        if role is None:
            continue
        here, path = Stack.of(pipeline).account, pipeline.node.path
        if isinstance(role, (str, Expression)):
            raise PipelineError(
                f"Pipeline '{path}': {what} takes a role such as iam.Role.from_role_arn(...), not {role!r}"
            )
        there = role.env.account if hasattr(role, "env") else here
        if there != here and not is_token(there) and not is_token(here):
            raise PipelineError(
                f"Pipeline '{path}': {what} is in account {there}, the pipeline's stack of {here}; IAM passes roles "
                "of its own account only"
            )


def check_texts(path: str, display_name: str | None, description: str | None) -> None:
    """Raises ``PipelineError`` for texts that the service does not take."""
    for what, value, most in (("display_name", display_name, 256), ("description", description, 3072)):
        if value is None:
            continue
        if not isinstance(value, str) or has_placeholder(value) or is_list_token(value):
            raise PipelineError(
                f"Pipeline '{path}': {what} must be a literal text, the service substitutes no value there"
            )
        if not is_token(value) and len(value) > most:
            raise PipelineError(f"Pipeline '{path}': {what} has {len(value)} characters; at most {most}")
