"""Runners of the steps in ``steps/calls``."""
