"""Which construct of the app has a bucket's name or an ARN, and in which account and region it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aws_cdk import Stack

from ..iam.app_resources import owner_behind
from ..iam.environment import Elsewhere, Where
from ..language.tokens import has_string_token, is_token


class Owners:
    """The constructs behind names and ARNs; of those that are in another account or region, where that is.

    ``where``: of the pipeline. ``bound``: the bucket of a name among those that steps have been given.
    """

    def __init__(self, where: Where, bound: Callable[[str], Any]) -> None:
        self.elsewhere: dict[str, Elsewhere] = {}
        self._where, self._bound = where, bound
        self._known: dict[str, Any] = {}
        self._located: set[str] = set()

    def of(self, name: str) -> Any:
        """The construct with a bucket name or an ARN; None if the app has none."""
        if name not in self._known:
            self._known[name] = self._bound(name) or (owner_behind(name) if is_token(name) else None)
        return self._known[name]

    def assign(self, name: str, owner: Any) -> None:
        """Enters whose a name or an ARN is, which the app has found."""
        self._known[name] = owner
        self._located.discard(name)

    def locate(self, name: str) -> None:
        """Adds a bucket name or an ARN to ``elsewhere`` if its owner is in another account or region."""
        if name in self._located:
            return
        self._located.add(name)
        owner = self.of(name)
        # an import in this stack is assumed to be in its account and region, unless it says otherwise
        here = (self._where.account, self._where.region)
        at = here if owner is None else whereabouts(owner)
        if at != here and not has_string_token("".join((*at, *here))):
            self.elsewhere[name] = Elsewhere(*at)

    def of_permission(self, name: str, resources: Sequence[str], functions: Mapping[str, str]) -> list[Any]:
        """The constructs whose policies must allow a permission: each version of a function has its own policy.

        ``resources``: those of the permission, which say whether versions of the function are called. ``functions``:
        by the ARN of a version that of its function.
        """
        versions = [arn for arn, function in functions.items() if function == name and f"{name}:*" in resources]
        itself = [self.of(name)] if name in resources or not versions else []
        return [*itself, *map(owner_behind, versions)]


def whereabouts(construct: Any) -> tuple[str, str]:
    """The account and region of a construct, which may be tokens; an import has its own."""
    env = getattr(construct, "env", None) or Stack.of(construct)
    return env.account, env.region


def differ(one: str, other: str) -> bool:
    """Whether two accounts, or two regions, are known to be different."""
    return one != other and not has_string_token(one + other)
