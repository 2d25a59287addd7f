"""The lifecycle of a job of any type: its record, its log, its directory, its end."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from ....language.step_types import STEP_TYPES
from ...container import docker
from ...container.directory import REQUIREMENTS, JobDirectory
from ...container.isolation import DOCKER
from ...container.log import JobLog, failure_reason
from ...container.process import TimeLimitExceededError
from ...endings import StepFailed, StepResult, StepStopped, StopSignal
from ...engine.runner import StepContext
from ...service_members import service_members
from .request import checked_request

_logger = logging.getLogger("cdk_sagemaker_pipelines.local")


SESSION = "SageMaker"
"""The service's name of the session of a job's role."""
IN_DOCKER = "local container: its image ran on this machine's container engine"
"""The note on a step whose image ran."""
SERVICE_DEFAULT_SECONDS = 86400
"""The default MaxRuntimeInSeconds of a job."""


class Job:
    """One job that runs here, as the row of the step type says. Raises ``StepFailed`` for an invalid request.

    ``description`` is its Describe response; ``update()`` changes and records it.
    """

    def __init__(self, context: StepContext, step_type: str, arguments: dict[str, Any]) -> None:
        row = STEP_TYPES[step_type]
        self._given = context.stopping
        self.context = replace(context, stopping=StopSignal())
        """With a signal of the job's own, which comes with that of the execution, or alone."""
        self._lock = threading.RLock()
        self.row = row
        self.services = context.services
        self.name: str = context.job_name
        named = {**arguments, f"{row.api}Name": self.name}
        self.request = request = checked_request(context.services.client("sagemaker"), f"Create{row.api}", named)
        above = () if row.above is None else (str(request.get(row.above)),)
        self.arn = context.arn("/".join((str(row.resource), *above)), self.name)
        self.role: str = request.get("RoleArn") or ""
        """The ARN of the job's role."""
        now = context.clock.now()
        self.description: dict[str, Any] = {
            **request,
            f"{row.api}Name": self.name,
            f"{row.api}Arn": self.arn,
            f"{row.api}Status": "InProgress",
            "CreationTime": now,
            "LastModifiedTime": now,
            "Tags": [*request.get("Tags", ()), *context.tags],
        }

    @property
    def metadata(self) -> dict[str, Any]:
        """The Metadata of the job's step."""
        return {str(self.row.api): {"Arn": self.arn}}

    def client(self, name: str) -> Any:
        """The client of a service with the session of the job's role."""
        return self.context.client_as(self.role, name)

    def update(self, **members: Any) -> None:
        """Changes members of the Describe response."""
        self.description.update(members, LastModifiedTime=self.context.clock.now())
        self.description.update(service_members(str(self.row.api), self.description))
        self.services.record_job(str(self.row.api), self.name, dict(self.description))

    def run(self, body: Callable[[JobDirectory, JobLog], None], *, in_image: bool = False) -> StepResult:
        """Runs ``body`` in the job's directory and log, then ends the job. Raises ``StepFailed`` or ``StepStopped``.

        ``in_image`` says that its image can run where there is a container engine: then ``image`` does it.
        """
        with self._given.calling(self._stop), self.services.stoppable(str(self.row.api), self.name, self._stop):
            return self._run(body, in_image)

    def _stop(self) -> None:
        with self._lock:
            if self.description[f"{self.row.api}Status"] == "InProgress":
                self.update(**{f"{self.row.api}Status": "Stopping"})
        self.context.stopping.set()

    def _run(self, body: Callable[[JobDirectory, JobLog], None], in_image: bool) -> StepResult:
        self.context.report(self.metadata)
        self.update()
        now = self.context.clock.now
        stream = f"{self.name}/algo-1-{int(now().timestamp())}"
        try:
            self.context.stopping.check()
            with (
                JobDirectory(self.name, DOCKER if in_image and docker.is_asked_for() else None) as directory,
                JobLog(self.client("logs"), f"/aws/sagemaker/{self.row.logs}", stream, now) as log,
            ):
                self.update(**{f"{self.row.times}StartTime": now()})
                _logger.info("%s runs (%s)", self.name, directory.isolation)
                if directory.kept:
                    log.note(f"the job's directory is kept: {directory.root}")
                body(directory, log)
        except StepStopped:
            self._end("Stopped")
            raise
        except StepFailed as error:
            self._end("Failed", FailureReason=error.reason)
            raise
        except Exception as error:
            reason = f"InternalServerError: the local run of the job broke: {type(error).__name__}: {error}"
            _logger.exception("%s broke", self.name)
            self._end("Failed", FailureReason=reason[:1024])
            raise StepFailed(reason[:1024]) from error
        self._end("Completed")
        return StepResult(properties=dict(self.description), metadata=self.metadata)

    def pretend(self) -> None:
        """Records the job as completed, although nothing ran."""
        self._end("Completed")

    def _end(self, status: str, **members: Any) -> None:
        with self._lock:
            self.update(
                **{f"{self.row.api}Status": status, f"{self.row.times}EndTime": self.context.clock.now(), **members}
            )

    def time_limit(self, request: dict[str, Any]) -> int:
        """The job's time limit in seconds."""
        return int(request.get("StoppingCondition", {}).get("MaxRuntimeInSeconds", SERVICE_DEFAULT_SECONDS))

    def process(
        self,
        directory: JobDirectory,
        log: JobLog,
        command: list[str],
        environment: dict[str, str],
        cwd: str,
        seconds: float,
    ) -> int:
        """Runs the job's process with the variables of every container; returns its exit code.

        Raises ``StepFailed`` if it takes longer than ``seconds``.
        """
        with self._limited(log, seconds):
            return directory.run(
                command,
                environment={**self._basics(), **environment},
                cwd=cwd,
                log=log,
                stopping=self.context.stopping,
                seconds=seconds,
            )

    def image(
        self,
        directory: JobDirectory,
        log: JobLog,
        image: str,
        entrypoint: Sequence[str],
        arguments: Sequence[str],
        environment: Mapping[str, str],
        *,
        isolated: bool,
        seconds: float,
    ) -> int:
        """Runs the job's image instead; one that is isolated has no network, and no credentials."""
        self.context.note(IN_DOCKER)
        with self._limited(log, seconds):
            return docker.run_image(
                image,
                entrypoint=entrypoint,
                arguments=arguments,
                environment={**self._basics(isolated), **environment},
                root=directory.root,
                name=self.name,
                network=docker.NONE if isolated else docker.HOST,
                log=log,
                stopping=self.context.stopping,
                seconds=seconds,
            )

    def _basics(self, isolated: bool = False) -> dict[str, str]:
        region = self.services.region
        role = {} if isolated else self.services.environment(self.role, SESSION, self.context.origin)
        return {**role, "AWS_REGION": region, "AWS_DEFAULT_REGION": region}

    def install(
        self, directory: JobDirectory, log: JobLog, cwd: str, environment: Mapping[str, str], seconds: float
    ) -> int:
        """Installs the requirements.txt in ``cwd``, if there is one; returns pip's exit code, or 0.

        Raises ``StepFailed`` if it takes longer than ``seconds``, and for what local runs do not install.
        """
        if not directory.holds(cwd, REQUIREMENTS):
            return 0
        with self._limited(log, seconds):
            return directory.install(
                cwd, environment=environment, log=log, stopping=self.context.stopping, seconds=seconds
            )

    @contextmanager
    def _limited(self, log: JobLog, seconds: float) -> Iterator[None]:
        try:
            yield
        except TimeLimitExceededError:
            limit = f"the job ran longer than {seconds:g} seconds (StoppingCondition.MaxRuntimeInSeconds)"
            raise StepFailed(failure_reason(f"MaxRuntimeExceeded: {limit}", log.tail())) from None


def script_failure(code: int, log: JobLog) -> StepFailed:
    """The service's message for a container that ended with ``code``, with the last lines of its output."""
    head = f"AlgorithmError: See job logs for more information, exit code: {code}"
    return StepFailed(failure_reason(head, log.tail()))
