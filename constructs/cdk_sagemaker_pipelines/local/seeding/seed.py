"""What a seed says is to exist."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SAGEMAKER = "sagemaker.amazonaws.com"
KEY_ID = re.compile("mrk-[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
VPC_ID = re.compile("vpc-[0-9a-z]{1,32}")


class SeedError(ValueError):
    """The file cannot be used, or what it says cannot be created; the text says what to change."""


@dataclass(frozen=True)
class Bucket:
    """A bucket. ``files``: by key, or by prefix with ``/`` at the end, a file or folder beside the seed's own file."""

    files: Mapping[str, Path] = field(default_factory=dict)
    versioned: bool = False


@dataclass(frozen=True)
class Role:
    """A role, by its name with its path, if it has one: ``service-role/abalone``."""

    services: Sequence[str] = (SAGEMAKER,)
    policies: Sequence[str] = ()
    """ARNs or names of managed policies."""


EVERYTHING: Mapping[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}
"""The document of a policy that does not say it: a boundary that limits nothing."""


@dataclass(frozen=True)
class Network:
    """A VPC, by its name, by which CDK finds it, or by its ID."""

    cidr: str = "10.0.0.0/16"
    zones: int = 2
    """In each is a public and a private subnet, unless ``subnets`` says which there are."""
    subnets: Sequence[str] = ()
    """The IDs of private subnets, in one zone after the other."""
    security_groups: Sequence[str] = ()
    """Their IDs."""


@dataclass(frozen=True)
class Version:
    """A model package of a group."""

    image: str | None = None
    model: str | None = None
    """The S3 URI of its archive."""
    status: str = "Approved"


@dataclass(frozen=True)
class Seed:
    """What is to exist, by name."""

    account: str | None = None
    region: str | None = None
    buckets: Mapping[str, Bucket] = field(default_factory=dict)
    roles: Mapping[str, Role] = field(default_factory=dict)
    policies: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Managed policies by name, with its path if it has one, each with its document."""
    keys: Sequence[str] = ()
    """Of each key its alias, without ``alias/``, or its ID."""
    networks: Mapping[str, Network] = field(default_factory=dict)
    queues: Sequence[str] = ()
    groups: Mapping[str, Mapping[int, Version]] = field(default_factory=dict)
    """Model package groups, each with its versions by number."""
    accounts: Mapping[str, Seed] = field(default_factory=dict)
    """What is to exist in other accounts, by their numbers."""
