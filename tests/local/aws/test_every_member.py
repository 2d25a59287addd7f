"""Every operation of SageMaker that a pipeline's user can meet, and every member of its input: it has an effect, is
refused, or docs/local.md says that it has none.

Each request is really sent, with and without the member; what is compared is what comes back and what can be seen then.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import botocore.session
import pytest
from botocore.config import Config

from cdk_sagemaker_pipelines.local.aws.sagemaker.supported_operations import refusal
from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws

from .conftest import REGION
from .walk import CALLS, FAMILIES, JOBS, MET, TOKEN, World, normal, observed

LOCAL_MD = Path(__file__).parents[3] / "docs" / "local.md"
MODEL: Any = botocore.session.get_session().get_service_model("sagemaker")
READS = ("Describe", "Get", "List", "Search")
REFUSALS = ("ConflictException", "ResourceInUse", "ResourceLimitExceeded", "ResourceNotFound", "ValidationException")
"""The exceptions with which the service refuses a member."""

TOKENS = ("ClientRequestToken", "ClientToken")
ALWAYS_REFUSED = {f"Stop{kind}" for kind in JOBS}
"""The jobs have ended; test_operations.py stops some that run."""

MakeWorld = Callable[[str], World]


@pytest.fixture(scope="module")
def make() -> Iterator[MakeWorld]:
    """``make(family)``: another account with something in it."""
    session = boto3.Session()
    regions = sorted(
        {*session.get_available_regions("sagemaker")} - {"us-east-1"}
    )  # a new account takes longer than a new region
    places = ((str(number), region) for number in itertools.count(100000000000) for region in regions)
    with EmbeddedAws(REGION, "111122223333") as aws:

        def made(family: str) -> World:
            account, region = next(places)
            services, told = aws._world.services(account, region), aws.environment(account)
            # what only the service checks must reach it
            client = session.client(
                "sagemaker",
                region_name=region,
                endpoint_url=aws.url,
                aws_access_key_id=told["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=told["AWS_SECRET_ACCESS_KEY"],
                config=Config(parameter_validation=False, proxies={}),
            )
            world = World(client, account, region, services.client, services.record_job)
            FAMILIES[family](world)
            return world

        yield made


@pytest.fixture(scope="module")
def shared(make: MakeWorld) -> MakeWorld:
    """``shared(family)``: one account for all that only read."""
    return functools.cache(make)


def answer(world: World, operation: str, request: Mapping[str, Any], family: str) -> Any:
    """What comes back, and what can be seen then; the code of the error if the request is refused."""
    try:
        told = world.sagemaker._make_api_call(operation, dict(request))
    except world.sagemaker.exceptions.ClientError as error:
        return Refusal(error.response["Error"]["Code"], error.response["Error"]["Message"])
    seen = [] if operation.startswith(READS) else observed(world, family)
    return normal([told, seen], world)


class Refusal(NamedTuple):
    code: str
    message: str


class Sender:
    """Sends an operation with one member more, or another value of it."""

    def __init__(self, make: MakeWorld, shared: MakeWorld, operation: str) -> None:
        self.operation, self.call = operation, CALLS[operation]
        self._make = shared if operation.startswith(READS) else make
        self._without: dict[str, Any] = {}

    def world(self) -> World:
        """One for all requests if they change nothing, else a new one."""
        return self._make(self.call.family)

    def send(self, world: World, given: Mapping[str, Any], *, more: Mapping[str, Any] | None = None) -> Any:
        request = {**self.call.base(world), **(more or {}), **given}
        for member in given:
            request.pop(self.call.instead.get(member, ""), None)
        sent = {name: value(world) if callable(value) else value for name, value in request.items()}
        return answer(world, self.operation, sent, self.call.family)

    def without(self, more: Mapping[str, Any]) -> Any:
        """What comes of the request that a member is added to."""
        if repr(more) not in self._without:
            told = self._without[repr(more)] = self.send(self.world(), {}, more=more)
            assert not isinstance(told, Refusal) or self.operation in ALWAYS_REFUSED, told
        return self._without[repr(more)]

    def has_effect(self, member: str) -> bool:
        """Whether a value of the member changes what comes of the request, or is refused."""
        outer, _, inner = member.partition(".")
        more = self.call.more.get(outer, {})
        if inner:
            without = self.send(self.world(), {outer: self.call.others[outer][0]}, more=more)
        else:
            without = self.without(more)
        sent = (self.send(self.world(), {outer: value}, more=more) for value in self.call.others[member])
        return any(_judged(told) != without for told in sent)

    def happens_once(self, member: str) -> bool:
        """Whether the same request with the same token does the same once, and another is told apart."""
        world, token = self.world(), {member: TOKEN}
        first, again = (self.send(world, token) for _ in range(2))
        assert not isinstance(first, Refusal)
        if again != first:
            return False
        others = [name for name in self.call.others if name not in (*TOKENS, *self.call.base(world))]
        different = {name: self.call.others[name][0] for name in others[:1]}
        other = self.send(world, {**token, **different}) if different else None
        return self.send(world, {member: f"{TOKEN}-anew"}) != again or _code(other) == "ConflictException"


def _judged(told: Any) -> Any:
    assert _code(told) in (None, *REFUSALS), told
    return told


def _code(told: Any) -> str | None:
    return told.code if isinstance(told, Refusal) else None


@pytest.mark.parametrize("operation", sorted(CALLS))
def test_every_member_has_an_effect_or_is_refused(make: MakeWorld, shared: MakeWorld, operation: str) -> None:
    sender = Sender(make, shared, operation)
    ignored = [
        member
        for member in sender.call.others
        if not (sender.happens_once(member) if member in TOKENS else sender.has_effect(member))
    ]
    assert ignored == documented().get(operation, [])


def test_every_operation_is_walked() -> None:
    met = {one for one in MODEL.operation_names if MET.fullmatch(one)}
    assert len(met) > 70
    assert CALLS.keys() <= met
    refused = {one for one in met - CALLS.keys() if refusal(one) is not None}
    assert {one for one in met - CALLS.keys() - refused if f"`{one}`" not in LOCAL_MD.read_text("utf-8")} == set()
    for operation, call in CALLS.items():
        members = MODEL.operation_model(operation).input_shape.members
        walked = set(members)
        if call.family in ("pipelines", "executions"):
            for name, member in members.items():
                walked |= {f"{name}.{inner}" for inner in getattr(member, "members", ())}
        assert call.others.keys() == walked, operation


def documented() -> dict[str, list[str]]:
    """The members that docs/local.md says to have no effect, by operation."""
    rows = re.findall(r"^\| `(\w+)` \| ((?:`\w+`(?:, )?)+) \|", LOCAL_MD.read_text("utf-8"), re.MULTILINE)
    return {operation: re.findall(r"\w+", members) for operation, members in rows}
