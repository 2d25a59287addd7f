"""Runners of the steps in ``steps/records``."""
