"""moto, where its time or what is random in a call comes from ``repeating``."""

from __future__ import annotations

import datetime as datetime_module
import hmac
import importlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timezone
from random import Random
from typing import Any

from moto.core import utils
from moto.core.base_backend import AccountSpecificBackend
from moto.moto_api._internal.moto_random import MotoRandom

from ..repeating import again, drawn, generator, present, present_here, repeatable


class _IsDatetime(type):
    """Of a class whose instances are all moments."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, datetime)


class _Datetime(datetime_module.datetime, metaclass=_IsDatetime):
    """The time as moto sees it."""

    @classmethod
    def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
        return datetime.fromtimestamp(present(), tz)

    @classmethod
    def utcnow(cls) -> datetime:  # type: ignore[override]
        return datetime.fromtimestamp(present(), timezone.utc).replace(tzinfo=None)


class _Instead:
    """A module of which some names mean something else."""

    def __init__(self, module: Any, **names: Any) -> None:
        self._module = module
        self.__dict__.update(names)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


_DATES = _Instead(datetime_module, datetime=_Datetime)
_PATCHED: tuple[tuple[Any, Any], ...] = (
    (datetime_module, _DATES), (datetime_module.datetime, _Datetime), (time, _Instead(time, time=present)),
)  # fmt: skip
"""What tells the time, and what tells that of a call."""


@contextmanager
def dated_moto() -> Iterator[None]:
    """Patches moto: its time is that of the call, or of the clock of the local AWS.

    Queues keep the machine's time: those who work on their messages need it.
    """
    with ExitStack() as undo:

        def put(owner: Any, name: str, value: Any) -> None:
            undo.callback(setattr, owner, name, getattr(owner, name))
            setattr(owner, name, value)

        put(utils, "datetime", _DATES)
        queues = _module("sqs.models")
        put(queues, "unix_time", present_here)
        put(queues, "unix_time_millis", lambda: present_here() * 1000)
        put(AccountSpecificBackend, "__getitem__", _dated(AccountSpecificBackend.__getitem__, put))
        yield


@contextmanager
def repeated_moto(seed: bytes, birth: float) -> Iterator[None]:
    """Patches moto, ``dated_moto`` included.

    ``seed`` and ``birth`` are those of what moto makes unasked, when an account is first used in a region: its default
    network, for instance.
    """
    with ExitStack() as undo:

        def put(owner: Any, name: str, value: Any) -> None:
            undo.callback(setattr, owner, name, getattr(owner, name))
            setattr(owner, name, value)

        undo.enter_context(dated_moto())
        for name in ("kms.models", "kms.responses", "kms.utils", "s3.models"):
            put(_module(name), "os", _Instead(os, urandom=drawn))
        functions, topics = _module("awslambda.models").LambdaFunction, _module("sns.models")
        put(functions, "invoke", _once(functions.invoke, ("", {}, "")))
        put(topics, "requests", _Instead(topics.requests, post=_once(topics.requests.post, None)))
        put(AccountSpecificBackend, "__getitem__", _made_alike(AccountSpecificBackend.__getitem__, seed, birth))
        put(MotoRandom, "random", _random)
        put(MotoRandom, "getrandbits", _getrandbits)
        yield


def _module(name: str) -> Any:
    return importlib.import_module(f"moto.{name}")


def _dated(get: Any, put: Callable[[Any, str, Any], None]) -> Any:
    """Gives a backend, whose service has the time of its calls from its first use on."""
    packages = set()

    def backend(self: AccountSpecificBackend[Any], region: str) -> Any:
        package = ".".join(str(self.backend.__module__).split(".")[:2])
        if package not in packages:
            packages.add(package)
            for name, module in list(sys.modules.items()):
                if name.startswith(f"{package}."):
                    for own, patched in _PATCHED:
                        known: str = own.__name__
                        if vars(module).get(known) is own:
                            put(module, known, patched)
        return get(self, region)

    return backend


def _made_alike(get: Any, seed: bytes, birth: float) -> Any:
    """Gives a backend, which is made in the same way at every start."""

    def backend(self: AccountSpecificBackend[Any], region: str) -> Any:
        if region in self.keys():
            return get(self, region)
        place = f"{self.service_name} {self.account_id} {region}"
        with repeatable(hmac.digest(seed, place.encode(), "sha256"), birth, again=again()):
            return get(self, region)

    return backend


def _random(self: MotoRandom) -> float:
    return Random.random(self) if (own := generator()) is None else own.random()


def _getrandbits(self: MotoRandom, k: int, /) -> int:
    return Random.getrandbits(self, k) if (own := generator()) is None else own.getrandbits(k)


def _once(function: Any, otherwise: Any) -> Any:
    """What reaches beyond moto, and is not repeated."""

    def call(*arguments: Any, **named: Any) -> Any:
        return otherwise if again() else function(*arguments, **named)

    return call
