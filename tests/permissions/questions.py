"""From the table of calls and a synthesized pipeline to the requests that must be allowed, and those that must not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.permissions.calls import CALLS, CHOSEN, HERE, Call
from tests.permissions.cases.case import Use
from tests.permissions.evaluator import Request
from tests.permissions.template import Document

OTHER_ACCOUNT, OTHER_REGION = "999988887777", "us-west-2"
NEAR_CONTEXT: Mapping[str, tuple[str, ...]] = {
    "aws:userid": ("AROA2:other",),
    "aws:CalledViaLast": ("cloudformation.amazonaws.com",),
    "cloudwatch:namespace": ("Orders", "AWS/EC2"),
    "ec2:CreateAction": ("RunInstances",),
    "elasticmapreduce:ExecutionRoleArn": (f"arn:aws:iam::{HERE['a']}:role/Admin",),
    "iam:AWSServiceName": ("autoscaling.amazonaws.com",),
    "iam:PassedToService": ("lambda.amazonaws.com", "ec2.amazonaws.com.evil.example"),
    "kms:GrantIsForAWSResource": ("false",),
    "kms:ViaService": ("sqs.eu-west-1.amazonaws.com", "sagemaker.us-west-2.amazonaws.com"),
    "redshift-data:statement-owner-iam-userid": ("AROA2:other",),
    "s3:prefix": ("", "elsewhere/"),
    "s3express:SessionMode": ("ReadWrite",),
    "sagemaker:TaggingAction": ("CreateNotebookInstance",),
}
"""Other values of what IAM is told beside the resource."""
STARTS = ("prefix", "start")
"""Of names of which the rest is made up when the pipeline runs."""


@dataclass(frozen=True)
class Question:
    """A request made with a role of a pipeline. ``told``: what it is, in words of the table."""

    role: str
    action: str
    resource: str
    context: tuple[tuple[str, str], ...]
    told: str
    unlisted: bool = False

    @property
    def key(self) -> tuple[Any, ...]:
        """What makes it the same as another."""
        return self.role, self.action, self.resource, self.context

    def request(self, policies: Iterable[Document], on: Document | None, *, unchecked: bool = False) -> Request:
        """The question to the evaluator. ``unchecked``: when it was asked before."""
        context, known = dict(self.context), self.unlisted or unchecked
        return Request(self.role, self.action, self.resource, context, tuple(policies), on, unchecked=known)


@dataclass(frozen=True)
class Needed:
    """A call of the table on a role of a pipeline, with all of its variables."""

    call: Call
    use: Use
    values: Mapping[str, str]

    def question(self, **other: str) -> Question:
        """The call, or with other values of some variables."""
        values = {**self.values, **other}
        context = {key: text.format_map(values) for key, text in self.call.context.items()}
        return self._asked(self.call.resource.format_map(values), context)

    def _asked(self, resource: str, context: Mapping[str, str], why: str = "") -> Question:
        told = f"{self.use.type} step, {self.call.role}'s role: {self.call.action} on {resource} {dict(context) or ''}"
        role = self.use.roles[self.call.role]
        return Question(
            role, self.call.action, resource, tuple(sorted(context.items())), told + why, bool(self.call.unlisted)
        )

    def narrows(self, name: str) -> bool:
        """Whether a policy can restrict this variable or context key."""
        return name != "p" and name not in self.call.free and name not in CHOSEN

    def neighbours(self) -> Iterator[Question]:
        """The same call with one difference that a policy can restrict."""
        for name in filter(self.narrows, self.call.variables):
            yield from self.others(name)
        for key in filter(self.narrows, self.call.context):
            yield from self.others(key)

    def others(self, name: str) -> Iterator[Question]:
        """The same call with another value of a variable or a context key, and without the key."""
        if name not in self.call.context:
            for value in (*near(name, self.values[name], self.use.near.get(name, ())), *self._beside(name)):
                yield self.question(**{name: value})
            return
        asked = self.question()
        context = dict(asked.context)
        for value in NEAR_CONTEXT[name]:
            yield self._asked(asked.resource, {**context, name: value})
        context.pop(name)
        yield self._asked(asked.resource, context, f"without {name}")

    def _beside(self, name: str) -> Iterator[str]:
        """Paths like the one of a variable, with one character of one segment more or another.

        What stands below the prefix, and what the service makes up, is no policy's to choose. Who reads a prefix
        reads all that starts with it.
        """
        what, _, kind = name.rpartition("_")
        if kind not in ("file", "object", "prefix"):
            return
        segments = self.values[name].split("/")
        # of what is only written, the first folder is the prefix
        prefix = self.values[name] if kind == "file" else self.values.get(f"{what}_prefix", f"{segments[0]}/")
        fixed = prefix.split("/")
        reads = kind != "file" and self.call.action in ("s3:GetObject", "s3:ListBucket")
        for place, segment in enumerate(fixed):
            if not segment or HERE["execution"] in segment:
                continue
            middle = len(segment) // 2
            longer = () if reads and place == len(fixed) - 1 else (f"{segment}x",)
            for other in (f"x{segment}", f"{segment[:middle]}~{segment[middle + 1 :]}", *longer):
                yield "/".join([*segments[:place], other, *segments[place + 1 :]])


def near(name: str, value: str, more: Iterable[str]) -> list[str]:
    """Other values of a variable: one with nothing in common, and ones that a careless wildcard would take in."""
    if name == "a":
        return [OTHER_ACCOUNT]
    if name == "r":
        return [OTHER_REGION]
    found = list(more)
    if value.startswith("arn:"):
        head, mark, last = value.rpartition("/" if "/" in value else ":")
        found += [f"{head}{mark}other", f"{value}-other", f"{head}{mark}x{last}"]
        elsewhere = [value.replace(HERE["a"], OTHER_ACCOUNT), value.replace(HERE["r"], OTHER_REGION)]
        found += [other for other in elsewhere if other != value]
    elif name.endswith(("_object", "_prefix")):
        first, slash, rest = value.partition("/")
        found += ["elsewhere/", f"x{value}", f"{first}-other{slash}{rest}"]
    elif name == "root":
        found += [f"{value}/other"]
    elif name in STARTS:
        found += ["other", f"x{value}"]
    elif name.endswith("_start"):
        found += _beside_the_start(value)
    elif name.endswith("_suffix"):
        found += [".json", ".zip", "", f"{value}c"]
    elif name.endswith("_file"):
        found += ["elsewhere/a.json", f"{value}.other", f"x{value}"]
    else:
        found += [f"{value}-other", f"x{value}", "other"]
    return found


def _beside_the_start(start: str) -> list[str]:
    """Prefixes beside the one below which an app has its files; every app of the account has those without any."""
    half = len(start) // 2
    folder = start.rstrip("/")
    return ["", "elsewhere/", f"x{start}", f"{start[:half]}~{start[half + 1 :]}", f"{folder}x/"] if start else []


def needed(uses: Iterable[Use]) -> list[Needed]:
    """The calls that the table has for the steps."""
    found: list[Needed] = []
    for use in uses:
        for call in CALLS[use.type]:
            values = {**HERE, **call.given, **use.values}
            happens = not call.when or call.when in use.has
            if happens and call.role in use.roles and set(call.variables) <= values.keys():
                found.append(Needed(call, use, values))
    return found
