"""A plain job type, all of it: compiling a model, which is an API of SageMaker's that no pipeline runs."""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_kms as kms

from cdk_sagemaker_pipelines import S3Location
from cdk_sagemaker_pipelines.language import StringLike
from cdk_sagemaker_pipelines.language.step_types import JobRequest, Output, StepType
from cdk_sagemaker_pipelines.local.runners.base.simulation import SimulatedJob
from cdk_sagemaker_pipelines.steps.base.field_checks import kms_key, s3_uri
from cdk_sagemaker_pipelines.steps.base.request import JobRoleStep

ROW = StepType(
    "Compilation",
    "jobs",
    cache=True,
    retries=True,
    job_retries=True,
    cache_keys=("InputConfig",),
    api="CompilationJob",
    optional=("CompilationJobName", "RoleArn"),
    resource="compilation-job",
    role="RoleArn",
    trusted_for="compilation-job/*",
    logs="CompilationJobs",
    job=JobRequest(inputs="InputConfig", vpc="VpcConfig", output_key="OutputConfig.KmsKeyId"),
    outputs=(Output("OutputConfig", "S3OutputLocation"),),
)
RUNNER = SimulatedJob("models are compiled in the service only")


class CompilationStep(JobRoleStep):
    """Compiles a model for a device. API: ``CreateCompilationJob``."""

    type = "Compilation"

    model: S3Location | StringLike
    """The model's archive."""
    framework: StringLike
    """Such as "PYTORCH"."""
    device: StringLike
    """What the model is compiled for, such as "jetson_nano"."""
    output_kms_key: kms.IKey | None = None
    """What the compiled model is encrypted with. Default: the bucket's key or AWS's own."""

    def arguments(self) -> dict[str, Any]:
        work = self.host.workplace
        return {
            "RoleArn": work.role_arn(self.job_role),
            "InputConfig": {"S3Uri": s3_uri(self.model, "model", work), "Framework": self.framework},
            "OutputConfig": {
                "S3OutputLocation": s3_uri(self._only_run_prefix(), "output", work),
                "TargetDevice": self.device,
                "KmsKeyId": kms_key(self.output_kms_key, "output_kms_key"),
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": 900},
        }
