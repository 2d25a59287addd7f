"""Rules over what a step has besides its arguments: cache, retries, property files, and a type's required keys."""

from __future__ import annotations

import math
from collections.abc import Iterator

from ..definition import StepView
from ..errors import an, choices, did_you_mean, has_no, shown_json
from ..expressions import MISSING
from ..field import Field, repeated
from ..findings import Finding, Level
from ..options import ISO_DURATION, ExceptionType, age_of
from ..references import is_expression_json
from ..step_types import STEP_TYPES
from ..tokens import is_token
from .subject import Subject

EXCEPTIONS = tuple(member.value for member in ExceptionType)
IN_THE_SCHEMA_ONLY = ("Emr.RESOURCE_LIMIT",)
BOUNDS = {
    "IntervalSeconds": (1, 43200),
    "BackoffRate": (1, math.inf),
    "MaxAttempts": (1, 20),
    "ExpireAfterMin": (1, 14400),
}
WHOLE = ("IntervalSeconds", "MaxAttempts", "ExpireAfterMin")
ENDS = ("MaxAttempts", "ExpireAfterMin")
POLICY_KEYS = ("ExceptionType", "IntervalSeconds", "BackoffRate", *ENDS)
FILE_KEYS = ("PropertyFileName", "OutputName", "FilePath")


def _option(step: StepView, key: str) -> Field:
    return Field(step, key, step.json.get(key, MISSING))


def _steps_with(subject: Subject, key: str) -> Iterator[Field]:
    """The option of every step that has it and may have it."""
    for step in subject.definition.all_steps():
        facts = STEP_TYPES.get(step.type)
        if key in step.json and facts is not None and (key in facts.keys or facts.disputed):
            yield _option(step, key)


def required_keys(subject: Subject) -> Iterator[Finding]:
    """The required keys of a type are there, as texts or CDK tokens."""
    for step in subject.definition.all_steps() if subject.model is not None else ():
        facts = STEP_TYPES.get(step.type)
        for key in sorted(facts.required_keys) if facts else ():
            option = _option(step, key)
            if not option.given:
                yield option.finding("missing-key", f"{an(step.type)} step needs {key}")
            elif not isinstance(option.value, str) and not is_expression_json(option.value):
                yield option.finding("missing-key", f"is {shown_json(option.value)}; needs a text")
            elif option.value == "":
                yield option.finding("missing-key", f"is empty; {an(step.type)} step needs {key}")


def caches(subject: Subject) -> Iterator[Finding]:
    """A cache is on or off, and specifies how old a result may be.

    Source: "Caching pipeline steps" of the developer guide, which asks for an age; the SDK only writes one if it is
    given.
    """
    for cache in _steps_with(subject, "CacheConfig"):
        if not cache.is_object:
            yield cache.finding("cache", "must be an object with Enabled and ExpireAfter")
            continue
        yield from _unknown_keys(cache, ("Enabled", "ExpireAfter"))
        enabled, age = cache.at("Enabled"), cache.at("ExpireAfter")
        if enabled.value is MISSING:
            yield enabled.finding("cache-enabled", "is neither true nor false", "warning")
        elif not isinstance(enabled.value, bool) and not is_expression_json(enabled.value):
            yield enabled.finding("cache", f"is {shown_json(enabled.value)}; needs true or false")
        if enabled.value is True and age.value is MISSING:
            text = "does not say how old a result may be; give ExpireAfter such as 'P30D'"
            yield cache.finding("cache-without-age", text, "warning")
        if age.value is not MISSING and not is_token(age.value) and not is_expression_json(age.value):
            if not isinstance(age.value, str) or age_of(age.value) is None:
                text = f"is {shown_json(age.value)}; needs an ISO 8601 duration such as 'P30D' or 'PT12H'"
                yield age.finding("cache", text)
            elif not any(digit in age.value for digit in "123456789"):
                yield age.finding("cache", f"is {shown_json(age.value)}; needs a duration longer than zero")
            elif not ISO_DURATION.fullmatch(age.value):
                written = _iso(age.value)
                text = f"is {shown_json(age.value)}, which the service takes but ISO 8601 does not; write {written!r}"
                yield age.finding("cache-age-form", text, "warning")


def _iso(age: str) -> str:
    text = age.upper()
    return text if text.startswith("P") else f"P{text}"


def retry_policies(subject: Subject) -> Iterator[Finding]:
    """Retry policies name exceptions of the type, stay within bounds, and specify when to give up.

    Source: "Retry policy for pipeline steps" of the developer guide, and the SDK's own checks.
    """
    for policies in _steps_with(subject, "RetryPolicies"):
        if not isinstance(policies.value, list):
            yield policies.finding("retry-policy", "must be a list of objects with ExceptionType")
        for policy in policies.items():
            if policy.is_object:
                yield from _unknown_keys(policy, POLICY_KEYS)
                yield from _exceptions(policy)
                yield from _bounds(policy)
            else:
                yield policy.finding("retry-policy", "must be an object with ExceptionType")
        named = [name for policy in policies.items() for name in policy.at("ExceptionType").items()]
        yield from repeated("retry-twice", named, "policy for", "warning")


def _exceptions(policy: Field) -> Iterator[Finding]:
    listed, step = policy.at("ExceptionType"), policy.step
    facts = STEP_TYPES[step.type]
    if not isinstance(listed.value, list) or not listed.value:
        yield listed.finding("retry-policy", "must be a list of at least one exception")
    for exception in listed.items():
        name = exception.value
        if name in IN_THE_SCHEMA_ONLY:
            yield exception.finding("retry-exception", f"only the JSON schema has {name!r}", "warning")
        elif name not in EXCEPTIONS:
            hint = did_you_mean(name, EXCEPTIONS) if isinstance(name, str) else ""
            text = f"is {shown_json(name)}; allowed are {choices(EXCEPTIONS)}{hint}"
            yield exception.finding("retry-exception", text)
        elif name.startswith("SageMaker.") and not facts.job_retries:
            level: Level = "warning" if facts.disputed else "error"
            text = f"{an(step.type)} step is not retried for {name!r}; it only takes 'Step.' exceptions"
            yield exception.finding("retry-exception", text, level)
        elif name == facts.never_retried:
            yield exception.finding("retry-exception", f"{an(step.type)} step is never retried for {name!r}", "warning")


def _bounds(policy: Field) -> Iterator[Finding]:
    for key, (least, most) in BOUNDS.items():
        value = policy.at(key)
        if value.value is MISSING or is_token(value.value) or is_expression_json(value.value):
            continue
        kind = "a whole number" if key in WHOLE else "a number"
        whole = not isinstance(value.value, float) or key not in WHOLE
        if value.number is None or not whole:
            yield value.finding("retry-policy", f"is {shown_json(value.value)}; needs {kind}")
        elif not 0 <= value.number <= most:
            allowed = f"{least} to {most}" if most < math.inf else f"at least {least}"
            yield value.finding("retry-policy", f"is {shown_json(value.value)}; allowed is {allowed}")
        elif value.number < least:
            text = f"is {shown_json(value.value)}, which may not be allowed: sources differ; at least {least} is"
            yield value.finding("retry-bound", text, "warning")
    given = [key for key in ENDS if policy.at(key).given]
    if len(given) == 2:
        yield policy.finding("retry-policy", "has MaxAttempts and ExpireAfterMin; needs exactly one of them")
    elif not given:
        text = "has neither MaxAttempts nor ExpireAfterMin; the service then tries 5 times, but newer SDKs refuse it"
        yield policy.finding("retry-without-end", text, "warning")


def property_files(subject: Subject) -> Iterator[Finding]:
    """A property file is in an output of its step, and its name is unique in the step."""
    for files in _steps_with(subject, "PropertyFiles"):
        outputs = [
            str(output.at("OutputName").value)
            for output in Field.of_arguments(files.step).at("ProcessingOutputConfig", "Outputs").items()
            if output.is_object
        ]
        if not isinstance(files.value, list):
            yield files.finding("property-file", f"must be a list of objects with {', '.join(FILE_KEYS)}")
        seen: set[str] = set()
        for file in files.items():
            if not file.is_object:
                yield file.finding("shape", "a property file must be an object")
                continue
            name = file.at("PropertyFileName").value
            if isinstance(name, str) and name in seen:
                yield file.finding("duplicate-property-file", f"two property files are named {name!r}")
            seen.add(str(name))
            yield from _unknown_keys(file, FILE_KEYS)
            for key in ("PropertyFileName", "FilePath"):
                if not isinstance(file.at(key).value, str) or not file.at(key).value:
                    yield file.at(key).finding("property-file", "needs a text")
            path = file.at("FilePath")
            parts = (path.text or "").split("/")
            if path.text and (parts[0] == "" or ".." in parts or "://" in path.text):
                text = f"is {path.text!r}; needs a path inside the output, such as 'evaluation.json'"
                yield path.finding("property-file", text, "warning")
            output = file.at("OutputName").value
            if not isinstance(output, str) or output not in outputs:
                found = None if output is MISSING else output
                text = f"the step {has_no('output', str(output), outputs, repr(found))}"
                yield file.at("OutputName").finding("unknown-output", text)


def _unknown_keys(field: Field, known: tuple[str, ...]) -> Iterator[Finding]:
    for key in field.value if isinstance(field.value, dict) else ():
        if key not in known:
            text = f"unknown key; allowed are {choices(known)}{did_you_mean(str(key), known)}"
            yield field.at(str(key)).finding("unknown-key", text)
