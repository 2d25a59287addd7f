"""The rules for teams as a validation plugin of CDK."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.metadata import version
from typing import Any, TypeVar

import aws_cdk as cdk
import jsii

from ..language import Finding, PipelineError
from ..language.errors import escaped
from ..synthesis.synthesis import Synthesis, syntheses
from .rules import RULES, Subject, check

LOWEST = (2, 271)
"""The first aws-cdk-lib in which an acknowledgment holds for its construct; before, it silenced the rule everywhere."""

T = TypeVar("T")


def _as_plugin(made: type[T]) -> type[T]:
    """A class as a plugin; with an older CDK, which has none, it can be imported, but not used."""
    plugin = getattr(cdk, "IPolicyValidationPlugin", None)
    return made if plugin is None else jsii.implements(plugin)(made)


@_as_plugin
class TeamRules:
    """Rules over all pipelines of an app or a stage, beyond what the service asks for. Off unless it is added.

    ``cdk.Validations.of(app).add_plugins(TeamRules(max_gpus=8))`` adds it. What breaks a rule fails ``cdk synth``, all
    at once. Each rule can be acknowledged with a reason, for a step, a pipeline, or whatever is around them:
    ``cdk.Validations.of(train).acknowledge(cdk.Acknowledgment(id="TeamRules::vpc", reason="public data only"))``. The
    report keeps what was acknowledged, and why. An example is in docs/team-rules.md.

    This is CDK's own way, and that of cdk-nag 3: a plugin reports the paths of constructs, and CDK leaves out what is
    acknowledged there or above. Needs aws-cdk-lib 2.271; raises ``PipelineError`` for an older one, and for a limit
    that is none.

    - ``vpc``, ``keys``, ``network_isolation``, ``inter_container_encryption``: what jobs must have. Default: on.
    - ``latest_images``: images without a version or digest are refused. Default: on.
    - ``max_runtime``: each job has a time limit. Default: on.
    - ``wildcard_data_access``: a job's access to a whole bucket is refused. Default: on.
    - ``throttling_retries``: each step that can has a retry policy for throttling. Default: on.
    - ``instance_types``: those that are allowed, ``*`` for any text. Default: all.
    - ``max_gpus``: how many GPUs one execution may have running at once. Default: any number.
    - ``max_instance_hours``: how many instance-hours one execution may take at most. Default: any number.
    """

    def __init__(
        self,
        *,
        vpc: bool = True,
        keys: bool = True,
        network_isolation: bool = True,
        inter_container_encryption: bool = True,
        latest_images: bool = True,
        max_runtime: bool = True,
        wildcard_data_access: bool = True,
        throttling_retries: bool = True,
        instance_types: Sequence[str] | None = None,
        max_gpus: int | None = None,
        max_instance_hours: float | None = None,
    ) -> None:
        _refuse_old_cdk()
        _check_limits(instance_types, max_gpus, max_instance_hours)
        asked = {
            "vpc": vpc,
            "keys": keys,
            "network-isolation": network_isolation,
            "inter-container-encryption": inter_container_encryption,
            "latest-images": latest_images,
            "max-runtime": max_runtime,
            "wildcard-data-access": wildcard_data_access,
            "throttling-retries": throttling_retries,
            "instance-types": instance_types is not None,
            "max-gpus": max_gpus is not None,
            "uncounted-gpus": max_gpus is not None,
            "max-instance-hours": max_instance_hours is not None,
            "unbounded-hours": max_instance_hours is not None,
        }
        self._codes = [code for code, on in asked.items() if on]
        self._limits: dict[str, Any] = {
            "instance_types": instance_types,
            "max_gpus": max_gpus,
            "max_instance_hours": max_instance_hours,
        }

    @property
    def name(self) -> str:
        """What the ids of the rules begin with."""
        return "TeamRules"

    @property
    def rule_ids(self) -> list[str]:
        """The rules that are on."""
        return list(self._codes)

    @property
    def version(self) -> str | None:
        """None: CDK asks only to count who uses which."""
        return None

    def validate(self, context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
        """What CDK calls when the templates are written."""
        within = tuple(f"{stack.stack_construct_path}/" for stack in context.stack_templates)
        found = [
            (synthesis, finding)
            for synthesis in syntheses(context.app_construct)
            if f"{synthesis.pipeline.node.path}/".startswith(within)
            for finding in self._check(synthesis)
        ]
        return cdk.PolicyValidationPluginReport(
            success=all(finding.level == "warning" for _, finding in found),
            violations=[_violation(synthesis, finding) for synthesis, finding in found],
        )

    def _check(self, synthesis: Synthesis) -> Iterator[Finding]:
        parallelism = synthesis.options.parallelism
        subject = Subject(synthesis.definition, synthesis.environment, parallelism, **self._limits)
        yield from check(subject, self._codes)


def _violation(synthesis: Synthesis, finding: Finding) -> cdk.PolicyViolation:
    about = f"step '{finding.step}'" if finding.step else f"pipeline '{synthesis.pipeline.node.id}'"
    where = f"{finding.where}: " if finding.where else ""
    resource = cdk.PolicyViolatingResource(
        construct_path=synthesis.construct_of(finding.step).node.path,
        locations=[finding.where] if finding.where else [],
    )
    return cdk.PolicyViolation(
        rule_name=finding.code,
        description=escaped(f"{about}: {where}{finding.text}"),
        fix=RULES[finding.code].fix,
        severity=finding.level,
        violating_resources=[resource],
    )


def _refuse_old_cdk() -> None:
    found = version("aws-cdk-lib")
    if tuple(int(part) for part in found.split(".")[:2]) < LOWEST:
        lowest = ".".join(map(str, LOWEST))
        raise PipelineError(f"TeamRules needs aws-cdk-lib {lowest} or newer; found is {found}")


def _check_limits(instance_types: Any, max_gpus: Any, max_instance_hours: Any) -> None:
    if instance_types is not None and (
        isinstance(instance_types, str) or not all(isinstance(name, str) for name in instance_types)
    ):
        raise PipelineError(f"TeamRules: instance_types takes a list such as ['ml.m5.*'], not {instance_types!r}")
    for what, value, kinds in (
        ("max_gpus", max_gpus, int),
        ("max_instance_hours", max_instance_hours, (int, float)),
    ):
        if value is not None and (isinstance(value, bool) or not isinstance(value, kinds) or value < 0):
            raise PipelineError(f"TeamRules: {what} takes a number that is not negative, not {value!r}")
