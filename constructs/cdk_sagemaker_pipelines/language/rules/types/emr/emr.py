"""EMR and EMR Serverless: what a step runs on.

Source: "Amazon EMR step" of the developer guide; the checks of the SDK's own steps. Settings that are not allowed for
a step's own cluster are left out of the request's shape.
"""

from __future__ import annotations

from collections.abc import Iterator

from ....field import Field
from ....findings import Finding
from ...over import over


@over("EMR")
def emr_clusters(arguments: Field) -> Iterator[Finding]:
    """The cluster exists already, or the step creates one."""
    yield from arguments.exactly_one("emr-cluster", "ClusterId", "ClusterConfig")
    role = arguments.at("ExecutionRoleArn")
    if role.given and not arguments.at("ClusterId").given:
        yield role.finding("emr-runtime-role", "is for an existing cluster; leave it out, or give ClusterId")


@over("EMR")
def emr_instances(arguments: Field) -> Iterator[Finding]:
    """The instances of a cluster are in groups or in fleets."""
    instances = arguments.at("ClusterConfig", "Instances")
    yield from instances.exactly_one("emr-instances", "InstanceGroups", "InstanceFleets")


@over("EMRServerless")
def serverless_applications(arguments: Field) -> Iterator[Finding]:
    """The application exists already, or the step creates one."""
    yield from arguments.exactly_one("serverless-application", "ApplicationId", "ApplicationConfig")


@over("EMRServerless")
def serverless_repetitions(arguments: Field) -> Iterator[Finding]:
    """What the job repeats from the step is the same in both."""
    job = arguments.at("JobConfig")
    for outer, inner in (("ExecutionRoleArn", "executionRoleArn"), ("ApplicationId", "applicationId")):
        ours, theirs = job.at(inner), arguments.at(outer)
        if ours.given and theirs.given and ours.value != theirs.value:
            yield ours.finding("serverless-repetition", f"differs from {outer}", "warning")
    application = job.at("applicationId")
    if application.given and arguments.at("ApplicationConfig").given:
        text = "names an application, but the step creates its own; leave it out"
        yield application.finding("serverless-repetition", text, "warning")
