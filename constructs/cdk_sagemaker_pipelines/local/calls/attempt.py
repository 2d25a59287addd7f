"""One attempt of a step, as far as its calls name it: its arguments without expressions, and where it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ...language import StepView
from ...language.field import Field
from ...language.queued_training import queued_request

RECORD = "part-00000.csv"
"""An object below a prefix of which only the prefix is known."""


class Account(Protocol):
    """What is known of an account besides the definition; None of what there is not."""

    def bucket_key(self, bucket: str) -> str | None:
        """The ARN of the KMS key that encrypts what a bucket gets."""

    def object_key(self, bucket: str, key: str) -> str | None:
        """The ARN of the KMS key of an object, or of one below a prefix, that is not the bucket's."""

    def queue_key(self, arn: str) -> str | None:
        """The ARN of the KMS key of a queue."""

    def topic_key(self, arn: str) -> str | None:
        """The ARN of the KMS key of a topic."""

    def described(self, kind: str, name: str) -> Mapping[str, Any] | None:
        """What was asked for a ``Model``, a ``ModelPackage``, an ``EndpointConfig`` or an ``Endpoint``.

        Of an ``InstanceProfile``: the ``RoleArn`` in it.
        """


@dataclass(frozen=True)
class Use:
    """What a step makes some of its calls with: its type, the ARNs of its roles by what they are for, and values.

    ``has``: what else the step has, as calls ask for it by ``when``.
    """

    type: str
    roles: Mapping[str, str]
    values: Mapping[str, str] = field(default_factory=dict)
    has: frozenset[str] = frozenset()


QUEUED = "TrainingJob"
_BESIDE = (
    *("FunctionArn", "ModelName", "ModelPackageGroupName", "SqsQueueUrl"),
    *("SuppliedBaselineConstraints", "SuppliedBaselineStatistics"),
)


def said_beside(step: StepView, evaluate: Callable[[Any], Any]) -> dict[str, Any]:
    """What a step says besides its arguments that calls name; and the request of a training job that it queues."""
    said = {name: evaluate(step.json[name]) for name in _BESIDE if step.json.get(name) is not None}
    queued = queued_request(step)
    return said if queued is None else {**said, QUEUED: evaluate(queued)}


@dataclass(frozen=True)
class Attempt:
    """``arguments`` and ``said``, which has what is next to them, contain no expressions."""

    step: StepView
    arguments: Mapping[str, Any]
    said: Mapping[str, Any]
    job_name: str
    pipeline_name: str
    role: str
    """The ARN of the pipeline's role; empty without one."""
    execution_id: str
    partition: str
    region: str
    account: str
    known: Account
    of_type: str = ""
    """The type of which it is an attempt, if it is not the step's: of a training job that a callback queues."""

    @property
    def type(self) -> str:
        return self.of_type or self.step.type

    @property
    def here(self) -> dict[str, str]:
        """The values of variables that are not of the step, and of what the service makes up."""
        return {
            "p": self.partition,
            "r": self.region,
            "a": self.account,
            "execution": self.execution_id,
            "stream": f"{self.job_name}/algo-1-1700000000",
            "version": "1",
        }

    def every(self, path: str) -> Iterator[Any]:
        """What is given at a path of the arguments, in which ``[]`` stands for each element of a list."""
        for found in Field(self.step, "", dict(self.arguments)).every(*path.split(".")):
            if found.given:
                yield found.value

    def texts(self, *paths: str) -> Iterator[str]:
        """The texts at paths of the arguments."""
        for path in paths:
            yield from (one for one in self.every(path) if isinstance(one, str) and one)

    def text(self, path: str) -> str:
        """The first text at a path; empty without one."""
        return next(self.texts(path), "")

    def has(self, *paths: str) -> bool:
        """Whether something is at one of the paths that is neither empty nor false."""
        return any(bool(one) for path in paths for one in self.every(path))

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource of this account and region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def role_arn(self, role: str) -> str:
        """The ARN of a role that is given by its ARN or its name; what is empty stays empty."""
        return role if not role or role.startswith("arn:") else f"arn:{self.partition}:iam::{self.account}:role/{role}"

    def key_arn(self, key: str | None) -> str | None:
        """The ARN of a key that is given by its ARN or its id; what is empty stays empty."""
        return key if not key or key.startswith("arn:") else self.arn("kms", f"key/{key}")

    def use(self, values: Mapping[str, str | None], *has: str, **roles: str) -> Use:
        """The values that there are, with the roles that there are."""
        may_be_empty = ("_start", "_suffix")
        given = {name: value or "" for name, value in values.items() if value or name.endswith(may_be_empty)}
        held = {"pipeline": self.role, **roles}
        return Use(self.type, {kind: role for kind, role in held.items() if role}, given, frozenset(has))
