"""The action that a service asks besides, where a request that creates something gives it tags."""

from __future__ import annotations

from collections.abc import Mapping

from .call import Call
from .conditions import tags_in

_ASKED: Mapping[str, str] = {
    "batch": "TagResource", "elasticmapreduce": "AddTags", "emr-serverless": "TagResource", "lambda": "TagResource",
    "sagemaker": "AddTags",
}  # fmt: skip
"""The actions of services whose guides say so."""
_MAYBE: Mapping[str, str] = {
    "dynamodb": "TagResource", "ecr": "TagResource", "events": "TagResource", "kms": "TagResource",
    "logs": "TagResource", "secretsmanager": "TagResource", "sns": "TagResource", "sqs": "TagQueue",
    "ssm": "AddTagsToResource", "states": "TagResource",
}  # fmt: skip
"""Those of services whose reference lists the action, without a word on what creates."""
_CREATE = ("Create", "Put", "Register", "Run", "Start", "Submit")
_OF_IAM = {"CreateRole": "TagRole", "CreateUser": "TagUser", "CreatePolicy": "TagPolicy"}


def tagging(call: Call) -> tuple[str, bool] | None:
    """The action, and whether it is in doubt; None where none is asked."""
    if not call.operation.startswith(_CREATE) or not tags_in(call):
        return None
    if call.service == "iam":
        named = _OF_IAM.get(call.operation)
        return None if named is None else (f"iam:{named}", False)
    action = _ASKED.get(call.service) or _MAYBE.get(call.service)
    return None if action is None else (f"{call.service}:{action}", call.service in _MAYBE)
