"""Goldens of the steps that call other services, deploy, record lineage, run notebooks or repack a model."""

from __future__ import annotations

from typing import Any

from common import XGBOOST, xgboost_estimator, xgboost_model
from sagemaker.inputs import TrainingInput
from sagemaker.lambda_helper import Lambda
from sagemaker.lineage.action import Action
from sagemaker.lineage.artifact import Artifact
from sagemaker.lineage.context import Context
from sagemaker.model import Model
from sagemaker.workflow.callback_step import CallbackOutput, CallbackOutputTypeEnum, CallbackStep
from sagemaker.workflow.emr_step import EMRStep, EMRStepConfig
from sagemaker.workflow.endpoint_step import EndpointConfigStep, EndpointStep
from sagemaker.workflow.execution_variables import ExecutionVariables
from sagemaker.workflow.fail_step import FailStep
from sagemaker.workflow.functions import Join
from sagemaker.workflow.inference_component_step import InferenceComponentStep
from sagemaker.workflow.lambda_step import LambdaOutput, LambdaOutputTypeEnum, LambdaStep
from sagemaker.workflow.lineage_step import LineageAssociation, LineageEntityReference, LineageStep
from sagemaker.workflow.model_step import ModelStep
from sagemaker.workflow.notebook_job_step import NotebookJobStep
from sagemaker.workflow.parameters import ParameterBoolean, ParameterFloat, ParameterInteger, ParameterString
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.retry import (
    SageMakerJobExceptionTypeEnum,
    SageMakerJobStepRetryPolicy,
    StepExceptionTypeEnum,
    StepRetryPolicy,
)
from sagemaker.workflow.steps import CacheConfig, TrainingStep
from shared import (
    FUNCTION,
    KEY,
    QUEUE,
    REGION,
    ROLE,
    SECURITY_GROUPS,
    SUBNETS,
    scenario,
    scenario_with_uploads,
)

DAY = CacheConfig(enable_caching=True, expire_after="P1D")
SERVICE_FAULT = StepRetryPolicy(
    exception_types=[StepExceptionTypeEnum.SERVICE_FAULT, StepExceptionTypeEnum.THROTTLING],
    interval_seconds=10,
    max_attempts=3,
)


@scenario
def callback_and_lambda(session: PipelineSession) -> Pipeline:
    """A callback with outputs of every type, a Lambda that takes them, one without inputs, and the least."""
    text, count = ParameterString("Text", "v"), ParameterInteger("Count", 3)
    rate, flag = ParameterFloat("Rate", 0.5), ParameterBoolean("Flag", default_value=True)
    kinds = CallbackOutputTypeEnum
    wait = CallbackStep(
        "Wait",
        QUEUE,
        inputs={
            "text": text,
            "count": count,
            "rate": rate,
            "flag": flag,
            "literal": 1,
            "fraction": 0.25,
            "off": False,
            "joined": Join(on="/", values=["s3:/", "my-bucket", ExecutionVariables.PIPELINE_EXECUTION_ID]),
        },
        outputs=[
            CallbackOutput("name", kinds.String),
            CallbackOutput("count", kinds.Integer),
            CallbackOutput("score", kinds.Float),
            CallbackOutput("good", kinds.Boolean),
        ],
        display_name="Wait for approval",
        description="a person answers",
        cache_config=DAY,
    )
    call = LambdaStep(
        "Call",
        Lambda(FUNCTION, session=session),
        inputs={"name": wait.properties.Outputs["name"], "score": wait.properties.Outputs["score"]},
        outputs=[
            LambdaOutput("status", LambdaOutputTypeEnum.String),
            LambdaOutput("rows", LambdaOutputTypeEnum.Integer),
        ],
        display_name="Notify",
        description="tells the team",
        cache_config=DAY,
    )
    least = LambdaStep("Least", Lambda(f"{FUNCTION}:7", session=session), depends_on=[wait])
    empty = CallbackStep("Empty", QUEUE, inputs={}, outputs=[], depends_on=[least])
    stop = FailStep("Stop", error_message=Join(on=": ", values=["status", call.properties.Outputs["status"]]))
    return Pipeline("CallbackAndLambda", parameters=[text, count, rate, flag], steps=[wait, call, least, empty, stop])


@scenario
def emr(session: PipelineSession) -> Pipeline:
    """On a cluster that runs, with retries and cache; with a run-time role; on new ones of groups and of fleets."""
    script, cores = ParameterString("Script", "s3://my-bucket/count.py"), ParameterInteger("Cores", 2)
    spark = EMRStepConfig(jar="command-runner.jar", args=["spark-submit", "--deploy-mode", "cluster", script])
    cluster: dict[str, Any] = {
        "ReleaseLabel": "emr-7.1.0",
        "Applications": [{"Name": "Spark"}],
        "Configurations": [{"Classification": "spark", "Properties": {"maximizeResourceAllocation": "true"}}],
        "JobFlowRole": "EMR_EC2_DefaultRole",
        "ServiceRole": "EMR_DefaultRole",
        "LogUri": "s3://my-bucket/logs/",
        "SecurityConfiguration": "at-rest",
        "BootstrapActions": [{"Name": "tools", "ScriptBootstrapAction": {"Path": "s3://my-bucket/tools.sh"}}],
        "Tags": [{"Key": "team", "Value": "ml"}],
    }
    network = {"Ec2SubnetId": SUBNETS[0], "EmrManagedMasterSecurityGroup": SECURITY_GROUPS[0]}
    groups = [
        {"Name": "main", "InstanceRole": "MASTER", "InstanceType": "m5.xlarge", "InstanceCount": 1},
        {"Name": "core", "InstanceRole": "CORE", "InstanceType": "m5.xlarge", "InstanceCount": cores, "Market": "SPOT"},
    ]
    fleets = [
        {
            "InstanceFleetType": "MASTER",
            "TargetOnDemandCapacity": 1,
            "InstanceTypeConfigs": [{"InstanceType": "m5.xlarge"}],
        },
        {
            "InstanceFleetType": "CORE",
            "TargetSpotCapacity": 4,
            "InstanceTypeConfigs": [
                {"InstanceType": "m5.xlarge", "WeightedCapacity": 1},
                {"InstanceType": "m5.2xlarge", "WeightedCapacity": 2},
            ],
            "LaunchSpecifications": {
                "SpotSpecification": {"TimeoutDurationMinutes": 10, "TimeoutAction": "SWITCH_TO_ON_DEMAND"}
            },
        },
    ]
    existing = EMRStep(
        "Existing",
        "Count",
        "counts words",
        "j-1ABCDEFGHIJKL",
        spark,
        cache_config=DAY,
        retry_policies=[SERVICE_FAULT],
    )
    with_role = EMRStep(
        "WithRole",
        None,
        None,
        "j-1ABCDEFGHIJKL",
        EMRStepConfig(
            jar="s3://my-bucket/app.jar",
            main_class="com.example.Main",
            args=["--in", existing.properties.Id],
            properties=[{"Key": "speed", "Value": "fast"}],
        ),
        depends_on=["Existing"],
        execution_role_arn="arn:aws:iam::111122223333:role/EmrRuntimeRole",
    )
    new_groups = EMRStep(
        "Groups",
        None,
        None,
        None,
        spark,
        cluster_config={**cluster, "Instances": {"InstanceGroups": groups, **network}},
        cache_config=DAY,
    )
    new_fleets = EMRStep(
        "Fleets",
        None,
        None,
        None,
        spark,
        cluster_config={
            "ReleaseLabel": "emr-7.1.0",
            "Applications": [{"Name": "Spark"}],
            "JobFlowRole": "EMR_EC2_DefaultRole",
            "ServiceRole": "EMR_DefaultRole",
            "Instances": {"InstanceFleets": fleets, "Ec2SubnetIds": SUBNETS},
        },
    )
    return Pipeline("EMR", parameters=[script, cores], steps=[existing, with_role, new_groups, new_fleets])


@scenario_with_uploads
def notebook_job(session: PipelineSession) -> Pipeline:
    """A notebook with parameters, environment, start script and further files, and one with the least."""
    image = f"885854791233.dkr.ecr.{REGION}.amazonaws.com/sagemaker-distribution-prod:2-cpu"
    bound = ParameterString("Bound", "10")
    full = NotebookJobStep(
        name="Report",
        display_name="Weekly report",
        description="draws the curves",
        notebook_job_name="weekly-report",
        input_notebook="notebook/report.ipynb",
        image_uri=image,
        kernel_name="python3",
        role=ROLE,
        s3_root_uri="s3://my-bucket/notebooks",
        parameters={"bound": bound, "unit": "mm"},
        environment_variables={"MODE": "full"},
        initialization_script="notebook/start.sh",
        additional_dependencies=["notebook/tools.py"],
        s3_kms_key=KEY,
        volume_kms_key=KEY,
        instance_type="ml.m5.xlarge",
        volume_size=50,
        subnets=SUBNETS,
        security_group_ids=SECURITY_GROUPS,
        encrypt_inter_container_traffic=False,
        max_retry_attempts=3,
        max_runtime_in_seconds=3600,
        tags=[{"Key": "team", "Value": "ml"}],
        retry_policies=[SERVICE_FAULT],
    )
    least = NotebookJobStep(
        name="Least",
        notebook_job_name="least",
        input_notebook="notebook/report.ipynb",
        image_uri=image,
        kernel_name="python3",
        role=ROLE,
        depends_on=[full],
    )
    stop = FailStep("Stop", error_message=full.properties.ComputingJobName)
    return Pipeline("NotebookJob", parameters=[bound], steps=[full, least, stop])


@scenario
def endpoint(session: PipelineSession) -> Pipeline:
    """Model, configuration, endpoint and component; and a configuration without servers."""
    model = ModelStep("Model", step_args=xgboost_model(session).create("ml.m5.large"))
    config = EndpointConfigStep(
        "Config",
        session.create_endpoint_config(
            "age-config",
            model_name=model.properties.ModelName,
            initial_instance_count=1,
            instance_type="ml.m5.large",
            kms_key=KEY,
            tags=[{"Key": "team", "Value": "ml"}],
        ),
        display_name="The configuration",
        cache_config=DAY,
        retry_policies=[
            SERVICE_FAULT,
            SageMakerJobStepRetryPolicy(exception_types=[SageMakerJobExceptionTypeEnum.RESOURCE_LIMIT], max_attempts=2),
        ],
    )
    deployed = EndpointStep(
        "Endpoint",
        session.create_endpoint("age", config.properties.EndpointConfigName, tags=[{"Key": "team", "Value": "ml"}]),
        description="answers in milliseconds",
        cache_config=DAY,
    )
    serverless = EndpointConfigStep(
        "Serverless",
        session.create_endpoint_config(
            "age-serverless",
            production_variants=[
                {
                    "VariantName": "AllTraffic",
                    "ModelName": model.properties.ModelName,
                    "ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5},
                }
            ],
        ),
    )
    return Pipeline("Endpoint", steps=[model, config, deployed, serverless])


@scenario
def inference_component(session: PipelineSession) -> Pipeline:
    """Two components on an endpoint that has no model of its own: by model name and by container."""
    copies = ParameterInteger("Copies", 1)
    model = ModelStep("Model", step_args=xgboost_model(session).create("ml.m5.large"))
    config = EndpointConfigStep(
        "Config",
        session.create_endpoint_config(
            "shared-config",
            role=ROLE,
            production_variants=[
                {
                    "VariantName": "AllTraffic",
                    "InstanceType": "ml.g5.xlarge",
                    "InitialInstanceCount": 1,
                    "ManagedInstanceScaling": {"Status": "ENABLED", "MinInstanceCount": 1, "MaxInstanceCount": 2},
                    "RoutingConfig": {"RoutingStrategy": "LEAST_OUTSTANDING_REQUESTS"},
                }
            ],
        ),
    )
    deployed = EndpointStep("Endpoint", session.create_endpoint("shared", config.properties.EndpointConfigName))
    container = {"Image": XGBOOST, "ArtifactUrl": "s3://my-bucket/model.tar.gz", "Environment": {"K": "V"}}
    needs = {"NumberOfAcceleratorDevicesRequired": 1, "MinMemoryRequiredInMb": 1024}
    by_model = InferenceComponentStep(
        "ByModel",
        session.create_inference_component(
            "age",
            deployed.properties.EndpointName,
            "AllTraffic",
            {"ModelName": model.properties.ModelName, "ComputeResourceRequirements": needs},
            {"CopyCount": copies},
            tags=[{"Key": "team", "Value": "ml"}],
        ),
        description="first",
    )
    by_container = InferenceComponentStep(
        "ByContainer",
        session.create_inference_component(
            "sex",
            deployed.properties.EndpointName,
            "AllTraffic",
            {
                "Container": container,
                "StartupParameters": {"ModelDataDownloadTimeoutInSeconds": 600},
                "ComputeResourceRequirements": needs,
            },
            {"CopyCount": 1},
        ),
        depends_on=[by_model],
    )
    return Pipeline("InferenceComponent", parameters=[copies], steps=[model, config, deployed, by_model, by_container])


@scenario
def lineage(session: PipelineSession) -> Pipeline:
    """An action, artifacts and a context; associations by name and by ARN; their ARNs read."""
    source = ParameterString("Source", "s3://my-bucket/model.tar.gz")
    known = "arn:aws:sagemaker:us-east-1:111122223333:artifact/0123456789abcdef"
    record = LineageStep(
        "Record",
        actions=[
            Action.create(
                "training",
                "s3://my-bucket/run",
                "S3",
                "ModelTraining",
                description="the run",
                status="Completed",
                properties={"rounds": "50"},
                sagemaker_session=session,
            )
        ],
        artifacts=[
            Artifact.create("model", source, artifact_type="Model", sagemaker_session=session),
            Artifact.create(
                "data",
                "s3://my-bucket/train",
                source_types=[{"SourceIdType": "S3ETag", "Value": "abc"}],
                artifact_type="DataSet",
                properties={"rows": "4177"},
                sagemaker_session=session,
            ),
        ],
        contexts=[
            Context.create(
                "project",
                "https://example.com/abalone",
                "Web",
                "Project",
                description="all of it",
                properties={"owner": "ml"},
                sagemaker_session=session,
            )
        ],
        associations=[
            LineageAssociation(
                LineageEntityReference("training", "Action"), LineageEntityReference("model", "Artifact"), "Produced"
            ),
            LineageAssociation(LineageEntityReference(arn=known), LineageEntityReference("training", "Action")),
        ],
        display_name="Record the run",
    )
    arns = [
        record.properties.ActionArns["training"],
        record.properties.ArtifactArns["model"],
        record.properties.ContextArns["project"],
    ]
    return Pipeline(
        "Lineage",
        parameters=[source],
        steps=[record, FailStep("Stop", error_message=Join(on=" ", values=arns))],
    )


@scenario_with_uploads
def model_repack(session: PipelineSession) -> Pipeline:
    """Inference code put into a trained model: a training job repacks it before it is created and registered."""
    fit = xgboost_estimator(session).fit({"train": TrainingInput("s3://my-bucket/train")})
    train = TrainingStep("Train", step_args=fit)

    def model(name: str) -> Model:
        return Model(
            XGBOOST,
            model_data=train.properties.ModelArtifacts.S3ModelArtifacts,
            role=ROLE,
            entry_point="inference.py",
            source_dir="inference",
            name=name,
            sagemaker_session=session,
        )

    create = ModelStep(
        "Create", step_args=model("age").create("ml.m5.large"), retry_policies=[SERVICE_FAULT], depends_on=["Train"]
    )
    register = ModelStep(
        "Register",
        step_args=model("sex").register(
            content_types=["text/csv"],
            response_types=["text/csv"],
            inference_instances=["ml.m5.large"],
            transform_instances=["ml.m5.large"],
            model_package_group_name="abalone",
        ),
        repack_model_step_settings={"instance_type": "ml.m5.xlarge", "volume_size": 50},
    )
    return Pipeline("ModelRepack", steps=[train, create, register])
