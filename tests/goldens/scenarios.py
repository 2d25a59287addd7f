"""The pipelines of the goldens, as a user of the SageMaker Python SDK writes them. ``make.py`` runs them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sagemaker import image_uris
from sagemaker.drift_check_baselines import DriftCheckBaselines
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput, TransformInput
from sagemaker.metadata_properties import MetadataProperties
from sagemaker.model import Model
from sagemaker.model_metrics import MetricsSource, ModelMetrics
from sagemaker.network import NetworkConfig
from sagemaker.processing import FrameworkProcessor, ProcessingInput, ProcessingOutput, Processor
from sagemaker.pytorch import PyTorch
from sagemaker.sklearn import SKLearn, SKLearnProcessor
from sagemaker.transformer import Transformer
from sagemaker.workflow.condition_step import ConditionStep
from sagemaker.workflow.conditions import (
    ConditionEquals,
    ConditionGreaterThan,
    ConditionGreaterThanOrEqualTo,
    ConditionIn,
    ConditionLessThan,
    ConditionLessThanOrEqualTo,
    ConditionNot,
    ConditionOr,
)
from sagemaker.workflow.execution_variables import ExecutionVariables
from sagemaker.workflow.fail_step import FailStep
from sagemaker.workflow.functions import Join, JsonGet
from sagemaker.workflow.model_step import ModelStep
from sagemaker.workflow.parameters import ParameterBoolean, ParameterFloat, ParameterInteger, ParameterString
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.pipeline_experiment_config import PipelineExperimentConfig
from sagemaker.workflow.properties import PropertyFile
from sagemaker.workflow.retry import (
    SageMakerJobExceptionTypeEnum,
    SageMakerJobStepRetryPolicy,
    StepExceptionTypeEnum,
    StepRetryPolicy,
)
from sagemaker.workflow.steps import CacheConfig, ProcessingStep, TrainingStep, TransformStep
from sagemaker.xgboost import XGBoost

REGION = "us-east-1"
ROLE = "arn:aws:iam::111122223333:role/PipelineRole"
KEY = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"
SUBNETS = ["subnet-0123456789abcdef0", "subnet-0fedcba9876543210"]
SECURITY_GROUPS = ["sg-0123456789abcdef0"]
XGBOOST = image_uris.retrieve("xgboost", REGION, version="1.7-1", image_scope="training")
OWN_IMAGE = "111122223333.dkr.ecr.us-east-1.amazonaws.com/tools:2"

Scenario = Callable[[PipelineSession], Pipeline]
SCENARIOS: dict[str, Scenario] = {}


def scenario(build: Scenario) -> Scenario:
    SCENARIOS[build.__name__] = build
    return build


def sklearn_processor(session: PipelineSession, **options: Any) -> SKLearnProcessor:
    arguments = {"role": ROLE, "instance_type": "ml.m5.xlarge", "instance_count": 1, "sagemaker_session": session}
    return SKLearnProcessor("1.2-1", **{**arguments, **options})


def xgboost_estimator(session: PipelineSession, **options: Any) -> Estimator:
    arguments = {
        "role": ROLE,
        "instance_type": "ml.m5.xlarge",
        "instance_count": 1,
        "output_path": "s3://my-bucket/models",
        "sagemaker_session": session,
    }
    return Estimator(XGBOOST, **{**arguments, **options})


def xgboost_model(session: PipelineSession, **options: Any) -> Model:
    return Model(XGBOOST, model_data="s3://my-bucket/model.tar.gz", role=ROLE, sagemaker_session=session, **options)


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


@scenario
def conditions(session: PipelineSession) -> Pipeline:
    """Every type of condition, nested in one another; branches with and without steps."""
    integer, number = ParameterInteger("I", 1), ParameterFloat("F", 1.5)
    flag, text = ParameterBoolean("B", default_value=True), ParameterString("S", "x")
    all_of_them = ConditionStep(
        "Check",
        conditions=[
            ConditionEquals(left=text, right="x"),
            ConditionEquals(left=flag, right=True),
            ConditionGreaterThan(left=integer, right=0),
            ConditionGreaterThanOrEqualTo(left=number, right=integer),
            ConditionLessThan(left=integer, right=10),
            ConditionLessThanOrEqualTo(left=number, right=1.5),
            ConditionIn(value=text, in_values=["x", "y", ExecutionVariables.PIPELINE_NAME]),
            ConditionNot(ConditionEquals(left=text, right="z")),
            ConditionOr(
                [
                    ConditionNot(ConditionIn(value=text, in_values=["q"])),
                    ConditionOr(
                        [ConditionLessThan(left=integer, right=5), ConditionGreaterThan(left=number, right=9.0)]
                    ),
                ]
            ),
        ],
        if_steps=[FailStep("Yes", error_message="yes")],
        else_steps=[FailStep("No", error_message="no")],
    )
    outcome = ConditionStep(
        "Outcome",
        conditions=[ConditionEquals(left=all_of_them.properties.Outcome, right=True)],
        if_steps=[],
        else_steps=[FailStep("Never", error_message="never")],
    )
    return Pipeline("Conditions", parameters=[integer, number, flag, text], steps=[all_of_them, outcome])


@scenario
def parameters(session: PipelineSession) -> Pipeline:
    """Each type of parameter, with and without a default, falsy defaults, enum values; all joined in one text."""
    declared = [
        ParameterString("Name", "abc"),
        ParameterString("NoDefault"),
        ParameterString("Empty", ""),
        ParameterString("Choice", "a", ["a", "b"]),
        ParameterInteger("Count", 3),
        ParameterInteger("Zero", 0),
        ParameterInteger("CountNoDefault"),
        ParameterFloat("Rate", 0.5),
        ParameterBoolean("Off", default_value=False),
        ParameterBoolean("On", default_value=True),
    ]
    step = FailStep("Stop", error_message=Join(on=" ", values=list(declared)))
    return Pipeline("Parameters", parameters=list(declared), steps=[step])


@scenario
def property_files_and_functions(session: PipelineSession) -> Pipeline:
    """JsonGet on a property file and on an object in S3, nested joins; in conditions and in hyperparameters."""
    report = PropertyFile("Report", output_name="report", path="evaluation.json")
    arguments = sklearn_processor(session).run(
        code="code/prepare.py",
        outputs=[
            ProcessingOutput(
                output_name="report", source="/opt/ml/processing/output/report", destination="s3://my-bucket/report"
            )
        ],
    )
    evaluate = ProcessingStep("Evaluate", step_args=arguments, property_files=[report])
    uri = Join(on="/", values=["s3:/", "my-bucket", ExecutionVariables.PIPELINE_EXECUTION_ID, "metrics.json"])
    mse = JsonGet(step_name=evaluate.name, property_file=report, json_path="regression_metrics.mse.value")
    by_name = JsonGet(step_name=evaluate.name, property_file="Report", json_path="folds[0]['auc']")
    from_s3 = JsonGet(s3_uri=uri, json_path="accuracy")
    estimator = xgboost_estimator(
        session,
        hyperparameters={"base_score": mse, "tag": Join(on="-", values=["a", 1, Join(on="", values=["b", mse])])},
    )
    train = TrainingStep("Train", step_args=estimator.fit({"train": TrainingInput("s3://my-bucket/train")}))
    check = ConditionStep(
        "Check",
        conditions=[
            ConditionLessThanOrEqualTo(left=mse, right=6.0),
            ConditionGreaterThan(left=by_name, right=0.5),
            ConditionEquals(left=from_s3, right="high"),
        ],
        if_steps=[train],
        else_steps=[],
    )
    return Pipeline("Functions", steps=[evaluate, check])


@scenario
def retry_policies(session: PipelineSession) -> Pipeline:
    """Policies of both families on job steps, and of the step family on a model."""
    service = StepRetryPolicy(
        exception_types=[StepExceptionTypeEnum.SERVICE_FAULT, StepExceptionTypeEnum.THROTTLING],
        interval_seconds=5,
        backoff_rate=1.5,
        expire_after_mins=60,
    )
    job = SageMakerJobStepRetryPolicy(
        exception_types=[SageMakerJobExceptionTypeEnum.RESOURCE_LIMIT, SageMakerJobExceptionTypeEnum.CAPACITY_ERROR],
        interval_seconds=60,
        backoff_rate=2.0,
        max_attempts=10,
    )
    failure = SageMakerJobStepRetryPolicy(
        failure_reason_types=[SageMakerJobExceptionTypeEnum.INTERNAL_ERROR], interval_seconds=30, max_attempts=3
    )
    fit = xgboost_estimator(session).fit({"train": TrainingInput("s3://my-bucket/train")})
    train = TrainingStep("Train", step_args=fit, retry_policies=[service, job, failure])
    model = ModelStep("Create", step_args=xgboost_model(session).create("ml.m5.large"), retry_policies=[service])
    return Pipeline("RetryPolicies", steps=[train, model])


@scenario
def caching(session: PipelineSession) -> Pipeline:
    """A cache that is on, one that is off, and a step without."""
    estimator = xgboost_estimator(session)

    def train(name: str, **options: Any) -> TrainingStep:
        return TrainingStep(name, step_args=estimator.fit({"train": TrainingInput("s3://my-bucket/train")}), **options)

    steps = [
        train("On", cache_config=CacheConfig(enable_caching=True, expire_after="P30D")),
        train("Off", cache_config=CacheConfig(enable_caching=False, expire_after="PT1H")),
        train("Without"),
    ]
    return Pipeline("Caching", steps=steps)


@scenario
def execution_variables_and_experiment(session: PipelineSession) -> Pipeline:
    """All execution variables in one text, an experiment of one's own, and steps that wait for a named one."""
    names = ("START_DATETIME", "CURRENT_DATETIME", "PIPELINE_NAME", "PIPELINE_ARN")
    values = [getattr(ExecutionVariables, name) for name in names]
    values += [ExecutionVariables.PIPELINE_EXECUTION_ID, ExecutionVariables.PIPELINE_EXECUTION_ARN]
    first = ProcessingStep("First", step_args=sklearn_processor(session).run(code="code/prepare.py"))
    stop = FailStep("Stop", error_message=Join(on=" ", values=values), depends_on=[first])
    return Pipeline(
        "ExecutionVariables",
        pipeline_experiment_config=PipelineExperimentConfig(
            "my-experiment", Join(on="-", values=["trial", ExecutionVariables.PIPELINE_EXECUTION_ID])
        ),
        steps=[first, stop],
    )


@scenario
def fail(session: PipelineSession) -> Pipeline:
    """A step that fails, with neither message nor experiment."""
    return Pipeline("Fail", pipeline_experiment_config=None, steps=[FailStep("Stop", error_message="no good")])


@scenario
def abalone(session: PipelineSession) -> Pipeline:
    """The well-known example: prepare, train, evaluate; register, create and transform if good enough, else fail."""
    kind = ParameterString("InstanceType", "ml.m5.xlarge")
    approval = ParameterString("ModelApprovalStatus", "PendingManualApproval")
    data = ParameterString("InputData", "s3://my-bucket/abalone.csv")
    batch = ParameterString("BatchData", "s3://my-bucket/batch")
    limit = ParameterFloat("MaxMse", 6.0)

    prepare = ProcessingStep(
        "Prepare",
        step_args=sklearn_processor(session).run(
            code="code/prepare.py",
            inputs=[ProcessingInput(source=data, destination="/opt/ml/processing/input/raw", input_name="raw")],
            outputs=[
                ProcessingOutput(output_name=name, source=f"/opt/ml/processing/output/{name}")
                for name in ("train", "validation", "test")
            ],
        ),
    )

    def prepared(name: str) -> Any:
        return prepare.properties.ProcessingOutputConfig.Outputs[name].S3Output.S3Uri

    estimator = xgboost_estimator(
        session, instance_type=kind, hyperparameters={"objective": "reg:squarederror", "num_round": 50}
    )
    train = TrainingStep(
        "Train",
        step_args=estimator.fit(
            {name: TrainingInput(prepared(name), content_type="text/csv") for name in ("train", "validation")}
        ),
    )
    report = PropertyFile("report", output_name="report", path="evaluation.json")
    evaluate = ProcessingStep(
        "Evaluate",
        step_args=sklearn_processor(session).run(
            code="code/evaluate.py",
            inputs=[
                ProcessingInput(
                    source=train.properties.ModelArtifacts.S3ModelArtifacts,
                    destination="/opt/ml/processing/input/model",
                    input_name="model",
                ),
                ProcessingInput(
                    source=prepared("test"), destination="/opt/ml/processing/input/test", input_name="test"
                ),
            ],
            outputs=[ProcessingOutput(output_name="report", source="/opt/ml/processing/output/report")],
        ),
        property_files=[report],
    )
    model = Model(
        XGBOOST, model_data=train.properties.ModelArtifacts.S3ModelArtifacts, role=ROLE, sagemaker_session=session
    )
    register = ModelStep(
        "Register",
        step_args=model.register(
            content_types=["text/csv"],
            response_types=["text/csv"],
            inference_instances=["ml.m5.large"],
            transform_instances=["ml.m5.xlarge"],
            model_package_group_name="abalone",
            approval_status=approval,
            model_metrics=ModelMetrics(
                model_statistics=MetricsSource(
                    "application/json",
                    Join(
                        on="/",
                        values=[
                            evaluate.properties.ProcessingOutputConfig.Outputs["report"].S3Output.S3Uri,
                            "evaluation.json",
                        ],
                    ),
                )
            ),
        ),
    )
    create = ModelStep("Create", step_args=model.create("ml.m5.large"))
    transformer = Transformer(
        create.properties.ModelName, 1, "ml.m5.xlarge", output_path="s3://my-bucket/out", sagemaker_session=session
    )
    score = TransformStep("Score", step_args=transformer.transform(TransformInput(data=batch).data, split_type="Line"))
    mse = JsonGet(step_name=evaluate.name, property_file=report, json_path="regression_metrics.mse.value")
    check = ConditionStep(
        "CheckMse",
        conditions=[ConditionLessThanOrEqualTo(left=mse, right=limit)],
        if_steps=[register, create, score],
        else_steps=[FailStep("TooInaccurate", error_message=Join(on=" ", values=["the error is above", limit]))],
    )
    return Pipeline("Abalone", parameters=[kind, approval, data, batch, limit], steps=[prepare, train, evaluate, check])
