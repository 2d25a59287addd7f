"""A queue for training jobs, and what Batch says where it refuses something."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .jobs import ServiceJob
from .schedule import Schedule


class NotPossible(Exception):
    """What Batch refuses, and why."""


@dataclass
class Queue:
    """A queue with what its policy and its service environment say."""

    described: dict[str, Any]
    schedule: Schedule
    jobs: dict[str, ServiceJob] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        return str(self.described["jobQueueArn"])
