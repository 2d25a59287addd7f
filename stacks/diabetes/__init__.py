"""A regression model that is trained, evaluated, and registered when it is good enough."""

from .stack import DiabetesStack

__all__ = ["DiabetesStack"]
