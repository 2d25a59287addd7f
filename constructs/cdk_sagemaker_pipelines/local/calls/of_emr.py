"""The values of steps on EMR: on a cluster that there is, on one of their own, and serverless."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .attempt import Attempt, Use
from .places import code, file, is_place, written

_JOB = "JobConfig.configurationOverrides.monitoringConfiguration"
_APPLICATION = "ApplicationConfig.monitoringConfiguration"
_PLACE = re.compile(r"s3a?://[^\s,'\"]+")


def emr(attempt: Attempt) -> Iterator[Use]:
    """A step on a cluster, with the roles of the cluster where it has one of its own."""
    config = "ClusterConfig"
    nodes, service = (_role(attempt, f"{config}.{name}") for name in ("JobFlowRole", "ServiceRole"))
    runtime = attempt.text("ExecutionRoleArn")
    job = runtime or nodes
    if attempt.text("ClusterId"):
        values = {"cluster": attempt.text("ClusterId"), "runtime_role": runtime}
        yield attempt.use(values, *(() if runtime else ("no runtime role",)), job=job)
    else:
        made = {
            "made_cluster": "j-1A2B3C4D5E6F7",
            "instance_role": nodes,
            "service_role": service,
            "scaling_role": _role(attempt, f"{config}.AutoScalingRole"),
        }
        tags = ("tags on the cluster",) if attempt.has(f"{config}.Tags") else ()
        yield attempt.use(made, "cluster of its own", *tags, job=job, nodes=nodes, emr=service)
    for uri in attempt.texts("StepConfig.HadoopJarStep.Jar", "StepConfig.HadoopJarStep.Args[]"):
        if is_place(uri) and uri.endswith((".jar", ".py", ".zip")):
            yield attempt.use(code("code", uri), job=job)
    for uri in filter(is_place, attempt.texts(f"{config}.LogUri")):
        yield attempt.use(written(attempt, "log", uri), nodes=nodes, job=job)
    for uri in filter(is_place, attempt.texts(f"{config}.BootstrapActions[].ScriptBootstrapAction.Path")):
        yield attempt.use(file(attempt, "bootstrap", uri), nodes=nodes)


def emr_serverless(attempt: Attempt) -> Iterator[Use]:
    """A run of a job in an application that there is, or in one of its own."""
    job = attempt.text("ExecutionRoleArn")
    run = {"job_role": job, "run": "00f1a2b3c4d5e6f7"}
    tags = ("tags",) if attempt.has("JobConfig.tags", "ApplicationConfig.tags") else ()
    if attempt.text("ApplicationId"):
        yield attempt.use({**run, "application": attempt.text("ApplicationId")}, *tags, job=job)
    else:
        made = {**run, "made_application": "00f1a2b3c4d5e6f8"}
        yield attempt.use(made, "application of its own", *tags, job=job)
    for subnet in attempt.texts("ApplicationConfig.networkConfiguration.subnetIds[]"):
        yield attempt.use({"interface": "eni-1a2b3c4d", "subnet": subnet}, job=job)
    for group in attempt.texts("ApplicationConfig.networkConfiguration.securityGroupIds[]"):
        yield attempt.use({"interface": "eni-1a2b3c4d", "security_group": group}, job=job)
    driver = "JobConfig.jobDriver"
    scripts = ("sparkSubmit.entryPoint", "hive.query", "hive.initQueryFile")
    for uri in filter(is_place, attempt.texts(*(f"{driver}.{name}" for name in scripts))):
        yield attempt.use(file(attempt, "main", uri), job=job)
    for uri in _PLACE.findall(attempt.text(f"{driver}.sparkSubmit.sparkSubmitParameters")):
        yield attempt.use(file(attempt, "main", uri), job=job)
    yield from _logs(attempt, job)


def _logs(attempt: Attempt, job: str) -> Iterator[Use]:
    for start in (_JOB, _APPLICATION):
        for uri in filter(is_place, attempt.texts(f"{start}.s3MonitoringConfiguration.logUri")):
            yield attempt.use(written(attempt, "log", uri), job=job)
        kept = ("s3MonitoringConfiguration", "managedPersistenceMonitoringConfiguration")
        for key in attempt.texts(*(f"{start}.{name}.encryptionKeyArn" for name in kept)):
            yield attempt.use({"log_key": key}, job=job)
        for watched in attempt.every(f"{start}.cloudWatchLoggingConfiguration"):
            if watched.get("enabled"):
                group = watched.get("logGroupName") or "/aws/emr-serverless"
                yield attempt.use({"log_group": group}, "log group", job=job)
    for path in ("JobConfig.configurationOverrides", "ApplicationConfig"):
        for key in attempt.texts(f"{path}.diskEncryptionConfiguration.encryptionKeyArn"):
            yield attempt.use({"log_key": key}, job=job)


def _role(attempt: Attempt, path: str) -> str:
    """The ARN of a role that EMR knows by its name, or by that of the instance profile that has it."""
    name = attempt.text(path)
    held = attempt.known.described("InstanceProfile", name) if name else None
    return str((held or {}).get("RoleArn") or "") or attempt.role_arn(name)
