"""The values of what several types of steps name: hubs, MLflow, versions of models, registries of images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .attempt import Attempt, Use
from .places import Values


def hub(content: str) -> Values:
    """Of the content of a hub, given by its ARN."""
    start, mark, rest = content.partition(":hub-content/")
    return {"hub": f"{start}:hub/{rest.partition('/')[0]}", "hub_content": content} if mark else {}


def mlflow(attempt: Attempt, arn: str, role: str) -> Iterator[Use]:
    """Of a tracking server or an app of MLflow."""
    if arn:
        yield attempt.use({"mlflow_server" if ":mlflow-tracking-server/" in arn else "mlflow_app": arn}, job=role)


def packages(attempt: Attempt, config: Any, role: str) -> Iterator[Use]:
    """Of the version that a job starts with, and the group that gets its own."""
    if not isinstance(config, Mapping):
        return
    if config.get("SourceModelPackageArn"):
        yield attempt.use({"source_package": config["SourceModelPackageArn"]}, job=role)
    group = config.get("ModelPackageGroupArn")
    if group:
        below = group.replace(":model-package-group/", ":model-package/")
        yield attempt.use({"target_group": group, "target_packages": below}, job=role)


def cased(**names: str) -> Values:
    """Names that the service may write in lower case, too."""
    return {
        **names,
        **{f"{what}_lower": name.lower() for what, name in names.items() if name != name.lower()},
    }
