"""Goldens of one step each: the jobs and models, as a user of the SageMaker Python SDK writes them."""

from __future__ import annotations

from common import XGBOOST, sklearn_processor, xgboost_estimator, xgboost_model
from sagemaker.dataset_definition.inputs import (
    AthenaDatasetDefinition,
    DatasetDefinition,
    RedshiftDatasetDefinition,
)
from sagemaker.drift_check_baselines import DriftCheckBaselines
from sagemaker.inputs import FileSystemInput, TrainingInput
from sagemaker.metadata_properties import MetadataProperties
from sagemaker.model import Model, ModelPackage
from sagemaker.model_metrics import MetricsSource, ModelMetrics
from sagemaker.network import NetworkConfig
from sagemaker.processing import FeatureStoreOutput, FrameworkProcessor, ProcessingInput, ProcessingOutput, Processor
from sagemaker.pytorch import PyTorch
from sagemaker.sklearn import SKLearn
from sagemaker.tensorflow import TensorFlow
from sagemaker.transformer import Transformer
from sagemaker.workflow.model_step import ModelStep
from sagemaker.workflow.parameters import ParameterFloat, ParameterInteger, ParameterString
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.steps import ProcessingStep, TrainingStep, TransformStep
from sagemaker.xgboost import XGBoost
from shared import KEY, OWN_IMAGE, ROLE, SECURITY_GROUPS, SUBNETS, scenario


@scenario
def processing_script(session: PipelineSession) -> Pipeline:
    """One script in the scikit-learn container: arguments, environment, network, encryption, tags, parameters."""
    count = ParameterInteger("InstanceCount", 1)
    kind = ParameterString("InstanceType", "ml.m5.xlarge")
    data = ParameterString("InputData", "s3://my-bucket/raw/data.csv")
    processor = sklearn_processor(
        session,
        instance_type=kind,
        instance_count=count,
        volume_size_in_gb=50,
        volume_kms_key=KEY,
        output_kms_key=KEY,
        max_runtime_in_seconds=7200,
        env={"MODE": "full", "DATA": data},
        tags=[{"Key": "team", "Value": "ml"}],
        network_config=NetworkConfig(
            enable_network_isolation=True,
            encrypt_inter_container_traffic=True,
            subnets=SUBNETS,
            security_group_ids=SECURITY_GROUPS,
        ),
    )
    arguments = processor.run(
        code="code/prepare.py",
        arguments=["--rows", "100", "--data", data],
        inputs=[ProcessingInput(source=data, destination="/opt/ml/processing/input/raw", input_name="raw")],
        outputs=[
            ProcessingOutput(output_name="train", source="/opt/ml/processing/output/train"),
            ProcessingOutput(
                output_name="report", source="/opt/ml/processing/output/report", destination="s3://my-bucket/report"
            ),
        ],
    )
    step = ProcessingStep("Prepare", step_args=arguments, display_name="Prepare the data", description="splits")
    return Pipeline("ProcessingScript", parameters=[count, kind, data], steps=[step])


@scenario
def processing_generic(session: PipelineSession) -> Pipeline:
    """An image of one's own with entry point and arguments, and no code."""
    processor = Processor(
        ROLE,
        OWN_IMAGE,
        instance_count=2,
        instance_type="ml.c5.xlarge",
        entrypoint=["python3", "/app/run.py"],
        sagemaker_session=session,
    )
    arguments = processor.run(
        arguments=["--fast"],
        inputs=[
            ProcessingInput(
                source="s3://my-bucket/in",
                destination="/opt/ml/processing/input/in",
                input_name="in",
                s3_input_mode="Pipe",
                s3_compression_type="Gzip",
                s3_data_distribution_type="ShardedByS3Key",
            )
        ],
        outputs=[
            ProcessingOutput(
                output_name="out",
                source="/opt/ml/processing/output/out",
                destination="s3://my-bucket/out",
                s3_upload_mode="Continuous",
            )
        ],
    )
    return Pipeline("ProcessingGeneric", steps=[ProcessingStep("Generic", step_args=arguments)])


@scenario
def processing_framework(session: PipelineSession) -> Pipeline:
    """A source directory in a framework's container: packed by the SDK and started by its runproc.sh."""
    processor = FrameworkProcessor(
        estimator_cls=PyTorch,
        framework_version="2.1",
        py_version="py310",
        role=ROLE,
        instance_count=1,
        instance_type="ml.m5.xlarge",
        sagemaker_session=session,
    )
    arguments = processor.run(
        code="prepare.py",
        source_dir="code",
        arguments=["--alpha", "1"],
        inputs=[
            ProcessingInput(source="s3://my-bucket/in", destination="/opt/ml/processing/input/data", input_name="data")
        ],
        outputs=[ProcessingOutput(output_name="out", source="/opt/ml/processing/output/out")],
    )
    return Pipeline("ProcessingFramework", steps=[ProcessingStep("Framework", step_args=arguments)])


@scenario
def training_builtin(session: PipelineSession) -> Pipeline:
    """An algorithm's image: channels of several modes, hyperparameters of each type, spot, network, encryption."""
    eta = ParameterFloat("Eta", 0.2)
    rounds = ParameterInteger("Rounds", 50)
    objective = ParameterString("Objective", "reg:squarederror")
    estimator = xgboost_estimator(
        session,
        volume_size=30,
        volume_kms_key=KEY,
        output_kms_key=KEY,
        max_run=3600,
        max_wait=7200,
        use_spot_instances=True,
        checkpoint_s3_uri="s3://my-bucket/checkpoints",
        subnets=SUBNETS,
        security_group_ids=SECURITY_GROUPS,
        enable_network_isolation=True,
        encrypt_inter_container_traffic=True,
        max_retry_attempts=2,
        metric_definitions=[{"Name": "rmse", "Regex": "rmse=(.*)"}],
        environment={"A": "1"},
        tags=[{"Key": "team", "Value": "ml"}],
        hyperparameters={
            "objective": objective,
            "num_round": rounds,
            "eta": eta,
            "max_depth": 5,
            "gamma": 0.5,
            "silent": True,
            "tree_method": "hist",
        },
    )
    arguments = estimator.fit(
        {
            "train": TrainingInput("s3://my-bucket/train", content_type="text/csv", distribution="ShardedByS3Key"),
            "validation": TrainingInput("s3://my-bucket/validation", content_type="text/csv", input_mode="FastFile"),
            "plain": TrainingInput("s3://my-bucket/plain"),
        }
    )
    step = TrainingStep("Train", step_args=arguments)
    return Pipeline("TrainingBuiltin", parameters=[eta, rounds, objective], steps=[step])


@scenario
def training_distributed(session: PipelineSession) -> Pipeline:
    """Each way of distribution, and one of them isolated from every network."""
    type_parameter = ParameterString("Type", "ml.g5.12xlarge")
    common = {
        "role": ROLE,
        "sagemaker_session": session,
        "output_path": "s3://my-bucket/models",
        "entry_point": "train.py",
        "source_dir": "code",
        "instance_count": 2,
        "disable_profiler": True,
        "debugger_hook_config": False,
    }
    pytorch = {"framework_version": "2.1.0", "py_version": "py310", **common}
    tensorflow = {"framework_version": "2.11", "py_version": "py39", "model_dir": False, **common}
    tensorflow["instance_type"] = "ml.g5.xlarge"
    enabled = {"enabled": True}
    mpi = {"mpi": {**enabled, "processes_per_host": 8, "custom_mpi_options": "-x NCCL_DEBUG=INFO"}}
    torchrun = {"torch_distributed": enabled}
    data_parallel = {"smdistributed": {"dataparallel": enabled}}
    estimators = {
        "Torchrun": PyTorch(distribution=torchrun, instance_type="ml.p4d.24xlarge", **pytorch),
        "TorchrunAnywhere": PyTorch(distribution=torchrun, instance_type=type_parameter, image_uri=OWN_IMAGE, **common),
        "DataParallel": PyTorch(
            distribution=data_parallel,
            instance_type="ml.p4d.24xlarge",
            enable_network_isolation=True,
            **{**pytorch, "framework_version": "2.0.1"},
        ),
        "Mpi": TensorFlow(distribution=mpi, **tensorflow),
        "MpiByDefault": TensorFlow(distribution={"mpi": enabled}, **tensorflow),
        "ParameterServer": TensorFlow(distribution={"parameter_server": enabled}, **tensorflow),
        "Mirrored": TensorFlow(distribution={"multi_worker_mirrored_strategy": enabled}, **tensorflow),
    }
    steps = [TrainingStep(name, step_args=estimator.fit()) for name, estimator in estimators.items()]
    return Pipeline("TrainingDistributed", parameters=[type_parameter], steps=steps)


@scenario
def training_script_mode(session: PipelineSession) -> Pipeline:
    """Three framework estimators: PyTorch with a directory on two GPUs, scikit-learn, XGBoost with a directory."""
    epochs = ParameterInteger("Epochs", 3)
    common = {"role": ROLE, "sagemaker_session": session, "output_path": "s3://my-bucket/models"}
    pytorch = PyTorch(
        entry_point="train.py",
        source_dir="code",
        framework_version="2.1",
        py_version="py310",
        instance_count=2,
        instance_type="ml.g5.xlarge",
        hyperparameters={"epochs": epochs, "lr": 0.001, "name": "resnet", "layers": [1, 2], "flag": True},
        metric_definitions=[{"Name": "loss", "Regex": "loss=(.*)"}],
        use_spot_instances=True,
        max_run=3600,
        max_wait=7200,
        checkpoint_s3_uri="s3://my-bucket/checkpoints",
        subnets=SUBNETS,
        security_group_ids=SECURITY_GROUPS,
        **common,
    )
    sklearn = SKLearn(
        entry_point="train.py",
        source_dir="code",
        framework_version="1.2-1",
        instance_type="ml.m5.large",
        instance_count=1,
        hyperparameters={"estimators": 100},
        **common,
    )
    xgboost = XGBoost(
        entry_point="train.py",
        source_dir="code",
        framework_version="1.7-1",
        instance_type="ml.m5.large",
        instance_count=1,
        **common,
    )
    channels = {"training": TrainingInput("s3://my-bucket/train")}
    steps = [
        TrainingStep("TrainPyTorch", step_args=pytorch.fit(channels)),
        TrainingStep("TrainSklearn", step_args=sklearn.fit(channels)),
        TrainingStep("TrainXGBoost", step_args=xgboost.fit(channels)),
    ]
    return Pipeline("TrainingScriptMode", parameters=[epochs], steps=steps)


@scenario
def model_create(session: PipelineSession) -> Pipeline:
    """A model of one container, with environment, network and isolation."""
    model = xgboost_model(
        session,
        env={"K": "V"},
        vpc_config={"Subnets": SUBNETS, "SecurityGroupIds": SECURITY_GROUPS},
        enable_network_isolation=True,
    )
    step = ModelStep("Create", step_args=model.create("ml.m5.large"), description="one container")
    return Pipeline("ModelCreate", steps=[step])


@scenario
def model_of_a_version(session: PipelineSession) -> Pipeline:
    """A model from a version in the registry, with an environment."""
    package = ModelPackage(
        role=ROLE,
        model_package_arn="arn:aws:sagemaker:us-east-1:111122223333:model-package/abalone/7",
        env={"K": "V"},
        sagemaker_session=session,
    )
    return Pipeline("ModelOfAVersion", steps=[ModelStep("Create", step_args=package.create("ml.m5.large"))])


@scenario
def model_register(session: PipelineSession) -> Pipeline:
    """A model package with metrics, baselines, metadata, approval from a parameter, and what it is good for."""
    approval = ParameterString("Approval", "PendingManualApproval", ["Approved", "Rejected", "PendingManualApproval"])

    def source(name: str) -> MetricsSource:
        return MetricsSource("application/json", f"s3://my-bucket/{name}.json")

    arguments = xgboost_model(session, env={"K": "V"}).register(
        content_types=["text/csv"],
        response_types=["text/csv"],
        inference_instances=["ml.m5.large"],
        transform_instances=["ml.m5.xlarge"],
        model_package_group_name="abalone",
        description="predicts the age",
        approval_status=approval,
        model_metrics=ModelMetrics(
            model_statistics=source("statistics"),
            model_constraints=source("constraints"),
            bias=source("bias"),
            explainability=source("explainability"),
        ),
        drift_check_baselines=DriftCheckBaselines(
            model_statistics=source("statistics"), model_constraints=source("constraints")
        ),
        metadata_properties=MetadataProperties(commit_id="c0ffee", repository="https://example.com/repository"),
        customer_metadata_properties={"team": "ml"},
        domain="MACHINE_LEARNING",
        task="REGRESSION",
        sample_payload_url="s3://my-bucket/payload.tar.gz",
        skip_model_validation="All",
    )
    return Pipeline("ModelRegister", parameters=[approval], steps=[ModelStep("Register", step_args=arguments)])


@scenario
def model_uncompressed(session: PipelineSession) -> Pipeline:
    """A training that writes files instead of an archive, and a model and a version of these files."""
    estimator = xgboost_estimator(session, disable_output_compression=True, disable_profiler=True)
    estimator.debugger_hook_config = False
    train = TrainingStep("Train", step_args=estimator.fit({"train": TrainingInput("s3://my-bucket/train")}))
    files = {
        "S3DataSource": {
            "S3Uri": train.properties.ModelArtifacts.S3ModelArtifacts,
            "S3DataType": "S3Prefix",
            "CompressionType": "None",
        }
    }
    model = Model(XGBOOST, model_data=files, role=ROLE, sagemaker_session=session)
    register = model.register(
        content_types=["text/csv"],
        response_types=["text/csv"],
        inference_instances=["ml.m5.large"],
        transform_instances=["ml.m5.xlarge"],
        model_package_group_name="abalone",
    )
    steps = [train, ModelStep("Create", step_args=model.create("ml.m5.large")), ModelStep("New", step_args=register)]
    return Pipeline("ModelUncompressed", steps=steps)


@scenario
def data_sources(session: PipelineSession) -> Pipeline:
    """What is read and written beside files in S3: queries, a feature group, file systems."""
    processor = Processor(ROLE, OWN_IMAGE, instance_count=2, instance_type="ml.c5.xlarge", sagemaker_session=session)
    athena = AthenaDatasetDefinition(
        catalog="AwsDataCatalog",
        database="flowers",
        query_string="SELECT * FROM petals",
        work_group="research",
        output_s3_uri="s3://my-bucket/athena/",
        kms_key_id=KEY,
        output_format="PARQUET",
        output_compression="SNAPPY",
    )
    redshift = RedshiftDatasetDefinition(
        cluster_id="warehouse",
        database="flowers",
        db_user="reader",
        query_string="SELECT * FROM leaves",
        cluster_role_arn=ROLE,
        output_s3_uri="s3://my-bucket/redshift/",
        output_format="CSV",
        output_compression="GZIP",
    )
    path = "/opt/ml/processing/input"
    arguments = processor.run(
        inputs=[
            ProcessingInput(
                input_name="petals",
                dataset_definition=DatasetDefinition(
                    local_path=f"{path}/petals",
                    data_distribution_type="FullyReplicated",
                    athena_dataset_definition=athena,
                ),
            ),
            ProcessingInput(
                input_name="leaves",
                dataset_definition=DatasetDefinition(
                    local_path=f"{path}/leaves", input_mode="Pipe", redshift_dataset_definition=redshift
                ),
            ),
        ],
        outputs=[
            ProcessingOutput(
                output_name="flowers",
                app_managed=True,
                feature_store_output=FeatureStoreOutput(feature_group_name="flowers"),
            )
        ],
    )
    estimator = xgboost_estimator(
        session, subnets=SUBNETS, security_group_ids=SECURITY_GROUPS, disable_profiler=True, debugger_hook_config=False
    )
    channels = {
        "efs": FileSystemInput("fs-0123456789abcdef0", "EFS", "/flowers"),
        "fsx": FileSystemInput("fs-0fedcba9876543210", "FSxLustre", "/fsx/flowers", file_system_access_mode="rw"),
    }
    steps = [
        ProcessingStep("Prepare", step_args=arguments),
        TrainingStep("Train", step_args=estimator.fit(channels)),
    ]
    return Pipeline("DataSources", steps=steps)


@scenario
def transform(session: PipelineSession) -> Pipeline:
    """A batch transform with filters, joins, concurrency and encryption, and one with the least."""
    full = Transformer(
        model_name="my-model",
        instance_count=2,
        instance_type="ml.m5.xlarge",
        strategy="MultiRecord",
        assemble_with="Line",
        accept="text/csv",
        output_path="s3://my-bucket/out",
        output_kms_key=KEY,
        volume_kms_key=KEY,
        max_concurrent_transforms=4,
        max_payload=6,
        env={"K": "V"},
        tags=[{"Key": "team", "Value": "ml"}],
        sagemaker_session=session,
    )
    least = Transformer("my-model", 1, "ml.m5.large", output_path="s3://my-bucket/least", sagemaker_session=session)
    arguments = full.transform(
        data="s3://my-bucket/batch",
        content_type="text/csv",
        compression_type="Gzip",
        split_type="Line",
        input_filter="$[1:]",
        output_filter="$[0,-1]",
        join_source="Input",
    )
    steps = [
        TransformStep("Batch", step_args=arguments),
        TransformStep("Least", step_args=least.transform(data="s3://my-bucket/batch")),
    ]
    return Pipeline("Transform", steps=steps)
