"""How local runs reach the local AWS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

from .engine.callbacks import Callbacks
from .origin import Origin


class Services(Protocol):
    """The local AWS as the engine and the jobs see it: one account in one region."""

    @property
    def region(self) -> str:
        """Region code, such as "eu-central-1"."""

    @property
    def account(self) -> str:
        """Twelve digits."""

    @property
    def partition(self) -> str:
        """Such as aws, aws-cn or aws-us-gov."""

    @property
    def callbacks(self) -> Callbacks:
        """The callback steps that wait for an answer."""

    def client(self, name: str) -> Any:
        """A boto3 client of the service ``name`` ("s3", "sagemaker", "logs", ...). Called from many threads."""

    def client_as(self, role: str, name: str, origin: Origin | None = None, session: str = "") -> Any:
        """The client of a session of a role, given by its ARN or name; of the account itself for no role.

        ``origin``: the step that has the session; ``session``: its name, by default that of SageMaker's.
        """

    def step_client(self) -> Any:
        """A boto3 client of SageMaker that may also record an endpoint, which is refused to everybody else."""

    def environment(self, role: str, session: str, origin: Origin | None = None) -> Mapping[str, str]:
        """The variables with which boto3 in a job or function reaches the same account as its role.

        They hold the endpoint, a key with its token, and the exception from proxies; the job adds the region. ``role``
        is the role's ARN or name, ``session`` the name of the session, as the service names it, and ``origin`` the step
        that has it.
        """

    def end_step(self, execution_arn: str, step: str) -> None:
        """Ends the sessions of a step that has ended, and of what reads for an execution that is over (``step=""``)."""

    def record_job(self, kind: str, name: str, description: dict[str, Any]) -> None:
        """Makes Describe<kind> return ``description``, and List<kind>s list the job.

        ``kind`` is "ProcessingJob", "TrainingJob", "TransformJob", "HyperParameterTuningJob" and so on. ``description``
        holds the members of the Describe response (times as timezone-aware datetimes) and the request's Tags; it is a
        copy that its receiver may keep. Called again at every change of state.
        """

    def stoppable(self, kind: str, name: str, stop: Callable[[], None]) -> AbstractContextManager[None]:
        """Makes Stop<kind> of the job call ``stop``, within the block."""
