"""KMS keys: their ARNs, and which of them encrypt what lies at a place in S3. Keys follow the data.

An object has the key of whoever wrote it: one that a step of the definition names for its outputs, or that of the
bucket. Source: "Protecting data with SSE-KMS" of the S3 user guide.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ..language import Definition, Finding, StepView
from ..language.field import Field
from ..language.step_types import Output, row_of
from .arns import arn_of, parts_of
from .environment import Environment, Location
from .globs import meet, starred
from .job_document import document
from .patterns import place
from .statements import Conditions


def key_arn(key: str, environment: Environment) -> tuple[str, Conditions]:
    """The ARN of a KMS key given by its ARN, id or alias, and the conditions that narrow it.

    IAM knows keys by their ARN alone, so an alias is a condition on all keys of its account and region. What an ARN has
    in place of ``key/`` is the name of an alias, of which a token may be all that is known.
    """
    key = environment.told(key)
    arn = environment.arn("kms", key) if key.startswith("alias/") else arn_of(key, "kms", "key", environment)
    *place, name = parts_of(arn) or [""]
    if not name or name.startswith("key/"):
        return arn, {}
    return f"{':'.join(place)}:key/*", {"ForAnyValue:StringEquals": {"kms:ResourceAliases": name}}


def key_name(arn: str, conditions: Conditions) -> str:
    """What a key is called, by its ARN or that of the alias which the conditions name."""
    alias = conditions.get("ForAnyValue:StringEquals", {}).get("kms:ResourceAliases")
    return arn if alias is None else f"{arn.removesuffix('key/*')}{alias}"


class Written(NamedTuple):
    """Objects that a step writes below a place. ``key``: what it encrypts them with, as JSON; None for none given.

    ``where``: the path of the place in the arguments.
    """

    step: str
    below: Location
    key: Any
    where: str


_JOB = (Output("OutputDataConfig", "S3OutputPath", "KmsKeyArn"),)
"""Of the document of a job of the service's own."""


def written_at(definition: Definition, environment: Environment, at: Location, keys: str) -> list[Written]:
    """What steps write with a key of their own to the bucket of ``at`` where objects have keys like the pattern."""
    tree = _keyed(definition, environment).get(at.bucket)
    if tree is None:
        return []
    found = _meeting(tree, keys.split("/"))
    return [written for _, written in sorted(found, key=lambda one: one[0])]


def without_key(definition: Definition, environment: Environment) -> Iterator[Finding]:
    """A warning for each bucket with a key of its own to which steps write without naming one.

    Sources: the API says of outputs without ``KmsKeyId`` that they get the account's default key for S3, the S3 user
    guide that this is AWS's own; issues 3699 and 4340 of aws/sagemaker-python-sdk saw it.
    """
    told: dict[str, None] = {}
    for step in definition.all_steps() if environment.bucket_keys else ():
        for written in _written(definition, environment, step, keyed=False):
            bucket = written.below.bucket
            if bucket in environment.bucket_keys and bucket not in told:
                told[bucket] = None
                yield Finding("output-key", _WITHOUT_KEY, written.step, written.where, "warning")


_WITHOUT_KEY = (
    "outputs go to a bucket with a KMS key and name none: pages of AWS contradict one another on whether they get the "
    "bucket's key or AWS's own, which other accounts cannot read and which a bucket's policy may refuse; give "
    "output_kms_key"
)


class _Folder:
    """A folder that steps write to, or above one: what is written there, and the folders in it."""

    def __init__(self) -> None:
        self.here: list[tuple[int, Written]] = []
        self.folders: dict[str, _Folder] = {}

    def all(self) -> Iterator[tuple[int, Written]]:
        """What is written there and below."""
        yield from self.here
        for folder in self.folders.values():
            yield from folder.all()


def _keyed(definition: Definition, environment: Environment) -> dict[str, _Folder]:
    """What steps write with keys of their own, by bucket; looked for once in a derivation, since every reader asks."""
    known: tuple[Environment, dict[str, _Folder]] | None = definition._derivations.get(_keyed)
    if known is None or known[0] is not environment:
        found: dict[str, _Folder] = {}
        definition._derivations[_keyed] = known = (environment, found)
        steps = definition.all_steps()
        written = (one for step in steps for one in _written(definition, environment, step, keyed=True))
        for number, one in enumerate(written):
            folder = found.setdefault(one.below.bucket, _Folder())
            for name in filter(None, one.below.key.split("/")):
                folder = folder.folders.setdefault(name, _Folder())
            folder.here.append((number, one))
    return known[1]


def _written(definition: Definition, environment: Environment, step: StepView, *, keyed: bool) -> Iterator[Written]:
    """What a step writes, with a key of its own or without."""
    of_document = step.type == "Job"
    told = document(definition, step) if of_document else Field.of_arguments(step)
    for output in _JOB if of_document else row_of(step.type).outputs:
        for config in told.every(*output.holder.split(".")):
            given = config.at(output.key).value or None
            if (given is not None) != keyed:
                continue
            for target in config.every(*output.uri.split(".")):
                below = place(definition, target.value, environment)
                if below is not None:
                    yield Written(step.name, below, given, target.where)


def _meeting(folder: _Folder, wanted: Sequence[str]) -> Iterator[tuple[int, Written]]:
    """What is written below places where an object can have a key like the pattern ``wanted``.

    It goes folder by folder, since an expression stands for a part of one.
    """
    yield from folder.here
    first, rest = wanted[0], wanted[1:]
    if rest:
        inner = folder.folders.get(first)
        if inner is not None:
            yield from _meeting(inner, rest)
        for name, other in folder.folders.items():
            if other is not inner and ("*" in first or "*" in name) and meet(starred(name), starred(first)):
                yield from _meeting(other, rest)
    elif first.endswith("*"):  # the pattern goes on below by its star
        for name, other in folder.folders.items():
            if meet(starred(name), starred(first)):
                yield from other.all()
