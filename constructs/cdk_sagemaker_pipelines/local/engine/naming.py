"""The names that the service gives jobs.

Seen in listings on AWS: pipelines-<execution id>-<step>-<token>; for tuning and AutoML jobs, whose names are short,
<execution id>-<step, 7 characters>-<token>. A name in the step's arguments is a prefix.
"""

from __future__ import annotations

import secrets
import string

from ...language import StepView
from ...language.step_types import row_of

_TOKEN = string.ascii_lowercase + string.digits


def job_name(step: StepView, execution_id: str) -> str:
    """A new name for the step's job or resource."""
    token = "".join(secrets.choice(_TOKEN) for _ in range(10))
    row = row_of(step.type)
    short = row.has_short_name
    prefix = step.arguments.get(row.name_prefix or "") if row.keeps_name else None
    if not isinstance(prefix, str) or not prefix:
        name = step.name.lower() if row.lasts else step.name[: 7 if short else 20]
        name = name.replace("_", "-").strip("-")
        prefix = f"{execution_id[:12]}-{name}" if short else f"pipelines-{execution_id[:12]}-{name}"
    return f"{prefix[: row.max_name - 11].rstrip('-')}-{token}"
