"""A place with literal names, and short ways to derive permissions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cdk_sagemaker_pipelines.iam import job_roles, pipeline_role
from cdk_sagemaker_pipelines.iam.environment import Environment
from cdk_sagemaker_pipelines.iam.permissions import Permission
from tests.language.support import definition

ROLE = "arn:aws:iam::123456789012:role/Job"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/bucket-key"
OWN_IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/own:1"
AWS_IMAGE = "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-scikit-learn:1.2-1"
PLACE = Environment(
    "aws",
    "eu-west-1",
    "123456789012",
    "Pipe",
    bucket_keys={"secret": KEY},
    image_repositories={AWS_IMAGE: None, "imported": "arn:aws:ecr:eu-west-1:999999999999:repository/imported"},
)
SAGEMAKER = "arn:aws:sagemaker:eu-west-1:123456789012"
LOGS = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/sagemaker"

MODEL_LOGS: list[Any] = [
    (
        "logs:CreateLogGroup logs:CreateLogStream logs:DescribeLogStreams logs:PutLogEvents",
        f"{LOGS}/Endpoints/* {LOGS}/InferenceComponents/* {LOGS}/TransformJobs {LOGS}/TransformJobs:*",
    ),
    (
        "cloudwatch:PutMetricData",
        "*",
        {"StringLike": {"cloudwatch:namespace": ["/aws/sagemaker/*", "AWS/SageMaker"]}},
    ),
]
"""What every model's role may write to, whoever serves the model."""

Statement = tuple[str, ...]


def allowed(permissions: list[Permission]) -> list[Any]:
    """Each permission as (actions, resources) or (actions, resources, conditions), in words that fit on a line."""
    found: list[Any] = []
    for permission in permissions:
        actions, resources = " ".join(permission.actions), " ".join(permission.resources)
        entry: tuple[Any, ...] = (actions, resources)
        if permission.conditions:
            entry += ({operator: dict(keys) for operator, keys in permission.conditions.items()},)
        found.append(entry)
    return found


def of_pipeline(*steps: dict[str, Any], environment: Environment = PLACE) -> list[Any]:
    """What the pipeline's role may do for these steps."""
    return allowed(pipeline_role.permissions(definition(*steps), environment))


def of_jobs(*steps: dict[str, Any], environment: Environment = PLACE) -> dict[str, list[Any]]:
    """What the jobs' roles may do for these steps."""
    return {role: allowed(found) for role, found in job_roles.permissions(definition(*steps), environment).items()}


def of_job(
    type: str, arguments: Mapping[str, Any], *others: dict[str, Any], environment: Environment = PLACE
) -> list[Any]:
    """What the role of one step's job may do, without logs and metrics."""
    step = {"Name": "S", "Type": type, "Arguments": arguments}
    return [entry for entry in of_jobs(step, *others, environment=environment).get(ROLE, []) if not _is_log(entry)]


def _is_log(entry: Any) -> bool:
    return bool(entry[0].startswith(("logs:", "cloudwatch:")))


def unknown(*steps: dict[str, Any], environment: Environment = PLACE) -> list[tuple[str, str, str]]:
    """What the steps need that is only known at run time: actions, for which field, and what is not known."""
    given = definition(*steps)
    needed = [*pipeline_role.needs(given, environment), *(need for _, need in job_roles.needs(given, environment))]
    return [(" ".join(need.actions), str(need.because[0]), need.unknown) for need in needed if need.unknown]
