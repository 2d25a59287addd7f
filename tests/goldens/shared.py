"""What the scenarios of both SDKs share; imports neither. ``make.py`` runs the scenarios."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

REGION = "us-east-1"
ROLE = "arn:aws:iam::111122223333:role/PipelineRole"
KEY = "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555"
SUBNETS = ["subnet-0123456789abcdef0", "subnet-0fedcba9876543210"]
SECURITY_GROUPS = ["sg-0123456789abcdef0"]
OWN_IMAGE = "111122223333.dkr.ecr.us-east-1.amazonaws.com/tools:2"
QUEUE = "https://sqs.us-east-1.amazonaws.com/111122223333/approvals"
FUNCTION = "arn:aws:lambda:us-east-1:111122223333:function:notify"

Scenario = Callable[[Any], Any]
"""Takes the SDK's pipeline session and gives its pipeline; the function's name is the pipeline's and the file's."""

SCENARIOS: dict[str, Scenario] = {}
WITH_UPLOADS: set[str] = set()
"""The scenarios whose uploads are a golden too."""


def scenario(build: Scenario) -> Scenario:
    SCENARIOS[build.__name__] = build
    return build


def scenario_with_uploads(build: Scenario) -> Scenario:
    WITH_UPLOADS.add(build.__name__)
    return scenario(build)
