"""The app, the stack and the pipeline of the steps' tests."""

from __future__ import annotations

from tests.steps.conftest import pipeline, role, stack, working_directory

__all__ = ["pipeline", "role", "stack", "working_directory"]
