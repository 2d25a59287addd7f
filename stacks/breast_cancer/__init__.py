"""A classifier built with every classic step type: checked, tuned, explained, reviewed, applied and archived."""

from .stack import BreastCancerStack

__all__ = ["BreastCancerStack"]
