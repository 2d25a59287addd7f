"""What the operations of the SageMaker API share."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from typing import Any

from moto.core.responses import ActionResult
from moto.sagemaker.responses import SageMakerResponse

from ..front.refusal import Refused
from ..principals import sender_of
from ..repeating import again
from ..world import STEP_HEADER, World
from .errors import ResourceLimitExceeded, ValidationException
from .pages import cut, page
from .registry import place_of
from .sharing import pipeline_refusal, place_of_pipeline, registry_refusal
from .store import SageMakerStore
from .supported_operations import refusal

_MOST_TAGS = 50
"""Of one resource."""


class SageMakerRequest(SageMakerResponse):
    """One request."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    def call_action(self) -> Any:
        by_step = hmac.compare_digest(str(self.headers.get(STEP_HEADER, "")).encode(), self._world.steps.encode())
        refused = refusal(self._get_action(), by_step=by_step)
        if refused is not None:
            raise refused
        try:
            return super().call_action()
        except KeyError as error:  # how moto misses what a request names
            if not error.args or error.args[0] not in self._request.values():
                raise
            raise Refused(400, "ResourceNotFound", f"{error.args[0]} does not exist.") from error

    @property
    def _store(self) -> SageMakerStore:
        return self._world.sagemaker(self.current_account, self.region)

    def _store_of(self, name_or_arn: str | None, operation: str | None = None) -> SageMakerStore:
        """Where a model package or a group is: in the account and region that its ARN names, else in those of the key.

        ``operation``: what is done with it, by default that of the request. Raises ``Refused`` unless the policy of a
        group of another account allows it.
        """
        place = place_of(name_or_arn)
        if name_or_arn is None or place is None:
            return self._store
        store = self._world.sagemaker(*place)
        if place[0] != self.current_account and not again():
            done = operation or self._get_action()
            if refused := registry_refusal(store.registry, sender_of(self), done, name_or_arn):
                raise Refused(400, "AccessDeniedException", refused)
        return store

    def _store_with(self, pipeline: str) -> SageMakerStore:
        """Where a pipeline or an execution is. Raises ``Refused`` for one that another account does not share."""
        account, region = place_of_pipeline(pipeline) or (self.current_account, self.region)
        if account == self.current_account or region != self.region:
            return self._store  # which does not have one of another region
        if not again() and (refused := pipeline_refusal(sender_of(self), self._get_action(), pipeline)):
            raise Refused(400, "AccessDeniedException", refused)
        return self._world.sagemaker(account, region)

    @property
    def _request(self) -> Mapping[str, Any]:
        return {key: value for key, value in self.params.items() if value is not None}

    def _needed(self, member: str) -> Any:
        """A member that the service requires, though its model does not say so."""
        if member not in self._request:
            place = member[0].lower() + member[1:]
            raise ValidationException(
                "1 validation error detected: "
                f"Value null at '{place}' failed to satisfy constraint: Member must not be null"
            )
        return self._request[member]

    def _once(self, carry_out: Callable[[], str]) -> str:
        """The ARN that ``carry_out`` gives, or gave when the same was asked for with the same token."""
        return self._store.tokens.once(self._get_action(), self._request, carry_out)

    def _tag(self, arn: str, store: SageMakerStore | None = None) -> None:
        kept = (store or self._store).tags
        tags = kept.get(arn, {})
        tags = {**tags, **{tag["Key"]: tag["Value"] for tag in self._request.get("Tags", [])}}
        if len(tags) > _MOST_TAGS:
            raise ResourceLimitExceeded(f"{arn} would have {len(tags)} tags, at most {_MOST_TAGS} are allowed")
        kept[arn] = tags

    def _page(
        self,
        member: str,
        found: list[dict[str, Any]],
        *,
        by: str | None = None,
        key: Callable[[dict[str, Any]], Any] | None = None,
        contains: str | None = None,
        default_size: int = 10,
        descending: bool = True,
    ) -> ActionResult:
        """A page of what was found, in descending order unless there is a key."""
        items, token = page(
            found, self._request, by=by, key=key, contains=contains, default_size=default_size, descending=descending
        )
        return ActionResult({member: items, "NextToken": token})

    def _cut(self, member: str, found: list[dict[str, Any]], **members: Any) -> ActionResult:
        """A page of what was found, in the order in which it is; ``members`` are the others of the answer."""
        items, token = cut(found, self._request)
        return ActionResult({member: items, "NextToken": token, **members})
