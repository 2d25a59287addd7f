"""How an app grants an action that no field of a step leads to."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class _Way:
    actions: tuple[str, ...]
    """In lower case, with wildcards."""
    method: str
    """Of the construct of the resource in CDK, or of this library."""
    field: str = ""
    """Of the step, which grants it to the role of its job; empty if there is none."""


WAYS = (
    _Way(("s3:getobject", "s3:getobjectversion", "s3:listbucket"), "bucket.grant_read", "reads="),
    _Way(("s3:putobject", "s3:abortmultipartupload"), "bucket.grant_put", "writes="),
    _Way(("s3:deleteobject",), "bucket.grant_delete"),
    _Way(("kms:decrypt",), "key.grant_decrypt"),
    _Way(("kms:encrypt", "kms:generatedatakey", "kms:reencrypt*"), "key.grant_encrypt"),
    _Way(("sqs:sendmessage",), "queue.grant_send_messages"),
    _Way(("sqs:receivemessage", "sqs:deletemessage", "sqs:changemessagevisibility"), "queue.grant_consume_messages"),
    _Way(("sns:publish",), "topic.grant_publish"),
    _Way(("lambda:invokefunction",), "function.grant_invoke"),
    _Way(("events:putevents",), "bus.grant_put_events_to"),
    _Way(("secretsmanager:getsecretvalue", "secretsmanager:describesecret"), "secret.grant_read"),
    _Way(("ssm:getparameter", "ssm:getparameters"), "parameter.grant_read"),
    _Way(
        ("ecr:batchgetimage", "ecr:getdownloadurlforlayer", "ecr:batchchecklayeravailability"), "repository.grant_pull"
    ),
    _Way(("dynamodb:getitem", "dynamodb:query", "dynamodb:scan", "dynamodb:batchgetitem"), "table.grant_read_data"),
    _Way(("dynamodb:putitem", "dynamodb:updateitem", "dynamodb:deleteitem"), "table.grant_write_data"),
    _Way(("logs:createlogstream", "logs:putlogevents"), "log_group.grant_write"),
    _Way(("iam:passrole",), "role.grant_pass_role"),
    _Way(("sts:assumerole",), "role.grant_assume_role"),
    _Way(("sagemaker:startpipelineexecution",), "pipeline.grants.start_execution"),
    _Way(("sagemaker:invokeendpoint",), "endpoint.grant_invoke"),
)
"""What the methods of CDK 2 and of this library grant."""


PIPELINE, JOB, FUNCTION = "pipeline.role", "step.job_role", "function"
"""Whom something is granted to: the role of the pipeline, of a step's job, of the function of a step."""


def granting(action: str, resource: str | None, grantee: str) -> str:
    """What an app writes so that a role may do something. ``grantee``: ``PIPELINE``, ``JOB`` or ``FUNCTION``."""
    way = next((way for way in WAYS if any(fnmatchcase(action.lower(), each) for each in way.actions)), None)
    if way is None:
        on = f'"{resource}"' if resource else '"*"'
        statement = f'iam.PolicyStatement(actions=["{action}"], resources=[{on}])'
        return f"{grantee}.{'add_to_role_policy' if grantee == FUNCTION else 'add_to_principal_policy'}({statement})"
    field = f"the field {way.field} of the step, or " if way.field and grantee != PIPELINE else ""
    return f"{field}{way.method}({grantee})"
