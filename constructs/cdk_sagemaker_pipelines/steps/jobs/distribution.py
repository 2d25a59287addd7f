"""How a training job with a script of one's own is distributed over processes and instances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...language import Expression, IntegerLike, PipelineError
from ...language.distributions import INSTANCE_TYPE
from ...language.documentation import documented
from ...language.no_value import NoValue
from ..base.field_checks import shown


class Distribution(NoValue):
    """What launches a script on several processes and instances: the base of ``Torchrun``, ``MPI`` and others.

    ```python
    ways: dict[str, Distribution] = {"torchrun": Torchrun(), "mpi": MPI(processes_per_host=4)}
    ```

    The toolkit in the framework's image reads it from hyperparameters that begin with ``sagemaker_``. Model
    parallelism, PyTorch/XLA and groups of instances go into ``overrides``.

    Source: [SageMaker Python SDK](https://github.com/aws/sagemaker-python-sdk) 2, whose ``distribution=`` writes the
    same.
    """

    def _hyperparameters(self, instance_type: Any) -> dict[str, Any]:
        """The toolkit's hyperparameters, before they are encoded."""
        raise NotImplementedError


@dataclass(frozen=True)
class Torchrun(Distribution):
    """Launches a script with ``torchrun``, with a process for each GPU or Neuron core: the SDK's ``torch_distributed``.

    ```python
    TrainingStep(
        pipeline, "Fit", source=SourceDir("jobs/train", entry_point="train.py"),
        image=Image.pytorch("2.1"), instance_type="ml.g5.12xlarge", instance_count=2, distribution=Torchrun(),
    )
    ```

    For PyTorch images, a script in Python, and instances with GPUs or AWS Trainium.
    """

    def _hyperparameters(self, instance_type: Any) -> dict[str, Any]:
        """The toolkit's hyperparameters, before they are encoded."""
        return {"sagemaker_torch_distributed_enabled": True, INSTANCE_TYPE: instance_type}


@documented
@dataclass(frozen=True)
class MPI(Distribution):
    """Launches a script with ``mpirun``, such as for Horovod.

    ```python
    TrainingStep(
        pipeline, "Fit", source=SourceDir("jobs/train", entry_point="train.py"),
        image=Image.tensorflow("2.13", py_version="py310"), instance_type="ml.g5.12xlarge", instance_count=2,
        distribution=MPI(processes_per_host=4),
    )
    ```

    Raises:
        PipelineError: A number of processes or options that are not one.
    """

    processes_per_host: IntegerLike | None = None
    """The number of processes on each instance, at least 1. Default: one."""
    custom_options: str = ""
    """More options of ``mpirun``, in one text."""

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
    """Launches a parameter server and a worker on each instance, for TensorFlow and MXNet images.

    ```python
    TrainingStep(
        pipeline, "Fit", source=SourceDir("jobs/train", entry_point="train.py"),
        image=Image.tensorflow("2.13", py_version="py310"), instance_type="ml.g5.12xlarge", instance_count=2,
        distribution=ParameterServer(),
    )
    ```
    """

    def _hyperparameters(self, instance_type: Any) -> dict[str, Any]:
        """The toolkit's hyperparameters, before they are encoded."""
        return {"sagemaker_parameter_server_enabled": True}


@documented
@dataclass(frozen=True)
class SMDataParallel(Distribution):
    """Launches a script with the SageMaker distributed data parallel library.

    ```python
    TrainingStep(
        pipeline, "Fit", source=SourceDir("jobs/train", entry_point="train.py"),
        image=Image.pytorch("2.1"), instance_type="ml.p4d.24xlarge", instance_count=2, distribution=SMDataParallel(),
    )
    ```

    For instances of the types ``ml.p3.16xlarge``, ``ml.p3dn``, ``ml.p4d`` and ``ml.p4de``.
    """

    custom_options: str = ""
    """More options of the library's ``mpirun``, in one text."""

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
    """Launches a script for TensorFlow's ``MultiWorkerMirroredStrategy``: the toolkit sets ``TF_CONFIG``.

    ```python
    TrainingStep(
        pipeline, "Fit", source=SourceDir("jobs/train", entry_point="train.py"),
        image=Image.tensorflow("2.13", py_version="py310"), instance_type="ml.g5.12xlarge", instance_count=2,
        distribution=MultiWorkerMirrored(),
    )
    ```

    For images of TensorFlow 2.9 or newer.
    """

    def _hyperparameters(self, instance_type: Any) -> dict[str, Any]:
        """The toolkit's hyperparameters, before they are encoded."""
        return {"sagemaker_multi_worker_mirrored_strategy_enabled": True}


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and value >= 1


def _check_options(value: Any, what: str) -> None:
    if not isinstance(value, str):
        raise PipelineError(f"{what}: custom_options takes a text, not {shown(value)}")
