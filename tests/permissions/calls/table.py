"""All calls, by the type of the step."""

from __future__ import annotations

from collections.abc import Mapping

from . import data, jobs, newer, registry, services
from .call import Call

_ALWAYS = {**jobs.CALLS, **registry.CALLS, **services.CALLS, **newer.CALLS}
CALLS: Mapping[str, tuple[Call, ...]] = {kind: (*calls, *data.CALLS.get(kind, ())) for kind, calls in _ALWAYS.items()}
