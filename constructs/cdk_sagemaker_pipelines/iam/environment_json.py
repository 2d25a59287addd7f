"""A place as JSON: what a pipeline's permissions follow from beside its definition, kept in the template.

With both, whoever reads the template derives the same permissions as the synthesis did.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .environment import Code, DataAccess, Elsewhere, Environment
from .limits import Limits

KEY = "cdk-sagemaker-pipelines:place"
"""Where it stands in the ``Metadata`` of the pipeline's resource."""

FILES = "Files"
"""Beside it: what files of code were called, by their keys; no permission follows from that."""


def to_json(environment: Environment) -> dict[str, Any]:
    """The place; what it knows nothing of is left out. The pipeline's name and role stand in its resource."""
    images = environment.image_repositories.items()
    document = {
        "Partition": environment.partition,
        "Region": environment.region,
        "Account": environment.account,
        "BucketKeys": [{"Bucket": bucket, "Key": key} for bucket, key in environment.bucket_keys.items()],
        "Keyless": [bucket for bucket in environment.keyless if bucket not in environment.bucket_keys],
        "ImagesOfAws": [uri for uri, repository in images if repository is None],
        "Images": [{"Uri": uri, "Repository": repository} for uri, repository in images if repository is not None],
        "Queues": [
            {"Url": url, "Queue": queue, **({} if key is None else {"Key": key})}
            for url, (queue, key) in environment.queues.items()
        ],
        "TopicKeys": [{"Topic": topic, "Key": key} for topic, key in environment.topics.items()],
        "Models": [{"Model": model, "Role": role} for model, role in environment.models.items()],
        "DataAccess": [
            {
                "Step": step,
                "Role": access.role,
                "Reads": list(access.reads),
                "Writes": list(access.writes),
                **({"Told": access.told} if access.told else {}),
            }
            for step, accesses in environment.accesses.items()
            for access in accesses
        ],
        "Code": [
            {
                "Bucket": code.bucket,
                "Keys": code.keys,
                "Steps": [step for step, own in environment.code.items() if code in own],
            }
            for code in dict.fromkeys(code for own in environment.code.values() for code in own)
        ],
        "Functions": [
            {"Version": version, "Function": function} for version, function in environment.functions.items()
        ],
        "Elsewhere": [
            {
                "Name": name,
                "Account": at.account,
                "Region": at.region,
                **({"LetsIn": list(at.lets_in)} if at.lets_in else {}),
            }
            for name, at in environment.elsewhere.items()
        ],
        "ModelPackages": [{"Step": step, "Group": group} for step, group in environment.model_packages.items()],
        "AccessPoints": [{"Bucket": name, "AccessPoint": arn} for name, arn in environment.access_points.items()],
        "Limits": environment.limits.to_json(),
    }
    return {key: value for key, value in document.items() if value}


def from_json(document: Any, pipeline_name: str, role: str | None) -> Environment:
    """The place that was written so; of what is no such document no more than can be read."""
    document = document if isinstance(document, Mapping) else {}
    known = {key: str(document.get(name) or f"${{Token[AWS::{token}]}}") for key, name, token in _WHERE}
    return Environment(
        known["partition"],
        known["region"],
        known["account"],
        pipeline_name,
        bucket_keys={item["Bucket"]: item["Key"] for item in _items(document, "BucketKeys", "Bucket", "Key")},
        image_repositories={
            **{uri: None for uri in _list(document, "ImagesOfAws") if isinstance(uri, str)},
            **{item["Uri"]: item["Repository"] for item in _items(document, "Images", "Uri", "Repository")},
        },
        queues={item["Url"]: (item["Queue"], item.get("Key")) for item in _items(document, "Queues", "Url", "Queue")},
        accesses=_accesses(document),
        topics={item["Topic"]: item["Key"] for item in _items(document, "TopicKeys", "Topic", "Key")},
        models={item["Model"]: item["Role"] for item in _items(document, "Models", "Model", "Role")},
        code=_code(document),
        functions={item["Version"]: item["Function"] for item in _items(document, "Functions", "Version", "Function")},
        elsewhere={
            item["Name"]: Elsewhere(
                item["Account"],
                item["Region"],
                tuple(role for role in _list(item, "LetsIn") if isinstance(role, str)),
            )
            for item in _items(document, "Elsewhere", "Name", "Account", "Region")
        },
        model_packages={item["Step"]: item["Group"] for item in _items(document, "ModelPackages", "Step", "Group")},
        access_points={
            item["Bucket"]: item["AccessPoint"] for item in _items(document, "AccessPoints", "Bucket", "AccessPoint")
        },
        role=role,
        keyless=tuple(bucket for bucket in _list(document, "Keyless") if isinstance(bucket, str)),
        limits=Limits.from_json(document.get("Limits")),
    )


def _accesses(document: Mapping[str, Any]) -> Mapping[str, list[DataAccess]]:
    found: dict[str, list[DataAccess]] = {}
    for item in _items(document, "DataAccess", "Step", "Role"):
        reads, writes, told = item.get("Reads"), item.get("Writes"), item.get("Told")
        if isinstance(reads, list) and isinstance(writes, list):
            access = DataAccess(item["Role"], tuple(reads), tuple(writes), told if isinstance(told, str) else "")
            found.setdefault(item["Step"], []).append(access)
    return found


def _code(document: Mapping[str, Any]) -> Mapping[str, list[Code]]:
    found: dict[str, list[Code]] = {}
    for item in _items(document, "Code", "Bucket", "Keys"):
        for step in _list(item, "Steps"):
            if isinstance(step, str):
                found.setdefault(step, []).append(Code(item["Bucket"], item["Keys"]))
    return found


_WHERE = (("partition", "Partition", "Partition"), ("region", "Region", "Region"), ("account", "Account", "AccountId"))


def _list(document: Mapping[str, Any], name: str) -> list[Any]:
    items = document.get(name)
    return items if isinstance(items, list) else []


def _items(document: Mapping[str, Any], name: str, *texts: str) -> Iterator[Mapping[str, Any]]:
    """The objects of a list that have these texts."""
    for item in _list(document, name):
        if isinstance(item, Mapping) and all(isinstance(item.get(text), str) for text in texts):
            yield item
