"""The pipelines of tests/goldens/jobs.py and flows.py, written with this library."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_sagemaker_pipelines import (
    CacheConfig,
    Channel,
    Checkpoints,
    ConditionStep,
    DriftCheckBaselines,
    ExceptionType,
    ExecutionVariables,
    ExperimentConfig,
    FailStep,
    Image,
    Join,
    JsonGet,
    ModelMetrics,
    ModelStep,
    Or,
    Parameter,
    Pipeline,
    ProcessingInput,
    ProcessingOutput,
    ProcessingStep,
    PropertyFile,
    RegisterModelStep,
    RetryPolicy,
    S3Location,
    Script,
    SourceDir,
    TrainingStep,
    TransformInput,
    TransformStep,
)

ROLE = "arn:aws:iam::111122223333:role/PipelineRole"
KEY = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"
SUBNETS = ["subnet-0123456789abcdef0", "subnet-0fedcba9876543210"]
CODE = {
    "prepare.py": "print('prepare')\n",
    "train.py": "print('train')\n",
    "evaluate.py": "print('evaluate')\n",
    "requirements.txt": "pandas\n",
}
SKLEARN = Image.sklearn("1.2-1")
XGBOOST = Image.xgboost("1.7-1")
# what the SDK gives every pipeline that says nothing of it
SDK_EXPERIMENT = ExperimentConfig(ExecutionVariables.PIPELINE_NAME, ExecutionVariables.PIPELINE_EXECUTION_ID)


class Place(Construct):
    """What the pipelines of one stack share: code, bucket, role, key and network, all of which exist already."""

    def __init__(self, scope: Construct, construct_id: str, code: Path) -> None:
        super().__init__(scope, construct_id)
        for name, text in CODE.items():
            (code / name).write_text(text, encoding="utf-8")
        self.code = code
        self.bucket = s3.Bucket.from_bucket_name(self, "Bucket", "my-bucket")
        self.role = iam.Role.from_role_arn(self, "Role", ROLE, mutable=False)
        self.key = kms.Key.from_key_arn(self, "Key", KEY)
        self.vpc = ec2.Vpc.from_vpc_attributes(
            self,
            "Vpc",
            vpc_id="vpc-0123456789abcdef0",
            availability_zones=["us-east-1a", "us-east-1b"],
            private_subnet_ids=SUBNETS,
        )
        self.group = ec2.SecurityGroup.from_security_group_id(self, "Group", "sg-0123456789abcdef0", mutable=False)

    def pipeline(self, name: str, **options: Any) -> Pipeline:
        return Pipeline(
            self,
            name,
            **{
                "pipeline_name": name,
                "artifacts": self.bucket,
                "role": self.role,
                "default_job_role": self.role,
                "experiment_config": SDK_EXPERIMENT,
                **options,
            },
        )

    def script(self, name: str) -> Script:
        return Script(self.code / name)

    def network(self) -> dict[str, Any]:
        return {"vpc": self.vpc, "security_groups": [self.group]}


Scenario = Callable[[Place], Pipeline]
SCENARIOS: dict[str, Scenario] = {}


def scenario(build: Scenario) -> Scenario:
    SCENARIOS[build.__name__] = build
    return build


def train_on_xgboost(pipeline: Pipeline, name: str = "Train", **options: Any) -> TrainingStep:
    given = {
        "image": XGBOOST,
        "instance_type": "ml.m5.xlarge",
        "inputs": {"train": "s3://my-bucket/train"},
        "output": "s3://my-bucket/models",
        **options,
    }
    return TrainingStep(pipeline, name, **given)


@scenario
def processing_script(place: Place) -> Pipeline:
    data = Parameter.string("InputData", default="s3://my-bucket/raw/data.csv")
    pipeline = place.pipeline("ProcessingScript")
    ProcessingStep(
        pipeline,
        "Prepare",
        image=SKLEARN,
        script=place.script("prepare.py"),
        instance_type=Parameter.string("InstanceType", default="ml.m5.xlarge"),
        instance_count=Parameter.integer("InstanceCount", default=1),
        volume_size_in_gb=50,
        volume_kms_key=place.key,
        output_kms_key=place.key,
        max_runtime=cdk.Duration.hours(2),
        environment={"MODE": "full", "DATA": data},
        container_arguments=["--rows", 100, "--data", data],
        inputs={"raw": data},
        outputs={"train": ProcessingOutput(), "report": S3Location.from_uri("s3://my-bucket/report")},
        enable_network_isolation=True,
        encrypt_inter_container_traffic=True,
        display_name="Prepare the data",
        description="splits",
        **place.network(),
    )
    cdk.Tags.of(pipeline).add("team", "ml")
    return pipeline


@scenario
def processing_generic(place: Place) -> Pipeline:
    pipeline = place.pipeline("ProcessingGeneric")
    ProcessingStep(
        pipeline,
        "Generic",
        image=Image.from_uri("111122223333.dkr.ecr.us-east-1.amazonaws.com/tools:2"),
        container_entrypoint=["python3", "/app/run.py"],
        container_arguments=["--fast"],
        instance_type="ml.c5.xlarge",
        instance_count=2,
        inputs={
            "in": ProcessingInput(
                "s3://my-bucket/in",
                s3_input_mode="Pipe",
                s3_compression_type="Gzip",
                s3_data_distribution_type="ShardedByS3Key",
            )
        },
        outputs={"out": ProcessingOutput("s3://my-bucket/out", s3_upload_mode="Continuous")},
    )
    return pipeline


@scenario
def processing_framework(place: Place) -> Pipeline:
    pipeline = place.pipeline("ProcessingFramework")
    ProcessingStep(
        pipeline,
        "Framework",
        image=Image.pytorch("2.1", py_version="py310"),
        script=SourceDir(place.code, entry_point="prepare.py"),
        instance_type="ml.m5.xlarge",
        container_arguments=["--alpha", "1"],
        inputs={"data": "s3://my-bucket/in"},
        outputs=["out"],
    )
    return pipeline


@scenario
def training_builtin(place: Place) -> Pipeline:
    pipeline = place.pipeline("TrainingBuiltin")
    train_on_xgboost(
        pipeline,
        volume_size_in_gb=30,
        volume_kms_key=place.key,
        output_kms_key=place.key,
        max_runtime=cdk.Duration.hours(1),
        max_wait=cdk.Duration.hours(2),
        checkpoints=Checkpoints("s3://my-bucket/checkpoints"),
        enable_network_isolation=True,
        encrypt_inter_container_traffic=True,
        metric_definitions={"rmse": "rmse=(.*)"},
        environment={"A": "1"},
        hyperparameters={
            "objective": Parameter.string("Objective", default="reg:squarederror"),
            "num_round": Parameter.integer("Rounds", default=50),
            "eta": Parameter.float("Eta", default=0.2),
            "max_depth": 5,
            "gamma": 0.5,
            "silent": True,
            "tree_method": "hist",
        },
        inputs={
            "train": Channel(
                "s3://my-bucket/train", content_type="text/csv", s3_data_distribution_type="ShardedByS3Key"
            ),
            "validation": Channel("s3://my-bucket/validation", content_type="text/csv", input_mode="FastFile"),
            "plain": "s3://my-bucket/plain",
        },
        overrides={"RetryStrategy": {"MaximumRetryAttempts": 2}},
        **place.network(),
    )
    cdk.Tags.of(pipeline).add("team", "ml")
    return pipeline


@scenario
def training_script_mode(place: Place) -> Pipeline:
    pipeline = place.pipeline("TrainingScriptMode")
    common: dict[str, Any] = {
        "source": SourceDir(place.code, entry_point="train.py"),
        "inputs": {"training": "s3://my-bucket/train"},
        "output": "s3://my-bucket/models",
    }
    TrainingStep(
        pipeline,
        "TrainPyTorch",
        image=Image.pytorch("2.1", py_version="py310"),
        instance_type="ml.g5.xlarge",
        instance_count=2,
        hyperparameters={
            "epochs": Parameter.integer("Epochs", default=3),
            "lr": 0.001,
            "name": "resnet",
            "layers": [1, 2],
            "flag": True,
        },
        metric_definitions={"loss": "loss=(.*)"},
        max_runtime=3600,
        max_wait=7200,
        checkpoints=Checkpoints("s3://my-bucket/checkpoints"),
        overrides={"AlgorithmSpecification": {"EnableSageMakerMetricsTimeSeries": True}},
        **place.network(),
        **common,
    )
    TrainingStep(
        pipeline,
        "TrainSklearn",
        image=SKLEARN,
        instance_type="ml.m5.large",
        hyperparameters={"estimators": 100},
        **common,
    )
    TrainingStep(pipeline, "TrainXGBoost", image=XGBOOST, instance_type="ml.m5.large", **common)
    return pipeline


@scenario
def model_create(place: Place) -> Pipeline:
    pipeline = place.pipeline("ModelCreate")
    ModelStep(
        pipeline,
        "Create-CreateModel",
        image=XGBOOST,
        model_data="s3://my-bucket/model.tar.gz",
        environment={"K": "V"},
        enable_network_isolation=True,
        description="one container",
        **place.network(),
    )
    return pipeline


@scenario
def model_of_a_version(place: Place) -> Pipeline:
    pipeline = place.pipeline("ModelOfAVersion")
    ModelStep(
        pipeline,
        "Create-CreateModel",
        model_package="arn:aws:sagemaker:us-east-1:111122223333:model-package/abalone/7",
        environment={"K": "V"},
    )
    return pipeline


@scenario
def model_register(place: Place) -> Pipeline:
    pipeline = place.pipeline("ModelRegister")

    def source(name: str) -> str:
        return f"s3://my-bucket/{name}.json"

    RegisterModelStep(
        pipeline,
        "Register",
        step_name="Register-RegisterModel",
        image=XGBOOST,
        model_data="s3://my-bucket/model.tar.gz",
        environment={"K": "V"},
        model_package_group="abalone",
        content_types=["text/csv"],
        response_types=["text/csv"],
        inference_instances=["ml.m5.large"],
        transform_instances=["ml.m5.xlarge"],
        model_package_description="predicts the age",
        approval_status=Parameter.string(
            "Approval",
            default="PendingManualApproval",
            enum_values=["Approved", "Rejected", "PendingManualApproval"],
        ),
        model_metrics=ModelMetrics(
            model_statistics=source("statistics"),
            model_constraints=source("constraints"),
            bias=source("bias"),
            explainability=source("explainability"),
        ),
        customer_metadata={"team": "ml"},
        drift_check_baselines=DriftCheckBaselines(
            model_statistics=source("statistics"), model_constraints=source("constraints")
        ),
        overrides={
            "MetadataProperties": {"CommitId": "c0ffee", "Repository": "https://example.com/repository"},
            "Domain": "MACHINE_LEARNING",
            "Task": "REGRESSION",
            "SamplePayloadUrl": "s3://my-bucket/payload.tar.gz",
            "SkipModelValidation": "All",
        },
    )
    return pipeline


@scenario
def transform(place: Place) -> Pipeline:
    pipeline = place.pipeline("Transform")
    TransformStep(
        pipeline,
        "Batch",
        model="my-model",
        input=TransformInput(
            S3Location(place.bucket, "batch"), content_type="text/csv", compression_type="Gzip", split_type="Line"
        ),
        instance_type="ml.m5.xlarge",
        instance_count=2,
        strategy="MultiRecord",
        assemble_with="Line",
        accept="text/csv",
        output=S3Location(place.bucket, "out"),
        output_kms_key=place.key,
        volume_kms_key=place.key,
        max_concurrent_transforms=4,
        max_payload_in_mb=6,
        environment={"K": "V"},
        input_filter="$[1:]",
        output_filter="$[0,-1]",
        join_source="Input",
        overrides={"Tags": [{"Key": "team", "Value": "ml"}]},
    )
    TransformStep(
        pipeline,
        "Least",
        model="my-model",
        input="s3://my-bucket/batch",
        output="s3://my-bucket/least",
        instance_type="ml.m5.large",
    )
    return pipeline


@scenario
def conditions(place: Place) -> Pipeline:
    integer, number = Parameter.integer("I", default=1), Parameter.float("F", default=1.5)
    flag, text = Parameter.boolean("B", default=True), Parameter.string("S", default="x")
    pipeline = place.pipeline("Conditions")
    check = ConditionStep(
        pipeline,
        "Check",
        condition=[
            text.equals("x"),
            flag.equals(True),
            integer > 0,
            number >= integer,
            integer < 10,
            number <= 1.5,
            text.is_in(["x", "y", ExecutionVariables.PIPELINE_NAME]),
            ~text.equals("z"),
            Or([~text.is_in(["q"]), Or([integer < 5, number > 9.0])]),
        ],
    )
    FailStep(check.if_steps, "Yes", message="yes")
    FailStep(check.else_steps, "No", message="no")
    outcome = ConditionStep(pipeline, "Outcome", condition=check.properties.outcome.equals(True))
    FailStep(outcome.else_steps, "Never", message="never")
    return pipeline


@scenario
def parameters(place: Place) -> Pipeline:
    declared: list[Parameter[Any]] = [
        Parameter.string("Name", default="abc"),
        Parameter.string("NoDefault"),
        Parameter.string("Empty", default=""),
        Parameter.string("Choice", default="a", enum_values=["a", "b"]),
        Parameter.integer("Count", default=3),
        Parameter.integer("Zero", default=0),
        Parameter.integer("CountNoDefault"),
        Parameter.float("Rate", default=0.5),
        Parameter.boolean("Off", default=False),
        Parameter.boolean("On", default=True),
    ]
    pipeline = place.pipeline("Parameters")
    FailStep(pipeline, "Stop", message=" ".join(f"{parameter}" for parameter in declared))
    return pipeline


@scenario
def property_files_and_functions(place: Place) -> Pipeline:
    pipeline = place.pipeline("Functions")
    evaluate = ProcessingStep(
        pipeline,
        "Evaluate",
        image=SKLEARN,
        script=place.script("prepare.py"),
        instance_type="ml.m5.xlarge",
        outputs={"report": "s3://my-bucket/report"},
        property_files=[PropertyFile("Report", "report", "evaluation.json")],
    )
    report = evaluate.property_file("report", "evaluation.json")
    mse = report.number("regression_metrics.mse.value")
    uri = f"s3://my-bucket/{ExecutionVariables.PIPELINE_EXECUTION_ID}/metrics.json"
    check = ConditionStep(
        pipeline,
        "Check",
        condition=[
            mse <= 6.0,
            report.number("folds[0]['auc']") > 0.5,
            JsonGet[str]("accuracy", s3_uri=uri).equals("high"),
        ],
    )
    TrainingStep(
        check.if_steps,
        "Train",
        image=XGBOOST,
        instance_type="ml.m5.xlarge",
        inputs={"train": "s3://my-bucket/train"},
        output="s3://my-bucket/models",
        hyperparameters={"base_score": mse, "tag": Join("-", ["a", 1, Join("", ["b", mse])])},
    )
    return pipeline


@scenario
def retry_policies(place: Place) -> Pipeline:
    service = RetryPolicy(
        [ExceptionType.SERVICE_FAULT, ExceptionType.THROTTLING],
        interval_seconds=5,
        backoff_rate=1.5,
        expire_after_min=60,
    )
    job = RetryPolicy(
        [ExceptionType.RESOURCE_LIMIT, ExceptionType.CAPACITY_ERROR], interval_seconds=60, max_attempts=10
    )
    failure = RetryPolicy([ExceptionType.JOB_INTERNAL_ERROR], interval_seconds=30, max_attempts=3)
    pipeline = place.pipeline("RetryPolicies", retry_policies=[service, job, failure])
    train_on_xgboost(pipeline)
    # of the pipeline's policies a model takes those of the step family
    ModelStep(pipeline, "Create-CreateModel", image=XGBOOST, model_data="s3://my-bucket/model.tar.gz")
    return pipeline


@scenario
def caching(place: Place) -> Pipeline:
    pipeline = place.pipeline("Caching")
    train_on_xgboost(pipeline, "On", cache=CacheConfig(cdk.Duration.days(30)))
    train_on_xgboost(pipeline, "Off", cache=CacheConfig("PT1H", enabled=False))
    train_on_xgboost(pipeline, "Without")
    return pipeline


@scenario
def execution_variables_and_experiment(place: Place) -> Pipeline:
    pipeline = place.pipeline(
        "ExecutionVariables",
        experiment_config=ExperimentConfig("my-experiment", f"trial-{ExecutionVariables.PIPELINE_EXECUTION_ID}"),
    )
    first = ProcessingStep(
        pipeline, "First", image=SKLEARN, script=place.script("prepare.py"), instance_type="ml.m5.xlarge"
    )
    values = [
        ExecutionVariables.START_DATETIME,
        ExecutionVariables.CURRENT_DATETIME,
        ExecutionVariables.PIPELINE_NAME,
        ExecutionVariables.PIPELINE_ARN,
        ExecutionVariables.PIPELINE_EXECUTION_ID,
        ExecutionVariables.PIPELINE_EXECUTION_ARN,
    ]
    FailStep(pipeline, "Stop", message=Join(" ", values), depends_on=[first])
    return pipeline


@scenario
def fail(place: Place) -> Pipeline:
    pipeline = place.pipeline("Fail", experiment_config=None)
    FailStep(pipeline, "Stop", message="no good")
    return pipeline


@scenario
def abalone(place: Place) -> Pipeline:
    kind = Parameter.string("InstanceType", default="ml.m5.xlarge")
    approval = Parameter.string("ModelApprovalStatus", default="PendingManualApproval")
    data = Parameter.string("InputData", default="s3://my-bucket/abalone.csv")
    batch = Parameter.string("BatchData", default="s3://my-bucket/batch")
    limit = Parameter.float("MaxMse", default=6.0)

    pipeline = place.pipeline("Abalone")
    prepare = ProcessingStep(
        pipeline,
        "Prepare",
        image=SKLEARN,
        script=place.script("prepare.py"),
        instance_type="ml.m5.xlarge",
        inputs={"raw": data},
        outputs=["train", "validation", "test"],
    )
    train = train_on_xgboost(
        pipeline,
        instance_type=kind,
        hyperparameters={"objective": "reg:squarederror", "num_round": 50},
        inputs={name: Channel(prepare.output(name), content_type="text/csv") for name in ("train", "validation")},
    )
    evaluate = ProcessingStep(
        pipeline,
        "Evaluate",
        image=SKLEARN,
        script=place.script("evaluate.py"),
        instance_type="ml.m5.xlarge",
        inputs={"model": train.model_artifacts, "test": prepare.output("test")},
        outputs=["report"],
    )
    mse = evaluate.property_file("report", "evaluation.json").number("regression_metrics.mse.value")
    check = ConditionStep(pipeline, "CheckMse", condition=mse <= limit)
    RegisterModelStep(
        check.if_steps,
        "Register-RegisterModel",
        image=XGBOOST,
        model_data=train.model_artifacts,
        model_package_group="abalone",
        inference_instances=["ml.m5.large"],
        transform_instances=["ml.m5.xlarge"],
        approval_status=approval,
        model_metrics=ModelMetrics(model_statistics=f"{evaluate.output('report')}/evaluation.json"),
    )
    model = ModelStep(check.if_steps, "Create-CreateModel", image=XGBOOST, model_data=train.model_artifacts)
    TransformStep(
        check.if_steps,
        "Score",
        model=model,
        input=TransformInput(batch, split_type="Line"),
        instance_type="ml.m5.xlarge",
        output="s3://my-bucket/out",
    )
    FailStep(check.else_steps, "TooInaccurate", message=f"the error is above {limit}")
    return pipeline
