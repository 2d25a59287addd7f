"""A file for ``smpipe seed``, of what exists outside of an app."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from .outside import Outside


def skeleton(found: Outside) -> str:
    """A file for ``smpipe seed``, in YAML; JSON's texts are YAML's as well."""
    lines = ["# what the pipelines name and the app does not create"]
    lines += [
        f"{name}: {json.dumps(value)}"
        for name, value in (("account", found.account), ("region", found.region))
        if value
    ]
    lines += _lines(found)
    if found.accounts:
        lines.append("accounts:")
    for account, inner in found.accounts.items():
        lines += [f"  {json.dumps(account)}:", *(f"    {line}" for line in _lines(inner))]
    return "\n".join(lines) + "\n"


def document(found: Outside) -> dict[str, Any]:
    """The file as JSON, which is YAML, too; without the comments."""
    told: dict[str, Any] = {
        "account": found.account,
        "region": found.region,
        "buckets": {name: {} for name in found.buckets},
        "policies": found.policies,
        "roles": found.roles,
        "keys": found.keys,
        "networks": _networks(found),
        "queues": found.queues,
        "modelPackageGroups": {
            name: {"versions": {str(number): {} for number in numbers}} if numbers else {}
            for name, numbers in found.groups.items()
        },
        "accounts": {account: document(inner) for account, inner in found.accounts.items()},
    }
    return {name: value for name, value in told.items() if value}


def _networks(found: Outside) -> dict[str, dict[str, Any]]:
    """The VPCs; what is in one is in the first, since nothing says where."""
    inside = {"subnets": found.subnets, "securityGroups": found.security_groups}
    first = {name: value for name, value in inside.items() if value}
    if not found.networks and not first:
        return {}
    names = found.networks or ["outside"]
    return {name: first if number == 0 else {} for number, name in enumerate(names)}


def _lines(found: Outside) -> Iterator[str]:
    if found.buckets:
        yield "buckets:"
    for bucket, keys in found.buckets.items():
        yield f"  {json.dumps(bucket)}:"
        yield "    files: {}" + ("  # what steps read there is among:" if keys else "")
        yield from (f"      # {json.dumps(key)}" for key in keys)
    for name, listed in (
        ("policies", found.policies),
        ("roles", found.roles),
        ("keys", found.keys),
        ("queues", found.queues),
    ):
        if listed:
            yield from (f"{name}:", *(f"  - {json.dumps(each)}" for each in listed))
    networks = _networks(found)
    if networks:
        yield "networks:" + ("  # which of them subnets and groups are in, is not known" if len(networks) > 1 else "")
    for network, inside in networks.items():
        yield f"  {json.dumps(network)}:" + ("" if inside else " {}")
        for name, ids in inside.items():
            yield f"    {name}:"
            yield from (f"      - {json.dumps(id)}" for id in ids)
    if found.groups:
        yield "modelPackageGroups:"
    for group, numbers in found.groups.items():
        yield f"  {json.dumps(group)}:" + ("" if numbers else " {}")
        if numbers:
            yield "    versions:  # image: and model: s3://... of what transforms are to apply"
            yield from (f"      {number}: {{}}" for number in sorted(numbers))
    if found.functions:
        yield "# functions cannot be created from here; deploy them, or say in a file of outcomes how their steps end:"
        yield from (f"#   {json.dumps(each)}" for each in found.functions)
