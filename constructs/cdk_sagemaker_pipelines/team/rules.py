"""The rules that a team may set itself, over a definition: one function per rule, each yielding findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from ..capacity.counts import Doubt, gpus_at_once, shares
from ..capacity.hours import instance_hours
from ..capacity.jobs import Job, jobs, other_types, retries
from ..capacity.quotas import uses
from ..capacity.values import greatest, possible
from ..iam import job_roles
from ..iam.environment import Environment
from ..iam.patterns import UNKNOWN, pattern
from ..language import Definition, Finding, PipelineError, StepView, choices, is_expression_json
from ..language.findings import Level
from ..language.instance_types import has_own_disks
from ..language.options import ExceptionType
from ..language.step_types import STEP_TYPES
from ..language.tokens import is_token

THROTTLING = ExceptionType.THROTTLING.value
"""The exception for a call that the service throttles."""


@dataclass(frozen=True)
class Subject:
    """What the rules judge: a definition, where its resources are, how many steps run at once, and the limits."""

    definition: Definition
    environment: Environment
    parallelism: int | None = None
    instance_types: Sequence[str] | None = None
    max_gpus: int | None = None
    max_instance_hours: float | None = None
    quotas: Mapping[str, int] | None = None
    """By the names of the service."""
    executions: int = 1
    """How many may run at the same time."""

    def jobs(self) -> Iterator[Job]:
        """The jobs of all steps."""
        for step in self.definition.all_steps():
            yield from jobs(step)


@dataclass(frozen=True)
class Rule:
    """A rule: ``find`` yields its violations, ``fix`` says what to do about them; its code is its key in ``RULES``.

    ``fields``: the steps' fields that do it, where one does: the first one, or the one that the place is named like.
    """

    find: Callable[[Subject], Iterator[Finding]]
    fix: str
    fields: tuple[str, ...] = ()

    def mend(self, finding: Finding, step: object) -> str:
        """What to do about a violation of a step; one without such a field takes it as the service does."""
        if not self.fields:
            return self.fix
        of_volumes = len(self.fields) > 1 and "VolumeKmsKeyId" in finding.where
        field = self.fields[of_volumes]
        return f"give the step {self.fix.format(field)}" if hasattr(step, field) else f"give the step {finding.where}"


def vpc(subject: Subject) -> Iterator[Finding]:
    """Jobs, and models because others run in their network, are in a VPC."""
    for job in subject.jobs():
        path = job.shape.vpc
        if path is not None and not job.get(path):
            yield Finding("vpc", "it does not run in a VPC", job.step.name, job.place(path))


def keys(subject: Subject) -> Iterator[Finding]:
    """Outputs and volumes are encrypted with a key of the account; disks that encrypt themselves do not take one."""
    for job in subject.jobs():
        outputs, volumes = job.shape.output_key, job.shape.volume_key
        if outputs is not None and job.get(outputs.rpartition(".")[0]) is not None and not job.get(outputs):
            yield Finding(
                "keys", "its outputs are not encrypted with a key of yours", job.step.name, job.place(outputs)
            )
        if volumes is not None and not job.get(volumes) and not _own_disks(subject, job):
            yield Finding(
                "keys", "its volumes are not encrypted with a key of yours", job.step.name, job.place(volumes)
            )


def _own_disks(subject: Subject, job: Job) -> bool:
    types = (instances.type for cluster in job.clusters() for instances in cluster)
    return any(has_own_disks(str(name)) for found in types for name in possible(subject.definition, found).known)


def network_isolation(subject: Subject) -> Iterator[Finding]:
    """Containers cannot reach any network."""
    for job in subject.jobs():
        path = job.shape.isolation
        if path is not None and (found := _not_on(job.get(path), "its containers can reach networks")):
            yield Finding("network-isolation", found, job.step.name, job.place(path))


def inter_container_encryption(subject: Subject) -> Iterator[Finding]:
    """The traffic between the instances of a job is encrypted, if there may be several."""
    for job in subject.jobs():
        path = job.shape.encryption
        if path is None or not _several(subject, job):
            continue
        if found := _not_on(job.get(path), "the traffic between its instances is not encrypted"):
            yield Finding("inter-container-encryption", found, job.step.name, job.place(path))


def _not_on(value: Any, off: str) -> str:
    if value is True:
        return ""
    return "whether it is on is only known at run time" if is_expression_json(value) or is_token(value) else off


def _several(subject: Subject, job: Job) -> bool:
    """Whether a job may have more than one instance."""
    if job.shape.cluster is None:
        return True
    for cluster in job.clusters():
        counts = [possible(subject.definition, instances.count) for instances in cluster]
        if any(found.why_more for found in counts) or sum(greatest(found) or 1 for found in counts) > 1:
            return True
    return False


def latest_images(subject: Subject) -> Iterator[Finding]:
    """Images have a version or a digest."""
    for step in subject.definition.all_steps():
        for where, image in _images(step.own_arguments, "Arguments"):
            for uri in possible(subject.definition, image).known or (pattern(subject.definition, image),):
                # AWS's own images without a version only have one
                of_aws = subject.environment.image_repositories.get(str(uri), uri) is None or str(uri).endswith(
                    _DEBUGGER
                )
                if isinstance(uri, str) and _moves(uri) and not of_aws:
                    text = f"the image {uri!r} has no pinned version: it is whatever was pushed last"
                    yield Finding("latest-images", text, step.name, where)


def _images(value: Any, where: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key in ("Image", "ImageUri", "RuleEvaluatorImage", "TrainingImage"):
                yield f"{where}.{key}", item
            else:
                yield from _images(item, f"{where}.{key}")
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _images(item, f"{where}[{index}]")


_DEBUGGER = "/sagemaker-debugger-rules:latest"


def _moves(uri: str) -> bool:
    name = uri.rpartition("/")[2]
    if is_token(name) or UNKNOWN in name:
        return name.endswith(":latest")
    return "@" not in name and name.partition(":")[2] in ("", "latest")


def max_runtime(subject: Subject) -> Iterator[Finding]:
    """Jobs have a time limit, if their API takes one."""
    for job in subject.jobs():
        path = job.shape.runtime
        if path is not None and job.get(path) is None:
            yield Finding("max-runtime", "it has no time limit", job.step.name, job.place(path))


def wildcard_data_access(subject: Subject) -> Iterator[Finding]:
    """No job may read or write a whole bucket."""
    for _, permission in job_roles.needs(subject.definition, subject.environment):
        does = ", ".join(action for action in permission.actions if action.startswith("s3:"))
        for resource in permission.resources if does else ():
            bucket, slash, key = resource.partition(":::")[2].partition("/")
            if slash and not key.strip("*/"):
                (reason,) = permission.because
                named = "the bucket" if is_token(bucket) else f"bucket '{bucket}'"
                text = f"its role gets {does} on all of {named}"
                yield Finding("wildcard-data-access", text, reason.step, reason.path)


def throttling_retries(subject: Subject) -> Iterator[Finding]:
    """Throttled calls are retried as a retry policy says."""
    for step in subject.definition.all_steps():
        facts = STEP_TYPES.get(step.type)
        if facts is None or not facts.retries:
            continue
        if not any(THROTTLING in exceptions for _, exceptions in retries(step)):
            text = f"no retry policy covers {THROTTLING!r}"
            yield Finding("throttling-retries", text, step.name, "RetryPolicies")


def instance_types(subject: Subject) -> Iterator[Finding]:
    """Instances are of the allowed types, whatever values an execution starts with."""
    for step in subject.definition.all_steps():
        for where, value in types_of(step):
            found = possible(subject.definition, value)
            wrong = [name for name in found.known if name is not None and not _allowed(subject, name)]
            if wrong:
                text = f"{choices(wrong)} is not allowed; allowed are {choices(subject.instance_types or ())}"
                yield Finding("instance-types", text, step.name, where)
            elif found.why_more:
                yield Finding("instance-types", f"the type {found.why_more}", step.name, where)


def types_of(step: StepView) -> Iterator[tuple[str, Any]]:
    """The instance types that a step names, each with its location."""
    for job in jobs(step):
        for cluster in (*job.clusters(), job.debuggers()):
            yield from ((f"{instances.where}.InstanceType", instances.type) for instances in cluster)
    yield from other_types(step)


def _allowed(subject: Subject, name: Any) -> bool:
    return any(fnmatchcase(str(name), pattern) for pattern in subject.instance_types or ())


def max_gpus(subject: Subject) -> Iterator[Finding]:
    """The steps that can run at once need no more GPUs than allowed."""
    total, running, _ = gpus_at_once(subject.definition, subject.parallelism)
    if subject.max_gpus is not None and total > subject.max_gpus:
        text = f"{total} GPUs can run at once, at most {subject.max_gpus} are allowed: {shares(running)}"
        yield Finding("max-gpus", text)


def uncounted_gpus(subject: Subject) -> Iterator[Finding]:
    """What ``max-gpus`` could not count, or only with a default."""
    _, _, doubts = gpus_at_once(subject.definition, subject.parallelism)
    yield from doubted("uncounted-gpus", doubts, "warning")


def quotas(subject: Subject) -> Iterator[Finding]:
    """The instances that can run at once are within the quotas of the account, as far as these are declared."""
    found, _ = uses(subject.definition, subject.parallelism)
    for name, use in found.items():
        most, total = (subject.quotas or {}).get(name), use.total * subject.executions
        if most is not None and total > most:
            several = f" in {subject.executions} executions" if subject.executions > 1 else ""
            text = f"{total} instances can run at once{several}, the quota '{name}' is {most:g}: {shares(use.steps)}"
            yield Finding("quotas", text)


def undeclared_quotas(subject: Subject) -> Iterator[Finding]:
    """Quotas that ``quotas`` could not compare with, and instances that it could not count."""
    found, doubts = uses(subject.definition, subject.parallelism)
    for name in found:
        if name not in (subject.quotas or {}):
            yield Finding("undeclared-quotas", f"the quota '{name}' is not declared", level="warning")
    yield from doubted("undeclared-quotas", doubts, "warning")


def max_instance_hours(subject: Subject) -> Iterator[Finding]:
    """One execution cannot take more instance-hours than allowed, whatever happens."""
    hours, _ = instance_hours(subject.definition)
    total = sum(hours.values())
    if subject.max_instance_hours is not None and total > subject.max_instance_hours:
        limit = f"at most {subject.max_instance_hours:,g} are allowed"
        text = f"an execution can take {total:,.1f} instance-hours, {limit}: {shares(hours)}"
        yield Finding("max-instance-hours", text)


def unbounded_hours(subject: Subject) -> Iterator[Finding]:
    """What ``max-instance-hours`` could not bound."""
    _, doubts = instance_hours(subject.definition)
    yield from doubted("unbounded-hours", doubts, "error")


def doubted(code: str, doubts: list[Doubt], worst: Level) -> Iterator[Finding]:
    """What could not be counted; a warning where a default was."""
    for doubt in dict.fromkeys(doubts):
        yield Finding(code, doubt.text, doubt.step.name, doubt.where, "warning" if doubt.bounded else worst)


_LITERAL = "write a literal instead of a parameter, or give the parameter enum_values"

RULES: Mapping[str, Rule] = {
    "vpc": Rule(vpc, "{}=...", ("vpc",)),
    "keys": Rule(keys, "{}=...", ("output_kms_key", "volume_kms_key")),
    "network-isolation": Rule(network_isolation, "{}=True", ("enable_network_isolation",)),
    "inter-container-encryption": Rule(inter_container_encryption, "{}=True", ("encrypt_inter_container_traffic",)),
    "latest-images": Rule(latest_images, "name the image by a version or a digest"),
    "max-runtime": Rule(max_runtime, "{}=...", ("max_runtime",)),
    "wildcard-data-access": Rule(wildcard_data_access, "give the step a prefix: S3Location(bucket, 'data/')"),
    "throttling-retries": Rule(
        throttling_retries, "give the pipeline retry_policies=[RetryPolicy([ExceptionType.THROTTLING])]"
    ),
    "instance-types": Rule(instance_types, "use an allowed type, or ask for this one to be allowed"),
    "max-gpus": Rule(max_gpus, "let steps wait for others, lower the pipeline's parallelism, or use fewer instances"),
    "uncounted-gpus": Rule(uncounted_gpus, _LITERAL),
    "quotas": Rule(quotas, "let steps wait for others, use fewer instances, or ask AWS for a higher quota"),
    "undeclared-quotas": Rule(undeclared_quotas, f"declare it in quotas; {_LITERAL}"),
    "max-instance-hours": Rule(max_instance_hours, "lower max_runtime, retries, jobs or instances of these steps"),
    "unbounded-hours": Rule(unbounded_hours, f"give the step max_runtime=...; {_LITERAL}"),
}
"""The rules by code."""


def check(subject: Subject, codes: Sequence[str]) -> list[Finding]:
    """The findings of the rules with these codes, in the order of ``RULES``."""
    return [finding for code, rule in RULES.items() if code in codes for finding in _findings(code, rule, subject)]


def _findings(code: str, rule: Rule, subject: Subject) -> list[Finding]:
    try:
        return list(rule.find(subject))
    except PipelineError as error:  # such as a cycle, which is reported for every definition
        return [Finding(code, f"it cannot be judged: {error}")]
