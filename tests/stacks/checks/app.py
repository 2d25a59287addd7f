"""Checks of data and of a model: their configuration as an asset, and deployed where it names a bucket of the stack."""

import os
from typing import Any, cast

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from cdk_nag import AwsSolutionsChecks
from constructs import IConstruct

from cdk_sagemaker_pipelines import (
    ClarifyCheckStep,
    ClarifyDataset,
    DataBiasCheck,
    DataQualityCheck,
    DatasetFormat,
    ExplainabilityCheck,
    Facet,
    FailStep,
    Image,
    ModelStep,
    Parameter,
    Pipeline,
    Predictor,
    QualityCheckStep,
    S3Prefix,
    Shap,
)

app = cdk.App(analytics_reporting=False)
stack = cdk.Stack(app, "Checks", env=cdk.Environment(account="111122223333", region="eu-west-1"))
bucket = s3.Bucket(stack, "Data", encryption=s3.BucketEncryption.S3_MANAGED, enforce_ssl=True)
pipeline = Pipeline(stack, "Pipeline", pipeline_name="Check-All")
first_run = Parameter.boolean("FirstRun", default=False)
baseline: dict[str, Any] = {
    "skip_check": first_run,
    "register_new_baseline": first_run,
    "model_package_group": "abalone",
}
dataset = ClarifyDataset(S3Prefix(bucket, "data.csv"), headers=["age", "sex", "length"], label="age")

quality = QualityCheckStep(
    pipeline,
    "Quality",
    check=DataQualityCheck(),
    dataset=S3Prefix(bucket, "data.csv"),
    dataset_format=DatasetFormat.csv(),
    instance_type="ml.c5.xlarge",
    **baseline,
)
bias = ClarifyCheckStep(
    pipeline,
    "Bias",
    check=DataBiasCheck(label_values_or_threshold=[1], facet=[Facet("sex", ["F"])]),
    dataset=dataset,
    instance_type="ml.c5.xlarge",
    **baseline,
)
create = ModelStep(pipeline, "Create", image=Image.sklearn("1.2-1"), model_data=S3Prefix(bucket, "model.tar.gz"))
explain = ClarifyCheckStep(
    pipeline,
    "Explain",
    check=ExplainabilityCheck(Predictor(create, "ml.m5.large"), Shap(baseline=S3Prefix(bucket, "baseline.csv"))),
    dataset=dataset,
    instance_type="ml.c5.xlarge",
    **baseline,
)
told = [
    quality.calculated_baseline_statistics,
    quality.baseline_used_for_drift_check_statistics,
    bias.baseline_used_for_drift_check_constraints,
    explain.baseline_used_for_drift_check_constraints,
]
FailStep(pipeline, "Tell", message=" ".join(str(uri) for uri in told))


def acknowledge(scope: IConstruct, why: str, *rules: str) -> None:
    for rule in rules:
        acknowledgment = cdk.Acknowledgment(id=f"AwsSolutions::AwsSolutions-{rule}", reason=why)
        cdk.Validations.of(scope).acknowledge(acknowledgment)


if "acknowledged" in os.environ.get("NAG", ""):
    pipeline.acknowledge_wildcards()
    (deployment,) = [child for child in stack.node.children if child.node.id.startswith("Custom::CDKBucketDeployment")]
    artifacts = stack.get_logical_id(cast("cdk.CfnElement", pipeline.node.find_child("Artifacts").node.default_child))
    acknowledge(
        deployment,
        "CDK's own function, which puts the configuration of the explanation into the artifacts",
        "L1",
        "IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]",
        *(f"IAM5[Action::s3:{action}*]" for action in ("Abort", "DeleteObject", "GetBucket", "GetObject", "List")),
        "IAM5[Resource::arn:<AWS::Partition>:s3:::cdk-hnb659fds-assets-111122223333-eu-west-1/*]",
        f"IAM5[Resource::<{artifacts}.Arn>/*]",
    )
    acknowledge(stack, "who reads and writes here is told by CloudTrail", "S1")
if "NAG" in os.environ:
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
app.synth()
