"""The file that says what is to exist, in YAML or JSON; docs/executions.md lists its members."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from ...language import DefinitionError, choices, did_you_mean
from ...templates.yaml_text import parse

_ACCOUNT = re.compile("[0-9]{12}")
LARGEST = 2**20
"""Bytes of a file."""
SAGEMAKER = "sagemaker.amazonaws.com"


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


@dataclass(frozen=True)
class Network:
    """A VPC, which CDK finds by its name."""

    cidr: str = "10.0.0.0/16"
    zones: int = 2
    """In each is a public and a private subnet."""


@dataclass(frozen=True)
class Seed:
    """What is to exist, by name."""

    account: str | None = None
    region: str | None = None
    buckets: Mapping[str, Bucket] = field(default_factory=dict)
    roles: Mapping[str, Role] = field(default_factory=dict)
    keys: Sequence[str] = ()
    """The aliases of the keys, without ``alias/``."""
    networks: Mapping[str, Network] = field(default_factory=dict)
    groups: Sequence[str] = ()
    """Model package groups."""


def read_seed(file: Path) -> Seed:
    """What a file says. Raises ``SeedError``."""
    try:
        content = file.read_bytes()
        if len(content) > LARGEST:
            raise SeedError(f"{file} has more than {LARGEST} bytes")
        document = parse(content.decode()).value
    except OSError as error:
        raise SeedError(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise SeedError(f"{file} is not a text file") from error
    except DefinitionError as error:
        raise SeedError(f"{file} is {error}") from error
    read = _Reader(str(file), file.parent)
    told = read.members("", document if document is not None else {}, _TOP)
    return Seed(
        read.account(told.get("account")),
        read.text("region", told.get("region")),
        read.named("buckets", told.get("buckets"), read.bucket),
        read.named("roles", told.get("roles"), read.role),
        [name.removeprefix("alias/") for name in read.names("keys", told.get("keys"))],
        read.named("networks", told.get("networks"), read.network),
        read.names("modelPackageGroups", told.get("modelPackageGroups")),
    )


_TOP = ("account", "region", "buckets", "roles", "keys", "networks", "modelPackageGroups")


class _Reader:
    def __init__(self, file: str, folder: Path) -> None:
        self._file = file
        self._folder = folder

    def refuse(self, where: str, problem: str) -> SeedError:
        return SeedError(f"{self._file}{f': {where}' if where else ''}: {problem}")

    def members(self, where: str, value: Any, known: Sequence[str]) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            raise self.refuse(where, f"it must have members such as {choices(known)}")
        for name in value:
            if name not in known:
                hint = did_you_mean(name, known) or f"; there are {choices(known)}"
                raise self.refuse(where, f"there is no {name!r}{hint}")
        return value

    def named(self, where: str, value: Any, read: Callable[[str, Any], Any]) -> dict[str, Any]:
        if value is None:
            return {}
        if isinstance(value, list):  # names alone
            value = dict.fromkeys(self.names(where, value))
        if not isinstance(value, Mapping):
            raise self.refuse(where, "it must be names, each with its members, or a list of names")
        return {name: read(f"{where}.{name}", {} if told is None else told) for name, told in value.items()}

    def names(self, where: str, value: Any) -> list[str]:
        if value is None:
            return []
        if isinstance(value, Mapping):
            value = list(value)
        if not isinstance(value, list) or not all(isinstance(name, str) and name for name in value):
            raise self.refuse(where, "it must be a list of names")
        return value

    def account(self, value: Any) -> str | None:
        # without quotes it is a number
        told = f"{value:012}" if isinstance(value, int) and not isinstance(value, bool) else value
        if told is not None and not (isinstance(told, str) and _ACCOUNT.fullmatch(told)):
            raise self.refuse("account", "it must be the 12 digits of an account")
        return told

    def text(self, where: str, value: Any) -> str | None:
        if value is not None and not isinstance(value, str):
            raise self.refuse(where, "it must be a text")
        return value

    def bucket(self, where: str, value: Any) -> Bucket:
        told = self.members(where, value, ("files", "versioned"))
        files = told.get("files") or {}
        if not isinstance(files, Mapping) or not all(isinstance(path, str) for path in files.values()):
            raise self.refuse(f"{where}.files", "it must have keys of objects, each with the path of a file or folder")
        versioned = told.get("versioned", False)
        if not isinstance(versioned, bool):
            raise self.refuse(f"{where}.versioned", "it must be true or false")
        return Bucket(dict(self._files(f"{where}.files", files)), versioned)

    def _files(self, where: str, files: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
        for key, name in files.items():
            path = self._folder / name
            try:
                self._look_at(f"{where}.{key}", path)
            except (OSError, RuntimeError) as error:  # a loop of links is the latter until Python 3.13
                problem = getattr(error, "strerror", None) or error
                raise self.refuse(f"{where}.{key}", f"{path} cannot be read: {problem}") from error
            if path.is_dir() != (key.endswith("/") or not key):
                must, kind = ("must", "folder") if path.is_dir() else ("must not", "file")
                raise self.refuse(f"{where}.{key}", f"{path} is a {kind}, so the key {must} end with /")
            yield key, path

    def _look_at(self, where: str, path: Path) -> None:
        """Refuses what is no file or folder, or leads out of the folder of the seed's own file, be it by a link."""
        folder = self._folder.resolve()
        for one in chain([path], path.rglob("*")):  # nothing below what leads out is looked at
            if (one is path or one.is_symlink()) and not one.resolve().is_relative_to(folder):
                raise self.refuse(where, f"{one} is not in the folder of this file")
        try:
            mode = path.stat().st_mode  # exists() hides what else is wrong from Python 3.14 on
        except FileNotFoundError:
            raise self.refuse(where, f"{path} does not exist") from None
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            raise self.refuse(where, f"{path} is neither a file nor a folder")

    def role(self, where: str, value: Any) -> Role:
        told = self.members(where, value, ("service", "policies"))
        service = told.get("service", SAGEMAKER)
        services = [service] if isinstance(service, str) else self.names(f"{where}.service", service)
        return Role(services, self.names(f"{where}.policies", told.get("policies")))

    def network(self, where: str, value: Any) -> Network:
        told = self.members(where, value, ("cidr", "zones"))
        zones = told.get("zones", 2)
        if isinstance(zones, bool) or not isinstance(zones, int) or not 1 <= zones <= 3:
            raise self.refuse(f"{where}.zones", "it must be 1, 2 or 3")
        return Network(self.text(f"{where}.cidr", told.get("cidr")) or "10.0.0.0/16", zones)
