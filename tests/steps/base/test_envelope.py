"""What every step has around its arguments: names, dependencies, cache, retries, roles, network, tags."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

import cdk_sagemaker_pipelines
from cdk_sagemaker_pipelines import (
    CacheConfig,
    CleanupStep,
    ConditionStep,
    ExceptionType,
    FailStep,
    Image,
    ModelStep,
    Parameter,
    Pipeline,
    PipelineError,
    ProcessingStep,
    RegisterModelStep,
    RetryPolicy,
    Step,
    StepGroup,
    TrainingStep,
    TransformStep,
)
from tests.steps.least import CLASSES, least
from tests.steps.support import GROUP, IMAGE, JOB, ROLE, SUBNETS, arguments, errors, findings, processing, rendered


def one_of_each(pipeline: Pipeline, **fields: Any) -> dict[str, Any]:
    """A step of each type that takes tags, cache or retries, and one that takes none."""
    model = ModelStep(pipeline, "Model", image=Image.from_uri(IMAGE))
    return {
        "Processing": processing(pipeline, "Processing", **fields),
        "Training": TrainingStep(pipeline, "Training", **JOB, **fields),
        "Model": model,
        "RegisterModel": RegisterModelStep(
            pipeline, "Register", image=Image.from_uri(IMAGE), model_package_group="models"
        ),
        "Transform": TransformStep(
            pipeline, "Transform", model=model, input="s3://b/in", instance_type="ml.m5.large", **fields
        ),
        "Fail": FailStep(pipeline, "Fail"),
        "Condition": ConditionStep(pipeline, "Check", condition=Parameter.float("X", default=1.0) < 2),
    }


def test_every_class_is_tested() -> None:
    """All but a group of steps that is named like one, such as ``LatestModelPackageStep``."""
    named = [name for name in cdk_sagemaker_pipelines._HOME if name.endswith("Step")]
    exported = {name for name in named if issubclass(getattr(cdk_sagemaker_pipelines, name), Step)}
    assert exported - {"RawStep", "Step"} == {kind.__name__ for kind in CLASSES}


@pytest.mark.usefixtures("working_directory")
@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_class_has_an_envelope(kind: type[Step], pipeline: Pipeline) -> None:
    """Cache and retries, which not every class has, are in test_bad_options.py."""
    first = processing(pipeline, "First")
    step = least(kind, pipeline, step_name="Named", display_name="Shown", description="tells", depends_on=[first])
    if isinstance(step, ConditionStep):  # without a step it decides nothing
        processing(step.if_steps, "Decided")
    written = rendered(step)
    read = ["Left"] if kind is CleanupStep else []  # what it cleans up after
    envelope = {
        "Name": "Named",
        "Type": kind.type,
        "DisplayName": "Shown",
        "Description": "tells",
        "DependsOn": ["First", *read],
    }
    assert {name: written.get(name) for name in envelope} == envelope
    assert findings(step) == []
    bare = rendered(least(kind, StepGroup(pipeline, "G")))
    assert bare["Name"] == "G-Step"
    assert bare.get("DependsOn", []) == [f"G-{name}" for name in read]
    assert bare.keys() & {"DisplayName", "Description"} == set()


# -- cache and retries -------------------------------------------------------------------------------------------------


def test_defaults_of_the_pipeline_reach_the_steps_that_take_them(stack: cdk.Stack, role: iam.IRole) -> None:
    pipeline = Pipeline(
        stack,
        "P",
        default_job_role=role,
        cache=CacheConfig("P30D"),
        retry_policies=[
            RetryPolicy([ExceptionType.THROTTLING]),
            RetryPolicy(["SageMaker.CAPACITY_ERROR", "Step.SERVICE_FAULT"]),
        ],
    )
    steps = {name: rendered(step) for name, step in one_of_each(pipeline).items()}
    cached = [
        name for name, step in steps.items() if step.get("CacheConfig") == {"Enabled": True, "ExpireAfter": "P30D"}
    ]
    assert cached == ["Processing", "Training", "Transform"]
    assert {name: len(step.get("RetryPolicies", [])) for name, step in steps.items()} == {
        "Processing": 2,
        "Training": 2,
        "Model": 2,  # the second without the exception that it cannot meet
        "RegisterModel": 2,
        "Transform": 2,
        "Fail": 0,
        "Condition": 0,
    }
    assert [policy["ExceptionType"] for policy in steps["Model"]["RetryPolicies"]] == [
        ["Step.THROTTLING"],
        ["Step.SERVICE_FAULT"],
    ]
    assert errors(pipeline) == []


def test_a_step_says_something_of_its_own(stack: cdk.Stack, role: iam.IRole) -> None:
    pipeline = Pipeline(
        stack,
        "P",
        default_job_role=role,
        cache=CacheConfig("P30D"),
        retry_policies=[RetryPolicy([ExceptionType.THROTTLING])],
    )
    step = processing(pipeline, cache=CacheConfig(enabled=False), retry_policies=[])
    assert rendered(step)["CacheConfig"] == {"Enabled": False}
    assert "RetryPolicies" not in rendered(step)


# -- dependencies ------------------------------------------------------------------------------------------------------


def test_dependencies_are_written_once_in_order(pipeline: Pipeline) -> None:
    first, second, third = (processing(pipeline, name) for name in ("First", "Second", "Third"))
    step = processing(pipeline, "Last", depends_on=[second, first, second])
    step.add_dependency(first, third)
    assert rendered(step)["DependsOn"] == ["Second", "First", "Third"]
    assert "DependsOn" not in rendered(first)


def test_what_follows_another_end_than_success(pipeline: Pipeline) -> None:
    train, first = processing(pipeline, "Train"), processing(pipeline, "First")
    failed, stopped, ended, both = (processing(pipeline, name) for name in ("Failed", "Stopped", "Ended", "Both"))
    train.on_failure(failed, both)
    train.on_stop(stopped)
    train.on_end(ended)
    train.on_end(ended)
    both.add_dependency(first)
    stop = FailStep(pipeline, "Stop", message=f"{train.properties.failure_reason}")
    failed.on_end(stop)
    on_failure = {"Step": "Train", "Trigger": "Failed"}
    document = pipeline.host.current
    assert {step.name: step.json.get("DependsOn") for step in document.all_steps()} == {
        "Train": None,
        "First": None,
        "Failed": [on_failure],
        "Stopped": [{"Step": "Train", "Trigger": "Stopped"}],
        "Ended": [{"Step": "Train", "Trigger": "Any"}],
        "Both": [on_failure, "First"],
        "Stop": [{"Step": "Failed", "Trigger": "Any"}],
    }
    assert errors(pipeline) == []
    assert pipeline.host.warnings() == []


@pytest.mark.parametrize(
    ("write", "text"),
    [
        (
            lambda a, b: (a.on_failure(b), a.on_end(b)),
            "B': it waits for 'A' to fail already and cannot wait for it to end, too; for every end write on_end",
        ),
        (
            lambda a, b: (b.add_dependency(a), a.on_stop(b)),
            "B': it waits for 'A' to succeed already and cannot wait for it to be stopped, too; for every end write "
            "on_end",
        ),
        (
            lambda a, b: (a.on_failure(b), b.add_dependency(a)),
            "B': it waits for 'A' to fail already and cannot wait for it to succeed, too; for every end write on_end",
        ),
        (lambda a, b: a.on_failure(a), "A': it cannot depend on itself"),
        (lambda a, b: a.on_failure("B"), "A': steps and groups of steps can follow it, not 'B'"),
        (
            lambda a, b: FailStep(a.outer, "F").on_end(b),
            "B': it cannot depend on 'F', the execution ends at a FailStep",
        ),
    ],
)
def test_what_cannot_follow(write: Any, text: str, pipeline: Pipeline) -> None:
    first, second = processing(pipeline, "A"), processing(pipeline, "B")
    with pytest.raises(PipelineError) as error:
        write(first, second)
    assert str(error.value) == f"ProcessingStep 'Stack/P/{text}"


def test_nothing_can_follow_when_the_pipeline_is_sealed(pipeline: Pipeline) -> None:
    first, second = processing(pipeline, "A"), processing(pipeline, "B")
    pipeline.host.seal()
    with pytest.raises(PipelineError, match="B': it cannot get a dependency: pipeline 'P' has been synthesized"):
        first.on_end(second)


def test_what_is_given_is_kept_as_it_was(pipeline: Pipeline) -> None:
    variables = {"A": "1"}
    names = ["o"]
    step = processing(pipeline, environment=variables, outputs=names)
    variables["B"] = "2"
    names.append("p")
    assert arguments(step)["Environment"] == {"A": "1"}
    assert step.environment == {"A": "1"}
    assert step.outputs == ("o",)
    with pytest.raises(TypeError):
        step.environment["C"] = "3"  # type: ignore[index]


# -- roles -------------------------------------------------------------------------------------------------------------


def test_each_job_has_a_role_of_its_own(stack: cdk.Stack) -> None:
    pipeline = Pipeline(stack, "P", pipeline_name="P")
    steps = one_of_each(pipeline)
    roles = {name: getattr(step, "job_role", None) for name, step in steps.items()}
    assert [name for name, role in roles.items() if role is not None] == ["Processing", "Training", "Model"]
    assert len({role.role_arn for role in roles.values() if role is not None}) == 3
    principals = {
        name: stack.resolve(role.assume_role_policy.to_json())["Statement"][0]
        for name, role in roles.items()
        if role is not None
    }
    for name, arns in (("Processing", "processing-job/*"), ("Training", "training-job/*"), ("Model", "*")):
        condition = principals[name]["Condition"]
        assert condition["StringEquals"] == {"aws:SourceAccount": "111122223333"}
        assert str(condition["ArnLike"]["aws:SourceArn"]).endswith(
            f":sagemaker:eu-west-1:111122223333:{arns}']]}}"
        ) or condition["ArnLike"]["aws:SourceArn"].endswith(f":sagemaker:eu-west-1:111122223333:{arns}")


def test_the_role_of_a_step_goes_before_that_of_the_pipeline(pipeline: Pipeline, stack: cdk.Stack) -> None:
    own = iam.Role.from_role_arn(stack, "Own", "arn:aws:iam::111122223333:role/Own", mutable=False)
    assert arguments(processing(pipeline, "One", role=own))["RoleArn"] == "arn:aws:iam::111122223333:role/Own"
    assert arguments(processing(pipeline, "Two"))["RoleArn"] == ROLE


def test_one_role_for_two_steps_gets_what_both_need(tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path / "cdk.out"), analytics_reporting=False)
    stack = cdk.Stack(app, "Stack", env=cdk.Environment(account="111122223333", region="eu-west-1"))
    pipeline = Pipeline(stack, "P")
    shared = iam.Role(stack, "Shared", assumed_by=iam.ServicePrincipal("sagemaker.amazonaws.com"))
    processing(pipeline, "One", role=shared, inputs={"x": "s3://one/x/"})
    processing(pipeline, "Two", role=shared, inputs={"x": "s3://two/x/"})
    text = json.dumps(Template.from_stack(stack).find_resources("AWS::IAM::Policy"))
    assert ":s3:::one/x/*" in text
    assert ":s3:::two/x/*" in text


# -- network -----------------------------------------------------------------------------------------------------------


def imported_vpc(stack: cdk.Stack) -> ec2.IVpc:
    return ec2.Vpc.from_vpc_attributes(
        stack,
        "Vpc",
        vpc_id="vpc-0123456789abcdef0",
        availability_zones=["eu-west-1a", "eu-west-1b"],
        private_subnet_ids=SUBNETS,
        isolated_subnet_ids=["subnet-isolated1", "subnet-isolated2"],
    )


def test_a_vpc_gets_a_security_group_and_the_private_subnets(pipeline: Pipeline, stack: cdk.Stack) -> None:
    step = processing(pipeline, vpc=imported_vpc(stack))
    group = step.node.find_child("SecurityGroup")
    assert isinstance(group, ec2.SecurityGroup)
    assert arguments(step)["NetworkConfig"] == {
        "VpcConfig": {"SecurityGroupIds": [stack.resolve(group.security_group_id)], "Subnets": SUBNETS}
    }


def test_the_subnets_can_be_chosen(pipeline: Pipeline, stack: cdk.Stack) -> None:
    group = ec2.SecurityGroup.from_security_group_id(stack, "Group", GROUP)
    step = TrainingStep(
        pipeline,
        "Train",
        **JOB,
        vpc=imported_vpc(stack),
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED),
        security_groups=[group],
    )
    assert arguments(step)["VpcConfig"] == {
        "SecurityGroupIds": [GROUP],
        "Subnets": ["subnet-isolated1", "subnet-isolated2"],
    }


def test_subnets_and_groups_that_are_known_by_id_need_no_vpc(pipeline: Pipeline, stack: cdk.Stack) -> None:
    network: dict[str, Any] = {
        "vpc_subnets": ec2.SubnetSelection(
            subnets=[ec2.Subnet.from_subnet_id(stack, each, each) for each in ("subnet-a", "subnet-b")]
        ),
        "security_groups": [ec2.SecurityGroup.from_security_group_id(stack, "Group", GROUP)],
    }
    expected = {"SecurityGroupIds": [GROUP], "Subnets": ["subnet-a", "subnet-b"]}
    assert arguments(processing(pipeline, **network))["NetworkConfig"] == {"VpcConfig": expected}
    assert arguments(TrainingStep(pipeline, "Train", **JOB, **network))["VpcConfig"] == expected


def test_network_isolation_needs_no_vpc(pipeline: Pipeline) -> None:
    assert arguments(processing(pipeline, enable_network_isolation=True))["NetworkConfig"] == {
        "EnableNetworkIsolation": True
    }


# -- tags --------------------------------------------------------------------------------------------------------------


def test_tags_of_cdk_reach_the_jobs(tmp_path: Path) -> None:
    app = cdk.App(outdir=str(tmp_path / "cdk.out"), analytics_reporting=False)
    stack = cdk.Stack(app, "Stack", env=cdk.Environment(account="111122223333", region="eu-west-1"))
    pipeline = Pipeline(stack, "P")
    steps = one_of_each(pipeline)
    branch = processing(steps["Condition"].if_steps, "Inner")
    own = processing(pipeline, "Own", overrides={"Tags": [{"Key": "own", "Value": "a"}, {"Key": "team", "Value": "b"}]})
    none = processing(pipeline, "None", overrides={"Tags": None})
    cdk.Tags.of(app).add("z-stage", "dev")
    cdk.Tags.of(pipeline).add("team", "ml")
    app.synth()
    both = [{"Key": "team", "Value": "ml"}, {"Key": "z-stage", "Value": "dev"}]
    tags = {name: arguments(step).get("Tags") for name, step in steps.items()}
    assert tags == {
        "Processing": both,
        "Training": both,
        "Model": both,
        "RegisterModel": None,  # the API refuses them: a version has those of its group
        "Transform": both,
        "Fail": None,
        "Condition": None,
    }
    assert arguments(branch)["Tags"] == both
    assert arguments(own)["Tags"] == [{"Key": "team", "Value": "b"}, both[1], {"Key": "own", "Value": "a"}]
    assert "Tags" not in arguments(none)


def test_a_step_is_a_construct(pipeline: Pipeline) -> None:
    step: ProcessingStep = processing(pipeline)
    step.node.add_dependency(processing(pipeline, "Other"))
    cdk.Annotations.of(step).add_info("seen")
    assert step.node.path == step.path == f"{pipeline.node.path}/Prepare"
    assert repr(step) == "<ProcessingStep 'Prepare'>"


# -- what cannot be --------------------------------------------------------------------------------------------------


def test_a_list_that_is_known_at_deployment_inside_of_a_text_is_told_at_synth(tmp_path: Path) -> None:
    names: Any = cdk.Token.as_list({"Ref": "Names"})
    app = cdk.App(outdir=str(tmp_path / "cdk.out"), analytics_reporting=False)
    stack = cdk.Stack(app, "Stack", env=cdk.Environment(account="111122223333", region="eu-west-1"))
    pipeline = Pipeline(stack, "P")
    processing(pipeline, "One", environment={"A": f"x{names}"}, inputs={"x": f"s3://{names[0]}/x"})
    processing(pipeline, "Two", environment={"A": f"{names}{Parameter.string('X')}"})
    TrainingStep(pipeline, "Three", **JOB, hyperparameters={"a": names, "b": {"c": names}})
    with pytest.raises(RuntimeError) as error:
        app.synth()
    text = str(error.value)
    assert "Resolution error" not in text
    for where in (
        "step 'One': Arguments.Environment.A",
        "step 'One': Arguments.ProcessingInputs[0].S3Input.S3Uri",
        "step 'Two': Arguments.Environment.A",
        "step 'Three': Arguments.HyperParameters.a",
        "step 'Three': Arguments.HyperParameters.b",
    ):
        assert f"{where}: a list that is only known at deployment (a CDK list token)" in text


def test_a_vpc_without_the_subnets(pipeline: Pipeline, stack: cdk.Stack) -> None:
    vpc = ec2.Vpc.from_vpc_attributes(
        stack, "Vpc", vpc_id="vpc-1", availability_zones=["eu-west-1a"], public_subnet_ids=["subnet-1"]
    )
    with pytest.raises(PipelineError, match="vpc_subnets: There are no 'Private' subnet groups in this VPC"):
        processing(pipeline, vpc=vpc)


@pytest.mark.parametrize("field", ["role", "default_job_role"])
def test_a_role_is_no_arn(field: str, stack: cdk.Stack) -> None:
    with pytest.raises(PipelineError) as error:
        Pipeline(stack, "P", **{field: ROLE})  # type: ignore[arg-type]
    takes = "takes a role such as iam.Role.from_role_arn(...)"
    assert str(error.value) == f"Pipeline 'Stack/P': {field} {takes}, not '{ROLE}'"


def test_a_step_cannot_be_changed_later(pipeline: Pipeline) -> None:
    step = processing(pipeline, outputs=["a"])
    with pytest.raises(PipelineError, match="'instance_type' is given when the step is constructed and cannot be"):
        step.instance_type = "ml.m5.xlarge"
    pipeline.host.seal()
    sealed = "pipeline 'P' has been synthesized and cannot be changed any more"
    path = pipeline.node.path
    for change, what in (
        (lambda: processing(pipeline, "Other"), f"ProcessingStep '{path}/Other': it cannot be added"),
        (lambda: step.add_dependency(step), f"ProcessingStep '{path}/Prepare': it cannot get a dependency"),
        (
            lambda: step.property_file("a", "x.json"),
            f"ProcessingStep '{path}/Prepare': it cannot get a property file",
        ),
    ):
        with pytest.raises(PipelineError) as error:
            change()
        assert str(error.value) == f"{what}: {sealed}"


@pytest.mark.usefixtures("working_directory")
def test_tags_of_cdk_reach_all_that_the_classes_make(tmp_path: Path) -> None:
    """Jobs, models and what serves them; versions and runs of EMR have the tags of their groups and applications."""
    app = cdk.App(outdir=str(tmp_path / "cdk.out"), analytics_reporting=False)
    stack = cdk.Stack(app, "Stack", env=cdk.Environment(account="111122223333", region="eu-west-1"))
    made = {kind.__name__: least(kind, Pipeline(stack, kind.__name__)) for kind in CLASSES}
    cdk.Tags.of(app).add("team", "ml")
    app.synth()
    tags = {name: arguments(step).get("Tags") for name, step in made.items()}
    assert {name for name, found in tags.items() if {"Key": "team", "Value": "ml"} in (found or [])} == {
        *("AutoMLStep", "ClarifyCheckStep", "JobStep", "NotebookJobStep", "ProcessingStep", "QualityCheckStep"),
        *("RepackModelStep", "TrainingStep", "TransformStep", "TuningStep"),
        *("EndpointConfigStep", "EndpointStep", "InferenceComponentStep", "ModelStep"),
    }
