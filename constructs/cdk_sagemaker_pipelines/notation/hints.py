"""What the fields of classes take, by their annotations."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import aws_cdk as cdk

from .. import language
from ..language import Expression
from ..language.expressions import MISSING
from ..steps.base import field_checks, job_defaults, network, scope
from ..steps.base.fields import Fields
from ..steps.jobs import datasets
from .classes import CLASSES

EXISTING: Mapping[Any, str] = {
    cdk.aws_iam.IRole: "role",
    cdk.aws_s3.IBucket: "bucket",
    cdk.aws_kms.IKey: "key",
    cdk.aws_lambda.IFunction: "function",
    cdk.aws_sns.ITopic: "topic",
    cdk.aws_sqs.IQueue: "queue",
    cdk.aws_ec2.ISubnet: "subnet",
    cdk.aws_ec2.ISecurityGroup: "security_group",
}
"""By the interface that a field takes: what of AWS a text names there."""
_NAMES: Mapping[str, Any] = {
    **vars(language),
    **CLASSES,
    **{name: getattr(cdk, f"aws_{name.rstrip('_')}") for name in ("iam", "kms", "ec2", "efs", "fsx", "lambda_")},
    **{name: getattr(cdk, f"aws_{name}") for name in ("logs", "s3", "sagemaker", "sns", "sqs")},
    "ecr": cdk.aws_ecr,
    **{name: getattr(module, name) for module, name in (
        (scope, "Dependable"), (scope, "StepScope"), (field_checks, "TextLike"), (field_checks, "TextOrPlace"),
        (job_defaults, "JobDefaults"), (network, "Network"), (datasets, "Dataset"),
    )},
}  # fmt: skip
"""What annotations name that stands where type checkers alone look."""


@dataclasses.dataclass(frozen=True)
class Taken:
    """What a call takes: its fields with what each takes, and those that must be given."""

    fields: Mapping[str, Any]
    needed: frozenset[str]


@cache
def of_class(kind: type) -> Taken:
    """What the constructor of a class takes."""
    if issubclass(kind, Fields):
        hints = get_type_hints(kind, localns=dict(_NAMES))
        declared = kind._declared_fields
        return Taken({name: hints[name] for name in declared}, frozenset(n for n in declared if declared[n] is MISSING))
    if dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind, localns=dict(_NAMES))
        fields = [each for each in dataclasses.fields(kind) if each.init]
        empty = dataclasses.MISSING
        needed = frozenset(each.name for each in fields if each.default is empty and each.default_factory is empty)
        return Taken({each.name: hints[each.name] for each in fields}, needed)
    return of_function(kind.__init__)


@cache
def of_function(function: Callable[..., Any]) -> Taken:
    """What a function takes."""
    plain = inspect.unwrap(function)
    hints = get_type_hints(plain, localns=dict(_NAMES))
    parameters = {
        name: each
        for name, each in inspect.signature(plain).parameters.items()
        if name != "self" and each.kind not in (each.VAR_KEYWORD, each.VAR_POSITIONAL)
    }
    needed = frozenset(name for name, each in parameters.items() if each.default is each.empty)
    return Taken({name: hints.get(name, Any) for name in parameters}, needed)


def options(hint: Any) -> list[Any]:
    """The alternatives of a union, without None."""
    if get_origin(hint) in (Union, UnionType):
        return [one for each in get_args(hint) for one in options(each)]
    return [] if hint is NoneType else [hint]


def is_text(hint: Any) -> bool:
    """Whether any text is taken."""
    if hint is Any or hint is str or get_origin(hint) is Literal:
        return True
    return (get_origin(hint) or hint) is Expression


def classes(hint: Any) -> Iterator[type]:
    """The classes of value objects among the alternatives, those that derive from them included."""
    for one in options(hint):
        if isinstance(one, type) and one.__module__.startswith(__package__.partition(".")[0]):
            yield from _with_derived(one)


def _with_derived(kind: type) -> Iterator[type]:
    yield kind
    derived: type
    for derived in kind.__subclasses__():
        if not derived.__name__.startswith("_"):
            yield from _with_derived(derived)


def methods(kind: type) -> Mapping[str, Callable[..., Any]]:
    """The static methods that make objects of a class."""
    return {
        name: value.__func__
        for name, value in vars(kind).items()
        if isinstance(value, staticmethod) and not name.startswith("_")
    }
