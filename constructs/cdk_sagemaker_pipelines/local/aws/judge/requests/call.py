"""A request that has passed validation, as the mapping reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ...validation.reading import FreeKeys


class Call(NamedTuple):
    """Which operation is called, with which values, for which account and region."""

    service: str
    """As IAM names it."""
    operation: str
    values: Mapping[str, Any]
    """The members of the request, as they are sent."""
    account: str
    region: str
    partition: str

    def get(self, *names: str) -> Any:
        """The value of the first of these members that the request has, in whatever case; None without one."""
        lower = {key.lower(): value for key, value in self.values.items()}
        return next((lower[name.lower()] for name in names if lower.get(name.lower()) not in (None, "")), None)

    def texts(self, *names: str) -> list[str]:
        """The same as a list of texts."""
        found = self.get(*names)
        listed = found if isinstance(found, (list, tuple)) else [found]
        return [str(each) for each in listed if isinstance(each, (str, int)) and each != ""]

    def arn(self, resource: str, service: str = "", *, region: str | None = None) -> str:
        """The ARN of a resource of the caller's account."""
        place = self.region if region is None else region
        return f"arn:{self.partition}:{service or self.service}:{place}:{self.account}:{resource}"

    def members(self, *names: str) -> Iterator[Any]:
        """The values of all members so named, at any depth; keys that the sender chooses are none."""
        return _members(self.values, frozenset(name.lower() for name in names))


def _members(value: Any, names: frozenset[str]) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            if str(key).lower() in names and not isinstance(value, FreeKeys):
                yield each
            yield from _members(each, names)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _members(each, names)
