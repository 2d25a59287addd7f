"""A role that is passed to a service must trust it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from cdk_sagemaker_pipelines.review.explain.not_granted import ungranted
from cdk_sagemaker_pipelines.review.reading.stacks import Template
from tests.language.support import step

from .stacks import arn, pipeline, role, training

SAGEMAKER = "sagemaker.amazonaws.com"


def trust(service: Any = SAGEMAKER, action: Any = "sts:AssumeRole", effect: str = "Allow", **more: Any) -> Any:
    principal = {"Principal": service if isinstance(service, Mapping) else {"Service": service}}
    return {"Effect": effect, "Action": action, **principal, **more}


def taken(*statements: Any) -> dict[str, Any]:
    return role(AssumeRolePolicyDocument={"Statement": list(statements)})


def told(*steps: dict[str, Any], **resources: Any) -> list[str]:
    """The findings on trust: step, field and text."""
    made = {"Pipeline": pipeline(*(steps or (training(),))), "Own": taken(trust()), **resources}
    (found,) = ungranted([Template("0.template.json", {"Resources": made})]).values()
    return [f"{one.step}: {one.where}: {one.text}" for one in found if one.code == "role-trust"]


def refused(name: str = "Job", service: str = SAGEMAKER) -> str:
    return f"the role {name} does not let {service} assume it; allow sts:AssumeRole in its trust policy"


@pytest.mark.parametrize(
    "statement",
    [
        trust(),
        trust(["lambda.amazonaws.com", SAGEMAKER]),
        trust(action=["sts:TagSession", "sts:assumerole"]),
        trust(action="sts:*"),
        trust({"AWS": "*"}),
        trust(Condition={"StringEquals": {"aws:SourceAccount": "111122223333"}}),
        trust({"Fn::Sub": "sagemaker.${AWS::URLSuffix}"}),
        trust({"Ref": "Service"}),
        {"Fn::If": ["Open", trust(), {"Ref": "AWS::NoValue"}]},
    ],
)
def test_a_role_that_trusts_the_service(statement: Any) -> None:
    assert told(Job=taken(statement)) == []


@pytest.mark.parametrize(
    "statements",
    [
        (trust("lambda.amazonaws.com"),),
        (trust({"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}),),
        (trust({"AWS": arn("Own")}),),
        (trust({"AWS": {"Ref": "AWS::AccountId"}}),),
        (trust("sagemaker.amazonaws.com.cn"),),
        (trust(action="sts:TagSession"),),
        (trust(), trust(effect="Deny")),
        (trust(), trust({"AWS": "*"}, effect="Deny")),
    ],
)
def test_a_role_that_does_not(statements: Any) -> None:
    assert told(Job=taken(*statements)) == [f"Train: Arguments.RoleArn: {refused()}"]


def test_a_deny_for_another_service_or_on_a_condition() -> None:
    assert told(Job=taken(trust(), trust("lambda.amazonaws.com", effect="Deny"))) == []
    only = {"Condition": {"StringNotEquals": {"aws:SourceAccount": "111122223333"}}}
    assert told(Job=taken(trust(), trust({"AWS": "*"}, effect="Deny", **only))) == []


def test_the_role_of_the_pipeline_and_of_the_jobs_that_name_none() -> None:
    closed = taken(trust("lambda.amazonaws.com"))
    assert told(training(role=None), Own=closed) == [f"None: : {refused('Own')}"]


def test_each_role_once() -> None:
    steps = [{**training(), "Name": name} for name in ("One", "Two")]
    assert told(*steps, Job=taken(trust("lambda.amazonaws.com"))) == [f"One: Arguments.RoleArn: {refused()}"]


def test_a_role_that_is_created_elsewhere() -> None:
    assert told(training(role="arn:aws:iam::111122223333:role/Known")) == []


def test_a_role_by_its_name() -> None:
    made = role(RoleName="Known", AssumeRolePolicyDocument={"Statement": [trust("lambda.amazonaws.com")]})
    assert told(training(role="arn:aws:iam::111122223333:role/Known"), Job=made) == [
        f"Train: Arguments.RoleArn: {refused()}"
    ]


def test_each_service() -> None:
    serverless = {"ExecutionRoleArn": "${Job.Arn}", "ApplicationId": "00f1", "JobConfig": {}}
    given = step("S", "EMRServerless", serverless)
    service = "emr-serverless.amazonaws.com"
    assert told(given, Job=taken(trust(service))) == []
    assert told(given, Job=taken(trust())) == [f"S: Arguments.ExecutionRoleArn: {refused(service=service)}"]
    document = step("J", "Job", {"RoleArn": "${Job.Arn}"})
    service, both = "job.sagemaker.amazonaws.com", ["sts:AssumeRole", "sts:TagSession"]
    does_not = f"J: Arguments.RoleArn: the role Job does not let {service}"
    assert told(document, Job=taken(trust(service, both))) == []
    assert told(document, Job=taken(trust(service))) == [
        f"{does_not} tag its sessions; allow sts:TagSession in its trust policy"
    ]
    assert told(document, Job=taken(trust())) == [
        f"{does_not} assume it; allow sts:AssumeRole and sts:TagSession in its trust policy"
    ]


def test_the_nodes_of_a_cluster_by_their_profile() -> None:
    config = {"Instances": {}, "ServiceRole": "${Service}", "JobFlowRole": "${Profile}"}
    jar = {"StepConfig": {"HadoopJarStep": {"Jar": "x"}}}
    profile = {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": [{"Ref": "Job"}]}}
    given = step("S", "EMR", {**jar, "ClusterConfig": config})
    emr, ec2 = (taken(trust(f"{name}.amazonaws.com")) for name in ("elasticmapreduce", "ec2"))
    assert told(given, Service=emr, Job=ec2, Profile=profile) == []
    assert told(given, Service=ec2, Job=emr, Profile=profile) == [
        f"S: Arguments.ClusterConfig.ServiceRole: {refused('Service', 'elasticmapreduce.amazonaws.com')}",
        f"S: Arguments.ClusterConfig.JobFlowRole: {refused(service='ec2.amazonaws.com')}",
    ]
