"""What runs the steps of each type. A new type is one file here and one line below."""

from __future__ import annotations

from ..runner import Runners
from .auto_ml import AutoMLRunner
from .callback import CallbackRunner
from .clarify_check import ClarifyCheckRunner
from .cleanup import CleanupRunner
from .emr import EMRRunner
from .emr_serverless import EMRServerlessRunner
from .endpoint import EndpointRunner
from .endpoint_config import EndpointConfigRunner
from .inference_component import InferenceComponentRunner
from .lambda_ import LambdaRunner
from .lineage import LineageRunner
from .model import ModelRunner
from .processing import ProcessingRunner
from .quality_check import QualityCheckRunner
from .register_model import RegisterModelRunner
from .service_job import ServiceJobRunner
from .training import TrainingRunner
from .transform import TransformRunner
from .tuning import TuningRunner

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
"""Runners by the Type of the steps they run. Condition, Fail and ForEach are the engine's own."""
