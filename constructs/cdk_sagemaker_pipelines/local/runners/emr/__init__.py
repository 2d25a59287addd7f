"""Runners of the steps in ``steps/emr``."""
