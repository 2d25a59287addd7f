"""The table of calls, and what the tests of permissions put for its variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cdk_sagemaker_pipelines.local.calls.table import Call, calls, table

__all__ = ["CALLS", "CHOSEN", "HERE", "SAGEMAKER", "TABLE", "Call"]

HERE: Mapping[str, str] = {
    "p": "aws",
    "r": "eu-west-1",
    "a": "111122223333",
    "prefix": "pipelines",
    "execution": "l040kjgtiq4n",
    "token": "eQlNAJKWnc",
    "version": "7",
    "stream": "algo-1-1700000000",
    "record": "part-00000.csv",
}
"""Values of the variables that are not of a step; the names have forms that were seen in ARNs of the service."""
SAGEMAKER = f"arn:aws:sagemaker:{HERE['r']}:{HERE['a']}:"

_ONLY_THEN = "the service makes it up when the pipeline runs"
CHOSEN: Mapping[str, str] = dict.fromkeys(("execution", "token", "version", "stream", "record"), _ONLY_THEN) | {
    "step": "models stand in lower case in ARNs and a job's own prefix leaves the step out, so no step is named in ARNs"
}
"""What no policy can narrow, wherever it stands, and why."""

TABLE: Mapping[str, Any] = table()
CALLS: Mapping[str, tuple[Call, ...]] = calls()
"""All calls, by the type of the step."""
