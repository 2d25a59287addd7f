"""What runs the steps of each type. A new type is one file here and one line below."""

from __future__ import annotations

from ..runner import Runners
from .callback import CallbackRunner
from .lambda_ import LambdaRunner
from .model import ModelRunner
from .processing import ProcessingRunner
from .register_model import RegisterModelRunner
from .training import TrainingRunner
from .transform import TransformRunner
from .tuning import TuningRunner

RUNNERS: Runners = {
    "Callback": CallbackRunner(),
    "Lambda": LambdaRunner(),
    "Model": ModelRunner(),
    "Processing": ProcessingRunner(),
    "RegisterModel": RegisterModelRunner(),
    "Training": TrainingRunner(),
    "Transform": TransformRunner(),
    "Tuning": TuningRunner(),
}
"""Runners by the Type of the steps they run. Condition, Fail and ForEach are the engine's own."""
