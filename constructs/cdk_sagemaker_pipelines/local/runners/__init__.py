"""The runners of each step type. A new type needs one file here and one line below."""

from __future__ import annotations

from ..engine.runner import Runners
from .calls.callback import CallbackRunner
from .calls.lambda_ import LambdaRunner
from .checks.clarify_check import ClarifyCheckRunner
from .checks.quality_check import QualityCheckRunner
from .emr.emr import EMRRunner
from .emr.emr_serverless import EMRServerlessRunner
from .hosting.endpoint import EndpointRunner
from .hosting.endpoint_config import EndpointConfigRunner
from .hosting.inference_component import InferenceComponentRunner
from .jobs.auto_ml import AutoMLRunner
from .jobs.job import ServiceJobRunner
from .jobs.processing import ProcessingRunner
from .jobs.training import TrainingRunner
from .jobs.transform import TransformRunner
from .jobs.tuning import TuningRunner
from .models.model import ModelRunner
from .models.register_model import RegisterModelRunner
from .records.cleanup import CleanupRunner
from .records.lineage import LineageRunner

RUNNERS: Runners = {
    "AutoML": AutoMLRunner(),
    "Callback": CallbackRunner(),
    "ClarifyCheck": ClarifyCheckRunner(),
    "Cleanup": CleanupRunner(),
    "EMR": EMRRunner(),
    "EMRServerless": EMRServerlessRunner(),
    "Endpoint": EndpointRunner(),
    "EndpointConfig": EndpointConfigRunner(),
    "InferenceComponent": InferenceComponentRunner(),
    "Job": ServiceJobRunner(),
    "Lambda": LambdaRunner(),
    "Lineage": LineageRunner(),
    "Model": ModelRunner(),
    "Processing": ProcessingRunner(),
    "QualityCheck": QualityCheckRunner(),
    "RegisterModel": RegisterModelRunner(),
    "Training": TrainingRunner(),
    "Transform": TransformRunner(),
    "Tuning": TuningRunner(),
}
"""Runners by the Type of their steps. The engine runs Condition, Fail and ForEach itself."""
