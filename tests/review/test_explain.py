"""What the roles may do and why: nothing is left out, and only derived permissions have a reason."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines.language import Definition
from cdk_sagemaker_pipelines.review.explain.access import explain, of_definition, of_stacks
from cdk_sagemaker_pipelines.review.explain.as_json import as_json, json_shared
from cdk_sagemaker_pipelines.review.explain.reasons import Pipeline
from cdk_sagemaker_pipelines.review.explain.roles import Roles
from cdk_sagemaker_pipelines.review.explain.text import name, shared, text
from cdk_sagemaker_pipelines.review.reading.files import Found
from cdk_sagemaker_pipelines.review.reading.stacks import Template, linked, shown
from tests.language.support import get, step

from .stacks import GET_RAW, arn, explained, job_role, pipeline, policy, role, rows, small, training


def test_derived_permissions_and_others() -> None:
    statements = [
        {"Action": ["s3:GetObject", "s3:PutObject"], "Effect": "Allow", "Resource": "arn:aws:s3:::data/raw*"},
        {"Action": "s3:GetObject*", "Effect": "Allow", "Resource": ["arn:aws:s3:::data/*", "arn:aws:s3:::other/*"]},
        {"Action": "s3:GetObject", "Effect": "Deny", "Resource": "arn:aws:s3:::data/raw*"},
        {"NotAction": "s3:GetObject", "Effect": "Allow", "Resource": "*"},
    ]
    found = job_role(small(Job=role(*statements)))
    why = ["Train: InputDataConfig[0]"]
    assert rows(found) == [
        ("s3:GetObject", "arn:aws:s3:::data/raw*", "derived", why),
        ("s3:PutObject", "arn:aws:s3:::data/raw*", "granted", []),
        ("s3:GetObject*", "arn:aws:s3:::data/*", "wider", why),
        ("s3:GetObject*", "arn:aws:s3:::other/*", "granted", []),
        ("s3:GetObject", "arn:aws:s3:::data/raw*", "granted", []),
        ("s3:GetObject", "*", "granted", []),
    ]
    lines = "\n".join(text(small(Job=role(*statements)), width=80))
    assert "  Deny: s3:GetObject\n" in lines
    assert "  all but s3:GetObject\n" in lines
    assert "not derived, granted in Job, inline policy Given" in lines
    assert (
        "more than is needed, granted in Job, inline policy Given\n      needed for Train: InputDataConfig[0]" in lines
    )


def test_a_condition_that_differs_is_not_derived() -> None:
    listing = {"Action": "s3:ListBucket", "Effect": "Allow", "Resource": "arn:aws:s3:::data"}
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({"Condition": {"StringLike": {"s3:prefix": ["raw*"]}}}, ["derived"]),
        ({"Condition": {"StringLike": {"s3:prefix": "raw*"}}}, ["derived"]),
        ({"Condition": {"StringLike": {"s3:prefix": ["raw*", "other*"]}}}, ["derived", "granted"]),
        ({"Condition": {"StringLike": {"s3:prefix": "*"}}}, ["wider"]),
        ({}, ["wider"]),
        ({"Condition": {"StringLike": {"s3:delimiter": "raw*"}}}, ["granted"]),
        ({"Condition": {"StringEquals": {"s3:prefix": "raw*"}}}, ["granted"]),
    ]
    for given, origins in cases:
        found = job_role(small(Job=role({**listing, **given})))
        assert [row.origin for row in found.allowed] == origins, given


def test_patterns_of_one_condition_are_alternatives() -> None:
    listing = {"Action": "s3:ListBucket", "Effect": "Allow", "Resource": ["arn:aws:s3:::data", "arn:aws:s3:::other"]}
    found = small(Job=role({**listing, "Condition": {"StringLike": {"s3:prefix": ["raw*", "a/*", "b/*"]}}}))
    assert """
  s3:ListBucket
    on arn:aws:s3:::data
      if s3:prefix is like raw*
        for Train: InputDataConfig[0]
      or if s3:prefix is like a/*
        or b/*
        not derived, granted in Job, inline policy Given
    on arn:aws:s3:::other
      if s3:prefix is like raw*
        or a/*
        or b/*
        not derived, granted in Job, inline policy Given
""" in "\n".join(text(found))


def test_needed_permissions_that_are_not_granted() -> None:
    found = job_role(small(Job=role(GET_RAW)))
    missing = [(" ".join(row.actions), shown(row.resource)) for row in found.missing]
    assert ("s3:ListBucket", "arn:aws:s3:::data") in missing
    assert ("s3:GetObject", "arn:aws:s3:::data/raw*") not in missing
    lines = "\n".join(text(small(Job=role(GET_RAW))))
    assert "needed, but not granted here:" in lines
    everything = {"Action": "*", "Effect": "Allow", "Resource": "*"}
    assert job_role(small(Job=role(everything))).missing == []


def test_policies_that_are_resources_of_their_own() -> None:
    other = {"Action": "s3:DeleteObject", "Effect": "Allow", "Resource": "*"}
    found = small(
        Job=role(ManagedPolicyArns=[{"Ref": "Attached"}, "arn:aws:iam::aws:policy/ReadOnlyAccess"]),
        Default=policy(GET_RAW, Roles=[{"Ref": "Job"}]),
        Attached=policy(other, type="AWS::IAM::ManagedPolicy"),
        Attaching=policy({**other, "Action": "s3:PutObject"}, type="AWS::IAM::ManagedPolicy", Roles=[{"Ref": "Job"}]),
        Single=policy({**other, "Action": "s3:A"}, type="AWS::IAM::RolePolicy", RoleName={"Ref": "Job"}),
        Another=policy({**other, "Action": "s3:B"}, Roles=[{"Ref": "Own"}]),
    )
    explained_role = job_role(found)
    assert [(row.actions, row.statement.policy) for row in explained_role.allowed] == [
        (("s3:DeleteObject",), "Attached"),
        (("s3:GetObject",), "Default"),
        (("s3:PutObject",), "Attaching"),
        (("s3:A",), "Single"),
    ]
    assert explained_role.role.managed == ["arn:aws:iam::aws:policy/ReadOnlyAccess"]
    assert "has all of arn:aws:iam::aws:policy/ReadOnlyAccess" in "\n".join(text(found))


def named_by_arn(arn: Any) -> Any:
    """The name of a role, as ``Role.from_role_arn`` has CloudFormation extract it from an ARN."""
    resource = {"Fn::Select": [5, {"Fn::Split": [":", arn]}]}
    return {"Fn::Select": [1, {"Fn::Split": ["/", resource]}]}


@pytest.mark.parametrize(
    ("given", "holder", "is_attached"),
    [
        ({}, arn("Job"), True),
        ({"Path": "/"}, arn("Job"), True),
        ({"RoleName": "jobs"}, {"Fn::Sub": "arn:${AWS::Partition}:iam::111122223333:role/jobs"}, True),
        ({"RoleName": "jobs"}, {"Fn::Sub": "arn:${AWS::Partition}:iam::111122223333:role/team/jobs"}, False),
        # CloudFormation takes the path for the name
        ({"Path": "/team/"}, arn("Job"), False),
        ({}, arn("Own"), False),
        ({}, {"Ref": "Arn"}, False),
    ],
    ids=["arn", "root", "name", "name-below-a-path", "below-a-path", "other", "parameter"],
)
def test_a_policy_of_a_role_imported_by_its_arn(given: dict[str, Any], holder: Any, is_attached: bool) -> None:
    found = small(Job=role(**given), Default=policy(GET_RAW, Roles=[named_by_arn(holder)]))
    assert [row.statement.policy for row in job_role(found).allowed] == ["Default"] * is_attached


def test_a_name_that_is_extracted_from_something_else() -> None:
    part = {"Fn::Select": [4, {"Fn::Split": [":", arn("Job")]}]}
    found = small(Job=role(), Default=policy(GET_RAW, Roles=[part]))
    assert job_role(found).allowed == []


def test_a_policy_attached_from_both_sides_is_reported_once() -> None:
    found = small(
        Job=role(ManagedPolicyArns=[{"Ref": "Both"}]),
        Both=policy(GET_RAW, type="AWS::IAM::ManagedPolicy", Roles=[{"Ref": "Job"}]),
    )
    assert [row.statement.policy for row in job_role(found).allowed] == ["Both"]


def test_actions_are_not_case_sensitive() -> None:
    found = job_role(small(Job=role({**GET_RAW, "Action": "S3:getobject", "Resource": "arn:aws:s3:::data/*"})))
    assert [row.origin for row in found.allowed] == ["wider"]
    assert "s3:GetObject" not in [action for row in found.missing for action in row.actions]


def test_what_resource_policies_allow_the_role() -> None:
    statement = {"Action": "kms:Decrypt", "Effect": "Allow", "Resource": "*", "Principal": {"AWS": arn("Job")}}
    foreign = {**statement, "Principal": {"AWS": arn("Own")}}
    found = small(
        Job=role(path="Dev/Job"),
        Key={"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": [statement, foreign]}}},
        Other=role(AssumeRolePolicyDocument={"Statement": {**statement, "Action": "sts:AssumeRole"}}),
    )
    assert [(row.actions, row.statement.policy) for row in job_role(found).allowed] == [
        (("kms:Decrypt",), "the policy of Key"),
        (("sts:AssumeRole",), "the policy of Other"),
    ]


def test_what_resource_policies_allow_everybody() -> None:
    statement = {"Action": "s3:GetObjectTagging", "Effect": "Allow", "Resource": "arn:aws:s3:::data/*"}
    everybody: list[dict[str, Any]] = [
        {"Principal": "*"},
        {"Principal": {"AWS": "*"}},
        {
            "Principal": {"AWS": ["*", arn("Job")]},
            "Effect": "Deny",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
        {"NotPrincipal": {"AWS": arn("Own")}, "Effect": "Deny"},
    ]
    account: list[dict[str, Any]] = [
        {"Principal": {"AWS": "arn:aws:iam::111122223333:root"}},
        {"Principal": {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}, "Effect": "Deny"},
        {"Principal": {"AWS": {"Ref": "AWS::AccountId"}}},
        {"Principal": {"AWS": "111122223333"}},
    ]
    others: list[dict[str, Any]] = [
        {"Principal": {"AWS": arn("Own")}},
        {"Principal": {"AWS": "arn:aws:iam::111122223333:user/root"}},
        {"Principal": {"Service": "sns.amazonaws.com"}},
    ]
    document = {"Statement": [{**statement, **each} for each in [*everybody, *account, *others]]}
    bucket_policy = {"Type": "AWS::S3::BucketPolicy", "Properties": {"PolicyDocument": document}}
    template = {"Resources": {"Job": role(), "Policy": bucket_policy}}
    told = Roles(linked([Template("a.json", template)])).shared
    assert len(told) == len(everybody) + len(account)
    lines = "\n".join(shared(told, width=120))
    assert lines.startswith(
        "what resource policies say about everybody, including these roles:\n\n"
        "  s3:GetObjectTagging\n    on arn:aws:s3:::data/*\n      for everybody, in the policy of Policy\n\n"
    )
    assert lines.count("for everybody, in") == 3
    assert "  Deny: s3:GetObjectTagging\n    if aws:SecureTransport is false\n    on arn:aws:s3:::data/*\n" in lines
    assert "for everybody but ${Own.Arn}, in the policy of Policy" in lines
    assert "for everybody in account 111122223333 whose own policies allow it, in the policy of Policy" in lines
    root = "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"
    assert f"for everybody in account {root}, in the policy of Policy" in lines
    assert json_shared(told)[0] == {
        "effect": "Allow",
        "actions": ["s3:GetObjectTagging"],
        "principals": ["*"],
        "conditions": {},
        "inverted": [],
        "resources": ["arn:aws:s3:::data/*"],
        "policy": "the policy of Policy",
    }
    assert list(shared([])) == []


@pytest.mark.parametrize(("principal", "enough"), [("*", True), ({"AWS": "arn:aws:iam::111122223333:root"}, False)])
def test_what_everybody_may_do_is_not_missing(principal: Any, enough: bool) -> None:
    document = {"Statement": {**GET_RAW, "Action": "*", "Resource": "*", "Principal": principal}}
    found = small(Job=role(), Policy={"Type": "AWS::S3::BucketPolicy", "Properties": {"PolicyDocument": document}})
    assert (job_role(found).missing == []) == enough


def test_who_assumes_the_role_and_its_boundary() -> None:
    trust = {
        "Action": "sts:AssumeRole",
        "Effect": "Allow",
        "Principal": {"Service": "sagemaker.amazonaws.com"},
        "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
    }
    found = small(
        Job=role(
            GET_RAW, AssumeRolePolicyDocument={"Statement": [trust]}, PermissionsBoundary="arn:aws:iam::1:policy/B"
        )
    )
    assert (
        "\n".join(text(found))
        .partition("role Job\n")[2]
        .startswith(
            "  of Train: RoleArn\n"
            "  assumed by sagemaker.amazonaws.com\n"
            "    if aws:SourceAccount is ${AWS::AccountId}\n"
            "  within the permissions boundary arn:aws:iam::1:policy/B\n"
        )
    )


@pytest.mark.parametrize("odd", ["text", 5, None, [], {"Fn::If": ["A", {}, {}]}, {"Action": "s3:*"}])
def test_an_unreadable_statement_is_shown_verbatim(odd: Any) -> None:
    found = job_role(small(Job=role(GET_RAW, odd)))
    assert [row.actions for row in found.allowed] == [("s3:GetObject",), (json.dumps(odd),)]


# -- roles that are elsewhere, or not told -----------------------------------------------------------------------------


def test_a_role_that_is_created_elsewhere() -> None:
    foreign = "arn:aws:iam::111122223333:role/team/Shared"
    (found,) = explained(
        {
            "Resources": {
                "Pipeline": pipeline(training(foreign)),
                "Own": role(),
                "Beside": policy(GET_RAW, Roles=["Shared"]),
                "Other": policy(GET_RAW, Roles=["Another"]),
            }
        }
    )
    explained_role = job_role(found)
    assert name(explained_role.role) == foreign
    assert [row.statement.policy for row in explained_role.allowed] == ["Beside"]
    assert "s3:ListBucket" in [action for row in explained_role.missing for action in row.actions]
    assert "is not in these stacks: what else it may do is not known here" in "\n".join(text(found))


def test_a_role_by_its_name() -> None:
    (found,) = explained(
        {
            "Resources": {
                "Pipeline": pipeline(training("arn:aws:iam::111122223333:role/Named")),
                "Own": role(),
                "Job": role(GET_RAW, RoleName="Named", path="Dev/Job"),
            }
        }
    )
    assert name(job_role(found).role) == "Dev/Job"


def test_names_are_resolved_within_a_stage() -> None:
    """Roles of two environments may have the same name, and so may those created elsewhere."""

    def stage(resource: str) -> dict[str, Any]:
        statement = {**GET_RAW, "Resource": resource}
        jobs = training("arn:aws:iam::111122223333:role/Named"), training("arn:aws:iam::111122223333:role/Foreign")
        jobs[1]["Name"] = "Again"
        return {
            "Resources": {
                "Pipeline": pipeline(*jobs),
                "Own": role(),
                "Job": role(statement, RoleName="Named"),
                "Beside": policy(statement, Roles=["Foreign"]),
            }
        }

    found = explained(stage("arn:dev"), stage("arn:prod"), files=("dev/a.template.json", "prod/a.template.json"))
    told = [[row.resource for each in one.roles for row in each.allowed] for one in found]
    assert told == [["arn:dev", "arn:dev"], ["arn:prod", "arn:prod"]]


def test_a_role_that_is_only_known_at_run_time() -> None:
    (found,) = explained({"Resources": {"Pipeline": pipeline(training(get("Parameters.Role"))), "Own": role()}})
    (own, unknown) = found.roles
    assert [(need.actions, need.unknown, need.sources) for need in own.undecided] == [
        (("iam:PassRole",), "role", ("Parameters.Role",))
    ]
    assert name(unknown.role) == 'a role that is only known at run time ({"Get": "Parameters.Role"})'
    assert "s3:GetObject" in [action for row in unknown.missing for action in row.actions]


def test_a_job_that_names_no_role() -> None:
    (found,) = explained({"Resources": {"Pipeline": pipeline(training(None)), "Own": role(GET_RAW)}})
    (own,) = found.roles
    assert rows(own) == [
        ("s3:GetObject", "arn:aws:s3:::data/raw*", "derived", ["Train: InputDataConfig[0]"]),
    ]
    passed = [row for row in own.missing if row.actions == ("iam:PassRole",)]
    assert [shown(row.resource) for row in passed] == ["${Own.Arn}"]


def test_the_role_of_a_model_that_is_created_elsewhere() -> None:
    transform = step("Score", "Transform", {"ModelName": "other", "TransformOutput": {"S3OutputPath": "s3://out/a"}})
    (found,) = explained({"Resources": {"Pipeline": pipeline(transform), "Own": role()}})
    assert [name(each.role) for each in found.roles] == ["Own", "a role that the definition does not name"]
    assert "arn:aws:s3:::out/a/*" in [row.resource for row in found.roles[1].missing]


def test_the_role_of_an_instance_profile() -> None:
    emr = step("Count", "EMR", {"ClusterConfig": {"JobFlowRole": "${Profile}", "LogUri": "s3://logs/"}})
    access = [{"Step": "Count", "Role": arn("Nodes"), "Reads": ["s3://data/raw"], "Writes": []}]
    (found,) = explained(
        {
            "Resources": {
                "Pipeline": pipeline(emr, DataAccess=access),
                "Own": role(),
                "Nodes": role(GET_RAW),
                "Profile": {"Type": "AWS::IAM::InstanceProfile", "Properties": {"Roles": [{"Ref": "Nodes"}]}},
            }
        }
    )
    nodes = job_role(found)
    assert [f"{use.step}: {use.field}" for use in nodes.uses] == ["Count: ClusterConfig.JobFlowRole"]
    assert rows(nodes) == [("s3:GetObject", "arn:aws:s3:::data/raw*", "derived", ["Count: reads[0]"])]


# -- several stacks ----------------------------------------------------------------------------------------------------


def test_references_between_stacks_are_resolved() -> None:
    shared = {
        "Resources": {
            "Job": role(
                {**GET_RAW, "Resource": {"Fn::Join": ["", ["arn:aws:s3:::", {"Ref": "Data"}, "/raw*"]]}},
                path="Shared/Job",
            ),
            "Data": {"Type": "AWS::S3::Bucket"},
        },
        "Outputs": {
            "A": {"Value": arn("Job"), "Export": {"Name": "Shared:JobArn"}},
            "B": {"Value": {"Ref": "Data"}, "Export": {"Name": "Shared:Data"}},
        },
    }
    user = pipeline(training("ROLE", "s3://BUCKET/raw"))
    body = user["Properties"]["PipelineDefinition"]["PipelineDefinitionBody"]["Fn::Sub"]
    before, middle, after = re.split("ROLE|BUCKET", body)
    user["Properties"]["PipelineDefinition"]["PipelineDefinitionBody"] = {
        "Fn::Join": [
            "",
            [before, {"Fn::ImportValue": "Shared:JobArn"}, middle, {"Fn::ImportValue": "Shared:Data"}, after],
        ]
    }
    (found,) = explained(shared, {"Resources": {"Pipeline": user, "Own": role()}})
    explained_role = job_role(found)
    assert name(explained_role.role) == "Shared/Job"
    assert rows(explained_role) == [
        ("s3:GetObject", "arn:aws:s3:::${Data}/raw*", "derived", ["Train: InputDataConfig[0]"])
    ]


def test_equal_logical_ids_of_two_stacks_are_distinguished() -> None:
    def stack(resource: str) -> dict[str, Any]:
        statement = {"Action": "s3:GetObject", "Effect": "Allow", "Resource": resource}
        return {"Resources": {"Pipeline": pipeline(training()), "Own": role(), "Job": role(statement)}}

    dev, prod = explained(stack("arn:dev"), stack("arn:prod"))
    assert [row.resource for row in job_role(dev).allowed] == ["arn:dev"]
    assert [row.resource for row in job_role(prod).allowed] == ["arn:prod"]


def test_nested_stacks() -> None:
    child = {
        "Parameters": {"Role": {"Type": "String"}},
        "Resources": {"Pipeline": pipeline(training("${Role}")), "Own": role()},
        "Outputs": {"Unused": {"Value": "x"}},
    }
    parent = {
        "Resources": {
            "Job": role(GET_RAW, path="Parent/Job"),
            "Child": {
                "Type": "AWS::CloudFormation::Stack",
                "Properties": {"Parameters": {"Role": arn("Job")}},
                "Metadata": {"aws:asset:path": "child.nested.template.json"},
            },
        }
    }
    (found,) = explained(parent, child, files=("parent.template.json", "child.nested.template.json"))
    assert name(job_role(found).role) == "Parent/Job"


def test_outputs_of_a_nested_stack() -> None:
    child = {"Resources": {"Job": role(GET_RAW, path="Child/Job")}, "Outputs": {"Role": {"Value": arn("Job")}}}
    parent = {
        "Resources": {
            "Pipeline": pipeline(training("${Child.Outputs.Role}")),
            "Own": role(),
            "Child": {
                "Type": "AWS::CloudFormation::Stack",
                "Metadata": {"aws:asset:path": "child.nested.template.json"},
            },
        }
    }
    (found,) = explained(parent, child, files=("parent.template.json", "child.nested.template.json"))
    assert name(job_role(found).role) == "Child/Job"


def test_a_role_that_two_pipelines_share_has_the_reasons_of_both() -> None:
    first, second = pipeline(training()), pipeline(training(uri="s3://data/other"))
    second["Metadata"]["aws:cdk:path"] = "Dev/Second/Resource"
    statements = [GET_RAW, {**GET_RAW, "Resource": "arn:aws:s3:::data/other*"}]
    found = explained({"Resources": {"First": first, "Second": second, "Own": role(), "Job": role(*statements)}})
    assert [each.pipeline.path for each in found] == ["Dev/Nightly", "Dev/Second"]
    for each in found:
        assert [row.origin for row in job_role(each).allowed] == ["derived", "derived"]
    assert "      for Dev/Second: Train: InputDataConfig[0]\n" in "\n".join(text(found[0])) + "\n"


def test_what_another_pipeline_needs_from_a_shared_role_is_not_missing_here() -> None:
    first, second = pipeline(training()), pipeline(training(uri="s3://data/other"))
    second["Metadata"]["aws:cdk:path"] = "Dev/Second/Resource"
    found = explained({"Resources": {"First": first, "Second": second, "Own": role(), "Job": role()}})
    missing = [[row.resource for row in job_role(each).missing if "s3:GetObject" in row.actions] for each in found]
    assert missing == [["arn:aws:s3:::data/raw*"], ["arn:aws:s3:::data/other*"]]


def test_a_definition_that_was_uploaded(tmp_path: Path) -> None:
    asset = tmp_path / "asset.0123abcd"
    asset.mkdir()
    document = {"Version": "2020-12-01", "Steps": [training("<<marker:0>>")]}
    (asset / "key.json").write_text(json.dumps(document))
    uploaded = pipeline()
    uploaded["Properties"]["PipelineDefinition"] = {"PipelineDefinitionS3Location": {"Bucket": "b", "Key": "key.json"}}
    deployment = {
        "Type": "Custom::CDKBucketDeployment",
        "Properties": {
            "SourceObjectKeys": ["ffff.zip", "0123abcd.zip"],
            "SourceMarkers": [{"<<marker:0>>": arn("Own")}, {"<<marker:0>>": arn("Job")}],
        },
    }
    template = {"Resources": {"Pipeline": uploaded, "Upload": deployment, "Own": role(), "Job": role(GET_RAW)}}
    stacks = linked([Template(str(tmp_path / "a.template.json"), template, (tmp_path,))])
    (given,) = of_stacks(stacks)
    assert isinstance(given, Pipeline)
    (found,) = explain([given], Roles(stacks))
    assert rows(job_role(found))[0][2] == "derived"
    stacks = linked([Template("a.template.json", template)])
    assert str(next(of_stacks(stacks))).startswith("a.template.json#Dev/Nightly: the definition is in S3")


# -- a definition alone ------------------------------------------------------------------------------------------------


def test_what_the_roles_of_a_definition_need() -> None:
    document = {
        "Version": "2020-12-01",
        "Steps": [training("arn:aws:iam::111122223333:role/Job", get("Parameters.Raw"))],
    }
    found = of_definition(Found("a.json", "a", None, Definition(document)))
    (explanation,) = explain([found], Roles([]))
    own, job = explanation.roles
    assert own.own
    assert [(need.actions, need.sources) for need in job.undecided] == [
        (("s3:GetObject", "s3:ListBucket"), ("Parameters.Raw",))
    ]
    lines = "\n".join(text(explanation, width=200))
    assert "arn:${AWS::Partition}:sagemaker:${AWS::Region}:${AWS::AccountId}:training-job/pipelines-*" in lines
    assert lines.endswith(
        "not known here, so not derived; grant these in code:\n"
        "  Train: InputDataConfig[0]: the bucket is only known at run time, from Parameters.Raw\n"
        "    s3:GetObject, s3:ListBucket\n"
        "    to arn:aws:iam::111122223333:role/Job"
    )


def test_an_unknown_location_names_the_expressions_it_consists_of() -> None:
    output = {"S3OutputPath": {"Std:Join": {"On": "/", "Values": ["s3:/", get("Parameters.Bucket")]}}}
    arguments = {"OutputDataConfig": {**output, "KmsKeyId": get("Parameters.Key")}}
    document = {"Version": "2020-12-01", "Steps": [step("Train", "Training", arguments)]}
    (explanation,) = explain([of_definition(Found("a.json", "a", None, Definition(document)))], Roles([]))
    assert [(need.unknown, need.sources) for each in explanation.roles for need in each.undecided] == [
        ("bucket", ("Parameters.Bucket",)),
        ("key", ("Parameters.Key",)),
    ]


def test_the_json() -> None:
    found = small(Job=role(GET_RAW, path="Dev/Job"))
    document = json.loads(json.dumps(as_json(found)))
    assert (document["file"], document["pipeline"], document["name"]) == ("0.template.json", "Dev/Nightly", "Nightly")
    job = document["roles"][1]
    assert (job["role"], job["arn"], job["own"]) == ("Dev/Job", "${Job.Arn}", False)
    assert job["of"] == [{"pipeline": "Dev/Nightly", "step": "Train", "field": "RoleArn"}]
    assert job["permissions"] == [
        {
            "effect": "Allow",
            "actions": ["s3:GetObject"],
            "resource": "arn:aws:s3:::data/raw*",
            "conditions": {},
            "inverted": [],
            "policy": "Dev/Job, inline policy Given",
            "origin": "derived",
            "because": [
                {
                    "pipeline": "Dev/Nightly",
                    "step": "Train",
                    "field": "InputDataConfig[0]",
                    "actions": ["s3:GetObject"],
                }
            ],
        }
    ]
    assert job["missing"][0]["actions"] == ["s3:ListBucket"]


def test_names_are_safe_to_print() -> None:
    odd = step("Tr\x1b[31main\n", "Training", {"RoleArn": "${Job.Arn}"})
    (found,) = explained({"Resources": {"Pipeline": pipeline(odd), "Own": role(), "Job": role(GET_RAW)}})
    assert all(line.isprintable() for line in text(found))
