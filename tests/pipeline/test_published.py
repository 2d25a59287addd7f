"""What a pipeline publishes, and what another stack reads of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam

from cdk_sagemaker_pipelines import (
    FailStep,
    Image,
    ModelPackageGroup,
    Pipeline,
    PipelineError,
    RegisterModelStep,
    TrainingStep,
)
from cdk_sagemaker_pipelines.local.aws.server import EmbeddedAws
from tests.bootstrapping import bootstrap
from tests.pipeline.support import ACCOUNT, ENVIRONMENT, REGION, Bench

XGBOOST = Image.xgboost("1.7-1")


def trained(stack: cdk.Stack) -> Pipeline:
    pipeline = Pipeline(stack, "Pipeline", pipeline_name="Line")
    train = TrainingStep(pipeline, "Train", image=XGBOOST, instance_type="ml.m5.xlarge")
    group = ModelPackageGroup(stack, "Models", model_package_group_name="line")
    RegisterModelStep(
        pipeline, "Register", image=XGBOOST, model_data=train.model_artifacts, model_package_group=group
    )  # fmt: skip
    return pipeline


def published(bench: Bench) -> dict[str, Any]:
    found = bench.resources("AWS::SSM::Parameter").values()
    assert {each["Properties"]["Type"] for each in found} == {"String"}
    assert all(len(each["DependsOn"]) == 1 for each in found)
    return {each["Properties"]["Name"]: each["Properties"]["Value"] for each in found}


def test_what_a_pipeline_publishes(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    trained(bench.stack).publish("/ml/line")
    (pipeline,) = bench.resources("AWS::SageMaker::Pipeline")
    (bucket,) = bench.resources("AWS::S3::Bucket")
    of_pipeline, of_train = bench.resources("AWS::IAM::Role")
    assert published(bench) == {
        "/ml/line/name": {"Ref": pipeline},
        "/ml/line/arn": {
            "Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, f":sagemaker:{REGION}:{ACCOUNT}:pipeline/line"]]
        },
        "/ml/line/role": {"Fn::GetAtt": [of_pipeline, "Arn"]},
        "/ml/line/job-roles/Train": {"Fn::GetAtt": [of_train, "Arn"]},
        "/ml/line/bucket": {"Ref": bucket},
        "/ml/line/group": "line",
    }


def test_what_there_is_not_is_not_published(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    pipeline = Pipeline(bench.stack, "Pipeline", pipeline_name="Line")
    pipeline.publish("/a")
    pipeline.publish("/b/c")
    FailStep(pipeline, "Stop", message="no")
    assert sorted(published(bench)) == ["/a/arn", "/a/name", "/a/role", "/b/c/arn", "/b/c/name", "/b/c/role"]


@pytest.mark.parametrize("prefix", ["ml", "/", "/ml/", "/a b", "/a" * 11, 3, "/aws/ml", "/SSM"])
def test_a_prefix_that_is_refused(tmp_path: Path, prefix: Any) -> None:
    bench = Bench(tmp_path)
    for call in (Pipeline(bench.stack, "P").publish, lambda given: Pipeline.from_ssm(bench.stack, "I", given)):
        with pytest.raises(PipelineError, match=r"the prefix of published parameters is|which is AWS's own"):
            call(prefix)


def test_a_published_pipeline_is_imported(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    found = Pipeline.from_ssm(bench.stack, "Line", "/ml/line")
    user = iam.User(bench.stack, "User")
    found.grants.start_execution(user)
    told = {
        "name": found.pipeline_name, "arn": found.pipeline_arn, "role": found.role_arn,
        "bucket": found.bucket_name, "group": found.model_package_group_name,
        "job-roles/Train": found.job_role_arn("Train"),
    }  # fmt: skip
    resolved = bench.stack.resolve(told)
    template = bench.template()
    for end, value in resolved.items():
        parameter = template["Parameters"][value["Ref"]]
        assert (parameter["Type"], parameter["Default"]) == ("AWS::SSM::Parameter::Value<String>", f"/ml/line/{end}")
    (policy,) = bench.resources("AWS::IAM::Policy").values()
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Resource"] == resolved["arn"]
    with pytest.raises(PipelineError, match="job_role_arn takes the name of a step, not 'a b'"):
        found.job_role_arn("a b")


def test_one_stack_starts_what_another_one_published(tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path), analytics_reporting=False)
    trained(cdk.Stack(app, "Line", env=ENVIRONMENT)).publish("/ml/line")
    user = cdk.Stack(app, "User", env=ENVIRONMENT)
    line = Pipeline.from_ssm(user, "Line", "/ml/line")
    line.grants.start_execution(iam.User(user, "User"))
    for name, value in {
        "Name": line.pipeline_name,
        "Arn": line.pipeline_arn,
        "Group": line.model_package_group_name,
    }.items():
        cdk.CfnOutput(user, name, value=value)
    app.synth()
    with EmbeddedAws(REGION, ACCOUNT) as aws:
        cloudformation = aws.services().client("cloudformation")
        bootstrap(cloudformation)
        for name in ("Line", "User"):
            body = (tmp_path / f"{name}.template.json").read_text()
            cloudformation.create_stack(StackName=name, TemplateBody=body, Parameters=[])
        (stack,) = cloudformation.describe_stacks(StackName="User")["Stacks"]
    assert {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]} == {
        "Name": "Line",
        "Arn": f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/line",
        "Group": "line",
    }
