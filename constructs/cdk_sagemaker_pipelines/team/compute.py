"""What a compute policy allows, and what of a definition it does not: pure, as the rules of a team."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from ..capacity.jobs import Job
from ..capacity.quotas import uses
from ..capacity.values import greatest, possible
from ..iam.environment import Environment
from ..iam.limits import KEEP_ALIVE, KEYS, RUNTIME, TYPES
from ..iam.models import config_named
from ..language import Definition, Finding, PipelineError, StepView, choices
from ..language.queued_training import PAYLOAD, is_unreadable
from ..language.step_types import row_of
from ..language.tokens import is_token
from .rules import Subject, doubted, max_gpus, max_instance_hours, types_of, unbounded_hours, uncounted_gpus
from .rules import quotas as within_quotas

POLICY = "compute-policy"
"""The code of what is not allowed."""
UNDECIDED = "compute-undecided"
"""The code of what is not known at synth."""
_KEPT = "ResourceConfig.KeepAlivePeriodInSeconds"
_LITERAL = "write a literal instead of a parameter, or give the parameter enum_values"


@dataclass(frozen=True)
class Allowed:
    """What one policy allows; None where it says nothing. ``whose``: who says it, for messages. Times in seconds.

    ``spot_wait``: 0 for no spot capacity by default. ``quotas``: by the names of the service.
    """

    whose: str
    instance_types: tuple[str, ...] | None = None
    max_runtime: int | None = None
    spot_wait: int | None = None
    keep_alive: int | None = None
    parallelism: int | None = None
    max_gpus: int | None = None
    max_instance_hours: float | None = None
    quotas: Mapping[str, int] | None = None
    executions: int | None = None

    @property
    def is_about_jobs(self) -> bool:
        """Whether it limits what a job may ask for, rather than how many steps run at once."""
        limits = (self.instance_types, self.max_runtime, self.keep_alive, self.max_gpus, self.max_instance_hours)
        return self.quotas is not None or any(limit is not None for limit in limits)


def judge(
    policies: Sequence[Allowed], definition: Definition, environment: Environment, parallelism: int | None
) -> Iterator[Finding]:
    """What the policies, the outermost first, do not allow; each must hold. A doubt is reported once."""
    executions = nearest(policy.executions for policy in policies) or 1
    reported = set()
    for policy in policies:
        subject = Subject(
            definition,
            environment,
            parallelism,
            max_gpus=policy.max_gpus,
            max_instance_hours=policy.max_instance_hours,
            quotas=policy.quotas,
            executions=executions,
        )
        for finding in _judged(policy, subject):
            place = finding.step, finding.where, finding.code
            if finding.code == POLICY or place not in reported or not finding.step:
                yield replace(finding, text=f"{finding.text} ({policy.whose})")
            reported.add(place)


def unbound_role() -> Finding:
    """A doubt about a pipeline whose role was passed in."""
    text = "its role was passed in: what else lets that role create jobs is not bound by the compute policy"
    return Finding(UNDECIDED, text, level="warning")


def nearest(values: Iterator[Any]) -> Any:
    """The value of the innermost policy that says one."""
    return next((value for value in reversed(list(values)) if value is not None), None)


def _judged(policy: Allowed, subject: Subject) -> Iterator[Finding]:
    if policy.is_about_jobs:
        yield from _unreadable(subject)
    yield from _types(policy, subject)
    yield from _runtimes(policy, subject)
    yield from _kept_alive(policy, subject)
    if policy.parallelism is not None and (subject.parallelism or 0) > policy.parallelism:
        yield Finding(POLICY, f"parallelism is {subject.parallelism}; at most {policy.parallelism} steps run at once")
    if policy.max_gpus is not None:
        yield from _counted(subject, max_gpus, uncounted_gpus)
    if policy.quotas is not None:
        yield from _counted(subject, within_quotas, _undeclared)
    if policy.max_instance_hours is not None:
        yield from _counted(subject, max_instance_hours, unbounded_hours)


def _counted(subject: Subject, *rules: Callable[[Subject], Iterator[Finding]]) -> Iterator[Finding]:
    """The findings of rules that count; nothing of what never runs, which is reported for every definition."""
    for rule in rules:
        try:
            found = list(rule(subject))
        except PipelineError:
            continue
        for finding in found:
            yield replace(finding, code=POLICY if finding.level == "error" else UNDECIDED)


def _undeclared(subject: Subject) -> Iterator[Finding]:
    found, doubts = uses(subject.definition, subject.parallelism)
    names = [name for name in found if name not in (subject.quotas or {})]
    if names:
        listed = choices(names)
        yield Finding(UNDECIDED, f"no quota is declared for {listed}; 'smpipe quotas pull' reads them", level="warning")
    yield from doubted(UNDECIDED, doubts, "warning")


def _unreadable(subject: Subject) -> Iterator[Finding]:
    """Jobs that Batch creates, with a role of its own, so that no condition in IAM is asked."""
    for step in subject.definition.all_steps():
        if is_unreadable(step):
            text = (
                "the request of the queued job cannot be read, and nothing refuses it later: write it as literal JSON"
            )
            yield Finding(POLICY, text, step.name, f"Arguments.{PAYLOAD}")


def wrong_type(policy: Allowed, instance_type: str) -> str | None:
    """What a policy has against instances that no definition names, and that IAM therefore never refuses."""
    if policy.instance_types is None or _is_like(instance_type, policy.instance_types):
        return None
    if is_token(instance_type):
        text = "is only known at deployment; nothing refuses other types then: write a literal"
    else:
        text = f"{instance_type!r} is not allowed; allowed are {choices(policy.instance_types)}"
    return f"{text} ({policy.whose}) [{POLICY}]"


def _types(policy: Allowed, subject: Subject) -> Iterator[Finding]:
    allowed = policy.instance_types
    if allowed is None:
        return
    for step in subject.definition.all_steps():
        yield from _chosen_by_the_service(step)
        yield from _configured_elsewhere(subject.definition, step)
        # the instances of EMR are not SageMaker's
        for where, value in types_of(step) if step.type != "EMR" else ():
            found = possible(subject.definition, value)
            wrong = [name for name in found.known if name is not None and not _is_like(name, allowed)]
            if wrong:
                text = f"{choices(wrong)} is not allowed; allowed are {choices(allowed)}"
                yield Finding(POLICY, text, step.name, where)
            elif found.why_more:
                yield _left_open(step, where, f"the type {found.why_more}", "other types", TYPES)


def _chosen_by_the_service(step: StepView) -> Iterator[Finding]:
    if row_of(step.type).chooses_instances:
        text = "the service chooses its instances, and IAM has no condition on them"
        yield Finding(UNDECIDED, text, step.name, "Arguments", "warning")
    elif step.arguments.get("ServerlessJobConfig") is not None:
        text = "the service chooses its instances, so that IAM refuses the job"
        yield Finding(POLICY, text, step.name, "Arguments.ServerlessJobConfig")


def _configured_elsewhere(definition: Definition, step: StepView) -> Iterator[Finding]:
    """IAM asks for the types where a configuration is created, not where an endpoint is."""
    name = step.arguments.get("EndpointConfigName")
    if step.type == "Endpoint" and config_named(definition, name) is None:
        text = "no step of the pipeline makes the configuration, so its instance types are not known"
        yield Finding(UNDECIDED, text, step.name, "Arguments.EndpointConfigName", "warning")


def _is_like(name: Any, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(str(name), pattern) for pattern in patterns)


def _runtimes(policy: Allowed, subject: Subject) -> Iterator[Finding]:
    for job in subject.jobs() if policy.max_runtime is not None else ():
        path = job.shape.runtime
        if path is not None and job.get(path) is None:
            yield Finding(POLICY, f"it has no time limit; at most {policy.max_runtime} seconds", job.step.name, path)
        elif path is not None:
            yield from _at_most(subject, job, path, policy.max_runtime, RUNTIME)


def _kept_alive(policy: Allowed, subject: Subject) -> Iterator[Finding]:
    for job in subject.jobs() if policy.keep_alive is not None else ():
        if job.get(_KEPT) is not None:
            yield from _at_most(subject, job, _KEPT, policy.keep_alive, KEEP_ALIVE)


def _at_most(subject: Subject, job: Job, path: str, most: int | None, key: str) -> Iterator[Finding]:
    """The seconds at a path are within a limit, whatever values an execution starts with."""
    found = possible(subject.definition, job.get(path))
    number = greatest(found)
    if number is not None and most is not None and number > most:
        yield Finding(POLICY, f"is {number:g} seconds; at most {most} are allowed", job.step.name, job.place(path))
    elif found.why_more:
        yield _left_open(job.step, job.place(path), found.why_more, f"more than {most} seconds", key)


def _left_open(step: StepView, where: str, why: str, what: str, key: str) -> Finding:
    """What is not known at synth: a warning where IAM refuses it when the job is created, else an error."""
    if key in KEYS.get(f"sagemaker:Create{row_of(step.type).api}", ()):
        return Finding(UNDECIDED, f"{why}; IAM refuses {what} when the job is created", step.name, where, "warning")
    return Finding(POLICY, f"{why}; nothing refuses {what} when the job is created: {_LITERAL}", step.name, where)
