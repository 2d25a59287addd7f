"""A request that has passed validation, as the mapping reads it."""

from __future__ import annotations

from collections.abc import Mapping
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

    def members(self) -> Members:
        """All members at any depth; keys that the sender chooses are none."""
        found: dict[str, list[Any]] = {}
        _gather(self.values, found)
        return Members(found)


class Members:
    """The values of members by their names, in whatever case."""

    def __init__(self, found: Mapping[str, list[Any]]) -> None:
        self._found = found

    def of(self, *names: str) -> list[Any]:
        """The values of all members so named."""
        return [value for name in names for value in self._found.get(name.lower(), ())]


def _gather(value: Any, found: dict[str, list[Any]]) -> None:
    if isinstance(value, Mapping):
        for key, each in value.items():
            if not isinstance(value, FreeKeys):
                found.setdefault(str(key).lower(), []).append(each)
            if not isinstance(each, str):
                _gather(each, found)
    elif isinstance(value, (list, tuple)):
        for each in value:
            _gather(each, found)
