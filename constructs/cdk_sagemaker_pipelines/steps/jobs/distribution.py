"""How a training job with a script of one's own is distributed over processes and instances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...language import Expression, IntegerLike, PipelineError
from ...language.distributions import INSTANCE_TYPE
from ...language.no_value import NoValue
from ..base.field_checks import shown


class Distribution(NoValue):
    """What launches a script on several processes and instances; the base of ``Torchrun``, ``MPI`` and others.

    The toolkit in the framework's image reads it from hyperparameters that begin with ``sagemaker_``. Model
    parallelism, PyTorch/XLA and groups of instances go into ``overrides``. Source: the SageMaker SDK 2, whose
    ``distribution=`` writes the same.
    """

    def _hyperparameters(self, instance_type: Any) -> dict[str, Any]:
        """The toolkit's hyperparameters, before they are encoded."""
        raise NotImplementedError


@dataclass(frozen=True)
class Torchrun(Distribution):
    """``torchrun``, with a process for each GPU or Neuron core: the SDK's ``torch_distributed``.

    For PyTorch images, a script in Python, and instances with GPUs or AWS Trainium.
    """

    def _hyperparameters(self, instance_type: Any) -> dict[str, Any]:
        """The toolkit's hyperparameters, before they are encoded."""
        return {"sagemaker_torch_distributed_enabled": True, INSTANCE_TYPE: instance_type}


@dataclass(frozen=True)
class MPI(Distribution):
    """``mpirun``, such as for Horovod.

    ``processes_per_host``: default: one. ``custom_options``: more of ``mpirun``'s options, in one text.
    """

    processes_per_host: IntegerLike | None = None
    custom_options: str = ""

    def __post_init__(self) -> None:
        count = self.processes_per_host
        if isinstance(count, bool) or not (count is None or isinstance(count, Expression) or _is_count(count)):
            raise PipelineError(f"MPI: processes_per_host takes a whole number from 1 on, not {shown(count)}")
        _check_options(self.custom_options, "MPI")

    def _hyperparameters(self, instance_type: Any) -> dict[str, Any]:
        """The toolkit's hyperparameters, before they are encoded."""
        count = self.processes_per_host
        return {
            "sagemaker_mpi_enabled": True,
            **({} if count is None else {"sagemaker_mpi_num_of_processes_per_host": count}),
            "sagemaker_mpi_custom_mpi_options": self.custom_options,
        }


@dataclass(frozen=True)
class ParameterServer(Distribution):
    """A parameter server and a worker on each instance, for TensorFlow and MXNet images."""

    def _hyperparameters(self, instance_type: Any) -> dict[str, Any]:
        """The toolkit's hyperparameters, before they are encoded."""
        return {"sagemaker_parameter_server_enabled": True}


@dataclass(frozen=True)
class SMDataParallel(Distribution):
    """The SageMaker distributed data parallel library, on ``ml.p3.16xlarge``, ``ml.p3dn``, ``ml.p4d`` or ``ml.p4de``.

    ``custom_options``: more options of its ``mpirun``, in one text.
    """

    custom_options: str = ""

    def __post_init__(self) -> None:
        _check_options(self.custom_options, "SMDataParallel")

    def _hyperparameters(self, instance_type: Any) -> dict[str, Any]:
        """The toolkit's hyperparameters, before they are encoded."""
        return {
            "sagemaker_distributed_dataparallel_enabled": True,
            INSTANCE_TYPE: instance_type,
            "sagemaker_distributed_dataparallel_custom_mpi_options": self.custom_options,
        }


@dataclass(frozen=True)
class MultiWorkerMirrored(Distribution):
    """TensorFlow's ``MultiWorkerMirroredStrategy``: the toolkit sets ``TF_CONFIG``. For TensorFlow 2.9 or newer."""

    def _hyperparameters(self, instance_type: Any) -> dict[str, Any]:
        """The toolkit's hyperparameters, before they are encoded."""
        return {"sagemaker_multi_worker_mirrored_strategy_enabled": True}


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and value >= 1


def _check_options(value: Any, what: str) -> None:
    if not isinstance(value, str):
        raise PipelineError(f"{what}: custom_options takes a text, not {shown(value)}")
