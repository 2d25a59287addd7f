"""Runners of the steps in ``steps/jobs``."""
