"""The account whose pipelines are shown: clients of AWS, and what is in the way of its answers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta, timezone
from typing import Any, TypeVar

from botocore.config import Config
from botocore.exceptions import BotoCoreError

from ..executions.logs import LogClients
from ..local.aws_time import ahead
from ..local.proxies import is_here
from .limits import Spare
from .sharing import Shared
from .trouble import ERRORS, SERVICE, Trouble, Troubled, broken, trouble

T = TypeVar("T")
Connect = Callable[[str, Config], Any]
"""Makes a client of a service, with new credentials if there are any."""

CONFIG = Config(
    connect_timeout=2,
    read_timeout=3,
    retries={"total_max_attempts": 1},
    max_pool_connections=20,
    user_agent_extra="smpipe-studio",
)
"""A page says within 5 seconds that nothing answers."""
PAUSE = 1.0
"""Seconds in which nobody is asked again after nothing has answered."""
SPARE = 10
"""Calls a second."""
INTERVAL = {True: 2.0, False: 1.0}
"""Seconds between two questions about the same, of a real account or not."""


class Account:
    """One account and region of AWS, or of the local one."""

    def __init__(self, connect: Connect, *, renew: str, clock: Callable[[], float] = time.monotonic) -> None:
        """``renew``: what renews the credentials, for people."""
        self._connect, self._renew, self.clock = connect, renew, clock
        self._lock = threading.Lock()
        self._clients: dict[str, Any] = {}
        self._shared = Shared(clock)
        self.spare = Spare(SPARE, 2 * SPARE, clock)
        """What pages may ask for besides what they are about."""
        self._ahead = timedelta(0)
        self._down: tuple[float, Trouble] | None = None
        known = self.client("sagemaker").meta
        self.is_real = not is_here(known.endpoint_url)
        """Whether it is AWS: what is done there costs money, and others see it."""
        self.region = str(known.region_name)

    def client(self, service: str) -> Any:
        """A client of boto3, whose errors ``ask`` and ``panel`` take."""
        with self._lock:
            if service not in self._clients:
                made = self._connect(service, CONFIG)
                made.meta.events.register("after-call", self._hear)
                self._clients[service] = made
            return self._clients[service]

    @property
    def sagemaker(self) -> Any:
        """The client that most pages ask."""
        return self.client("sagemaker")

    @property
    def logs(self) -> LogClients:
        """What is asked for logs."""
        return LogClients(self.client("logs"), self.client("lambda"))

    @property
    def interval(self) -> float:
        """How many seconds an answer is shared."""
        return INTERVAL[self.is_real]

    @property
    def id(self) -> str:
        """The twelve digits of the account; empty if they are not known."""
        found = self.panel(lambda: self.shared("account", 3600, self._identity))
        return "" if isinstance(found, Trouble) else found

    def now(self) -> datetime:
        """What time it is there, with its time zone: the clock of a local AWS may be ahead of this machine's."""
        return datetime.now(timezone.utc) + self._ahead

    def ask(self, read: Callable[[], T]) -> T:
        """What is read. Raises ``Troubled`` where AWS does not answer, or not as wanted."""
        if self._down is not None and self.clock() < self._down[0]:
            raise Troubled(self._down[1])
        try:
            found = read()
        except ERRORS as error:
            raise Troubled(self.judged(error)) from error
        self._down = None
        return found

    def panel(self, read: Callable[[], T]) -> T | Trouble:
        """What is read for one part of a page, or what is in the way of that part: a bug of ours as well."""
        try:
            return self.ask(read)
        except Troubled as found:
            return found.trouble
        except Exception as error:
            return broken(error)

    def shared(self, key: Hashable, seconds: float, read: Callable[[], T]) -> T:
        """What is read, or was for this key less than ``seconds`` ago: for as many tabs as there are."""
        return self._shared.get(key, seconds, read)

    def has(self, key: Hashable) -> bool:
        """Whether ``shared`` would ask nothing."""
        return self._shared.has(key)

    def forget(self) -> None:
        """Lets what is shared be read anew: after a change."""
        self._shared.forget()

    def judged(self, error: Exception) -> Trouble:
        """The trouble that an error is, be it one that somebody else has caught."""
        found = trouble(error, self._renew)
        if found.kind == "unreachable" and isinstance(error, BotoCoreError):
            self._down = (self.clock() + PAUSE, found)
        if found.kind == "expired":
            with self._lock:
                self._clients.clear()  # the next one looks for new credentials
        return found

    def _identity(self) -> str:
        return str(self.client("sts").get_caller_identity()["Account"])

    def _hear(self, parsed: Any, model: Any, **_: Any) -> None:
        told = parsed.setdefault("ResponseMetadata", {})
        told[SERVICE] = model.service_model.signing_name
        self._ahead = ahead(told.get("HTTPHeaders", {})) if not self.is_real else self._ahead
