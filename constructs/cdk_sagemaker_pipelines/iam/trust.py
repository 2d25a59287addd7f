"""What a definition that was written elsewhere may name: what it names leads to permissions, so somebody trusts it.

Steps that are written in code name what their author means. A definition that is handed in whole, a raw step and
overrides are text: what they name counts only when it is of the app, of AWS, or trusted in a word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..language import PipelineError
from ..language.documentation import documented
from ..language.later import later_pattern

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_s3 as s3


@documented
@dataclass(frozen=True)
class Trust:
    """What a definition, a raw step or overrides may name besides what the app has and what AWS has.

    ```python
    Pipeline.from_definition(
        stack, "Nightly", definition=definition,
        trust=Trust(roles=["arn:aws:iam::111122223333:role/Jobs"], buckets=["sales"], accounts=["111122223333"]),
    )
    ```

    What a text names leads to permissions, so somebody must trust it. Where it is a field, the default is to trust
    nothing but what the app and AWS have.

    Raises:
        PipelineError: Not such lists, or a name with wildcards.
    """

    roles: Sequence[str | iam.IRole] = ()
    """Roles that jobs may run with: ARNs, names in this account, or roles of CDK."""
    buckets: Sequence[str | s3.IBucket] = ()
    """Buckets that jobs may read and write as the definition says: names, or buckets of CDK."""
    accounts: Sequence[str] = ()
    """Numbers of accounts whose functions, queues, keys, topics, images and access points may be named.

    Also the hosts of registries other than ECR, and of queues that are not of SQS.
    """
    is_everything: bool = field(default=False, init=False)
    """Whether all that is named is trusted; see ``Trust.everything()``."""

    def __post_init__(self) -> None:
        for what, attribute in (("roles", "role_arn"), ("buckets", "bucket_name"), ("accounts", "")):
            values = getattr(self, what)
            if not isinstance(values, (list, tuple)):
                raise PipelineError(f"Trust: {what} takes a list, not {values!r}")
            for value in values:
                text = getattr(value, attribute, value)
                if not isinstance(text, str) or not text:
                    raise PipelineError(f"Trust: {what} takes {_TAKES[what]}, not {value!r}")
                if is_pattern(text):
                    raise PipelineError(f"Trust: {what} takes no patterns such as {text!r}; write Trust.everything()")

    @staticmethod
    def everything() -> Trust:
        """Trusts everything that is named, for a definition that you wrote yourself."""
        trust = Trust()
        object.__setattr__(trust, "is_everything", True)
        return trust

    def and_also(self, other: Trust | None) -> Trust:
        """What this and another trust together.

        Args:
            other: The other one; None for nothing more.
        """
        if other is None or self.is_everything:
            return self
        if other.is_everything:
            return other
        return Trust([*self.roles, *other.roles], [*self.buckets, *other.buckets], [*self.accounts, *other.accounts])

    def names(self, what: str) -> set[str]:
        """The names in one of its lists: of constructs their ARNs or names.

        Args:
            what: Which list: "roles", "buckets" or "accounts".
        """
        attribute = {"roles": "role_arn", "buckets": "bucket_name"}.get(what, "")
        return {str(getattr(value, attribute, value)) for value in getattr(self, what)}


_PATTERN = later_pattern(r"[*?]|\$\{(?!Token\[)")


def is_pattern(text: str) -> bool:
    """Whether IAM would read a pattern in a name, which nobody trusts one by one."""
    return _PATTERN.search(text) is not None


_TAKES = {"roles": "ARNs, names or roles of CDK", "buckets": "names or buckets of CDK", "accounts": "account numbers"}


@dataclass(frozen=True)
class Given:
    """What of a step was written as the service takes it.

    ``in_code``: the arguments that the step has without it; None where the whole step was written so. ``roles``: the
    ARNs of the roles that are the step's anyway, besides which it names no other.
    """

    trust: Trust
    in_code: Mapping[str, Any] | None = None
    roles: frozenset[str] = frozenset()
