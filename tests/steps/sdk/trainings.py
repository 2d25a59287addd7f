"""Pipelines of tests/goldens/jobs.py about trainings, their data and their models, written with this library."""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_iam as iam

from cdk_sagemaker_pipelines import (
    MPI,
    AthenaDataset,
    EfsSource,
    FeatureGroupOutput,
    FsxLustreSource,
    Image,
    ModelStep,
    MultiWorkerMirrored,
    Parameter,
    ParameterServer,
    Pipeline,
    ProcessingStep,
    RedshiftDataset,
    RegisterModelStep,
    SMDataParallel,
    SourceDir,
    Torchrun,
    TrainingStep,
    UncompressedModel,
)
from tests.steps.sdk.pipelines import ROLE, XGBOOST, Place, scenario


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


@scenario
def model_uncompressed(place: Place) -> Pipeline:
    pipeline = place.pipeline("ModelUncompressed")
    train = TrainingStep(
        pipeline,
        "Train",
        image=XGBOOST,
        instance_type="ml.m5.xlarge",
        inputs={"train": "s3://my-bucket/train"},
        output="s3://my-bucket/models",
        output_compression="NONE",
    )
    files = UncompressedModel(train.model_artifacts)
    ModelStep(pipeline, "Create", step_name="Create-CreateModel", image=XGBOOST, model_data=files)
    RegisterModelStep(
        pipeline,
        "New",
        step_name="New-RegisterModel",
        image=XGBOOST,
        model_data=files,
        model_package_group="abalone",
        content_types=["text/csv"],
        response_types=["text/csv"],
        inference_instances=["ml.m5.large"],
        transform_instances=["ml.m5.xlarge"],
    )
    return pipeline


@scenario
def data_sources(place: Place) -> Pipeline:
    pipeline = place.pipeline("DataSources")
    ProcessingStep(
        pipeline,
        "Prepare",
        image=Image.from_uri("111122223333.dkr.ecr.us-east-1.amazonaws.com/tools:2"),
        instance_type="ml.c5.xlarge",
        instance_count=2,
        inputs={
            "petals": AthenaDataset(
                query="SELECT * FROM petals",
                database="flowers",
                work_group="research",
                output="s3://my-bucket/athena/",
                kms_key=place.key,
                output_compression="SNAPPY",
                data_distribution_type="FullyReplicated",
            ),
            "leaves": RedshiftDataset(
                query="SELECT * FROM leaves",
                database="flowers",
                cluster_id="warehouse",
                db_user="reader",
                cluster_role=iam.Role.from_role_arn(pipeline, "Cluster", ROLE),
                output="s3://my-bucket/redshift/",
                output_format="CSV",
                output_compression="GZIP",
                input_mode="Pipe",
            ),
        },
        outputs={"flowers": FeatureGroupOutput("flowers")},
    )
    TrainingStep(
        pipeline,
        "Train",
        image=XGBOOST,
        instance_type="ml.m5.xlarge",
        inputs={
            "efs": EfsSource("fs-0123456789abcdef0", "/flowers"),
            "fsx": FsxLustreSource("fs-0fedcba9876543210", "/fsx/flowers", "rw"),
        },
        output="s3://my-bucket/models",
        **place.network(),
    )
    return pipeline
