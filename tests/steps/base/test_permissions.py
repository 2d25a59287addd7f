"""What the role of the pipeline and that of the job may do, for each class of steps, all of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_pipelines import (
    AutoMLStep,
    CallbackStep,
    ClarifyCheckStep,
    CleanupStep,
    ConditionStep,
    EMRServerlessStep,
    EMRStep,
    EndpointConfigStep,
    EndpointStep,
    FailStep,
    ForEachStep,
    InferenceComponentStep,
    JobStep,
    LambdaStep,
    LineageStep,
    ModelStep,
    NotebookJobStep,
    Pipeline,
    ProcessingStep,
    QualityCheckStep,
    QueuedTrainingStep,
    RegisterModelStep,
    RepackModelStep,
    Step,
    TrainingStep,
    TransformStep,
    TuningStep,
)
from tests.steps.allowed import of_job, of_pipeline
from tests.steps.least import CLASSES, PLACE, least

pytestmark = pytest.mark.usefixtures("working_directory")


def passes(role: str = "PStepJobRole", service: str = "sagemaker") -> str:
    return f"iam PassRole on <{role}> where iam:PassedToService StringEquals {service}.amazonaws.com"


def runs(api: str, arn: str) -> str:
    return f"sagemaker AddTags Create{api} Describe{api} Stop{api} on sagemaker/{arn}"


def logs(*groups: str) -> list[str]:
    names = " ".join(f"logs/{group} logs/{group}:*" for group in groups)
    return [f"logs CreateLogGroup CreateLogStream DescribeLogStreams PutLogEvents on {names}", METRICS]


PROCESSING = runs("ProcessingJob", "processing-job/pipelines-*")
TRAINING = runs("TrainingJob", "training-job/pipelines-*")
BASELINES = [
    "sagemaker DescribeModelPackage ListModelPackages on sagemaker/model-package/group/*",
    "sagemaker ListModelPackages on sagemaker/model-package-group/group",
]
PULL = [
    "ecr BatchCheckLayerAvailability BatchGetImage GetDownloadUrlForLayer on ecr/repository/tools",
    "ecr GetAuthorizationToken on *",
]
METRICS = "cloudwatch PutMetricData on * where cloudwatch:namespace StringLike /aws/sagemaker/* AWS/SageMaker"
LIST = "s3 ListBucket on s3://bucket where s3:prefix StringLike in*"
WRITE = "s3 AbortMultipartUpload PutObject on s3://artifacts/P/*/Step/*"


@dataclass(frozen=True)
class Allowed:
    """Of the pipeline, and of the job; None for a step that makes no role. ``more``: fields beside the fewest."""

    pipeline: list[str]
    job: list[str] | None = None
    more: dict[str, Any] = field(default_factory=dict)


ALLOWED: dict[type[Step], Allowed] = {
    AutoMLStep: Allowed(
        [runs("AutoMLJob", "automl-job/*"), passes()],
        [
            "s3 GetObject on s3://artifacts/P/*/Step* s3://bucket/in*",
            LIST,
            WRITE,
            "s3 ListBucket on s3://artifacts where s3:prefix StringLike P/*/Step*",
            "sagemaker AddTags CreateEndpoint CreateEndpointConfig CreateModel DeleteEndpoint DeleteEndpointConfig "
            "DeleteModel DescribeEndpoint DescribeEndpointConfig DescribeModel InvokeEndpoint ListTags on "
            "sagemaker/endpoint-config/* sagemaker/endpoint/* sagemaker/model/*",
            *logs("Endpoints", "ProcessingJobs", "TrainingJobs", "TransformJobs"),
            passes(),
        ],
    ),
    CallbackStep: Allowed(["sqs SendMessage on <PStepQueue>"]),
    ClarifyCheckStep: Allowed(
        [PROCESSING, passes(), *BASELINES],
        [
            "s3 GetObject on s3://bucket/in* assets/*/analysis_config.json",
            "s3 ListBucket on assets where s3:prefix StringLike */analysis_config.json",
            LIST,
            WRITE,
            *logs("ProcessingJobs"),
        ],
    ),
    # of the training step that is cleaned up behind, too
    CleanupStep: Allowed(
        [
            TRAINING,
            passes("PLeftJobRole"),
            "s3 DeleteObject on s3://artifacts/P/*/Left/*",
            "s3 ListBucket on s3://artifacts where s3:prefix StringLike P/*/Left/*",
        ]
    ),
    ConditionStep: Allowed([]),
    EMRServerlessStep: Allowed(
        [
            "emr-serverless GetApplication StartApplication StartJobRun on "
            "emr-serverless/applications/00f1abcdefghij0l",
            "emr-serverless CancelJobRun GetJobRun on emr-serverless/applications/00f1abcdefghij0l/jobruns/*",
            "events DescribeRule PutRule PutTargets on events/rule/SageMakerPipelineExecutionEMRServerless*",
            passes(service="emr-serverless"),
        ],
        [
            "s3 GetObject on s3://bucket/a.py s3://bucket/in*",
            LIST,
        ],
        {"reads": [PLACE]},
    ),
    EMRStep: Allowed(
        [
            "elasticmapreduce AddJobFlowSteps CancelSteps DescribeCluster DescribeStep ListSteps on "
            "emr/cluster/j-1ABCDEFGHIJKL",
            "events DescribeRule PutRule PutTargets on events/rule/SageMakerPipelineExecutionEMRStepStatusUpdateRule",
        ]
    ),
    EndpointConfigStep: Allowed(
        [
            "sagemaker AddTags CreateEndpointConfig DescribeEndpointConfig on sagemaker/endpoint-config/Step-* "
            "sagemaker/endpoint-config/step-*"
        ]
    ),
    EndpointStep: Allowed(
        [
            "sagemaker AddTags CreateEndpoint DescribeEndpoint UpdateEndpoint on sagemaker/endpoint/endpoint",
            "sagemaker CreateEndpoint UpdateEndpoint on sagemaker/endpoint-config/config",
        ]
    ),
    FailStep: Allowed([]),
    # of the training step in its body
    ForEachStep: Allowed([TRAINING, passes("PStepBodyInsideJobRole")]),
    InferenceComponentStep: Allowed(
        [
            "sagemaker AddTags CreateInferenceComponent DescribeInferenceComponent UpdateInferenceComponent on "
            "sagemaker/inference-component/component",
            "sagemaker CreateInferenceComponent on sagemaker/endpoint/endpoint",
        ]
    ),
    JobStep: Allowed(
        [runs("Job", "job/AgentRFT/pipelines-*"), passes(service="job.sagemaker")],
        [
            "s3 GetObject on s3://bucket/in*",
            LIST,
            "logs CreateLogGroup CreateLogStream DescribeLogStreams PutLogEvents on logs/Job/*",
        ],
        {"document": {"InputDataConfig": [{"DataSource": {"S3DataSource": {"S3Uri": PLACE}}}]}},
    ),
    LambdaStep: Allowed(["lambda InvokeFunction on lambda/function:notify"]),
    LineageStep: Allowed(["sagemaker AddTags CreateContext DescribeContext on sagemaker/context/project"]),
    ModelStep: Allowed(
        ["sagemaker AddTags CreateModel DescribeModel on sagemaker/model/pipelines-*", passes()],
        [
            "s3 GetObject on s3://bucket/model.tar.gz",
            *PULL,
            "logs CreateLogGroup CreateLogStream DescribeLogStreams PutLogEvents on logs/Endpoints/* "
            "logs/InferenceComponents/* logs/TransformJobs logs/TransformJobs:*",
            METRICS,
        ],
        {"model_data": "s3://bucket/model.tar.gz"},
    ),
    NotebookJobStep: Allowed(
        [TRAINING, passes()],
        [
            "s3 GetObject on s3://artifacts/P/Step/*/*",
            "s3 ListBucket on s3://artifacts where s3:prefix StringLike P/Step/*/*",
            WRITE,
            *PULL,
            *logs("TrainingJobs"),
        ],
    ),
    ProcessingStep: Allowed(
        [PROCESSING, passes()],
        [
            "s3 GetObject on s3://bucket/in*",
            LIST,
            "s3 AbortMultipartUpload PutObject on s3://artifacts/P/*/Step/output/found/*",
            *PULL,
            *logs("ProcessingJobs"),
        ],
        {"inputs": {"raw": PLACE}, "outputs": ["found"]},
    ),
    QualityCheckStep: Allowed(
        [PROCESSING, passes(), *BASELINES],
        ["s3 GetObject on s3://bucket/in*", LIST, WRITE, *logs("ProcessingJobs")],
    ),
    # the function that submits the job passes its role on
    QueuedTrainingStep: Allowed(
        ["sqs SendMessage on <PPoolFunctionsQueue>"],
        ["s3 GetObject on s3://bucket/in*", LIST, WRITE, *PULL, *logs("TrainingJobs")],
        {"inputs": {"train": PLACE}},
    ),
    RegisterModelStep: Allowed(
        [
            "sagemaker AddTags CreateModelPackage DescribeModelPackage on sagemaker/model-package/group/*",
            "sagemaker AddTags CreateModelPackageGroup on sagemaker/model-package-group/group",
            "ecr BatchGetImage DescribeImages on ecr/repository/tools",
        ]
    ),
    RepackModelStep: Allowed(
        [TRAINING, passes()],
        [
            "s3 GetObject on s3://bucket/model.tar.gz assets/*.gz",
            "s3 ListBucket on s3://bucket where s3:prefix StringLike model.tar.gz",
            WRITE,
            *logs("TrainingJobs"),
        ],
    ),
    TrainingStep: Allowed(
        [TRAINING, passes()],
        ["s3 GetObject on s3://bucket/in*", LIST, WRITE, *PULL, *logs("TrainingJobs")],
        {"inputs": {"train": PLACE}},
    ),
    # it runs with the role of its model, which is not made here
    TransformStep: Allowed([runs("TransformJob", "transform-job/pipelines-*")]),
    TuningStep: Allowed(
        [
            "sagemaker AddTags CreateHyperParameterTuningJob DescribeHyperParameterTuningJob "
            "ListTrainingJobsForHyperParameterTuningJob StopHyperParameterTuningJob on "
            "sagemaker/hyper-parameter-tuning-job/*",
            passes(),
        ],
        # without the execution: a tuning that is reused points at what another one wrote
        ["s3 AbortMultipartUpload PutObject on s3://artifacts/P/Step/*", *PULL, *logs("TrainingJobs")],
    ),
}


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_the_roles_may_do_this_and_nothing_else(kind: type[Step], stack: cdk.Stack) -> None:
    artifacts = s3.Bucket.from_bucket_name(stack, "Artifacts", "artifacts")
    pipeline = Pipeline(stack, "P", pipeline_name="P", artifacts=artifacts)
    allowed = ALLOWED[kind]
    step = least(kind, pipeline, **allowed.more)
    assert of_pipeline(pipeline) == allowed.pipeline
    assert of_job(step) == allowed.job
