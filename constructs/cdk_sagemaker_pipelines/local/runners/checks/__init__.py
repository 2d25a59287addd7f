"""Runners of the steps in ``steps/checks``."""
