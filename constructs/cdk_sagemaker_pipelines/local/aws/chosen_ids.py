"""IDs that whoever creates something chooses, by a tag: an app may name what exists outside of it by its ID.

moto draws these IDs and only reads such a tag for a few other services; the name of the tag is moto's.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from inspect import signature
from typing import Any, NamedTuple

from moto.core.base_backend import AccountSpecificBackend

TAG = "_custom_id_"


class _Kind(NamedTuple):
    """What can be created with an ID of one's own."""

    backend: Any
    create: str
    module: Any
    draw: str
    """The function of the module that draws an ID."""
    pattern: re.Pattern[str]
    exists: Callable[[Any, str], bool]
    refuse: Callable[[str], Exception]


def _of_ec2() -> Iterator[_Kind]:
    from moto.ec2.exceptions import EC2ClientError
    from moto.ec2.models import security_groups, subnets, vpcs

    refuse = partial(EC2ClientError, "InvalidParameterValue")
    yield _Kind(
        vpcs.VPCBackend, "create_vpc", vpcs, "random_vpc_id", re.compile("vpc-[0-9a-z]{1,32}"),
        lambda backend, id: id in backend.vpcs, refuse,
    )  # fmt: skip
    yield _Kind(
        subnets.SubnetBackend, "create_subnet", subnets, "random_subnet_id", re.compile("subnet-[0-9a-z]{1,32}"),
        lambda backend, id: any(id in zone for zone in backend.subnets.values()), refuse,
    )  # fmt: skip
    yield _Kind(
        security_groups.SecurityGroupBackend, "create_security_group", security_groups, "random_security_group_id",
        re.compile("sg-[0-9a-z]{1,32}"), lambda backend, id: any(id in vpc for vpc in backend.groups.values()), refuse,
    )  # fmt: skip


def _of_kms() -> Iterator[_Kind]:
    from moto.kms import models
    from moto.kms.exceptions import ValidationException

    yield _Kind(
        models.KmsBackend, "create_key", models, "generate_key_id", re.compile("mrk-[0-9a-f]{32}|[0-9a-f-]{36}"),
        lambda backend, id: id in backend.keys, ValidationException,
    )  # fmt: skip


_KINDS = {"ec2": _of_ec2, "kms": _of_kms}
"""By service. moto's EC2 takes longer to load than the rest of the local AWS: it waits until somebody uses it."""


@contextmanager
def chosen_ids() -> Iterator[None]:
    """Patches moto: a VPC, subnet, security group or key with the tag has its value as its ID."""
    get, waiting, one = AccountSpecificBackend.__getitem__, dict(_KINDS), threading.Lock()
    with ExitStack() as undo:

        def put(owner: Any, name: str, value: Any) -> None:
            undo.callback(setattr, owner, name, getattr(owner, name))
            setattr(owner, name, value)

        def backend(self: AccountSpecificBackend[Any], region: str) -> Any:
            if self.service_name in waiting:
                with one:
                    for kind in waiting.get(self.service_name, _nothing)():
                        next_id = threading.local()
                        put(kind.backend, kind.create, _creating(kind, getattr(kind.backend, kind.create), next_id))
                        put(kind.module, kind.draw, _drawing(getattr(kind.module, kind.draw), next_id))
                    waiting.pop(self.service_name, None)
            return get(self, region)

        put(AccountSpecificBackend, "__getitem__", backend)
        yield


def _nothing() -> Iterator[_Kind]:
    yield from ()


def _creating(kind: _Kind, create: Callable[..., Any], next_id: threading.local) -> Callable[..., Any]:
    parameters = signature(create)

    def created(self: Any, *arguments: Any, **named: Any) -> Any:
        chosen = _chosen(parameters.bind(self, *arguments, **named).arguments.get("tags"))
        if chosen is not None:
            if not kind.pattern.fullmatch(chosen):
                raise kind.refuse(f"The tag {TAG} is '{chosen[:64]}', which is not the form of such an ID")
            if kind.exists(self, chosen):
                raise kind.refuse(f"The ID '{chosen}' exists already")
        next_id.value = chosen
        try:
            return create(self, *arguments, **named)
        finally:
            next_id.value = None

    return created


def _drawing(draw: Callable[..., str], next_id: threading.local) -> Callable[..., str]:
    def drawn(*arguments: Any, **named: Any) -> str:
        chosen: str | None = getattr(next_id, "value", None)
        next_id.value = None
        return draw(*arguments, **named) if chosen is None else chosen

    return drawn


def _chosen(tags: Any) -> str | None:
    """The value of the tag, in any of the forms in which moto hands tags on."""
    if isinstance(tags, Mapping):
        return next((found for each in tags.values() if (found := _chosen(each)) is not None), tags.get(TAG))
    for tag in tags if isinstance(tags, list) else ():
        if tag.get("Key", tag.get("TagKey")) == TAG:
            return str(tag.get("Value", tag.get("TagValue")))
    return None
