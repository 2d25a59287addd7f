"""Runners of the steps in ``steps/models``."""
