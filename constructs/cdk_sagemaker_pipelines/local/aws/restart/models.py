"""Resources of stacks that moto makes from their properties, without a call of its API."""

from __future__ import annotations

import dataclasses
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ...state.journal import Call, Journal
from ..repeating import repeatable
from ..resources import Made, Provider, Request, provider_for
from ..resources.moto_models import MotoProvider

MODELS = "moto"
"""The service of their calls in a journal."""

_Result = TypeVar("_Result")


class Models:
    """What moto made of the resources of stacks, and the record of it."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._made: dict[tuple[str, str], Made] = {}

    def provider(self, name: str) -> Provider:
        """``resources.provider_for``, whose work is recorded if no call of an API does it."""
        provider = provider_for(name)
        return _Recorded(provider, self._journal) if isinstance(provider, MotoProvider) else provider

    def attributes(self, stack_id: str, logical_id: str) -> Mapping[str, Any]:
        """Those of a resource that was made again."""
        made = self._made.get((stack_id, logical_id))
        return {} if made is None else made.attributes

    def again(self, call: Call) -> None:
        """Does recorded work again."""
        key = call.request["stack_id"], call.request["logical_id"]
        request = Request(client=_no_client, attributes=self.attributes(*key), **call.request)
        provider = provider_for(request.type)
        if call.operation == "delete":
            provider.delete(request)
        else:
            self._made[key] = provider.create(request) if call.operation == "create" else provider.update(request)


class _Recorded(Provider):
    """Does what moto's provider does, and records it."""

    def __init__(self, provider: MotoProvider, journal: Journal) -> None:
        self._provider, self._journal = provider, journal

    def create(self, request: Request) -> Made:
        return self._once("create", request, self._provider.create)

    def update(self, request: Request) -> Made:
        return self._once("update", request, self._provider.update)

    def delete(self, request: Request) -> None:
        self._once("delete", request, self._provider.delete)

    def _once(self, operation: str, request: Request, work: Callable[[Request], _Result]) -> _Result:
        plain = {name: getattr(request, name) for name in _PLAIN}
        call = Call(MODELS, operation, time.time(), secrets.token_bytes(32), plain)
        with repeatable(call.seed, call.moment):
            done = work(request)
        self._journal.add(call)
        return done


_PLAIN = tuple(each.name for each in dataclasses.fields(Request) if each.name not in ("client", "attributes"))


def _no_client(service: str) -> Any:
    raise RuntimeError(f"moto's models do not call {service}")
