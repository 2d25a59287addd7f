"""How trainings are distributed.

Source: ``fw_utils.py`` of the SageMaker SDK 2.257.7, which refuses the same before it sends a request.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ....distributions import DISTRIBUTIONS, switched_on
from ....field import Field
from ....findings import Finding
from ....instance_types import gpus
from ...over import over
from ..base.training_jobs import TYPES, jobs

_TORCHRUN, _DATA_PARALLEL = "sagemaker_torch_distributed_enabled", "sagemaker_distributed_dataparallel_enabled"
_TRAINIUM = re.compile(r"ml\.trn\d")
_DATA_PARALLEL_TYPES = re.compile(r"ml\.(?:p3\.16xlarge|p3dn\.24xlarge|p4de?\.24xlarge)")


@over(*TYPES)
def distributions(arguments: Field) -> Iterator[Finding]:
    """A script is launched in one way, which its instances can do."""
    for job in jobs(arguments):
        for name in ("HyperParameters", "StaticHyperParameters"):
            values = job.at(name)
            for switch, text in _doubts(job, values) if values.is_object else ():
                yield values.at(switch).finding("distribution", text, "warning")


def _doubts(job: Field, values: Field) -> Iterator[tuple[str, str]]:
    """What is doubtful, each with the hyperparameter that switches it on."""
    on = switched_on(values.value)
    together = {_TORCHRUN, _DATA_PARALLEL}  # torchrun may launch scripts that use the library
    if len(on) > 1 and set(on) != together:
        yield on[1], f"{DISTRIBUTIONS[on[0]]} and {DISTRIBUTIONS[on[1]]} both launch the script; leave one of them out"
    program = values.at("sagemaker_program").text
    if _TORCHRUN in on and program is not None and not program.strip('"').endswith(".py"):
        yield _TORCHRUN, f"torchrun launches scripts in Python, but the program is {program}"
    for instance_type in _types(job):
        trainium = _TRAINIUM.match(instance_type)
        if _TORCHRUN in on and gpus(instance_type) == 0 and not trainium:
            yield _TORCHRUN, f"torchrun needs GPUs or AWS Trainium, and {instance_type!r} has neither"
        elif trainium and any(name != _TORCHRUN for name in on):
            yield on[-1], f"on AWS Trainium scripts are launched by torchrun only, and {instance_type!r} is one"
        elif on == [_DATA_PARALLEL] and not _DATA_PARALLEL_TYPES.fullmatch(instance_type):
            yield (
                _DATA_PARALLEL,
                f"the SageMaker data parallel library is for ml.p3.16xlarge, ml.p3dn.24xlarge, ml.p4d.24xlarge and "
                f"ml.p4de.24xlarge, not for {instance_type!r}",
            )


def _types(job: Field) -> list[str]:
    """The instance types that are written, outside of groups."""
    clusters = (job.at(name) for name in ("ResourceConfig", "HyperParameterTuningResourceConfig"))
    return [text for cluster in clusters if (text := cluster.at("InstanceType").text) is not None]
