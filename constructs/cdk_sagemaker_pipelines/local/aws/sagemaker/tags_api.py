"""The operations for tags. What moto holds is tagged there."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from moto.core.responses import ActionResult, EmptyResult

from .errors import ResourceNotFound
from .request import SageMakerRequest

_PAGE = 50
"""The least that a page of tags may be asked to hold, and what it holds."""


class TagOperations(SageMakerRequest):
    """Each public method is an operation."""

    def list_tags(self) -> ActionResult:
        arn = self._tagged()
        if arn is None:
            return self._of_moto(super().list_tags)
        return self._page("Tags", _pairs(self._store.tags[arn]), default_size=_PAGE)

    def add_tags(self) -> ActionResult:
        arn = self._tagged()
        if arn is None:
            return self._of_moto(super().add_tags)
        self._tag(arn)
        return ActionResult({"Tags": _pairs(self._store.tags[arn])})

    def delete_tags(self) -> ActionResult:
        arn = self._tagged()
        if arn is None:
            return self._of_moto(super().delete_tags)
        for key in self._request["TagKeys"]:
            self._store.tags[arn].pop(key, None)
        return EmptyResult()

    def _tagged(self) -> str | None:
        """The ARN of what is to be tagged, as it is kept here; clients may write it in another case."""
        asked: str = self._request["ResourceArn"]
        if asked in self._store.tags:
            return asked
        return next((arn for arn in list(self._store.tags) if arn.lower() == asked.lower()), None)

    def _of_moto(self, operation: Callable[[], ActionResult]) -> ActionResult:
        """moto's answer about something that is tagged there, if it is."""
        try:
            return operation()
        except (AttributeError, KeyError, IndexError, ValueError, TypeError) as error:
            arn = self._request["ResourceArn"]
            raise ResourceNotFound(f"Could not find a resource with the ARN {arn}.") from error


def _pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
