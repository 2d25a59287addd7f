"""Training steps that share instances: one role and one security group, whose permissions are those of all."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import assertions
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam

from cdk_sagemaker_pipelines import (
    Image,
    InstancePreference,
    Pipeline,
    PipelineError,
    StepGroup,
    TrainingStep,
    WarmPool,
)
from tests.ids import short
from tests.steps.support import IMAGE, ROLE, arguments, findings

JOB: dict[str, Any] = {"image": Image.from_uri(IMAGE), "instance_type": "ml.m5.large"}
MEMBERS = ("RoleArn", "VpcConfig")


@pytest.fixture
def vpc(stack: cdk.Stack) -> ec2.IVpc:
    return ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-12345678",
        availability_zones=["eu-west-1a", "eu-west-1b"],
        private_subnet_ids=["subnet-11111111", "subnet-22222222"],
    )


@pytest.fixture
def warm(pipeline: Pipeline) -> WarmPool:
    return WarmPool(pipeline, "Warm", keep_alive_period=cdk.Duration.minutes(30))


def test_the_steps_have_one_role_one_network_and_one_time(stack: cdk.Stack, vpc: ec2.IVpc) -> None:
    pipeline = Pipeline(stack, "Own")  # whose steps have roles of their own
    warm = WarmPool(pipeline, "Warm", keep_alive_period=cdk.Duration.minutes(30))
    first = TrainingStep(pipeline, "First", vpc=vpc, warm_pool=warm, inputs={"train": "s3://one/x/"}, **JOB)
    group = StepGroup(pipeline, "Group", depends_on=[first])
    second = TrainingStep(group, "Second", vpc=vpc, warm_pool=warm, inputs={"train": "s3://two/x/"}, **JOB)
    TrainingStep(pipeline, "Beside", vpc=vpc, keep_alive_period=60, **JOB)
    requests = [arguments(first), arguments(second)]
    assert all(request["ResourceConfig"]["KeepAlivePeriodInSeconds"] == 1800 for request in requests)
    assert [requests[0][name] for name in MEMBERS] == [requests[1][name] for name in MEMBERS]
    assert requests[0]["VpcConfig"]["Subnets"] == ["subnet-11111111", "subnet-22222222"]
    assert first.job_role is second.job_role is warm.job_role
    assert findings(second) == []

    template = assertions.Template.from_stack(stack).to_json()["Resources"]
    of_type: dict[str, list[str]] = {}
    for name, resource in template.items():
        of_type.setdefault(resource["Type"], []).append(name)
    assert sorted(name[:7] for name in of_type["AWS::EC2::SecurityGroup"]) == ["OwnBesi", "OwnWarm"]
    assert sorted(name[:7] for name in of_type["AWS::IAM::Role"]) == ["OwnBesi", "OwnRole", "OwnWarm"]
    (role,) = (name for name in of_type["AWS::IAM::Role"] if name.startswith("OwnWarm"))
    policy = str(template[role]["Properties"]["Policies"])
    assert ":s3:::one/x/*" in policy
    assert ":s3:::two/x/*" in policy


def test_what_keeps_instances_apart_is_a_warning(pipeline: Pipeline, warm: WarmPool) -> None:
    first = TrainingStep(pipeline, "First", warm_pool=warm, **JOB)
    second = TrainingStep(pipeline, "Second", warm_pool=warm, volume_size_in_gb=50, depends_on=[first], **JOB)
    (told,) = findings(second)
    assert "cannot use the instances that 'First' keeps warm, since it has a different" in told
    assert "ResourceConfig.VolumeSizeInGB; give both steps the same [warm-pool]" in told


def test_the_role_of_all_jobs_is_that_of_the_pool(stack: cdk.Stack) -> None:
    role = iam.Role.from_role_arn(stack, "Given", ROLE)
    pipeline = Pipeline(stack, "Other", default_job_role=role)
    warm = WarmPool(pipeline, "Warm", keep_alive_period=60)
    assert warm.job_role is role
    assert arguments(TrainingStep(pipeline, "Train", warm_pool=warm, **JOB))["RoleArn"] == ROLE


def test_a_step_that_fails_leaves_nothing_in_the_pool(pipeline: Pipeline, vpc: ec2.IVpc, warm: WarmPool) -> None:
    with pytest.raises(PipelineError, match="output_compression"):
        TrainingStep(pipeline, "Bad", vpc=vpc, warm_pool=warm, output_compression="ZIP", **JOB)  # type: ignore[arg-type]
    assert warm.node.try_find_child("SecurityGroup") is None
    TrainingStep(pipeline, "Bad", **{**JOB, "instance_type": "ml.m5.xlarge"}, warm_pool=warm)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"warm_pool": "Warm"}, "warm_pool takes a WarmPool, not 'Warm'"),
        ({"keep_alive_period": 60}, "cannot be combined with keep_alive_period: the time is the pool's"),
        ({"max_runtime": 60, "max_wait": 60}, "cannot be combined with max_wait: spot capacity is not kept warm"),
        (
            {"instance_type": "ml.m5.xlarge"},
            "the instances are 1 of 'ml.m5.xlarge', those of 'First' 1 of 'ml.m5.large'",
        ),
        ({"instance_count": 2}, "the instances are 2 of 'ml.m5.large', those of 'First' 1 of 'ml.m5.large'"),
        (
            {"instance_type": None, "instance_preferences": [InstancePreference("ml.m5.large")]},
            "cannot be combined with instance_preferences",
        ),
    ],
    ids=lambda value: short(value if isinstance(value, str) else next(reversed(value)), 32),
)
def test_what_a_step_in_a_pool_refuses(pipeline: Pipeline, warm: WarmPool, fields: dict[str, Any], told: str) -> None:
    TrainingStep(pipeline, "First", warm_pool=warm, **JOB)
    with pytest.raises(PipelineError) as raised:
        TrainingStep(pipeline, "Second", **{**JOB, "warm_pool": warm, **fields})
    assert told in str(raised.value)


def test_a_pool_is_of_one_pipeline_and_one_network(
    stack: cdk.Stack, pipeline: Pipeline, vpc: ec2.IVpc, warm: WarmPool
) -> None:
    with pytest.raises(
        PipelineError, match=r"warm_pool: Stack/P/Warm is of another pipeline, whose role its jobs have"
    ):
        TrainingStep(Pipeline(stack, "Other"), "Train", warm_pool=warm, **JOB)
    TrainingStep(pipeline, "First", warm_pool=warm, vpc=vpc, **JOB)
    elsewhere = ec2.Vpc(stack, "Elsewhere")
    with pytest.raises(PipelineError, match=r"vpc: Stack/P/Warm has jobs in another VPC; give the job the same"):
        TrainingStep(pipeline, "Second", warm_pool=warm, vpc=elsewhere, **JOB)


def test_where_a_pool_is_declared(stack: cdk.Stack, pipeline: Pipeline) -> None:
    with pytest.raises(PipelineError, match="WarmPool 'Warm': the scope must be a pipeline or a group, not"):
        WarmPool(stack, "Warm", keep_alive_period=60)  # type: ignore[arg-type]
    with pytest.raises(
        PipelineError, match="WarmPool 'Stack/P/Warm': keep_alive_period takes a Duration or whole seconds"
    ):
        WarmPool(pipeline, "Warm", keep_alive_period="1h")  # type: ignore[arg-type]
    assert pipeline.node.try_find_child("Warm") is None
