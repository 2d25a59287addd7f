"""Executions as they are watched: asked for once for all tabs, and kept where AWS does not answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from ..executions import execution, lookup
from ..executions.execution import STEPS, Execution
from ..executions.resolved import Resolution, reading
from ..language import Definition
from .account import Account
from .trouble import Trouble, Troubled

CALLS = 2.0
"""Calls a second that an execution costs at most, however many tabs watch it."""
KEPT = 24 * 3600.0
"""Seconds for which an execution is remembered."""

LONGEST = 512
"""Characters of a name or an ARN in an address; those of the service are shorter."""


class Seen(NamedTuple):
    """An execution at one moment. ``trouble``: why it could not be asked for since."""

    execution: Execution
    at: datetime
    trouble: Trouble | None = None


@dataclass
class Watched:
    """One execution, with what does not change of it."""

    account: Account
    arn: str
    pipeline: str
    """The name of its pipeline, as its owner writes it."""
    described: dict[str, Mapping[str, Any] | None] = field(default_factory=dict)
    """The descriptions of jobs that have ended, by ARN."""
    _definition: Definition | None = None
    _given: Mapping[str, str] | None = None
    _seen: Seen | None = None

    @property
    def id(self) -> str:
        """The end of its ARN."""
        return self.arn.rpartition("/")[2]

    def look(self) -> Seen:
        """How it is, or was when AWS last said so. Raises ``Troubled`` where that has never been."""
        return self.account.shared(("execution", self.arn), self.interval, self._look)

    @property
    def interval(self) -> float:
        """Seconds from one look to the next: more where a look takes many calls."""
        steps = len(self._seen.execution.steps) if self._seen else 0
        return max(self.account.interval, (2 + steps // STEPS) / CALLS)

    def given(self) -> Mapping[str, str]:
        """Its parameters, as far as the service lists them."""
        if self._given is None:
            self._given = self.account.ask(lambda: execution.parameters(self.account.sagemaker, self.arn))
        return self._given

    def resolution(self, found: Execution) -> Resolution:
        """What its expressions came to."""
        until = found.described.get("LastModifiedTime") if found.over else None
        reads = reading(self.account.client("s3"), until)
        return Resolution(self.account.sagemaker, found, self.given(), self.pipeline, reads, dict(self.described))

    def keep(self, resolution: Resolution) -> None:
        """Keeps the descriptions of the jobs that do not change any more."""
        running = {
            resolution.arn(str(each["StepName"])) for each in resolution.execution.steps if "EndTime" not in each
        }
        self.described.update({arn: told for arn, told in resolution.described.items() if arn not in running})

    def _look(self) -> Seen:
        found = self.account.panel(self._read)
        if isinstance(found, Trouble):
            if self._seen is None or found.kind == "missing":
                raise Troubled(found)
            self._seen = self._seen._replace(trouble=found)
        else:
            self._seen = Seen(found, self.account.now())
        return self._seen

    def _read(self) -> Execution:
        client = self.account.sagemaker
        if self._definition is None:
            self._definition = execution.definition(client, self.arn)
        return execution.look(client, self.arn, self._definition)


def watched(account: Account, pipeline: str, id: str) -> Watched:
    """The execution of an address. Raises ``Troubled`` where there is none."""
    if len(pipeline) > LONGEST or len(id) > LONGEST:  # it would be remembered
        raise Troubled(Trouble("missing", f"no pipeline and no execution has a name of more than {LONGEST} characters"))
    return account.shared(
        ("watched", pipeline.lower(), id), KEPT, lambda: account.ask(lambda: _find(account, pipeline, id))
    )


def _find(account: Account, pipeline: str, id: str) -> Watched:
    client = account.sagemaker
    name = str(lookup.describe_pipeline(client, pipeline)["PipelineName"])
    return Watched(account, lookup.find_execution(client, f"{name}/{id}"), name)
