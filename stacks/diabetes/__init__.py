"""A regression that is trained, judged, and registered when it is good enough."""

from .stack import DiabetesStack

__all__ = ["DiabetesStack"]
