"""EMR and EMR Serverless: on what a step runs.

Source: "Amazon EMR step" of the developer guide; the checks of the SDK's own steps. What a cluster of the step must not
say is left out of the request's shape.
"""

from __future__ import annotations

from collections.abc import Iterator

from ....field import Field
from ....findings import Finding
from ...over import over


@over("EMR")
def emr_clusters(arguments: Field) -> Iterator[Finding]:
    """The cluster is there already, or the step makes one."""
    yield from arguments.exactly_one("emr-cluster", "ClusterId", "ClusterConfig")
    role = arguments.at("ExecutionRoleArn")
    if role.given and not arguments.at("ClusterId").given:
        yield role.finding("emr-runtime-role", "is for a cluster that exists; leave it out, or give ClusterId")


@over("EMR")
def emr_instances(arguments: Field) -> Iterator[Finding]:
    """The instances of a cluster are in groups or in fleets."""
    instances = arguments.at("ClusterConfig", "Instances")
    yield from instances.exactly_one("emr-instances", "InstanceGroups", "InstanceFleets")


@over("EMRServerless")
def serverless_applications(arguments: Field) -> Iterator[Finding]:
    """The application is there already, or the step makes one."""
    yield from arguments.exactly_one("serverless-application", "ApplicationId", "ApplicationConfig")


@over("EMRServerless")
def serverless_repetitions(arguments: Field) -> Iterator[Finding]:
    """What the job repeats of the step is the same there."""
    job = arguments.at("JobConfig")
    for outer, inner in (("ExecutionRoleArn", "executionRoleArn"), ("ApplicationId", "applicationId")):
        ours, theirs = job.at(inner), arguments.at(outer)
        if ours.given and theirs.given and ours.value != theirs.value:
            yield ours.finding("serverless-repetition", f"is not the same as {outer}", "warning")
    application = job.at("applicationId")
    if application.given and arguments.at("ApplicationConfig").given:
        text = "names an application, but the step makes one of its own; leave it out"
        yield application.finding("serverless-repetition", text, "warning")
