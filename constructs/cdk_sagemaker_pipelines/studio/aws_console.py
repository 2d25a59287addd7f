"""Where the console of AWS itself shows what a step made, and its log."""

from __future__ import annotations

from urllib.parse import quote

_SITES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}
_PAGES = {
    "training-job": "jobs",
    "processing-job": "processing-jobs",
    "transform-job": "transform-jobs",
    "hyper-parameter-tuning-job": "hyper-tuning-jobs",
    "model": "models",
    "endpoint": "endpoints",
    "endpoint-config": "endpointConfig",
}
"""By the kind in an ARN, the list of the console whose entry it is."""


def of_resource(arn: str | None) -> str | None:
    """The page of a resource of SageMaker; None for what has none that is known."""
    parts = (arn or "").split(":", 5)
    if len(parts) < 6 or parts[2] != "sagemaker" or parts[1] not in _SITES:
        return None
    kind, _, name = parts[5].partition("/")
    return f"{_home(parts[1], parts[3], 'sagemaker')}#/{_PAGES[kind]}/{quote(name)}" if kind in _PAGES else None


def of_log(group: str, partition: str, region: str) -> str | None:
    """The page of a log group."""
    if partition not in _SITES:
        return None
    twice = quote(quote(group, safe=""), safe="").replace("%", "$")
    return f"{_home(partition, region, 'cloudwatch')}#logsV2:log-groups/log-group/{twice}"


def _home(partition: str, region: str, service: str) -> str:
    return f"https://{region}.{_SITES[partition]}/{service}/home?region={region}"
