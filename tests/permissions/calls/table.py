"""All calls, by the type of the step."""

from __future__ import annotations

from collections.abc import Mapping

from . import jobs, newer, registry, services
from .call import Call

CALLS: Mapping[str, tuple[Call, ...]] = {**jobs.CALLS, **registry.CALLS, **services.CALLS, **newer.CALLS}
