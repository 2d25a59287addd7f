"""Doubles a number: as the worker of a callback step, and as the function of a Lambda step."""

from __future__ import annotations

import json
import os
from typing import Any

import boto3


def double(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answers a Lambda step."""
    return {"doubled": event["number"] * int(os.environ["FACTOR"])}


def answer(event: dict[str, Any], context: Any) -> None:
    """Answers callback steps."""
    sagemaker = boto3.client("sagemaker")
    for record in event["Records"]:
        message = json.loads(record["body"])
        number = message["arguments"]["number"]
        if number < 0:
            sagemaker.send_pipeline_execution_step_failure(CallbackToken=message["token"], FailureReason="too small")
            continue
        outputs = [{"Name": "doubled", "Value": str(number * 2)}]
        sagemaker.send_pipeline_execution_step_success(CallbackToken=message["token"], OutputParameters=outputs)
