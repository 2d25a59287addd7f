"""Runners of the steps in ``steps/hosting``."""
