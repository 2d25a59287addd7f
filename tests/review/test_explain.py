"""What the roles may do and why: nothing is left out, and no reason stands where it was not derived."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cdk_sagemaker_pipelines.iam.place_json import KEY
from cdk_sagemaker_pipelines.language import Definition
from cdk_sagemaker_pipelines.review.explain import (
    Explained,
    Explanation,
    Pipeline,
    explain,
    of_definition,
    of_stacks,
)
from cdk_sagemaker_pipelines.review.explained import as_json, name, text, unused
from cdk_sagemaker_pipelines.review.reading import Found, Template, Unreadable
from cdk_sagemaker_pipelines.review.roles import Roles
from cdk_sagemaker_pipelines.review.stacks import linked, short, shown
from tests.language.support import get, step

SYNTHESIZED = Path(__file__).parent.parent / "stacks/snapshots"
EXAMPLES = ["diabetes.dev", "diabetes.prod", "breast_cancer.dev", "breast_cancer.prod"]
IN_PLACE = {"Partition": "aws", "Region": "eu-west-1", "Account": "111122223333"}
SAGEMAKER = "arn:aws:sagemaker:eu-west-1:111122223333"


def explained(*templates: dict[str, Any], files: tuple[str, ...] = ()) -> list[Explanation]:
    stacks = linked(
        [
            Template(files[number] if files else f"{number}.template.json", template)
            for number, template in enumerate(templates)
        ]
    )
    pipelines = list(of_stacks(stacks))
    assert not [each for each in pipelines if isinstance(each, Unreadable)]
    return explain([each for each in pipelines if isinstance(each, Pipeline)], Roles(stacks))


def example(of: str) -> tuple[dict[str, Any], Explanation]:
    template = json.loads((SYNTHESIZED / f"{of}.template.json").read_text())
    (found,) = explained(template)
    return template, found


# -- the examples as they are synthesized ------------------------------------------------------------------------------


def _plain(value: Any) -> str:
    """A text of a template, its functions as names; written anew, so as not to trust what is tested."""
    if isinstance(value, str):
        return value
    ((function, inner),) = value.items()
    if function == "Fn::Join":
        return str(inner[0]).join(_plain(part) for part in inner[1])
    parts = inner if isinstance(inner, list) else [inner]
    return "${" + ".".join(re.sub(r"[0-9A-F]{8}$", "", part) for part in parts) + "}"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


Cell = tuple[str, str, str, str]


def written(template: dict[str, Any]) -> Iterator[Cell]:
    """Role, action, resource and condition of every statement of every role that SageMaker, EMR or EC2 may take."""
    for logical_id, resource in template["Resources"].items():
        if resource["Type"] != "AWS::IAM::Role" or "lambda.amazonaws.com" in json.dumps(resource):
            continue
        documents = [policy["PolicyDocument"] for policy in resource["Properties"].get("Policies", ())]
        for other in template["Resources"].values():
            if {"Ref": logical_id} in other.get("Properties", {}).get("Roles", ()) and "Policy" in other["Type"]:
                documents.append(other["Properties"]["PolicyDocument"])
        for statement in (statement for document in documents for statement in document["Statement"]):
            assert statement["Effect"] == "Allow"
            for action in _list(statement["Action"]):
                for resource_arn in _list(statement["Resource"]):
                    for condition in conditions(statement.get("Condition", {})):
                        yield short(logical_id), action, _plain(resource_arn), condition


def conditions(condition: dict[str, Any]) -> list[str]:
    pairs = [
        [f"{operator} {key} {_plain(value)}" for value in _list(values)]
        for operator, keys in condition.items()
        for key, values in keys.items()
    ]
    return [line for pair in pairs for line in pair] or [""]


def told(explanation: Explanation) -> Iterator[Cell]:
    for role in explanation.roles:
        for row in role.allowed:
            for action in row.actions:
                for condition in conditions(json.loads(json.dumps(row.conditions))):
                    yield name(role.role), action, shown(row.resource), shown(condition)


@pytest.mark.parametrize("of", EXAMPLES)
def test_every_permission_in_the_template_is_told_and_no_other(of: str) -> None:
    template, explanation = example(of)
    expected = list(written(template))
    assert len(expected) > 90
    assert sorted(told(explanation)) == sorted(expected)


@pytest.mark.parametrize("of", EXAMPLES)
def test_every_reason_names_a_step_and_a_field_that_stands_there(of: str) -> None:
    _, explanation = example(of)
    definition = explanation.pipeline.definition
    reasons = [reason for role in explanation.roles for row in role.allowed for reason in row.reasons]
    assert len(reasons) >= 50
    for reason in reasons:
        assert reason.pipeline == "Pipeline"
        step = definition.step(reason.step)
        field = reason.field.partition(",")[0]
        assert field == f"Type {step.type}" or _leads_somewhere(step.json, field), reason


def _leads_somewhere(json_of_step: Any, field: str) -> bool:
    if re.fullmatch(r"(reads|writes)\[\d+\]", field):
        return True  # fields of EMRStep, which the template keeps beside the definition
    value: Any = {**json_of_step, **json_of_step.get("Arguments", {})}
    for index, member in re.findall(r"\[(\d+)\]|([^.\[\]]+)", field):
        try:
            value = value[int(index)] if index else value[member]
        except (KeyError, IndexError, TypeError):
            return False
    return True


@pytest.mark.parametrize("of", EXAMPLES)
def test_all_permissions_of_the_examples_are_derived(of: str) -> None:
    _, explanation = example(of)
    foreign = [row for role in explanation.roles for row in role.allowed if row.origin != "derived"]
    # the role that EMR itself takes is filled by the construct of its cluster
    assert [(row.actions, row.statement.policy) for row in foreign] == (
        []
        if of.startswith("diabetes")
        else [(("iam:PassRole",), "PipelineCheckAucIfArchiveRolesServiceRole, inline policy Cluster")]
    )
    assert [role.missing for role in explanation.roles] == [[]] * len(explanation.roles)
    assert [role.undecided for role in explanation.roles] == [[]] * len(explanation.roles)


@pytest.mark.parametrize("of", ["diabetes.dev", "breast_cancer.dev"])
def test_the_text(snapshot: Any, of: str) -> None:
    snapshot.snapshot_dir = Path(__file__).parent / "snapshots"
    _, explanation = example(of)
    lines = list(text(explanation, width=80))
    assert max(map(len, lines)) <= 80
    snapshot.assert_match("\n".join(lines) + "\n", f"explain.{of}.txt")


def test_the_picture_in_the_documentation() -> None:
    page = (Path(__file__).parent.parent.parent / "docs/permissions.md").read_text()
    (picture,) = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
    _, explanation = example("diabetes.dev")
    assert picture in "\n".join(text(explanation, width=80)) + "\n"


def test_roles_that_no_pipeline_uses() -> None:
    template = json.loads((SYNTHESIZED / "breast_cancer.dev.template.json").read_text())
    stacks = linked([Template("a.json", template)])
    (explanation,) = explained(template)
    others = Roles(stacks).unused({role.role.arn for role in explanation.roles})
    assert list(unused(others)) == [
        "other roles of these stacks, with which no job of a pipeline runs:",
        "  a.json#PipelineCheckAucIfReviewWorkerRole",
        "  a.json#PipelineCheckAucIfAnnounceFunctionRole",
    ]
    assert list(unused([])) == []


# -- one small pipeline ------------------------------------------------------------------------------------------------

GET_RAW = {"Action": "s3:GetObject", "Effect": "Allow", "Resource": "arn:aws:s3:::data/raw*"}


def arn(logical_id: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [logical_id, "Arn"]}


def training(role: Any = "${Job.Arn}", uri: Any = "s3://data/raw") -> dict[str, Any]:
    channel = {"DataSource": {"S3DataSource": {"S3Uri": uri, "S3DataType": "S3Prefix"}}}
    given = {} if role is None else {"RoleArn": role}
    return step("Train", "Training", {**given, "InputDataConfig": [channel]})


def pipeline(*steps: dict[str, Any], role: Any = None, **metadata: Any) -> dict[str, Any]:
    body = json.dumps({"Version": "2020-12-01", "Steps": list(steps)})
    return {
        "Type": "AWS::SageMaker::Pipeline",
        "Properties": {
            "PipelineName": "Nightly",
            "RoleArn": role or arn("Own"),
            "PipelineDefinition": {"PipelineDefinitionBody": {"Fn::Sub": body}},
        },
        "Metadata": {"aws:cdk:path": "Dev/Nightly/Resource", KEY: {**IN_PLACE, **metadata}},
    }


def role(*statements: Any, path: str = "", **properties: Any) -> dict[str, Any]:
    policies = [{"PolicyName": "Given", "PolicyDocument": {"Statement": list(statements)}}] if statements else []
    resource = {"Type": "AWS::IAM::Role", "Properties": {"Policies": policies, **properties}}
    return {**resource, "Metadata": {"aws:cdk:path": f"{path}/Resource"}} if path else resource


def policy(*statements: Any, type: str = "AWS::IAM::Policy", **properties: Any) -> dict[str, Any]:
    return {"Type": type, "Properties": {"PolicyDocument": {"Statement": list(statements)}, **properties}}


def job_role(explanation: Explanation) -> Explained:
    (found,) = [each for each in explanation.roles if not each.own]
    return found


def rows(explained_role: Explained) -> list[tuple[str, str, str, list[str]]]:
    return [
        (" ".join(row.actions), shown(row.resource), row.origin, [f"{one.step}: {one.field}" for one in row.reasons])
        for row in explained_role.allowed
    ]


def small(**resources: Any) -> Explanation:
    (found,) = explained({"Resources": {"Pipeline": pipeline(training()), "Own": role(), **resources}})
    return found


def test_what_was_derived_and_what_was_not() -> None:
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


def test_what_is_needed_and_not_granted() -> None:
    found = job_role(small(Job=role(GET_RAW)))
    missing = [(" ".join(row.actions), shown(row.resource)) for row in found.missing]
    assert ("s3:ListBucket", "arn:aws:s3:::data") in missing
    assert ("s3:GetObject", "arn:aws:s3:::data/raw*") not in missing
    lines = "\n".join(text(small(Job=role(GET_RAW))))
    assert "needed, and not seen to be granted:" in lines
    everything = {"Action": "*", "Effect": "Allow", "Resource": "*"}
    assert job_role(small(Job=role(everything))).missing == []


def test_policies_beside_the_role() -> None:
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


def test_what_others_let_the_role_do() -> None:
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


def test_who_takes_the_role_and_its_boundary() -> None:
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
            "  taken by sagemaker.amazonaws.com\n"
            "    if aws:SourceAccount is ${AWS::AccountId}\n"
            "  within the permissions boundary arn:aws:iam::1:policy/B\n"
        )
    )


@pytest.mark.parametrize("odd", ["text", 5, None, [], {"Fn::If": ["A", {}, {}]}, {"Action": "s3:*"}])
def test_a_statement_that_cannot_be_read_is_told_as_it_stands(odd: Any) -> None:
    found = job_role(small(Job=role(GET_RAW, odd)))
    assert [row.actions for row in found.allowed] == [("s3:GetObject",), (json.dumps(odd),)]


# -- roles that are elsewhere, or not told -----------------------------------------------------------------------------


def test_a_role_that_is_made_elsewhere() -> None:
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
    assert "is made elsewhere: what else it may do is not told here" in "\n".join(text(found))


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


def test_a_role_that_is_known_at_run_time_only() -> None:
    (found,) = explained({"Resources": {"Pipeline": pipeline(training(get("Parameters.Role"))), "Own": role()}})
    (own, unknown) = found.roles
    assert [(need.actions, need.unknown, need.sources) for need in own.undecided] == [
        (("iam:PassRole",), "role", ("Parameters.Role",))
    ]
    assert name(unknown.role) == 'a role that is known at run time only ({"Get": "Parameters.Role"})'
    assert "s3:GetObject" in [action for row in unknown.missing for action in row.actions]


def test_a_job_that_names_no_role() -> None:
    (found,) = explained({"Resources": {"Pipeline": pipeline(training(None)), "Own": role(GET_RAW)}})
    (own,) = found.roles
    assert rows(own) == [
        ("s3:GetObject", "arn:aws:s3:::data/raw*", "derived", ["Train: InputDataConfig[0]"]),
    ]
    passed = [row for row in own.missing if row.actions == ("iam:PassRole",)]
    assert [shown(row.resource) for row in passed] == ["${Own.Arn}"]


def test_the_role_of_a_model_that_is_made_elsewhere() -> None:
    transform = step("Score", "Transform", {"ModelName": "other", "TransformOutput": {"S3OutputPath": "s3://out/a"}})
    (found,) = explained({"Resources": {"Pipeline": pipeline(transform), "Own": role()}})
    assert [name(each.role) for each in found.roles] == ["Own", "a role that the definition does not tell"]
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


def test_references_between_stacks_lead_to_what_they_mean() -> None:
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


def test_equal_logical_ids_of_two_stacks_are_told_apart() -> None:
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


def test_a_role_that_two_pipelines_share_has_the_reasons_of_both() -> None:
    first, second = pipeline(training()), pipeline(training(uri="s3://data/other"))
    second["Metadata"]["aws:cdk:path"] = "Dev/Second/Resource"
    statements = [GET_RAW, {**GET_RAW, "Resource": "arn:aws:s3:::data/other*"}]
    found = explained({"Resources": {"First": first, "Second": second, "Own": role(), "Job": role(*statements)}})
    assert [each.pipeline.path for each in found] == ["Dev/Nightly", "Dev/Second"]
    for each in found:
        assert [row.origin for row in job_role(each).allowed] == ["derived", "derived"]
    assert "      for Dev/Second: Train: InputDataConfig[0]\n" in "\n".join(text(found[0])) + "\n"


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
        "known at run time only, so not derived; grant it in code:\n"
        "  Train: InputDataConfig[0]: the bucket, from Parameters.Raw\n"
        "    s3:GetObject, s3:ListBucket\n"
        "    to arn:aws:iam::111122223333:role/Job"
    )


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


def test_names_do_nothing_to_a_terminal() -> None:
    odd = step("Tr\x1b[31main\n", "Training", {"RoleArn": "${Job.Arn}"})
    (found,) = explained({"Resources": {"Pipeline": pipeline(odd), "Own": role(), "Job": role(GET_RAW)}})
    assert all(line.isprintable() for line in text(found))
