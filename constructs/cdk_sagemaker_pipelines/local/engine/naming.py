"""The names that the service gives jobs.

Seen in listings on AWS: pipelines-<execution id>-<step>-<token>; for tuning and AutoML jobs, whose names are short,
<execution id>-<step, 7 characters>-<token>. A name in the step's arguments is a prefix.
"""

from __future__ import annotations

import random
import secrets
import string
from collections import Counter

from ...language import StepView
from ...language.step_types import row_of

_TOKEN = string.ascii_lowercase + string.digits


class Tokens:
    """The random ends of the names of an execution's jobs.

    With a seed they depend on nothing else than the execution, the step and how often it ran.
    """

    def __init__(self, execution_id: str, seed: int | None = None) -> None:
        self._execution_id, self._seed = execution_id, seed
        self._made: Counter[str] = Counter()

    def next(self, name: str) -> str:
        """A new token for the step ``name``."""
        if self._seed is None:
            return "".join(secrets.choice(_TOKEN) for _ in range(10))
        self._made[name] += 1
        source = random.Random(f"{self._seed}/{self._execution_id}/{name}/{self._made[name]}")
        return "".join(source.choices(_TOKEN, k=10))


def job_name(step: StepView, execution_id: str, token: str | None = None) -> str:
    """A new name for the step's job or resource, which ends in ``token``, or in a random one."""
    row = row_of(step.type)
    short = row.has_short_name
    prefix = step.arguments.get(row.name_prefix or "") if row.keeps_name else None
    if not isinstance(prefix, str) or not prefix:
        name = step.name.lower() if row.lasts else step.name[: 7 if short else 20]
        name = name.replace("_", "-").strip("-")
        prefix = f"{execution_id[:12]}-{name}" if short else f"pipelines-{execution_id[:12]}-{name}"
    return f"{prefix[: row.max_name - 11].rstrip('-')}-{token or Tokens(execution_id).next(step.name)}"
