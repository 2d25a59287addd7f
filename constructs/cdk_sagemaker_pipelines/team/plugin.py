"""The rules for teams as a validation plugin of CDK."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import aws_cdk as cdk
import jsii

from ..language import Finding, PipelineError
from ..language.errors import escaped
from ..language.keyword_options import GivenOnce, by_name
from ..synthesis.synthesis import Synthesis, syntheses
from .given import check_number, check_types, shown
from .quotas import read_quotas
from .rules import RULES, Subject, check

LOWEST = (2, 271)
"""The first aws-cdk-lib in which an acknowledgment only holds for its construct; before, it silenced the whole rule."""

T = TypeVar("T")


def _as_plugin(made: type[T]) -> type[T]:
    """Makes a class a plugin; with an older CDK, which has no plugins, it can be imported but not used."""
    plugin = getattr(cdk, "IPolicyValidationPlugin", None)
    return made if plugin is None else jsii.implements(plugin)(made)


@_as_plugin
class TeamRules(GivenOnce):
    """Rules over all pipelines of an app or a stage, beyond what the service requires; off unless added.

    ```python
    cdk.Validations.of(app).add_plugins(TeamRules(max_gpus=8))
    ```

    Violations fail ``cdk synth``, all of them at once. Each rule can be acknowledged with a reason, for a step, a
    pipeline, or any construct around them:
    ``cdk.Validations.of(train).acknowledge(cdk.Acknowledgment(id="TeamRules::vpc", reason="public data only"))``. The
    report says what was acknowledged, and why. See docs/team-rules.md for an example.

    This works like CDK's own plugins and cdk-nag 3: a plugin reports paths of constructs, and CDK leaves out what is
    acknowledged there or above. Needs aws-cdk-lib 2.271.

    Args:
        vpc: Whether jobs must have a VPC.
        keys: Whether jobs must have KMS keys for outputs and storage.
        network_isolation: Whether containers must be cut off from every network.
        inter_container_encryption: Whether traffic between the instances of a job must be encrypted.
        latest_images: Whether images without a version or digest are refused.
        max_runtime: Whether each job must have a time limit.
        wildcard_data_access: Whether a job's access to a whole bucket is refused.
        throttling_retries: Whether each step that can must have a retry policy for throttling.
        instance_types: The instance types that are allowed; ``*`` matches any text. Default: all.
        max_gpus: How many GPUs one execution may have running at once. Default: any number.
        quotas: The account's quotas of instances by the service's names, such as ``{"ml.g5.xlarge for training job
            usage": 4}``, or the path of a file from ``smpipe quotas pull``. Default: none are looked at.
        executions: How many executions must fit into the quotas at the same time. Default: 1.
        max_instance_hours: How many instance-hours one execution may take at most. Default: any number.

    Raises:
        PipelineError: aws-cdk-lib is too old, or a limit is not one.
    """

    @by_name
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
        quotas: Mapping[str, int] | str | Path | None = None,
        executions: int = 1,
        max_instance_hours: float | None = None,
    ) -> None:
        _refuse_old_cdk()
        check_types("TeamRules", instance_types)
        check_number("TeamRules", "max_gpus", max_gpus, int)
        check_number("TeamRules", "max_instance_hours", max_instance_hours, (int, float))
        declared = None if quotas is None else read_quotas("TeamRules", quotas)
        check_number("TeamRules", "executions", executions, int, 1)
        asked: dict[str, Any] = {
            "vpc": vpc,
            "keys": keys,
            "network-isolation": network_isolation,
            "inter-container-encryption": inter_container_encryption,
            "latest-images": latest_images,
            "max-runtime": max_runtime,
            "wildcard-data-access": wildcard_data_access,
            "throttling-retries": throttling_retries,
        }
        _check_switches(asked)
        asked |= {
            "instance-types": instance_types is not None,
            "max-gpus": max_gpus is not None,
            "uncounted-gpus": max_gpus is not None,
            "quotas": declared is not None,
            "undeclared-quotas": declared is not None,
            "max-instance-hours": max_instance_hours is not None,
            "unbounded-hours": max_instance_hours is not None,
        }
        self._codes = [code for code, on in asked.items() if on]
        self._limits: dict[str, Any] = {
            "instance_types": instance_types,
            "max_gpus": max_gpus,
            "max_instance_hours": max_instance_hours,
            "quotas": declared,
            "executions": executions,
        }

    @property
    def name(self) -> str:
        """The prefix of the rules' ids, such as in ``TeamRules::vpc``."""
        return "TeamRules"

    @property
    def rule_ids(self) -> list[str]:
        """The rules that are turned on."""
        return list(self._codes)

    @property
    def version(self) -> str | None:
        """None: CDK only uses the version to count usage."""
        return None

    def validate(self, context: cdk.IPolicyValidationContext) -> cdk.PolicyValidationPluginReport:
        """The report on all pipelines; CDK calls this when the templates are written.

        Args:
            context: What CDK knows of the stacks whose templates were written.
        """
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
        subject = Subject(synthesis.definition, synthesis.environment, synthesis.parallelism, **self._limits)
        yield from check(subject, self._codes)


def _violation(synthesis: Synthesis, finding: Finding) -> cdk.PolicyViolation:
    about = f"step '{finding.step}'" if finding.step else f"pipeline '{synthesis.pipeline.node.id}'"
    where = f"{finding.where}: " if finding.where else ""
    construct = synthesis.construct_of(finding.step)
    resource = cdk.PolicyViolatingResource(
        construct_path=construct.node.path,
        locations=[finding.where] if finding.where else [],
    )
    return cdk.PolicyViolation(
        rule_name=finding.code,
        description=escaped(f"{about}: {where}{finding.text}"),
        fix=RULES[finding.code].mend(finding, construct),
        severity=finding.level,
        violating_resources=[resource],
    )


def _refuse_old_cdk() -> None:
    found = version("aws-cdk-lib")
    if tuple(int(part) for part in found.split(".")[:2]) < LOWEST:
        lowest = ".".join(map(str, LOWEST))
        raise PipelineError(f"TeamRules needs aws-cdk-lib {lowest} or newer; found {found}")


def _check_switches(switches: dict[str, Any]) -> None:
    for code, on in switches.items():
        if not isinstance(on, bool):
            hint = "; the limit itself is the step's max_runtime" if code == "max-runtime" else ""
            raise PipelineError(f"TeamRules: {code.replace('-', '_')} takes True or False, not {shown(on)}{hint}")
