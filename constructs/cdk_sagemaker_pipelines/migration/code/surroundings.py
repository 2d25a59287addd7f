"""What a stack is told and what it makes before its pipeline: roles, buckets and whatever else exists already."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...notation.making import queue_arn
from ...notation.nodes import Existing, Made, OfStep
from ..program import Program
from ..request import FORMS
from .layout import Atom, Piece, call
from .names import Names, pascal, snake
from .texts import literal

_BUCKET = re.compile(rf"s3://({FORMS['bucket']})(?:/|$)")
_MODULES = {"role": "iam", "bucket": "s3", "key": "kms", "function": "lambda_", "topic": "sns", "queue": "sqs"}
_IMPORTS = {
    "role": "iam.Role.from_role_arn",
    "bucket": "s3.Bucket.from_bucket_name",
    "key": "kms.Key.from_key_arn",
    "function": "lambda_.Function.from_function_arn",
    "topic": "sns.Topic.from_topic_arn",
    "subnet": "ec2.Subnet.from_subnet_id",
    "security_group": "ec2.SecurityGroup.from_security_group_id",
    "queue": "sqs.Queue.from_queue_attributes",
}
MODULES = {**{name: f"aws_{name.rstrip('_')}" for name in _MODULES.values()}, "ec2": "aws_ec2"}
"""CDK's modules by the names that code calls them."""
_TOLD = {"role": "arn", "bucket": "name"}
"""What the stack is told, even where the definition says it, and what of it."""


@dataclass
class Surroundings:
    """The arguments of the stack and what it makes of them.

    ``arguments``: their defaults by name, None where there is none. ``constructs``: their variables.
    """

    arguments: dict[str, str | None] = field(default_factory=dict)
    constructs: dict[Existing, str] = field(default_factory=dict)
    used: set[Existing] = field(default_factory=set)
    _told: dict[str, str] = field(default_factory=dict)
    """What stands for an identity in texts: the code of an argument, or of what the stack knows."""
    _pattern: re.Pattern[str] | None = None

    @staticmethod
    def of(program: Program, names: Names) -> Surroundings:
        """Those of a program."""
        found = Surroundings()
        values = [program.options, *(step.fields for step in program.steps)]
        nodes = dict.fromkeys(node for value in values for node in _existing(value))
        defaults = {each.name: each.default for each in program.parameters.values()}
        buckets = [Existing("bucket", name) for value in (*values, defaults) for name in _buckets(value)]
        for node in dict.fromkeys([*nodes, *buckets]):
            known = program.names.get(node.identity)
            word = _word(node) if known is None else known.word
            if known is not None and known.attribute:
                continue
            if known is not None or node.kind in _TOLD:
                what = _TOLD.get(node.kind) or (
                    "url" if node.kind == "queue" else "id" if "_" in node.kind or node.kind == "subnet" else "arn"
                )
                argument = names.take(f"{snake(word)}_{what}", node.kind)
                found.arguments[argument] = None if known is not None else node.identity
                found._told[node.identity] = argument
            found.constructs[node] = names.take(word, node.kind)
        for stand, name in program.names.items():
            if name.attribute:
                found._told[stand] = f"self.{name.attribute}"
            elif stand not in found._told:
                argument = names.take(name.word, "value")
                found.arguments[argument] = None
                found._told[stand] = argument
        return found

    def needed(self) -> dict[str, str]:
        """What stands in the program for the arguments that have no default."""
        return {argument: stand for stand, argument in self._told.items() if self.arguments.get(argument, "") is None}

    def parts(self, text: str) -> list[str | tuple[str]]:
        """The literal parts of a text, and the code of those that the stack is told."""
        if self._pattern is None:
            forms = [
                rf"(?<=s3://){re.escape(one)}(?=/|$)"
                if node == "bucket"
                else rf"{re.escape(one)}(?![A-Za-z0-9+=,.@_/\-])"
                for one, node in ((one, self._kind(one)) for one in sorted(self._told, key=len, reverse=True))
            ]
            self._pattern = re.compile("|".join(forms) or r"(?!)")
        found: list[str | tuple[str]] = []
        position = 0
        for match in self._pattern.finditer(text):
            if match.start() > position:
                found.append(text[position : match.start()])
            found.append((self._told[match[0]],))
            position = match.end()
        return [*found, text[position:]] if position < len(text) or not found else found

    def _kind(self, identity: str) -> str:
        argument = self._told[identity]
        is_bucket = any(node.kind == "bucket" and node.identity == identity for node in self.constructs)
        return "bucket" if is_bucket and self.arguments.get(argument) is not None else ""

    def statements(self, ids: Names) -> Iterator[tuple[str, Piece]]:
        """The variables of the constructs that are used, and what they are."""
        for node, variable in self.constructs.items():
            if node not in self.used:
                continue
            told = self._told.get(node.identity)
            identity: Piece = Atom(literal(node.identity) if told is None else told)
            construct_id = Atom(literal(pascal(ids.take(variable, node.kind))))
            function = _IMPORTS[node.kind]
            if node.kind == "queue":
                arn: Piece = Atom(literal(queue_arn(node.identity)))
                if told is not None:
                    resource = Atom(f'{told}.rpartition("/")[2]')
                    arn = call("self.format_arn", service=Atom('"sqs"'), resource=resource)
                yield variable, call(function, [Atom("self"), construct_id], queue_arn=arn, queue_url=identity)
            else:
                yield variable, call(function, [Atom("self"), construct_id, identity])


def _word(node: Existing) -> str:
    """What something is called, as far as its identity tells."""
    if node.kind in ("bucket", "subnet", "security_group", "key"):
        return node.identity if node.kind == "bucket" else node.kind
    return re.split(r"[:/]", node.identity)[-1]


def _existing(value: Any) -> Iterator[Existing]:
    if isinstance(value, Existing):
        yield value
    elif isinstance(value, Made):
        yield from _existing((*value.positional, *value.fields.values()))
    elif isinstance(value, Mapping):
        yield from _existing(tuple(value.values()))
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _existing(item)


def _buckets(value: Any) -> Iterator[str]:
    if isinstance(value, Made):
        yield from _buckets((*value.positional, *value.fields.values()))
    elif isinstance(value, OfStep):
        yield from _buckets(value.read)
    elif isinstance(value, Mapping):
        yield from _buckets(tuple(value.values()))
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _buckets(item)
    elif isinstance(value, str):
        match = _BUCKET.match(value)
        if match:
            yield match[1]
