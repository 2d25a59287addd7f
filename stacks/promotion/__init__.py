"""A model that is trained in one account, approved by a person, and served in another one."""

from .serving import ServingStack
from .training import TrainingStack

__all__ = ["ServingStack", "TrainingStack"]
