"""What the operations of the SageMaker API share."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from moto.core.responses import ActionResult
from moto.sagemaker.responses import SageMakerResponse

from ..world import STEP_HEADER, World
from .errors import ResourceNotFound, ValidationException
from .offered import refusal
from .pages import page
from .store import SageMakerStore


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
        return super().call_action()

    @property
    def _store(self) -> SageMakerStore:
        return self._world.sagemaker(self.current_account, self.region)

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

    def _tag(self, arn: str) -> None:
        tags = self._store.tags.setdefault(arn, {})
        tags.update({tag["Key"]: tag["Value"] for tag in self._request.get("Tags", [])})

    def _job(self, kind: str) -> ActionResult | None:
        job = self._store.job(kind, self._request[f"{kind}Name"])
        return None if job is None else ActionResult(job)

    def _no_job(self, kind: str) -> NoReturn:
        name = self._request[f"{kind}Name"]
        raise ResourceNotFound(f"Amazon SageMaker can't find a {kind} with the name {name}.")

    def _jobs(self, kind: str, **members: Any) -> ActionResult:
        """The jobs of a kind with these members."""
        if "StatusEquals" in self._request:
            members[f"{kind}Status"] = self._request["StatusEquals"]
        found = [
            job for job in self._store.jobs(kind) if all(job.get(name) == value for name, value in members.items())
        ]
        member = {"Name": f"{kind}Name", "Status": f"{kind}Status"}.get(self._request.get("SortBy", ""), "CreationTime")
        return self._page(
            f"{kind}Summaries", found, by="CreationTime", key=lambda job: job[member], contains=f"{kind}Name"
        )

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
