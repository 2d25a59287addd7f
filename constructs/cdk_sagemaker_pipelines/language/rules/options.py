"""Rules over retries and property files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..errors import an, did_you_mean
from ..findings import Finding
from ..step_types import STEP_TYPES
from .subject import Subject


def retry_policies(subject: Subject) -> Iterator[Finding]:
    """Retries name exceptions that the type can meet."""
    for step in subject.definition.all_steps():
        facts = STEP_TYPES.get(step.type)
        policies = step.json.get("RetryPolicies")
        if facts is None or not isinstance(policies, list):
            continue
        for index, policy in enumerate(policies):
            exceptions = policy.get("ExceptionType") if isinstance(policy, Mapping) else None
            for exception in exceptions if isinstance(exceptions, list) else [exceptions]:
                if isinstance(exception, str) and exception.startswith("SageMaker.") and not facts.job_retries:
                    text = f"{an(step.type)} step is not retried for {exception!r}; it takes 'Step.' exceptions only"
                    yield Finding(
                        "retry-exception", text, step=step.name, where=f"RetryPolicies[{index}].ExceptionType"
                    )


def property_files(subject: Subject) -> Iterator[Finding]:
    """A property file lies in an output of its step, and its name is unique there."""
    for step in subject.definition.all_steps():
        files = step.json.get("PropertyFiles")
        if not isinstance(files, list):
            continue
        config = step.arguments.get("ProcessingOutputConfig")
        listed = config.get("Outputs") if isinstance(config, Mapping) else None
        outputs = (
            [item.get("OutputName") for item in listed if isinstance(item, Mapping)] if isinstance(listed, list) else []
        )
        seen: set[Any] = set()
        for index, item in enumerate(files):
            if not isinstance(item, Mapping):
                yield Finding("shape", "a property file is an object", step=step.name, where=f"PropertyFiles[{index}]")
                continue
            name, output = item.get("PropertyFileName"), item.get("OutputName")
            if output not in outputs:
                text = f"the step has no output {output!r}{did_you_mean(str(output), [str(o) for o in outputs])}"
                yield Finding("unknown-output", text, step=step.name, where=f"PropertyFiles[{index}].OutputName")
            if str(name) in seen:
                text = f"two property files have the name {name!r}"
                yield Finding("duplicate-property-file", text, step=step.name, where=f"PropertyFiles[{index}]")
            seen.add(str(name))
