"""Resources of stacks that moto makes from their properties, without a call of its API."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from ...state.journal import Call, Journal
from ..repeating import again, present, repeatable
from ..resources import Made, Request
from ..resources.moto_models import moto_provider

MODELS = "moto"
"""The service of their calls in a journal."""


class Models:
    """What moto made of the resources of stacks, and the record of it."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._made: dict[tuple[str, str, str], Made] = {}

    def watch(self, operation: str, request: Request, work: Callable[[Request], Any]) -> Any:
        """Has the work done, and records it; see ``MotoProvider.watch``."""
        if again():
            return work(request)
        plain = {name: getattr(request, name) for name in _PLAIN}
        call = Call(MODELS, operation, present(), secrets.token_bytes(32), plain)
        with repeatable(call.seed, call.moment):
            done = work(request)
        call.answer = done.physical_id if isinstance(done, Made) else ""
        self._journal.add(call)
        return done

    def attributes(self, stack_id: str, logical_id: str, physical_id: str) -> Mapping[str, Any]:
        """Those of a resource that was made again; while it is replaced, there are two with its logical id."""
        made = self._made.get((stack_id, logical_id, physical_id))
        return {} if made is None else made.attributes

    def again(self, call: Call) -> str:
        """Does recorded work again; returns the physical id of what it made."""
        stack_id, logical_id = call.request["stack_id"], call.request["logical_id"]
        known = self.attributes(stack_id, logical_id, call.request["physical_id"])
        request = Request(client=_no_client, attributes=known, **call.request)
        provider = moto_provider(request.type)
        assert provider is not None
        if call.operation == "delete":
            provider.delete(request)
            return ""
        made = provider.create(request) if call.operation == "create" else provider.update(request)
        self._made[stack_id, logical_id, call.answer or made.physical_id] = made
        return made.physical_id


_PLAIN = tuple(each.name for each in dataclasses.fields(Request) if each.name not in ("client", "attributes"))


def _no_client(service: str) -> Any:
    raise RuntimeError(f"moto's models do not call {service}")
