"""Pipelines of tests/goldens/jobs.py about trainings, written with this library."""

from __future__ import annotations

from typing import Any

from cdk_sagemaker_pipelines import (
    MPI,
    Image,
    MultiWorkerMirrored,
    Parameter,
    ParameterServer,
    Pipeline,
    SMDataParallel,
    SourceDir,
    Torchrun,
    TrainingStep,
)
from tests.steps.sdk.pipelines import Place, scenario


@scenario
def training_distributed(place: Place) -> Pipeline:
    pipeline = place.pipeline("TrainingDistributed")
    common: dict[str, Any] = {
        "source": SourceDir(place.code, entry_point="train.py"),
        "output": "s3://my-bucket/models",
        "instance_count": 2,
    }
    metrics = {"AlgorithmSpecification": {"EnableSageMakerMetricsTimeSeries": True}}
    pytorch: dict[str, Any] = {"image": Image.pytorch("2.1.0", py_version="py310"), "overrides": metrics, **common}
    tensorflow: dict[str, Any] = {
        "image": Image.tensorflow("2.11", py_version="py39"),
        "instance_type": "ml.g5.xlarge",
        "overrides": metrics,
        **common,
    }
    large = "ml.p4d.24xlarge"
    anywhere = Parameter.string("Type", default="ml.g5.12xlarge")
    TrainingStep(pipeline, "Torchrun", distribution=Torchrun(), instance_type=large, **pytorch)
    own = {**common, "image": Image.from_uri("111122223333.dkr.ecr.us-east-1.amazonaws.com/tools:2")}
    TrainingStep(pipeline, "TorchrunAnywhere", distribution=Torchrun(), instance_type=anywhere, **own)
    TrainingStep(
        pipeline,
        "DataParallel",
        distribution=SMDataParallel(),
        instance_type=large,
        enable_network_isolation=True,
        **{**pytorch, "image": Image.pytorch("2.0.1", py_version="py310")},
    )
    ways = {
        "Mpi": MPI(processes_per_host=8, custom_options="-x NCCL_DEBUG=INFO"),
        "MpiByDefault": MPI(),
        "ParameterServer": ParameterServer(),
        "Mirrored": MultiWorkerMirrored(),
    }
    for name, way in ways.items():
        TrainingStep(pipeline, name, distribution=way, **tensorflow)
    return pipeline
