"""A quality check: a processing job of Model Monitor's, and baselines."""

from .baseline_check import jobs, pipeline

__all__ = ["jobs", "pipeline"]
