"""Environments as stages: what they set, and what pipelines take from them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_s3 as s3

from cdk_sagemaker_pipelines import (
    Environment,
    Environments,
    Image,
    JobDefaults,
    Parameter,
    Pipeline,
    PipelineError,
    ProcessingStep,
    S3Location,
    Script,
    TrainingStep,
    cli,
)
from tests.pipeline.support import Bench

from .test_files import ACCOUNT, KEY, REGION, WHOLE

OF_TRAIN = {
    "instance_types": {"train": "ml.m5.xlarge"},
    "quotas": {"ml.m5.xlarge for training job usage": 4},
}
ENVIRONMENT = Environment(name="Dev", **{**WHOLE, **OF_TRAIN, "subnets": tuple(WHOLE["subnets"])})


def trained(stack: cdk.Stack, **options: Any) -> Pipeline:
    pipeline = Pipeline(stack, "Pipeline", **options)
    TrainingStep(
        pipeline,
        "Train",
        image=Image.xgboost("1.7-1"),
        instance_type="ml.m5.xlarge",
        hyperparameters={
            "eta": Parameter.float("MaxMse", default=2.0),
            "num_round": Parameter.integer("Rows", default=1),
        },
        inputs={"train": S3Location(s3.Bucket(stack, "Data"))},
    )
    return pipeline


def arguments(pipeline: Pipeline) -> Any:
    return pipeline.definition.json["Steps"][0]["Arguments"]


@pytest.fixture(scope="module")
def stack() -> cdk.Stack:
    app = cdk.App(analytics_reporting=False)
    made = cdk.Stack(ENVIRONMENT.stage(app), "Stack")
    trained(made)
    return made


@pytest.fixture(scope="module")
def template(stack: cdk.Stack) -> dict[str, Any]:
    return {**assertions.Template.from_stack(stack).to_json()}


def test_account_region_and_qualifier(stack: cdk.Stack) -> None:
    assert (stack.account, stack.region) == (ACCOUNT, REGION)
    assert stack.synthesizer.bootstrap_qualifier == "ml"
    assert stack.stack_name == "Dev-Stack"


def test_every_role_has_the_boundary_and_the_tags(template: dict[str, Any]) -> None:
    roles = [each["Properties"] for each in template["Resources"].values() if each["Type"] == "AWS::IAM::Role"]
    assert len(roles) == 2
    assert {role["PermissionsBoundary"] for role in roles} == {f"arn:aws:iam::{ACCOUNT}:policy/team/boundary"}
    assert all({"Key": "team", "Value": "fraud"} in role["Tags"] for role in roles)


def test_jobs_join_the_network_and_encrypt_with_the_key(stack: cdk.Stack, template: dict[str, Any]) -> None:
    pipeline = stack.node.find_child("Pipeline")
    assert isinstance(pipeline, Pipeline)
    found = arguments(pipeline)
    assert found["VpcConfig"]["Subnets"] == ["subnet-0a1b2c3d", "subnet-0a1b2c3e"]
    assert found["OutputDataConfig"]["KmsKeyId"] == found["ResourceConfig"]["VolumeKmsKeyId"] == KEY
    (group,) = (one for one in template["Resources"].values() if one["Type"] == "AWS::EC2::SecurityGroup")
    assert group["Properties"]["VpcId"] == "vpc-0a1b2c3d"


def test_two_pipelines_share_the_imports_and_cdk_does_not_warn(tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path), analytics_reporting=False)
    stack = cdk.Stack(ENVIRONMENT.stage(app), "Stack")
    trained(stack)
    Pipeline(stack, "Other")
    messages = app.synth(skip_validation=True).get_nested_assembly("assembly-Dev").stacks[0].messages
    assert [each.entry.data for each in messages] == []


def test_job_defaults_of_ones_own_come_first(tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path), analytics_reporting=False)
    stack = cdk.Stack(ENVIRONMENT.stage(app), "Stack")
    found = arguments(trained(stack, job_defaults=JobDefaults(isolation=True)))
    assert "VpcConfig" not in found
    theirs = ENVIRONMENT.job_defaults(stack)
    assert theirs is not None
    other = cdk.Stack(ENVIRONMENT.stage(app, "Other"), "Stack")
    found = arguments(trained(other, job_defaults=replace(theirs, isolation=True)))
    assert found["EnableNetworkIsolation"] is True
    assert found["OutputDataConfig"]["KmsKeyId"] == KEY


def test_an_environment_without_network_and_key_has_no_defaults(tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path), analytics_reporting=False)
    environment = Environment(name="Dev", account=ACCOUNT, region=REGION)
    stack = cdk.Stack(environment.stage(app), "Stack")
    assert environment.job_defaults(stack) is None
    assert "VpcConfig" not in arguments(trained(stack))
    assert Environment.of(stack) is environment


def test_the_environment_of_a_construct(stack: cdk.Stack, tmp_path: Path) -> None:
    assert Environment.of(stack.node.find_child("Pipeline")) is ENVIRONMENT
    with pytest.raises(PipelineError, match=r"^Environment\.of: 'Stack' is not in the stage of an environment; make"):
        Environment.of(Bench(tmp_path).stack)


def test_parameters_become_defaults(tmp_path: Path) -> None:
    pipeline = trained(Bench(tmp_path).stack)
    pipeline.defaults({"MaxMse": 6, "Rows": 2})
    pipeline.defaults({"Rows": 3})
    found = {each["Name"]: each["DefaultValue"] for each in pipeline.definition.json["Parameters"]}
    assert found == {"MaxMse": 6, "Rows": 3}


def test_defaults_are_checked_against_the_declared_parameters(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    trained(bench.stack).defaults({"MaxMsee": 6.0, "Rows": "many"})
    told = [line.partition("defaults: ")[2] for line in bench.errors()]
    assert told == [
        "the pipeline has no parameter 'MaxMsee'; did you mean 'MaxMse'? [parameter-default]",
        "parameter 'Rows': the default 'many' is not of type Integer [parameter-default]",
    ]


def test_defaults_name_instances_with_disks_of_their_own(tmp_path: Path) -> None:
    """Which take no key for their volumes."""
    app = cdk.App(outdir=str(tmp_path), analytics_reporting=False)
    pipeline = Pipeline(cdk.Stack(ENVIRONMENT.stage(app), "Stack"), "Pipeline")
    pipeline.defaults({"Instance": "ml.g5.xlarge"})
    instance = Parameter.string("Instance", default="ml.m5.xlarge")
    TrainingStep(pipeline, "Train", image=Image.xgboost("1.7-1"), instance_type=instance)
    assert "VolumeKmsKeyId" not in arguments(pipeline)["ResourceConfig"]


def test_what_defaults_refuse(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    pipeline = trained(bench.stack)
    with pytest.raises(PipelineError, match="defaults takes values by the names of parameters, not 3"):
        pipeline.defaults(3)  # type: ignore[arg-type]
    whole = Pipeline.from_definition(bench.stack, "Whole", definition={"Version": "2020-12-01", "Steps": []})
    with pytest.raises(PipelineError, match="the definition was given whole; say them in it"):
        whole.defaults({})
    bench.app.synth(skip_validation=True)
    with pytest.raises(PipelineError, match="has been synthesized and cannot be changed any more"):
        pipeline.defaults({})


def limited(tmp_path: Path, **keys: Any) -> tuple[cdk.App, cdk.Stack]:
    """A stack in the stage of an environment that is read from a file."""
    file = tmp_path / "environments.json"
    file.write_text(json.dumps({"Prod": {"account": ACCOUNT, "region": REGION, **keys}}))
    app = cdk.App(outdir=str(tmp_path / "cdk.out"), analytics_reporting=False)
    return app, cdk.Stack(Environments.load(file)["Prod"].stage(app), "Stack")


def test_instances_are_compared_with_the_types_and_the_quotas_of_the_environment(tmp_path: Path) -> None:
    app, stack = limited(
        tmp_path,
        instance_types={"train": "ml.m5.xlarge"},
        quotas={"ml.m5.xlarge for training job usage": 3},
        executions=2,
        max_instance_hours=30,
    )
    pipeline = trained(stack)
    for name, kind in (("Again", "ml.m5.xlarge"), ("Large", "ml.p4d.24xlarge")):
        TrainingStep(pipeline, name, image=Image.xgboost("1.7-1"), instance_type=kind, max_runtime=3600)
    with pytest.raises(RuntimeError) as raised:
        app.synth()
    errors = [line.strip().removeprefix("[Prod/Stack/Pipeline] ") for line in str(raised.value).splitlines()[1:]]
    assert errors == [
        "step 'Large': Arguments.ResourceConfig.InstanceType: 'ml.p4d.24xlarge' is not allowed; allowed are "
        "'ml.m5.xlarge' (environment 'Prod', environments.json) [compute-policy] (at Prod/Stack/Pipeline/Large)",
        "4 instances can run at once in 2 executions, the quota 'ml.m5.xlarge for training job usage' is 3: 'Train' 1, "
        "'Again' 1 (environment 'Prod', environments.json) [compute-policy]",
    ]


def test_instance_hours_are_compared_with_those_of_the_environment(tmp_path: Path) -> None:
    app, stack = limited(tmp_path, max_instance_hours=1.5)
    pipeline = Pipeline(stack, "Pipeline")
    for name in ("One", "Two"):
        TrainingStep(pipeline, name, image=Image.xgboost("1.7-1"), instance_type="ml.m5.large", max_runtime=3600)
    with pytest.raises(RuntimeError, match=r"an execution can take 2.0 instance-hours, at most 1.5 are allowed"):
        app.synth()


def test_what_fits_into_an_environment_is_only_limited_in_iam(template: dict[str, Any]) -> None:
    (role,) = (name for name in template["Resources"] if name.startswith("PipelineRole"))
    (policy,) = template["Resources"][role]["Properties"]["Policies"]
    conditions = [one.get("Condition", {}).get("Null") for one in policy["PolicyDocument"]["Statement"]]
    assert {"sagemaker:InstanceTypes": "false"} in conditions


def test_a_check_of_the_app_reports_what_the_synthesis_warns_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "broken.py"
    script.write_text("def broken(:\n")
    app = cdk.App(analytics_reporting=False, outdir=str(tmp_path / "cdk.out"))
    stack = cdk.Stack(cdk.Stage(app, "Dev"), "Stack")
    ProcessingStep(
        trained(stack), "Prepare",
        image=Image.sklearn("1.2-1"), script=Script(str(script)), instance_type="ml.m5.large",
        inputs={"raw": "s3://bucket-of-others/raw/"},
    )  # fmt: skip
    assert cli.main(["check", app.synth().directory]) == 0
    told = [line.split(": ")[1:4] for line in capsys.readouterr().out.splitlines()]
    assert told == [["Prepare", "bucket-key", "warning"], ["Prepare", "script-syntax", "warning"]]
