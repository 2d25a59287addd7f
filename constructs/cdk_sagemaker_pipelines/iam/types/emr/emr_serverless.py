"""An EMR Serverless step: a job run in an application that exists, or in one that is made for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ....language.field import Field
from ....language.step_types import row_of
from ...environment import Environment
from ...needs import PULL, Needs, RoleNeeds
from ...permissions import ELSEWHERE, UNSAID, Permission
from .spark import objects_in, rules, service_linked_role

_LINKED = "ops.emr-serverless.amazonaws.com"
_START = ("emr-serverless:GetApplication", "emr-serverless:StartApplication", "emr-serverless:StartJobRun")
_FOLLOW = ("emr-serverless:CancelJobRun", "emr-serverless:GetJobRun")
# no page tells the rule's name; those for EMR begin so, and with the name of what they follow
_RULES = "SageMakerPipelineExecutionEMRServerless*"


def pipeline(need: Needs) -> Iterator[Permission]:
    """What the pipeline's role needs; nothing on an application that is only known at run time."""
    application, config = need.arguments.at("ApplicationId"), need.arguments.at("ApplicationConfig")
    tags = ("emr-serverless:TagResource",) if need.arguments.at("JobConfig", "tags").value else ()
    if application.name:
        arn, because = _arn(need.environment, f"applications/{application.name}"), need.because(application)
        yield Permission(_START, (arn,), because=because)
        yield Permission((*_FOLLOW, *tags), (f"{arn}/jobruns/*",), because=because)
    yield from need.undecided(application, (*_START, *_FOLLOW, *tags), "application")
    if isinstance(config.value, dict):
        yield from _created(need, config, tags)
    yield rules(need, _RULES)
    yield from need.pass_role(need.arguments.at("ExecutionRoleArn"), row_of(need.step.type).service)


def _created(need: Needs, config: Field, tags: tuple[str, ...]) -> Iterator[Permission]:
    environment, because = need.environment, need.because(config)
    if config.at("tags").value:
        tags = ("emr-serverless:TagResource",)
    # an application has its id, and so its ARN, from when it is created
    yield Permission(("emr-serverless:CreateApplication",), (_arn(environment, "*"),), because=because)
    ends = ("emr-serverless:DeleteApplication", "emr-serverless:StopApplication")
    yield Permission((*_START, *_FOLLOW, *ends, *tags), (_arn(environment, "applications/*"),), because=because)
    yield service_linked_role(need, _LINKED, "AWSServiceRoleForAmazonEMRServerless", config)
    network = config.at("networkConfiguration")
    if isinstance(network.value, dict):
        arns = [environment.arn("ec2", "network-interface/*")]
        for kind, key in (("subnet", "subnetIds"), ("security-group", "securityGroupIds")):
            names = [item.value for item in network.at(key).items() if isinstance(item.value, str)]
            arns += [environment.arn("ec2", f"{kind}/{name}") for name in names]
        only = {"StringEquals": {"aws:CalledViaLast": _LINKED}}
        yield Permission(("ec2:CreateNetworkInterface",), tuple(arns), only, because)


def _arn(environment: Environment, resource: str) -> str:
    # the resource begins with a slash in this service's ARNs
    return environment.arn("emr-serverless", f"/{resource}")


def jobs(need: Needs) -> RoleNeeds:
    """What the job's role needs: its code, its logs, and the data that the step names."""
    role, config = need.step.arguments.get("ExecutionRoleArn"), need.arguments.at("JobConfig")
    for driver, key in (
        ("sparkSubmit", "entryPoint"),
        ("sparkSubmit", "sparkSubmitParameters"),
        ("hive", "query"),
        ("hive", "initQueryFile"),
    ):
        yield from need.of(role, objects_in(need, config.at("jobDriver", driver, key)))
    # what an application says holds for its job runs
    application = need.arguments.at("ApplicationConfig")
    for settings in (config.at("configurationOverrides"), application):
        yield from need.of(role, _logs(need, settings.at("monitoringConfiguration")))
        yield from need.of(role, need.output_key(settings.at("diskEncryptionConfiguration"), "encryptionKeyArn"))
    for path, actions, what in _NOTED:
        for field in application.every(*path.split(".")):
            yield role, need.note(actions, what, UNSAID, field)


_IMAGE = "role that pulls the image"
_NOTED: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("imageConfiguration.imageUri", PULL, _IMAGE),
    ("workerTypeSpecifications", PULL, _IMAGE),
    ("identityCenterConfiguration.identityCenterInstanceArn", (), "use of the Identity Center"),
)
"""What an application names that leads to no known permission: its path, what may be needed, and what is not known."""


def _logs(need: Needs, monitoring: Field) -> Iterator[Permission]:
    cloud_watch = monitoring.at("cloudWatchLoggingConfiguration")
    for url in monitoring.every("prometheusMonitoringConfiguration", "remoteWriteUrl"):
        yield need.note(("aps:RemoteWrite",), "workspace of the metrics", ELSEWHERE, url)
    for key in cloud_watch.every("encryptionKeyArn"):
        yield need.note(("logs:AssociateKmsKey",), "role that needs the key of the logs", UNSAID, key)
    yield from need.write(monitoring, "s3MonitoringConfiguration", "logUri")
    for kind in ("s3MonitoringConfiguration", "managedPersistenceMonitoringConfiguration"):
        yield from need.output_key(monitoring.at(kind), "encryptionKeyArn")
    if cloud_watch.at("enabled").value is True:
        name = replace(monitoring, value=cloud_watch.at("logGroupName").value or "/aws/emr-serverless")
        actions = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")
        yield from need.undecided(name, actions, "log group")
        if name.name:
            group = need.environment.arn("logs", f"log-group:{name.name}")
            yield Permission(actions, (group, f"{group}:*"), because=need.because(monitoring))
        # the service looks for the group among all
        all_groups = need.environment.arn("logs", "*")
        yield Permission(("logs:DescribeLogGroups",), (all_groups,), because=need.because(monitoring))
