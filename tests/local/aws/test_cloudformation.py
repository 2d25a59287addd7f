"""Deployments: change sets, updates, replacement, rollback and deletion, over the API as the CDK CLI uses it."""

from __future__ import annotations

import json
from typing import Any

import pytest

BUCKET = {"Type": "AWS::S3::Bucket", "Properties": {}}


def group(name: str, **more: Any) -> dict[str, Any]:
    return {"Type": "AWS::SageMaker::ModelPackageGroup", "Properties": {"ModelPackageGroupName": name, **more}}


def pipeline(definition: str, name: str = "Abalone", **more: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::SageMaker::Pipeline",
        "Properties": {
            "PipelineName": name,
            "RoleArn": "arn:aws:iam::111122223333:role/pipeline",
            "PipelineDefinition": {"PipelineDefinitionBody": definition},
            **more,
        },
    }


def change_set(client: Any, resources: Any, kind: str, name: str = "stack", **more: Any) -> dict[str, Any]:
    cloudformation = client("cloudformation")
    made = cloudformation.create_change_set(
        StackName=name,
        ChangeSetName="changes",
        ChangeSetType=kind,
        TemplateBody=json.dumps({"Resources": resources, **more}),
    )
    return dict(cloudformation.describe_change_set(ChangeSetName=made["Id"], IncludePropertyValues=True))


def test_a_change_set_creates_a_stack(client: Any) -> None:
    cloudformation = client("cloudformation")
    made = change_set(client, {"B": BUCKET, "G": group("g", Tags=[{"Key": "a", "Value": {"Ref": "B"}}])}, "CREATE")
    assert (made["Status"], made["ExecutionStatus"]) == ("CREATE_COMPLETE", "AVAILABLE")
    assert [change["ResourceChange"]["Action"] for change in made["Changes"]] == ["Add", "Add"]
    assert "KNOWN_AFTER_APPLY" in made["Changes"][1]["ResourceChange"]["AfterContext"]
    assert cloudformation.describe_stacks(StackName="stack")["Stacks"][0]["StackStatus"] == "REVIEW_IN_PROGRESS"
    cloudformation.execute_change_set(ChangeSetName=made["ChangeSetId"])
    assert cloudformation.describe_stacks(StackName="stack")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
    statuses = [
        (event["LogicalResourceId"], event["ResourceStatus"])
        for event in reversed(cloudformation.describe_stack_events(StackName="stack")["StackEvents"])
    ]
    assert statuses == [
        ("stack", "REVIEW_IN_PROGRESS"),
        ("stack", "CREATE_IN_PROGRESS"),
        ("B", "CREATE_IN_PROGRESS"),
        ("B", "CREATE_COMPLETE"),
        ("G", "CREATE_IN_PROGRESS"),
        ("G", "CREATE_COMPLETE"),
        ("stack", "CREATE_COMPLETE"),
    ]
    with pytest.raises(cloudformation.exceptions.ChangeSetNotFoundException):
        cloudformation.describe_change_set(ChangeSetName=made["ChangeSetId"])


def test_events_have_distinct_times(client: Any, deploy: Any) -> None:
    deploy({"B": BUCKET, "C": BUCKET})
    events = client("cloudformation").describe_stack_events(StackName="stack")["StackEvents"]
    assert len({event["Timestamp"].isoformat(timespec="milliseconds") for event in events}) == len(events)


def test_a_change_set_says_what_changes_and_what_is_replaced(client: Any, deploy: Any, definition: str) -> None:
    deploy({"P": pipeline(definition), "G": group("g"), "B": BUCKET})
    changed = definition.replace('"a"', '"b"')
    resources = {"P": pipeline(changed), "G": group("other"), "C": BUCKET}
    made = change_set(client, resources, "UPDATE")
    changes = {change["ResourceChange"]["LogicalResourceId"]: change["ResourceChange"] for change in made["Changes"]}
    assert {name: change["Action"] for name, change in changes.items()} == {
        "P": "Modify",
        "G": "Modify",
        "C": "Add",
        "B": "Remove",
    }
    assert (changes["P"]["Replacement"], changes["G"]["Replacement"]) == ("False", "True")
    (detail,) = changes["P"]["Details"]
    assert detail["Target"]["Name"] == "PipelineDefinition"
    assert json.loads(detail["Target"]["AfterValue"]) == {"PipelineDefinitionBody": changed}
    plain = client("cloudformation").describe_change_set(ChangeSetName=made["ChangeSetId"])
    assert not any("AfterContext" in change["ResourceChange"] for change in plain["Changes"])


def test_references_to_a_replaced_resource_change_too(client: Any, deploy: Any) -> None:
    def resources(name: str) -> dict[str, Any]:
        arn = {"Fn::GetAtt": ["G", "ModelPackageGroupArn"]}
        parameter = {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "/g", "Type": "String", "Value": arn}}
        return {"G": group(name), "S": parameter}

    deploy(resources("one"))
    made = change_set(client, resources("two"), "UPDATE")
    assert [change["ResourceChange"]["LogicalResourceId"] for change in made["Changes"]] == ["G", "S"]
    deploy(resources("two"))
    assert client("ssm").get_parameter(Name="/g")["Parameter"]["Value"].endswith(":model-package-group/two")


def test_a_change_set_without_changes_fails_as_the_cli_expects(client: Any, deploy: Any) -> None:
    deploy({"B": BUCKET})
    made = change_set(client, {"B": BUCKET}, "UPDATE")
    assert (made["Status"], made["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert "didn't contain changes" in made["StatusReason"]
    cloudformation = client("cloudformation")
    with pytest.raises(cloudformation.exceptions.ClientError, match="No updates are to be performed"):
        deploy({"B": BUCKET})


def test_a_change_of_outputs_alone_is_a_change(deploy: Any) -> None:
    deploy({"B": BUCKET})
    stack = deploy({"B": BUCKET}, Outputs={"Name": {"Value": {"Ref": "B"}, "Description": "the bucket"}})
    assert stack["Outputs"][0]["OutputValue"].startswith("stack-b-")
    assert stack["Outputs"][0]["Description"] == "the bucket"


def test_an_update_is_in_place_and_deletes_removed_resources(client: Any, deploy: Any, definition: str) -> None:
    deploy({"P": pipeline(definition), "B": BUCKET})
    created = client("sagemaker").describe_pipeline(PipelineName="Abalone")["CreationTime"]
    stack = deploy({"P": pipeline(definition, PipelineDescription="new")})
    told = client("sagemaker").describe_pipeline(PipelineName="Abalone")
    assert (told["CreationTime"], told["PipelineDescription"]) == (created, "new")
    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    assert client("s3").list_buckets()["Buckets"] == []


def test_a_new_name_is_a_new_pipeline(client: Any, deploy: Any, definition: str) -> None:
    deploy({"P": pipeline(definition)})
    deploy({"P": pipeline(definition, "Other")})
    names = [told["PipelineName"] for told in client("sagemaker").list_pipelines()["PipelineSummaries"]]
    assert names == ["Other"]


def test_a_named_resource_that_must_be_replaced_fails_with_advice(deploy: Any, reasons: Any) -> None:
    deploy({"G": group("g", ModelPackageGroupDescription="a")})
    stack = deploy({"G": group("g", ModelPackageGroupDescription="b")})
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "Rename g and update the stack again" in reasons()[0]


def test_a_failed_creation_is_rolled_back_and_says_why(client: Any, deploy: Any, reasons: Any) -> None:
    stack = deploy({"B": BUCKET, "P": {**pipeline("not JSON"), "DependsOn": "B"}})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert client("s3").list_buckets()["Buckets"] == []
    assert "Unable to parse pipeline definition" in reasons()[0]
    assert "[P]" in client("cloudformation").describe_stack_events(StackName="stack")["StackEvents"][3][
        "ResourceStatusReason"
    ]  # fmt: skip


@pytest.mark.parametrize(("policy", "kept"), [("Retain", 1), ("RetainExceptOnCreate", 0), ("Delete", 0)])
def test_what_a_failed_creation_leaves(client: Any, deploy: Any, policy: str, kept: int) -> None:
    bucket = {**BUCKET, "DeletionPolicy": policy}
    stack = deploy({"B": bucket, "P": {**pipeline("not JSON"), "DependsOn": "B"}})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert len(client("s3").list_buckets()["Buckets"]) == kept
    events = client("cloudformation").describe_stack_events(StackName="stack")["StackEvents"]
    of_bucket = next(event["ResourceStatus"] for event in events if event["LogicalResourceId"] == "B")
    assert of_bucket == ("DELETE_SKIPPED" if kept else "DELETE_COMPLETE")


@pytest.mark.parametrize(("policy", "kept"), [("Retain", ["a", "b"]), ("Delete", ["b"])])
def test_what_a_replacement_leaves(client: Any, deploy: Any, policy: str, kept: list[str]) -> None:
    policies = {"UpdateReplacePolicy": policy, "DeletionPolicy": "Delete" if policy == "Retain" else "Retain"}
    deploy({"G": {**group("a"), **policies}})
    assert deploy({"G": {**group("b"), **policies}})["StackStatus"] == "UPDATE_COMPLETE"
    groups = client("sagemaker").list_model_package_groups()["ModelPackageGroupSummaryList"]
    assert sorted(told["ModelPackageGroupName"] for told in groups) == kept


def test_retain_except_on_create_retains_when_the_stack_is_deleted(client: Any, deploy: Any) -> None:
    deploy({"G": {**group("g"), "DeletionPolicy": "RetainExceptOnCreate"}})
    client("cloudformation").delete_stack(StackName="stack")
    assert len(client("sagemaker").list_model_package_groups()["ModelPackageGroupSummaryList"]) == 1


@pytest.mark.parametrize(
    ("resource", "more", "message"),
    [
        ({"DependsOn": "Nope"}, {}, r"Unresolved resource dependencies \[Nope\]"),
        ({"Condiiton": "Nope"}, {}, "Invalid template resource property 'Condiiton'"),
        ({"CreationPolicy": {"ResourceSignal": {"Count": 1}}}, {}, "does not wait for signals"),
        ({}, {"Transform": ["MyMacro"]}, "No transform named MyMacro"),
        ({}, {"AWSTemplateFormatVersion": "1999-01-01"}, "unsupported value for AWSTemplateFormatVersion"),
        ({}, {"Bogus": 1}, r"properties \[Bogus\]"),
        ({}, {"Hooks": {"h": {}}}, "does not do the Hooks"),
        ({}, {"Rules": {"r": {"Assertions": [{"Assert": {"Fn::Contains": [["b"], "a"]}}]}}}, "Rule r failed"),
        ({}, {"Rules": {"r": {"Assertions": [{"Assert": {"Fn::EachMemberIn": [["b"], ["a"]]}}]}}}, "Rule r failed"),
        ({}, {"Parameters": {"P": {"Type": "String", "AllowedPattern": "a+", "Default": "az"}}}, "must match pattern"),
        ({}, {"Parameters": {"P": {"Type": "String", "MaxLength": "1", "Default": "az"}}}, "at most 1 characters"),
        ({}, {"Parameters": {"P": {"Type": "String", "MinLength": 3, "Default": "az"}}}, "at least 3 characters"),
        ({}, {"Parameters": {"P": {"Type": "Number", "Default": "abc"}}}, "must be a number"),
        ({}, {"Parameters": {"P": {"Type": "Number", "MaxValue": 5, "Default": 6}}}, "not greater than 5"),
        ({}, {"Parameters": {"P": {"Type": "List<Number>", "MinValue": 5, "Default": "6,4"}}}, "not less than 5"),
    ],
)
def test_what_a_template_may_not_say_is_refused(
    client: Any, deploy: Any, resource: Any, more: Any, message: str
) -> None:
    with pytest.raises(client("cloudformation").exceptions.ClientError, match=message):
        deploy({"B": {**BUCKET, **resource}}, **more)


def test_rules_that_hold_and_parameters_as_demanded(deploy: Any) -> None:
    contains = {"Fn::Not": [{"Fn::Contains": [["1", "2"], {"Ref": "P"}]}]}
    otherwise = {"RuleCondition": {"Fn::Equals": [1, 2]}, "Assertions": [{"Assert": {"Fn::Equals": [1, 2]}}]}
    stack = deploy(
        {"B": BUCKET},
        Rules={"Of": {"Assertions": [{"Assert": contains}]}, "Otherwise": otherwise},
        Parameters={"P": {"Type": "Number", "MinValue": 1, "MaxValue": 9, "Default": 6}},
    )
    assert stack["StackStatus"] == "CREATE_COMPLETE"


def test_a_version_of_a_template_in_s3(client: Any) -> None:
    s3, cloudformation = client("s3"), client("cloudformation")
    s3.create_bucket(Bucket="old", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    s3.put_bucket_versioning(Bucket="old", VersioningConfiguration={"Status": "Enabled"})
    first, _ = (
        s3.put_object(Bucket="old", Key="t", Body=json.dumps({"Resources": {"G": group(name)}}))["VersionId"]
        for name in ("first", "second")
    )
    url = f"https://old.s3.eu-central-1.amazonaws.com/t?versionId={first}"
    cloudformation.create_stack(StackName="stack", TemplateURL=url)
    (made,) = client("sagemaker").list_model_package_groups()["ModelPackageGroupSummaryList"]
    assert made["ModelPackageGroupName"] == "first"
    with pytest.raises(cloudformation.exceptions.ClientError, match="Only one of Template URL and Template Body"):
        cloudformation.create_stack(StackName="other", TemplateURL=url, TemplateBody="{}")


@pytest.mark.parametrize(
    ("choice", "status", "left"),
    [("DO_NOTHING", "CREATE_FAILED", 1), ("ROLLBACK", "ROLLBACK_COMPLETE", 0), ("DELETE", "DELETE_COMPLETE", 0)],
)
def test_what_happens_on_failure(client: Any, choice: str, status: str, left: int) -> None:
    body = json.dumps({"Resources": {"B": BUCKET, "P": {**pipeline("not JSON"), "DependsOn": "B"}}})
    made = client("cloudformation").create_stack(StackName="stack", TemplateBody=body, OnFailure=choice)
    (stack,) = client("cloudformation").describe_stacks(StackName=made["StackId"])["Stacks"]
    assert stack["StackStatus"] == status
    assert len(client("s3").list_buckets()["Buckets"]) == left


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"OnFailure": "DELETE", "DisableRollback": True}, "either DisableRollback or OnFailure"),
        ({"TimeoutInMinutes": 1}, "does not do TimeoutInMinutes of CreateStack"),
        ({"NotificationARNs": ["arn:aws:sns:eu-central-1:111122223333:nope"]}, "does not do NotificationARNs"),
        ({"StackPolicyBody": "{}"}, "does not do StackPolicyBody"),
        ({"ResourceTypes": ["AWS::S3::*"]}, "does not do ResourceTypes"),
        ({"RetainExceptOnCreate": True}, "does not do RetainExceptOnCreate"),
        ({"Capabilities": ["BOGUS"]}, "Member must satisfy enum value set"),
    ],
)
def test_members_that_are_not_done_are_refused(client: Any, more: Any, message: str) -> None:
    with pytest.raises(client("cloudformation").exceptions.ClientError, match=message):
        client("cloudformation").create_stack(
            StackName="stack", TemplateBody=json.dumps({"Resources": {"B": BUCKET}}), **more
        )


@pytest.mark.parametrize(
    ("policies", "message"),
    [
        ({"DeletionPolicy": "Retian"}, "Unrecognized DeletionPolicy Retian for resource B"),
        ({"DeletionPolicy": "Snapshot"}, "Snapshot DeletionPolicy is not supported for resource B"),
        ({"UpdateReplacePolicy": "RetainExceptOnCreate"}, "Unrecognized UpdateReplacePolicy"),
        ({"DeletionPolicy": {"Ref": "AWS::Region"}}, "Every DeletionPolicy member must be a string"),
    ],
)
def test_a_policy_that_is_none_is_refused(client: Any, deploy: Any, policies: Any, message: str) -> None:
    with pytest.raises(client("cloudformation").exceptions.ClientError, match=message):
        deploy({"B": {**BUCKET, **policies}})


def test_a_policy_by_a_parameter_is_followed(client: Any, deploy: Any) -> None:
    more = {"Transform": "AWS::LanguageExtensions", "Parameters": {"P": {"Type": "String"}}}
    policy = {"DeletionPolicy": {"Ref": "P"}}
    deploy({"G": {**group("g"), **policy}, "B": {**BUCKET, **policy}}, parameters={"P": "Retain"}, **more)
    deploy({"G": {**group("g"), **policy}}, parameters={"P": "Retain"}, **more)
    client("cloudformation").delete_stack(StackName="stack")
    assert len(client("sagemaker").list_model_package_groups()["ModelPackageGroupSummaryList"]) == 1
    assert len(client("s3").list_buckets()["Buckets"]) == 1


def test_a_failed_update_is_rolled_back(client: Any, deploy: Any, definition: str) -> None:
    deploy({"P": pipeline(definition), "G": group("g")})
    broken = {
        "P": pipeline(definition, PipelineDescription="new"),
        "G": group("other"),
        "Q": {**pipeline("not JSON", "Q"), "DependsOn": ["P", "G"]},
    }
    stack = deploy(broken)
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert not client("sagemaker").describe_pipeline(PipelineName="Abalone").get("PipelineDescription")
    groups = client("sagemaker").list_model_package_groups()["ModelPackageGroupSummaryList"]
    assert [told["ModelPackageGroupName"] for told in groups] == ["g"]
    assert deploy({"P": pipeline(definition, PipelineDescription="newer")})["StackStatus"] == "UPDATE_COMPLETE"


def test_without_rollback_created_resources_stay(client: Any) -> None:
    resources = {"B": BUCKET, "P": {**pipeline("not JSON"), "DependsOn": "B"}}
    made = change_set(client, resources, "CREATE")
    cloudformation = client("cloudformation")
    cloudformation.execute_change_set(ChangeSetName=made["ChangeSetId"], DisableRollback=True)
    assert cloudformation.describe_stacks(StackName="stack")["Stacks"][0]["StackStatus"] == "CREATE_FAILED"
    assert len(client("s3").list_buckets()["Buckets"]) == 1


def test_an_unknown_type_is_refused_before_anything_is_created(client: Any) -> None:
    cloudformation, kind = client("cloudformation"), "AWS::GroundStation::Config"
    message = f"Unrecognized resource types: .{kind} .*not among the types"
    with pytest.raises(cloudformation.exceptions.ClientError, match=message):
        change_set(client, {"B": BUCKET, "X": {"Type": kind, "Properties": {}}}, "CREATE")
    assert cloudformation.describe_stacks()["Stacks"] == []


def test_a_reference_to_nothing_is_refused(client: Any) -> None:
    cloudformation = client("cloudformation")
    with pytest.raises(cloudformation.exceptions.ClientError, match=r"Unresolved resource dependencies \[Nope\]"):
        change_set(client, {"G": group("g", Tags=[{"Key": "a", "Value": {"Ref": "Nope"}}])}, "CREATE")


def test_a_missing_attribute_fails_the_stack(deploy: Any) -> None:
    stack = deploy({"B": BUCKET, "G": group("g", Tags=[{"Key": "a", "Value": {"Fn::GetAtt": ["B", "Nope"]}}])})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"


def test_deletion(client: Any, deploy: Any) -> None:
    stack = deploy({"B": BUCKET, "Kept": {**BUCKET, "DeletionPolicy": "Retain"}})
    cloudformation = client("cloudformation")
    cloudformation.delete_stack(StackName="stack")
    with pytest.raises(cloudformation.exceptions.ClientError, match="Stack with id stack does not exist"):
        cloudformation.describe_stacks(StackName="stack")
    gone = cloudformation.describe_stacks(StackName=stack["StackId"])["Stacks"][0]
    assert gone["StackStatus"] == "DELETE_COMPLETE"
    (kept,) = client("s3").list_buckets()["Buckets"]
    assert kept["Name"].startswith("stack-kept-")
    assert deploy({"B": BUCKET})["StackStatus"] == "CREATE_COMPLETE"


def test_a_failed_deletion_keeps_what_the_remaining_resources_need(client: Any, deploy: Any, reasons: Any) -> None:
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": trust()}}
    deploy({"R": role, "G": {**group("g"), "DependsOn": "R"}})
    client("sagemaker").create_model_package(ModelPackageGroupName="g")
    client("cloudformation").delete_stack(StackName="stack")
    assert client("cloudformation").describe_stacks(StackName="stack")["Stacks"][0]["StackStatus"] == "DELETE_FAILED"
    assert any("contains 1 Model Package" in reason for reason in reasons())
    assert any(told["RoleName"].startswith("stack-R-") for told in client("iam").list_roles()["Roles"])
    client("sagemaker").delete_model_package(
        ModelPackageName="arn:aws:sagemaker:eu-central-1:111122223333:model-package/g/1"
    )
    client("cloudformation").delete_stack(StackName="stack")
    assert client("cloudformation").describe_stacks()["Stacks"] == []


def test_a_manually_deleted_resource_does_not_prevent_deletion(client: Any, deploy: Any, definition: str) -> None:
    deploy({"P": pipeline(definition), "B": BUCKET, "G": group("g")})
    client("sagemaker").delete_pipeline(PipelineName="Abalone", ClientRequestToken="x" * 32)
    client("sagemaker").delete_model_package_group(ModelPackageGroupName="g")
    client("s3").delete_bucket(Bucket=client("s3").list_buckets()["Buckets"][0]["Name"])
    client("cloudformation").delete_stack(StackName="stack")
    assert client("cloudformation").describe_stacks()["Stacks"] == []


def test_a_protected_stack_is_not_deleted(client: Any, deploy: Any) -> None:
    deploy({"B": BUCKET})
    cloudformation = client("cloudformation")
    cloudformation.update_termination_protection(StackName="stack", EnableTerminationProtection=True)
    with pytest.raises(cloudformation.exceptions.ClientError, match="TerminationProtection is enabled"):
        cloudformation.delete_stack(StackName="stack")


def test_exports_join_stacks(client: Any, deploy: Any) -> None:
    deploy({"B": BUCKET}, "base", Outputs={"Out": {"Value": {"Ref": "B"}, "Export": {"Name": "bucket"}}})
    tag = {"Key": "bucket", "Value": {"Fn::ImportValue": "bucket"}}
    deploy({"G": group("g", Tags=[tag])}, "user")
    cloudformation = client("cloudformation")
    assert cloudformation.list_exports()["Exports"][0]["Name"] == "bucket"
    assert cloudformation.list_imports(ExportName="bucket")["Imports"] == ["user"]
    cloudformation.delete_stack(StackName="base")
    assert cloudformation.describe_stacks(StackName="base")["Stacks"][0]["StackStatus"] == "DELETE_FAILED"
    with pytest.raises(cloudformation.exceptions.ClientError, match="No export named nope found"):
        change_set(client, {"G": group("h", Tags=[{"Key": "a", "Value": {"Fn::ImportValue": "nope"}}])}, "CREATE", "x")


def weak(output: str, **more: str) -> dict[str, Any]:
    """A resource with what ``Fn::GetStackOutput`` gives for an output of the stack ``base``."""
    value = {"Fn::GetStackOutput": {"StackName": "base", "OutputName": output, **more}}
    return {"G": group("g", Tags=[{"Key": "bucket", "Value": value}])}


def tag_of_group(client: Any) -> str:
    arn = client("sagemaker").describe_model_package_group(ModelPackageGroupName="g")["ModelPackageGroupArn"]
    return str(client("sagemaker").list_tags(ResourceArn=arn)["Tags"][0]["Value"])


def test_a_weak_reference_connects_stacks_without_locking_them(client: Any, deploy: Any) -> None:
    deploy({"B": BUCKET}, "base", Outputs={"Out": {"Value": {"Ref": "B"}}})
    changes = change_set(client, weak("Out"), "CREATE", "user")["Changes"]
    bucket = client("s3").list_buckets()["Buckets"][0]["Name"]
    assert changes[0]["ResourceChange"]["LogicalResourceId"] == "G"
    client("cloudformation").execute_change_set(ChangeSetName="changes", StackName="user")
    assert tag_of_group(client) == bucket
    client("cloudformation").delete_stack(StackName="base")
    names = [stack["StackName"] for stack in client("cloudformation").describe_stacks()["Stacks"]]
    assert names == ["user"]


@pytest.mark.parametrize(
    ("output", "more", "message"),
    [
        ("Nope", {}, "found no output Nope of stack base in account 111122223333, region eu-central-1"),
        ("Out", {"StackName": "other"}, "found no stack other in account 111122223333, region eu-central-1"),
        ("Out", {"Region": "eu-west-1"}, "found no stack base in account 111122223333, region eu-west-1"),
        ("Out", {"Region": "cn-north-1"}, "cannot reach region cn-north-1 from eu-central-1"),
    ],
)
def test_a_weak_reference_to_nothing_is_refused(
    client: Any, deploy: Any, output: str, more: dict[str, str], message: str
) -> None:
    deploy({"G": group("base")}, "base", Outputs={"Out": {"Value": "v"}})
    with pytest.raises(client("cloudformation").exceptions.ClientError, match=message):
        change_set(client, weak(output, **more), "CREATE", "user")


def test_weak_references_reach_other_regions_and_accounts_that_trust_the_deployer(aws: Any, client: Any) -> None:
    other = aws.services("eu-west-1").client("cloudformation")
    base = {"Resources": {"G": group("base")}, "Outputs": {"Out": {"Value": "from afar"}}}
    other.create_stack(StackName="base", TemplateBody=json.dumps(base))
    cloudformation = client("cloudformation")
    cloudformation.create_stack(
        StackName="user", TemplateBody=json.dumps({"Resources": weak("Out", Region="eu-west-1")})
    )
    assert tag_of_group(client) == "from afar"
    cloudformation.delete_stack(StackName="user")

    far = aws._world.services("444455556666", "eu-central-1").client
    far("cloudformation").create_stack(StackName="base", TemplateBody=json.dumps(base))
    role, executor = "arn:aws:iam::444455556666:role/reader", "arn:aws:iam::111122223333:role/deployer"
    body = json.dumps({"Resources": weak("Out", RoleArn=role)})
    with pytest.raises(cloudformation.exceptions.ClientError, match=f"{executor} is not authorized .* {role}"):
        cloudformation.create_stack(StackName="user", TemplateBody=body, RoleARN=executor)
    statement = {"Effect": "Allow", "Principal": {"AWS": executor}, "Action": ["sts:AssumeRole"]}
    far("iam").create_role(RoleName="reader", AssumeRolePolicyDocument=json.dumps({"Statement": [statement]}))
    cloudformation.create_stack(StackName="user", TemplateBody=body, RoleARN=executor)
    assert tag_of_group(client) == "from afar"
    with pytest.raises(cloudformation.exceptions.ClientError, match="111122223333:root is not authorized"):
        cloudformation.create_stack(StackName="by-nobody", TemplateBody=body)


def test_conditions_and_parameters(client: Any, deploy: Any) -> None:
    client("ssm").put_parameter(Name="/version", Value="21", Type="String")
    resources = {
        "Yes": {**group({"Ref": "Name"}), "Condition": "IsNew"},  # type: ignore[arg-type]
        "No": {**group("no"), "Condition": "IsOld"},
    }
    stack = deploy(
        resources,
        Parameters={
            "Name": {"Type": "String"},
            "Version": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/version"},
        },
        Conditions={
            "IsNew": {"Fn::Equals": [{"Ref": "Version"}, "21"]},
            "IsOld": {"Fn::Not": [{"Condition": "IsNew"}]},
        },
        Outputs={"No": {"Value": "no", "Condition": "IsOld"}, "Yes": {"Value": "yes", "Condition": "IsNew"}},
        parameters={"Name": "g"},
    )
    assert [output["OutputKey"] for output in stack["Outputs"]] == ["Yes"]
    groups = client("sagemaker").list_model_package_groups()["ModelPackageGroupSummaryList"]
    assert [told["ModelPackageGroupName"] for told in groups] == ["g"]
    version = {p["ParameterKey"]: p for p in stack["Parameters"]}["Version"]
    assert (version["ParameterValue"], version["ResolvedValue"]) == ("/version", "21")


def test_a_template_from_s3_and_the_template_as_it_was_given(client: Any) -> None:
    s3, cloudformation = client("s3"), client("cloudformation")
    s3.create_bucket(Bucket="templates", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    text = json.dumps({"Resources": {"B": BUCKET}}, indent=1)
    s3.put_object(Bucket="templates", Key="a/b.json", Body=text)
    for number, url in enumerate(
        (
            f"{s3.meta.endpoint_url}/templates/a/b.json",
            "https://s3.eu-central-1.amazonaws.com/templates/a/b.json",
            "https://templates.s3.eu-central-1.amazonaws.com/a/b.json",
        )
    ):
        cloudformation.create_stack(StackName=f"s{number}", TemplateURL=url)
        # boto3 parses a JSON template that it is given.
        assert dict(cloudformation.get_template(StackName=f"s{number}")["TemplateBody"]) == json.loads(text)
        summary = cloudformation.get_template_summary(TemplateURL=url)
        assert summary["ResourceTypes"] == ["AWS::S3::Bucket"]
    with pytest.raises(cloudformation.exceptions.ClientError, match="S3 error"):
        cloudformation.create_stack(StackName="x", TemplateURL=f"{s3.meta.endpoint_url}/templates/nope")


def test_a_nested_stack(client: Any, deploy: Any, reasons: Any) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="templates", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    inner = {
        "Parameters": {"Name": {"Type": "String"}},
        "Resources": {"G": group({"Ref": "Name"})},  # type: ignore[arg-type]
        "Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["G", "ModelPackageGroupArn"]}}},
    }
    s3.put_object(Bucket="templates", Key="inner.json", Body=json.dumps(inner))

    def nested(name: str) -> dict[str, Any]:
        url = f"{s3.meta.endpoint_url}/templates/inner.json"
        properties = {"TemplateURL": url, "Parameters": {"Name": name}}
        return {"Inner": {"Type": "AWS::CloudFormation::Stack", "Properties": properties}}

    output = {"Arn": {"Value": {"Fn::GetAtt": ["Inner", "Outputs.Arn"]}}}
    assert deploy(nested("g"), Outputs=output)["Outputs"][0]["OutputValue"].endswith("/g")
    assert deploy(nested("h"), Outputs=output)["Outputs"][0]["OutputValue"].endswith("/h")
    told = client("cloudformation").describe_stacks()["Stacks"]
    (inside,) = [stack for stack in told if stack["StackName"] != "stack"]
    (outside,) = [stack for stack in told if stack["StackName"] == "stack"]
    assert inside["ParentId"] == inside["RootId"] == outside["StackId"]
    assert "RootId" not in outside
    client("cloudformation").delete_stack(StackName="stack")
    assert client("cloudformation").describe_stacks()["Stacks"] == []
    assert client("sagemaker").list_model_package_groups()["ModelPackageGroupSummaryList"] == []


def test_dynamic_references(client: Any, deploy: Any, reasons: Any) -> None:
    ssm, secret = client("ssm"), client("secretsmanager")
    ssm.put_parameter(Name="/delay", Value="5", Type="String")
    name = secret.create_secret(Name="names", SecretString=json.dumps({"queue": "mine"}))["ARN"]
    text = f"{{{{resolve:secretsmanager:{name}:SecretString:queue}}}}-{{{{resolve:ssm:/delay:1}}}}"
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": text, "DelaySeconds": "{{resolve:ssm:/delay}}"}}
    deploy({"Q": queue})
    sqs = client("sqs")
    (url,) = sqs.list_queues()["QueueUrls"]
    assert url.endswith("/mine-5")
    assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]["DelaySeconds"] == "5"
    ssm.put_parameter(Name="/delay", Value="7", Type="String", Overwrite=True)
    assert change_set(client, {"Q": queue}, "UPDATE")["Status"] == "FAILED"  # the template is the same
    deploy({"Q": {**queue, "Properties": {"QueueName": text, "DelaySeconds": "{{resolve:ssm:/delay:2}}"}}})
    assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]["DelaySeconds"] == "7"
    ssm.delete_parameter(Name="/delay")
    client("cloudformation").delete_stack(StackName="stack")
    assert "QueueUrls" not in sqs.list_queues()
    deploy({"Q": queue})
    assert reasons()[0].startswith("Could not resolve the dynamic reference {{resolve:ssm:/delay:1}}: ")


def trust() -> dict[str, Any]:
    principal = {"Service": "sagemaker.amazonaws.com"}
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}],
    }


@pytest.mark.parametrize("name", ["NotFound-cases", "NoSuch", "a-NotExist"])
def test_what_is_refused_stays_whatever_its_name_says(client: Any, deploy: Any, name: str) -> None:
    deploy({"Group": group(name)})
    container = {"Image": "111122223333.dkr.ecr.eu-central-1.amazonaws.com/i:1"}
    types = {"SupportedContentTypes": ["text/csv"], "SupportedResponseMIMETypes": ["text/csv"]}
    client("sagemaker").create_model_package(
        ModelPackageGroupName=name, InferenceSpecification={"Containers": [container], **types}
    )
    client("cloudformation").delete_stack(StackName="stack")
    (stack,) = client("cloudformation").describe_stacks()["Stacks"]
    assert stack["StackStatus"] == "DELETE_FAILED"


def test_what_is_gone_already_counts_as_deleted(client: Any, deploy: Any) -> None:
    topic, bucket = {"Type": "AWS::SNS::Topic"}, {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "gone"}}
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "gone"}}
    role = {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "gone", "AssumeRolePolicyDocument": {}}}
    deploy({"Group": group("gone"), "Topic": topic, "Bucket": bucket, "Queue": queue, "Role": role})
    client("sagemaker").delete_model_package_group(ModelPackageGroupName="gone")
    client("s3").delete_bucket(Bucket="gone")
    client("sqs").delete_queue(QueueUrl=client("sqs").get_queue_url(QueueName="gone")["QueueUrl"])
    client("iam").delete_role(RoleName="gone")
    (told,) = client("sns").list_topics()["Topics"]
    client("sns").delete_topic(TopicArn=told["TopicArn"])
    client("cloudformation").delete_stack(StackName="stack")
    assert client("cloudformation").describe_stacks()["Stacks"] == []
