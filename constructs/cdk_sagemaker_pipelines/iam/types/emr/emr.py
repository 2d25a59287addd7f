"""An EMR step: on a cluster that exists, or on one that is made for it and ends with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ....language.field import Field
from ...environment import Environment
from ...needs import Needs, RoleElsewhere, RoleNeeds
from ...permissions import ELSEWHERE, UNSAID, Permission
from .spark import objects_in, rules, service_linked_role

SERVICE, NODES = "elasticmapreduce", "ec2"
"""Who takes the roles of clusters and of their nodes: their principals end as their partition does."""
# all but AddJobFlowSteps, which takes a condition of its own
_FOLLOW = (
    "elasticmapreduce:CancelSteps",
    "elasticmapreduce:DescribeCluster",
    "elasticmapreduce:DescribeStep",
    "elasticmapreduce:ListSteps",
)
_RUN_STEPS = ("elasticmapreduce:AddJobFlowSteps", *_FOLLOW)
_RUN = (*_RUN_STEPS, "elasticmapreduce:RunJobFlow", "elasticmapreduce:TerminateJobFlows")
_STEP_RULE = "SageMakerPipelineExecutionEMRStepStatusUpdateRule"
# AWS's own policy calls it one way, the guide the other
_CLUSTER_RULES = (
    "SageMakerPipelineExecutionEMRClusterStatusRule",
    "SageMakerPipelineExecutionEMRClusterStatusUpdateRule",
)


def pipeline(need: Needs) -> Iterator[Permission]:
    """What the pipeline's role needs; nothing on a cluster that is only known at run time."""
    cluster, config = need.arguments.at("ClusterId"), need.arguments.at("ClusterConfig")
    if cluster.name:
        arn = need.environment.arn("elasticmapreduce", f"cluster/{cluster.name}")
        role, because = need.arguments.at("ExecutionRoleArn"), need.because(cluster)
        told = isinstance(role.value, str)
        only = {"StringEquals": {"elasticmapreduce:ExecutionRoleArn": role.value}} if told else {}
        with_role = (*because, *need.because(role)) if told else because
        yield Permission(("elasticmapreduce:AddJobFlowSteps",), (arn,), only, with_role)
        yield Permission(_FOLLOW, (arn,), because=because)
    yield from need.undecided(cluster, _RUN_STEPS, "cluster")
    if cluster.given:
        yield rules(need, _STEP_RULE, field=cluster)
    if isinstance(config.value, dict):
        yield from _created(need, config)


def _created(need: Needs, config: Field) -> Iterator[Permission]:
    environment = need.environment
    tags = ("elasticmapreduce:AddTags",) if config.at("Tags").value else ()
    # EMR gives the cluster its id when it is created
    clusters = environment.arn("elasticmapreduce", "cluster/*")
    yield Permission((*_RUN, *tags), (clusters,), because=need.because(config))
    yield rules(need, *_CLUSTER_RULES, _STEP_RULE, field=config)
    yield service_linked_role(need, environment.names_of(SERVICE), "AWSServiceRoleForEMRCleanup", config)
    for key, service in (
        ("ServiceRole", SERVICE),
        ("JobFlowRole", NODES),  # an instance profile, which for EMR has the name of its role
        ("AutoScalingRole", "application-autoscaling"),
    ):
        role = config.at(key)
        told = replace(role, value=_role_arn(role.value, environment))
        yield from need.pass_role(told, environment.names_of(service))


def _role_arn(role: Any, environment: Environment) -> Any:
    """The ARN of a role that may be given by its name; an expression as it is."""
    if not isinstance(role, str) or not role:
        return role
    arn = role.replace(":instance-profile/", ":role/")
    return arn if arn.startswith("arn:") else f"arn:{environment.partition}:iam::{environment.account}:role/{role}"


_LOG_GROUP = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")
_CAPACITY = "Instances.InstanceFleets[].{}.CapacityReservationOptions.CapacityReservationResourceGroupArn"
_IN_GROUP = ("resource-groups:ListGroupResources",)
_GROUP = "role that looks up the reserved capacity"
_CLOUD_WATCH = "MonitoringConfiguration.CloudWatchLogConfiguration"
_NOTED: tuple[tuple[str, tuple[str, ...], str, str], ...] = (
    ("SecurityConfiguration", ("kms:Decrypt", "kms:GenerateDataKey"), "content of the configuration", ELSEWHERE),
    (_CAPACITY.format("LaunchSpecifications.OnDemandSpecification"), _IN_GROUP, _GROUP, UNSAID),
    (_CAPACITY.format("ResizeSpecifications.OnDemandResizeSpecification"), _IN_GROUP, _GROUP, UNSAID),
    (f"{_CLOUD_WATCH}.LogGroupName", _LOG_GROUP, "role that writes the logs", UNSAID),
    (f"{_CLOUD_WATCH}.EncryptionKeyArn", (), "role that needs the key of the logs", UNSAID),
    ("StepExecutionRoleArn", ("iam:PassRole",), "use of the role", UNSAID),
)
"""What a cluster names that leads to no known permission: its path, what may be needed, what is not known, and why."""


def jobs(need: Needs) -> RoleNeeds:
    """What the step's role needs: the runtime role, or else that of the cluster's instances where it is known."""
    access = next(iter(need.environment.accesses.get(need.step.name, ())), None)
    elsewhere = RoleElsewhere("cluster's instances", "ClusterId")
    role = need.step.arguments.get("ExecutionRoleArn") or (elsewhere if access is None else access.role)
    step = need.arguments.at("StepConfig")
    logs = step.at("StepMonitoringConfiguration", "S3MonitoringConfiguration")
    yield from need.of(role, objects_in(need, step.at("HadoopJarStep", "Jar")))
    yield from need.of(role, need.write(logs, "LogUri"))
    yield from need.of(role, need.output_key(logs, "EncryptionKeyArn"))
    yield from need.of(role, _of_instances(need, need.arguments.at("ClusterConfig")))


def _of_instances(need: Needs, config: Field) -> Iterator[Permission]:
    """What the nodes of a cluster that is made for the step do before they run it."""
    yield from need.write(config.at("LogUri"))
    yield from need.output_key(config.at("LogEncryptionKmsKeyId"))
    for path, actions, what, why in _NOTED:
        for field in config.every(*path.split(".")):
            yield need.note(actions, what, why, field)
    for action in config.at("BootstrapActions").items():
        yield from objects_in(need, action, "ScriptBootstrapAction", "Path")
