"""The options of a pipeline that its steps and its definition follow from, and what they take."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aws_cdk import Stack
from constructs import Construct

from ..assets import S3Location
from ..assets.shown import shown
from ..iam.environment import Environment
from ..iam.limits import NO_LIMITS, Limits
from ..iam.trust import Trust
from ..language import (
    CacheConfig,
    Definition,
    ExperimentConfig,
    Expression,
    Finding,
    MlflowConfig,
    ParallelismConfig,
    Parameter,
    PipelineError,
    RetryPolicy,
)
from ..language.expressions import has_placeholder
from ..language.tokens import is_list_token, is_token
from ..steps.base.compute_defaults import ComputeDefaults
from ..steps.base.job_defaults import JobDefaults

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam


class Compute:
    """What compute a pipeline may use; this one lets it use any."""

    defaults = ComputeDefaults()
    limits: Limits = NO_LIMITS
    """Of what the pipeline's role may ask for."""
    parallelism: int | None = None
    """How many steps run at once, where the pipeline does not say so."""

    def judge(
        self, definition: Definition, environment: Environment, parallelism: int | None, *, own_role: bool
    ) -> Iterable[Finding]:
        """What the steps ask for that they may not, or where it cannot be known."""
        return ()


@dataclass(frozen=True)
class Options:
    """What a pipeline is given besides its steps.

    ``cache``, ``retry_policies``, ``job_role``, ``job_defaults``: of steps that say nothing of their own.
    ``parameters``: to declare besides those that steps use. ``experiment_config``, ``X
    head. ``parallelism``: how many steps run at once. ``trust``: what may be named that neither the app nor AWS has.
    ``compute``: what compute it may use; asked when it matters, since a policy may come after the pipeline.
    """

    cache: CacheConfig | None = None
    retry_policies: Sequence[RetryPolicy] = ()
    job_role: iam.IRole | None = None
    job_defaults: JobDefaults | None = None
    parameters: Sequence[Parameter[Any]] = ()
    experiment_config: ExperimentConfig | None = None
    mlflow_config: MlflowConfig | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    parallelism: int | None = None
    trust: Trust = field(default_factory=Trust)
    compute: Callable[[], Compute] = Compute


_PLACE = "S3Location(...) or a bucket of CDK"
_TAKES: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "artifacts": (lambda value: isinstance(value, S3Location) or _has(value, "bucket_name"), _PLACE),
    "deployment_log_group": (lambda value: _has(value, "log_group_arn"), "a log group such as logs.LogGroup(...)"),
    "parallelism": (
        lambda value: isinstance(value, ParallelismConfig) or (type(value) is int and value >= 1),
        "a whole number of at least 1 or ParallelismConfig(...)",
    ),
    "cache": (lambda value: isinstance(value, CacheConfig), "CacheConfig(...)"),
    "retry_policies": (lambda value: _all(value, RetryPolicy), "a list of RetryPolicy"),
    "job_defaults": (lambda value: isinstance(value, JobDefaults), "JobDefaults(...)"),
    "parameters": (lambda value: _all(value, Parameter), "a list of Parameter"),
    "experiment_config": (lambda value: isinstance(value, ExperimentConfig), "ExperimentConfig(...)"),
    "mlflow_config": (lambda value: isinstance(value, MlflowConfig), "MlflowConfig(...)"),
    "metadata": (lambda value: isinstance(value, Mapping), "a dict of texts by name"),
    "trust": (lambda value: isinstance(value, Trust), "Trust(...)"),
}
"""What is right for an option, and what it takes in words."""
_NEVER_NONE = ("retry_policies", "parameters")
_TEXTS = {"pipeline_name": 256, "display_name": 256, "description": 3072}
_LITERAL = {
    "pipeline_name": "since the trust of the pipeline's role names it",
    "parallelism": "it is not part of the definition",
    "metadata": "the service substitutes no value there",
}


def check_options(path: str, **options: Any) -> None:
    """Raises ``PipelineError`` for options that cannot be."""
    for what, value in options.items():
        if value is None and what not in _NEVER_NONE:
            continue
        if what in _LITERAL and isinstance(value, Expression):
            raise PipelineError(f"Pipeline '{path}': {what} must be literal, {_LITERAL[what]}")
        if what in _TEXTS:
            _check_text(path, what, value)
        elif not _TAKES[what][0](value):
            raise PipelineError(f"Pipeline '{path}': {what} takes {_TAKES[what][1]}, not {shown(value)}")
    for name, value in (options["metadata"] or {}).items():
        for one in (name, value):
            if not isinstance(one, str) or has_placeholder(one):
                raise PipelineError(
                    f"Pipeline '{path}': metadata takes literal texts, {_LITERAL['metadata']}; "
                    f"found {shown(name)}: {shown(value)}"
                )


def _has(value: Any, attribute: str) -> bool:
    """CDK's interfaces are none that ``isinstance`` can tell, so an attribute does."""
    return not isinstance(value, Expression) and hasattr(value, attribute)


def _all(values: Any, kind: type) -> bool:
    return isinstance(values, (list, tuple)) and all(isinstance(value, kind) for value in values)


def check_roles(pipeline: Construct, roles: Mapping[str, Any]) -> None:
    """Raises ``PipelineError`` for what is not a role, or one that is known to be of another account."""
    for what, role in roles.items():
        if role is None:
            continue
        here, path = Stack.of(pipeline).account, pipeline.node.path
        if not _has(role, "role_arn"):
            raise PipelineError(
                f"Pipeline '{path}': {what} takes a role such as iam.Role.from_role_arn(...), not {shown(role)}"
            )
        there = role.env.account if hasattr(role, "env") else here
        if there != here and not is_token(there) and not is_token(here):
            raise PipelineError(
                f"Pipeline '{path}': {what} is in account {there}, the pipeline's stack of {here}; IAM passes roles "
                "of its own account only"
            )


def _check_text(path: str, what: str, value: Any) -> None:
    if what == "pipeline_name":
        if not isinstance(value, str):
            raise PipelineError(f"Pipeline '{path}': {what} takes a literal text, not {shown(value)}")
        return
    if not isinstance(value, str) or has_placeholder(value) or is_list_token(value):
        raise PipelineError(f"Pipeline '{path}': {what} must be a literal text, the service substitutes no value there")
    if not is_token(value) and len(value) > _TEXTS[what]:
        raise PipelineError(f"Pipeline '{path}': {what} has {len(value)} characters; at most {_TEXTS[what]}")
