"""A pipeline to look at: how it is made, and which calls of the table its steps lead to, on which role, with what."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import aws_cdk as cdk

from tests.permissions.calls import HERE
from tests.permissions.template import Template


@dataclass(frozen=True)
class Use:
    """A step: its type, the ARNs of its roles by what they are for, and values for the variables of its calls.

    ``has``: what else the step has, as calls ask for it by ``when``. ``near``: more neighbours, by variable.
    """

    type: str
    roles: Mapping[str, str]
    values: Mapping[str, str] = field(default_factory=dict)
    has: frozenset[str] = frozenset()
    near: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Synthesized:
    """A stack after synth, and how its tests find what the library has chosen."""

    def __init__(self, stack: cdk.Stack, template: Mapping[str, Any]) -> None:
        self._stack = stack
        self.source = template
        self.template = Template(template, HERE["a"], HERE["r"])
        self.pipeline_role, self.definition = self.template.pipeline()

    def of(self, value: Any) -> str:
        """A text of CDK's with tokens, as it will be on AWS."""
        return str(self.template.resolve(self._stack.resolve(value)))

    def step(self, name: str) -> dict[str, Any]:
        """A step of the definition, wherever it stands."""
        (found,) = (step for step in _steps(self.definition["Steps"]) if step["Name"] == name)
        return found

    def argument(self, step: str, *path: str | int) -> Any:
        """What stands in the arguments of a step."""
        value = self.step(step)["Arguments"]
        for part in path:
            value = value[part]
        return value

    def text(self, value: Any) -> str:
        """A text of the definition in one execution."""
        if not isinstance(value, dict):
            return str(value)
        ((kind, content),) = value.items()
        if kind == "Std:Join":
            return str(content["On"]).join(self.text(part) for part in content["Values"])
        if content == "Execution.PipelineExecutionId":
            return HERE["execution"]
        raise NotImplementedError(value)

    def place(self, what: str, step: str, *path: str | int) -> dict[str, str]:
        """``<what>_bucket``, and ``_object`` and ``_prefix`` below an S3 URI of the arguments."""
        bucket, _, key = self.text(self.argument(step, *path)).removeprefix("s3://").partition("/")
        below = key if key.endswith("/") or not key else f"{key}/"
        return {f"{what}_bucket": bucket, f"{what}_object": f"{below}{HERE['record']}", f"{what}_prefix": key}

    def asset(self, what: str, uri: Any) -> dict[str, str]:
        """``<what>_bucket``, and ``_start``, ``_content`` and ``_suffix`` of the URI of a file of the app."""
        bucket, _, key = self.text(uri).removeprefix("s3://").partition("/")
        start, content, suffix = re.split("([0-9a-f]{64})", key)
        return {
            f"{what}_bucket": bucket,
            f"{what}_start": start,
            f"{what}_content": content,
            f"{what}_suffix": suffix,
        }

    def file(self, what: str, uri: Any) -> dict[str, str]:
        """``<what>_bucket`` and ``<what>_file`` of an S3 URI of the definition."""
        bucket, _, key = self.text(uri).removeprefix("s3://").partition("/")
        return {f"{what}_bucket": bucket, f"{what}_file": key}


def _steps(steps: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for step in steps:
        yield step
        for branch in ("IfSteps", "ElseSteps", "Steps"):
            inner = step.get("Arguments", {})
            if isinstance(inner, dict):
                yield from _steps(inner.get(branch, []))


Uses = Callable[[Synthesized], Iterator[Use]]


@dataclass(frozen=True)
class Case:
    """``make`` puts a pipeline into a stack; what it returns tells the uses after synth."""

    name: str
    make: Callable[[cdk.Stack], Uses]
