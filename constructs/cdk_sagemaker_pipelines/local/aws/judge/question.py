"""What is asked of IAM for a request; one request may lead to several questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Question(NamedTuple):
    """Whether somebody may do something to a resource."""

    action: str
    """Such as ``s3:GetObject``."""
    resource: str
    """The ARN of what it is done to; ``*`` for an action that has no resource."""
    context: Mapping[str, str | Sequence[str] | None] = {}
    """The values of condition keys; None of a key that the request does not have."""
    owner: str = ""
    """The account of the resource, where its ARN does not say."""
    complete: tuple[str, ...] = ()
    """Condition keys, or their beginnings, of which ``context`` says all (``authorization.Request``)."""
    in_doubt: bool = False
    """Whether it is not certain that AWS asks this; a refusal is then only noted, except in the mode ``strict``."""
    also: tuple[str, ...] = ()
    """Other ARNs by which IAM may know the same resource; one of them that is allowed is enough."""
