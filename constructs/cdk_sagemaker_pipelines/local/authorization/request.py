"""A request: who does what to which resource, and what is known besides.

Source: IAM user guide, "AWS global condition context keys" and "Variables and tags" (what there is of a principal).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from .errors import UndecidedError
from .principals import Principal

SELDOM: frozenset[str] = frozenset(
    {
        *("aws:assumedroot", "aws:calledvia", "aws:calledviaawsmcp", "aws:calledviafirst", "aws:calledvialast"),
        *("aws:chatbotsourcearn", "aws:ec2instancesourceprivateipv4", "aws:ec2instancesourcevpc"),
        *("aws:federatedprovider", "aws:multifactorauthage", "aws:multifactorauthpresent", "aws:principalorgid"),
        *("aws:principalorgpaths", "aws:referer", "aws:resourceorgid", "aws:resourceorgpaths", "aws:signinsessionarn"),
        *("aws:sourceaccount", "aws:sourcearn", "aws:sourceidentity", "aws:sourceorgid", "aws:sourceorgpaths"),
        *("aws:sourcevpc", "aws:sourcevpcarn", "aws:sourcevpce", "aws:viacustomerdomain", "aws:vpceaccount"),
        *("aws:vpceorgid", "aws:vpceorgpaths", "aws:vpcsourceip", "codebuild:buildarn", "codebuild:projectarn"),
        *("ec2:roledelivery", "ec2:sourceinstancearn", "glue:credentialissuingservice", "glue:roleassumedby"),
        *("identitystore:userid", "lambda:sourcefunctionarn", "ssm:sourceinstancearn"),
    }
)
"""Global keys that a request has only where something special holds, such as a VPC endpoint or an organization."""


class Request:
    """What is asked of IAM.

    Args:
        principal: Who asks.
        action: The action, such as ``s3:GetObject``.
        resource: The ARN of what it is done to; ``*`` for an action that has no resource.
        owner: The account of the resource. Needed where its ARN does not name it, as those of S3.
        context: The values of condition keys, by their names in any case: one, or a sequence for a multivalued key.
            What follows from the principal and the resource need not be there.
        complete: Keys, and prefixes of keys that end in ``/`` or ``:``, of which ``context`` says all: what it does not
            name, the request does not have. It holds without a word for keys that requests seldom have (``SELDOM``).
            Whatever depends on any other key cannot be decided.

    Raises:
        ValueError: An action without its service, or a resource of which nobody says whose it is.
    """

    def __init__(
        self,
        principal: Principal,
        action: str,
        resource: str,
        *,
        owner: str = "",
        context: Mapping[str, str | Sequence[str]] | None = None,
        complete: Collection[str] = (),
    ) -> None:
        if action.count(":") != 1 or "*" in action:
            raise ValueError(f"an action has a service and a name, such as s3:GetObject, not {action!r}")
        self.principal = principal
        self.action = action
        self.plain_action = action.lower()
        self.resource = resource
        self.owner = owner or _owner(resource, principal)
        own = _own(principal, self.owner)
        given = {key.lower(): one if isinstance(one, str) else tuple(one) for key, one in (context or {}).items()}
        self._context: dict[str, str | tuple[str, ...] | None] = {**own, **given}
        self._complete = frozenset(map(str.lower, complete))

    @property
    def is_across_accounts(self) -> bool:
        """Whether the resource is another account's than who asks."""
        return not self.principal.is_service and self.owner != self.principal.account

    def values(self, key: str) -> str | tuple[str, ...] | None:
        """What it says of a condition key, which is written in any case; None of one that it does not have.

        Raises:
            UndecidedError: It says nothing.
        """
        lower = key.lower()
        if lower in self._context:
            return self._context[lower]
        if lower in SELDOM or lower.startswith("aws:principaltag/") or self._is_complete(lower):
            return None
        raise UndecidedError(f"{key}, of which nothing is known")

    def has(self, key: str) -> bool:
        """Whether it says a value of a condition key, which is written in any case."""
        return self._context.get(key.lower()) is not None

    def variable(self, key: str) -> str | None:
        """As ``values``, for a variable of a policy, which has one value."""
        value = self.values(key)
        if isinstance(value, tuple):
            raise UndecidedError(f"{key}, which has several values and cannot be a variable")
        return value

    def _is_complete(self, key: str) -> bool:
        prefixes = (f"{key.partition(':')[0]}:", f"{key.partition('/')[0]}/")
        return key in self._complete or not self._complete.isdisjoint(prefixes)


def _owner(resource: str, principal: Principal) -> str:
    parts = resource.split(":", 5)
    account = parts[4] if len(parts) == 6 else ""
    if account.isdigit():
        return account
    if resource == "*" or account == "aws":  # what AWS manages is everybody's
        return principal.account
    raise ValueError(f"whose {resource} is, its ARN does not say: give the owner")


def _own(principal: Principal, owner: str) -> dict[str, str | tuple[str, ...] | None]:
    """What follows from who asks and from whose the resource is."""
    found: dict[str, str | tuple[str, ...] | None] = {"aws:resourceaccount": owner}
    found.update((f"aws:principaltag/{key.lower()}", value) for key, value in principal.tags.items())
    if principal.is_service:
        # what its ARN and account are, AWS does not say
        return {
            **found,
            "aws:username": None,
            "aws:principalisawsservice": "true",
            "aws:principalservicename": principal.arn,
            "aws:principalservicenameslist": (principal.arn,),
        }
    is_session = principal.type == "AssumedRole"
    return {
        **found,
        "aws:principalaccount": principal.account,
        "aws:principalarn": principal.entity if is_session else principal.arn,
        "aws:principalisawsservice": "false",
        "aws:principalservicename": None,
        "aws:principalservicenameslist": None,
        "aws:principaltype": principal.type,
        "aws:username": principal.arn.rpartition("/")[2] if principal.type == "User" else None,
        "kms:calleraccount": principal.account,
    }
