"""``smpipe environments``: the environments of an app, and what each resolves to. Asks nobody."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...environments.environment import DEFAULT_QUALIFIER, Environment
from ...environments.environments import Environments
from ...language.errors import escaped
from ...properties.image_uris import image_registries
from .. import app
from ..errors import CommandError
from ..output import write_json

FAMILIES = ("xgboost", "sklearn", "pytorch", "tensorflow", "huggingface-pytorch", "spark")
"""The images whose registries are shown."""


def run(options: argparse.Namespace) -> int:
    """Returns 0."""
    file: Path | None = options.file or app.environments_file(Path())
    if file is None:
        raise CommandError(
            f"there are no environments: write {app.FILES[0]}, or 'environments' into the context of {app.FILE}"
        )
    found = Environments.load(file)
    if options.json:
        write_json({"file": str(file), "environments": [_json(each) for each in found.values()]})
        return 0
    for number, each in enumerate(found.values()):
        sys.stdout.write("\n" * (number > 0) + f"{each.name}\n")
        for heading, text in _lines(each):
            sys.stdout.write(f"  {heading:<12}{escaped(text)}\n" if text else "")
    return 0


def _json(environment: Environment) -> dict[str, Any]:
    return {
        "name": environment.name,
        "account": environment.account,
        "region": environment.region,
        "partition": environment.partition,
        "urlSuffix": environment.url_suffix,
        "qualifier": environment.qualifier or DEFAULT_QUALIFIER,
        "permissionsBoundary": environment.permissions_boundary_arn,
        "vpc": environment.vpc,
        "subnets": [*environment.subnets],
        "key": environment.key,
        "parameters": {**environment.parameters},
        "instanceTypes": {**environment.instance_types},
        "quotas": {**environment.quotas},
        "executions": environment.executions or 1,
        "maxInstanceHours": environment.max_instance_hours,
        "tags": {**environment.tags},
        "images": {family: image_registries(family).get(environment.region) for family in FAMILIES},
    }


def _lines(environment: Environment) -> Iterator[tuple[str, str]]:
    """What is said of an environment; an empty text where it says nothing."""
    images = {family: image_registries(family).get(environment.region) for family in FAMILIES}
    by_registry: dict[str, list[str]] = {}
    for family, registry in images.items():
        by_registry.setdefault(registry or "none", []).append(family)
    yield "account", environment.account
    yield "region", f"{environment.region} of {environment.partition} ({environment.url_suffix})"
    yield "bootstrap", _bootstrap(environment)
    yield "boundary", environment.permissions_boundary_arn or ""
    yield "network", f"{environment.vpc}: {', '.join(environment.subnets)}" if environment.vpc else ""
    yield "key", environment.key or ""
    yield "parameters", ", ".join(f"{name}={value}" for name, value in environment.parameters.items())
    yield "instances", ", ".join(f"{name}={value}" for name, value in environment.instance_types.items())
    for name, value in environment.quotas.items():
        yield "quota", f"{value} {name}"
    yield "executions", f"{environment.executions} at the same time" if environment.executions else ""
    hours = environment.max_instance_hours
    yield "hours", "" if hours is None else f"at most {hours:g} instance-hours for an execution"
    yield "tags", ", ".join(f"{name}={value}" for name, value in environment.tags.items())
    for registry, families in by_registry.items():
        yield "images", f"{registry}: {', '.join(families)}"


def _bootstrap(environment: Environment) -> str:
    qualifier = environment.qualifier
    option = f" --qualifier {qualifier}" if qualifier else ""
    return f"cdk bootstrap aws://{environment.account}/{environment.region}{option}"
