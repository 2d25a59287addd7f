"""How a training is distributed over processes and instances: by hyperparameters of the toolkit in framework images.

Source: ``params.py`` of sagemaker-training 5.1.4, and ``estimator.py`` of the SageMaker SDK 2.257.7.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

INSTANCE_TYPE = "sagemaker_instance_type"
"""What the launchers of GPUs are told of the instances."""

DISTRIBUTIONS: Mapping[str, str] = {
    "sagemaker_torch_distributed_enabled": "torchrun",
    "sagemaker_mpi_enabled": "MPI",
    "sagemaker_parameter_server_enabled": "parameter servers",
    "sagemaker_distributed_dataparallel_enabled": "the SageMaker data parallel library",
    "sagemaker_multi_worker_mirrored_strategy_enabled": "TensorFlow's MultiWorkerMirroredStrategy",
    "sagemaker_pytorch_ddp_enabled": "PyTorch DDP",
    "sagemaker_pytorch_xla_multi_worker_enabled": "PyTorch/XLA",
}
"""The hyperparameter that switches a distribution on, and what it is in words."""


def switched_on(hyperparameters: Mapping[str, Any]) -> list[str]:
    """The hyperparameters that switch a distribution on; values are JSON or what it stands for."""
    return [name for name in DISTRIBUTIONS if hyperparameters.get(name) in (True, "true")]
