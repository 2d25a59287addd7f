"""All cases."""

from __future__ import annotations

from . import data, jobs, keys, named, newer, registry, served, services
from .case import Case

_ROOMS = (jobs, registry, services, newer, data, keys, named, served)
CASES: tuple[Case, ...] = tuple(case for room in _ROOMS for case in room.CASES)
