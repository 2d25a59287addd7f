"""All cases."""

from __future__ import annotations

from . import data, jobs, newer, registry, services
from .case import Case

CASES: tuple[Case, ...] = (*jobs.CASES, *registry.CASES, *services.CASES, *newer.CASES, *data.CASES)
