"""An EMR Serverless step: a job run in an application that exists, or in one that is made for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ....language import Definition, StepView
from ....language.step_types import row_of
from ...environment import Environment
from ...following import every
from ...needs import PULL, Needs, RoleNeeds, elements, member, pass_role
from ...permissions import ELSEWHERE, UNSAID, Permission
from .spark import objects_in, rules, service_linked_role

_LINKED = "ops.emr-serverless.amazonaws.com"
_START = ("emr-serverless:GetApplication", "emr-serverless:StartApplication", "emr-serverless:StartJobRun")
_FOLLOW = ("emr-serverless:CancelJobRun", "emr-serverless:GetJobRun")
# no page tells the rule's name; those for EMR begin so, and with the name of what they follow
_RULES = ("SageMakerPipelineExecutionEMRServerless*",)


def pipeline(definition: Definition, step: StepView, environment: Environment) -> Iterator[Permission]:
    """What the pipeline's role needs; nothing on an application that is known at run time only."""
    application, config = step.arguments.get("ApplicationId"), step.arguments.get("ApplicationConfig")
    tags = ("emr-serverless:TagResource",) if member(step.arguments, "JobConfig", "tags") else ()
    if isinstance(application, str) and application:
        arn, because = _arn(environment, f"applications/{application}"), (f"{step.name}: ApplicationId",)
        yield Permission(_START, (arn,), because=because)
        yield Permission((*_FOLLOW, *tags), (f"{arn}/jobruns/*",), because=because)
    yield from Needs(definition, step, environment).undecided(
        application, (*_START, *_FOLLOW, *tags), "application", "ApplicationId"
    )
    if isinstance(config, Mapping):
        yield from _created(step, config, tags, environment)
    yield rules(_RULES, f"{step.name}: {step.type}", environment)
    yield from pass_role(
        step.arguments.get("ExecutionRoleArn"), row_of(step.type).service, f"{step.name}: ExecutionRoleArn"
    )


def _created(
    step: StepView, config: Mapping[str, Any], tags: tuple[str, ...], environment: Environment
) -> Iterator[Permission]:
    because = (f"{step.name}: ApplicationConfig",)
    if config.get("tags"):
        tags = ("emr-serverless:TagResource",)
    # an application has its id, and so its ARN, from when it is created
    yield Permission(("emr-serverless:CreateApplication",), (_arn(environment, "*"),), because=because)
    ends = ("emr-serverless:DeleteApplication", "emr-serverless:StopApplication")
    yield Permission((*_START, *_FOLLOW, *ends, *tags), (_arn(environment, "applications/*"),), because=because)
    yield service_linked_role(_LINKED, "AWSServiceRoleForAmazonEMRServerless", because[0], environment)
    network = config.get("networkConfiguration")
    if isinstance(network, Mapping):
        arns = [environment.arn("ec2", "network-interface/*")]
        for kind, key in (("subnet", "subnetIds"), ("security-group", "securityGroupIds")):
            known = [name for name in elements(network, key) if isinstance(name, str)]
            arns += [environment.arn("ec2", f"{kind}/{name}") for name in known]
        only = {"StringEquals": {"aws:CalledViaLast": _LINKED}}
        yield Permission(("ec2:CreateNetworkInterface",), tuple(arns), only, because)


def _arn(environment: Environment, resource: str) -> str:
    # the resource begins with a slash in this service's ARNs
    return environment.arn("emr-serverless", f"/{resource}")


def jobs(definition: Definition, step: StepView, environment: Environment) -> RoleNeeds:
    """What the job's role needs: its code, its logs, and the data that the step names."""
    need = Needs(definition, step, environment)
    role, config = step.arguments.get("ExecutionRoleArn"), step.arguments.get("JobConfig")
    for driver, key in (
        ("sparkSubmit", "entryPoint"),
        ("sparkSubmit", "sparkSubmitParameters"),
        ("hive", "query"),
        ("hive", "initQueryFile"),
    ):
        where = f"JobConfig.jobDriver.{driver}.{key}"
        yield from need.of(role, objects_in(need, member(config, "jobDriver", driver, key), where))
    # what an application says holds for its job runs
    application = step.arguments.get("ApplicationConfig")
    for where, settings in (
        ("JobConfig.configurationOverrides", member(config, "configurationOverrides")),
        ("ApplicationConfig", application),
    ):
        yield from need.of(role, _logs(need, settings, where, environment))
        key = member(settings, "diskEncryptionConfiguration", "encryptionKeyArn")
        yield from need.of(role, need.output_key(key, f"{where}.diskEncryptionConfiguration"))
    for path, actions, what in _NOTED:
        for where, _ in every(application, *path.split("."), where="ApplicationConfig"):
            yield role, need.note(actions, what, UNSAID, where)


_IMAGE = "role that pulls the image"
_NOTED: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("imageConfiguration.imageUri", PULL, _IMAGE),
    ("workerTypeSpecifications", PULL, _IMAGE),
    ("identityCenterConfiguration.identityCenterInstanceArn", (), "use of the Identity Center"),
)
"""What an application names that leads to no known permission: its path, what may be needed, and what is not known."""


def _logs(need: Needs, settings: Any, above: str, environment: Environment) -> Iterator[Permission]:
    monitoring, where = member(settings, "monitoringConfiguration"), f"{above}.monitoringConfiguration"
    remote = member(monitoring, "prometheusMonitoringConfiguration", "remoteWriteUrl")
    if remote is not None:
        at = f"{where}.prometheusMonitoringConfiguration.remoteWriteUrl"
        yield need.note(("aps:RemoteWrite",), "workspace of the metrics", ELSEWHERE, at)
    key = member(monitoring, "cloudWatchLoggingConfiguration", "encryptionKeyArn")
    if key is not None:
        at = f"{where}.cloudWatchLoggingConfiguration.encryptionKeyArn"
        yield need.note(("logs:AssociateKmsKey",), "role that needs the key of the logs", UNSAID, at)
    yield from need.write(member(monitoring, "s3MonitoringConfiguration", "logUri"), where)
    for kind in ("s3MonitoringConfiguration", "managedPersistenceMonitoringConfiguration"):
        yield from need.output_key(member(monitoring, kind, "encryptionKeyArn"), f"{where}.{kind}")
    cloud_watch = member(monitoring, "cloudWatchLoggingConfiguration")
    if member(cloud_watch, "enabled") is True:
        name = member(cloud_watch, "logGroupName") or "/aws/emr-serverless"
        actions = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")
        yield from need.undecided(name, actions, "log group", where)
        if isinstance(name, str):
            group = environment.arn("logs", f"log-group:{name}")
            yield Permission(actions, (group, f"{group}:*"), because=need.because(where))
        # the service looks for the group among all
        yield Permission(("logs:DescribeLogGroups",), (environment.arn("logs", "*"),), because=need.because(where))
