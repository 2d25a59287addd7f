"""An EMR step: on a cluster that exists, or on one that is made for it and ends with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ....language import Definition, StepView
from ...environment import Environment
from ...following import every
from ...needs import Needs, RoleElsewhere, RoleNeeds, elements, member, pass_role
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


def pipeline(definition: Definition, step: StepView, environment: Environment) -> Iterator[Permission]:
    """What the pipeline's role needs; nothing on a cluster that is known at run time only."""
    cluster, config = step.arguments.get("ClusterId"), step.arguments.get("ClusterConfig")
    if isinstance(cluster, str) and cluster:
        arn = environment.arn("elasticmapreduce", f"cluster/{cluster}")
        role = step.arguments.get("ExecutionRoleArn")
        only = {"StringEquals": {"elasticmapreduce:ExecutionRoleArn": role}} if isinstance(role, str) else {}
        because = (f"{step.name}: ClusterId",)
        with_role = (*because, f"{step.name}: ExecutionRoleArn") if only else because
        yield Permission(("elasticmapreduce:AddJobFlowSteps",), (arn,), only, with_role)
        yield Permission(_FOLLOW, (arn,), because=because)
    yield from Needs(definition, step, environment).undecided(cluster, _RUN_STEPS, "cluster", "ClusterId")
    if cluster is not None:
        yield rules((_STEP_RULE,), f"{step.name}: ClusterId", environment)
    if isinstance(config, Mapping):
        yield from _created(step, config, environment)


def _created(step: StepView, config: Mapping[str, Any], environment: Environment) -> Iterator[Permission]:
    because = f"{step.name}: ClusterConfig"
    tags = ("elasticmapreduce:AddTags",) if config.get("Tags") else ()
    # EMR gives the cluster its id when it is created
    yield Permission((*_RUN, *tags), (environment.arn("elasticmapreduce", "cluster/*"),), because=(because,))
    yield rules((*_CLUSTER_RULES, _STEP_RULE), because, environment)
    yield service_linked_role(environment.names_of(SERVICE), "AWSServiceRoleForEMRCleanup", because, environment)
    for key, service in (
        ("ServiceRole", SERVICE),
        ("JobFlowRole", NODES),  # an instance profile, which for EMR has the name of its role
        ("AutoScalingRole", "application-autoscaling"),
    ):
        yield from pass_role(_role_arn(config.get(key), environment), environment.names_of(service), f"{because}.{key}")


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


def jobs(definition: Definition, step: StepView, environment: Environment) -> RoleNeeds:
    """What the step's role needs: the runtime role, or else that of the cluster's instances where it is known."""
    need = Needs(definition, step, environment)
    access = next(iter(environment.accesses.get(step.name, ())), None)
    elsewhere = RoleElsewhere("cluster's instances", "ClusterId")
    role = step.arguments.get("ExecutionRoleArn") or (elsewhere if access is None else access.role)
    jar = member(step.arguments, "StepConfig", "HadoopJarStep", "Jar")
    yield from need.of(role, objects_in(need, jar, "StepConfig.HadoopJarStep.Jar"))
    logs, where = ("StepConfig", "StepMonitoringConfiguration", "S3MonitoringConfiguration"), "StepConfig"
    yield from need.of(role, need.write(member(step.arguments, *logs, "LogUri"), f"{where}.{'.'.join(logs[1:])}"))
    key = member(step.arguments, *logs, "EncryptionKeyArn")
    yield from need.of(role, need.output_key(key, f"{where}.{'.'.join(logs[1:])}"))
    yield from need.of(role, _of_instances(need, step.arguments.get("ClusterConfig")))


def _of_instances(need: Needs, config: Any) -> Iterator[Permission]:
    """What the nodes of a cluster that is made for the step do before they run it."""
    yield from need.write(member(config, "LogUri"), "ClusterConfig.LogUri")
    yield from need.output_key(member(config, "LogEncryptionKmsKeyId"), "ClusterConfig.LogEncryptionKmsKeyId")
    for path, actions, what, why in _NOTED:
        for where, _ in every(config, *path.split("."), where="ClusterConfig"):
            yield need.note(actions, what, why, where)
    for index, action in enumerate(elements(config, "BootstrapActions") if isinstance(config, Mapping) else ()):
        where = f"ClusterConfig.BootstrapActions[{index}]"
        yield from objects_in(need, member(action, "ScriptBootstrapAction", "Path"), where)
