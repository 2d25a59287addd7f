"""Settings of functions that moto does not keep."""

from __future__ import annotations

from moto.awslambda.models import LambdaFunction

LOG_GROUP = "smpipe_log_group"
"""The attribute of moto's function that holds the group of its ``LoggingConfig``."""


def log_group(function: LambdaFunction) -> str:
    """The log group of a function."""
    return getattr(function, LOG_GROUP, None) or f"/aws/lambda/{function.function_name}"
