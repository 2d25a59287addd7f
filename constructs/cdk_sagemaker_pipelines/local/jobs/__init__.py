"""What runs the steps of each type. A new type is one file here and one line below."""

from __future__ import annotations

from ..runner import Runners
from .model import ModelRunner
from .processing import ProcessingRunner
from .register_model import RegisterModelRunner
from .training import TrainingRunner
from .transform import TransformRunner

RUNNERS: Runners = {
    "Model": ModelRunner(),
    "Processing": ProcessingRunner(),
    "RegisterModel": RegisterModelRunner(),
    "Training": TrainingRunner(),
    "Transform": TransformRunner(),
}
"""Runners by the Type of the steps they run. Condition and Fail are the engine's own."""
