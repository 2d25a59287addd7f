"""The server: moto on localhost, with our CloudFormation and SageMaker in front of its own."""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Mapping
from contextlib import ExitStack, closing
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ...language import Definition
from ...language.later import Later
from ..account_and_region import check_account_and_region
from ..container.folder import sweep
from ..enforcement import Mode
from ..engine.assumptions import DEFAULT, Assumptions
from ..engine.clock import RealClock
from ..engine.execution import PipelineExecution
from ..engine.outcomes import OUTCOMES_VARIABLE, Outcome, read_outcomes
from ..engine.scripted import ScriptedRunner
from ..listening import Listener
from ..proxies import without_proxy
from ..runners import RUNNERS
from ..runners.jobs.training import train
from .alarms.alarms import Alarms
from .alarms.api import CloudWatchApi
from .chosen_ids import chosen_ids
from .cloudformation.api import CloudFormationApi
from .dated import Dated
from .dispatch import Dispatcher
from .events.api import EventsApi, LogsApi, PipesApi, SchedulerApi
from .events.bus import delivering
from .events.schedules import Schedules
from .front.application import Application, Front
from .front.keys import Keys
from .iam_api import IamApi
from .lambda_api import LambdaApi
from .moto_patches import repaired
from .ram_api import RamApi
from .repeating import clock, timed
from .restart.kept import Kept
from .restart.patching import dated_moto
from .restart.recording import Recorder
from .restart.restoring import answering, repeated
from .sagemaker.api import SageMakerApi
from .sagemaker.run import ExecutionFactory
from .sagemaker.runtime import SageMakerRuntimeApi
from .sns_api import SnsApi
from .sts_api import StsApi
from .subscriptions import subscribed
from .wire import RawHandler
from .world import STEP_HEADER, LocalServices, World

if TYPE_CHECKING:
    from .batch import api as batch_api
else:  # moto's loads all that it knows of EC2, which takes as long as everything else
    batch_api = Later(f"{__package__}.batch.api")

_running = threading.Lock()
"""Held while a local AWS runs, because moto keeps its state per process."""

_STEP_VARIABLE = f"HTTP_{STEP_HEADER.upper().replace('-', '_')}"
"""How WSGI calls the header of the calls of steps."""


class EmbeddedAws:
    """An AWS of one process, on localhost only, empty at every start unless ``state`` names a folder that keeps it.

    It only serves signed requests (``front``). The access key of an account is its number; ``environment`` has its
    secret key, which derives from ``secret``: at least 16 characters, a new one at every start when left out. Any
    account can be used, in any region; ``account`` and ``region`` are the defaults. ``executions`` creates what runs a
    pipeline. ``outcomes`` is a file of scripted step results (``engine.outcomes``), read anew for every execution and
    retry; it defaults to the file that SMPIPE_OUTCOMES names, if any. ``assumptions`` say what executions do where it
    is not known what the service does. ``rate``: how many seconds pass in it in one of the machine's. ``iam``: what
    becomes of calls that IAM would refuse; by default they are refused to roles that exist here, and pass for those
    that do not.
    """

    def __init__(
        self,
        region: str,
        account: str,
        *,
        executions: ExecutionFactory | None = None,
        outcomes: Path | None = None,
        assumptions: Assumptions = DEFAULT,
        secret: str | None = None,
        state: Path | None = None,
        rate: float = 1,
        iam: Mode | None = None,
    ) -> None:
        check_account_and_region(account, region)
        self.region, self.account = region, account
        self.url = ""
        self._executions = executions or _with_outcomes(outcomes, assumptions)
        self._secret = secret or secrets.token_urlsafe(32)
        self._state, self.rate, self.iam = state, rate, iam
        self.unrestored: tuple[str, ...] = ()
        """In words, what did not come out at this start as it was before."""
        self._world = self._new_world()
        self._running = False
        self._undo = ExitStack()

    def start(self, port: int = 0) -> str:
        """Listens on ``port``, 0 for any free one, and returns the endpoint's URL.

        Raises ``OSError`` when the port is taken, ``RuntimeError`` when a local AWS already runs in this process,
        ``StateError`` when the folder of the state cannot be used; it has then not been changed.
        """
        if not _running.acquire(blocking=False):
            raise RuntimeError("a local AWS already runs in this process; stop it first")
        self._undo.callback(_running.release)
        try:
            kept = None if self._state is None else Kept(self._state)
            if kept is not None:
                self._undo.callback(kept.journal.close)
            self._clock = RealClock(self.rate, None if kept is None else kept.time())
            self._undo.enter_context(timed(self._clock))
            sweep()
            self._undo.enter_context(repaired())
            self._undo.enter_context(chosen_ids())
            self._undo.enter_context(delivering(lambda: self._world))
            self._undo.enter_context(subscribed(lambda *told: self._world.functions.call_later(*told)))
            if kept is not None:
                self._undo.enter_context(kept.patched())
            elif not self._clock.is_machines:
                self._undo.enter_context(dated_moto())
            listener = Listener(port)
            self._undo.callback(listener.close)
            application = self._application()
            if kept is not None:
                self._world = self._new_world(kept)
                application = self._application()
                self._restore(kept, application, listener.port)
            # The name instead of the number: CDK and S3 clients recognize an endpoint on this machine by it.
            self.url = self._world.url = f"http://localhost:{listener.port}"
            served: Application = application if kept is None else Recorder(application, kept.journal)
            if not self._clock.is_machines:
                served = Dated(served)
            listener.serve(Front(self._world.keys, served, listener.port), RawHandler, "embedded-aws")
        except BaseException:
            self._end()
            raise
        self._world.functions.resume()
        self._world.tries.resume()
        self._passed = _forgotten if kept is None or self._clock.is_machines else kept.passed
        self._schedules = Schedules(self._world, self._clock, self.rate, self._passed)
        self._schedules.begin()
        self._alarms = Alarms(self._world, self._clock, self.rate)
        self._alarms.begin()
        self._running = True
        return self.url

    def stop(self) -> None:
        """Stops running executions, closes the port and discards everything; a second call does nothing."""
        if not self._running:
            return
        self._running = False
        self._schedules.close()
        self._alarms.close()
        self._world.tries.close()
        self._world.close()  # its executions first: the clock has their timers
        self._clock.close()
        self._passed(self._clock.now())
        self._end()

    def services(self, region: str | None = None) -> LocalServices:
        """How jobs and tests reach this AWS; ``region`` defaults to the one given at construction."""
        return self._world.services(self.account, region or self.region)

    def now(self) -> datetime:
        """What time it is in the running one, with its time zone."""
        return self._clock.now()

    @property
    def secret(self) -> str:
        """What the keys of all accounts derive from."""
        return self._world.keys.secret

    def environment(
        self, account: str | None = None, region: str | None = None, *, among: Mapping[str, str] = os.environ
    ) -> dict[str, str]:
        """The variables with which a child process (``cdk``, ``aws``, boto3) uses this AWS and nothing else.

        ``among`` holds the variables that they are added to. Callers must leave out AWS_PROFILE and AWS_DEFAULT_PROFILE
        there: clients refuse a profile that is missing in their configuration, and the configuration is hidden from
        them.
        """
        return environment(self.url, self.secret, region or self.region, account or self.account, among)

    def __enter__(self) -> EmbeddedAws:
        if not self._running:
            self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _application(self) -> Dispatcher:
        return Dispatcher(
            {
                "batch": lambda: batch_api.BatchApi(self._world),
                "cloudformation": lambda: CloudFormationApi(self._world),
                "sagemaker": lambda: SageMakerApi(self._world),
                "sagemakerruntime": SageMakerRuntimeApi,
                "cloudwatch": lambda: CloudWatchApi(self._world),
                "events": lambda: EventsApi(self._world),
                "scheduler": lambda: SchedulerApi(self._world),
                "pipes": PipesApi,
                "logs": LogsApi,
                "awslambda": lambda: LambdaApi(self._world.functions),
                "iam": IamApi,
                "ram": RamApi,
                "sns": SnsApi,
                "sts": lambda: StsApi(self._world.keys),
            },
            self._world,
        )

    def _restore(self, kept: Kept, application: Dispatcher, port: int) -> None:
        """Brings back what the last server with this state held, before anybody can ask for it."""
        world = self._world
        with closing(Listener(0)) as asked:
            world.url = f"http://localhost:{asked.port}"
            asked.serve(Front(world.keys, answering(application), asked.port), RawHandler, "embedded-aws")
            marks = {_STEP_VARIABLE: world.steps}
            self.unrestored = (*kept.moved(port), *repeated(application, kept.journal, kept.models, marks))
            for account, region in kept.places():
                kept.stacks(account, region).restore(world.stacks(account, region), kept.models)
                world.sagemaker(account, region)
            world.close_clients()
        kept.journal.tidy()

    def _end(self) -> None:
        self._undo.close()
        self._world = self._new_world()

    def _new_world(self, kept: Kept | None = None) -> World:
        return World(self.account, self._executions, train, self._secret, kept, self.iam)


def _forgotten(now: datetime) -> None:
    """Keeps no time."""


def _with_outcomes(file: Path | None, assumptions: Assumptions) -> ExecutionFactory:
    """Creates executions that end their steps as the file says, or the file that the environment names.

    Options that the caller passes come first.
    """

    def make(definition: Definition, **options: Any) -> PipelineExecution:
        return _Execution(definition, file, **{"assumptions": assumptions, "clock": clock(), **options})

    return make


class _Execution(PipelineExecution):
    """An execution that reads the outcomes of its steps from a file: when it is made, and when it is retried."""

    def __init__(self, definition: Definition, file: Path | None, **options: Any) -> None:
        self._file = file
        outcomes = self._read() if options.get("history") is None else None  # one of before the restart has ended
        super().__init__(definition, **{"runners": RUNNERS, "outcomes": outcomes, **options})

    def retry(
        self, max_parallel_steps: int | None = None, outcomes: Mapping[str, Outcome] | ScriptedRunner | None = None
    ) -> None:
        super().retry(max_parallel_steps, self._read() if outcomes is None else outcomes)

    def _read(self) -> dict[str, Outcome] | None:
        named = self._file or os.environ.get(OUTCOMES_VARIABLE)
        return dict(read_outcomes(Path(named))) if named else None


def environment(
    url: str, secret: str, region: str, account: str, among: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """``EmbeddedAws.environment`` for callers that know the secret of one running elsewhere.

    Raises ``ValueError`` for what no account and no region is called.
    """
    check_account_and_region(account, region)
    key = Keys(secret).of_account(account)
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": key.id,
        "AWS_SECRET_ACCESS_KEY": key.secret,
        "AWS_SESSION_TOKEN": "",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
        **without_proxy(among),
    }
