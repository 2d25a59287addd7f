"""Why a derived permission holds a wildcard: for reviewers, and for cdk-nag's rule AwsSolutions-IAM5."""

from __future__ import annotations

from collections.abc import Iterator

from .permissions import Permission

_BY_SERVICE = {
    "s3": "the names of the objects below this step's own place, and the execution in them, are known when it runs",
    "sagemaker": "the service names and numbers what the pipeline creates when it runs",
    "logs": "the log streams of this kind of job are named after the jobs, which are named when they run",
    "cloudwatch": "metrics have no ARN; the condition narrows them to SageMaker's namespaces",
    "ecr": "the token to pull images is of the whole registry; what is pulled is narrowed to the one repository",
    "elasticmapreduce": "EMR gives a cluster its id when the step creates it",
    "emr-serverless": "the service gives applications and job runs their ids when the pipeline runs",
    "events": "the name of the rule that the service makes is told nowhere, but for how it begins",
    "glue": "the job names the table of a query's result when it runs; which tables a query reads its text tells",
    "redshift-data": "a statement has no ARN; the condition narrows it to who made it",
    "ec2": "the service's own check of jobs in a VPC fails when network interfaces are narrowed",
}


def reasons(permissions: list[Permission]) -> Iterator[tuple[str, str]]:
    """Each resource with a wildcard, and why it cannot be smaller; a resource once."""
    found: dict[str, str] = {}
    for permission in permissions:
        why = "; ".join(dict.fromkeys(_BY_SERVICE.get(action.partition(":")[0], "") for action in permission.actions))
        for resource in permission.resources:
            if "*" in resource and why:
                found[resource] = "; ".join(dict.fromkeys([*filter(None, [found.get(resource)]), why]))
    yield from found.items()
