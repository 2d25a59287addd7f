"""What a local AWS holds, as its API tells it: the same before and after a restart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def held(client: Any) -> dict[str, Any]:
    """Everything, by a name of its own; ``client(name)`` is a boto3 client.

    Lists of structures have no order, and events of logs no id: moto numbers those in its process.
    """
    return {name: _plain(value) for read in _READERS for name, value in read(client)}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if key not in ("ResponseMetadata", "eventId")}
    if hasattr(value, "read"):
        return value.read()
    if isinstance(value, list):
        plain = [_plain(item) for item in value]
        return sorted(plain, key=str) if all(isinstance(item, dict) for item in plain) else plain
    return value


def _all(client: Any, operation: str, member: str, **arguments: Any) -> list[Any]:
    if client.can_paginate(operation):
        pages = client.get_paginator(operation).paginate(**arguments)
        return [item for page in pages for item in page.get(member, [])]
    return list(getattr(client, operation)(**arguments).get(member, []))


def _stacks(client: Any) -> Iterator[tuple[str, Any]]:
    cloudformation = client("cloudformation")
    for stack in _all(cloudformation, "list_stacks", "StackSummaries"):
        name = stack["StackId"]
        yield f"stack {name}", cloudformation.describe_stacks(StackName=name)
        yield f"resources of {name}", cloudformation.describe_stack_resources(StackName=name)
        yield f"events of {name}", cloudformation.describe_stack_events(StackName=name)
        yield f"template of {name}", cloudformation.get_template(StackName=name)
    yield "exports", cloudformation.list_exports()


def _buckets(client: Any) -> Iterator[tuple[str, Any]]:
    s3 = client("s3")
    for bucket in s3.list_buckets()["Buckets"]:
        name = bucket["Name"]
        yield f"bucket {name}", bucket
        for read in (
            "encryption",
            "versioning",
            "policy",
            "tagging",
            "lifecycle_configuration",
            "notification_configuration",
        ):
            yield f"{read} of {name}", _told(getattr(s3, f"get_bucket_{read}"), Bucket=name)
        for version in _all(s3, "list_object_versions", "Versions", Bucket=name):
            place = {"Bucket": name, "Key": version["Key"], "VersionId": version["VersionId"]}
            yield f"object {place}", version
            yield f"content of {place}", s3.get_object(**place)


def _identities(client: Any) -> Iterator[tuple[str, Any]]:
    iam = client("iam")
    for role in _all(iam, "list_roles", "Roles"):
        name = role["RoleName"]
        yield f"role {name}", role
        for policy in _all(iam, "list_role_policies", "PolicyNames", RoleName=name):
            yield f"policy {name}/{policy}", iam.get_role_policy(RoleName=name, PolicyName=policy)
        yield f"policies of {name}", _all(iam, "list_attached_role_policies", "AttachedPolicies", RoleName=name)
    yield "policies", _all(iam, "list_policies", "Policies", Scope="Local")
    for user in _all(iam, "list_users", "Users"):
        yield f"user {user['UserName']}", user
        yield f"keys of {user['UserName']}", iam.list_access_keys(UserName=user["UserName"])


def _others(client: Any) -> Iterator[tuple[str, Any]]:
    kms, sqs, functions, logs = client("kms"), client("sqs"), client("lambda"), client("logs")
    for key in _all(kms, "list_keys", "Keys"):
        yield f"key {key['KeyId']}", kms.describe_key(KeyId=key["KeyId"])
        yield f"policy of key {key['KeyId']}", kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")
    yield "aliases", _all(kms, "list_aliases", "Aliases")
    for url in sqs.list_queues().get("QueueUrls", []):
        yield f"queue {url}", sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    for function in _all(functions, "list_functions", "Functions"):
        yield f"function {function['FunctionName']}", functions.get_function(FunctionName=function["FunctionName"])
    yield "sources", _all(functions, "list_event_source_mappings", "EventSourceMappings")
    for group in _all(logs, "describe_log_groups", "logGroups"):
        name = group["logGroupName"]
        yield f"log group {name}", group
        yield f"log of {name}", _all(logs, "filter_log_events", "events", logGroupName=name)
    yield "topics", _all(client("sns"), "list_topics", "Topics")
    yield "subscriptions", _all(client("sns"), "list_subscriptions", "Subscriptions")
    yield "parameters", _all(client("ssm"), "get_parameters_by_path", "Parameters", Path="/", Recursive=True)
    yield "secrets", _all(client("secretsmanager"), "list_secrets", "SecretList")
    events = client("events")
    for bus in _all(events, "list_event_buses", "EventBuses"):
        yield f"bus {bus['Name']}", bus
        for rule in _all(events, "list_rules", "Rules", EventBusName=bus["Name"]):
            at = {"Rule": rule["Name"], "EventBusName": bus["Name"]}
            yield f"rule {at}", rule
            yield f"targets of {at}", _all(events, "list_targets_by_rule", "Targets", **at)
    yield "archives", _all(events, "list_archives", "Archives")
    yield "repositories", _all(client("ecr"), "describe_repositories", "repositories")
    yield "alarms", _all(client("cloudwatch"), "describe_alarms", "MetricAlarms")
    for kind in ("vpcs", "subnets", "security_groups", "route_tables", "nat_gateways", "vpc_endpoints"):
        member = {"nat_gateways": "NatGateways"}.get(kind, "".join(part.title() for part in kind.split("_")))
        yield kind, _all(client("ec2"), f"describe_{kind}", member)


def _sagemaker(client: Any) -> Iterator[tuple[str, Any]]:
    sagemaker = client("sagemaker")
    for pipeline in _all(sagemaker, "list_pipelines", "PipelineSummaries"):
        name = pipeline["PipelineName"]
        yield f"pipeline {name}", sagemaker.describe_pipeline(PipelineName=name)
        yield f"versions of {name}", sagemaker.list_pipeline_versions(PipelineName=name)
        yield f"tags of {name}", sagemaker.list_tags(ResourceArn=pipeline["PipelineArn"])
        for run in _all(sagemaker, "list_pipeline_executions", "PipelineExecutionSummaries", PipelineName=name):
            arn = {"PipelineExecutionArn": run["PipelineExecutionArn"]}
            yield f"execution {arn}", sagemaker.describe_pipeline_execution(**arn)
            yield f"steps of {arn}", _all(sagemaker, "list_pipeline_execution_steps", "PipelineExecutionSteps", **arn)
            yield f"parameters of {arn}", sagemaker.list_pipeline_parameters_for_execution(**arn)
    for kind, plural in (("training", "TrainingJob"), ("processing", "ProcessingJob"), ("transform", "TransformJob")):
        for job in _all(sagemaker, f"list_{kind}_jobs", f"{plural}Summaries"):
            name = job[f"{plural}Name"]
            yield f"job {name}", getattr(sagemaker, f"describe_{kind}_job")(**{f"{plural}Name": name})
            yield f"tags of {name}", sagemaker.list_tags(ResourceArn=job[f"{plural}Arn"])
    for model in _all(sagemaker, "list_models", "Models"):
        yield f"model {model['ModelName']}", sagemaker.describe_model(ModelName=model["ModelName"])
    for group in _all(sagemaker, "list_model_package_groups", "ModelPackageGroupSummaryList"):
        name = group["ModelPackageGroupName"]
        yield f"group {name}", sagemaker.describe_model_package_group(ModelPackageGroupName=name)
        for package in _all(sagemaker, "list_model_packages", "ModelPackageSummaryList", ModelPackageGroupName=name):
            arn = package["ModelPackageArn"]
            yield f"package {arn}", sagemaker.describe_model_package(ModelPackageName=arn)
    for endpoint in _all(sagemaker, "list_endpoints", "Endpoints"):
        name = endpoint["EndpointName"]
        yield f"endpoint {name}", sagemaker.describe_endpoint(EndpointName=name)


def _told(operation: Any, **arguments: Any) -> Any:
    try:
        return operation(**arguments)
    except operation.__self__.exceptions.ClientError as error:
        return error.response["Error"]["Code"]


_READERS = (_stacks, _buckets, _identities, _others, _sagemaker)
