"""The state of a local AWS that moto does not hold, by account and region."""

from __future__ import annotations

import os
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import cached_property, partial
from typing import Any, TypeVar

import boto3
import botocore.loaders
import botocore.session
from botocore.config import Config
from botocore.configprovider import ConfigValueStore, ConstantProvider
from moto.utilities.utils import get_partition

from ..enforcement import Mode
from ..engine.callbacks import Callbacks
from ..origin import Origin
from ..proxies import without_proxy
from .batch.queues import BatchStore, Train
from .cloudformation.stacks import StackStore
from .events.bus import EventBus, archived
from .events.deliveries import DELIVERY, Deliveries
from .events.targets import Targets
from .front.keys import Keys
from .functions import Functions
from .identities import RoleSessions, forget, user_key
from .judge.judge import Judge
from .judge.steps.permissions import StepPermissions
from .restart.deliveries import kept_delivery
from .restart.kept import Kept
from .sagemaker.run import ExecutionFactory
from .sagemaker.store import SageMakerStore
from .step_clients import Kind, Made, StepClients
from .target_roles import TargetRoles
from .tries import Tries

_Store = TypeVar("_Store")

MAX_FUNCTION_SECONDS = 900

SERVICE_SESSION = "SageMaker"
"""What the service calls its sessions of roles."""

STEP_HEADER = "X-Smpipe-Step"
"""The header that tells the calls of steps from those of anybody else."""

_MOST_CLIENTS = 100
"""Clients of sessions that an account and region holds."""

_LOADER = botocore.loaders.create_loader()
"""The service models, read once for every world of the process: reading them takes longer than most requests."""


class LocalServices:
    """Clients for one account and region of the local AWS; implements ``local.services.Services``."""

    def __init__(self, world: World, account: str, region: str) -> None:
        self.account, self.region, self.partition = account, region, get_partition(region)
        self.callbacks = Callbacks()
        self._world = world
        self._clients: dict[str, Any] = {}
        self._permissions = StepPermissions(world.judge, world)
        self._sessions: OrderedDict[tuple[str, str], Any] = OrderedDict()
        """The clients of sessions of no step; those that were not asked for longest are forgotten."""
        self._of_steps = StepClients(lambda name: world.new_changing_client(name, account, region))
        self._lock = threading.Lock()

    def client(self, name: str) -> Any:
        """The boto3 client of a service, created once and safe for use by several threads."""
        with self._lock:
            if name not in self._clients:
                self._clients[name] = self._world.new_client(name, self.account, self.region)
            return self._clients[name]

    def client_as(self, role: str, name: str, origin: Origin | None = None, session: str = "") -> Any:
        """The client of a session that the service holds of a role, for a step if there is an ``origin``."""
        if not role:
            return self.client(name)
        session = session or SERVICE_SESSION
        with self._lock:
            told = self._world.sessions.environment(self.account, self.region, role, session, origin)
            keys = (told["AWS_ACCESS_KEY_ID"], told["AWS_SECRET_ACCESS_KEY"], told["AWS_SESSION_TOKEN"])
            if origin is not None:
                step = (origin.execution_arn, origin.step)
                return self._of_steps.lend(step, Kind(role, session, name), keys)
            if (held := (keys[0], name)) not in self._sessions:
                self._sessions[held] = self._world.new_client(name, self.account, self.region, keys)
                if len(self._sessions) > _MOST_CLIENTS:
                    self._sessions.popitem(last=False)  # whoever still uses it has it
            self._sessions.move_to_end(held)
            return self._sessions[held]

    @property
    def permissions(self) -> StepPermissions:
        """Who asks IAM for the steps of executions."""
        return self._permissions

    def step_client(self) -> Any:
        """The client of steps that record what nobody else can create."""
        with self._lock:
            if STEP_HEADER not in self._clients:
                client = self._world.new_client("sagemaker", self.account, self.region)
                client.meta.events.register("before-call.sagemaker", self._mark)
                self._clients[STEP_HEADER] = client
            return self._clients[STEP_HEADER]

    def _mark(self, params: dict[str, Any], **_: Any) -> None:
        params["headers"][STEP_HEADER] = self._world.steps

    def environment(self, role: str, session: str, origin: Origin | None = None) -> Mapping[str, str]:
        """The variables with which another process reaches the same account as a session of a role."""
        return {
            "AWS_ENDPOINT_URL": self._world.url,
            **self._world.sessions.environment(self.account, self.region, role, session, origin),
            **without_proxy({}),
        }

    def end_step(self, execution_arn: str, step: str) -> None:
        """Ends the sessions of a step that has ended."""
        with self._lock:
            self._of_steps.end((execution_arn, step))
            self._world.sessions.end(execution_arn, step)

    def close(self) -> None:
        """Closes the clients' connections; the next one asked for is a new one."""
        with self._lock:
            clients = [*self._clients.values(), *self._sessions.values()]
            self._clients.clear()
            self._sessions.clear()
            self._of_steps.close()
        for client in clients:
            client.close()

    def record_job(self, kind: str, name: str, description: dict[str, Any]) -> None:
        """Makes ``Describe<kind>`` of ``name`` return ``description``, and ``List<kind>s`` list it."""
        self._world.sagemaker(self.account, self.region).record_job(kind, name, description)

    def stoppable(self, kind: str, name: str, stop: Callable[[], None]) -> AbstractContextManager[None]:
        """Makes ``Stop<kind>`` of ``name`` call ``stop``, within the block."""
        return self._world.sagemaker(self.account, self.region).jobs.stoppable(kind, name, stop)


class World:
    """Everything that requests share, as long as the server lives.

    ``account`` is the default account, ``train`` what runs the training jobs of AWS Batch, ``secret`` what the keys of
    all accounts derive from (``front.keys``), ``kept`` what keeps it over a restart, if anything does, ``iam`` how IAM
    is enforced (``Judge``).
    """

    def __init__(
        self,
        account: str,
        executions: ExecutionFactory,
        train: Train,
        secret: str | None = None,
        kept: Kept | None = None,
        iam: Mode | None = None,
    ) -> None:
        self.account = account
        self._train = train
        self._kept = kept
        self.url = ""
        self.steps = secrets.token_urlsafe()
        """What only the calls of steps carry."""
        self.keys = Keys(secret, user_key, forget)
        self.sessions = RoleSessions(self.keys)
        self.judge = Judge(iam)
        self.target_roles = TargetRoles(self)
        self._executions = executions
        self._stacks: dict[tuple[str, str], StackStore] = {}
        self._sagemaker: dict[tuple[str, str], SageMakerStore] = {}
        self._services: dict[tuple[str, str], LocalServices] = {}
        self._batch: dict[tuple[str, str], BatchStore] = {}
        self._buses: dict[tuple[str, str], EventBus] = {}
        self._lock = threading.RLock()
        self.tries = Tries(None if kept is None else kept.journal)
        self.tries.serve(DELIVERY, lambda told: self.bus(told["account"], told["region"]).again(told))
        self.functions = Functions(self)

    def stacks(self, account: str, region: str) -> StackStore:
        def make() -> StackStore:
            keeper = None if self._kept is None else self._kept.stacks(account, region)
            return StackStore(account, region, get_partition(region), self.stacks, keeper)

        return self._once(self._stacks, account, region, make)

    def sagemaker(self, account: str, region: str) -> SageMakerStore:
        def make() -> SageMakerStore:
            keeper = None if self._kept is None else self._kept.executions(account, region)
            services, bus = self.services(account, region), self.bus(account, region)
            return SageMakerStore(services, bus, self._executions, keeper, self.sagemaker)

        return self._once(self._sagemaker, account, region, make)

    def batch(self, account: str, region: str) -> BatchStore:
        def make() -> BatchStore:
            return BatchStore(self.services(account, region), self.bus(account, region), self._train)

        return self._once(self._batch, account, region, make)

    def bus(self, account: str, region: str) -> EventBus:
        def make() -> EventBus:
            keep = archived if self._kept is None else partial(kept_delivery, self._kept.journal)
            deliveries = Deliveries(account, region, Targets(self.services, self.target_roles), self.tries)
            return EventBus(account, region, deliveries, keep)

        return self._once(self._buses, account, region, make)

    def services(self, account: str, region: str) -> LocalServices:
        return self._once(self._services, account, region, lambda: LocalServices(self, account, region))

    @cached_property
    def _session(self) -> botocore.session.Session:
        return _session()

    @cached_property
    def _clients(self) -> boto3.Session:
        return boto3.Session(botocore_session=self._session)

    def new_client(
        self, service: str, account: str, region: str, keys: tuple[str, str, str | None] | None = None
    ) -> Any:
        """A client of our own server that connects to it directly, whatever proxy the user has.

        ``keys``: id, secret and token of a session, instead of the key of the account.
        """
        own = self.keys.of_account(account)
        with self._lock:
            return self._client(service, region, keys or (own.id, own.secret, None))

    def new_changing_client(self, service: str, account: str, region: str) -> Made:
        """One whose credentials change as it is lent to steps."""
        with self._lock:
            self._session.set_credentials("", "")  # those of the next client that is given none
            client, credentials = self._client(service, region, (None, None, None)), self._session.get_credentials()
        assert credentials is not None
        return Made(client, credentials)

    def _client(
        self,
        service: str,
        region: str,
        keys: tuple[str | None, str | None, str | None],
    ) -> Any:
        config = Config(max_pool_connections=50, proxies={})
        if service == "lambda":
            # A call of a function lasts as long as the function, and must not be repeated.
            config = config.merge(Config(read_timeout=MAX_FUNCTION_SECONDS + 10, retries={"max_attempts": 0}))
        return self._clients.client(  # type: ignore[call-overload]
            service,
            region_name=region,
            endpoint_url=self.url,
            aws_access_key_id=keys[0],
            aws_secret_access_key=keys[1],
            aws_session_token=keys[2],
            config=config,
        )

    def close(self) -> None:
        """Stops the executions and functions still running, waits for them, and closes every client's connections."""
        self.tries.close()
        for store in list(self._sagemaker.values()):
            store.stop_all()
        for queues in list(self._batch.values()):
            queues.close()
        for bus in list(self._buses.values()):
            bus.close()
        self.functions.close()
        self.close_clients()

    def close_clients(self) -> None:
        """Closes every client's connections."""
        for services in list(self._services.values()):
            services.close()

    def _once(
        self, made: dict[tuple[str, str], _Store], account: str, region: str, make: Callable[[], _Store]
    ) -> _Store:
        with self._lock:
            if (account, region) not in made:
                made[account, region] = make()
            return made[account, region]


def _session() -> botocore.session.Session:
    """Creates clients with botocore's defaults, whatever the user's variables and configuration say."""
    session = botocore.session.Session()
    defaults = {name: ConstantProvider(default) for name, (_, _, default, _) in session.SESSION_VARIABLES.items()}
    nowhere = {name: ConstantProvider(os.devnull) for name in ("config_file", "credentials_file")}
    session.register_component("config_store", ConfigValueStore({**defaults, **nowhere}))
    session.register_component("data_loader", _LOADER)
    return session
